"""The cast of the tests: people with names, the stations of Qidong where they serve, and what a test most often needs to exist.

Places are real (stations/data), people are invented. Each make_* writes rows directly; how they come to be in life is tested where
the journey is.
"""

import datetime as dt
import time
from typing import Any

from django.db.models import F
from django.db.models.functions import Greatest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.models import (
    Category,
    CountyBrand,
    Flow,
    Lot,
    Product,
    ProductStatus,
    Review,
    ReviewKind,
    SoldBy,
    Stock,
    Variant,
)
from catalog.reviewing import approve_review
from payments.models import RateCard
from sellers.models import Evidence, Household, Mandate, Store, StoreStatus
from stations.models import Posting, Region, Role, Station, StationKind, StationStatus

PASSWORD = "daylily-demo"
QIDONG = "430426000000"
BAIDISHI = "430426111000"  # 白地市镇, a township of Qidong
SANGZHI = "430822000000"


def make_user(email: str = "", *, name: str = "", **fields: Any) -> User:
    """Someone who can sign in with PASSWORD."""
    return User.objects.create_user(
        email or f"user{User.objects.count()}@daylily.example", PASSWORD, name=name, **fields
    )


def signed_in_client(user: User) -> Client:
    """A browser where the user has just signed in, so that pages which ask again (accounts.reauthentication) let it through."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def make_operator() -> User:
    """The operator of the platform."""
    return User.objects.create_superuser("operator@daylily.example", PASSWORD, name="平台运营")


def make_station(kind: StationKind, region_code: str, parent: Station | None = None, **fields: Any) -> Station:
    """An active station in a region; its code follows the demo's pattern (430426C, 430426101T, 430426101201V)."""
    region = Region.objects.get(code=region_code)
    letter = {StationKind.CENTRE: "C", StationKind.TOWNSHIP: "T", StationKind.VILLAGE: "V"}[kind]
    known = {"cold_store": kind != StationKind.VILLAGE, "cash_counter": True, "status": StationStatus.ACTIVE, **fields}
    return Station.objects.create(
        code=f"{region.short_code}{letter}",
        kind=kind,
        region=region,
        parent=parent,
        name=f"{region.name}站",
        name_en=f"{region.latin} station",
        **known,
    )


class Stations:
    """A centre, two townships and three village points of one county: two points in the first township, one in the second."""

    def __init__(self, county_code: str = QIDONG) -> None:
        townships = list(Region.objects.within(county_code).filter(level=4)[:2])
        villages = [list(Region.objects.within(township.code).filter(level=5)[:2]) for township in townships]
        self.centre = make_station(StationKind.CENTRE, county_code)
        self.township = make_station(StationKind.TOWNSHIP, townships[0].code, self.centre)
        self.other_township = make_station(StationKind.TOWNSHIP, townships[1].code, self.centre)
        self.point = make_station(StationKind.VILLAGE, villages[0][0].code, self.township)
        self.second_point = make_station(StationKind.VILLAGE, villages[0][1].code, self.township)
        self.other_point = make_station(StationKind.VILLAGE, villages[1][0].code, self.other_township)


def post(user: User, role: Role, *, station: Station | None = None, region_code: str = "") -> User:
    """Give a user a role at a station, or over a region; returns the user."""
    region = station.region if station else Region.objects.get(code=region_code)
    Posting.objects.create(user=user, role=role, station=station, region=region)
    return user


def make_clerk(station: Station, name: str = "周小兰") -> User:
    """Staff of a station, with the role of its kind."""
    role = {
        StationKind.CENTRE.value: Role.CENTRE_STAFF,
        StationKind.TOWNSHIP.value: Role.TOWNSHIP_STAFF,
        StationKind.VILLAGE.value: Role.VILLAGE_STAFF,
    }[station.kind]
    return post(
        make_user(f"{station.code.lower()}.{User.objects.count()}@daylily.example", name=name), role, station=station
    )


def make_official(region_code: str = QIDONG, role: Role = Role.COUNTY_OFFICIAL, name: str = "陈国强") -> User:
    """An official over a region."""
    return post(make_user(f"official{region_code}@daylily.example", name=name), role, region_code=region_code)


def make_household(station: Station, name: str = "李秀英", **fields: Any) -> Household:
    """A farmer's family in the station's region."""
    number = f"13800{Household.objects.count():06d}"
    return Household.objects.create(region=station.region, name=name, name_latin="Li Xiuying", phone=number, **fields)


def make_mandate(household: Household, station: Station, **fields: Any) -> Mandate:
    """A mandate that is in force, confirmed by code."""
    today = timezone.localdate()
    known = {
        "starts_on": today,
        "ends_on": today + dt.timedelta(days=365),
        "confirmed_at": timezone.now(),
        "evidence": Evidence.CODE,
        **fields,
    }
    return Mandate.objects.create(household=household, station=station, **known)


def make_store(
    station: Station, *, household: Household | None = None, status: StoreStatus = StoreStatus.OPEN, **fields: Any
) -> Store:
    """A store at a village point, open unless told otherwise, with a mandate for the point's staff."""
    if household is None:
        household = make_household(station)
        make_mandate(household, station)
    known = {
        "name": f"{household.name}家的小店",
        "name_en": f"{household.name_latin}'s store",
        "opened_at": timezone.now(),
        **fields,
    }
    slug = f"store{Store.objects.count() + 1}"
    return Store.objects.create(
        slug=slug, household=household, station=station, region=station.region, status=status, **known
    )


def make_category(
    slug: str = "daylily", name: str = "黄花菜", name_en: str = "Dried daylily", **fields: Any
) -> Category:
    """A category, made once."""
    return Category.objects.get_or_create(
        slug=slug, defaults={"name": name, "name_en": name_en, "aliases": "黄花 花菜 金针菜", **fields}
    )[0]


def make_product(
    store: Store,
    *,
    name: str = "祁东黄花菜",
    name_en: str = "Qidong dried daylily",
    category: Category | None = None,
    **fields: Any,
) -> Product:
    """A listed product of a store, without variants; index it with catalog.search.index_product where a test searches."""
    category = category or make_category()
    known = {
        "county_code": store.region_id[:6],
        "flow": category.flow,
        "status": ProductStatus.LISTED,
        "store_open": store.status == StoreStatus.OPEN,
        "in_stock": True,
        **fields,
    }
    return Product.objects.create(
        store=store, category=category, origin=store.region, name=name, name_en=name_en, **known
    )


def make_variant(
    product: Product,
    *,
    price_fen: int = 3880,
    on_hand: int = 20,
    grams: int = 500,
    sold_by: SoldBy = SoldBy.PIECE,
    lot: Lot | None = None,
    **fields: Any,
) -> Variant:
    """A bag of `grams` at `price_fen`, drawn from a lot harvested in the last July."""
    number = Variant.objects.count() + 1
    lot = lot or make_lot(product, quantity_g=max(50_000, on_hand * grams))
    variant = Variant.objects.create(
        product=product, sku=f"SKU-{number:05d}", name="500克袋装", name_en="500 g bag", sold_by=sold_by, net_weight_g=grams,
        gross_weight_g=grams + 40, price_fen=price_fen, **fields,
    )  # fmt: skip
    set_stock(variant, on_hand, lot)
    Product.objects.filter(pk=product.pk, price_from_fen=0).update(price_from_fen=price_fen)
    return variant


def set_stock(variant: Variant, on_hand: int, lot: Lot | None = None, *, held: int = 0) -> Stock:
    """So many units of a lot in a pack (of its only stock, when no lot is named), whatever there was before."""
    known = variant.stock.filter(lot=lot) if lot else variant.stock.all()
    row = known.first() or Stock(variant=variant, lot=lot)
    if row.lot_id:  # what stands in a pack was drawn from its lot
        used = Greatest(0, F("used_g") + (on_hand - row.on_hand) * variant.net_weight_g)
        Lot.objects.filter(pk=row.lot_id).update(used_g=used, quantity_g=Greatest(F("quantity_g"), used))
    row.on_hand, row.held = on_hand, held
    row.save()
    variant.refresh_from_db(fields=["on_hand", "held"])
    return row


def make_lot(product: Product, **fields: Any) -> Lot:
    """A lot of fifty kilograms."""
    known = {"harvested_on": dt.date(2026, 7, 12), "quantity_g": 50_000, "region": product.origin, **fields}
    return Lot.objects.create(product=product, code=f"L{Lot.objects.count() + 1:05d}", **known)


def approve_listing(product: Product, by: User | None = None) -> Product:
    """The county's yes to a listing that waits for review; the product is on sale, and read anew."""
    centre = by or make_user(f"centre{User.objects.count()}@daylily.example", name="邹丽")
    if by is None:
        county = Region.objects.get(code=f"{product.store.region_id[:6]}000000")
        Posting.objects.create(user=centre, role=Role.COUNTY_OFFICIAL, region=county)
    review = Review.objects.waiting().get(product=product, kind=ReviewKind.NEW)
    approve_review(by=centre, review=review)
    product.refresh_from_db()
    return product


def make_brand(county_code: str = QIDONG, number: str = "SAMPLE-1", **fields: Any) -> CountyBrand:
    """A county's registered brand, valid for years."""
    known = {"name": "祁东黄花菜", "holder": "祁东县黄花菜产业协会", "issuer": "国家知识产权局", "demo": True, **fields}
    return CountyBrand.objects.create(
        county=Region.objects.get(code=county_code), number=number, valid_from=dt.date(2020, 1, 1), **known
    )


def make_inbound_product(store: Store, **fields: Any) -> Product:
    """Something that goes into the village: a thermos flask of a county shop."""
    category = make_category("household", "日用百货", "Household goods", flow=Flow.INBOUND)
    return make_product(store, name="不锈钢保温瓶", name_en="Steel thermos flask", category=category, **fields)


def make_rates(commission_bp: int = 200, station_fee_bp: int = 300) -> RateCard:
    """The general rate card: two per cent commission, three per cent for the station."""
    return RateCard.objects.get_or_create(
        county_code="",
        valid_from=dt.date(2020, 1, 1),
        defaults={"commission_bp": commission_bp, "station_fee_bp": station_fee_bp},
    )[0]
