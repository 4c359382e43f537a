"""The product page: everything a buyer may know of a product, in three queries."""

import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.http import Http404
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.cards import USUAL_CITY, Shown, seal_text, short_place
from catalog.models import (
    Certificate,
    CertificateKind,
    LotTest,
    Product,
    ProductPicture,
    SoldBy,
    Temperature,
    Variant,
)
from catalog.places import county_and_township, name_of, read_names
from stations.models.region import ancestor_codes


@dataclass(slots=True)
class Offer:
    """One variant as the add-to-cart form shows it; `fen` is the price of one unit (a piece, or a jin)."""

    pk: int
    name: str
    fen: int
    sold_out: bool
    chosen: bool
    by_weight: bool
    left: int


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


def find_product(ref: str) -> Product:
    """A product on sale with everything its page shows of it alone; one query. Raises Http404."""
    pictures = ProductPicture.objects.filter(product=OuterRef("pk")).order_by("position", "pk")
    certificates = Certificate.objects.valid().filter(product=OuterRef("pk")).order_by("kind", "pk")
    found = (
        Product.objects.on_sale()
        .filter(ref=ref)
        .select_related("store__household", "store__station__parent", "category__parent", "picture", "mandate")
        .annotate(
            more_pictures=ArraySubquery(
                pictures.values(made=JSONObject(**{name: f"picture__{name}" for name in Shown.__slots__}))
            ),
            papers=ArraySubquery(
                certificates.values(
                    made=JSONObject(
                        kind="kind",
                        name="name",
                        name_en="name_en",
                        number="number",
                        holder="holder",
                        until="valid_until",
                        demo="demo",
                    )
                )
            ),
        )
        .defer("search")
        .first()
    )
    if found is None:
        raise Http404(_("These goods are not on sale, or no longer."))
    return found


def product_context(ref: str) -> dict[str, Any]:
    """What catalog/product.html shows, in the language of the page; three queries, two once the names of places were read.

    Raises Http404 for goods that are not on sale. `arrival` reckons with the usual city; orders.views.product may put another there.
    """
    product = find_product(ref)
    variants = list(_offered(product))
    place_codes = ancestor_codes(product.origin_id)
    read_names([USUAL_CITY, *place_codes, *county_and_township(product.store.region_id)])
    gallery = [product.picture] if product.picture else []
    gallery += [Shown(**made) for made in product.more_pictures]  # type: ignore[attr-defined]
    return {
        "product": product,
        "name": _say(product.name, product.name_en),
        "summary": _say(product.summary, product.summary_en),
        "story": _say(product.story, product.story_en),
        "gallery": gallery,
        "illustrated": bool(product.picture and product.picture.is_illustration),
        "variants": _offers(variants),
        "most": max((variant.available for variant in variants), default=0),
        "sold_out": not any(variant.available > 0 for variant in variants),
        "places": [name_of(code) for code in place_codes],
        "store": _store(product),
        "facts": _facts(product),
        "lot": _lot(variants),
        "certificates": [_certificate(paper) for paper in product.papers],  # type: ignore[attr-defined]
        "entered_by": product.store.station.label if product.mandate_id else "",
        "arrival": usual_arrival(product),
        "trail": _trail(product),
        "cart_add": reverse("cart_add"),
    }


def usual_arrival(product: Product) -> Arrival:
    """The estimate for the usual city, which orders.arrival keeps on the product: no query."""
    days = product.arrives_in_days
    station = product.store.station
    return Arrival(
        earliest=timezone.localdate() + dt.timedelta(days=days) if days is not None else None,
        place=name_of(USUAL_CITY),
        from_station=station.label,
    )


def _say(zh: str, en: str) -> str:
    return (en or zh) if get_language() == "en" else zh


def _offered(product: Product) -> "QuerySet[Variant]":
    """The variants with their lots, grades and tests; one query."""
    tests = LotTest.objects.filter(lot=OuterRef("lot_id")).order_by("-tested_on", "-pk")
    report = JSONObject(
        **{name: name for name in ("agency", "standard", "tested_on", "passed", "finding", "finding_en")}
    )
    return (
        Variant.objects.filter(product=product, active=True)
        .select_related("lot__grade__scheme")
        .annotate(reports=ArraySubquery(tests.values(made=report)))
        .order_by("position", "pk")
    )


def _lot(variants: list[Variant]) -> dict[str, Any] | None:
    """The lot on sale with its grade and tests; None when no variant names one, or it was recalled."""
    for variant in variants:
        lot = variant.lot
        if lot is None or lot.recalled_at:
            continue
        scheme = lot.grade.scheme if lot.grade else None
        return {
            "code": lot.code,
            "url": reverse("trace", args=[lot.ref]) if _is_routed("trace") else "",
            "harvested_on": lot.harvested_on,
            "grade": lot.grade.label if lot.grade else "",
            "scheme": f"{scheme.standard} {_say(scheme.title, scheme.title_en)}".strip() if scheme else "",
            "tests": [
                {
                    **report,
                    "tested_on": dt.date.fromisoformat(report["tested_on"]),
                    "finding": _say(report["finding"], report["finding_en"]),
                }
                for report in variant.reports  # type: ignore[attr-defined]
            ],
        }
    return None


@cache
def _is_routed(name: str) -> bool:
    try:
        reverse(name, args=["-"])
    except NoReverseMatch:
        return False
    return True


def _offers(variants: list[Variant]) -> list[Offer]:
    offers = []
    chosen = False
    for variant in variants:
        left = variant.available
        name = variant.label
        by_weight = variant.sold_by == SoldBy.WEIGHT
        if by_weight:
            name = _("%(pack)s, price for one jin (500 g)") % {"pack": name}
        offers.append(Offer(variant.pk, name, variant.price_fen, left <= 0, left > 0 and not chosen, by_weight, left))
        chosen = chosen or left > 0
    return offers


def _store(product: Product) -> dict[str, str]:
    store = product.store
    url = reverse("store", args=[store.slug])
    return {"name": store.label, "url": url, "place": short_place(store.region_id), "point": store.station.label}


def _facts(product: Product) -> list[tuple[str, str]]:
    """Label and text of what is known; nothing is said of what isn't."""
    facts = []
    if product.season_from and product.season_to:
        facts.append((_("Season"), season_text(product.season_from, product.season_to)))
    if product.shelf_life_days:
        facts.append((_("Keeps"), keeps_text(product.shelf_life_days)))
    chilled = product.temperature == Temperature.CHILLED
    facts.append((_("Travels"), _("chilled all the way") if chilled else _("at room temperature")))
    return facts


def season_text(first: int, last: int) -> str:
    """'7月至8月', 'July to August'; one month alone is written once."""
    names = [dt.date(2000, number, 1) for number in (first, last)]
    if get_language() == "en":
        words = [f"{day:%B}" for day in names]
        return words[0] if first == last else f"{words[0]} to {words[1]}"
    return f"{first}月" if first == last else f"{first}月至{last}月"


def keeps_text(days: int) -> str:
    """'18 个月', '18 months' for whole months of thirty days, days below two months."""
    if days >= 60 and days % 30 == 0:
        return _("%(count)s months") % {"count": days // 30}
    return _("%(count)s days") % {"count": days}


def _certificate(paper: dict[str, Any]) -> dict[str, Any]:
    kind = CertificateKind(paper["kind"])
    number = paper["number"]
    return {
        "seal": seal_text(kind),
        "name": _say(paper["name"], paper["name_en"]),
        "number": _("%(number)s (a sample, issued by no agency)") % {"number": number} if paper["demo"] else number,
        "issuer": "",
        "holder": paper["holder"],
        "until": dt.date.fromisoformat(paper["until"]),
    }


def _trail(product: Product) -> list[tuple[str, str]]:
    above = [product.category.parent] if product.category.parent else []
    kinds = [(kind.label, reverse("category", args=[kind.slug])) for kind in (*above, product.category)]
    return [*kinds, (_say(product.name, product.name_en), "")]
