"""How long lists take to come in, a province's village points or a county's goods: read, checked and written, then rolled back."""

import time

from django.core.files.storage import storages
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalog import product_rows
from catalog.acting import authorise
from catalog.growing import gathers
from catalog.models import Category, GoodsKind
from catalog.product_sheets import ProductIntake
from sellers.mandates import MandateMissing
from sellers.models import Store
from stations.models import Level, Region, Sheet, SheetKind, SheetState, Station
from stations.models.region import DIGITS
from stations.scope import NotAllowed
from stations.sheets import xlsx_of
from stations.station_sheets import COLUMNS, StationIntake
from stations.taking_in import bring_in, take_in

POINTS = 8_000
PRODUCTS = 5_000
PROVINCE = "430000000000"
KIND = {Level.COUNTY: ("centre", "C"), Level.TOWNSHIP: ("township", "T"), Level.VILLAGE: ("village", "V")}


def bring_in_points() -> tuple[int, float, int]:
    """(points, seconds, statements) of an XLSX of 8,000 village points with the stations above them; nothing stays."""
    operator = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("bench@daylily.example")
    province = Region.objects.get(code=PROVINCE)
    with transaction.atomic():
        Sheet.objects.filter(by=operator).delete()
        data = xlsx_of([column.key for column in COLUMNS], _rows())
        began = time.perf_counter()
        with CaptureQueriesContext(connection) as queries:
            sheet = bring_in(
                by=operator,
                kind=SheetKind.STATIONS,
                region=province,
                name="points.xlsx",
                data=data,
                dry_run=False,
                language="en",
            )
            sheet = take_in(sheet, StationIntake)
        seconds = time.perf_counter() - began
        assert sheet.state == SheetState.WRITTEN, sheet.faults[:3]
        points = sum(1 for code in Station.objects.values_list("code", flat=True) if code.endswith("V-B"))
        transaction.set_rollback(True)
    storages["private"].delete(sheet.file)
    return points, seconds, len(queries)


def bring_in_products() -> tuple[int, float, int]:
    """(products, seconds, statements) of an XLSX of 5,000 new goods of one county's stores, with lots, stock and reviews; nothing stays."""
    operator = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("bench@daylily.example")
    county, stores = _county_with_stores(operator)
    with transaction.atomic():
        data = xlsx_of([column.key for column in product_rows.COLUMNS], _goods(stores))
        began = time.perf_counter()
        with CaptureQueriesContext(connection) as queries:
            sheet = bring_in(
                by=operator,
                kind=SheetKind.PRODUCTS,
                region=county,
                name="goods.xlsx",
                data=data,
                dry_run=False,
                language="en",
            )
            sheet = take_in(sheet, ProductIntake)
        seconds = time.perf_counter() - began
        assert sheet.state == SheetState.WRITTEN, sheet.faults[:3]
        added = sheet.added
        transaction.set_rollback(True)
    storages["private"].delete(sheet.file)
    return added, seconds, len(queries)


def _county_with_stores(operator: User) -> tuple[Region, list[Store]]:
    """The county with the most open stores for which the operator may list and price goods."""
    by_county: dict[str, list[Store]] = {}
    for store in Store.objects.open().select_related("household", "station__region"):
        try:
            authorise(by=operator, store=store, allowed="list")
            authorise(by=operator, store=store, allowed="price")
        except (MandateMissing, NotAllowed):
            continue
        if not gathers(store):
            by_county.setdefault(store.region_id[:6], []).append(store)
    code, stores = max(by_county.items(), key=lambda found: len(found[1]))
    return Region.objects.get(code=f"{code}000000"), stores


def _goods(stores: list[Store]) -> list[list[str]]:
    category = Category.objects.filter(children=None, kind=GoodsKind.FARM, licence="").first()
    assert category is not None
    rows = []
    for number in range(PRODUCTS):
        known = {
            "store": stores[number % len(stores)].slug, "name": f"黄花菜 {number:04}", "category": category.slug, "pack": "500克袋装",
            "weight": "0.5", "price": f"{20 + number % 60}.80", "stock": str(number % 90), "harvested_on": "2026-07-12",
            "summary": "自家晒的，今年的新货", "season_from": "6", "season_to": "8", "shelf_life": "540",
        }  # fmt: skip
        rows.append([known.get(column.key, "") for column in product_rows.COLUMNS])
    return rows


def _rows() -> list[list[str]]:
    """The counties of the province that have no centre yet, until their villages are enough."""
    rows: list[list[str]] = []
    points = 0
    served = set(Station.objects.filter(kind="centre").values_list("region_id", flat=True))
    for county in Region.objects.within(PROVINCE).filter(level=Level.COUNTY).exclude(code__in=served).order_by("code"):
        for place in Region.objects.within(county.code).order_by("code"):
            if points == POINTS:
                return rows
            points += place.level == Level.VILLAGE
            rows.append(_row(place))
    return rows


def _row(place: Region) -> list[str]:
    kind, letter = KIND[Level(place.level)]
    level = Level(place.level - 1)
    above = f"{place.code[: DIGITS[level]]}{KIND[level][1]}-B" if level in KIND else ""
    known = {
        "code": f"{place.short_code}{letter}-B", "kind": kind, "region": place.code, "parent": above, "name": f"{place.name}站",
        "status": "active", "opened_on": "2026-11-01", "cold_store": "0", "parcels_per_day": "60", "kg_per_day": "500",
    }  # fmt: skip
    return [known.get(column.key, "") for column in COLUMNS]
