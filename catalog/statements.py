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


def read(text: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The names of the columns and the rows of a statement that this connection runs often: PostgreSQL keeps it prepared.

    Its parameters go beside it, not into it (server-side binding), so their types must follow from where they stand. Where the best
    plan depends on them PostgreSQL plans anew each time. Raises what a cursor raises.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]  # shop.postgres's
    with database.prepared_cursor() as cursor:
        cursor.execute(text, params)
        return [column.name for column in cursor.description], cursor.fetchall()
