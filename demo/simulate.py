"""A large marketplace for measuring: stations, families and stores of many counties, and goods of what those counties are known for.

Everything follows from a number and SEED, so two databases of one size hold the same; what is there already stays, and only what is missing
is added. Rows are written in bulk, past the journeys; tokens and figures of lists come from the real indexer.
"""

import datetime as dt
import random
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from catalog.models import Category
from delivery.network import schedule_runs
from demo.bar import Bar
from demo.goods import CONTENT, load_categories
from demo.load import NotADemo
from payments.models import RateCard
from sellers.models import Consent, ConsentPurpose, Evidence, Household, HouseholdKind, Mandate, Store, StoreStatus
from stations.models import Level, Region, Station, StationKind, StationStatus
from stations.place_names import place_name

SEED = 20261122
PROVINCES = ("430000000000", "620000000000")
TOWNSHIPS, VILLAGES = 6, 5
PEOPLES = ("苗族侗族", "土家族", "苗族", "侗族", "瑶族", "回族", "藏族")
FAMILIES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧曾彭"
FAMILIES_LATIN = (  # noqa: SIM905 - reads better
    "Wang Li Zhang Liu Chen Yang Zhao Huang Zhou Wu Xu Sun Hu Zhu Gao Lin He Guo Ma Luo Liang Song Zheng Xie Han Tang Feng Yu Dong "
    "Xiao Zeng Peng"
).split()
GIVEN = (("秀英", "Xiuying"), ("桂花", "Guihua"), ("建国", "Jianguo"), ("春生", "Chunsheng"), ("玉兰", "Yulan"), ("德明", "Deming"),
         ("满仓", "Mancang"), ("小红", "Xiaohong"), ("国平", "Guoping"), ("金莲", "Jinlian"), ("长庚", "Changgeng"),
         ("喜梅", "Ximei"))  # fmt: skip
KINDS_OF_STORE = (
    ("农家小店", "Farm Shop"),
    ("山货铺", "Hill Pantry"),
    ("家庭农场", "Family Farm"),
    ("土产店", "Produce Store"),
    ("园", "Garden"),
)
SHOPS = (("百货", "General Store"), ("农资店", "Farm Supplies"), ("便民店", "Corner Shop"))
# One store in so many is a county shop that sells into the villages; one household in so many was registered as poor.
SHOP_EVERY, POOR_SHARE, LETS_KNOW_SHARE = 18, 0.22, 0.8
LETTERS = {StationKind.CENTRE: "C", StationKind.TOWNSHIP: "T", StationKind.VILLAGE: "V"}
AT_ONCE = 2000


@dataclass(frozen=True)
class County:
    """A county, its townships with their villages, and the goods that it is known for."""

    region: Region
    townships: list[Region]
    villages: list[list[Region]]
    known_for: list[str]

    @cached_property
    def short_name(self) -> str:
        """'祁东' for 祁东县."""
        name = self.region.name
        if len(name) > 2:
            name = name.removesuffix("自治县").removesuffix("县").removesuffix("市").removesuffix("区")
        for people in PEOPLES:
            name = name.removesuffix(people)
        return name


def content() -> dict[str, Any]:
    """What demo/content/simulated.toml says."""
    with (CONTENT / "simulated.toml").open("rb") as file:
        return tomllib.load(file)


def simulate(*, stores: int, products: int, pictures: bool = True) -> tuple[int, int]:
    """Fill the database up to so many simulated stores and products; how many were added. Raises NotADemo in production.

    One transaction, so that a run that breaks off leaves nothing half (pictures, which come first, are kept).
    """
    from demo.simulated_goods import Shelves, take_pictures_of_goods

    if settings.PRODUCTION:
        raise NotADemo("This is a production: no simulated stores are added here.")
    if not Region.objects.exists():
        call_command("import_regions")
    words = content()
    shown = take_pictures_of_goods(words) if pictures else {}
    with transaction.atomic():
        if not Category.objects.exists():
            load_categories()
        if not RateCard.objects.exists():
            RateCard.objects.create(
                county_code="", commission_bp=200, station_fee_bp=300, valid_from=dt.date(2020, 1, 1)
            )
        counties = find_counties(words["known_for"])
        added_stores = _open_stores(counties, stores)
        added_products = Shelves(words, counties, shown).fill(products)
    return added_stores, added_products


def find_counties(known_for: Mapping[str, list[str]]) -> list[County]:
    """The counties of both provinces that are known for something, in the order of their codes; six queries."""
    found = []
    for province in PROVINCES:
        inside = Region.objects.within(province)
        regions = list(inside.filter(level=Level.COUNTY, name__in=known_for).order_by("code"))
        townships = _by_parent(inside.filter(level=Level.TOWNSHIP, parent__in=regions).order_by("code"))
        kept = [township for one in townships.values() for township in one]
        villages = _by_parent(inside.filter(level=Level.VILLAGE, parent__in=kept).order_by("code"))
        for region in regions:
            rural = [one for one in townships[region.code] if len(villages.get(one.code, ())) >= VILLAGES][-TOWNSHIPS:]
            if len(rural) == TOWNSHIPS:
                points = [villages[one.code][-VILLAGES:] for one in rural]
                found.append(County(region, rural, points, known_for[region.name]))
    return found


def _by_parent(regions: Iterable[Region]) -> dict[str, list[Region]]:
    found: dict[str, list[Region]] = {}
    for region in regions:
        found.setdefault(str(region.parent_id), []).append(region)
    return found


def chance(*what: object) -> random.Random:
    """The same luck at every run for the same thing."""
    return random.Random(f"{SEED}-{'-'.join(map(str, what))}")  # noqa: S311 - it guards nothing


def place_of_store(number: int, counties: list[County]) -> tuple[County, Region, Region]:
    """County, township and village of a store: the counties in turn, then their townships, then the villages."""
    county, turn = counties[number % len(counties)], number // len(counties)
    township = turn % TOWNSHIPS
    return county, county.townships[township], county.villages[township][turn // TOWNSHIPS % VILLAGES]


def is_shop(number: int) -> bool:
    """Whether a store is a county shop, which sells into the villages."""
    return number % SHOP_EVERY == SHOP_EVERY - 1


def _open_stores(counties: list[County], wanted: int) -> int:
    there = Store.objects.filter(slug__startswith="sim-").count()
    numbers = range(there, wanted)
    places = {number: place_of_store(number, counties) for number in numbers}
    points = _open_stations(places.values())
    with Bar("Stores", len(numbers)) as bar:
        for start in range(there, wanted, AT_ONCE):
            some = range(start, min(start + AT_ONCE, wanted))
            _write_stores({number: places[number] for number in some}, points)
            bar.step("", by=len(some))
    return len(numbers)


def _open_stations(places: Iterable[tuple[County, Region, Region]]) -> dict[str, Station]:
    """The stations of these villages and above them, by the code of their region; those that are there stay as they are."""
    levels: dict[StationKind, dict[str, Region]] = {kind: {} for kind in StationKind}
    for county, township, village in places:
        levels[StationKind.CENTRE][county.region.code] = county.region
        levels[StationKind.TOWNSHIP][township.code] = township
        levels[StationKind.VILLAGE][village.code] = village
    stations: dict[str, Station] = {}
    for kind, regions in levels.items():
        there = {one.region_id: one for one in Station.objects.filter(kind=kind, region__in=list(regions.values()))}
        missing = [_station(kind, region, stations) for code, region in regions.items() if code not in there]
        made = Station.objects.bulk_create(missing, batch_size=AT_ONCE)
        stations |= there | {str(one.region_id): one for one in made}
    with Bar("Runs of counties", len(levels[StationKind.CENTRE])) as bar:
        for code, region in levels[StationKind.CENTRE].items():
            schedule_runs(code[:6])
            bar.step(region.name)
    return stations


def _station(kind: StationKind, region: Region, above: Mapping[str, Station]) -> Station:
    word, word_en = {
        StationKind.CENTRE: ("电子商务公共服务中心", "County E-commerce Centre"),
        StationKind.TOWNSHIP: ("服务站", "Township Station"),
        StationKind.VILLAGE: ("服务点", "Village Point"),
    }[kind]
    village = kind == StationKind.VILLAGE
    return Station(
        code=f"{region.short_code}{LETTERS[kind]}", kind=kind, region=region,
        parent=None if kind == StationKind.CENTRE else above[str(region.parent_id)],
        name=f"{place_name(region.name)}{word}", name_en=f"{region.latin} {word_en}", status=StationStatus.ACTIVE,
        opened_on=dt.date(2025, 3, 1), hours="8:30-12:00 14:30-18:00", longitude=region.longitude, latitude=region.latitude,
        cold_store=not village, grading=not village, cash_counter=True, parcels_per_day=60 if village else 600,
        kg_per_day=500 if village else 6000,
    )  # fmt: skip


def _write_stores(places: Mapping[int, tuple[County, Region, Region]], stations: Mapping[str, Station]) -> None:
    now, today = timezone.now(), timezone.localdate()
    people = {number: _household(number, village) for number, (_county, _township, village) in places.items()}
    households = list(people.values())
    Household.objects.bulk_create(households)
    Consent.objects.bulk_create(
        Consent(household=household, purpose=purpose, version="simulated", given_at=now)
        for household in households
        for purpose in _agreed(household)
    )
    Mandate.objects.bulk_create(
        Mandate(
            household=household, station=stations[str(household.region_id)], starts_on=today - dt.timedelta(days=30),
            ends_on=today + dt.timedelta(days=335), evidence=Evidence.CODE, confirmed_at=now,
        )
        for household in households
    )  # fmt: skip
    Store.objects.bulk_create(
        _store(number, places[number], household, stations) for number, household in people.items()
    )


def _household(number: int, village: Region) -> Household:
    luck = chance("family", number)
    place, (given, given_latin) = luck.randrange(len(FAMILIES)), luck.choice(GIVEN)
    household = Household(
        region=village, name=FAMILIES[place] + given, name_latin=f"{FAMILIES_LATIN[place]} {given_latin}",
        phone=f"190{number:08d}", women_led=luck.random() < 0.4, youth_led=luck.random() < 0.1,
        poverty_registered_year=luck.randint(2014, 2018) if luck.random() < POOR_SHARE else None,
    )  # fmt: skip
    if is_shop(number):
        household.kind, household.poverty_registered_year = HouseholdKind.ENTERPRISE, None
    return household


def _agreed(household: Household) -> Iterator[ConsentPurpose]:
    yield ConsentPurpose.RECORD
    if household.poverty_registered_year and chance("consent", household.phone).random() < LETS_KNOW_SHARE:
        yield ConsentPurpose.POVERTY


def _store(
    number: int, place: tuple[County, Region, Region], household: Household, stations: Mapping[str, Station]
) -> Store:
    luck, (county, township, village) = chance("store", number), place
    word, word_en = luck.choice(SHOPS if is_shop(number) else KINDS_OF_STORE)
    opened = timezone.now() - dt.timedelta(days=luck.randint(3, 600), minutes=luck.randint(0, 1440))
    family = f"{household.name_latin.split()[0]}'s"
    return Store(
        slug=f"sim-{number:05d}", household=household, station=stations[village.code], region=village,
        name=f"{place_name(village.name)[:8]}{household.name[1:]}{word}"[:40], name_en=f"{family} {word_en}, {village.latin}"[:80],
        story=f"店开在{county.region.name}{township.name}，货都是自家和邻居种的，服务点帮着分拣打包。", status=StoreStatus.OPEN,
        story_en="The goods are our own and our neighbours'; the village point helps with sorting and packing.",
        drafted_at=opened, submitted_at=opened, recommended_at=opened, opened_at=opened,
    )  # fmt: skip
