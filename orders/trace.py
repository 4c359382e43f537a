"""Tracing: what the code on a label opens. A parcel's goods with the hands that they passed through, or a lot's harvest and tests.

The page is public: stations, stores, villages and hours, and nothing about the buyer or about who stood behind a counter.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.visitors import visitor_page
from catalog.lot_story import (
    GradeStory,
    PartStory,
    TestStory,
    for_story,
    grade_story,
    part_stories,
    test_stories,
)
from catalog.models import Certificate, Lot, Product, ProductStatus, Recall, RecalledLot
from catalog.places import name_of, read_names
from delivery.custody import chain_of, side_names, verify_chain
from delivery.models import Parcel, ParcelKind, ParcelState
from orders.copied_codes import count_scan, mark_of
from orders.models import OrderLine
from sellers.models import Store, StoreStatus
from sellers.names import name_for_buyers
from stations.county_map import draw_map
from stations.models import Station
from stations.models.region import ancestor_codes

REFERENCE = re.compile(r"[A-Za-z0-9_-]{22}")
PILLS: dict[str, str] = {ParcelState.DELIVERED: "good", ParcelState.READY: "good", ParcelState.CANCELLED: "bad"}
_CONSENTS = ("household__consents", "product__store__household__consents")
_ABOVE = ("region", "parent__region", "parent__parent__region")


@dataclass(frozen=True, slots=True)
class LotStory:
    """What is known of a lot; `places` from the province to the village. One to come is `promised` for a week (its Monday)."""

    code: str
    url: str
    farmer: str
    plot: str
    harvested_on: dt.date | None
    harvested_until: dt.date | None
    promised: dt.date | None
    recalled_at: dt.datetime | None
    recall: Recall | None
    places: list[str]
    grade: GradeStory | None
    tests: list[TestStory]
    parts: list[PartStory]


@dataclass(frozen=True, slots=True)
class Traced:
    """Goods of one kind: what they are, whose, and of which lot; `store_url` is empty unless the store is open."""

    name: str
    url: str
    picture: Any
    store: str
    store_url: str
    lot: LotStory | None


@visitor_page
@require_safe
def trace(request: HttpRequest, ref: str) -> HttpResponse:
    """The story of a parcel or a lot by its reference; a clear page with status 404 for a code that isn't ours."""
    context = (_parcel_story(ref) or _lot_story(ref)) if REFERENCE.fullmatch(ref) else None
    if context is None:
        return render(request, "orders/trace_unknown.html", status=404)
    station: Station = context["station"]
    count_scan(request, ref, village_code=station.region_id, bags=context["bags"])
    context["copied"] = mark_of(ref)
    context["drawing"] = draw_map(station.county_code, _up_from(station))
    return render(request, "orders/trace.html", context)


def _parcel_story(ref: str) -> dict[str, Any] | None:
    parcel = Parcel.objects.filter(ref=ref).select_related(*(f"origin__{each}" for each in _ABOVE)).first()
    if parcel is None:
        return None
    chain = chain_of(parcel)
    names, goods = (
        side_names(side for handover in chain for side in (handover.giver, handover.taker)),
        _goods_of(parcel),
    )
    if chain and goods and parcel.kind == ParcelKind.PARCEL:
        names[chain[0].giver] = goods[0].store  # in the language of the page; the chain itself names nobody
    elif chain:
        names[chain[0].giver] = parcel.sender
    events = [
        {
            "title": capfirst(handover.get_kind_display()),
            "when": min(handover.device_time, handover.server_time),
            "text": f"{names[handover.giver]} → {names[handover.taker]}",
            "state": "done",
        }
        for handover in chain
    ]
    if events and parcel.state != ParcelState.DELIVERED:
        events[-1]["state"] = "now"
    return {
        "parcel": parcel,
        "pill": PILLS.get(parcel.state, "busy"),
        "events": events,
        "unbroken": bool(chain) and verify_chain(parcel, chain),
        "places": _places(parcel.origin.region_id),
        "goods": goods,
        "station": parcel.origin,
        "bags": 1,
    }


def _up_from(station: Station) -> list[Station]:
    """A station and those above it: the way that its goods take out of the county (load their regions)."""
    found: list[Station] = []
    step: Station | None = station
    while step is not None:
        found.append(step)
        step = step.parent
    return found


def _lot_story(ref: str) -> dict[str, Any] | None:
    lot = _lots().filter(ref=ref).first()
    if lot is None:
        return None
    product = lot.product
    goods = _traced(product.name, product.name_en, product, product.store, lot)
    return {
        "lot": goods.lot,
        "goods": [goods],
        "certificates": Certificate.objects.of(product).valid().order_by("kind"),
        "station": product.store.station,
        "bags": lot.order_lines.aggregate(bags=Sum("quantity"))["bags"] or 1,
    }


def _lots() -> QuerySet[Lot]:
    recalls = RecalledLot.objects.filter(recall__in=Recall.objects.in_force()).select_related("recall")
    return (
        for_story(Lot.objects.all())
        .prefetch_related(Prefetch("recalled_by", recalls, to_attr="in_force"), *_CONSENTS)
        .select_related(
            "product__picture", "product__store__household", *(f"product__store__station__{each}" for each in _ABOVE)
        )
    )


def _goods_of(parcel: Parcel) -> list[Traced]:
    """The goods in a parcel or, of a box, in all of its parcels."""
    inside = {"consignment__parcel__box": parcel} if parcel.kind == ParcelKind.BOX else {"consignment__parcel": parcel}
    lines = (
        OrderLine.objects.filter(**inside)
        .select_related("consignment__store", "product__picture")
        .prefetch_related(Prefetch("lot", _lots()))
        .order_by("pk")
    )
    return [
        _traced(
            f"{line.name} {line.pack}",
            f"{line.name_en or line.name}, {line.pack_en or line.pack}",
            line.product,
            line.consignment.store,
            line.lot,
        )
        for line in lines
    ]


def _traced(name: str, name_en: str, product: Product | None, store: Store, lot: Lot | None) -> Traced:
    open_store = store.status == StoreStatus.OPEN
    listed = product is not None and product.status == ProductStatus.LISTED and product.store_open
    return Traced(
        name=_say(name, name_en),
        url=reverse("product", args=[product.ref]) if product is not None and listed else "",
        picture=product.picture if product is not None else None,
        store=store.label,
        store_url=reverse("store", args=[store.slug]) if open_store else "",
        lot=_story_of(lot) if lot is not None else None,
    )


def _story_of(lot: Lot) -> LotStory:
    return LotStory(
        code=lot.code,
        url=reverse("trace", args=[lot.ref]),
        farmer=name_for_buyers(lot.household or lot.product.store.household),
        plot=lot.plot,
        harvested_on=lot.harvested_on,
        harvested_until=lot.harvested_until,
        promised=lot.promised_week,
        recalled_at=lot.recalled_at,
        recall=next((found.recall for found in lot.in_force), None),  # type: ignore[attr-defined]
        places=_places(lot.region_id),
        grade=grade_story(lot),
        tests=test_stories(lot),
        parts=part_stories(lot),
    )


def _places(code: str) -> list[str]:
    """The names of a region and those above it, province first."""
    codes = ancestor_codes(code)
    read_names(codes)
    return [name for name in (name_of(each) for each in codes) if name]


def _say(zh: str, en: str) -> str:
    return (en or zh) if get_language() == "en" else zh
