"""The product page: what a buyer may know of a product, in the language of the page."""

import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.http import Http404
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.cards import USUAL_CITY, Shown, seal_text
from catalog.models import CertificateKind, SoldBy, Temperature
from catalog.places import county_and_township, name_of, read_names, short_place
from catalog.product_row import read_product
from sellers.models import LicenceKind
from sellers.names import family_of
from stations.models.region import ancestor_codes

# Shelf lives of whole months are told in months from here on.
DAYS_A_MONTH, TOLD_IN_DAYS = 30, 60


@dataclass(slots=True)
class Offer:
    """One variant as the add-to-cart form shows it; `fen` is the price of one unit (a piece, or a jin), `left` how many there are."""

    pk: int
    name: str
    fen: int
    left: int
    sold_out: bool
    chosen: bool


@dataclass(slots=True)
class Stop:
    """A station or place on the way, and when goods would be there."""

    name: str
    arrive: dt.datetime


@dataclass(slots=True)
class Arrival:
    """When an order of now would be at a place: `earliest` is a day, None where it isn't known; `trouble` says why there is no way."""

    earliest: dt.date | None
    place: str
    from_station: str
    stops: list[Stop] = field(default_factory=list)
    trouble: str = ""


def product_context(ref: str) -> dict[str, Any]:
    """What catalog/product.html shows; one query, and one more until a process has read the names of its places.

    Raises Http404 for goods that are not on sale. `arrival` reckons with the usual city; orders.views.product may put another there.
    """
    row = read_product(ref)
    if row is None:
        raise Http404(_("These goods are not on sale, or no longer."))
    say = _english if get_language() == "en" else _chinese
    place_codes = ancestor_codes(row["origin_id"])
    read_names([USUAL_CITY, *place_codes, *county_and_township(row["store_region"])])
    station, store, name = say(row, "station"), say(row, "store"), say(row, "name")
    offers = _offers(row["variants"])
    return {
        "name": name,
        "summary": say(row, "summary"),
        "story": say(row, "story"),
        "first_picture": Shown(**row["picture"]) if row["picture"]["sources"] else None,
        "more_pictures": [Shown(**picture) for picture in row["pictures"]],
        "illustrated": row["illustrated"],
        "variants": offers,
        "most": max((offer.left for offer in offers), default=0),
        "sold_out": all(offer.sold_out for offer in offers),
        "places": [name_of(code) for code in place_codes],
        "store": {
            "name": store,
            "url": reverse("store", args=[row["store_slug"]]),
            "place": short_place(row["store_region"]),
        },
        "facts": _facts(row),
        "lot": _lot(row["lot"]),
        "certificates": [_certificate(paper) for paper in row["certificates"]],
        "licences": [_licence(paper) for paper in row["licences"]],
        "entered_by": station if row["under_mandate"] else "",
        "station_id": row["station_id"],
        "chilled": row["temperature"] == Temperature.CHILLED,
        "arrival": Arrival(
            earliest=_usual_day(row["arrives_in_days"]), place=name_of(USUAL_CITY), from_station=station
        ),
        "trail": [*_kinds(row), (name, "")],
        "cart_add": reverse("cart_add"),
    }


def _chinese(row: dict[str, Any], name: str) -> str:
    return str(row[name] or "")


def _english(row: dict[str, Any], name: str) -> str:
    return str(row[f"{name}_en"] or row[name] or "")


def _say(row: dict[str, Any], name: str) -> str:
    return _english(row, name) if get_language() == "en" else _chinese(row, name)


def _usual_day(days: int | None) -> dt.date | None:
    return timezone.localdate() + dt.timedelta(days=days) if days is not None else None


def _offers(variants: list[dict[str, Any]]) -> list[Offer]:
    """The packs in order; the first that is to be had is chosen."""
    offers: list[Offer] = []
    for variant in variants:
        name = _say(variant, "name")
        if variant["sold_by"] == SoldBy.WEIGHT:
            name = _("%(pack)s, price for one jin (500 g)") % {"pack": name}
        left = max(variant["left"], 0)
        chosen = left > 0 and not any(offer.chosen for offer in offers)
        offers.append(Offer(variant["pk"], name, variant["fen"], left, left == 0, chosen))
    return offers


def _facts(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Label and text of what is known; nothing is said of what isn't."""
    facts = []
    if row["season_from"]:
        facts.append((_("Season"), season_text(row["season_from"], row["season_to"])))
    if row["shelf_life_days"]:
        facts.append((_("Keeps"), keeps_text(row["shelf_life_days"])))
    chilled = row["temperature"] == Temperature.CHILLED
    facts.append((_("Travels"), _("chilled all the way") if chilled else _("at room temperature")))
    return facts


def season_text(first: int, last: int) -> str:
    """'7月至8月', 'July to August'; one month alone is written once."""
    if get_language() == "en":
        words = [f"{dt.date(2000, number, 1):%B}" for number in (first, last)]
        return words[0] if first == last else f"{words[0]} to {words[1]}"
    return f"{first}月" if first == last else f"{first}月至{last}月"


def keeps_text(days: int) -> str:
    """'18 个月', '18 months' for whole months of thirty days, days below two months."""
    if days >= TOLD_IN_DAYS and days % DAYS_A_MONTH == 0:
        return _("%(count)s months") % {"count": days // DAYS_A_MONTH}
    return _("%(count)s days") % {"count": days}


def _lot(lot: dict[str, Any] | None) -> dict[str, Any] | None:
    """The lot that is offered, with its grade and tests."""
    if lot is None:
        return None
    return {
        "code": lot["code"],
        "url": reverse("trace", args=[lot["ref"]]) if _is_routed("trace") else "",
        "harvested_on": dt.date.fromisoformat(lot["harvested_on"]),
        "farmer": family_of(lot["farmer"], lot["farmer_en"]) if lot["farmer"] else "",
        "grade": _say(lot, "grade"),
        "scheme": f"{lot['standard'] or ''} {_say(lot, 'title')}".strip(),
        "tests": [
            {**test, "tested_on": dt.date.fromisoformat(test["tested_on"]), "finding": _say(test, "finding")}
            for test in lot["tests"]
        ],
    }


@cache
def _is_routed(name: str) -> bool:
    try:
        reverse(name, args=["-"])
    except NoReverseMatch:
        return False
    return True


def _certificate(paper: dict[str, Any]) -> dict[str, Any]:
    number = paper["number"]
    return {
        "seal": seal_text(CertificateKind(paper["kind"])),
        "name": _say(paper, "name"),
        "number": _("%(number)s (a sample, issued by no agency)") % {"number": number} if paper["demo"] else number,
        "issuer": paper["issuer"] or paper["holder"],
        "until": dt.date.fromisoformat(paper["until"]),
    }


def _licence(paper: dict[str, Any]) -> dict[str, Any]:
    """A licence of the seller as buyers see it (E-Commerce Law of 2019, article 15)."""
    number = paper["number"]
    return {
        "name": LicenceKind(paper["kind"]).label,
        "number": _("%(number)s (a sample, issued by no agency)") % {"number": number} if paper["demo"] else number,
        "issuer": paper["issuer"],
        "until": dt.date.fromisoformat(paper["until"]) if paper["until"] else None,
    }


def _kinds(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (_say(row, kind), reverse("category", args=[row[f"{kind}_slug"]])) for kind in ("above", "kind") if row[kind]
    ]
