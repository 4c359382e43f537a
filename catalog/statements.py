"""Statements put together once: Django takes as long to write the SQL of a list as PostgreSQL takes to answer it.

What is kept is the text of a statement and its parameters, never an answer, so nothing here can be out of date.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

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
