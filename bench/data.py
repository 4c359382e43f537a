"""Data for orders and lists: the demo's stations, and a hundred stores with more than any bench can buy."""

import datetime as dt

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from catalog.models import Category, Product, Stock, Variant
from catalog.search import index_product
from demo.people import seat_people
from demo.stations import open_stations
from payments.models import RateCard
from sellers.identity import CHECK_CHARACTERS, WEIGHTS
from sellers.models import Household, Store, StoreStatus
from stations.models import Posting, Role, Station, StationKind, StationStatus

GOODS = (
    ("daylily", "黄花菜", "Daylily buds", "黄花 花菜 金针菜"),
    ("pepper", "花椒", "Sichuan pepper", "大红袍"),
    ("tea", "茶叶", "Tea", "白茶 红茶"),
    ("walnut", "核桃", "Walnuts", "坚果"),
    ("apple", "苹果", "Apples", "水果"),
)
STORES = 100
PASSWORD = "daylily-bench"  # noqa: S105 - the bench alone has this account


def provide() -> None:
    """Fill an empty, migrated database (with regions); does nothing where the stations are there already."""
    if not Station.objects.exists():
        with transaction.atomic():
            seat_people(open_stations())
            RateCard.objects.create(
                county_code="", commission_bp=200, station_fee_bp=300, valid_from=dt.date(2020, 1, 1)
            )
            _sow()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _sow() -> None:
    points = list(Station.objects.filter(kind=StationKind.VILLAGE).select_related("region"))
    categories = [
        Category.objects.create(slug=slug, name=name, name_en=name_en, aliases=aliases, position=place)
        for place, (slug, name, name_en, aliases) in enumerate(GOODS)
    ]
    for number in range(STORES):
        point = points[number % len(points)]
        household = Household.objects.create(region=point.region, name=f"农户{number}", phone=f"198{number:08d}")
        store = Store.objects.create(
            slug=f"bench-{number}", household=household, station=point, region=point.region, name=f"第{number}号小店",
            name_en=f"Store {number}", status=StoreStatus.OPEN, opened_at=timezone.now(),
        )  # fmt: skip
        category = categories[number % len(categories)]
        product = Product.objects.create(
            store=store, category=category, origin=point.region, county_code=point.county_code, flow="outbound", status="listed",
            name=f"{point.region.name[:8]}{category.name}", name_en=f"{category.name_en} no. {number}", store_open=True,
            story="坡地种植，天亮前采摘，当天处理。" * 6, summary="坡地头茬，当天处理", season_from=6, season_to=9,
        )  # fmt: skip
        for place, grams in enumerate((250, 500)):
            variant = Variant.objects.create(
                product=product, sku=f"B{number}-{place}", name=f"{grams}克袋装", name_en=f"{grams} g bag", net_weight_g=grams,
                gross_weight_g=grams + 50, price_fen=2000 + 10 * number + grams, position=place,
            )  # fmt: skip
            Stock.objects.create(variant=variant, on_hand=1_000_000)
        index_product(product)


def provide_clerk() -> tuple[str, list[tuple[str, str]]]:
    """A clerk of a village point with PASSWORD: the e-mail address, and two farmers' numbers (phone, identity) not on record yet."""
    if not Station.objects.exists():
        with transaction.atomic():
            seat_people(open_stations())
    point = Station.objects.filter(kind=StationKind.VILLAGE, status=StationStatus.ACTIVE).order_by("pk").first()
    assert point is not None
    email = "clerk@bench.example"
    clerk = User.objects.filter(email=email).first() or User.objects.create_user(email, PASSWORD, name="周小兰")
    Posting.objects.get_or_create(user=clerk, role=Role.VILLAGE_STAFF, station=point, region=point.region)
    used = Household.objects.count()
    numbers = [(f"139{used + step:08d}", _identity(used + step)) for step in (1, 2)]
    return email, numbers


def _identity(number: int) -> str:
    """An invented identity number whose check digit is right (GB 11643-1999)."""
    first = f"43042619700101{number % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True))
    return first + CHECK_CHARACTERS[total % 11]
