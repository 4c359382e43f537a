"""Grades follow from measurements: the best whose limits hold, with the reasons; a scheme that was used stays as it was."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from catalog import grading, lots
from catalog.grading import GradeIsMeasured, MeasurementMissing, SchemeNotForIt, grade_lot, schemes_for, verdict_of
from catalog.models import Criterion, Grade, GradeLimit, GradeScheme, Grading, Lot, Measurement
from tests.cast import Stations, make_category, make_clerk, make_lot, make_product, make_store
from tests.catalog.schemes import make_scheme

pytestmark = pytest.mark.django_db


class Scene:
    """A farmer's lot of dried daylily, the clerk who grades it, and the county's scheme."""

    def __init__(self) -> None:
        self.stations = Stations()
        self.clerk: User = make_clerk(self.stations.point)
        self.product = make_product(make_store(self.stations.point))
        self.lot: Lot = make_lot(self.product)
        self.scheme = make_scheme(county_code="430426")
        self.length, self.moisture, self.colour, self.broken = self.scheme.criteria.order_by("position")

    def values(self, length: str, moisture: str, colour: int, broken: str) -> dict[int, Decimal | int]:
        return {
            self.length.pk: Decimal(length), self.moisture.pk: Decimal(moisture), self.colour.pk: colour,
            self.broken.pk: Decimal(broken),
        }  # fmt: skip

    def grade(self, *values: object) -> Grading:
        return grade_lot(by=self.clerk, lot=self.lot, scheme=self.scheme, measurements=self.values(*values))  # type: ignore[arg-type]


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.mark.parametrize(
    ("values", "grade"),
    [
        (("12", "13", 0, "1"), "特级"),  # each exactly on its limit
        (("11.999", "13", 0, "1"), "一级"),
        (("12", "13.001", 0, "1"), "一级"),
        (("12", "13", 1, "1"), "一级"),
        (("12", "13", 0, "3.5"), "二级"),
        (("12", "13", 2, "1"), "二级"),
        (("12", "15.1", 0, "1"), None),
    ],
)
def test_the_best_grade_whose_limits_all_hold(scene: Scene, values: tuple[object, ...], grade: str | None) -> None:
    found = scene.grade(*values)
    scene.lot.refresh_from_db()
    assert [row and row.name for row in (found.grade, scene.lot.grade)] == [grade, grade]


def test_the_reasons_against_each_better_grade(scene: Scene) -> None:
    verdict = verdict_of(scene.grade("10", "14", 1, "1"))
    assert verdict.grade is not None and verdict.grade.name == "一级"
    [(better, misses)] = verdict.missed
    assert better.name == "特级"
    assert [(miss.criterion, miss.found, miss.limit) for miss in misses] == [
        ("条长", "10 厘米", "≥ 12 厘米"), ("水分", "14 %", "≤ 13 %"), ("色泽", "黄褐色", "金黄色"),
    ]  # fmt: skip


def test_a_later_grading_counts_and_the_first_stays(scene: Scene) -> None:
    first, second = scene.grade("12", "13", 0, "1"), scene.grade("9", "14", 1, "2")
    scene.lot.refresh_from_db()
    assert scene.lot.grade == second.grade != first.grade
    assert list(scene.lot.gradings.all()) == [second, first]
    assert first.graded_by == scene.clerk
    assert [row.said for row in first.measurements.all()] == ["12 厘米", "13 %", "金黄色", "1 %"]
    for refused in (
        lambda: first.delete(),
        lambda: Measurement.objects.update(number=1),
        lambda: Grading.objects.update(grade=None),
    ):
        with pytest.raises(Exception, match="Cannot"), transaction.atomic():
            refused()


def test_every_criterion_is_measured(scene: Scene) -> None:
    values = scene.values("12", "13", 0, "1")
    del values[scene.moisture.pk]
    with pytest.raises(MeasurementMissing, match="水分"):
        grade_lot(by=scene.clerk, lot=scene.lot, scheme=scene.scheme, measurements=values)
    assert not Grading.objects.exists()


def test_a_measured_grade_is_not_chosen_by_hand(scene: Scene) -> None:
    best = scene.scheme.grades.get(rank=1)
    with pytest.raises(GradeIsMeasured):
        lots.enter_lot(
            by=scene.clerk, product=scene.product, harvested_on=scene.lot.harvested_on, quantity_g=1000, grade=best
        )


def test_another_countys_scheme_or_other_goods(scene: Scene) -> None:
    tea = make_scheme(category=make_category("tea", "茶叶", "Tea"), title="茶叶等级")
    sangzhi = make_scheme(county_code="430822", title="桑植黄花菜等级")
    for scheme in (tea, sangzhi):
        with pytest.raises(SchemeNotForIt):
            grade_lot(by=scene.clerk, lot=scene.lot, scheme=scheme, measurements={})


def test_a_new_version_replaces_and_the_old_one_stays_for_its_lots(scene: Scene) -> None:
    scene.grade("12", "13", 0, "1")
    newer = make_scheme(county_code="430426", version=2, replaces=scene.scheme)
    assert list(schemes_for(scene.product)) == [newer]
    with pytest.raises(SchemeNotForIt):
        scene.grade("12", "13", 0, "1")
    scene.lot.refresh_from_db()
    assert scene.lot.grade is not None and scene.lot.grade.scheme == scene.scheme
    with pytest.raises(IntegrityError), transaction.atomic():
        make_scheme(county_code="430426", version=2, replaces=scene.scheme)


CHANGES: dict[str, Callable[[GradeScheme], object]] = {
    "a limit": lambda s: GradeLimit.objects.filter(grade__scheme=s).update(number=1, allowed=[]),
    "a limit less": lambda s: GradeLimit.objects.filter(grade__scheme=s).delete(),
    "a limit more": lambda s: GradeLimit.objects.create(
        grade=s.grades.get(rank=3), criterion=s.criteria.get(position=1), number=1
    ),
    "a criterion's unit": lambda s: Criterion.objects.filter(scheme=s).update(unit="mm"),
    "a criterion more": lambda s: Criterion.objects.create(scheme=s, position=9, name="杂质", kind="most"),
    "a grade's name": lambda s: Grade.objects.filter(scheme=s).update(name="优"),
    "a grade more": lambda s: Grade.objects.create(scheme=s, rank=9, name="三级", name_en="Third"),
    "the scheme's county": lambda s: GradeScheme.objects.filter(pk=s.pk).update(county_code=""),
    "the scheme": lambda s: s.delete(),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_scheme_is_fixed_once_a_lot_was_graded_by_it(scene: Scene, what: str) -> None:
    with transaction.atomic():  # before: anything goes
        CHANGES[what](GradeScheme.objects.get(pk=scene.scheme.pk))
        transaction.set_rollback(True)
    scene.grade("12", "13", 0, "1")
    fresh = GradeScheme.objects.get(pk=scene.scheme.pk)
    with pytest.raises(Exception, match="make a new version|referenced through protected"), transaction.atomic():
        CHANGES[what](fresh)


def test_a_scheme_without_criteria_is_fixed_by_a_lot_that_has_its_grade(scene: Scene) -> None:
    plain = GradeScheme.objects.create(category=scene.product.category, county_code="430426", title="旧等级")
    grade = Grade.objects.create(scheme=plain, rank=1, name="一级", name_en="First")
    lots.enter_lot(
        by=scene.clerk, product=scene.product, harvested_on=scene.lot.harvested_on, quantity_g=9, grade=grade
    )
    with pytest.raises(IntegrityError, match="make a new version"), transaction.atomic():
        Grade.objects.filter(pk=grade.pk).update(name="特级")


def test_a_value_is_a_number_or_a_word(scene: Scene) -> None:
    found = scene.grade("12", "13", 0, "1")
    extra = Criterion(pk=scene.length.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Measurement.objects.create(grading=found, criterion=extra, number=Decimal(1), choice=1)


def test_grading_reads_each_scheme_once(scene: Scene, django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(60):  # type: ignore[operator]
        scene.grade("12", "13", 0, "1")
    assert grading.latest_grading(scene.lot) is not None
