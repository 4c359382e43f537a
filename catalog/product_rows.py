"""One row of a list of goods: its columns, what its cells say, and how goods are written out again."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.fixed_point import YuanField
from accounts.models import User
from accounts.stories import clean_story
from catalog.fields import CentimetreField, KilogramField, refuse_wordless
from catalog.models import Category, GoodsKind, Product, SoldBy, Stock, Temperature, Variant
from sellers.models import Store
from stations.models import Region
from stations.sheets import Column
from stations.taking_in import Places, RowFaulty, day_of

COLUMNS: Final = (
    Column("number", "商品编号", "Goods number"),
    Column("store", "店铺", "Store", required=True),
    Column("name", "商品名称", "Name", required=True),
    Column("category", "类目", "Category", required=True),
    Column("sku", "规格编号", "Pack number"),
    Column("pack", "规格", "Pack"),
    Column("sold_by", "计价方式", "Sold"),
    Column("weight", "净重（公斤）", "Net weight (kg)"),
    Column("price", "单价（元）", "Price (yuan)"),
    Column("stock", "库存", "In stock"),
    Column("harvested_on", "采收日期", "Harvested on"),
    Column("grower", "种植农户编号", "Number of the family that grew it"),
    Column("photographs", "照片文件名", "Photographs"),
    Column("place", "产地", "Place of origin"),
    Column("summary", "一句话介绍", "In one line"),
    Column("story", "商品故事", "Story", longest=4000),
    Column("temperature", "储运温度", "Temperature"),
    Column("season_from", "应季起（月）", "Season from (month)"),
    Column("season_to", "应季止（月）", "Season to (month)"),
    Column("shelf_life", "保质期（天）", "Shelf life (days)"),
    Column("gross", "毛重（公斤）", "Weight with packing (kg)"),
    Column("length", "包装长（厘米）", "Length (cm)"),
    Column("width", "包装宽（厘米）", "Width (cm)"),
    Column("height", "包装高（厘米）", "Height (cm)"),
    Column("least", "起购数", "At least"),
    Column("most", "限购数", "At most"),
    Column("tolerance", "称重误差（%）", "Weight may differ (%)"),
    Column("name_en", "英文名称", "Name in English"),
    Column("pack_en", "英文规格", "Pack in English"),
    Column("summary_en", "英文一句话介绍", "In one line, in English"),
    Column("story_en", "英文商品故事", "Story in English", longest=6000),
)
# What is said of the goods; the other columns are about one pack. Read from the first row of the goods.
OF_GOODS: Final = (
    "name", "category", "photographs", "place", "summary", "story", "temperature", "season_from", "season_to", "shelf_life",
    "name_en", "summary_en", "story_en",
)  # fmt: skip
TEXTS: Final = {"name": 60, "name_en": 120, "summary": 120, "summary_en": 200, "story": 4000, "story_en": 6000}
NAMES_APART = re.compile(r"\s*[;；、\n]\s*")
MOST_PHOTOGRAPHS, MOST_UNITS, MOST_MONTH, LONGEST_LIFE = 6, 1_000_000, 12, 3650
_WHOLE = re.compile(r"[0-9]{1,9}")
_SIZES: Final = {"length": "length_mm", "width": "width_mm", "height": "height_mm"}
_YUAN, _KILOGRAMS, _CENTIMETRES = (
    YuanField(required=False),
    KilogramField(required=False),
    CentimetreField(required=False),
)


def _words(choices: type[SoldBy] | type[Temperature]) -> dict[str, str]:
    """What may be written for a choice: its value, and its names in both languages."""
    found = {value: value for value in choices.values}
    for language in ("zh-hans", "en"):
        with override(language):
            found |= {str(label).casefold(): value for value, label in choices.choices}
    return found


@dataclass(slots=True)
class PackRow:
    """What a row says of a pack; `facts` are packing.PackFacts and the weight with packing, where the file has their columns."""

    sku: str = ""
    name: str = ""
    name_en: str = ""
    sold_by: str = SoldBy.PIECE
    net_g: int = 0
    price_fen: int = 0
    stock: int | None = None
    harvested_on: dt.date | None = None
    grower: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


class Cells:
    """Reads the cells of rows of one county. Each method raises RowFaulty."""

    def __init__(self, find_place: Callable[[str, str], Region]) -> None:
        self.find_place = find_place
        self.sold_by, self.temperatures = _words(SoldBy), _words(Temperature)
        self.categories: dict[str, set[Category]] = {}
        for category in Category.objects.filter(children=None).select_related("parent"):
            for word in (category.slug, category.name, category.name_en):
                self.categories.setdefault(word.casefold(), set()).add(category)

    def category_written(self, category: Category, language: str) -> str:
        """A category as rows name it: by its name in one language, by its address where two bear it."""
        name = (category.name_en if language == "en" else category.name) or category.slug
        return name if self.categories.get(name.casefold()) == {category} else category.slug

    def goods(self, row: dict[str, str]) -> dict[str, Any]:
        """The fields of a product as listing.list_product takes them, of the columns that the file has; every fault of the row."""
        readers = (self._texts, self._category, self._place, self._temperature, self._season, self._shelf_life)
        return _together(readers, row)

    def pack(self, row: dict[str, str]) -> PackRow | None:
        """The pack of a row; None where it names none."""
        if not row.get("pack"):
            told = [
                (key, _("Name the pack as well, such as “500 g bag”."))
                for key in ("price", "weight", "stock")
                if row.get(key)
            ]
            if told:
                raise RowFaulty(*told)
            return None
        pack = PackRow(
            sku=row.get("sku", ""),
            name=_within("pack", row["pack"], 40),
            name_en=_within("pack_en", row.get("pack_en", ""), 80),
        )
        found = _together((self._offer, self._price, self._stock, self._facts), row)
        for name, value in found.items():
            setattr(pack, name, value)
        if pack.facts.get("most") and pack.facts["most"] < pack.facts.get("least", 1):
            raise RowFaulty(("most", _("At most can't be less than at least.")))
        if pack.facts.get("gross_weight_g", pack.net_g) < pack.net_g:
            raise RowFaulty(("gross", _("With packing it can't weigh less than without.")))
        return pack

    def photographs(self, row: dict[str, str]) -> list[str]:
        """The file names of a row's photographs."""
        names = [name for name in NAMES_APART.split(row.get("photographs", "")) if name]
        if len(names) > MOST_PHOTOGRAPHS:
            raise RowFaulty(("photographs", _("Choose %(most)s photographs at most.") % {"most": MOST_PHOTOGRAPHS}))
        return names

    def _texts(self, row: dict[str, str]) -> dict[str, Any]:
        found = {key: _within(key, row[key], most) for key, most in TEXTS.items() if key in row}
        try:
            refuse_wordless(row["name"])
        except ValidationError as refused:
            raise RowFaulty(("name", refused.messages[0])) from refused
        return {key: clean_story(text) if key.startswith("story") else text for key, text in found.items()}

    def _category(self, row: dict[str, str]) -> dict[str, Any]:
        found = self.categories.get(row["category"].casefold(), set())
        if len(found) != 1:
            told = (
                _("Two categories bear this name. Please write its address, such as daylily.")
                if found
                else _("There is no such category.")
            )
            raise RowFaulty(("category", told))
        category = next(iter(found))
        if category.kind == GoodsKind.BOOKING:
            raise RowFaulty(("category", _("Visits are entered at the desk, with their days.")))
        return {"category": category}

    def _place(self, row: dict[str, str]) -> dict[str, Any]:
        return {"origin": self.find_place("place", row["place"])} if row.get("place") else {}

    def _temperature(self, row: dict[str, str]) -> dict[str, Any]:
        if not row.get("temperature"):
            return {}
        return {"temperature": _one_of("temperature", row["temperature"], self.temperatures, Temperature)}

    def _season(self, row: dict[str, str]) -> dict[str, Any]:
        if "season_from" not in row and "season_to" not in row:
            return {}
        first = _whole("season_from", row.get("season_from", ""), 1, MOST_MONTH)
        last = _whole("season_to", row.get("season_to", ""), 1, MOST_MONTH)
        if (first is None) != (last is None):
            raise RowFaulty(("season_to", _("A season has a first and a last month.")))
        return {"season": (first, last) if first else None}

    def _shelf_life(self, row: dict[str, str]) -> dict[str, Any]:
        return (
            {"shelf_life_days": _whole("shelf_life", row["shelf_life"], 1, LONGEST_LIFE)} if "shelf_life" in row else {}
        )

    def _offer(self, row: dict[str, str]) -> dict[str, Any]:
        sold_by = _one_of("sold_by", row.get("sold_by") or SoldBy.PIECE, self.sold_by, SoldBy)
        net = _fixed("weight", row.get("weight", ""), _KILOGRAMS)
        if net is None and sold_by == SoldBy.PIECE:
            raise RowFaulty(("weight", _("Write what one piece weighs, in kilograms.")))
        return {"sold_by": sold_by, "net_g": net or 0}

    def _price(self, row: dict[str, str]) -> dict[str, Any]:
        price = _fixed("price", row.get("price", ""), _YUAN)
        if price is None:
            raise RowFaulty(("price", _("Write the price in yuan, such as 38 or 38.80.")))
        return {"price_fen": price}

    def _stock(self, row: dict[str, str]) -> dict[str, Any]:
        grower = re.fullmatch(r"[HhN]?([0-9]{1,15})", row.get("grower", ""))
        if row.get("grower") and not grower:
            raise RowFaulty(("grower", _("The number of a family begins with H, as on the list of households.")))
        harvested = day_of("harvested_on", row.get("harvested_on", ""))
        if harvested and harvested > timezone.localdate():
            raise RowFaulty(("harvested_on", _("This day has not come yet.")))
        stock = _whole("stock", row.get("stock", ""), 0, MOST_UNITS)
        return {"stock": stock, "harvested_on": harvested, "grower": int(grower[1]) if grower else None}

    def _facts(self, row: dict[str, str]) -> dict[str, Any]:
        facts: dict[str, Any] = {
            name: _fixed(key, row[key], _CENTIMETRES) for key, name in _SIZES.items() if key in row
        }
        if row.get("gross"):
            facts["gross_weight_g"] = _fixed("gross", row["gross"], _KILOGRAMS)
        if row.get("least"):
            facts["least"] = _whole("least", row["least"], 1, 9999)
        if "most" in row:
            facts["most"] = _whole("most", row["most"], 1, 9999)
        if row.get("tolerance"):
            facts["tolerance_percent"] = _whole("tolerance", row["tolerance"], 0, 20)
        return {"facts": facts}


def _together(readers: Sequence[Callable[[dict[str, str]], dict[str, Any]]], row: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    faults: list[tuple[str, str]] = []
    for read in readers:
        try:
            found |= read(row)
        except RowFaulty as faulty:
            faults += faulty.faults
    if faults:
        raise RowFaulty(*faults)
    return found


def _within(key: str, text: str, most: int) -> str:
    if len(text) > most:
        raise RowFaulty((key, _("At most %(most)s characters.") % {"most": most}))
    return text


def _one_of(key: str, text: str, words: dict[str, str], choices: type[SoldBy] | type[Temperature]) -> str:
    value = words.get(text.casefold())
    if value is None:
        named = _(", ").join(str(label) for label in choices.labels)
        raise RowFaulty((key, _("Please write one of these: %(words)s") % {"words": named}))
    return value


def _whole(key: str, text: str, least: int, most: int) -> int | None:
    if not text:
        return None
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
        raise RowFaulty((key, _("A whole number from %(least)s to %(most)s.") % {"least": least, "most": most}))
    return int(text)


def _fixed(key: str, text: str, reader: Any) -> int | None:
    try:
        value: int | None = reader.clean(text)
    except ValidationError as wrong:
        raise RowFaulty((key, wrong.messages[0])) from wrong
    return value


def words_for(stores: Iterable[Store]) -> dict[str, list[Store]]:
    """The stores that each word of a list may mean: their name, or their address (slug)."""
    found: dict[str, list[Store]] = {}
    for store in stores:
        for word in {store.slug, store.name}:
            found.setdefault(word, []).append(store)
    return found


def product_rows(user: User, region: Region, language: str) -> Iterator[list[object]]:
    """The goods of a county that the user may see, one row a pack, as an import reads them again in this language or the other.

    Visits and goods off sale are left out.
    """
    places = Places(region)
    cells = Cells(places.find)
    stores = words_for(Store.objects.visible_to(user).filter(region__in=Region.objects.within(region.code)))
    goods = Product.objects.visible_to(user).filter(origin__in=Region.objects.within(region.code))
    kept = goods.exclude(category__kind=GoodsKind.BOOKING).exclude(status="withdrawn").order_by("store_id", "pk")
    packs: QuerySet[Variant] = Variant.objects.filter(active=True, day=None).order_by("position", "pk")
    stock = Stock.objects.filter(frozen=False, on_hand__gt=0).select_related("lot")
    whole = kept.select_related("store", "category").prefetch_related(
        Prefetch("variants", queryset=packs.prefetch_related(Prefetch("stock", queryset=stock)))
    )
    for product in whole.iterator(chunk_size=1000):
        store = product.store
        said = {
            **_goods_said(product),
            "store": store.name if stores.get(store.name) == [store] else store.slug,
            "category": cells.category_written(product.category, language),
            "place": places.written(product.origin_id, language),
        }
        for packed in [_pack_said(pack) for pack in product.variants.all()] or [{}]:
            values = {**said, **packed}
            yield [values.get(column.key, "") for column in COLUMNS]


def _goods_said(product: Product) -> dict[str, Any]:
    return {
        "number": product.ref,
        "temperature": Temperature(product.temperature).label, "season_from": product.season_from,
        "season_to": product.season_to,
        "shelf_life": product.shelf_life_days, **{key: getattr(product, key) for key in TEXTS},
    }  # fmt: skip


def _pack_said(pack: Variant) -> dict[str, Any]:
    rows = list(pack.stock.all())
    lot = rows[0].lot if len(rows) == 1 else None
    return {
        "sku": pack.sku, "pack": pack.name, "pack_en": pack.name_en, "sold_by": SoldBy(pack.sold_by).label,
        "weight": _KILOGRAMS.prepare_value(pack.net_weight_g), "gross": _KILOGRAMS.prepare_value(pack.gross_weight_g),
        "price": _YUAN.prepare_value(pack.price_fen), "stock": sum(row.on_hand for row in rows),
        "harvested_on": lot.harvested_on if lot else None, "grower": f"H{lot.household_id}" if lot and lot.household_id else "",
        "least": pack.least, "most": pack.most, "tolerance": pack.tolerance_percent,
        **{key: _CENTIMETRES.prepare_value(getattr(pack, name)) for key, name in _SIZES.items()},
    }  # fmt: skip
