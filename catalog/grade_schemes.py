"""Entering grade schemes: by the officials of a county for their county, by the operator for every one. A change is a new version."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.models import Category, Criterion, CriterionKind, Grade, GradeLimit, GradeScheme
from stations.models import Role
from stations.scope import NotAllowed, scope_of

Limit = Decimal | Sequence[int] | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One criterion, and what each grade asks of it, best first: a number, the positions of the words that will do, or None."""

    name: str
    kind: str
    limits: Sequence[Limit]
    unit: str = ""
    words: Sequence[str] = ()
    name_en: str = ""
    words_en: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SchemeFacts:
    """What a scheme is: of which goods, of which county ('' for every one), by which standard, and where its figures come from."""

    category: Category
    title: str
    county_code: str = ""
    title_en: str = ""
    standard: str = ""
    year: int | None = None
    basis: str = ""
    demo: bool = False
    valid_from: dt.date | None = None


class AlreadyReplaced(ValueError):
    """Somebody has entered a later version of this scheme meanwhile."""


class LimitsTurnedRound(ValueError):
    """A better grade asks less of a criterion than the one below it; `criterion` is its name."""

    def __init__(self, criterion: str) -> None:
        super().__init__(
            _("%(criterion)s: a better grade can't ask less than the one below it.") % {"criterion": criterion}
        )
        self.criterion = criterion


def may_enter(user: User, county_code: str) -> bool:
    """Whether the user enters schemes of this county; those of every county ('') are the operator's."""
    scope = scope_of(user)
    if not county_code:
        return scope.everywhere
    return scope.may((Role.COUNTY_OFFICIAL,), county_code.ljust(12, "0"))


def enter_scheme(
    *,
    by: User,
    facts: SchemeFacts,
    grades: Sequence[tuple[str, str]],
    criteria: Sequence[Asked] = (),
    replaces: GradeScheme | None = None,
) -> GradeScheme:
    """A scheme with its grades (name, name in English; best first) and criteria; or the next version of the one that it `replaces`.

    Raises scope.NotAllowed, AlreadyReplaced, LimitsTurnedRound, ValidationError.
    """
    if not may_enter(by, facts.county_code) or (replaces and not may_enter(by, replaces.county_code)):
        raise NotAllowed(_("Grades are set by the officials of the county."))
    if len(grades) < 2:
        raise ValidationError({"grades": _("A scheme has two grades at least.")})
    for asked in criteria:
        _refuse_turned_round(asked)
    with transaction.atomic():
        if replaces is not None:
            GradeScheme.objects.select_for_update(no_key=True).get(pk=replaces.pk)
            if GradeScheme.objects.filter(replaces=replaces).exists():
                raise AlreadyReplaced(_("Somebody has entered a later version of this scheme meanwhile."))
        scheme = GradeScheme(
            category=facts.category, county_code=facts.county_code, standard=facts.standard, year=facts.year, title=facts.title,
            title_en=facts.title_en, basis=facts.basis, demo=facts.demo, valid_from=facts.valid_from or timezone.localdate(),
            version=replaces.version + 1 if replaces else 1, replaces=replaces, entered_by=by,
        )  # fmt: skip
        scheme.full_clean()
        scheme.save()
        rows = [
            Grade(scheme=scheme, rank=rank, name=name, name_en=name_en)
            for rank, (name, name_en) in enumerate(grades, 1)
        ]
        for row in rows:
            row.clean_fields(exclude=["scheme", "name_en"])
        Grade.objects.bulk_create(rows)
        for position, asked in enumerate(criteria, 1):
            _add_criterion(scheme, rows, position, asked)
    return scheme


def _add_criterion(scheme: GradeScheme, grades: Sequence[Grade], position: int, asked: Asked) -> None:
    words = asked.words if asked.kind == CriterionKind.ONE_OF else ()
    criterion = Criterion(
        scheme=scheme, position=position, name=asked.name, name_en=asked.name_en, kind=asked.kind, unit=asked.unit,
        options=list(words), options_en=list(asked.words_en) if words else [],
    )  # fmt: skip
    criterion.full_clean()
    criterion.save()
    for grade, limit in zip(grades, asked.limits, strict=False):
        if isinstance(limit, Decimal):
            GradeLimit.objects.create(grade=grade, criterion=criterion, number=limit)
        elif limit:
            GradeLimit.objects.create(grade=grade, criterion=criterion, allowed=sorted(limit))


def _refuse_turned_round(asked: Asked) -> None:
    numbers = [limit for limit in asked.limits if isinstance(limit, Decimal)]
    if asked.kind in (CriterionKind.LEAST, CriterionKind.MOST):
        if numbers != sorted(numbers, reverse=asked.kind == CriterionKind.LEAST):
            raise LimitsTurnedRound(asked.name)
        return
    words = [set(limit) for limit in asked.limits if limit and not isinstance(limit, Decimal)]
    if any(not better <= below for better, below in zip(words, words[1:], strict=False)):
        raise LimitsTurnedRound(asked.name)
