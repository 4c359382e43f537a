"""What the home page reads, in SQL: as querysets the same statements took longer to put together than PostgreSQL to answer."""

import datetime as dt
from typing import Any, Final

from catalog.kept import kept_for
from stations.statements import read_named

# Counting all stores is the one thing on the page that grows with them.
STORES_KEPT_SECONDS = 300

# A page is shown to everybody when neither it nor a page above it is restricted, as Wagtail's public() has it.
_HALLS: Final = """
SELECT w.slug, w.title, h.line, c.name AS county, c.latin AS county_en, v.name AS province, v.latin AS province_en,
  i.sources, i.width, i.height, i.title AS picture_title
FROM cms_hallpage AS h JOIN wagtailcore_page AS w ON w.id = h.page_ptr_id JOIN wagtailcore_locale AS l ON l.id = w.locale_id
JOIN stations_region AS c ON c.code = h.county_id JOIN stations_region AS p ON p.code = c.parent_id
JOIN stations_region AS v ON v.code = p.parent_id LEFT JOIN pictures_picture AS i ON i.id = h.hero_picture_id
WHERE w.live AND l.language_code = %s AND NOT EXISTS (
  SELECT FROM wagtailcore_pageviewrestriction AS r JOIN wagtailcore_page AS a ON a.id = r.page_id
  WHERE a.path = left(w.path, length(a.path)))
ORDER BY w.path
"""

_DEPARTURES: Final = """
SELECT o.name, o.name_en, o.unit_weight_g AS grams, o.village_code, g.ref, d.collected_at, i.sources, i.width, i.height
FROM delivery_parcel AS d JOIN orders_consignment AS c ON c.parcel_id = d.id JOIN orders_orderline AS o ON o.consignment_id = c.id
JOIN catalog_product AS g ON g.id = o.product_id LEFT JOIN pictures_picture AS i ON i.id = g.picture_id
WHERE d.collected_at BETWEEN %s AND %s AND d.state <> 'cancelled' AND o.flow = 'outbound' AND g.status = 'listed' AND g.store_open
ORDER BY d.collected_at DESC, o.id LIMIT %s
"""

_STORES: Final = """
SELECT count(*) AS stores, count(DISTINCT region_id) AS villages, count(DISTINCT left(region_id, 6)) AS counties
FROM sellers_store WHERE status = 'open'
"""


def read_halls(language: str) -> list[dict[str, Any]]:
    """Halls that visitors may see in a language, the earliest first; one query."""
    return read_named(_HALLS, [language])


def read_lines_handed_over(since: dt.datetime, until: dt.datetime, limit: int) -> list[dict[str, Any]]:
    """Order lines of farm goods on sale whose parcel a village point handed on between these moments, the latest first; one query."""
    return read_named(_DEPARTURES, [since, until, limit])


def count_stores() -> dict[str, int]:
    """How many stores are open, in how many villages and counties; one query, none for five minutes after it."""
    return kept_for(STORES_KEPT_SECONDS, "home:stores", lambda: read_named(_STORES, [])[0])
