"""The trace page: what anybody may read of a parcel or a lot, and nothing about the buyer."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.models import Certificate, CertificateKind, Lot, LotTest, Product
from delivery.boxing import pack_box
from delivery.models import Handover, ScanKind
from orders.models import Consignment, Order, OrderState
from orders.parcels import plan_parcels
from stations.models import Region
from tests import cast
from tests.cast import Stations
from tests.delivery.scene import done, make_parcel, travel
from tests.orders.scene import make_scene, order_of


@pytest.fixture
def lot(qidong: Stations) -> Lot:
    """A tested lot of Li Xiuying's daylily."""
    product = cast.make_product(cast.make_store(qidong.point))
    lot = cast.make_lot(product)
    LotTest.objects.create(
        lot=lot, agency="衡阳市检验检测中心", standard="GB 2762-2022", tested_on="2026-08-01", passed=True,
        finding="二氧化硫未检出", finding_en="No sulphur dioxide found",
    )  # fmt: skip
    return lot


@pytest.fixture
def clerk(qidong: Stations) -> User:
    return cast.make_clerk(qidong.point, name="周小兰")


def read(client: Client, ref: str, status: int = 200) -> str:
    answer = client.get(f"/en/trace/{ref}/")
    assert answer.status_code == status
    return answer.content.decode()


def test_a_parcels_hands_are_public_and_its_buyer_is_not(
    client: Client, qidong: Stations, shanghai: Region, clerk: User
) -> None:
    parcel = make_parcel(qidong.point, shanghai)
    assert "The farmer has not handed it over yet." in read(client, parcel.ref)
    done(parcel, ScanKind.COLLECT, qidong.point, clerk)
    travel(parcel, qidong.point, qidong.township, qidong.centre)
    done(parcel, ScanKind.CARRIER, qidong.centre, carrier_number="SF1")
    done(parcel, ScanKind.DELIVER, qidong.centre)
    page = read(client, parcel.ref)
    for known in (
        parcel.number,
        qidong.point.name_en,
        qidong.centre.name_en,
        "Qidong",
        "李秀英家的小店",
        "The chain is unbroken.",
    ):
        assert known in page, known
    assert "Demo Express" in page and "演示快递" not in page
    chinese = client.get(f"/trace/{parcel.ref}/").content.decode()
    assert "演示快递" in chinese and "Demo Express" not in chinese
    for private in ("王芳", "王*", "13912345678", "5678", "人民路", "周小兰", "Huangpu", "SF1", parcel.contents):
        assert private not in page, private


def test_a_chain_that_was_tampered_with_says_so(
    client: Client, qidong: Stations, shanghai: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcel = travel(make_parcel(qidong.point, shanghai), qidong.point, qidong.township)
    chain = list(Handover.objects.filter(parcel=parcel).select_related("parcel", "station").order_by("position"))
    chain[0].giver = "sender:别人"
    monkeypatch.setattr("orders.trace.chain_of", lambda parcel: chain)
    page = read(client, parcel.ref)
    assert "The chain is broken." in page and "The chain is unbroken." not in page


def test_a_lot_tells_its_village_harvest_grade_tests_and_certificates(client: Client, lot: Lot) -> None:
    Certificate.objects.create(
        product=lot.product, kind=CertificateKind.GREEN, name="绿色食品", name_en="Green food", number="LB-15-1", demo=True,
        holder="祁东县黄花菜协会", valid_from="2020-01-01", valid_until="2099-01-01", state="accepted", accepted_at=timezone.now(),
    )  # fmt: skip
    page = read(client, lot.ref)
    for known in (
        lot.code,
        "12 Jul",
        "not graded",
        "GB 2762-2022",
        "No sulphur dioxide found",
        "LB-15-1",
        "a sample",
        "Hunan",
    ):
        assert known in page, known
    assert "recalled" not in page
    Lot.objects.filter(pk=lot.pk).update(recalled_at=timezone.now())
    assert "This lot was recalled." in read(client, lot.ref)


def test_goods_that_are_no_longer_sold_are_not_linked(client: Client, lot: Lot) -> None:
    link = f"/en/goods/{lot.product.ref}/"
    assert link in read(client, lot.ref)
    Product.objects.update(store_open=False)
    assert link not in read(client, lot.ref)


def test_a_code_that_is_not_ours_gets_a_clear_page(client: Client, qidong: Stations) -> None:
    for ref in ("nonsense", "x" * 22, "%00", "黄花菜"):
        assert "This code is not ours" in read(client, ref, status=404)
    assert "这不是我们的码" in client.get("/trace/nonsense/").content.decode()


def test_the_page_is_light_in_both_languages_and_asks_for_no_session(
    client: Client, lot: Lot, qidong: Stations, shanghai: Region
) -> None:
    parcel = travel(make_parcel(qidong.point, shanghai), qidong.point, qidong.township, qidong.centre)
    for path in (f"/trace/{lot.ref}/", f"/en/trace/{parcel.ref}/"):
        answer = client.get(path)
        assert len(answer.content) < 60_000 and not answer.cookies and "style=" not in answer.content.decode()


def test_a_bought_parcel_leads_to_its_goods_and_their_lots_and_so_does_its_box(client: Client, db: None) -> None:
    scene = make_scene()
    order = order_of(scene, lines=[(scene.daylily.pk, 2), (scene.more_daylily.pk, 1)])
    Order.objects.filter(pk=order.pk).update(state=OrderState.PAID)
    plan_parcels(order.pk)
    parcels = [part.parcel for part in Consignment.objects.filter(order=order).order_by("pk") if part.parcel]
    for parcel in parcels:
        travel(parcel, parcel.origin, scene.qidong.township, scene.qidong.centre)
    lots = [pack.stock.get().lot for pack in (scene.daylily, scene.more_daylily)]
    page = read(client, parcels[0].ref)
    assert lots[0] and lots[1] and f"/en/trace/{lots[0].ref}/" in page and lots[1].code not in page
    assert "Qidong dried daylily, 500 g bag" in page and "刘敏" not in page and "Yuelu" not in page
    box = pack_box(parcels=parcels, centre=scene.qidong.centre, by=None, nonce="packing-1")
    page = read(client, box.ref)
    assert all(lot and lot.code in page for lot in lots)
