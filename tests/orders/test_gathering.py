"""A station's store gathers the goods of many families: each sale lands, by its lot, on the family's own account."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog import lots, packing
from catalog.growing import GrowerMissing, NotAGrower, growers_of
from catalog.models import Lot, Stock, Variant
from delivery.models import Parcel, ParcelState
from orders import release
from orders.models import Consignment, LeftOut, Order, OrderLine, Sale
from payments import ledger
from payments.models import AccountKind
from sellers.mandates import MandateMissing, withdraw_mandate
from sellers.models import Household, HouseholdKind, Mandate, Membership, Store
from tests.cast import make_clerk, make_household, make_lot, make_mandate, make_product, make_store, make_user
from tests.orders.scene import Scene, make_scene, order_of
from tests.reports.test_audits import settle

pytestmark = pytest.mark.django_db


class Gathering:
    """A township's store with goods of two families of two villages, and the clerk of the township who runs it."""

    def __init__(self, scene: Scene) -> None:
        stations = scene.sangzhi
        self.clerk = make_clerk(stations.township)
        seller = Household.objects.create(
            kind=HouseholdKind.STATION, station=stations.township, region=stations.township.region, name="澧源镇服务站"
        )
        self.store = make_store(stations.township, household=seller)
        self.product = make_product(self.store, name="桑植白茶", name_en="Sangzhi white tea")
        self.tian = self.family(stations.point, "田桂英")
        self.xiang = self.family(stations.second_point, "向明华")
        self.of_tian = self.pack(self.tian, "田家的")
        self.of_xiang = self.pack(self.xiang, "向家的")

    def family(self, point: object, name: str) -> Household:
        household = make_household(point, name)  # type: ignore[arg-type]
        make_mandate(household, point)  # type: ignore[arg-type]
        return household

    def pack(self, grower: Household, name: str) -> Variant:
        lot = self.lot(grower)
        return packing.add_variant(
            by=self.clerk, product=self.product, name=name, price_fen=6_000, net_weight_g=250, on_hand=9, lot=lot
        )

    def lot(self, grower: Household | None, by: User | None = None) -> Lot:
        day = timezone.localdate() - dt.timedelta(days=3)
        return lots.enter_lot(
            by=by or self.clerk, product=self.product, harvested_on=day, quantity_g=8_000, household=grower
        )


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def gathering(scene: Scene) -> Gathering:
    return Gathering(scene)


def paid(scene: Scene, gathering: Gathering, **options: object) -> Order:
    order = order_of(scene, lines=[(gathering.of_tian.pk, 2), (gathering.of_xiang.pk, 1)], **options)
    settle(order)
    return order


def test_each_sale_lands_on_the_familys_own_account(scene: Scene, gathering: Gathering) -> None:
    paid(scene, gathering)
    # Two per cent commission and three per cent for the station, of 12,000 and of 6,000 fen.
    assert ledger.owed(AccountKind.SELLER_PENDING, gathering.tian.account) == 11_400
    assert ledger.owed(AccountKind.SELLER_PENDING, gathering.xiang.account) == 5_700
    assert ledger.owed(AccountKind.SELLER_PENDING, gathering.store.slug) == 0
    call_command("check_ledger")


def test_the_fact_of_sale_names_the_familys_village(scene: Scene, gathering: Gathering) -> None:
    paid(scene, gathering)
    villages = dict(Sale.objects.values_list("line__payee__name", "village_code"))
    assert villages == {"田桂英": gathering.tian.region_id, "向明华": gathering.xiang.region_id}
    assert gathering.tian.region_id != gathering.xiang.region_id
    call_command("check_volume")


def test_the_release_goes_to_each_family(scene: Scene, gathering: Gathering) -> None:
    order = paid(scene, gathering)
    consignment = Consignment.objects.get(order=order)
    delivered = timezone.now() - dt.timedelta(days=8)
    parcel = Parcel.objects.create(
        number="P1", county_code="430822", origin=consignment.station, destination_region=order.region, sender="x",
        recipient="x", phone="x", address="x", contents="x", weight_g=750, state=ParcelState.DELIVERED, delivered_at=delivered,
    )  # fmt: skip
    Consignment.objects.filter(pk=consignment.pk).update(parcel=parcel)
    assert release.release_delivered() == 1
    assert release.release_delivered() == 0
    assert ledger.owed(AccountKind.SELLER_AVAILABLE, gathering.tian.account) == 11_400
    assert ledger.owed(AccountKind.SELLER_AVAILABLE, gathering.xiang.account) == 5_700
    assert ledger.owed(AccountKind.SELLER_PENDING, gathering.tian.account) == 0


def test_a_growers_own_purchase_is_no_volume(scene: Scene, gathering: Gathering) -> None:
    account = make_user("tian@daylily.example", name="田桂英")
    Household.objects.filter(pk=gathering.tian.pk).update(user=account)
    order = paid(scene, gathering, buyer=account)
    left_out = dict(Sale.objects.filter(order_ref=order.ref).values_list("line__payee__name", "left_out"))
    assert left_out == {"田桂英": LeftOut.SELF_PURCHASE, "向明华": ""}
    call_command("check_volume")


def test_a_phone_changed_later_does_not_make_old_sales_wrong(scene: Scene, gathering: Gathering) -> None:
    paid(scene, gathering)
    phone = Order.objects.values_list("phone", flat=True).get()
    Household.objects.filter(pk=gathering.tian.pk).update(phone=phone)
    changed = gathering.tian.events.order_by("-pgh_id").first()  # type: ignore[attr-defined]
    assert changed.phone == phone
    # One transaction has one time: the history of the change is moved to where it would be.
    changed.pgh_created_at = timezone.now() + dt.timedelta(hours=1)
    changed.save()
    call_command("check_volume")


class TestGuards:
    def test_a_lot_names_its_family(self, gathering: Gathering) -> None:
        with pytest.raises(GrowerMissing):
            gathering.lot(None)
        with pytest.raises(IntegrityError, match="names the family"), transaction.atomic():
            make_lot(gathering.product)

    def test_a_pack_names_its_lot(self, gathering: Gathering) -> None:
        with pytest.raises(GrowerMissing):
            packing.add_variant(by=gathering.clerk, product=gathering.product, name="散装", price_fen=100)
        with pytest.raises(IntegrityError, match="names its lot"), transaction.atomic():
            Stock.objects.filter(variant=gathering.of_tian).update(lot=None)

    def test_one_pack_of_two_families_pays_each_for_its_own(self, scene: Scene, gathering: Gathering) -> None:
        pack, later = gathering.of_tian, timezone.localdate() - dt.timedelta(days=1)
        lot = lots.enter_lot(
            by=gathering.clerk, product=gathering.product, harvested_on=later, quantity_g=900, household=gathering.xiang
        )
        packing.count_stock(by=gathering.clerk, variant=pack, lot=lot, on_hand=3)
        settle(order_of(scene, lines=[(pack.pk, 11)]))
        lines = OrderLine.objects.order_by("quantity")
        assert [(line.payee, line.quantity) for line in lines] == [(gathering.xiang, 2), (gathering.tian, 9)]
        call_command("check_ledger")
        call_command("check_volume")

    def test_a_family_that_took_its_word_back_is_not_gathered_for(self, gathering: Gathering) -> None:
        assert list(growers_of(gathering.clerk, gathering.store)) == [gathering.xiang, gathering.tian]
        withdraw_mandate(by=gathering.clerk, mandate=Mandate.objects.get(household=gathering.tian))
        assert list(growers_of(gathering.clerk, gathering.store)) == [gathering.xiang]
        with pytest.raises(MandateMissing):
            gathering.lot(gathering.tian)

    def test_a_co_operatives_lot_names_a_member(self, scene: Scene) -> None:
        point = scene.qidong.point
        cooperative = make_household(point, "祁东金针合作社", kind=HouseholdKind.COOPERATIVE)
        make_mandate(cooperative, point)
        store = make_store(point, household=cooperative)
        product, clerk, member = make_product(store), make_clerk(point), make_household(point, "彭大妈")
        entered = {"by": clerk, "product": product, "harvested_on": timezone.localdate(), "quantity_g": 9_000}
        with pytest.raises(NotAGrower):
            lots.enter_lot(**entered, household=member)  # type: ignore[arg-type]
        Membership.objects.create(cooperative=cooperative, household=member, grows="黄花菜")
        lot = lots.enter_lot(**entered, household=member)  # type: ignore[arg-type]
        pack = packing.add_variant(by=clerk, product=product, name="一斤", price_fen=3_000, on_hand=5, lot=lot)
        settle(order_of(scene, lines=[(pack.pk, 1)]))
        # The co-operative sells on its own account, whoever grew the goods.
        assert OrderLine.objects.get().payee is None
        assert ledger.owed(AccountKind.SELLER_PENDING, store.slug) == 2_850
        call_command("check_ledger")

    def test_the_audit_sees_money_on_the_wrong_account(self, scene: Scene, gathering: Gathering) -> None:
        paid(scene, gathering)
        OrderLine.objects.filter(payee=gathering.tian).update(payee=gathering.xiang)
        told = StringIO()
        with pytest.raises(CommandError):
            call_command("check_ledger", stdout=told, stderr=told)
        assert "a line of a gathering store does not earn for the family whose lot it is" in told.getvalue()
        assert "a seller is not credited" in told.getvalue()


def test_the_desk_asks_whose_goods_they_are(gathering: Gathering, client: Client) -> None:
    client.force_login(gathering.clerk)
    url = f"/desk/goods/{gathering.product.ref}/lots/"
    page = client.get(url).content.decode()
    assert "这批货是谁家的" in page and "田桂英" in page
    facts = {"harvested_on": "2026-11-01", "quantity_g": "20"}
    refused = client.post(url, facts)
    assert refused.status_code == 200 and Lot.objects.filter(product=gathering.product).count() == 2
    client.post(url, {**facts, "household": gathering.tian.pk})
    assert Lot.objects.filter(product=gathering.product, household=gathering.tian).count() == 2


def test_the_bag_says_who_grew_it(gathering: Gathering, client: Client) -> None:
    lot = Lot.objects.get(household=gathering.tian)
    for url in (f"/trace/{lot.ref}/", f"/goods/{gathering.product.ref}/"):
        page = client.get(url).content.decode()
        assert "田家" in page and "田桂英" not in page.replace(gathering.of_tian.name, "")


def test_a_single_familys_store_asks_nobody(scene: Scene, client: Client) -> None:
    store: Store = scene.store
    client.force_login(make_clerk(store.station))
    page = client.get(f"/desk/goods/{scene.daylily.product.ref}/lots/").content.decode()
    assert "这批货是谁家的" not in page
