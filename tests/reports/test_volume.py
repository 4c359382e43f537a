"""Figures of volume: they equal the orders, and only those read them who may."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from orders import settlement
from orders.models import Consignment, Order, Sale
from payments.models import Payment
from reports.months import BadMonth, parse_month, show_month, this_month
from reports.volume import volume_of
from stations.models import Region, Role
from tests import cast
from tests.orders.scene import Scene, make_scene, order_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def paid(scene: Scene) -> Order:
    order = order_of(scene, lines=scene.three)
    return settlement.settle_payment(Payment.objects.get(order_ref=order.ref).pk)


def figures(region: str, by: str = "month") -> dict[str, object]:
    out = StringIO()
    month = show_month(this_month())
    call_command(
        "volume", "--region", region, "--from", month, "--to", month, "--by", by, "--format", "json", stdout=out
    )
    answer: dict[str, object] = json.loads(out.getvalue())
    return answer


def test_a_region_s_volume_is_its_orders(scene: Scene) -> None:
    order = paid(scene)
    qidong = Consignment.objects.filter(order=order, county_code="430426")
    assert figures("43")["total"]["outbound_fen"] == order.goods_fen  # type: ignore[index]
    assert figures("430426")["total"]["outbound_fen"] == sum(item.goods_fen for item in qidong)  # type: ignore[index]
    assert figures("430426")["total"]["farmer_income_fen"] == sum(item.seller_fen for item in qidong)  # type: ignore[index]
    assert figures("430426000000") == figures("430426")


def test_rows_sum_to_the_total_on_every_level(scene: Scene) -> None:
    paid(scene)
    village = scene.qidong.point.region_id
    for code in ("43", "4304", "430426", village[:9], village):
        for by in ("month", "region", "category", "channel"):
            answer = figures(code, by)
            assert sum(row["outbound_fen"] for row in answer["rows"]) == answer["total"]["outbound_fen"] > 0  # type: ignore[index,attr-defined]


def test_a_month_without_sales_stands_as_zero(scene: Scene) -> None:
    volume = volume_of(Region.objects.find("430426"), first_month=this_month() - 2, last_month=this_month())
    assert [row.figures.outbound_fen for row in volume.rows] == [0, 0, 0]


def test_what_is_left_out_counts_nowhere(scene: Scene) -> None:
    order = order_of(scene, lines=scene.three)
    Order.objects.filter(pk=order.pk).update(phone=scene.daylily.product.store.household.phone)
    settlement.settle_payment(Payment.objects.get(order_ref=order.ref).pk)
    counted = sum(Sale.objects.filter(left_out="").values_list("amount_fen", flat=True))
    assert figures("43")["total"]["outbound_fen"] == counted < order.goods_fen  # type: ignore[index]


def test_the_number_of_queries_does_not_grow(scene: Scene, django_assert_max_num_queries: object) -> None:
    paid(scene)
    hunan = Region.objects.get(code="430000000000")
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        volume_of(hunan, first_month=this_month() - 11, last_month=this_month(), by="region")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--region", "99", "--from", "2026-01", "--to", "2026-02"],
        ["--region", "4304x", "--from", "2026-01", "--to", "2026-02"],
        ["--region", "43", "--from", "2026-13", "--to", "2026-02"],
        ["--region", "43", "--from", "2026-03", "--to", "2026-02"],
    ],
)
def test_a_wrong_question_gets_one_clear_line(arguments: list[str]) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("volume", *arguments)
    assert refusal.value.returncode == 2
    assert "\n" not in str(refusal.value)


def test_csv_escapes_what_a_spreadsheet_would_run(scene: Scene) -> None:
    paid(scene)
    Region.objects.filter(code=scene.qidong.township.region_id).update(name="=cmd()", latin="=cmd()")
    out = StringIO()
    month = show_month(this_month())
    call_command(
        "volume", "--region", "430426", "--from", month, "--to", month, "--by", "region", "--format", "csv", stdout=out
    )
    assert "'=cmd()" in out.getvalue()


def test_a_month_is_written_one_way() -> None:
    assert show_month(parse_month("2026-11")) == "2026-11"
    for text in ("2026-1", "2026-00", "26-01", "", "２０２６-01"):
        with pytest.raises(BadMonth):
            parse_month(text)


class TestPages:
    """The pages of /volume/, by who reads them."""

    def read(self, user: object, path: str) -> int:
        client = Client()
        client.force_login(user)  # type: ignore[arg-type]
        return client.get(path).status_code

    def test_a_visitor_signs_in_first(self) -> None:
        assert Client().get("/volume/430426/").status_code == 302

    def test_each_reads_their_own_region(self, scene: Scene) -> None:
        paid(scene)
        official = cast.make_official()
        prefecture = cast.make_official("430400000000", Role.PREFECTURE_OFFICIAL)
        centre = cast.make_clerk(scene.qidong.centre)
        assert [
            self.read(person, "/volume/430426/") for person in (official, prefecture, centre, cast.make_operator())
        ] == [200] * 4
        assert self.read(official, "/volume/") == 302
        for path in ("/volume/4304/", "/volume/430822/", "/volume/99/", "/volume/nonsense/"):
            assert self.read(official, path) == 404

    def test_a_weak_role_reads_none(self, scene: Scene) -> None:
        for person in (cast.make_user(), cast.make_clerk(scene.qidong.point), cast.make_clerk(scene.qidong.township)):
            assert self.read(person, "/volume/430426/") == 403

    def test_the_way_down_ends_at_the_order(self, scene: Scene) -> None:
        order = paid(scene)
        client = Client()
        client.force_login(cast.make_official())
        village = scene.qidong.point.region_id
        page = client.get(f"/volume/{village}/")
        assert f"/volume/{village}/orders/{order.ref}/" in page.content.decode()
        page = client.get(f"/volume/{village}/orders/{order.ref}/")
        text = page.content.decode()
        assert order.number in text
        assert "−¥" not in text  # the ledger's credits stand in a column of their own
        assert order.recipient not in text
        assert order.phone not in text
        assert client.get(f"/volume/{scene.qidong.other_point.region_id}/orders/{order.ref}/").status_code == 404

    def test_a_wrong_period_is_explained_and_kept(self, scene: Scene) -> None:
        client = Client()
        client.force_login(cast.make_official())
        page = client.get("/volume/430426/?first=2026-13&last=2026-02&by=month")
        assert page.status_code == 400
        assert "2026-13" in page.content.decode()

    def test_english_pages_are_english(self, scene: Scene) -> None:
        client = Client()
        client.force_login(cast.make_official())
        assert "Transaction volume" in client.get("/en/volume/430426/").content.decode()
        assert "交易额" in client.get("/volume/430426/").content.decode()
