"""What of an order travels when: what is held of each lot, spread over the weeks of a season's box; all else at once or as promised."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalog.models import Lot, Variant
from catalog.season_boxes import season_weeks
from catalog.stock import Draw
from orders.boxes import part_key
from orders.cart import MOST_LINES
from orders.models import Subscription
from orders.refusals import NothingToBuy, WeeksChanged
from payments.rates import Scope

# Of the deliveries of a season's box: the first week and the last.
Span = tuple[dt.date, dt.date]


@dataclass(frozen=True, slots=True)
class Sending:
    """Units of a variant and a lot that are one line: `week` is its Monday where it is promised for one."""

    variant: Variant
    lot_id: int | None
    units: int
    week: dt.date | None

    @property
    def part_key(self) -> tuple[str, int, dt.date, dt.date, bool, int]:
        """What it has in common with the other lines of its consignment."""
        return part_key(self.variant, self.week)

    @property
    def scope(self) -> Scope:
        """What decides the rates of its sale (load the store, and the category with its parent)."""
        product, category = self.variant.product, self.variant.product.category
        return Scope(
            product.store.slug, product.county_code, category.slug, category.parent.slug if category.parent else ""
        )


def spread(variants: Sequence[Variant], units: Mapping[int, int], draws: Sequence[Draw], on: dt.date) -> list[Sending]:
    """A line for each variant and lot, and of a season's box for each delivery (`units` are of one), consignment by consignment.

    The oldest harvest goes first. Raises NothingToBuy for more lines than an order holds.
    """
    if sum(variant.deliveries or 1 for variant in variants) > MOST_LINES:
        raise NothingToBuy("too many deliveries")
    found: list[Sending] = []
    for variant in variants:
        own = [draw for draw in draws if draw.variant_id == variant.pk]
        if variant.deliveries:
            found += _over_weeks(variant, units[variant.pk], own, season_weeks(variant, on))
        else:
            found += [Sending(variant, draw.lot_id, draw.units, variant.promised_week) for draw in own]
    return sorted(found, key=lambda sending: (*sending.part_key, sending.variant.pk))


def _over_weeks(variant: Variant, units: int, draws: Sequence[Draw], weeks: list[dt.date]) -> list[Sending]:
    found, left = [], [[draw.lot_id, draw.units] for draw in draws]
    for week in weeks:
        wanted = units
        while wanted:
            lot, free = left[0]
            some = min(wanted, free or 0)
            found.append(Sending(variant, lot, some, week))
            left[0][1] = (free or 0) - some
            wanted -= some
            if not left[0][1]:
                left.pop(0)
    return found


def read_lots(draws: Iterable[Draw]) -> dict[int, Lot]:
    """The lots that the lines come from, with what lines keep of them; no query where no goods know a harvest."""
    ids = {draw.lot_id for draw in draws if draw.lot_id}
    wanted = Lot.objects.select_related("grade", "household").only("grade__name", "household__region")
    return wanted.in_bulk(ids) if ids else {}


def compare_weeks(sent: Iterable[tuple[Variant, dt.date | None]], seen: Mapping[int, Span]) -> None:
    """Raises WeeksChanged where a season's box comes in other weeks than the page said; what it did not say is not compared."""
    moved = [one for one, (first, last) in _spans(sent).items() if one.pk in seen and seen[one.pk] != (first, last)]
    if moved:
        raise WeeksChanged(moved)


def subscribe(sent: Iterable[tuple[Variant, dt.date | None]]) -> dict[int, Subscription]:
    """A subscription for each season's box of an order, by variant; one statement where there is any, none otherwise."""
    made = {
        variant.pk: Subscription(
            deliveries=variant.deliveries,
            weeks_between=variant.weeks_between or 1,
            first_week=first,
            last_week=variant.season_until or last,
        )
        for variant, (first, last) in _spans(sent).items()
        if variant.deliveries
    }
    if made:
        Subscription.objects.bulk_create(made.values())
    return made


def _spans(sent: Iterable[tuple[Variant, dt.date | None]]) -> dict[Variant, Span]:
    weeks: dict[Variant, list[dt.date]] = {}
    for variant, week in sent:
        if variant.deliveries and week:
            weeks.setdefault(variant, []).append(week)
    return {variant: (min(mine), max(mine)) for variant, mine in weeks.items()}
