"""Lots out of lots: goods of several put together, one sorted or split, and what is written off. Nothing appears or gets lost by it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.acting import acting_for
from catalog.growing import gathers
from catalog.lots import new_code
from catalog.models import LossReason, Lot, LotPart, Product, Stock, WriteOff
from catalog.packing import LotFrozen, LotTooSmall, draw_from
from sellers.models import Household
from stations.models import Region
from stations.models.region import ancestor_codes


class LotsNotTogether(ValueError):
    """These lots may not go into one: of another store, of two families that are paid apart, not yet harvested, or none at all."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One lot to be sorted out of another: its grams, and where it was set apart."""

    grams: int
    plot: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """What became of a lot, in grams: `came` is `packed` + `passed_on` + `written_off` + `left`, and `packed` is `there` + `gone`.

    `there` stands in packs (`ordered` of it is promised to buyers), `gone` left in packs, which weighed `weighed` at collection.
    """

    came: int
    packed: int
    there: int
    ordered: int
    gone: int
    weighed: int
    passed_on: int
    written_off: int
    left: int

    @property
    def free(self) -> int:
        """What stands in packs and nobody has ordered."""
        return self.there - self.ordered

    @property
    def weighing_difference(self) -> int:
        """How much more (or less, below 0) the scales said than the packs' weights, of what was sold."""
        return self.weighed - self.gone


def balance_of(lot: Lot) -> Balance:
    """Reads what became of a lot, as it stands in the database now; it adds up to the gram."""
    now = Lot.objects.values("quantity_g", "used_g", "sold_g").get(pk=lot.pk)
    grams = F("variant__net_weight_g")
    stock = Stock.objects.filter(lot=lot).aggregate(there=Sum(F("on_hand") * grams), ordered=Sum(F("held") * grams))
    passed_on = LotPart.objects.filter(source=lot).aggregate(all=Sum("grams"))["all"] or 0
    lost = WriteOff.objects.filter(lot=lot, taken_back_at=None).aggregate(all=Sum("grams"))["all"] or 0
    packed, there = now["used_g"] - passed_on - lost, stock["there"] or 0
    return Balance(
        came=now["quantity_g"], packed=packed, there=there, ordered=stock["ordered"] or 0, gone=packed - there,
        weighed=now["sold_g"], passed_on=passed_on, written_off=lost, left=now["quantity_g"] - now["used_g"],
    )  # fmt: skip


def make_lot(
    *,
    by: User,
    parts: Sequence[tuple[Lot, int]],
    product: Product | None = None,
    quantity_g: int | None = None,
    plot: str = "",
    code: str = "",
    at: dt.datetime | None = None,
) -> Lot:
    """One lot of grams of others, of the same store: put together, sorted, dried or packed anew. It is graded and tested by itself.

    `quantity_g` is what came out, the sum of the parts when left out and never more. `product` says as what it is sold, the first
    part's when left out. A store that gathers families' goods pays each family by its lots, so there the parts are one family's.
    Raises LotsNotTogether, packing.LotFrozen, packing.LotTooSmall, ValidationError, and as acting_for does.
    """
    if not parts:
        raise LotsNotTogether(_("Choose what goes into it."))
    first = parts[0][0]
    product = product or first.product
    with acting_for(by, product.store):
        sources = _locked([lot.pk for lot, _grams in parts])
        _refuse_apart(product, sources)
        total = sum(grams for _lot, grams in parts)
        made = Lot(
            code=code or new_code(product, sources[0].harvested_on or timezone.localdate()), product=product,
            household=_common([lot.household for lot in sources]), region=_common_region(sources), plot=plot,
            harvested_on=min(lot.harvested_on for lot in sources if lot.harvested_on),
            harvested_until=_last_day(sources), quantity_g=total if quantity_g is None else quantity_g,
            entered_by=by, entered_at=at or timezone.now(),
        )  # fmt: skip
        if made.quantity_g > total:
            raise ValidationError({"quantity_g": _("More can't come out than went in.")})
        made.full_clean()
        made.save()
        _put_in(made, parts)
    return made


def sort_lot(*, by: User, lot: Lot, pieces: Sequence[Piece], at: dt.datetime | None = None) -> list[Lot]:
    """Splits a lot into others, each with the old one as its parent; what is left over stays in the old one.

    Raises as make_lot does; then none of them was made.
    """
    if not pieces:
        raise LotsNotTogether(_("Choose what goes into it."))
    with acting_for(by, lot.product.store):
        whole = _locked([lot.pk])[0]
        if not whole.is_frozen and sum(piece.grams for piece in pieces) > whole.left_g:
            raise LotTooSmall(whole)  # before the first piece is made, so that it tells what was left before
        return [make_lot(by=by, parts=[(lot, piece.grams)], plot=piece.plot or lot.plot, at=at) for piece in pieces]


def write_off(
    *, by: User, lot: Lot, grams: int, reason: LossReason | str, note: str = "", at: dt.datetime | None = None
) -> WriteOff:
    """Takes grams out of a lot that were neither sold nor passed on.

    Raises packing.LotTooSmall, ValidationError, and as acting_for does.
    """
    with acting_for(by, lot.product.store):
        loss = WriteOff(lot=lot, grams=grams, reason=reason, note=note, entered_by=by, entered_at=at or timezone.now())
        loss.full_clean()
        # Also of a lot that is recalled or held back: what may not be sold is destroyed.
        fits = Lot.objects.filter(pk=lot.pk, quantity_g__gte=F("used_g") + grams)
        gone = fits.update(used_g=F("used_g") + grams)
        lot.refresh_from_db(fields=["used_g", "quantity_g"])
        if not gone:
            raise LotTooSmall(lot)
        loss.save()
    return loss


def take_back(*, by: User, loss: WriteOff) -> None:
    """Undoes a write-off that was entered wrongly; a second time does nothing. Raises as acting_for does."""
    with acting_for(by, loss.lot.product.store):
        undone = WriteOff.objects.filter(pk=loss.pk, taken_back_at=None).update(taken_back_at=timezone.now())
        if undone:
            draw_from(loss.lot, -loss.grams)


def _locked(keys: Iterable[int]) -> list[Lot]:
    """The lots, oldest first, locked with every lot that they are made of: a recall of one of those comes before, or waits.

    Raises LotFrozen when one of them is recalled or held back.
    """
    wanted = set(keys)
    family = wanted | {pk for key in wanted for pk in _made_of(key)}
    rows = Lot.objects.select_for_update(no_key=True, of=("self",)).select_related("household", "product", "region")
    found = list(rows.filter(pk__in=family).order_by("pk"))
    for lot in found:
        if lot.is_frozen:
            raise LotFrozen(
                _("Lot %(code)s is recalled or held back: nothing more is packed or made of it.") % {"code": lot.code}
            )
    return [lot for lot in found if lot.pk in wanted]


def _made_of(key: int) -> list[int]:
    return Lot(pk=key).it_is_made_of()


def _refuse_apart(product: Product, sources: Sequence[Lot]) -> None:
    if any(lot.product.store_id != product.store_id for lot in sources):
        raise LotsNotTogether(_("Only lots of one store go together."))
    if any(lot.harvested_on is None for lot in sources):
        raise LotsNotTogether(_("A harvest that is still to come can't be put into another lot."))
    if gathers(product.store) and len({lot.household_id for lot in sources}) > 1:
        raise LotsNotTogether(_("Here each family is paid by its own lots: lots of two families stay apart."))


def _put_in(made: Lot, parts: Sequence[tuple[Lot, int]]) -> None:
    grams: dict[int, int] = {}
    for lot, count in parts:
        if count <= 0:
            raise ValidationError({"grams": _("It must be more than 0.")})
        grams[lot.pk] = grams.get(lot.pk, 0) + count
    lots = {lot.pk: lot for lot, _count in parts}
    for key in sorted(grams):
        draw_from(lots[key], grams[key])
        LotPart.objects.create(source=lots[key], made=made, grams=grams[key])


def _common(values: Sequence[Household | None]) -> Household | None:
    return values[0] if all(value == values[0] for value in values) else None


def _last_day(sources: Sequence[Lot]) -> dt.date | None:
    days = [day for lot in sources for day in (lot.harvested_on, lot.harvested_until) if day]
    return max(days) if max(days) > min(days) else None


def _common_region(sources: Sequence[Lot]) -> Region:
    """The village of all of them, or the smallest region that holds them all."""
    chains = [ancestor_codes(lot.region_id) for lot in sources]
    shared = [codes[0] for codes in zip(*chains, strict=False) if len(set(codes)) == 1]
    return Region.objects.get(code=shared[-1])
