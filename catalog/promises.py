"""Which packs wait for a harvest to come, and until which week: kept on packs and products, for pages, carts and lists."""

from collections.abc import Iterable
from typing import Final

from django.db import connection

from catalog.models import Variant

# A pack sells what is there or what is promised, never both (packing.HarvestMixed); a recalled lot's stock is neither.
_PACKS: Final = """
UPDATE catalog_variant AS v SET promised_week = w.week, deposit_percent = w.deposit FROM (
  SELECT v.id, CASE WHEN bool_or(s.on_hand > 0 AND (l.id IS NULL OR l.harvested_on IS NOT NULL)) THEN NULL
    ELSE min(l.promised_week) FILTER (WHERE s.on_hand > 0) END AS week,
    CASE WHEN bool_or(s.on_hand > 0 AND (l.id IS NULL OR l.harvested_on IS NOT NULL)) THEN NULL
    ELSE min(l.deposit_percent) FILTER (WHERE s.on_hand > 0) END AS deposit
  FROM catalog_variant AS v LEFT JOIN catalog_stock AS s ON s.variant_id = v.id AND NOT s.frozen
  LEFT JOIN catalog_lot AS l ON l.id = s.lot_id WHERE v.product_id = ANY(%s) GROUP BY v.id
) AS w WHERE w.id = v.id AND (v.promised_week, v.deposit_percent) IS DISTINCT FROM (w.week, w.deposit)
"""
_PRODUCTS: Final = """
UPDATE catalog_product AS p SET promised_week = w.week FROM (
  SELECT product_id, CASE WHEN bool_or(promised_week IS NULL AND on_hand > held) THEN NULL
    ELSE min(promised_week) FILTER (WHERE on_hand > held) END AS week
  FROM catalog_variant WHERE product_id = ANY(%s) AND active GROUP BY product_id
) AS w WHERE w.product_id = p.id AND p.promised_week IS DISTINCT FROM w.week
"""


def keep_weeks(product_ids: Iterable[int]) -> None:
    """Writes the promised week and the deposit on the packs of these products, and the week on the products where nothing else is to be
    had. Two statements.
    """
    ids = sorted(set(product_ids))
    with connection.cursor() as cursor:
        cursor.execute(_PACKS, [ids])
        cursor.execute(_PRODUCTS, [ids])


def renew_weeks() -> None:
    """The same for all products with a pre-sale: what was ready may be sold out since, or the other way round."""
    keep_weeks(Variant.objects.filter(promised_week__isnull=False).values_list("product_id", flat=True).distinct())
