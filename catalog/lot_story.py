"""The story of a lot for buyers: grade with what was measured, tests item by item with their reports, and what the lot was made of.

Public: nothing here names a person; families are named as far as they let buyers know (sellers.names).
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from catalog.models import Grading, Lot, LotPart, LotTest, Measurement, TestItem, TestPage
from catalog.places import name_of, read_names
from pictures.models import Picture
from sellers.names import family_of

DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Measured:
    """One measured value in the language of the page, and what the grade asks of it ('' where it asks nothing)."""

    name: str
    value: str
    limit: str


@dataclass(frozen=True, slots=True)
class GradeStory:
    """The grade of a lot ('' where the goods reach none), by which scheme, on which day, from which values."""

    grade: str
    scheme: str
    demo: bool
    graded_on: dt.date | None
    measured: list[Measured]


@dataclass(frozen=True, slots=True)
class TestStory:
    """One test as buyers see it; `pages` are the report's pages with a watermark, empty until they are drawn."""

    __test__ = False  # not a test of ours
    agency: str
    standard: str
    sample: str
    sampled_on: dt.date | None
    tested_on: dt.date
    passed: bool
    repeated: bool
    demo: bool
    finding: str
    items: list[TestItem]
    pages: list[Picture]


@dataclass(frozen=True, slots=True)
class PartStory:
    """One lot that went into another: how much, whose, from where, when harvested, and in turn made of what."""

    ref: str
    code: str
    grams: int
    farmer: str
    place: str
    harvested_on: dt.date | None
    recalled: bool
    parts: list["PartStory"] = field(default_factory=list)


def for_story(lots: QuerySet[Lot]) -> QuerySet[Lot]:
    """Lots with all that their stories read, in a fixed number of statements whatever the number of lots."""
    measured = Measurement.objects.select_related("criterion").order_by("criterion__position")
    gradings = Grading.objects.select_related("scheme", "grade").order_by("-graded_at", "-pk")
    pages = TestPage.objects.select_related("picture").order_by("position")
    tests = LotTest.objects.standing().order_by("-tested_on", "-pk")
    return lots.select_related("product__store", "grade__scheme", "household").prefetch_related(
        Prefetch("gradings", gradings.prefetch_related(Prefetch("measurements", measured))),
        "gradings__grade__limits__criterion",
        Prefetch("tests", tests.prefetch_related("items", Prefetch("pages", pages), "repeated_by")),
    )


def grade_story(lot: Lot) -> GradeStory | None:
    """The grade and the values behind it; None for a lot that nobody graded. Reads no more than for_story has read."""
    grading = next(iter(lot.gradings.all()), None)
    if grading is None:
        if lot.grade is None:
            return None
        scheme = lot.grade.scheme
        return GradeStory(lot.grade.label, scheme.label, scheme.demo, None, [])
    limits = {limit.criterion_id: limit for limit in grading.grade.limits.all()} if grading.grade else {}
    measured = [
        Measured(
            value.criterion.label,
            value.said,
            limits[value.criterion_id].said() if value.criterion_id in limits else "",
        )
        for value in grading.measurements.all()
    ]
    scheme = grading.scheme
    return GradeStory(
        grading.grade.label if grading.grade else "",
        scheme.label,
        scheme.demo,
        timezone.localdate(grading.graded_at),
        measured,
    )


def test_stories(lot: Lot) -> list[TestStory]:
    """The tests of a lot that count, the latest first; one that was struck out is not among them."""
    return [
        TestStory(
            agency=test.agency, standard=test.standard, sample=test.sample, sampled_on=test.sampled_on, tested_on=test.tested_on,
            passed=test.passed, repeated=not test.passed and any(one.passed and one.struck_at is None for one in test.repeated_by.all()),
            demo=test.demo, finding=test.finding_label, items=list(test.items.all()),
            pages=[page.picture for page in test.pages.all()],
        )
        for test in lot.tests.all()
        if test.struck_at is None
    ]  # fmt: skip


test_stories.__test__ = False  # type: ignore[attr-defined]


def part_stories(lot: Lot) -> list[PartStory]:
    """What a lot was made of, and those lots in turn, to DEEPEST steps; two statements a step. Empty for a harvest of its own."""
    return _parts([lot.pk], DEEPEST).get(lot.pk, [])


def _parts(keys: Iterable[int], steps: int) -> dict[int, list[PartStory]]:
    rows = list(
        LotPart.objects.filter(made_id__in=list(keys)).select_related("source__household").order_by("source_id")
    )
    if not rows or not steps:
        return {}
    below = _parts({row.source_id for row in rows}, steps - 1)
    read_names({row.source.region_id for row in rows})
    found: dict[int, list[PartStory]] = {}
    for row in rows:
        source = row.source
        story = PartStory(
            ref=source.ref, code=source.code, grams=row.grams,
            farmer=family_of(source.household.name, source.household.name_latin) if source.household else "",
            place=name_of(source.region_id), harvested_on=source.harvested_on, recalled=source.is_frozen,
            parts=below.get(source.pk, []),
        )  # fmt: skip
        found.setdefault(row.made_id, []).append(story)
    return found
