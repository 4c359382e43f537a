"""Everything that a product's page shows of it, read by one statement.

Written in SQL because the page is the one that buyers open most: the same as querysets costs three statements and, in Python alone,
four times the CPU, nearly all of it for putting the statements together. PostgreSQL keeps its plan (stations.statements): planning fourteen
tables takes longer than reading them.
"""

import json
from typing import Any, Final

from django.utils import timezone

from stations.statements import read_named

# A bag may stand in a kitchen for as long.
RECALL_TOLD_DAYS: Final = 365
_STATEMENT: Final = """
SELECT p.id, p.county_code, p.store_id, p.category_id,
  p.name, p.name_en, p.summary, p.summary_en, p.story, p.story_en, p.origin_id, p.temperature, p.season_from,
  p.season_to, p.shelf_life_days, p.arrives_in_days, p.mandate_id IS NOT NULL AS under_mandate,
  s.name AS store, s.name_en AS store_en, s.slug AS store_slug, s.region_id AS store_region, s.station_id,
  t.name AS station, t.name_en AS station_en,
  k.kind AS sort, k.slug AS kind_slug, k.name AS kind, k.name_en AS kind_en, a.slug AS above_slug, a.name AS above, a.name_en AS above_en,
  {picture} AS picture, i.is_illustration AS illustrated,
  ARRAY(
    SELECT {picture} FROM catalog_productpicture AS pp JOIN pictures_picture AS i ON i.id = pp.picture_id
    WHERE pp.product_id = p.id ORDER BY pp.position, pp.id
  ) AS pictures,
  ARRAY(
    SELECT json_build_object('kind', c.kind, 'name', c.name, 'name_en', c.name_en, 'number', c.number, 'until', c.valid_until,
      'issuer', c.issuer, 'holder', c.holder, 'demo', c.demo)
    FROM catalog_papers(ARRAY[p.id], %(today)s::date) AS paper JOIN catalog_certificate AS c ON c.id = paper.certificate_id
    ORDER BY c.kind, c.id
  ) AS certificates,
  ARRAY(
    SELECT json_build_object('kind', m.kind, 'number', m.number, 'holder', m.holder, 'issuer', m.issuer, 'until', m.valid_until,
      'demo', m.demo)
    FROM sellers_sellerlicence AS m
    WHERE cardinality(p.licences) > 0 AND m.household_id = s.household_id AND m.state = 'accepted' AND m.valid_from <= %(today)s::date
      AND (m.valid_until IS NULL OR m.valid_until >= %(today)s::date) ORDER BY m.kind, m.id
  ) AS licences,
  ARRAY(
    SELECT json_build_object('pk', v.id, 'name', v.name, 'name_en', v.name_en, 'sold_by', v.sold_by, 'fen', v.price_fen,
      'left', (v.on_hand - v.held) / coalesce(v.deliveries, 1), 'grams', v.net_weight_g, 'tolerance', v.tolerance_percent,
      'least', v.least, 'most', v.most, 'week', v.promised_week, 'deposit', v.deposit_percent, 'day', v.day, 'apart', v.apart_until > now(),
      'deliveries', v.deliveries, 'weeks_between', v.weeks_between, 'season_from', v.season_from, 'season_until', v.season_until)
    FROM catalog_variant AS v WHERE v.product_id = p.id AND v.active AND (v.day IS NULL OR v.day >= %(today)s::date)
    ORDER BY v.position, v.day, v.id
  ) AS variants,
  CASE k.kind
    WHEN 'booking' THEN (SELECT to_json(d) FROM catalog_visitdetails AS d WHERE d.product_id = p.id)
    WHEN 'craft' THEN (SELECT to_json(d) FROM catalog_craftdetails AS d WHERE d.product_id = p.id)
  END AS details,
  (
    SELECT json_build_object('code', l.code, 'ref', l.ref, 'harvested_on', l.harvested_on, 'farmer', w.name, 'farmer_en', w.name_latin,
      'grade', g.name, 'grade_en', g.name_en,
      'standard', h.standard, 'title', h.title, 'title_en', h.title_en,
      'measured', ARRAY(
        SELECT json_build_object('name', c.name, 'name_en', c.name_en, 'unit', c.unit, 'number', trim_scale(m.number)::text,
          'yes', m.choice, 'word', c.options[m.choice + 1], 'word_en', c.options_en[m.choice + 1])
        FROM catalog_measurement AS m JOIN catalog_criterion AS c ON c.id = m.criterion_id
        WHERE m.grading_id = (SELECT id FROM catalog_grading WHERE lot_id = l.id ORDER BY graded_at DESC, id DESC LIMIT 1)
        ORDER BY c.position
      ),
      'tests', ARRAY(
        SELECT json_build_object('agency', x.agency, 'standard', x.standard, 'tested_on', x.tested_on, 'passed', x.passed,
          'items', (SELECT count(*) FROM catalog_testitem AS i WHERE i.test_id = x.id),
          'finding', x.finding, 'finding_en', x.finding_en)
        FROM catalog_lottest AS x WHERE x.lot_id = l.id AND x.struck_at IS NULL ORDER BY x.tested_on DESC, x.id DESC
      ))
    FROM catalog_lot AS l LEFT JOIN sellers_household AS w ON w.id = l.household_id
    LEFT JOIN catalog_grade AS g ON g.id = l.grade_id LEFT JOIN catalog_gradescheme AS h ON h.id = g.scheme_id
    WHERE l.product_id = p.id AND l.recalled_at IS NULL AND l.harvested_on IS NOT NULL
    ORDER BY NOT EXISTS (
      SELECT FROM catalog_stock AS k JOIN catalog_variant AS v ON v.id = k.variant_id
      WHERE k.lot_id = l.id AND k.on_hand > k.held AND NOT k.frozen AND v.active
    ), l.harvested_on, l.id LIMIT 1
  ) AS lot,
  (
    SELECT json_build_object('code', l.code, 'ref', l.ref, 'on', (l.recalled_at AT TIME ZONE 'Asia/Shanghai')::date) FROM catalog_lot AS l
    WHERE l.product_id = p.id AND l.recalled_at > %(today)s::date - make_interval(days => %(told_days)s)
    ORDER BY l.recalled_at DESC, l.id DESC LIMIT 1
  ) AS recalled
FROM catalog_product AS p
JOIN sellers_store AS s ON s.id = p.store_id JOIN stations_station AS t ON t.id = s.station_id
JOIN catalog_category AS k ON k.id = p.category_id LEFT JOIN catalog_category AS a ON a.id = k.parent_id
LEFT JOIN pictures_picture AS i ON i.id = p.picture_id
WHERE p.ref = %(ref)s AND p.status = 'listed' AND p.store_open
""".replace(
    "{picture}",
    "json_build_object('sources', i.sources, 'width', i.width, 'height', i.height, 'title', i.title, 'alt_zh', i.alt_zh,"
    " 'alt_en', i.alt_en)",
)


def read_product(ref: str) -> dict[str, Any] | None:
    """The row of a product on sale, with its pictures, variants, valid certificates and the lot that is offered; None without one."""
    known = {"ref": ref.replace("\x00", ""), "today": timezone.localdate(), "told_days": RECALL_TOLD_DAYS}
    row = next(iter(read_named(_STATEMENT, known)), None)
    if row is None:
        return None
    for name in ("picture", "lot", "recalled", "details"):
        row[name] = _read(row[name])
    for name in ("pictures", "certificates", "licences", "variants"):
        row[name] = [_read(one) for one in row[name]]
    return row


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
