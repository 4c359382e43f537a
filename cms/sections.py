"""The parts of a hall as a page shows them: whatever their number, goods, stores and pictures are read in one query each."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import nh3
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.blocks.list_block import ListBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.rich_text import expand_db_html

from catalog.cards import Card, Shown, make_cards, seal_text
from catalog.cards import card_rows as read_card_rows
from catalog.models import Certificate, CertificateKind, CountyBrand, Product
from catalog.places import name_of, read_names
from catalog.product_page import season_text
from pictures.models import Picture
from sellers.models import Store
from stations.models.region import code_range
from stations.place_names import place_name

RawBlock = Mapping[str, Any]
GOODS_NAMED = 3
# What the editor's features make; whatever else a text holds is dropped when it is shown.
TEXT_TAGS = {"p", "b", "strong", "i", "em", "ol", "ul", "li", "br"}


@dataclass(frozen=True, slots=True)
class Section:
    """One part: its kind (the name of its block), the template that shows it, and what that template reads."""

    kind: str
    anchor: str
    show: Any

    @property
    def template(self) -> str:
        """The template that shows it."""
        return f"cms/sections/{self.kind}.html"


@dataclass(frozen=True, slots=True)
class Story:
    """Words and perhaps a picture; the picture of every second story stands on the left."""

    heading: str
    text: SafeString
    picture: Shown | None
    caption: str
    illustration: bool
    turned: bool


@dataclass(frozen=True, slots=True)
class Goods:
    """Cards of goods."""

    heading: str
    cards: list[Card]


@dataclass(frozen=True, slots=True)
class Producer:
    """A store as a hall introduces it."""

    url: str
    name: str
    place: str
    story: str
    goods: str
    picture: Shown | None


@dataclass(frozen=True, slots=True)
class Producers:
    """Stores of the county."""

    heading: str
    stores: list[Producer]


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate that holds today; `demo` for a sample."""

    seal: str
    name: str
    number: str
    holder: str
    until: dt.date
    demo: bool


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """A broadcast or fair; `state` is upcoming, now or over."""

    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    where: str
    url: str
    state: str

    @property
    def same_day(self) -> bool:
        """Whether it ends on the day on which it begins, in Shanghai."""
        return timezone.localtime(self.starts_at).date() == timezone.localtime(self.ends_at).date()


@dataclass(frozen=True, slots=True)
class SeasonRow:
    """One piece of work in the year: spans of (x, width) in twelfths of 120; a span over New Year becomes two."""

    what: str
    months: str
    spans: list[tuple[int, int]]
    now: bool


@dataclass(frozen=True, slots=True)
class Season:
    """The farming year; `marker` is where this month begins, in the same units."""

    heading: str
    rows: list[SeasonRow]
    marker: int
    numbers: range = range(1, 13)


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody said."""

    text: str
    who: str


@dataclass(slots=True)
class _Read:
    """Everything that the parts of one hall refer to, by key."""

    cards: dict[int, Card] = field(default_factory=dict)
    stores: dict[int, Producer] = field(default_factory=dict)
    pictures: dict[int, tuple[Shown, bool]] = field(default_factory=dict)
    papers: set[tuple[str, str]] = field(default_factory=set)
    stories: int = 0


def chosen(block: RawBlock, name: str) -> list[int]:
    """The keys that a list of a raw block holds, in order."""
    values = [item["value"] if isinstance(item, Mapping) else item for item in block["value"].get(name) or ()]
    return [int(value) for value in values if value]


def foreign_choices(blocks: Sequence[RawBlock], *, county_code: str) -> dict[int, StructBlockValidationError]:
    """Errors, by the position of the block, for goods and stores that are not of the county (six digits). Two queries at most."""
    goods = {key for block in blocks if block["type"] == "goods" for key in chosen(block, "products")}
    stores = {key for block in blocks if block["type"] == "producers" for key in chosen(block, "stores")}
    strange_goods = set(
        Product.objects.filter(pk__in=goods).exclude(county_code=county_code).values_list("pk", flat=True)
    )
    first, last = code_range(county_code + "0" * 6)
    own = Q(region_id__gte=first, region_id__lte=last)
    strange_stores = set(Store.objects.filter(~own, pk__in=stores).values_list("pk", flat=True))
    wrong = {}
    for position, block in enumerate(blocks):
        for kind, name, strange in (("goods", "products", strange_goods), ("producers", "stores", strange_stores)):
            if block["type"] != kind:
                continue
            errors = {place: _foreign() for place, key in enumerate(chosen(block, name)) if key in strange}
            if errors:
                wrong[position] = StructBlockValidationError(
                    block_errors={name: ListBlockValidationError(block_errors=errors)}
                )
    return wrong


def _foreign() -> ValidationError:
    return ValidationError(_("This is of another county. A hall shows its own county's goods and stores."))


def read_sections(blocks: Sequence[RawBlock]) -> list[Section]:
    """The parts of a hall that have something to show today, in order; five queries at most, whatever their number.

    Goods that are no longer on sale, closed stores, and certificates that have run out or that no brand or accepted paper of that
    number stands behind, are left out.
    """
    read = _Read(
        cards=_cards(key for block in blocks if block["type"] == "goods" for key in chosen(block, "products")),
        stores=_stores(key for block in blocks if block["type"] == "producers" for key in chosen(block, "stores")),
        pictures=_pictures(block["value"].get("picture") for block in blocks if block["type"] == "story"),
        papers=_papers(block["value"]["number"] for block in blocks if block["type"] == "certificate"),
    )
    sections = []
    for position, block in enumerate(blocks, start=1):
        shower = _SHOWN.get(block["type"])
        show = shower(block, read) if shower else None
        if show is not None:
            sections.append(Section(block["type"], f"part-{position}", show))
    return sections


def _cards(keys: Iterable[int]) -> dict[int, Card]:
    wanted = set(keys)
    if not wanted:
        return {}
    rows = read_card_rows(Product.objects.on_sale().filter(pk__in=wanted))
    return {row["pk"]: card for row, card in zip(rows, make_cards(rows), strict=True)}


def _papers(numbers: Iterable[str]) -> set[tuple[str, str]]:
    """Kind and number of what stands behind a hall's certificates: brands that the county keeps, certificates that it accepted."""
    wanted, today = set(numbers), timezone.localdate()
    if not wanted:
        return set()
    brands = CountyBrand.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=today), number__in=wanted, valid_from__lte=today
    )
    accepted = Certificate.objects.valid().filter(number__in=wanted).values_list("kind", "number")
    return {*accepted, *((CertificateKind.GEOGRAPHICAL.value, brand.number) for brand in brands.only("number"))}


def _pictures(keys: Iterable[Any]) -> dict[int, tuple[Shown, bool]]:
    wanted = {int(key) for key in keys if key}
    if not wanted:
        return {}
    return {
        picture.pk: (
            Shown(picture.sources, picture.width, picture.height, picture.title, picture.alt_zh, picture.alt_en),
            picture.is_illustration,
        )
        for picture in Picture.objects.filter(pk__in=wanted)
    }


def _stores(keys: Iterable[int]) -> dict[int, Producer]:
    wanted = set(keys)
    if not wanted:
        return {}
    stores = list(Store.objects.open().filter(pk__in=wanted).select_related("picture"))
    read_names(store.region_id for store in stores)
    read_names(store.region_id[:9] + "000" for store in stores)
    goods: dict[int, list[str]] = {}
    named = Product.objects.on_sale().filter(store__in=stores).order_by("-sold_units", "-pk")
    for store_id, name, name_en in named.values_list("store_id", "name", "name_en"):
        goods.setdefault(store_id, []).append((name_en or name) if get_language() == "en" else name)
    return {store.pk: _producer(store, goods.get(store.pk, [])) for store in stores}


def _producer(store: Store, goods: list[str]) -> Producer:
    picture = store.picture
    english = get_language() == "en"
    return Producer(
        url=reverse("store", args=[store.slug]),
        name=store.label,
        place=village_and_township(store.region_id),
        story=store.story_label,
        goods=(", " if english else "、").join(goods[:GOODS_NAMED]),
        picture=Shown(picture.sources, picture.width, picture.height) if picture else None,
    )


def village_and_township(village_code: str) -> str:
    """'黄土铺镇 三星村' ('Sanxing, Huangtupu') of a village whose names were read (catalog.places.read_names)."""
    township, village = name_of(village_code[:9] + "000"), place_name(name_of(village_code))
    if township == village:
        township = ""
    parts = [village, township] if get_language() == "en" else [township, village]
    return (", " if get_language() == "en" else " ").join(part for part in parts if part)


def _story(block: RawBlock, read: _Read) -> Story:
    value = block["value"]
    picture, illustration = read.pictures.get(int(value.get("picture") or 0), (None, False))
    read.stories += 1
    text = SafeString(nh3.clean(expand_db_html(value["text"]), tags=TEXT_TAGS, attributes={}))
    return Story(
        value["heading"], text, picture, value.get("caption") or "", illustration, turned=read.stories % 2 == 0
    )


def _goods(block: RawBlock, read: _Read) -> Goods | None:
    cards = [read.cards[key] for key in chosen(block, "products") if key in read.cards]
    return Goods(block["value"]["heading"], cards) if cards else None


def _producers(block: RawBlock, read: _Read) -> Producers | None:
    stores = [read.stores[key] for key in chosen(block, "stores") if key in read.stores]
    return Producers(block["value"]["heading"], stores) if stores else None


def _certificate(block: RawBlock, read: _Read) -> Certified | None:
    value = block["value"]
    until = _date(value["valid_until"])
    if until is None or until < timezone.localdate() or (value["kind"], value["number"]) not in read.papers:
        return None
    return Certified(
        seal=seal_text(CertificateKind(value["kind"])),
        name=value["name"],
        number=value["number"],
        holder=value["holder"],
        until=until,
        demo=bool(value.get("demo")),
    )


def _event(block: RawBlock, read: _Read) -> LiveEvent | None:
    value = block["value"]
    starts_at, ends_at = _moment(value["starts_at"]), _moment(value["ends_at"])
    if starts_at is None or ends_at is None:
        return None
    now = timezone.now()
    state = "upcoming" if now < starts_at else "now" if now < ends_at else "over"
    return LiveEvent(value["title"], starts_at, ends_at, value["where"], value.get("url") or "", state)


def _season(block: RawBlock, read: _Read) -> Season:
    month = timezone.localdate().month
    raw = [item.get("value", item) for item in block["value"]["rows"]]
    rows = [
        _season_row(row["what"], int(row["first"]), int(row["last"]), month)
        for row in raw
        if row["first"] and row["last"]  # a draft in preview may lack them
    ]
    return Season(block["value"]["heading"], rows, marker=(month - 1) * 10)


def _season_row(what: str, first: int, last: int, month: int) -> SeasonRow:
    over_new_year = last < first
    spans = [(first, 12), (1, last)] if over_new_year else [(first, last)]
    now = (month >= first or month <= last) if over_new_year else first <= month <= last
    return SeasonRow(
        what, season_text(first, last), [((start - 1) * 10, (end - start + 1) * 10) for start, end in spans], now
    )


def _quote(block: RawBlock, read: _Read) -> Quote:
    return Quote(block["value"]["text"], block["value"]["who"])


def _date(value: Any) -> dt.date | None:
    return value if isinstance(value, dt.date) else parse_date(str(value or ""))


def _moment(value: Any) -> dt.datetime | None:
    moment = value if isinstance(value, dt.datetime) else parse_datetime(str(value or ""))
    return timezone.make_aware(moment) if moment and timezone.is_naive(moment) else moment


_SHOWN = {
    "story": _story,
    "goods": _goods,
    "producers": _producers,
    "certificate": _certificate,
    "event": _event,
    "season": _season,
    "quote": _quote,
}
