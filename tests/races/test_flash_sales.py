"""Places of a flash sale wanted by many at once, on real connections: one a buyer, never more than there are, each given back once.

Each guard has its negative control: without it the same people take too much.
"""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import Variant
from orders import flash_claims
from orders.expiry import expire_reservations
from orders.flash_claims import Outcome, claim_place, lapse_places
from orders.flash_door import Answer, knock
from orders.models import ClaimState, FlashClaim, FlashSale, Order
from orders.refusals import PlaceGone
from orders.settlement import settle_payment
from payments.models import Payment
from reports.audit import LEDGER_CHECKS, differences
from tests.cast import make_user
from tests.orders.flashing import end_waiting, make_flash, order_place, place_of
from tests.orders.scene import Scene, make_scene

TIMES = 8


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """The scene, committed, so that other connections see it."""
    return make_scene()


def at_once(act: Callable[[int], object], times: int = TIMES) -> Counter[str]:
    """What each got, each on a connection of its own."""
    gate = threading.Barrier(times)

    def attempt(number: int) -> str:
        gate.wait(30)
        try:
            return str(act(number))
        except PlaceGone:
            return "gone"
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as people:
        return Counter(people.map(attempt, range(times)))


def sale_now() -> FlashSale:
    return FlashSale.objects.get()


@contextmanager
def without(constraint: str) -> Iterator[None]:
    """A constraint of the database taken away; the rows that break it go again."""
    table = "orders_flashsale" if constraint == "flash_sale_within_its_units" else "orders_flashclaim"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [constraint])
        definition = cursor.fetchone()[0]
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    try:
        yield
    finally:
        FlashClaim.objects.all().delete()
        FlashSale.objects.update(taken=0)
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition}")


def test_the_last_unit_for_eight_buyers(scene: Scene) -> None:
    sale, buyers = make_flash(scene.daylily, units=1), [make_user() for _buyer in range(TIMES)]
    went = at_once(lambda number: claim_place(sale_id=sale.pk, user_id=buyers[number].pk))
    assert went == {Outcome.GOT_IT: 1, Outcome.SOLD_OUT: TIMES - 1}
    assert sale_now().taken == FlashClaim.objects.count() == 1


def test_without_the_guard_the_last_unit_is_taken_by_all(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flash_claims, "_GUARD", "taken >= 0")
    sale, buyers = make_flash(scene.daylily, units=1), [make_user() for _buyer in range(TIMES)]
    with without("flash_sale_within_its_units"):
        at_once(lambda number: claim_place(sale_id=sale.pk, user_id=buyers[number].pk))
        assert sale_now().taken == TIMES
        assert any("flash" in line for line in differences(LEDGER_CHECKS))


def test_eight_clicks_of_one_buyer(scene: Scene) -> None:
    sale, lin = make_flash(scene.daylily, units=TIMES), make_user()
    went = at_once(lambda _number: claim_place(sale_id=sale.pk, user_id=lin.pk))
    assert went == {Outcome.GOT_IT: 1, Outcome.HAS_ONE: TIMES - 1}
    assert sale_now().taken == FlashClaim.objects.count() == 1


def test_without_the_constraint_one_buyer_has_all(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flash_claims, "_CLAIM", flash_claims._CLAIM.replace("(sale_id, user_id) DO", "DO"))
    sale, lin = make_flash(scene.daylily, units=TIMES), make_user()
    with without("one_place_a_buyer_and_flash_sale"):
        at_once(lambda _number: claim_place(sale_id=sale.pk, user_id=lin.pk))
        assert FlashClaim.objects.count() > 1


def test_one_place_becomes_one_order(scene: Scene) -> None:
    claim = place_of(make_flash(scene.daylily), make_user())
    went = at_once(lambda number: order_place(scene, claim, key=f"k{number}").state, 4)
    assert went == {"reserved": 1, "gone": 3}
    assert Order.objects.count() == 1 and Variant.objects.get(pk=scene.daylily.pk).held == 1


def test_an_order_and_the_end_of_its_place_at_the_same_moment(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job looks, the order is placed, the job goes on: either the place is its order's, or the order is not placed."""
    sale = make_flash(scene.daylily)
    for _round in range(4):
        claim = place_of(sale, make_user())
        end_waiting(claim)

        def act(number: int, claim: FlashClaim = claim) -> object:
            return lapse_places() if number % 2 else order_place(scene, claim, key=f"{claim.pk}-{number}").state

        went = at_once(act, 4)
        claim.refresh_from_db()
        assert claim.state == ClaimState.LAPSED and went["gone"] == 2
    assert sale_now().taken == 0 and not Order.objects.exists()
    assert differences(LEDGER_CHECKS) == []


def test_a_place_is_given_back_once(scene: Scene) -> None:
    sale = make_flash(scene.daylily, units=4)
    for _place in range(3):
        end_waiting(place_of(sale, make_user()))
    place_of(sale, make_user())
    at_once(lambda _number: lapse_places())
    assert sale_now().taken == 1
    assert FlashClaim.objects.filter(state=ClaimState.LAPSED).count() == 3


def test_without_the_guard_a_place_is_given_back_twice(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the state that the move starts from is what makes it happen once."""
    monkeypatch.setattr(flash_claims, "_GIVE_BACK", flash_claims._GIVE_BACK.replace("AND state = %(from)s", ""))
    sale = make_flash(scene.daylily, units=4)
    order = order_place(scene, place_of(sale, make_user()))
    place_of(sale, make_user())
    for _end in range(2):
        flash_claims.give_place_back(order)
    assert sale_now().taken == 0  # one place still waits


def test_an_order_that_expires_while_others_want_its_place(scene: Scene) -> None:
    sale, buyers = make_flash(scene.daylily, units=1), [make_user() for _buyer in range(TIMES)]
    order_place(scene, place_of(sale, make_user()))
    Order.objects.update(reserved_until=timezone.now() - dt.timedelta(hours=1))
    went = at_once(
        lambda number: expire_reservations() if number < 2 else claim_place(sale_id=sale.pk, user_id=buyers[number].pk)
    )
    assert went[Outcome.GOT_IT] <= 1 and sale_now().taken == went[Outcome.GOT_IT]
    assert differences(LEDGER_CHECKS) == []


def test_late_money_and_a_new_buyer_want_the_same_place(scene: Scene) -> None:
    sale, zhao = make_flash(scene.daylily, units=1), make_user()
    order = order_place(scene, place_of(sale, make_user()))
    Order.objects.update(reserved_until=timezone.now() - dt.timedelta(hours=1))
    expire_reservations()
    payment = Payment.objects.get(order_ref=order.ref)

    def act(number: int) -> object:
        return settle_payment(payment.pk).state if number else claim_place(sale_id=sale.pk, user_id=zhao.pk)

    went = at_once(act, 2)
    assert sale_now().taken == 1
    assert went["paid"] + went[Outcome.GOT_IT] == 1
    assert differences(LEDGER_CHECKS) == []


def test_twenty_units_for_two_hundred_buyers_who_click_three_times(scene: Scene) -> None:
    """The whole door, small: each buyer has one at most, everybody is answered, and all of it is sold."""
    sale = make_flash(scene.daylily, units=20)
    buyers = [make_user(f"b{number}@daylily.example").pk for number in range(200)]
    clicks = buyers * 3

    def act(thread: int) -> list[str]:
        return [knock(sale_id=sale.pk, user_id=user).value for user in clicks[thread::TIMES]]

    said: list[list[str]] = []
    at_once(lambda thread: said.append(act(thread)))
    answers = Counter(answer for part in said for answer in part)
    assert answers.total() == 600 and set(answers) <= {Answer.YOURS, Answer.SOLD_OUT}
    assert sale_now().taken == FlashClaim.objects.count() == 20
    assert FlashClaim.objects.values("user").distinct().count() == 20
    assert answers[Answer.YOURS] >= 20
    for claim in FlashClaim.objects.select_related("user", "sale"):
        settle_payment(Payment.objects.get(order_ref=order_place(scene, claim, key=f"k{claim.pk}").ref).pk)
    assert Order.objects.filter(state="paid").count() == 20 == sale_now().taken
    assert differences(LEDGER_CHECKS) == []
