"""What `visible_to` costs: the desk's lists at 80 points and at 8,000 (with 2,000 stations above them and 6,000 stores), as ratios.

The last part of `make bench`, or alone: `python -m bench scope`.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

POINTS = (80, 8_000)
ROUNDS = 30
MOST_QUERIES = 12
COUNTY, PROVINCE = "430426000000", "430000000000"
PAGES = (
    ("desk_stores", ""),
    ("desk_stores", "list=open"),
    ("desk_stations", ""),
    ("desk_people", ""),
    ("desk_people", "q=%E5%85%B0"),
    ("desk_households", ""),
    ("desk_households", "q=%E6%9D%8E"),
)
# `points` villages, the first four of each township, Qidong's before the others: a centre a county, a station a township of them, a
# household with its mandate at three of four points, one clerk a station.
FILL = """
CREATE TEMPORARY TABLE chosen AS
    SELECT code, parent_id, row_number() OVER (ORDER BY far, turn, code) AS place
    FROM (
        SELECT code, parent_id, turn, left(code, 6) <> '430426' OR turn > 4 AS far
        FROM (
            SELECT code, parent_id, row_number() OVER (PARTITION BY parent_id ORDER BY code) AS turn
            FROM stations_region WHERE level = 5 AND code BETWEEN '430000000000' AND '439999999999'
        ) AS in_turn
    ) AS near_first
    ORDER BY far, turn, code LIMIT %(points)s;
INSERT INTO stations_station (code, kind, region_id, parent_id, name, name_en, status, status_note, address, hours, cold_store, grading,
        packing, warehouse, cash_counter, training_room, parcels_per_day, kg_per_day, opened_on)
    SELECT left(r.code, 6) || 'C', 'centre', r.code, NULL, r.name || '县中心', r.latin || ' centre', 'active', '', '', '8-18',
        true, true, true, true, true, true, 500, 9000, '2024-03-01'
    FROM stations_region r WHERE r.level IN (2, 3) AND r.code IN (SELECT DISTINCT rpad(left(code, 6), 12, '0') FROM chosen)
    ON CONFLICT DO NOTHING;
INSERT INTO stations_station (code, kind, region_id, parent_id, name, name_en, status, status_note, address, hours, cold_store, grading,
        packing, warehouse, cash_counter, training_room, parcels_per_day, kg_per_day, opened_on)
    SELECT left(r.code, 9) || 'T', 'township', r.code, c.id, r.name || '服务站', r.latin || ' station', 'active', '', '', '8-18',
        true, true, false, false, true, false, 100, 2000, '2024-04-01'
    FROM stations_region r JOIN stations_station c ON c.code = left(r.code, 6) || 'C'
    WHERE r.code IN (SELECT parent_id FROM chosen)
    ON CONFLICT DO NOTHING;
INSERT INTO stations_station (code, kind, region_id, parent_id, name, name_en, status, status_note, address, hours, cold_store, grading,
        packing, warehouse, cash_counter, training_room, parcels_per_day, kg_per_day, opened_on)
    SELECT r.code || 'V', 'village', r.code, t.id, r.name || '服务点', r.latin || ' point', 'active', '', '', '8-18',
        false, false, false, false, true, false, 20, 300, '2024-05-01'
    FROM stations_region r JOIN chosen ON chosen.code = r.code JOIN stations_station t ON t.code = left(r.code, 9) || 'T'
    ON CONFLICT DO NOTHING;
INSERT INTO accounts_user (password, is_superuser, email, name, is_staff, is_active, date_joined, language)
    SELECT '!', false, lower(s.code) || '@bench.example',
        substr('王李张刘陈杨赵黄周吴', 1 + (s.id %% 10)::int, 1) || substr('小建丽志晓海春国玉文', 1 + (s.id / 10 %% 10)::int, 1)
            || substr('兰军华强燕波梅平芳斌', 1 + (s.id / 100 %% 10)::int, 1), false, true, now(), 'zh-hans'
    FROM stations_station s ON CONFLICT DO NOTHING;
INSERT INTO stations_posting (user_id, role, station_id, region_id, starts_on, name)
    SELECT u.id, CASE s.kind WHEN 'centre' THEN 'centre_staff' WHEN 'township' THEN 'township_staff' ELSE 'village_staff' END,
        s.id, s.region_id, '2024-05-01', u.name
    FROM stations_station s JOIN accounts_user u ON u.email = lower(s.code) || '@bench.example'
    WHERE NOT EXISTS (SELECT 1 FROM stations_posting p WHERE p.station_id = s.id);
INSERT INTO sellers_household (seal_id, kind, region_id, name, name_latin, phone, phone_before, licence_paper, representative,
        identity_tail, women_led, youth_led, registered_at)
    SELECT gen_random_uuid(), 'household', s.region_id,
        substr('王李张刘陈杨赵黄周吴', 1 + (s.id %% 10)::int, 1) || substr('秀桂玉春冬金银大小福', 1 + (s.id / 10 %% 10)::int, 1) || '英',
        'Li Xiuying', '139' || lpad(s.id::text, 8, '0'), '', '', '', '002X', s.id %% 2 = 0, false, now() - s.id * interval '1 hour'
    FROM chosen JOIN stations_station s ON s.code = chosen.code || 'V'
    WHERE chosen.place %% 4 <> 0 AND NOT EXISTS (SELECT 1 FROM sellers_household h WHERE h.region_id = s.region_id);
INSERT INTO sellers_mandate (household_id, station_id, may_list, may_price, may_receive_cash, may_answer, starts_on, ends_on, evidence,
        paper, confirmed_at, recorded_at, refused_reason)
    SELECT h.id, s.id, true, true, false, true, current_date - 30, current_date + 300, 'code', '', now(), now(), ''
    FROM sellers_household h JOIN stations_station s ON s.region_id = h.region_id AND s.kind = 'village'
    WHERE NOT EXISTS (SELECT 1 FROM sellers_mandate m WHERE m.household_id = h.id);
"""
# Stores are written through the model, so that a new column's default is the model's own: 94 of a hundred are open.
STATUSES = {0: "draft", 1: "submitted", 2: "submitted", 3: "recommended", 4: "paused", 5: "closed"}


@dataclass(frozen=True, slots=True)
class Measured:
    """One page as one user gets it: milliseconds of CPU (Django and PostgreSQL), statements, bytes."""

    ms: float
    queries: int
    size: int


def measure_scope() -> None:
    """Fill, measure, fill up, measure, print."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("import_regions", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    found = []
    for points in POINTS:
        began = time.monotonic()
        fill(points)
        counted = ", ".join(f"{number} {what}" for what, number in numbers().items())
        print(f"\n{counted}, prepared in {time.monotonic() - began:.0f} s")
        found.append({who: measure(user) for who, user in readers().items()})
    small, large = found
    print(
        f"\nLists of the desk at {POINTS[0]} and at {POINTS[1]} points: CPU of web and PostgreSQL a page, statements, size, ratio of CPU"
    )
    for who in small:
        for page, before in small[who].items():
            after = large[who][page]
            note = "" if after.queries <= MOST_QUERIES else f"  MORE THAN {MOST_QUERIES} STATEMENTS"
            print(
                f"  {who:9} {page:24} {before.ms:6.1f} ms {before.queries:3} {before.size // 1024:4} kB"
                f"   {after.ms:6.1f} ms {after.queries:3} {after.size // 1024:4} kB   x {after.ms / before.ms:4.2f}{note}"
            )


def fill(points: int) -> None:
    """Stations, clerks, households, mandates and stores around the first `points` villages of Hunan, Qidong's first."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS chosen")
        cursor.execute(FILL, {"points": points})
        _stores()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _stores() -> None:
    from django.utils import timezone

    from sellers.models import Household, Store, StoreStatus
    from stations.models import Station, StationKind

    now = timezone.now()
    stations = dict(Station.objects.filter(kind=StationKind.VILLAGE).values_list("region_id", "pk"))
    stores = []
    for household in Household.objects.filter(stores=None).order_by("pk"):
        status = STATUSES.get(household.pk % 100, StoreStatus.OPEN)
        stores.append(
            Store(
                slug=f"bench-{household.pk}",
                household=household,
                region_id=household.region_id,
                status=status,
                station_id=stations[household.region_id],
                name=f"{household.name}家的小店",
                name_en="Li's store",
                submitted_at=now,
                recommended_at=now,
                opened_at=now if status == StoreStatus.OPEN else None,
                closed_at=now if status == StoreStatus.CLOSED else None,
            )  # fmt: skip
        )
    Store.objects.bulk_create(stores, batch_size=2000)


def numbers() -> dict[str, int]:
    """How much there is."""
    from sellers.models import Store
    from stations.models import Station, StationKind

    above = Station.objects.exclude(kind=StationKind.VILLAGE).count()
    return {
        "points": Station.objects.filter(kind=StationKind.VILLAGE).count(),
        "stations above them": above,
        "stores": Store.objects.count(),
    }


def readers() -> dict[str, str]:
    """The e-mail of who looks: the centre of one county, and an official of the province, made once."""
    from accounts.models import User
    from stations.models import Posting, Region, Role

    official, made = User.objects.get_or_create(email="province@bench.example", defaults={"name": "龙建平"})
    if made:
        region = Region.objects.get(code=PROVINCE)
        Posting.objects.create(user=official, role=Role.PROVINCE_OFFICIAL, region=region)
    return {"centre": f"{COUNTY[:6]}c@bench.example", "province": "province@bench.example"}


def measure(email: str) -> dict[str, Measured]:
    """Every page by this user: signed in once, each page `ROUNDS` times after two that warm up."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from accounts.models import User

    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(email=email), backend="allauth.account.auth_backends.AuthenticationBackend")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = int(cursor.fetchone()[0])
    found = {}
    for name, query in PAGES:
        url = reverse(name) + (f"?{query}" if query else "")
        with CaptureQueriesContext(connection):
            answer = client.get(url)
            statements = len(connection.queries)
        if answer.status_code != 200:
            raise SystemExit(f"{url} answers {answer.status_code}")
        client.get(url)
        began = _cpu(backend)
        for _round in range(ROUNDS):
            client.get(url)
        cpu = (_cpu(backend) - began) / ROUNDS
        key = f"{name}{' ' + query.split('=')[0] if query else ''}"
        found[key] = Measured(cpu, statements, len(answer.content))
    return found


def _cpu(backend: int) -> float:
    """Milliseconds of CPU that this process and its server process in PostgreSQL have used: steady on a busy machine."""
    fields = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return time.process_time() * 1000 + ticks * 1000 / os.sysconf("SC_CLK_TCK")
