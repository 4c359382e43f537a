"""Statements put together once, and prepared: Django takes as long to write the SQL of a list as PostgreSQL takes to answer it, and
PostgreSQL as long to read and plan it.

What is kept is the text of a statement and its parameters, never an answer, so nothing here can be out of date.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

# A statement and its parameters; None for one that finds nothing whatever the data.
Keys = tuple[str, tuple[Any, ...]]
MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A statement by its shape: whatever its text and parameters depend on."""

    shape: Hashable
    build: Callable[[], Keys | None] = field(compare=False)


def put_together(shape: Hashable, build: Callable[[], Keys | None]) -> Keys | None:
    """What `build` gives, kept for the next list of the same `shape`; without a shape (None) it is built each time."""
    return build() if shape is None else _kept(_Wanted(shape, build))


@lru_cache(maxsize=MOST_KEPT)
def _kept(wanted: _Wanted) -> Keys | None:
    return wanted.build()


Params = Sequence[Any] | Mapping[str, Any] | None


def read(text: str, params: Params = None) -> list[tuple[Any, ...]]:
    """The rows of a statement that this connection runs often: PostgreSQL keeps it prepared.

    Its parameters go beside it, not into it (server-side binding), so their types must follow from where they stand. Where the best
    plan depends on them PostgreSQL plans anew each time. Raises what a cursor raises.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]  # shop.postgres's
    with database.prepared_cursor() as cursor:
        cursor.execute(text, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def read_named(text: str, params: Params = None) -> list[dict[str, Any]]:
    """The same with each row's values by the names of their columns."""
    database: Any = connections[DEFAULT_DB_ALIAS]
    with database.prepared_cursor() as cursor:
        cursor.execute(text, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
