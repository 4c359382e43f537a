"""A station's activity: stores opened, parcels handled and goods sold on each day, counted from what happened and never entered.

- Stores opened: by the day of opening, at the station where the store then was.
- Parcels: how many different ones had a handover at the station that day (by the phone's clock, never later than ours); a box counts as
  the parcels in it.
- Sales: paid parts of orders for goods that its stores send out (outbound), and their fen less refunds of that day; what counts in no
  figure of volume (the family's own purchase, a test) doesn't count here.

A day is Shanghai's. A station worked on a day on which one of the three was done there, and is active if it worked in the last thirty days.
"""

import datetime as dt
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

# Two counts at once would write the same rows in different order.
_ONE_AT_A_TIME: Final = 0x57AC71
# How far back phones may bring in what they did without a line.
LATE_DAYS: Final = 14

_COUNT: Final = """
WITH opened AS (
    SELECT coalesce(began.station_id, s.station_id) AS station_id, (s.opened_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS stores
    FROM sellers_store s
    LEFT JOIN LATERAL (
        SELECT e.station_id FROM sellers_storeevent e WHERE e.pgh_obj_id = s.id AND e.status = 'open' ORDER BY e.pgh_id LIMIT 1
    ) began ON true
    WHERE s.opened_at >= %(from)s AND s.opened_at < %(to)s GROUP BY 1, 2
), handled AS (
    SELECT h.station_id, (least(h.device_time, h.server_time) AT TIME ZONE %(zone)s)::date AS day, count(DISTINCT h.parcel_id) AS parcels
    FROM delivery_handover h JOIN delivery_parcel p ON p.id = h.parcel_id
    WHERE h.station_id IS NOT NULL AND p.kind = 'parcel'
      AND least(h.device_time, h.server_time) >= %(from)s AND least(h.device_time, h.server_time) < %(to)s GROUP BY 1, 2
), sold AS (
    SELECT c.station_id, (f.happened_at AT TIME ZONE %(zone)s)::date AS day,
           count(DISTINCT c.id) FILTER (WHERE f.kind = 'sale') AS sales, sum(f.amount_fen) AS fen
    FROM orders_sale f JOIN orders_orderline l ON l.id = f.line_id JOIN orders_consignment c ON c.id = l.consignment_id
    WHERE f.flow = 'outbound' AND f.left_out = '' AND f.happened_at >= %(from)s AND f.happened_at < %(to)s GROUP BY 1, 2
), counted AS (
    SELECT station_id, day, coalesce(stores, 0) AS stores, coalesce(parcels, 0) AS parcels, coalesce(sales, 0) AS sales,
           coalesce(fen, 0)::bigint AS fen
    FROM opened FULL JOIN handled USING (station_id, day) FULL JOIN sold USING (station_id, day)
), gone AS (
    DELETE FROM stations_stationday d WHERE d.day >= %(first)s AND d.day <= %(last)s
      AND NOT EXISTS (SELECT 1 FROM counted WHERE counted.station_id = d.station_id AND counted.day = d.day)
)
INSERT INTO stations_stationday AS d (station_id, day, stores_opened, parcels, sales, sales_fen)
SELECT station_id, day, stores, parcels, sales, fen FROM counted ORDER BY station_id, day
ON CONFLICT (station_id, day) DO UPDATE
SET stores_opened = EXCLUDED.stores_opened, parcels = EXCLUDED.parcels, sales = EXCLUDED.sales, sales_fen = EXCLUDED.sales_fen
WHERE (d.stores_opened, d.parcels, d.sales, d.sales_fen)
   IS DISTINCT FROM (EXCLUDED.stores_opened, EXCLUDED.parcels, EXCLUDED.sales, EXCLUDED.sales_fen)
"""


def count_days(since: dt.date, until: dt.date) -> int:
    """Count the days of all stations from `since` to `until`, both included; returns how many rows were written.

    Run again it writes what has changed and nothing else; a day on which nothing is left gets no row.
    """
    zone = timezone.get_default_timezone()
    first = dt.datetime.combine(since, dt.time(), zone)
    after = dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), zone)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        cursor.execute(_COUNT, {"zone": str(zone), "from": first, "to": after, "first": since, "last": until})
        return int(cursor.rowcount)


def count_recent() -> int:
    """Yesterday and today, as the hour's job counts them."""
    today = timezone.localdate()
    return count_days(today - dt.timedelta(days=1), today)


def count_late() -> int:
    """The last two weeks once more: phones that had no line bring in what they did then."""
    today = timezone.localdate()
    return count_days(today - dt.timedelta(days=LATE_DAYS), today)
