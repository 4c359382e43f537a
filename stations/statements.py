"""Statements put together once, and prepared: Django takes as long to write the SQL of a list as PostgreSQL takes to answer it, and
PostgreSQL as long to read and plan it.

What is kept is the text of a statement and its parameters, never an answer, so nothing here can be out of date.
"""

import datetime as dt
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable

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


Row = TypeVar("Row", bound=Model)


Value = int | str | dt.date


def fetch(make: Callable[..., QuerySet[Row]], *values: Value | Sequence[Value]) -> list[Row]:
    """What the queryset `make(*values)` gives, its statement put together once and prepared: for a few rows over many tables, where
    Django's and PostgreSQL's planning is most of the work.

    `make` is a function of a module (not a lambda: the statement is kept for it) whose statement depends on nothing but the values, and
    on those only as parameters: keys, texts and days, or sequences of them, for each length of which one statement is kept (an empty one
    finds nothing). No prefetches.
    """
    shape: list[type | tuple[type, int]] = []
    flat: list[Value] = []
    for value in values:
        if isinstance(value, int | str | dt.date):
            shape.append(_kind(value))
            flat.append(value)
        elif not value:
            return []
        else:
            shape.append((_kind(value[0]), len(value)))
            flat.extend(value)
    return list(ModelIterable(_Asked(_statement(make, tuple(shape)), flat)))  # type: ignore[arg-type]


def _kind(value: Value) -> type:
    """What PostgreSQL takes it for: a choice is its text."""
    return next(kind for kind in (int, str, dt.date) if isinstance(value, kind))


@dataclass(frozen=True, slots=True)
class _Statement:
    """A compiled queryset: its text, its parameters, and which of them is which of the values."""

    compiler: Any
    text: str
    parameters: tuple[Any, ...]
    places: dict[int, int]


@lru_cache(maxsize=MOST_KEPT)
def _statement(make: Callable[..., QuerySet[Any]], shape: tuple[type | tuple[type, int], ...]) -> _Statement:
    marks: list[Value] = []

    def mark(kind: type) -> Value:
        number = len(marks)
        of_its_kind: dict[type, Value] = {
            int: -1_000_000_000 - number, str: f"value {number}", dt.date: dt.date.max - dt.timedelta(number)
        }  # fmt: skip
        marks.append(of_its_kind[kind])
        return marks[-1]

    values = [mark(part) if isinstance(part, type) else [mark(part[0]) for _ in range(part[1])] for part in shape]
    compiler = make(*values).query.get_compiler(DEFAULT_DB_ALIAS)
    text, parameters = compiler.as_sql()
    places = {place: marks.index(given) for place, given in enumerate(parameters) if given in marks}
    if set(places.values()) != set(range(len(marks))):
        raise ValueError(f"{make.__qualname__} does not use its values as parameters.")
    return _Statement(compiler, text, tuple(parameters), places)


class _Asked:
    """Stands where Django's ModelIterable expects a queryset, its query and its compiler, and answers with the prepared statement."""

    db = DEFAULT_DB_ALIAS
    _known_related_objects: Mapping[Any, Any] = {}

    def __init__(self, statement: _Statement, values: Sequence[Any]) -> None:
        self.query = self
        self.statement, self.values = statement, values
        compiler = statement.compiler
        self.select, self.klass_info = compiler.select, compiler.klass_info
        self.annotation_col_map = compiler.annotation_col_map

    def get_compiler(self, using: str) -> "_Asked":
        return self

    def execute_sql(self, **_options: Any) -> list[list[tuple[Any, ...]]]:
        places = self.statement.places
        parameters = [
            self.values[places[place]] if place in places else given
            for place, given in enumerate(self.statement.parameters)
        ]
        return [read(self.statement.text, parameters)]

    def results_iter(self, results: Any) -> Iterator[Any]:
        rows: Iterator[Any] = self.statement.compiler.results_iter(results)
        return rows
