"""The campaign prices that hold, as goods show them (catalog.campaigns): read by one prepared statement."""

import json
from typing import Any, Final

from catalog.campaigns import Campaign, Pack
from stations.statements import read_named

# Those that begin within a minute are read too: what was read is kept for some seconds.
_STATEMENT: Final = """
SELECT p.id AS pk, p.name, p.name_en, p.starts_at, p.ends_at, p.budget_fen - p.spent_fen AS left_fen,
  coalesce(p.percent_bp, 0) AS percent_bp,
  coalesce(left(p.region_id, 6), '') AS county_code, p.store_id, p.category_slug, p.most_per_buyer,
  coalesce(CASE p.payer WHEN 'county' THEN r.name END, '') AS giver, coalesce(CASE p.payer WHEN 'county' THEN r.latin END, '') AS giver_en,
  ARRAY(
    SELECT json_build_object('variant_id', v.id, 'product_id', v.product_id, 'fen', v.price_fen, 'grams', v.net_weight_g,
      'price_fen', f.price_fen,
      'alone', NOT EXISTS (SELECT FROM catalog_variant AS o WHERE o.product_id = v.product_id AND o.active AND o.id <> v.id))
    FROM orders_promotionprice AS f JOIN catalog_variant AS v ON v.id = f.variant_id
    WHERE f.promotion_id = p.id AND v.active AND v.on_hand > v.held AND (v.apart_until IS NULL OR v.apart_until <= now())
    ORDER BY v.id
  ) AS packs
FROM orders_promotion AS p LEFT JOIN stations_region AS r ON r.code = p.region_id
WHERE p.kind = 'price' AND p.approved_at IS NOT NULL AND p.ended_at IS NULL AND p.ends_at > now()
  AND p.starts_at < now() + interval '1 minute' AND p.spent_fen < p.budget_fen
ORDER BY p.id
"""


def read_campaigns() -> list[Campaign]:
    """The campaign prices that hold now or begin within a minute; one query."""
    return [Campaign(**{**row, "packs": _packs(row["packs"])}) for row in read_named(_STATEMENT)]


def _packs(found: list[Any]) -> dict[int, Pack]:
    packs = (Pack(**(json.loads(one) if isinstance(one, str) else one)) for one in found)
    return {pack.variant_id: pack for pack in packs}
