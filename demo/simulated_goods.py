"""The goods of the simulated stores: names, prices, packs, lots and stock, by the words and kinds of demo/content/simulated.toml."""

import datetime as dt
import hashlib
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F
from django.utils import timezone

from catalog.indexing import index_products
from catalog.models import (
    BrandPermission,
    Category,
    Certificate,
    CertificateKind,
    CertificateState,
    CountyBrand,
    Grade,
    GradeScheme,
    Lot,
    LotTest,
    PermissionState,
    Product,
    ProductStatus,
    Stock,
    Temperature,
    Variant,
)
from catalog.tally import recount
from delivery.routing import NoRoute, find_route
from demo.bar import Bar
from demo.pictures.draw import FORMS
from demo.simulate import AT_ONCE, SEED, County, chance, is_shop, place_of_store
from demo.studio import Wanted, take_pictures
from pictures.models import Picture
from sellers.models import Store
from stations.models import Region, Station

USUAL_CITY, USUAL_GRAMS = "430100000000", 1000
GRADES = (("特级", "Extra"), ("一级", "First"), ("二级", "Second"))
GRADED = ("fruit", "nuts", "mushrooms", "herbs", "olive-oil", "camellia-oil", "rice")
CERTIFICATES = {
    CertificateKind.GREEN: ("绿色食品", "Green food"),
    CertificateKind.ORGANIC: ("有机产品", "Organic"),
    CertificateKind.GEOGRAPHICAL: ("地理标志产品", "Geographical indication"),
}
SOLD_OUT_SHARE, GRADED_SHARE, CERTIFIED_SHARE, TESTED_SHARE, NAMED_SHARE = 0.06, 0.7, 0.09, 0.3, 0.4
# Below so many new goods the search index is kept while they are written; above it is made anew, which is faster.
FEW = 5000
# How sales fall off: a few goods sell by the thousand, half of them hardly at all.
TAIL, BEST_SELLER = 0.85, 20_000


class Goods(NamedTuple):
    """A row of `goods` in simulated.toml; `yuan` is for a jin."""

    category: str
    name: str
    name_en: str
    yuan: float
    season: list[int]
    keeps: int
    packs: list[int]
    drawing: str
    chilled: bool = False


def take_pictures_of_goods(words: Mapping[str, Any]) -> dict[str, Picture]:
    """One drawing of each subject, by its name; those of an earlier run are taken again."""
    wanted: dict[str, Wanted] = {}
    for row in words["goods"]:
        goods = Goods(*row)
        wanted.setdefault(goods.drawing, Wanted(goods.drawing, FORMS[goods.drawing][0], goods.name, goods.name_en))
    titles = [one.title for one in wanted.values()]
    there = {picture.title: picture for picture in Picture.objects.filter(is_illustration=True, title__in=titles)}
    missing = [one for one in wanted.values() if one.title not in there]
    with Bar("Pictures", len(missing)) as bar:
        taken = take_pictures(
            missing, step=bar.step, workers=0
        )  # side by side their writes to Wagtail's index deadlock
    return {subject: there.get(one.title) or taken[one] for subject, one in wanted.items()}


@dataclass
class Shelves:
    """Puts goods on sale in the simulated stores."""

    words: Mapping[str, Any]
    counties: list[County]
    pictures: Mapping[str, Picture]
    today: dt.date = field(default_factory=timezone.localdate)

    def __post_init__(self) -> None:
        self.goods = [Goods(*row) for row in self.words["goods"]]
        self.by_name = {goods.name: goods for goods in self.goods}
        self.categories = {category.slug: category for category in Category.objects.select_related("parent")}
        inbound = {slug for slug, category in self.categories.items() if category.flow == "inbound"}
        self.shop_goods = [goods for goods in self.goods if goods.category in inbound]
        self.farm_goods = [goods for goods in self.goods if goods.category not in inbound]
        self.grades = self._grades()
        self.past_triggers = False

    def fill(self, wanted: int) -> int:
        """Goods up to `wanted`, indexed; how many were added."""
        there = Product.objects.filter(ref__startswith="sim").count()
        if there >= wanted:
            return 0
        stores = dict(enumerate(Store.objects.filter(slug__startswith="sim-").order_by("slug")))
        days = self._days_to_the_city(stores.values())
        made: list[int] = []
        with _SearchIndexMadeLast(wanted - there > FEW):
            with _past_triggers() as self.past_triggers:
                with Bar("Goods, lots and stock", wanted - there) as bar:
                    for start in range(there, wanted, AT_ONCE):
                        some = range(start, min(start + AT_ONCE, wanted))
                        made += self._write(some, stores, days)
                        bar.step("", by=len(some))
                with Bar("Indexed", len(made)) as bar:
                    for start in range(0, len(made), AT_ONCE):
                        bar.step("", by=index_products(made[start : start + AT_ONCE]))
            # The trigger that marks best sellers was passed over as well: any update of the column sets the marks.
            for start in range(0, len(made), AT_ONCE):
                Product.objects.filter(pk__in=made[start : start + AT_ONCE], sold_units__gt=1).update(
                    search=F("search")
                )
        recount()
        return len(made)

    def _write(
        self, numbers: range, stores: Mapping[int, Store], days: Mapping[tuple[str, bool], int | None]
    ) -> list[int]:
        chosen = {number: self._choose(number, len(stores)) for number in numbers}
        products = [self._product(number, stores[place], goods, days) for number, (place, goods) in chosen.items()]
        Product.objects.bulk_create(products)
        lots: list[Lot] = []
        variants: list[Variant] = []
        stock: list[Stock] = []
        papers: list[Certificate] = []
        tests: list[LotTest] = []
        for (number, (place, goods)), product in zip(chosen.items(), products, strict=True):
            luck = chance("packs", number)
            packs = list(self._packs(number, product, goods, luck))
            amounts = [0 if luck.random() < SOLD_OUT_SHARE else luck.randint(3, 240) for _pack in packs]
            packed = sum(pack.net_weight_g * amount for pack, amount in zip(packs, amounts, strict=True))
            if self.past_triggers:
                for pack, amount in zip(packs, amounts, strict=True):
                    pack.on_hand = amount
            lot = self._lot(number, product, goods, luck, packed) if product.flow == "outbound" else None
            variants += packs
            stock += [Stock(variant=pack, lot=lot, on_hand=amount) for pack, amount in zip(packs, amounts, strict=True)]
            if lot is not None:
                lots.append(lot)
                tests += [self._test(lot)] if luck.random() < TESTED_SHARE else []
                papers += list(self._papers(number, product, self.counties[place % len(self.counties)], luck))
        Lot.objects.bulk_create(lots)
        Variant.objects.bulk_create(variants)
        Stock.objects.bulk_create(stock)
        Certificate.objects.bulk_create(papers)
        LotTest.objects.bulk_create(tests)
        return [product.pk for product in products]

    def _choose(self, number: int, stores: int) -> tuple[int, Goods]:
        """A store (some have many goods, most a few), and one of the kinds of goods that it sells."""
        luck = chance("goods", number)
        place = int(stores * luck.random() ** 1.4)
        county, mine = place_of_store(place, self.counties)[0], chance("shelf", place)
        if is_shop(place):
            return place, luck.choice(self.shop_goods)
        kinds = [*(self.by_name[name] for name in county.known_for), *mine.sample(self.farm_goods, 3)]
        return place, luck.choice(kinds)

    def _product(self, number: int, store: Store, goods: Goods, days: Mapping[tuple[str, bool], int | None]) -> Product:
        luck = chance("product", number)
        name, name_en = self._name(number, store, goods, luck)
        category = self.categories[goods.category]
        return Product(
            ref=f"sim{hashlib.sha256(f'{SEED}-{number}'.encode()).hexdigest()[:19]}", store=store, category=category,
            origin_id=store.region_id, county_code=store.region_id[:6], flow=category.flow, name=name, name_en=name_en,
            summary=f"{goods.name}，{luck.choice(('当天处理', '分级装袋', '现做现发', '不加一样多余的'))}",
            summary_en=f"{goods.name_en.capitalize()}, sorted and packed at the village point",
            story="坡地种植，天亮前采摘，当天处理，服务点分拣打包。" * luck.randint(2, 6),
            story_en="Grown on the slope and picked before dawn. " * 3,
            temperature=Temperature.CHILLED if goods.chilled else Temperature.AMBIENT,
            season_from=goods.season[0] if goods.season else None, season_to=goods.season[1] if goods.season else None,
            shelf_life_days=goods.keeps or None, status=ProductStatus.LISTED, store_open=True,
            picture=self.pictures.get(goods.drawing), arrives_in_days=days[(store.region_id[:6], goods.chilled)],
            sold_units=min(int(luck.paretovariate(TAIL)) - 1, BEST_SELLER),
            listed_at=timezone.now() - dt.timedelta(days=luck.randint(0, 500), seconds=luck.randint(0, 86_400)),
        )  # fmt: skip

    def _name(self, number: int, store: Store, goods: Goods, luck: Random) -> tuple[str, str]:
        """A place or a word of the farmers before the goods, and how they are packed behind."""
        county = place_of_store(int(store.slug[4:]), self.counties)[0]
        words, parent = self.words["words"], self.categories[goods.category].parent
        own = words.get(goods.category) or words.get(parent.slug if parent else "", [])
        word, word_en = luck.choice([*own, *(words["all"] if goods in self.farm_goods else [])])
        ending, ending_en = luck.choice(self.words["endings"]["all"])
        named = goods.name in county.known_for or luck.random() < NAMED_SHARE
        place, place_en = (county.short_name, county.region.latin) if named else ("", "")
        name = f"{place}{word}{goods.name} {ending}".strip()
        english = " ".join(part for part in (place_en, word_en, goods.name_en) if part)
        return name[:60], f"{english[0].upper()}{english[1:]}{', ' + ending_en if ending_en else ''}"[:120]

    def _packs(self, number: int, product: Product, goods: Goods, luck: Random) -> Iterator[Variant]:
        dear = luck.uniform(0.75, 1.35)
        sizes = sorted(luck.sample(goods.packs, luck.randint(1, len(goods.packs))))
        for position, grams in enumerate(sizes):
            yuan = goods.yuan * dear * grams / 500 * (1.0 + 0.12 / (position + 1))
            kilograms = f"{grams / 1000:g}千克" if grams >= 1000 else f"{grams}克"
            yield Variant(
                product=product, sku=f"SIM-{number:06d}-{position}", name=f"{kilograms}装",
                name_en=f"{grams / 1000:g} kg" if grams >= 1000 else f"{grams} g", net_weight_g=grams, gross_weight_g=grams + 60,
                price_fen=max(math.floor(yuan) * 100 + 80, 180), position=position,
            )  # fmt: skip

    def _lot(self, number: int, product: Product, goods: Goods, luck: Random, packed: int) -> Lot:
        grades = self.grades.get(goods.category)
        return Lot(
            ref=f"sim{hashlib.sha256(f'{SEED}-lot-{number}'.encode()).hexdigest()[:19]}", code=f"S{number:07d}", product=product,
            region_id=product.origin_id, harvested_on=self._harvest_day(goods, luck), quantity_g=packed + luck.randint(5, 200) * 500,
            used_g=packed, grade=luck.choice(grades) if grades and luck.random() < GRADED_SHARE else None,
        )  # fmt: skip

    def _harvest_day(self, goods: Goods, luck: Random) -> dt.date:
        """In the first month of the last season; this week for what keeps a few days and what has no season."""
        if not goods.season or goods.keeps <= 30:
            return self.today - dt.timedelta(days=luck.randint(1, 5))
        day = dt.date(self.today.year, goods.season[0], luck.randint(3, 27))
        return day if day < self.today else day.replace(year=day.year - 1)

    def _papers(self, number: int, product: Product, county: County, luck: Random) -> Iterator[Certificate]:
        for kind, (name, name_en) in CERTIFICATES.items():
            if luck.random() < CERTIFIED_SHARE:
                yield Certificate(
                    product=product, kind=kind, name=name, name_en=name_en, number=f"DEMO-{kind[:2].upper()}-{number:06d}",
                    holder=f"{county.region.name}农产品协会（演示）", valid_from=self.today - dt.timedelta(days=300),
                    valid_until=self.today + dt.timedelta(days=luck.randint(20, 700)), demo=True, state=CertificateState.ACCEPTED,
                    accepted_at=timezone.now(),
                    permission=self._permission(product, county) if kind == CertificateKind.GEOGRAPHICAL else None,
                )  # fmt: skip

    def _permission(self, product: Product, county: County) -> BrandPermission:
        """The store's permission to use the county's brand for such goods."""
        since = self.today - dt.timedelta(days=300)
        brand = CountyBrand.objects.get_or_create(
            county=county.region, name=f"{county.short_name}{product.category.name}（模拟）",
            defaults={
                "name_en": f"{county.region.latin} {product.category.name_en} (simulated)", "category": product.category,
                "number": "DEMO", "holder": f"{county.region.name}农产品协会（演示）", "issuer": "演示", "valid_from": since, "demo": True,
            },
        )[0]  # fmt: skip
        return BrandPermission.objects.get_or_create(
            brand=brand, store=product.store, state=PermissionState.GRANTED,
            defaults={"valid_from": since, "decided_at": timezone.now()},
        )[0]  # fmt: skip

    def _test(self, lot: Lot) -> LotTest:
        assert lot.harvested_on is not None
        return LotTest(
            lot=lot, agency="示范检测中心（演示数据）", standard="GB 2763-2021", passed=True,
            tested_on=min(lot.harvested_on + dt.timedelta(days=4), self.today), finding="农药残留未检出",
            finding_en="No pesticide residue found",
        )  # fmt: skip

    def _grades(self) -> dict[str, list[Grade]]:
        """The grades by category; kinds of goods without a scheme get one of the simulation."""
        for slug in GRADED:
            if not self.categories[slug].grade_schemes.exists():
                scheme = GradeScheme.objects.create(
                    category=self.categories[slug],
                    title=f"{self.categories[slug].name}等级（模拟）",
                    title_en="Grades (simulated)",
                )
                Grade.objects.bulk_create(
                    Grade(scheme=scheme, rank=rank, name=name, name_en=name_en)
                    for rank, (name, name_en) in enumerate(GRADES, 1)
                )
        found: dict[str, list[Grade]] = {}
        for grade in Grade.objects.select_related("scheme__category").order_by("rank"):
            found.setdefault(grade.scheme.category.slug, []).append(grade)
        return found

    def _days_to_the_city(self, stores: Any) -> dict[tuple[str, bool], int | None]:
        """How long goods of each county take to the city that cards reckon with, as from one of its points (orders.arrival asks each)."""
        city, now = Region.objects.get(code=USUAL_CITY), timezone.now()
        points = {store.region_id[:6]: store.station_id for store in stores}
        stations = Station.objects.in_bulk(list(points.values()))
        found: dict[tuple[str, bool], int | None] = {}
        for county, station_id in points.items():
            for chilled in (False, True):
                try:
                    route = find_route(
                        origin=stations[station_id], to=city, weight_g=USUAL_GRAMS, chilled=chilled, at=now
                    )
                except NoRoute:
                    found[(county, chilled)] = None
                else:
                    found[(county, chilled)] = (timezone.localdate(route.arrive) - timezone.localdate(now)).days
        return found


@contextmanager
def _past_triggers() -> Iterator[bool]:
    """Rows are written without history and without the checks of their triggers where the server allows it, which is six times as fast;
    whether it does. What the triggers keep (a pack's stock, the tally, the marks of best sellers) is then written by hand.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        allowed = bool(cursor.fetchone()[0])
        if allowed:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
        yield allowed
        if allowed:
            cursor.execute("SET LOCAL session_replication_role = origin")


class _SearchIndexMadeLast:
    """Takes the search index away while many goods are written, and makes it anew behind them."""

    def __init__(self, many: bool) -> None:
        self.index = next(index for index in Product._meta.indexes if index.name == "product_search") if many else None

    def __enter__(self) -> None:
        self._change("remove_index")

    def __exit__(self, failed: object, *error: object) -> None:
        if not failed:
            self._change("add_index")

    def _change(self, how: str) -> None:
        if self.index is None:
            return
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with connection.schema_editor(atomic=False) as editor:
            getattr(editor, how)(Product, self.index)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
