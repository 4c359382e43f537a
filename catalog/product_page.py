"""The product page: what a buyer may know of a product, in the language of the page."""

import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.http import Http404
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from catalog.campaigns import Goods
from catalog.cards import USUAL_CITY, Shown, seal_text
from catalog.models import CertificateKind, GoodsKind, Temperature
from catalog.offers import Offer, make_offers, reduce_prices
from catalog.places import county_and_township, name_of, read_names, short_place
from catalog.product_row import read_product
from sellers.models import LicenceKind
from sellers.names import family_of
from stations.models.region import ancestor_codes

# Shelf lives of whole months are told in months from here on.
DAYS_A_MONTH, TOLD_IN_DAYS = 30, 60
# So many days of a visit can be chosen at once; the later ones unfold.
DAYS_AT_ONCE = 6


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
    """What catalog/product.html shows; one query, and one each where a process hasn't read the names of its places or the campaigns.

    Raises Http404 for goods that are not on sale. `arrival` reckons with the usual city; orders.views.product may put another there.
    """
    row = read_product(ref)
    if row is None:
        raise Http404(_("These goods are not on sale, or no longer."))
    say = _english if get_language() == "en" else _chinese
    place_codes = ancestor_codes(row["origin_id"])
    read_names([USUAL_CITY, *place_codes, *county_and_township(row["store_region"])])
    station, store, name = say(row, "station"), say(row, "store"), say(row, "name")
    reduce_prices(row["variants"], Goods(row["id"], row["county_code"], row["store_id"], row["category_id"]))
    offers = make_offers(row["variants"], row["sort"])
    chosen = next((offer for offer in offers if offer.chosen), None)
    visit = row["sort"] == GoodsKind.BOOKING
    return {
        "name": name,
        "summary": say(row, "summary"),
        "story": say(row, "story"),
        "first_picture": Shown(**row["picture"]) if row["picture"]["sources"] else None,
        "more_pictures": [Shown(**picture) for picture in row["pictures"]],
        "illustrated": row["illustrated"],
        "variants": offers,
        "most": max((offer.left for offer in offers), default=0),
        "least": chosen.least if chosen else 1,
        "sold_out": all(offer.sold_out for offer in offers),
        "flash_packs": [offer for offer in offers if offer.apart],
        "promise": chosen.promise if chosen else "",
        "seasonal": bool(chosen and chosen.deliveries),
        "visit": _visit(row["details"]) if visit else None,
        **(_days(offers) if visit else {}),
        "craft": row["sort"] == GoodsKind.CRAFT,
        "back_url": reverse("back_notice_ask", args=[ref])
        if not visit and any(one.left <= 0 for one in offers)
        else "",
        "calendar_url": reverse("season_calendar_of", args=[row["origin_id"][:6]]) if row["season_from"] else "",
        "places": [name_of(code) for code in place_codes],
        "store": {
            "name": store,
            "url": reverse("store", args=[row["store_slug"]]),
            "place": short_place(row["store_region"]),
        },
        "facts": _facts(row),
        "lot": _lot(row["lot"]),
        "recalled": _recalled(row["recalled"]),
        "certificates": [_certificate(paper) for paper in row["certificates"]],
        "licences": [_licence(paper) for paper in row["licences"]],
        "entered_by": station if row["under_mandate"] else "",
        "station_id": row["station_id"],
        "chilled": row["temperature"] != Temperature.AMBIENT,
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


def _facts(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Label and text of what is known; nothing is said of what isn't."""
    facts = []
    if row["season_from"]:
        facts.append((_("Season"), season_text(row["season_from"], row["season_to"])))
    if row["shelf_life_days"]:
        facts.append((_("Keeps"), keeps_text(row["shelf_life_days"])))
    if row["sort"] != GoodsKind.BOOKING:
        facts.append((_("Travels"), _TRAVELS[row["temperature"]]()))
    if row["sort"] == GoodsKind.CRAFT and row["details"]:
        facts += _craft(row["details"])
    return facts


# Worked out when shown, in the language of the page.
_TRAVELS = {
    Temperature.AMBIENT: lambda: _("at room temperature"),
    Temperature.CHILLED: lambda: _("chilled all the way"),
    Temperature.FROZEN: lambda: _("frozen all the way"),
}


def _craft(details: dict[str, Any]) -> list[tuple[str, str]]:
    """Who made it, of what, its size and how long one takes, as far as it is said."""
    days = details["days_to_make"]
    said = [
        (_("Made by"), _say(details, "maker")),
        (_("Material"), _say(details, "material")),
        (_("Size"), details["size"]),
        (_("Time to make one"), ngettext("%(count)d day", "%(count)d days", days) % {"count": days} if days else ""),
    ]
    return [(label, text) for label, text in said if text]


def _days(offers: list[Offer]) -> dict[str, list[Offer]]:
    """The days with free places: the first ones to choose from at once, the rest to unfold."""
    free = [offer for offer in offers if not offer.sold_out]
    return {"days": free[:DAYS_AT_ONCE], "later_days": free[DAYS_AT_ONCE:]}


def _visit(details: dict[str, Any] | None) -> dict[str, str]:
    """What guests read before they book; nothing where nobody has written it."""
    if details is None:
        return {"directions": "", "hours": "", "calling_off": ""}
    return {
        "directions": _say(details, "directions"),
        "hours": details["hours"],
        "calling_off": _say(details, "calling_off"),
    }


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


def _recalled(lot: dict[str, Any] | None) -> dict[str, Any] | None:
    """The lot that was recalled last, for whoever has a bag of it."""
    if lot is None:
        return None
    url = reverse("trace", args=[lot["ref"]]) if _is_routed("trace") else ""
    return {"code": lot["code"], "url": url, "on": dt.date.fromisoformat(lot["on"])}


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
        "measured": [_measured(value) for value in lot["measured"]],
        "tests": [
            {**test, "tested_on": dt.date.fromisoformat(test["tested_on"]), "finding": _say(test, "finding")}
            for test in lot["tests"]
        ],
    }


def _measured(value: dict[str, Any]) -> str:
    """'Length 12.5 cm', 'Colour golden': one measured value."""
    if value["number"] is not None:
        said = f"{value['number']} {value['unit']}"
    else:
        said = _say(value, "word") or (_("yes") if value["yes"] else _("no"))
    return f"{_say(value, 'name')} {said}".strip()


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
