"""The harvests that the demo's year of orders is sold from: each order draws on a lot that had been brought in by its day."""

import datetime as dt
import random

from django.db.models import F, Prefetch, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from catalog.lots import new_code
from catalog.making_lots import write_off
from catalog.models import LossReason, Lot, Stock, Variant
from catalog.packing import add_stock, count_stock
from demo import goods
from demo.graded import grade_as, test_lot

YEAR = dt.timedelta(days=365)
# What is brought in again and again comes at least so often.
SHORTEST, LONGEST = 4, 120
# Scales are kind to buyers: a lot gives a little more than its packs say.
SPARE_G = 2_000


class Harvests:
    """The lots of the past year, by pack: the ones that the goods are listed with, and earlier ones, entered when asked for."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._first, self._on_shelf = _lots_of_packs()
        self._entered: dict[tuple[int, dt.date], Lot] = {}

    def bring(self, variant: Variant, units: int, *, by: User, day: dt.date) -> None:
        """So many units more in a pack, of what was harvested by `day`; its lot is charged with them. Goods without harvests just grow."""
        present = self._first.get(variant.pk)
        if present is None or present.harvested_on is None:
            add_stock(by=by, variant=variant, units=units)
            return
        lot = self._lot_by(variant, present, day)
        grams = units * variant.net_weight_g
        Lot.objects.filter(pk=lot.pk).update(quantity_g=Greatest(F("quantity_g"), F("used_g") + grams + SPARE_G))
        row = Stock.objects.filter(variant=variant, lot=lot).first()
        count_stock(by=by, variant=variant, lot=lot, on_hand=(row.on_hand if row else 0) + units)

    def clear(self) -> None:
        """What nobody bought of the earlier harvests goes out of the packs, and with the rest of its lot was sold elsewhere."""
        sold_out = {lot.pk: lot for pk, lot in self._first.items() if pk not in self._on_shelf and lot.harvested_on}
        for lot in [*self._entered.values(), *sold_out.values()]:
            clerk = lot.entered_by
            assert clerk is not None
            for row in Stock.objects.filter(lot=lot, on_hand__gt=F("held")).select_related("variant__product__store"):
                count_stock(by=clerk, variant=row.variant, lot=lot, on_hand=row.held)
            lot.refresh_from_db()
            if lot.left_g:
                gone = min(lot.entered_at + dt.timedelta(days=LONGEST), timezone.now())
                write_off(by=clerk, lot=lot, grams=lot.left_g, reason=LossReason.ELSEWHERE, at=gone)

    def _lot_by(self, variant: Variant, present: Lot, day: dt.date) -> Lot:
        """The pack's latest harvest by a day: as many turns before the present one (or after it, once that is sold) as it takes."""
        assert present.harvested_on is not None
        turn = _turn(variant)
        turns = (day - present.harvested_on) // turn
        if turns == 0 or (turns > 0 and variant.pk in self._on_shelf):
            return present
        harvested = present.harvested_on + turns * turn
        key = (present.pk, harvested)
        if key not in self._entered:
            self._entered[key] = self._enter_like(present, harvested, turn)
        return self._entered[key]

    def _enter_like(self, present: Lot, harvested: dt.date, turn: dt.timedelta) -> Lot:
        """A lot as the present one is, of another day: the same goods, family and grade, tested where that one was."""
        clerk, product = present.entered_by, present.product
        assert clerk is not None
        morning = timezone.localtime().replace(hour=7, minute=30) - (timezone.localdate() - harvested)
        entered = max(morning, product.listed_at)
        lot = Lot.objects.create(
            code=new_code(product, harvested), product=product, household=present.household, region=present.region,
            plot=present.plot, harvested_on=harvested, quantity_g=max(SPARE_G, present.quantity_g * turn.days // YEAR.days),
            entered_by=clerk, entered_at=entered,
        )  # fmt: skip
        if present.grade:
            grade_as(by=clerk, lot=lot, rank=present.grade.rank, at=entered)
        if present.tests.exists():
            tested = min(harvested + dt.timedelta(days=9), timezone.localdate())
            test_lot(by=clerk, lot=lot, day=tested, chance=self._chance, with_report=False)
        return lot


def _lots_of_packs() -> tuple[dict[int, Lot], set[int]]:
    """The lot that each pack is listed with (the last one harvested for a pack that is out of season), and which packs have stock today."""
    lots = Lot.objects.select_related("product__store", "household", "region", "grade", "entered_by")
    ready = lots.filter(recalled_at=None, held_back_at=None, harvested_on__isnull=False).order_by("pk")
    stock = Stock.objects.filter(Q(lot=None) | Q(lot__in=ready)).select_related("lot").order_by("pk")
    first: dict[int, Lot] = {}
    on_shelf: set[int] = set()
    by_key = {lot.pk: lot for lot in ready}
    last = {lot.product_id: lot for lot in by_key.values()}
    for variant in Variant.objects.prefetch_related(Prefetch("stock", stock)):
        rows = list(variant.stock.all())
        if any(row.on_hand for row in rows):
            on_shelf.add(variant.pk)
        lot = by_key.get(rows[0].lot_id or 0) if rows else last.get(variant.product_id)
        if lot is not None:
            first[variant.pk] = lot
    return first, on_shelf


def _turn(variant: Variant) -> dt.timedelta:
    """How long after one harvest comes the next: a year for what keeps and has its season, else while the goods are still fresh."""
    product = variant.product
    keeps = product.shelf_life_days or LONGEST * 3
    if product.season_from is not None and keeps > goods.FRESH_DAYS:
        return YEAR
    return dt.timedelta(days=min(max(keeps // 3, SHORTEST), LONGEST))
