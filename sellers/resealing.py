"""Resealing: move every sealed column to the key that seals now, so that an old key can be taken out; and compute the blind index anew.

Both can be run again at any time, also while the site works: a row that somebody else changed meanwhile keeps what they wrote.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models, transaction

from accounts.sealing import KeyMissing, SealBroken, key_of, seal, sealing_key, unseal
from sellers.identity import identity_index
from sellers.models import Household, PayoutAccount, Submission

# Every sealed column there is; a test compares this with the models.
SEALED: tuple[tuple[type[models.Model], str], ...] = (
    (Household, "identity_sealed"),
    (PayoutAccount, "number_sealed"),
    (Submission, "sealed"),
)
BATCH = 500
Progress = Callable[[int, int], None]


class UnknownKeys(ValueError):
    """Some seals were made with keys that are not in PERSONAL_DATA_KEYS: `ids`, how many seals each."""

    def __init__(self, ids: Counter[str]) -> None:
        named = ", ".join(f"{key_id} ({count:,})" for key_id, count in sorted(ids.items()))
        super().__init__(f"PERSONAL_DATA_KEYS holds no key for these seals: {named}.")
        self.ids = ids


class SealsBroken(ValueError):
    """Some seals open with none of the keys, or were moved: `places`."""

    def __init__(self, places: list[str]) -> None:
        super().__init__(f"{len(places):,} seals do not open where they are: {', '.join(places[:10])}.")
        self.places = places


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many seals there are, and how many were made anew."""

    seals: int
    changed: int


def reseal_all(*, progress: Progress = lambda done, total: None) -> Resealed:
    """Seal everything anew that isn't sealed with the first key yet. `progress` gets (done, total) in rows, batch by batch.

    Raises UnknownKeys before anything is changed, SealsBroken at the end when all that opens has been done.
    """
    _refuse_unknown_keys()
    total = sum(_sealed_rows(model, column).count() for model, column in SEALED)
    done = changed = 0
    broken: list[str] = []
    for model, column in SEALED:
        for rows in _batches(model, column):
            with transaction.atomic():
                changed += sum(_reseal(row, column, broken) for row in rows)
            done += len(rows)
            progress(done, total)
    if broken:
        raise SealsBroken(broken)
    return Resealed(total, changed)


def rebuild_index(*, progress: Progress = lambda done, total: None) -> Resealed:
    """Compute the index that finds duplicate identity numbers anew, from the numbers themselves. Raises UnknownKeys, SealsBroken."""
    _refuse_unknown_keys()
    total = _sealed_rows(Household, "identity_sealed").count()
    done = changed = 0
    broken: list[str] = []
    for rows in _batches(Household, "identity_sealed"):
        with transaction.atomic():
            changed += sum(_reindex(row, broken) for row in rows)
        done += len(rows)
        progress(done, total)
    if broken:
        raise SealsBroken(broken)
    return Resealed(total, changed)


def _sealed_rows(model: Any, column: str) -> "models.QuerySet[Any]":
    return model.objects.exclude(**{column: None}).order_by("pk")  # type: ignore[no-any-return]


def _refuse_unknown_keys() -> None:
    unknown: Counter[str] = Counter()
    for model, column in SEALED:
        for sealed in _sealed_rows(model, column).values_list(column, flat=True).iterator(BATCH):
            key_id = key_of(bytes(sealed))
            if key_id is not None and key_id not in settings.PERSONAL_DATA_KEYS:
                unknown[key_id] += 1
    if unknown:
        raise UnknownKeys(unknown)


def _batches(model: Any, column: str) -> Iterator[list[Any]]:
    last = 0
    while rows := list(_sealed_rows(model, column).only("pk", "seal_id", column).filter(pk__gt=last)[:BATCH]):
        yield rows
        last = rows[-1].pk


def _open(row: Any, column: str, broken: list[str]) -> str | None:
    try:
        return unseal(bytes(getattr(row, column)), place=row.seal_place)
    except KeyMissing:
        raise
    except SealBroken:
        broken.append(row.seal_place)
        return None


def _reseal(row: Any, column: str, broken: list[str]) -> int:
    sealed = bytes(getattr(row, column))
    if key_of(sealed) == sealing_key():
        return 0
    value = _open(row, column, broken)
    if value is None:
        return 0
    as_read = type(row).objects.filter(pk=row.pk, **{column: sealed})
    return int(as_read.update(**{column: seal(value, place=row.seal_place)}))


def _reindex(row: Household, broken: list[str]) -> int:
    value = _open(row, "identity_sealed", broken)
    if value is None:
        return 0
    as_read = Household.objects.filter(pk=row.pk, identity_sealed=bytes(row.identity_sealed or b""))
    index = identity_index(value)
    return as_read.exclude(identity_index=index).update(identity_index=index)
