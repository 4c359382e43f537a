"""Collection: the village point takes a store's goods from the farmer, weighs them, and the parcel begins its way."""

import datetime as dt
import logging
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from accounts.models import User
from catalog import stock
from catalog.models import SoldBy
from delivery.models import Handover, HeldScan, ParcelState, ScanKind
from delivery.scanning import scan
from orders.draws import draws_of
from orders.models import Consignment, OrderLine, OrderState
from stations.keeping import require_working
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of

logger = logging.getLogger("daylily.stock")

# A scale that says half or double of what was sold has read the wrong bag, or the wrong unit.
LIGHTEST_PERCENT, HEAVIEST_PERCENT = 50, 200
# Lines without a lot know no harvest, and can't be recalled.
NOT_RECALLED = {"lot__recalled_at": None}


class NothingToCollect(ValueError):
    """The consignment is not paid, or its parcel is not planned yet."""


class AllRecalled(NothingToCollect):
    """Everything in the consignment was recalled or paid back: it stays at the farm."""


class WeightOutOfBand(ValueError):
    """A weight is missing, or far from what was sold; `lines` are they (line, grams expected)."""

    def __init__(self, lines: list[tuple[OrderLine, int]]) -> None:
        super().__init__(", ".join(str(line) for line, _grams in lines))
        self.lines = lines


def to_collect(user: User) -> QuerySet[Consignment]:
    """What the stations of the user's postings have to collect: paid, planned, not yet handed over by the farmer; soonest first."""
    return (
        Consignment.objects.filter(
            scope_of(user).covers("parcel__origin__region_id"),
            order__state=OrderState.PAID,
            parcel__state=ParcelState.PLANNED,
        )
        .select_related("store__household", "store__region", "station", "parcel__origin", "parcel__destination_region")
        .order_by("parcel__origin__code", "order__paid_at", "id")
    )


def collectable(user: User) -> QuerySet[Consignment]:
    """The consignments whose weigh page the user may open: paid ones with a parcel, at stations of their postings."""
    return Consignment.objects.filter(
        scope_of(user).covers("parcel__origin__region_id"),
        order__state__in=(OrderState.PAID, OrderState.REFUNDED),
        parcel__isnull=False,
    ).select_related(
        "order", "store__household", "store__region", "station", "parcel__origin", "parcel__destination_region"
    )


def expected_grams(line: OrderLine) -> int:
    """What the goods of a line should weigh without packing."""
    return line.unit_weight_g * line.left_units


def in_band(line: OrderLine, grams: int) -> bool:
    """Whether a weight can be that of the line."""
    expected = expected_grams(line)
    return expected * LIGHTEST_PERCENT <= grams * 100 <= expected * HEAVIEST_PERCENT


def beyond_tolerance(lines: Iterable[OrderLine], weights: Mapping[int, int]) -> list[tuple[OrderLine, int]]:
    """The lines by weight that are further off than their pack allows, with the percent they are off by (load `variant`)."""
    found = []
    for line in lines:
        expected, grams = expected_grams(line), weights.get(line.pk, 0)
        if line.sold_by != SoldBy.WEIGHT or line.variant is None or not expected or not grams:
            continue
        if abs(grams - expected) * 100 > expected * line.variant.tolerance_percent:
            found.append((line, round((grams - expected) * 100 / expected)))
    return found


def collect(
    *,
    consignment: Consignment,
    by: User,
    weights: Mapping[int, int],
    nonce: str,
    at: dt.datetime | None = None,
) -> Handover | HeldScan:
    """Take a consignment over from the farmer: weights (grams by line id) kept, stock taken, parcel scanned as collected.

    A nonce that is known answers as before and takes nothing twice; a parcel that was collected already, with another nonce, becomes a
    held scan. The station is the one that the parcel begins its way at: the consignment's own, or the heir of one that closed.
    Raises NotAllowed (StationShut where the station is suspended), NothingToCollect, WeightOutOfBand.
    """
    with transaction.atomic():
        locked = (
            Consignment.objects.select_for_update(no_key=True, of=("self",))
            .select_related("order", "parcel__origin", "station")
            .get(pk=consignment.pk)
        )
        station = locked.collecting_station
        scope_of(by).require(STAFF_ROLES, station.region_id)
        if locked.parcel is None or locked.order.state != OrderState.PAID:
            raise NothingToCollect(_("This cannot be collected: it is not paid, or no parcel is planned for it."))
        lines = to_weigh(locked)
        if not lines:
            raise AllRecalled(
                _("All of these goods are recalled or paid back: leave them with the farmer, apart from others.")
            )
        waiting = locked.parcel.state == ParcelState.PLANNED
        if waiting:
            require_working(station)
            _check_weights(lines, weights)
        answer = scan(
            parcel=locked.parcel,
            kind=ScanKind.COLLECT,
            station=station,
            by=by,
            nonce=nonce,
            weighed_g=sum(weights.get(line.pk, 0) for line in lines) or None,
            at=at,
        )
        if isinstance(answer, Handover):
            if waiting:
                _keep_weights(lines, weights)
            _take_stock(locked, at or timezone.now(), lines)
            _ask_for_weights(locked)
    return answer


def to_weigh(consignment: Consignment) -> list[OrderLine]:
    """The lines that the farmer still brings: not those of a recalled lot, nor what was paid back or was never harvested."""
    return list(consignment.lines.left().filter(short_since=None, **NOT_RECALLED).order_by("variant_id"))


def left_at_the_farm(consignment: Consignment) -> list[OrderLine]:
    """The lines that are not collected any more: of a recalled lot, or paid back."""
    recalled = Q(lot__recalled_at__isnull=False) | Q(back_units=F("quantity")) | Q(short_since__isnull=False)
    return list(consignment.lines.filter(recalled).select_related("lot").order_by("pk"))


def take_collected() -> int:
    """Take the stock of parcels that were scanned as collected without being weighed here; returns how many consignments."""
    done = 0
    while True:
        with transaction.atomic():
            consignment = (
                Consignment.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
                .filter(stock_taken_at=None, parcel__collected_at__isnull=False)
                .select_related("parcel")
                .first()
            )
            if consignment is None:
                return done
            assert consignment.parcel and consignment.parcel.collected_at
            take_stock(consignment, consignment.parcel.collected_at)
            done += 1


def take_stock(consignment: Consignment, when: dt.datetime) -> None:
    """Take the stock of a consignment (locked) that was scanned as collected without being weighed here."""
    try:
        with transaction.atomic():
            _take_stock(consignment, when, list(consignment.lines.left()))
    except stock.NotHeld:
        # The goods are gone, whatever the count says: a person has to mend it, and the others must not wait for that.
        logger.error("The stock of consignment %s was not held and could not be taken.", consignment.number)
        Consignment.objects.filter(pk=consignment.pk).update(stock_taken_at=when)
    consignment.stock_taken_at = when
    _ask_for_weights(consignment)


def _ask_for_weights(consignment: Consignment) -> None:
    """Goods by weight are settled by a job: it locks the order, which comes before the consignment."""
    if consignment.lines.filter(margin_fen__gt=0, weight_settled_at=None).exists():
        app.configure_task("orders.settle_weights").defer(consignment_id=consignment.pk)


def _check_weights(lines: list[OrderLine], weights: Mapping[int, int]) -> None:
    wrong = [(line, expected_grams(line)) for line in lines if not in_band(line, weights.get(line.pk, 0))]
    if wrong:
        raise WeightOutOfBand(wrong)


def _keep_weights(lines: list[OrderLine], weights: Mapping[int, int]) -> None:
    for line in lines:
        line.weighed_g = weights[line.pk]
    OrderLine.objects.bulk_update(lines, ["weighed_g"])


def _take_stock(consignment: Consignment, when: dt.datetime, lines: list[OrderLine]) -> None:
    """The goods of these lines leave the farm's stock: once, whoever scans them. What a recall left there is held for nobody any more."""
    if consignment.stock_taken_at is not None:
        return
    taken = draws_of(lines)
    stays = draws_of(consignment.lines.left().exclude(pk__in=[line.pk for line in lines]))
    stock.lock(draw.variant_id for draw in (*taken, *stays))
    if taken:
        stock.take(taken)
    if stays:
        stock.release(stays)
    Consignment.objects.filter(pk=consignment.pk).update(stock_taken_at=when)
