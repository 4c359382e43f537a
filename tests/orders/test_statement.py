"""The seller's statement: it adds up with the ledger in every month, says what was taken off and why, and is shown to whom it concerns."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.cancelling import cancel_consignment
from orders.models import Consignment, Order, OrderLine
from orders.portions import Portion
from orders.refunding import refund_lines
from orders.release import release_delivered
from orders.statement import BadMonth, Coming, Row, Statement, next_month, read_month, span, state_month
from orders.statement_sheet import HEADINGS, statement_rows
from payments import ledger
from payments.ledger import Part
from payments.models import AccountKind, RateCard, TransferKind
from sellers.models import Household
from stations.sheets import csv_of
from tests.cast import (
    make_clerk,
    make_official,
    make_user,
)
from tests.orders.scene import Scene, make_scene, order_of, paid
from tests.orders.test_gathering import Gathering
from tests.reports.test_audits import deliver

pytestmark = pytest.mark.django_db
JUNE = dt.date(2026, 6, 1)


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def li(scene: Scene) -> Household:
    return scene.store.household


def moment(month: int, day: int, hour: int = 12) -> dt.datetime:
    return timezone.make_aware(dt.datetime(2026, month, day, hour))


def bought(scene: Scene, when: dt.datetime, **fields: object) -> Order:
    return paid(order_of(scene, at=when, **fields), at=when)


def balance_at(household: Household, end: dt.datetime) -> int:
    """What the ledger owes the household just before a moment, summed apart from the code under test."""
    owners = [store.slug for store in household.stores.all()] + [household.account]
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce(-sum(e.amount_fen), 0) FROM payments_entry e JOIN payments_ledgeraccount a ON a.id = e.account_id
            WHERE a.kind IN ('seller_pending', 'seller_available') AND a.owner = ANY(%s) AND e.happened_at < %s""",
            [owners, end],
        )
        return int(cursor.fetchone()[0])


def movements(stated: Statement) -> int:
    rows = [*stated.taken, *stated.returned, *stated.moved]
    return stated.sold_fen + sum(row.fen for row in rows)


def adds_up(stated: Statement) -> bool:
    start, end = span(stated.month)
    return (
        stated.opening_fen == balance_at(stated.household, start)
        and stated.closing_fen == balance_at(stated.household, end)
        and stated.opening_fen + movements(stated) == stated.closing_fen
        and sum(one.fen for one in stated.coming) == stated.waiting_fen
    )


def sheet(stated: Statement) -> list[list[object]]:
    return list(statement_rows(stated))


class TestWhatItSays:
    """Sold, taken off, paid back, paid out, still to come."""

    def test_a_month_of_one_farmer(self, scene: Scene, li: Household) -> None:
        RateCard.objects.create(
            county_code="430426", commission_bp=150, station_fee_bp=300, valid_from=dt.date(2026, 6, 10)
        )
        first = bought(scene, moment(6, 3), lines=scene.three)
        deliver(first, at=moment(6, 4))
        release_delivered(at=moment(6, 12))
        second = bought(scene, moment(6, 20))
        deliver(second, at=moment(6, 26))
        back = bought(scene, moment(6, 21))
        cancel_consignment(order=back, number=back.consignments.get().number, by=None, at=moment(6, 22))
        bought(scene, moment(6, 29))
        stated = state_month(li, JUNE)
        assert adds_up(stated)
        assert [(one.units, one.fen) for one in stated.goods] == [(8, 31_040)]
        assert [(row.words, row.fen, row.small) for row in stated.taken] == [
            ("平台佣金 2%", -155, "通用费率，自2020年1月1日起"),
            ("站点服务费 3%", -233, "通用费率，自2020年1月1日起"),
            ("平台佣金 1.5%", -348, "祁东县，自2026年6月10日起"),
            ("站点服务费 3%", -699, "祁东县，自2026年6月10日起"),
        ]
        (row,) = stated.returned
        assert (row.words, row.fen) == ("买家取消。", -7411)
        assert "77.60" in row.small and "3.49" in row.small
        assert stated.moved == []
        assert (stated.released_fen, stated.ready_fen) == (7372, 7372)
        assert stated.coming == [Coming(dt.date(2026, 7, 3), 7411), Coming(None, 7411)]

    def test_what_lies_between_two_months_is_in_one_of_them(self, scene: Scene, li: Household) -> None:
        """The last minute of May and the first of June in Shanghai, both of the 31st in UTC."""
        bought(scene, moment(6, 1, 0) - dt.timedelta(minutes=1))
        bought(scene, moment(6, 1, 0))
        may, june = state_month(li, dt.date(2026, 5, 1)), state_month(li, JUNE)
        assert (may.units, june.units) == (2, 2)
        assert (may.opening_fen, may.closing_fen, june.opening_fen) == (0, 7372, 7372)
        assert adds_up(may) and adds_up(june)

    def test_a_later_refund_leaves_the_month_of_the_sale_as_it_was(self, scene: Scene, li: Household) -> None:
        order = bought(scene, moment(6, 20))
        before = sheet(state_month(li, JUNE))
        cancel_consignment(order=order, number=order.consignments.get().number, by=None, at=moment(7, 2))
        assert sheet(state_month(li, JUNE)) == before
        july = state_month(li, dt.date(2026, 7, 1))
        assert (july.opening_fen, july.sold_fen, july.closing_fen) == (7372, 0, 0)
        assert adds_up(july) and july.coming == []

    def test_a_refund_after_the_release_takes_from_what_is_ready(self, scene: Scene, li: Household) -> None:
        order = bought(scene, moment(6, 3))
        deliver(order, at=moment(6, 4))
        release_delivered(at=moment(6, 12))
        pay_out_all(li, moment(6, 15))
        portions = [Portion(line.pk) for line in OrderLine.objects.filter(consignment__order=order)]
        refund_lines(order=order, portions=portions, by=None, reason="harvest too small", at=moment(6, 28))
        stated = state_month(li, JUNE)
        assert adds_up(stated)
        assert (stated.ready_fen, stated.closing_fen) == (-7372, -7372)
        assert [row.words for row in stated.returned] == ["收成不够。"]
        assert [row.fen for row in stated.moved] == [-7372]

    def test_part_of_a_line_and_freight_alone(self, scene: Scene, li: Household) -> None:
        order = bought(scene, moment(6, 3))
        line = OrderLine.objects.get(consignment__order=order)
        refund_lines(
            order=order,
            portions=[Portion(line.pk, units=0, amount_fen=1_000, freight_fen=0)],
            by=None,
            reason="after-sales 1",
            at=moment(6, 9),
        )
        stated = state_month(li, JUNE)
        assert adds_up(stated)
        assert [(row.words, row.fen) for row in stated.returned] == [("售后", -950)]
        assert sum(row[-1] for row in sheet(stated)[:-1]) == Decimal("64.22")  # type: ignore[misc]

    def test_what_an_open_case_holds_has_no_day(self, scene: Scene, li: Household) -> None:
        order = bought(scene, moment(6, 3))
        deliver(order, at=moment(6, 4))
        Consignment.objects.filter(order=order).update(after_sales_since=moment(6, 5))
        stated = state_month(li, JUNE)
        assert adds_up(stated) and stated.coming == [Coming(None, 7372, held=True)]

    def test_any_other_transfer_has_a_row_of_its_own(self, scene: Scene, li: Household) -> None:
        """Kinds that this code has never heard of too: what moved the seller's balance is on the page."""
        bought(scene, moment(6, 3))
        ledger.post(
            kind="gift",  # type: ignore[arg-type]
            key="gift:1",
            parts=[Part(AccountKind.SELLER_AVAILABLE, scene.store.slug, -500), Part(AccountKind.COMMISSION, "", 500)],
            at=moment(6, 9),
        )
        stated = state_month(li, JUNE)
        assert adds_up(stated)
        assert stated.moved == [Row("gift", 500)]
        assert [row[-1] for row in sheet(stated) if row[1] == "gift"] == [Decimal("5.00")]

    def test_what_lines_do_not_explain_is_said_and_not_hidden(self, scene: Scene, li: Household) -> None:
        bought(scene, moment(6, 3))
        ledger.post(
            kind=TransferKind.SALE,
            key="sale:0",
            parts=[Part(AccountKind.SELLER_PENDING, scene.store.slug, -100), Part(AccountKind.COMMISSION, "", 100)],
            at=moment(6, 9),
        )
        stated = state_month(li, JUNE)
        assert adds_up(stated)
        assert [row.fen for row in stated.moved] == [100]
        assert sum(row[-1] for row in sheet(stated)[:-1]) == sheet(stated)[-1][-1]  # type: ignore[misc]

    def test_an_empty_month_says_so(self, scene: Scene, li: Household) -> None:
        stated = state_month(li, JUNE)
        assert stated.is_empty and stated.is_over and stated.closing_fen == 0
        assert [row[1] for row in sheet(stated)] == ["期初余额", "期末余额"]


def pay_out_all(household: Household, at: dt.datetime) -> None:
    """Book a payout as the ledger will: from what is ready to what is on its way."""
    slug = household.stores.get().slug
    fen = ledger.owed(AccountKind.SELLER_AVAILABLE, slug)
    parts = [Part(AccountKind.SELLER_AVAILABLE, slug, fen), Part("payout_transit", "p1", -fen)]  # type: ignore[arg-type]
    ledger.post(kind="payout", key="payout:1", parts=parts, at=at)  # type: ignore[arg-type]


class TestGatheredGoods:
    """A family whose goods a station's store sells gets its statement; the station, which earns nothing with them, none of it."""

    def test_the_family_is_told(self, scene: Scene) -> None:
        gathering = Gathering(scene)
        bought(scene, moment(6, 5), lines=[(gathering.of_tian.pk, 3), (gathering.of_xiang.pk, 1)])
        stated = state_month(gathering.tian, JUNE)
        assert (stated.units, stated.sold_fen, stated.closing_fen) == (3, 18_000, 17_100)
        assert adds_up(stated)
        assert state_month(gathering.store.household, JUNE).is_empty


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 120),
            st.integers(1, 3),
            st.sampled_from(["bought", "delivered", "released", "cancelled", "paid"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_every_month_adds_up_and_each_begins_where_the_last_ended(steps: list[tuple[int, int, str]]) -> None:
    with transaction.atomic():
        scene = make_scene()
        li = scene.store.household
        for number, (days, units, fate) in enumerate(steps):
            when = moment(3, 2, 9) + dt.timedelta(days=days)
            order = bought(scene, when, lines=[(scene.daylily.pk, units)], key=f"step-{number}")
            if fate == "cancelled":
                number_of = order.consignments.get().number
                cancel_consignment(order=order, number=number_of, by=None, at=when + dt.timedelta(days=9))
            elif fate != "bought":
                deliver(order, at=when + dt.timedelta(days=3))
                if fate in ("released", "paid"):
                    release_delivered(at=when + dt.timedelta(days=20))
                if fate == "paid" and (fen := ledger.owed(AccountKind.SELLER_AVAILABLE, scene.store.slug)) > 0:
                    parts = [
                        Part(AccountKind.SELLER_AVAILABLE, scene.store.slug, fen),
                        Part("payout_transit", f"p{number}", -fen),  # type: ignore[arg-type]
                    ]
                    at = when + dt.timedelta(days=21)
                    ledger.post(kind="payout", key=f"payout:{number}", parts=parts, at=at)  # type: ignore[arg-type]
        month, last = dt.date(2026, 3, 1), 0
        while month < dt.date(2026, 9, 1):
            stated = state_month(li, month)
            assert adds_up(stated), month
            assert stated.opening_fen == last
            assert not [row for row in stated.moved if row.words != "打款给您"], "lines and refunds explain the rest"
            rows = sheet(stated)
            assert sum(row[-1] for row in rows[:-1]) == rows[-1][-1] == Decimal(stated.closing_fen).scaleb(-2)  # type: ignore[misc]
            last, month = stated.closing_fen, next_month(month)
        transaction.set_rollback(True)


class TestThePages:
    """The farmer's, the station's, and the file."""

    @pytest.fixture
    def sold(self, scene: Scene, li: Household) -> Household:
        bought(scene, moment(6, 3), lines=scene.three)
        li.user = make_user("farmer@daylily.example", name="李秀英")
        li.save()
        return li

    def test_the_farmer_reads_it_and_no_buyer(self, sold: Household, client: Client) -> None:
        assert sold.user
        client.force_login(sold.user)
        page = client.get(reverse("my_store_statement"), {"month": "2026-06"}).content.decode()
        for said in ("2026年6月", "祁东黄花菜", "¥77.60", "−¥1.55", "−¥2.33", "¥73.72", "2%", "3%"):
            assert said in page, said
        for private in ("刘敏", "13907310000", "麓山南路", "liumin@", "桑植白茶", "王建国"):
            assert private not in page
        assert "¥73.72" in client.get(reverse("my_store_statement")).content.decode(), (
            "what was there before this month"
        )

    def test_the_file_has_the_same_numbers(self, sold: Household, client: Client) -> None:
        assert sold.user
        client.force_login(sold.user)
        answer = client.get(reverse("my_store_statement_file"), {"month": "2026-06"})
        assert answer["Content-Type"].startswith("text/csv")
        assert answer.content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert len(rows[0]) == len(HEADINGS) and len(rows) == 4
        assert rows[2][4:] == ["2", "77.60", "0.00", "2%", "-1.55", "3%", "-2.33", "0.00", "73.72"]
        assert (rows[1][-1], rows[-1][-1]) == ("0.00", "73.72")

    def test_no_name_becomes_a_formula(self, sold: Household, scene: Scene) -> None:
        OrderLine.objects.filter(consignment__store=scene.store).update(name="=HYPERLINK(1)")
        text = b"".join(csv_of(HEADINGS, statement_rows(state_month(sold, JUNE)))).decode()
        assert "'=HYPERLINK" in text and ",=HYPERLINK" not in text

    @pytest.mark.parametrize("typed", ["2026-13", "June", "2099-01", "1999-01", "2026-06-01", "x" * 300])
    def test_what_is_no_month_is_said(self, sold: Household, client: Client, typed: str) -> None:
        assert sold.user
        client.force_login(sold.user)
        for name in ("my_store_statement", "my_store_statement_file"):
            answer = client.get(reverse(name), {"month": typed}, follow=True)
            assert answer.redirect_chain and "月" in str(list(answer.context["messages"])[0])
        with pytest.raises(BadMonth):
            read_month(typed)

    def test_the_station_that_helps_prints_it_and_others_do_not(
        self, sold: Household, scene: Scene, client: Client
    ) -> None:
        address = reverse("desk_statement", args=[sold.pk])
        client.force_login(make_clerk(scene.qidong.point))
        page = client.get(address, {"month": "2026-06"}).content.decode()
        assert "¥73.72" in page and "李秀英" in page
        assert address in client.get(reverse("desk_household", args=[sold.pk])).content.decode()
        for user, status in (
            (make_clerk(scene.qidong.second_point), 404),
            (make_official(), 403),
            (make_clerk(scene.qidong.township), 200),
        ):
            client.force_login(user)
            assert client.get(address).status_code == status
        sold.mandates.update(withdrawn_at=timezone.now())
        client.force_login(make_clerk(scene.qidong.point))
        assert client.get(address).status_code == 403
        assert client.get(reverse("desk_statement_file", args=[sold.pk])).status_code == 403

    def test_in_english(self, sold: Household) -> None:
        with translation.override("en"):
            stated = state_month(sold, JUNE)
            assert [(row.words, row.small) for row in stated.taken] == [
                ("Commission 2\u00a0%", "general rate, since 1 January 2020"),
                ("Service of the station 3\u00a0%", "general rate, since 1 January 2020"),
            ]


def test_a_large_month_costs_as_many_queries_as_a_small_one(scene: Scene, li: Household) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            state_month(li, JUNE)
        return len(queries)

    bought(scene, moment(6, 3))
    few = asked()
    for day in range(4, 9):
        bought(scene, moment(6, day))
    assert asked() == few <= 12
