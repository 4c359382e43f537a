"""What the home page shows of the shop today: halls, goods in season, what just left the villages, and how many take part."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from catalog.browse import in_season, just_listed
from catalog.cards import Card, Shown
from catalog.places import name_of, read_names
from cms.home_rows import count_stores, read_halls, read_lines_handed_over
from cms.sections import village_and_township

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
    return Home(
        halls=hall_cards()[:HALLS],
        goods=goods or just_listed(SEASON_CARDS),
        in_season=bool(goods),
        departures=read_departures(at or timezone.now()),
        **count_stores(),
    )


def hall_cards() -> list[HallCard]:
    """Every hall that visitors may see, in the language of the page, the earliest first; one query."""
    language = get_language() or "zh-hans"
    english, address = language == "en", reverse("hall", args=["-"])
    return [
        HallCard(
            url=address.replace("/-/", f"/{row['slug']}/"),
            name=row["title"],
            place=f"{row['county_en']}, {row['province_en']}" if english else f"{row['province']} {row['county']}",
            line=row["line"],
            picture=Shown(row["sources"], row["width"], row["height"], row["picture_title"])
            if row["sources"]
            else None,
        )
        for row in read_halls(language)
    ]


def read_departures(now: dt.datetime) -> list[Departure]:
    """The farm goods that were handed over at village points last, the latest first, each kind of goods once; two queries at most."""
    latest: dict[str, dict[str, Any]] = {}
    for row in read_lines_handed_over(now - JUST, now, _LINES_READ):
        latest.setdefault(row["ref"], row)
    chosen = list(latest.values())[:DEPARTURES]
    read_names(code for row in chosen for code in _place_codes(row["village_code"]))
    return list(_departures(chosen))


def _place_codes(village_code: str) -> tuple[str, str, str]:
    return village_code[:6] + "0" * 6, village_code[:9] + "0" * 3, village_code


def _departures(rows: Iterable[dict[str, Any]]) -> Iterable[Departure]:
    english, address = get_language() == "en", reverse("product", args=["-"])
    for row in rows:
        yield Departure(
            url=address.replace("/-/", f"/{row['ref']}/"),
            name=(row["name_en"] or row["name"]) if english else row["name"],
            grams=row["grams"],
            county=name_of(row["village_code"][:6] + "0" * 6),
            village=village_and_township(row["village_code"]),
            at=row["collected_at"],
            picture=Shown(row["sources"], row["width"], row["height"]) if row["sources"] else None,
        )
