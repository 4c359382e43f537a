"""The demo's categories, stores and goods, from the TOML files of demo/content, through the same journeys that clerks use."""

import datetime as dt
import random
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog import listing, lots, packing
from catalog.models import Category, GoodsKind, Lot, Product, SoldBy, Temperature
from demo.county import leave_reviews, sell
from demo.gathering import Staff, add_members, demo_licence, open_gathering
from demo.graded import add_scheme, grade_as, put_together, sort_out, test_lot
from demo.selling import season_of, sell_ahead
from demo.studio import Wanted
from pictures.models import Picture
from sellers import mandates, onboarding, payouts
from sellers.models import Household, HouseholdKind, PayoutWay, Store
from stations.models import Station, StationKind

CONTENT = Path(__file__).parent / "content"
# What keeps no longer than this is bought in its season alone; what keeps no longer than VERY_FRESH_DAYS is picked to order.
FRESH_DAYS, VERY_FRESH_DAYS = 60, 12
# Made up; the last digit fits (Luhn).
BANK, CARD = "农村商业银行（演示）", "6217000000000012348"
Step = Callable[[str], None]


def load_categories() -> dict[str, Category]:
    """The categories with their grade schemes, by slug."""
    with (CONTENT / "categories.toml").open("rb") as file:
        rows = tomllib.load(file)["categories"]
    made: dict[str, Category] = {}
    for position, row in enumerate(rows):
        scheme, parent = row.pop("scheme", None), made.get(row.pop("parent", ""))
        made[row["slug"]] = Category.objects.create(position=position, parent=parent, **row)
        if scheme:
            add_scheme(made[row["slug"]], scheme)
    return made


def county_files() -> list[Path]:
    """The files of the counties' stores, in order."""
    return sorted(path for path in CONTENT.glob("*.toml") if path.stem.isdigit())


def store_rows(names: Collection[str] | None = None) -> list[dict[str, Any]]:
    """The files' stores (those of these names alone, if any are given), each with its county's code as `county`."""
    rows = []
    for path in county_files():
        with path.open("rb") as file:
            content = tomllib.load(file)
        rows += [{**row, "county": content["county"]} for row in content["stores"]]
    return [row for row in rows if names is None or row["name"] in names]


def open_stores(
    rows: Sequence[dict[str, Any]], *, farmer: User, pictures: Mapping[Wanted, Picture], step: Step
) -> Iterator[Store]:
    """Every store of `rows`, opened by its village point, township and county, with its goods on sale; `step` hears of each product."""
    categories = load_categories()
    people = Staff()
    for number, row in enumerate(rows, 1):
        chance = random.Random(f"{row['county']}-{row['name']}")  # noqa: S311 - the same demo at every load
        point = _point(row["county"], row["township"], row.get("point", 0))
        with transaction.atomic():
            picture = pictures[Wanted.like(row["picture"], row["name"], row["name_en"])]
            if "families" in row:
                store, growers = open_gathering(row, people, number, picture)
                point = store.station
            else:
                store, growers = _open_store(row, point, people, farmer, number, chance, picture), {}
                if members := row.get("members"):
                    add_members(members, store.household, people.at(point), store.opened_at)
            for goods in row.get("products", []):
                shown = [pictures[Wanted.like(kind, goods["name"], goods["name_en"])] for kind in goods["picture"]]
                _list_goods(goods, store, people.at(point), categories, chance, shown, growers, people)
                step(goods["name"])
        yield store
    leave_reviews(people)


def _point(county: str, township: str, number: int) -> Station:
    points = Station.objects.within(county.ljust(12, "0")).filter(
        kind=StationKind.VILLAGE, parent__region__name=township
    )
    found = list(points.select_related("region", "parent__parent").order_by("code"))
    return found[number % len(found)]


def _open_store(
    row: dict[str, Any],
    point: Station,
    people: Staff,
    farmer: User,
    number: int,
    chance: random.Random,
    picture: Picture,
) -> Store:
    assert point.parent is not None
    assert point.parent.parent is not None
    clerk, township, centre = people.at(point), people.at(point.parent), people.at(point.parent.parent)
    stage = row.get("stage", "open")
    begun = timezone.now() - dt.timedelta(
        days=chance.randint(400, 520) if stage == "open" else chance.randint(2, 5), hours=chance.randint(0, 9)
    )
    household = _register(row, point, clerk, number, begun)
    if row.get("account"):
        household.user = farmer
        household.save(update_fields=["user"])
        card = payouts.propose_payout(
            by=farmer, household=household, way=PayoutWay.BANK, holder=household.name, bank=BANK, number=CARD
        )
        payouts.confirm_payout_by_farmer(by=farmer, account=card, at=begun)
    mandate = mandates.record_mandate(
        by=clerk,
        household=household,
        station=point,
        ends_on=timezone.localdate() + dt.timedelta(days=365),
        may_receive_cash=True,
        at=begun,
    )
    mandates.confirm_by_code(mandate=mandate, code=mandates.send_code(mandate), at=begun)
    store = onboarding.draft_store(
        by=clerk,
        household=household,
        station=point,
        name=row["name"],
        name_en=row["name_en"],
        story=row.get("story", ""),
        story_en=row.get("story_en", ""),
        picture=picture,
        at=begun,
    )
    onboarding.submit_store(by=clerk, store=store, at=begun + dt.timedelta(minutes=12))
    if stage == "returned":
        return onboarding.return_store(by=township, store=store, reasons={row.get("returned", "story"): row["reason"]})
    if stage != "submitted":
        onboarding.recommend_store(by=township, store=store, at=begun + dt.timedelta(days=1))
    if stage == "open":
        onboarding.approve_store(by=centre, store=store, at=begun + dt.timedelta(days=2))
    return store


def _register(row: dict[str, Any], point: Station, clerk: User, number: int, begun: dt.datetime) -> Household:
    return onboarding.register_household(
        by=clerk,
        station=point,
        region=point.region,
        name=row["farmer"],
        name_latin=row["farmer_latin"],
        kind=row.get("kind", HouseholdKind.HOUSEHOLD),
        licence_code=demo_licence(row, number),
        representative=row.get("representative", ""),
        phone=f"199{number:08d}",
        identity=row.get("identity", ""),
        consent=True,
        women_led=row.get("women_led", False),
        youth_led=row.get("youth_led", False),
        poverty_registered_year=row.get("poverty_registered_year"),
        at=begun,
    )


def _list_goods(
    row: dict[str, Any],
    store: Store,
    clerk: User,
    categories: dict[str, Category],
    chance: random.Random,
    pictures: Sequence[Picture],
    growers: Mapping[str, Household],
    people: Staff,
) -> Product:
    when = (store.opened_at or timezone.now()) + dt.timedelta(
        days=chance.randint(1, 20), minutes=chance.randint(0, 500)
    )
    product = listing.list_product(
        by=clerk,
        store=store,
        category=categories[row["category"]],
        origin=store.region,
        temperature=_temperature(row),
        season=tuple(row["season"]) if row.get("season") else None,
        shelf_life_days=row.get("shelf_life_days"),
        at=when,
        **{name: row.get(name, "") for name in ("name", "name_en", "summary", "summary_en", "story", "story_en")},
    )
    for picture in pictures:
        listing.add_picture(by=clerk, product=product, picture=picture)
    harvests: dict[str, Lot | None] = {
        name: _enter_lot(row, product, clerk, chance, growers.get(name))
        if product.category.kind == GoodsKind.FARM and "presale" not in row
        else None
        for name in dict.fromkeys(pack.get("grower", "") for pack in row.get("packs", []))
    }
    for pack in row.get("packs", []):
        packing.add_variant(
            by=clerk,
            product=product,
            name=pack["name"],
            name_en=pack["name_en"],
            price_fen=round(pack["yuan"] * 100),
            net_weight_g=pack.get("grams", 500),
            sold_by=SoldBy.WEIGHT if pack.get("by_weight") else SoldBy.PIECE,
            on_hand=pack["stock"] if _can_be_bought(row, timezone.localdate().month) else 0,
            lot=harvests[pack.get("grower", "")],
            **{name: pack[name] for name in ("least", "most", "tolerance_percent") if name in pack},
            **season_of(pack),
        )
    sell_ahead(row, product, clerk)
    sell(product, clerk, people, papers=row.get("certificates", []), at=when)
    return product


def _temperature(row: dict[str, Any]) -> Temperature:
    if row.get("frozen"):
        return Temperature.FROZEN
    return Temperature.CHILLED if row.get("chilled") else Temperature.AMBIENT


def _enter_lot(
    row: dict[str, Any], product: Product, clerk: User, chance: random.Random, grower: Household | None
) -> Lot:
    """The lot that the packs are drawn from: `together` of three members' lots, `sorted` out of a raw one, or as it was harvested."""
    today = timezone.localdate()
    harvested = _harvest_day(row, today, chance)
    entered = timezone.now() - (today - harvested) + dt.timedelta(days=1) if harvested < today else timezone.now()
    grams = sum(pack.get("grams", 500) * pack["stock"] for pack in row["packs"]) * 2
    if row.get("together"):
        lot = put_together(by=clerk, product=product, harvested=harvested, grams=grams, at=entered)
    else:
        came = grams * 3 // 2 if row.get("sorted") else grams
        lot = lots.enter_lot(
            by=clerk, product=product, harvested_on=harvested, quantity_g=came, household=grower, at=entered
        )
    if row.get("sorted"):
        lot = sort_out(by=clerk, lot=lot, grams=grams, rank=row["grade"], at=entered)
    if row.get("grade"):
        grade_as(by=clerk, lot=lot, rank=row["grade"], at=entered)
    if row.get("tested"):
        day = min(harvested + dt.timedelta(days=9), today)
        test_lot(by=clerk, lot=lot, day=day, chance=chance, with_report=bool(row.get("report")))
    return lot


def _harvest_day(row: dict[str, Any], today: dt.date, chance: random.Random) -> dt.date:
    """A believable day: this week for what is picked to order, else in the first month of the last season."""
    season, keeps = row.get("season"), row.get("shelf_life_days", FRESH_DAYS * 2)
    if (keeps <= VERY_FRESH_DAYS or (not season and keeps <= FRESH_DAYS)) and _can_be_bought(row, today.month):
        return today - dt.timedelta(days=chance.randint(1, max(1, min(keeps // 3, 5))))
    month = season[0] if season else max(today.month - 1, 1)
    day = chance.randint(8, 27)
    year = today.year if (month, day) < (today.month, today.day) else today.year - 1
    if month == today.month and season and today.day > 3:  # the season has just begun: its first picking
        return today.replace(day=chance.randint(1, today.day - 2))
    return dt.date(year, month, day)


def _can_be_bought(row: dict[str, Any], month: int) -> bool:
    """Whether goods are there in a month: what keeps for long always is, fresh goods are in their season."""
    if row.get("shelf_life_days", FRESH_DAYS + 1) > FRESH_DAYS or not row.get("season"):
        return True
    return in_season(row["season"], month)


def in_season(season: Sequence[int], month: int) -> bool:
    """Whether a month lies in a season (first and last month), which may run over the turn of the year."""
    first, last = season
    return first <= month <= last if first <= last else month >= first or month <= last


def popularity() -> dict[str, int]:
    """How often each product (by store name and product name) is bought in the demo."""
    return {
        f"{store['name']}/{goods['name']}": goods.get("popularity", 3)
        for store in store_rows()
        for goods in store.get("products", [])
    }
