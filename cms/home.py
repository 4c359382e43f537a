"""What the home page shows of the shop today: halls, goods in season, what just left the villages, and how many take part."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Left
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from catalog.browse import in_season, just_listed
from catalog.cards import Card, Shown
from catalog.models import Flow
from catalog.places import name_of, read_names
from cms.models import HallPage, open_to_visitors
from cms.sections import village_and_township
from delivery.models import ParcelState
from orders.models import OrderLine
from sellers.models import Store

SEASON_CARDS, DEPARTURES, HALLS = 8, 6, 6
# How far back the shop says 'just'.
JUST = dt.timedelta(days=10)
# Lines read for the departures: an order may have several lines a parcel, and one kind of goods is shown once.
_LINES_READ = 40


@dataclass(frozen=True, slots=True)
class HallCard:
    """A hall in a list (components/hall_card.html)."""

    url: str
    name: str
    place: str
    line: str
    picture: Shown | None


@dataclass(frozen=True, slots=True)
class Departure:
    """Goods that a village point handed on: what, from which village, when. Nothing of who bought them."""

    url: str
    name: str
    grams: int
    county: str
    village: str
    at: dt.datetime
    picture: Shown | None


@dataclass(frozen=True, slots=True)
class Home:
    """All that the home page lists. `in_season` is False where nothing is in season and the newest goods stand in."""

    halls: list[HallCard]
    goods: list[Card]
    in_season: bool
    departures: list[Departure]
    stores: int
    villages: int
    counties: int


def read_home(at: dt.datetime | None = None) -> Home:
    """The home page's lists in the language of the page; seven queries at most, whatever the number of goods (one more off season)."""
    goods = in_season(SEASON_CARDS)
    stores = Store.objects.open().aggregate(
        stores=Count("pk"), villages=Count("region", distinct=True), counties=Count(Left("region_id", 6), distinct=True)
    )
    return Home(
        halls=hall_cards()[:HALLS],
        goods=goods or just_listed(SEASON_CARDS),
        in_season=bool(goods),
        departures=read_departures(at or timezone.now()),
        **stores,
    )


def hall_cards() -> list[HallCard]:
    """Every hall that visitors may see, in the language of the page, the earliest first; one query (two with page restrictions)."""
    language = get_language() or "zh-hans"
    halls = open_to_visitors(HallPage.objects.all(), language).select_related("county__parent__parent", "hero_picture")
    address = reverse("hall", args=["-"])
    return [
        HallCard(
            url=address.replace("/-/", f"/{hall.slug}/"),
            name=hall.title,
            place=_province_and_county(hall.county, english=language == "en"),
            line=hall.line,
            picture=_shown(hall.hero_picture),
        )
        for hall in halls.defer("body").order_by("path")
    ]


def _province_and_county(county: Any, *, english: bool) -> str:
    province = county.parent.parent
    return f"{county.latin}, {province.latin}" if english else f"{province.name} {county.name}"


def _shown(picture: Any) -> Shown | None:
    return Shown(picture.sources, picture.width, picture.height, picture.title) if picture else None


def read_departures(now: dt.datetime) -> list[Departure]:
    """The farm goods that were handed over at village points last, the latest first, each kind of goods once; two queries at most."""
    rows = (
        OrderLine.objects.filter(
            ~Q(consignment__parcel__state=ParcelState.CANCELLED),
            consignment__parcel__collected_at__range=(now - JUST, now),
            flow=Flow.OUTBOUND,
            product__status="listed",
            product__store_open=True,
        )
        .order_by("-consignment__parcel__collected_at", "pk")
        .values(
            "name", "name_en", "unit_weight_g", "village_code", "product__ref", "consignment__parcel__collected_at",
            "product__picture__sources", "product__picture__width", "product__picture__height",
        )[:_LINES_READ]
    )  # fmt: skip
    latest: dict[str, dict[str, Any]] = {}
    for row in rows:
        latest.setdefault(row["product__ref"], dict(row))
    chosen = list(latest.values())[:DEPARTURES]
    read_names(code for row in chosen for code in _place_codes(row["village_code"]))
    return list(_departures(chosen))


def _place_codes(village_code: str) -> tuple[str, str, str]:
    return village_code[:6] + "0" * 6, village_code[:9] + "0" * 3, village_code


def _departures(rows: Iterable[dict[str, Any]]) -> Iterable[Departure]:
    english, address = get_language() == "en", reverse("product", args=["-"])
    for row in rows:
        sources = row["product__picture__sources"]
        yield Departure(
            url=address.replace("/-/", f"/{row['product__ref']}/"),
            name=(row["name_en"] or row["name"]) if english else row["name"],
            grams=row["unit_weight_g"],
            county=name_of(row["village_code"][:6] + "0" * 6),
            village=village_and_township(row["village_code"]),
            at=row["consignment__parcel__collected_at"],
            picture=Shown(sources, row["product__picture__width"], row["product__picture__height"])
            if sources
            else None,
        )
