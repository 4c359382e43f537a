"""The door of a flash sale: the gate in a real Redis, the door without one, tickets, and the pages in both states."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.signing import Signer
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from redis.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisGone

from catalog.models import Variant
from orders import flash_door
from orders.flash_claims import lapse_places
from orders.flash_door import Answer, BadTicket, knock, read_ticket, ticket_for
from orders.flash_gate import SPARE, Gate, GateGone, Passage, fill_gate, gate, refill_gates
from orders.models import ClaimState, FlashClaim, FlashSale, Order, Promotion
from tests.cast import make_user, signed_in_client
from tests.orders.flashing import FLASH_FEN, end_waiting, make_flash, place_of
from tests.orders.scene import Scene
from tests.orders.test_buying import DOOR, STRIPE_PAGE, hidden, text_of
from tests.orders.test_buying import stripe as stripe

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody answers where Redis was."""

    def refuse(*_args: object, **_how: object) -> None:
        raise RedisGone("Connection refused.")

    with monkeypatch.context() as patch:
        patch.setattr(AbstractConnection, "connect", refuse)
        patch.setattr(AbstractConnection, "send_packed_command", refuse)
        patch.setattr(flash_door, "_turns", flash_door._Turns())
        gate()._rests_until = 0.0
        yield
    gate()._rests_until = 0.0


class TestGate:
    def test_it_lets_through_as_many_as_there_are_and_a_few_more_each_once(self, scene: Scene) -> None:
        sale = make_flash(scene.daylily, units=2)
        assert gate().passage(sale.pk, 1) == Passage.UNKNOWN
        fill_gate(sale.pk)
        said = [gate().passage(sale.pk, user) for user in range(1, 12)]
        assert said.count(Passage.GO) == 2 + SPARE and said[-1] == Passage.SOLD_OUT
        assert gate().passage(sale.pk, 1) == Passage.HAS

    def test_it_knows_the_times(self, scene: Scene) -> None:
        sale = make_flash(scene.daylily, starts_at=timezone.now() + dt.timedelta(hours=1))
        fill_gate(sale.pk)
        assert gate().passage(sale.pk, 1) == Passage.EARLY
        Promotion.objects.update(starts_at=timezone.now() - dt.timedelta(hours=1), ended_at=timezone.now())
        fill_gate(sale.pk)
        assert gate().passage(sale.pk, 1) == Passage.OVER

    def test_whoever_was_refused_may_try_again_and_so_may_a_try_that_never_ended(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sale = make_flash(scene.daylily)
        fill_gate(sale.pk)
        assert gate().passage(sale.pk, 7) == Passage.GO
        gate().tell(sale.pk, 7, has_place=False)
        assert [gate().passage(sale.pk, 7), gate().passage(sale.pk, 7)] == [Passage.GO, Passage.HAS]
        monkeypatch.setattr("orders.flash_gate.LONGEST_TRY_MS", 0)
        assert gate().passage(sale.pk, 7) == Passage.GO

    def test_it_ends_by_itself(self, scene: Scene) -> None:
        sale = make_flash(scene.daylily)
        knock(sale_id=sale.pk, user_id=make_user().pk)
        day = 24 * 3_600
        assert all(day < gate().redis.ttl(key) <= day + 3_600 for key in gate().keys(sale.pk))

    def test_what_comes_free_is_let_through_again(
        self, scene: Scene, django_capture_on_commit_callbacks: object
    ) -> None:
        sale = make_flash(scene.daylily, units=1)
        lin = make_user()
        assert knock(sale_id=sale.pk, user_id=lin.pk) == Answer.YOURS
        answers = [knock(sale_id=sale.pk, user_id=make_user().pk) for _buyer in range(2)]
        assert answers == [Answer.SOLD_OUT, Answer.SOLD_OUT]
        end_waiting(FlashClaim.objects.get())
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            lapse_places()
        zhao = make_user()
        assert knock(sale_id=sale.pk, user_id=zhao.pk) == Answer.YOURS
        assert FlashClaim.objects.get(state=ClaimState.CLAIMED).user == zhao

    def test_a_gate_that_forgot_is_filled_with_what_postgresql_knows(self, scene: Scene) -> None:
        sale, lin = make_flash(scene.daylily, units=1), make_user()
        place_of(sale, lin)
        gate().forget(sale.pk)
        assert knock(sale_id=sale.pk, user_id=lin.pk) == Answer.YOURS
        assert knock(sale_id=sale.pk, user_id=make_user().pk) == Answer.SOLD_OUT

    def test_the_minutes_job_mends_a_gate_that_is_too_strict(self, scene: Scene) -> None:
        sale, over = make_flash(scene.daylily, units=2), make_flash(scene.tea, ends_at=timezone.now())
        for one in (sale, over):
            fill_gate(one.pk)
            gate().is_sold_out(one.pk)
        lin = make_user()
        assert knock(sale_id=sale.pk, user_id=lin.pk) == Answer.SOLD_OUT
        refill_gates()
        assert knock(sale_id=sale.pk, user_id=lin.pk) == Answer.YOURS
        assert gate().redis.hget(gate().keys(over.pk)[0], "free") == b"0"

    def test_a_gate_that_says_too_much_sells_nothing_more(self, scene: Scene) -> None:
        sale = make_flash(scene.daylily, units=1)
        fill_gate(sale.pk)
        gate().redis.hset(gate().keys(sale.pk)[0], "free", 1_000)
        answers = [knock(sale_id=sale.pk, user_id=make_user().pk) for _buyer in range(4)]
        assert answers == [Answer.YOURS, *[Answer.SOLD_OUT] * 3] and FlashClaim.objects.count() == 1

    def test_the_sold_out_are_answered_without_postgresql(self, scene: Scene) -> None:
        sale = make_flash(scene.daylily, units=1)
        for _buyer in range(2):
            knock(sale_id=sale.pk, user_id=make_user().pk)
        late = make_user()
        with CaptureQueriesContext(connection) as counted:
            assert knock(sale_id=sale.pk, user_id=late.pk) == Answer.SOLD_OUT
        assert len(counted) == 0

    def test_a_redis_that_does_not_answer_is_left_alone_for_a_while(self, no_redis: None) -> None:
        lost = Gate(settings.REDIS_URL, "lost")
        with pytest.raises(GateGone):
            lost.passage(1, 1)
        asked: list[int] = []
        with pytest.raises(GateGone):
            lost._ask(lambda: asked.append(1))
        assert asked == []


class TestWithoutRedis:
    def test_the_door_stays_open_and_sells_as_many(self, scene: Scene, no_redis: None) -> None:
        sale = make_flash(scene.daylily, units=2)
        lin = make_user()
        answers = [knock(sale_id=sale.pk, user_id=one.pk) for one in (lin, lin, make_user(), make_user())]
        assert answers == [Answer.YOURS, Answer.YOURS, Answer.YOURS, Answer.SOLD_OUT]
        assert FlashClaim.objects.count() == 2

    def test_what_one_heard_is_repeated_for_a_moment(self, scene: Scene, no_redis: None) -> None:
        sale, lin, zhao, late = make_flash(scene.daylily, units=1), make_user(), make_user(), make_user()
        answers = [knock(sale_id=sale.pk, user_id=one.pk) for one in (lin, zhao)]
        with CaptureQueriesContext(connection) as counted:
            answers += [knock(sale_id=sale.pk, user_id=one.pk) for one in (late, lin)]
        assert answers == [Answer.YOURS, Answer.SOLD_OUT, Answer.SOLD_OUT, Answer.YOURS]
        assert len(counted) == 0

    def test_where_too_many_ask_the_answer_is_to_click_again(
        self, scene: Scene, no_redis: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sale = make_flash(scene.daylily)
        monkeypatch.setattr(flash_door, "LONGEST_WAIT_S", 0.01)
        for _turn in range(flash_door.AT_ONCE):
            flash_door._turns.at_once.acquire()
        assert knock(sale_id=sale.pk, user_id=make_user().pk) == Answer.BUSY
        assert not FlashClaim.objects.exists()

    def test_no_such_sale(self, no_redis: None) -> None:
        assert knock(sale_id=0, user_id=make_user().pk) == Answer.UNKNOWN


class TestTickets:
    def test_a_ticket_is_for_one_sale_one_browser_and_one_day(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ticket = ticket_for(user_id=5, sale_id=3, session="a")
        assert read_ticket(ticket, sale_id=3, session="a") == 5
        forged = Signer(salt="orders.flash_door:").sign(ticket.rpartition(":")[0])
        for text, sale, session in (
            (ticket, 4, "a"), (ticket, 3, "b"), (ticket, 3, ""), ("", 3, "a"), (forged, 3, "a"), (f"6{ticket[1:]}", 3, "a"),
        ):  # fmt: skip
            with pytest.raises(BadTicket):
                read_ticket(text, sale_id=sale, session=session)
        monkeypatch.setattr("time.time", lambda: timezone.now().timestamp() + flash_door.TICKET_S + 5)
        with pytest.raises(BadTicket):
            read_ticket(ticket, sale_id=3, session="a")


def claim_with(client: Client, sale: FlashSale, **changes: str) -> object:
    page = client.get(reverse("flash_sale", args=[sale.pk]))
    return client.post(reverse("flash_claim", args=[sale.pk]), {"ticket": hidden(page, "ticket"), **changes})


class TestPages:
    def test_from_the_product_to_the_order(self, scene: Scene) -> None:
        sale, lin = make_flash(scene.daylily), make_user()
        client = signed_in_client(lin)
        product = text_of(client.get(reverse("product", args=[scene.daylily.product.ref])))
        link = reverse("flash_of_pack", args=[scene.daylily.pk])
        assert link in product
        page = text_of(client.get(link, follow=True))
        assert '<s class="was">¥38.80</s>' in page and "¥10.00" in page and 'name="ticket"' in page
        answer = claim_with(client, sale)
        assert (answer.status_code, answer["Location"]) == (303, reverse("flash_sale", args=[sale.pk]))  # type: ignore[attr-defined, index]
        checkout = reverse("flash_checkout", args=[sale.pk])
        assert checkout in text_of(client.get(reverse("flash_sale", args=[sale.pk])))
        first = client.get(checkout)
        assert 'name="coupon"' not in text_of(first)
        data = {**DOOR, "key": hidden(first, "key"), "action": "review"}
        reviewed = client.post(checkout, data)
        assert "−¥28.80" in text_of(reviewed) and 'name="day-' not in text_of(reviewed)
        placed = client.post(checkout, {**data, "seen": hidden(reviewed, "seen"), "action": "place"})
        assert placed["Location"] == STRIPE_PAGE
        order = Order.objects.get()
        assert order.goods_fen == FLASH_FEN and order.flash_claim.user == lin
        assert reverse("order", args=[order.ref]) in text_of(client.get(reverse("flash_sale", args=[sale.pk])))
        assert client.get(checkout)["Location"] == reverse("flash_sale", args=[sale.pk])

    def test_a_click_asks_neither_session_nor_account(self, scene: Scene) -> None:
        sale = make_flash(scene.daylily, units=1)
        client = signed_in_client(make_user())
        page = client.get(reverse("flash_sale", args=[sale.pk]))
        knock(sale_id=sale.pk, user_id=make_user().pk)
        knock(sale_id=sale.pk, user_id=make_user().pk)
        with CaptureQueriesContext(connection) as counted:
            answer = client.post(reverse("flash_claim", args=[sale.pk]), {"ticket": hidden(page, "ticket")})
        assert len(counted) == 0 and 'data-answer="sold_out"' in text_of(answer)
        assert not answer.cookies

    @pytest.mark.parametrize("language", ["", "/en"])
    def test_every_answer_has_its_words(self, scene: Scene, language: str) -> None:
        sale = make_flash(scene.daylily, units=1, starts_at=timezone.now() + dt.timedelta(hours=1))
        client = signed_in_client(make_user())
        path = f"{language}/flash/{sale.pk}/"
        page = client.get(path)
        assert "countdown" in text_of(page)
        ticket = {"ticket": hidden(page, "ticket")}
        assert 'data-answer="early"' in text_of(client.post(f"{path}claim/", ticket))
        assert not FlashClaim.objects.exists()
        Promotion.objects.update(starts_at=timezone.now() - dt.timedelta(hours=1), ended_at=timezone.now())
        gate().forget(sale.pk)
        assert 'data-answer="over"' in text_of(client.post(f"{path}claim/", ticket))
        assert 'name="ticket"' not in text_of(client.get(path))

    def test_a_guest_is_asked_to_sign_in_and_comes_back(self, scene: Scene, client: Client) -> None:
        sale = make_flash(scene.daylily)
        path = reverse("flash_sale", args=[sale.pk])
        page = client.get(path)
        assert f"?next={path}" in text_of(page) and not hidden(page, "ticket")
        refused = client.post(reverse("flash_claim", args=[sale.pk]), {"ticket": ""})
        assert refused.status_code == 403 and f"?next={path}" in text_of(refused)
        assert client.get(reverse("flash_checkout", args=[sale.pk])).status_code == 302

    def test_anothers_ticket_and_that_of_another_sale_are_refused(self, scene: Scene) -> None:
        sale, other = make_flash(scene.daylily), make_flash(scene.tea)
        lin, zhao = signed_in_client(make_user()), signed_in_client(make_user())
        theirs = hidden(zhao.get(reverse("flash_sale", args=[sale.pk])), "ticket")
        wrong = hidden(lin.get(reverse("flash_sale", args=[other.pk])), "ticket")
        for ticket in (theirs, wrong, "1.1.9999999999:abc", "x" * 5_000):
            answer = claim_with(lin, sale, ticket=ticket)
            assert answer.status_code == 403 and 'data-answer="ticket"' in text_of(answer)  # type: ignore[attr-defined]
        assert not FlashClaim.objects.exists()

    def test_a_place_that_lapsed_or_was_never_there_buys_nothing(self, scene: Scene) -> None:
        sale, lin = make_flash(scene.daylily), make_user()
        client, checkout = signed_in_client(lin), reverse("flash_checkout", args=[sale.pk])
        assert client.get(checkout)["Location"] == reverse("flash_sale", args=[sale.pk])
        claim = place_of(sale, lin)
        data = {**DOOR, "key": hidden(client.get(checkout), "key"), "action": "review"}
        seen = hidden(client.post(checkout, data), "seen")
        bad = seen.replace("x1@", "x3@")
        answer = client.post(checkout, {**data, "seen": bad, "action": "place"}, follow=True)
        assert not Order.objects.exists() and answer.redirect_chain
        end_waiting(claim)
        client.post(checkout, {**data, "seen": seen, "action": "place"})
        assert not Order.objects.exists() and Variant.objects.get(pk=scene.daylily.pk).held == 0
        lapse_places()
        assert checkout not in text_of(client.get(reverse("flash_sale", args=[sale.pk])))

    def test_a_sale_that_nobody_approved_is_nobodys_to_see(self, scene: Scene, client: Client) -> None:
        sale = make_flash(scene.daylily)
        Promotion.objects.update(approved_at=None, approved_by=None)
        assert client.get(reverse("flash_sale", args=[sale.pk])).status_code == 404
        assert client.get(reverse("flash_of_pack", args=[scene.daylily.pk])).status_code == 404
