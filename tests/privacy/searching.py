"""Where a value lies: in every column of every table, and in every key and value of Redis."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.cache import cache
from django.db import connection

# Names, codes and shapes of places and procedures: no person's data, and most of the rows.
SKIPPED = {"stations_region", "django_migrations", "spatial_ref_sys"}
TEXTS = ("text", "character varying", "character", "json", "jsonb", "ARRAY", "tsvector", "uuid")


def tables() -> dict[str, list[tuple[str, str]]]:
    """The tables of this database with their searchable columns, (name, type)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
            JOIN information_schema.tables t USING (table_schema, table_name)
            WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.data_type = ANY(%s)
            ORDER BY c.table_name, c.ordinal_position
            """,
            [[*TEXTS, "bytea"]],
        )
        found: dict[str, list[tuple[str, str]]] = {}
        for table, column, kind in cursor.fetchall():
            if table not in SKIPPED:
                found.setdefault(table, []).append((column, kind))
    return found


def places_in_database(*values: str) -> list[str]:
    """'table.column: value' for every column that holds one of the values, in text, JSON or bytes."""
    found = []
    with connection.cursor() as cursor:
        for table, columns in tables().items():
            for value in values:
                holds = [_holds(column, kind) for column, kind in columns]
                sums = ", ".join(f"bool_or({one})" for one in holds)
                cursor.execute(f'SELECT {sums} FROM "{table}"', [value] * len(holds))
                row = cursor.fetchone()
                found += [
                    f"{table}.{column}: {value}" for (column, _kind), hit in zip(columns, row, strict=True) if hit
                ]
    return found


def _holds(column: str, kind: str) -> str:
    if kind == "bytea":
        return f"position(convert_to(%s, 'UTF8') in \"{column}\") > 0"
    return f'position(%s in "{column}"::text) > 0'


def redis_texts() -> Iterator[tuple[str, str]]:
    """Every key in Redis with its value as text: raw, and as Django's cache reads it (unpickled, sessions decoded)."""
    client: Any = cache.client.get_client()  # type: ignore[attr-defined]
    for key in client.scan_iter("*"):
        name = key.decode("utf-8", "replace")
        yield name, name
        kind = client.type(key).decode()
        raw = client.get(key) if kind == "string" else repr(_members(client, key, kind)).encode()
        if raw is None:
            continue
        yield name, raw.decode("utf-8", "replace")
        yield name, _unescaped(raw.decode("utf-8", "replace"))
        yield name, _unpickled(raw)


def _unescaped(text: str) -> str:
    """What JSON wrote as \\uXXXX, as characters again."""
    units = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _members(client: Any, key: bytes, kind: str) -> Any:
    readers = {"hash": "hgetall", "list": "lrange", "set": "smembers", "zset": "zrange"}
    arguments = (0, -1) if kind in {"list", "zset"} else ()
    return getattr(client, readers[kind])(key, *arguments)


def _unpickled(raw: bytes) -> str:
    try:
        return repr(cache.client.decode(raw))  # type: ignore[attr-defined]
    except Exception:
        return ""


def places_in_redis(*values: str) -> list[str]:
    """'key: value' for every key that names or holds one of the values."""
    return sorted({f"{name}: {value}" for name, text in redis_texts() for value in values if value in text})
