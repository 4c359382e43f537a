"""Grading a lot: what was measured, and the best grade whose limits all hold."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.acting import acting_for
from catalog.models import (
    Criterion,
    Grade,
    GradeLimit,
    GradeScheme,
    Grading,
    Lot,
    Measurement,
    Product,
)
from catalog.models.grade import GradeSchemeQuerySet
from catalog.search import index_product

# What was measured: a number (of the criterion's unit), or the position of a word in the criterion's list.
Value = Decimal | int


class MeasurementMissing(ValueError):
    """A criterion of the scheme has no value; `criterion` is the first such."""

    def __init__(self, criterion: Criterion) -> None:
        super().__init__(_("%(criterion)s is missing.") % {"criterion": criterion.label})
        self.criterion = criterion


class SchemeNotForIt(ValueError):
    """The scheme is for other goods, for another county, not in force, or has nothing to measure."""


class GradeIsMeasured(ValueError):
    """A grade of a scheme with criteria follows from measurements; it is not chosen by hand."""


@dataclass(frozen=True, slots=True)
class Miss:
    """Why a grade was not reached: what was found of a criterion, and what the grade asks, in the language of the page."""

    criterion: str
    found: str
    limit: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The best grade whose limits hold (None: none of them), and of every better grade what stood in its way, best first."""

    grade: Grade | None
    missed: list[tuple[Grade, list[Miss]]]


def schemes_for(product: Product, day: dt.date | None = None) -> GradeSchemeQuerySet:
    """The schemes in force by which goods like these are graded: of their category or the one above, of their county or of every one.

    The county's own come first, and of those the ones with criteria.
    """
    kinds = [pk for pk in (product.category_id, product.category.parent_id) if pk]
    found = GradeScheme.objects.in_force(day).filter(
        Q(county_code="") | Q(county_code=product.county_code), category_id__in=kinds
    )
    return found.order_by("-county_code", "standard", "pk")


def read_scheme(scheme: GradeScheme) -> tuple[list[Criterion], list[Grade]]:
    """The criteria of a scheme in order, and its grades, best first, with their limits read."""
    limits = Prefetch("limits", GradeLimit.objects.select_related("criterion").order_by("criterion__position"))
    return list(scheme.criteria.order_by("position")), list(scheme.grades.order_by("rank").prefetch_related(limits))


def judge(grades: Sequence[Grade], values: Mapping[int, Value], criteria: Sequence[Criterion]) -> Verdict:
    """Which grade follows from values by criterion id. Raises MeasurementMissing when a criterion has none."""
    kinds = {criterion.pk: criterion for criterion in criteria}
    for criterion in criteria:
        if criterion.pk not in values:
            raise MeasurementMissing(criterion)
    missed: list[tuple[Grade, list[Miss]]] = []
    for grade in grades:
        misses = [
            Miss(kinds[limit.criterion_id].label, kinds[limit.criterion_id].say(*found), limit.said())
            for limit in grade.limits.all()
            if not limit.holds(*(found := _split(values[limit.criterion_id])))
        ]
        if not misses:
            return Verdict(grade, missed)
        missed.append((grade, misses))
    return Verdict(None, missed)


def _split(value: Value) -> tuple[Decimal | None, int | None]:
    return (value, None) if isinstance(value, Decimal) else (None, value)


def grade_lot(
    *, by: User, lot: Lot, scheme: GradeScheme, measurements: Mapping[int, Value], at: dt.datetime | None = None
) -> Grading:
    """Measures a lot under a scheme, by criterion id; its grade becomes the best whose limits hold, or none.

    Each grading stays; the latest counts. Raises SchemeNotForIt, MeasurementMissing, and as acting_for does.
    """
    product = lot.product
    with acting_for(by, product.store):
        # Locked, so that nobody changes a limit between our reading and the grading that makes the scheme immutable.
        scheme = GradeScheme.objects.select_for_update(no_key=True).get(pk=scheme.pk)
        if not schemes_for(product).filter(pk=scheme.pk).exists():
            raise SchemeNotForIt(_("These goods are graded by another scheme."))
        criteria, grades = read_scheme(scheme)
        if not criteria:
            raise SchemeNotForIt(_("This scheme has nothing to measure."))
        Lot.objects.select_for_update(no_key=True).values_list("pk").get(pk=lot.pk)
        grade = judge(grades, measurements, criteria).grade
        grading = Grading.objects.create(
            lot=lot, scheme=scheme, grade=grade, graded_by=by, graded_at=at or timezone.now()
        )
        Measurement.objects.bulk_create(
            Measurement(
                grading=grading,
                criterion=criterion,
                **dict(zip(("number", "choice"), _split(measurements[criterion.pk]), strict=True)),
            )
            for criterion in criteria
        )
        lot.grade = grade
        lot.save(update_fields=["grade"])
        index_product(product)
    return grading


def latest_grading(lot: Lot) -> Grading | None:
    """The grading that counts, with its measurements; None for a lot that was not measured."""
    values = Prefetch("measurements", Measurement.objects.select_related("criterion").order_by("criterion__position"))
    return lot.gradings.select_related("scheme", "grade", "graded_by").prefetch_related(values).first()


def verdict_of(grading: Grading) -> Verdict:
    """What a grading found, with the reasons, read again from its measurements."""
    criteria, grades = read_scheme(grading.scheme)
    values: dict[int, Value] = {}
    for measurement in grading.measurements.all():
        value = measurement.choice if measurement.number is None else measurement.number
        if value is not None:
            values[measurement.criterion_id] = value
    return judge(grades, values, criteria)


def refuse_measured(grade: Grade | None) -> None:
    """Raises GradeIsMeasured for a grade of a scheme that has criteria."""
    if grade is not None and grade.scheme.criteria.exists():
        raise GradeIsMeasured(_("This grade is measured: enter the lot, then grade it."))
