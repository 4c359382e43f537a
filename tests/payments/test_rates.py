"""Which rate card counts for a sale, and that one which has held stays as it was."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from django.db.utils import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import OrderLine
from orders.rate_words import cards_in_words, percent
from payments.models import RateCard
from payments.rates import NoRateCard, Scope, rates_for
from tests.cast import make_category, make_operator, make_rates
from tests.orders.scene import Scene, make_scene, order_of

pytestmark = pytest.mark.django_db
SPRING = dt.date(2026, 3, 1)
LI = Scope("liuchuan", "430426", "dried-daylily", "daylily")
WANG = Scope("wangjia", "430426", "tea")
TIAN = Scope("tianjia", "430822", "tea")


def card(commission_bp: int, day: dt.date = SPRING, **scope: object) -> RateCard:
    return RateCard.objects.create(commission_bp=commission_bp, station_fee_bp=300, valid_from=day, **scope)


def commission(scope: Scope, on: dt.date = dt.date(2026, 11, 1)) -> int:
    return rates_for([scope], on)[scope].commission_bp


def test_the_most_specific_card_counts() -> None:
    """Each further card takes over from the one before, though all begin on the same day."""
    card(200)
    assert commission(LI) == 200
    card(190, category_slug="daylily")
    assert (commission(LI), commission(WANG)) == (190, 200)
    card(180, category_slug="dried-daylily")
    assert commission(LI) == 180
    card(170, county_code="430426")
    assert (commission(LI), commission(WANG), commission(TIAN)) == (170, 170, 200)
    card(160, county_code="430426", category_slug="daylily")
    assert (commission(LI), commission(WANG)) == (160, 170)
    card(150, county_code="430426", category_slug="dried-daylily")
    card(140, store_slug="liuchuan")
    assert (commission(LI), commission(WANG), commission(TIAN)) == (140, 170, 200)
    card(100, store_slug="tianjia", day=dt.date(2027, 1, 1))
    assert commission(TIAN) == 200


def test_a_specific_card_counts_even_where_a_general_one_began_later() -> None:
    card(150, county_code="430426")
    card(200, day=dt.date(2026, 6, 1))
    assert commission(LI) == 150


def test_a_card_of_three_months_lies_on_one_without_end() -> None:
    card(200)
    card(100, day=dt.date(2026, 6, 1), valid_until=dt.date(2026, 8, 31))
    days = [dt.date(2026, 5, 31), dt.date(2026, 6, 1), dt.date(2026, 8, 31), dt.date(2026, 9, 1)]
    assert [commission(WANG, day) for day in days] == [200, 100, 100, 200]


def test_no_card_is_said(django_assert_num_queries: Any) -> None:
    card(200, county_code="430426")
    with pytest.raises(NoRateCard, match="430822"):
        rates_for([LI, TIAN], SPRING)
    with pytest.raises(NoRateCard):
        rates_for([LI], SPRING - dt.timedelta(days=1))
    with django_assert_num_queries(1):
        assert rates_for([LI, WANG], SPRING).keys() == {LI, WANG}


def refused(change: Callable[[], object]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        change()


class TestWhatHasHeldStays:
    """The database says so, whoever asks."""

    @pytest.mark.parametrize(
        "change",
        [
            {"commission_bp": 100},
            {"station_fee_bp": 0},
            {"valid_from": SPRING + dt.timedelta(days=1)},
            {"county_code": "430426"},
            {"store_slug": "liuchuan"},
            {"category_slug": "daylily"},
            {"valid_until": SPRING},
        ],
    )
    def test_nothing_but_a_last_day_to_come(self, change: dict[str, object]) -> None:
        begun = card(200)
        refused(lambda: RateCard.objects.filter(pk=begun.pk).update(**change))
        refused(lambda: RateCard.objects.filter(pk=begun.pk).delete())
        today = timezone.localdate()
        RateCard.objects.filter(pk=begun.pk).update(valid_until=today)
        assert rates_for([WANG], today)[WANG] == begun
        assert begun.events.count() == 2  # type: ignore[attr-defined]

    def test_one_that_is_over_never_holds_again(self) -> None:
        over = card(200, valid_until=dt.date(2026, 3, 31))
        refused(lambda: RateCard.objects.filter(pk=over.pk).update(valid_until=None))

    def test_one_to_come_may_change_and_go_but_not_begin_in_the_past(self) -> None:
        coming = card(200, day=timezone.localdate() + dt.timedelta(days=1))
        RateCard.objects.filter(pk=coming.pk).update(commission_bp=250)
        refused(lambda: RateCard.objects.filter(pk=coming.pk).update(valid_from=SPRING))
        coming.delete()
        assert not RateCard.objects.exists()

    @pytest.mark.parametrize(
        "scope",
        [
            {"store_slug": "liuchuan", "county_code": "430426"},
            {"store_slug": "liuchuan", "category_slug": "daylily"},
            {"valid_until": SPRING - dt.timedelta(days=1)},
            {"station_fee_bp": 9_900},
        ],
    )
    def test_scopes_days_and_shares_that_make_no_sense(self, scope: dict[str, object]) -> None:
        known = {"commission_bp": 200, "station_fee_bp": 300, "valid_from": SPRING, **scope}
        with pytest.raises(IntegrityError), transaction.atomic():
            RateCard.objects.create(**known)

    def test_one_card_a_scope_and_day(self) -> None:
        card(200, county_code="430426")
        with pytest.raises(IntegrityError), transaction.atomic():
            card(300, county_code="430426")


class TestTheLine:
    """What was sold keeps its card."""

    def test_each_line_has_the_card_of_its_store_county_and_category(self) -> None:
        scene: Scene = make_scene()
        general = RateCard.objects.get()
        own = card(100, store_slug=scene.store.slug)
        tea = card(400, category_slug="tea")
        order = order_of(scene, lines=scene.three)
        cards = {line.sku: line.rate_card for line in OrderLine.objects.filter(consignment__order=order)}
        assert cards == {scene.daylily.sku: own, scene.more_daylily.sku: general, scene.tea.sku: tea}
        line = OrderLine.objects.get(rate_card=own)
        assert (line.commission_bp, line.commission_fen, line.station_fee_fen) == (100, 78, 233)

    def test_a_parents_card_holds_for_its_categories(self) -> None:
        scene: Scene = make_scene()
        farm = make_category("farm-goods", "农产品", "Farm goods")
        type(farm).objects.filter(slug="daylily").update(parent=farm)
        wide = card(250, category_slug="farm-goods")
        order = order_of(scene)
        assert OrderLine.objects.get(consignment__order=order).rate_card == wide

    def test_a_card_that_sold_something_stays(self) -> None:
        scene: Scene = make_scene()
        order_of(scene)
        with pytest.raises(ProtectedError):
            RateCard.objects.get().delete()
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM payments_ratecard")


def test_a_card_in_words() -> None:
    scene = make_scene()
    cards = [
        card(250, county_code="430426", category_slug="daylily"),
        card(100, store_slug=scene.store.slug),
        RateCard.objects.get(valid_from=dt.date(2020, 1, 1)),
    ]
    assert list(cards_in_words(cards).values()) == [
        "祁东县、黄花菜，自2026年3月1日起",
        f"{scene.store.label}，自2026年3月1日起",
        "通用费率，自2020年1月1日起",
    ]
    assert [percent(bp) for bp in (0, 5, 50, 250, 1000)] == ["0%", "0.05%", "0.5%", "2.5%", "10%"]


class TestTheOperatorsPages:
    """A card is entered in percent, in words; a mistake is said before the database says it."""

    @pytest.fixture
    def operator(self, client: Client) -> Client:
        client.force_login(make_operator())
        return client

    def sent(self, operator: Client, **fields: object) -> str:
        tomorrow = timezone.localdate() + dt.timedelta(days=1)
        form = {"store_slug": "", "county_code": "", "category_slug": "", "commission_bp": "2.5", "station_fee_bp": "3"}
        answer = operator.post(reverse("admin:payments_ratecard_add"), {**form, "valid_from": tomorrow, **fields})
        return "" if answer.status_code == 302 else answer.content.decode()

    def test_a_card_for_a_county_from_tomorrow(self, operator: Client) -> None:
        make_rates()
        assert not self.sent(operator, county_code="430426")
        made = RateCard.objects.get(county_code="430426")
        assert (made.commission_bp, made.station_fee_bp) == (250, 300)
        page = operator.get(reverse("admin:payments_ratecard_changelist")).content.decode()
        assert "祁东县" in page
        assert "2.5%" in page
        change = operator.get(reverse("admin:payments_ratecard_change", args=[made.pk])).content.decode()
        assert 'name="commission_bp"' in change

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"county_code": "999999"}, "没有这个代码的县"),
            ({"store_slug": "nobody-at-home"}, "没有这个地址的店铺"),
            ({"commission_bp": "2.555"}, "2"),
            ({"commission_bp": "98"}, "超过"),
            ({"valid_from": "2026-01-01"}, "明天"),
            ({"valid_until": "2026-01-01"}, "今天"),
        ],
    )
    def test_what_cannot_be_is_said(self, operator: Client, fields: dict[str, object], said: str) -> None:
        make_rates()
        page = self.sent(operator, **fields)
        assert "errorlist" in page
        assert said in page
        assert RateCard.objects.count() == 1

    def test_of_a_card_that_holds_only_the_last_day_is_set(self, operator: Client) -> None:
        held = make_rates()
        address = reverse("admin:payments_ratecard_change", args=[held.pk])
        page = operator.get(address).content.decode()
        assert 'name="commission_bp"' not in page
        today = timezone.localdate()
        assert operator.post(address, {"valid_until": today, "commission_bp": "9"}).status_code == 302
        held.refresh_from_db()
        assert (held.valid_until, held.commission_bp) == (today, 200)
        assert (
            operator.post(reverse("admin:payments_ratecard_delete", args=[held.pk]), {"post": "yes"}).status_code == 403
        )
