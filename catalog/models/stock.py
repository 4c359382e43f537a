"""Stock: how many units of a pack there are of each lot."""

from typing import Any, ClassVar, Final

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.lot import Lot
from catalog.models.variant import Variant

# {moved} are the rows that a statement changed: as they are now, and (counted down) as they were.
_SUM_UP: Final = """
WITH change AS (
    SELECT variant_id, sum(on_hand) AS on_hand, sum(held) AS held FROM ({moved}) AS moved GROUP BY variant_id
), summed AS (
    UPDATE catalog_variant AS v SET on_hand = v.on_hand + c.on_hand, held = v.held + c.held
    FROM change AS c WHERE v.id = c.variant_id AND (c.on_hand <> 0 OR c.held <> 0)
    RETURNING v.product_id, v.on_hand > v.held AS there, v.on_hand - c.on_hand > v.held - c.held AS was_there
)
SELECT array_agg(DISTINCT product_id ORDER BY product_id) INTO crossed FROM summed WHERE there <> was_there;
IF crossed IS NOT NULL THEN
    -- Locked first, in order: the last two packs of one product, sold by two orders at once, must not each count on the other.
    PERFORM id FROM catalog_product WHERE id = ANY(crossed) ORDER BY id FOR NO KEY UPDATE;
    UPDATE catalog_product AS p SET in_stock = NOT p.in_stock WHERE p.id = ANY(crossed) AND p.in_stock <> EXISTS (
        SELECT FROM catalog_variant AS v WHERE v.product_id = p.id AND v.active AND v.on_hand > v.held
    );
END IF;
RETURN NULL;
"""
_NEW: Final = "SELECT variant_id, on_hand, held FROM new_rows WHERE NOT frozen"
_OLD: Final = "SELECT variant_id, -on_hand AS on_hand, -held AS held FROM old_rows WHERE NOT frozen"


def _summing(name: str, operation: Any, moved: str, **rows: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**rows),  # type: ignore[no-untyped-call]
        declare=[("crossed", "bigint[]")],
        func=_SUM_UP.format(moved=moved),
    )


# SHARE: whoever recalls the lot meanwhile waits, and then freezes this row too.
_REFUSE_RECALLED: Final = """
IF NEW.lot_id IS NOT NULL THEN
    SELECT coalesce(recalled_at, held_back_at) INTO gone FROM catalog_lot WHERE id = NEW.lot_id FOR SHARE;
    IF gone IS NOT NULL THEN
        RAISE EXCEPTION 'Nothing is packed of a lot that is recalled or held back, and its stock stays frozen.' USING ERRCODE = 'check_violation';
    END IF;
END IF;
RETURN NEW;
"""  # noqa: E501 - as the database keeps it


def _refusing(name: str, operation: Any, condition: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=operation,
        condition=pgtrigger.Condition(condition),
        declare=[("gone", "timestamptz")],
        func=_REFUSE_RECALLED,
    )


class Stock(models.Model):
    """Units of a pack that come from one lot (from none, for goods that know no harvest). `held` units are reserved or sold and not
    yet collected. `frozen` stock, of a recalled lot, is neither sold nor counted.

    The sums over the rows stand in Variant.on_hand and held, and in Product.in_stock: triggers keep them, whoever writes a row.
    Whoever moves stock locks the variants in the order of their keys first (catalog.stock).
    """

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="stock", verbose_name=_("pack"))
    lot = models.ForeignKey(
        Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="stock", verbose_name=_("lot")
    )
    on_hand = models.PositiveIntegerField(_("in stock"), default=0)
    held = models.PositiveIntegerField(_("held"), default=0)
    frozen = models.BooleanField(_("frozen"), default=False)

    class Meta:
        verbose_name = _("stock")
        verbose_name_plural = _("stock")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("variant", "lot"), nulls_distinct=False, name="one_stock_a_pack_and_lot"),
            models.CheckConstraint(condition=Q(held__lte=F("on_hand")), name="stock_held_within_on_hand"),
        ]
        triggers: ClassVar = [
            _summing("sum_up_inserted_stock", pgtrigger.Insert, _NEW, new="new_rows"),
            _summing(
                "sum_up_moved_stock", pgtrigger.Update, f"{_NEW} UNION ALL {_OLD}", new="new_rows", old="old_rows"
            ),
            _summing("sum_up_deleted_stock", pgtrigger.Delete, _OLD, old="old_rows"),
            _refusing("recalled_stock_does_not_begin", pgtrigger.Insert, "NEW.on_hand > 0"),
            _refusing(
                "recalled_stock_does_not_grow",
                pgtrigger.UpdateOf("on_hand", "frozen", "lot_id"),  # type: ignore[no-untyped-call]
                "NEW.on_hand > OLD.on_hand OR (OLD.frozen AND NOT NEW.frozen) OR NEW.lot_id IS DISTINCT FROM OLD.lot_id",
            ),
            pgtrigger.Trigger(
                name="stock_fits_its_lot",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("lot_id", "variant_id"),  # type: ignore[no-untyped-call]
                declare=[("gathered", "boolean"), ("of_product", "bigint")],
                func="""
                SELECT h.kind = 'station', p.id INTO gathered, of_product
                FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id
                JOIN sellers_store s ON s.id = p.store_id JOIN sellers_household h ON h.id = s.household_id
                WHERE v.id = NEW.variant_id;
                IF gathered AND NEW.lot_id IS NULL THEN
                    RAISE EXCEPTION 'Stock of a gathering store names its lot.' USING ERRCODE = 'check_violation';
                END IF;
                IF NEW.lot_id IS NOT NULL AND NOT EXISTS (
                    SELECT FROM catalog_lot l WHERE l.id = NEW.lot_id AND l.product_id = of_product
                ) THEN
                    RAISE EXCEPTION 'Stock comes from a lot of the same goods.' USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.variant} {self.lot or ''}".strip()
