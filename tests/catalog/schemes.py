"""A grade scheme as an official enters one: dried daylily by length, moisture, colour and broken share."""

import datetime as dt
from typing import Any

from catalog.models import Category, Criterion, CriterionKind, Grade, GradeLimit, GradeScheme
from tests.cast import make_category

# name, kind, unit, words, and what the three grades ask, best first (None: nothing).
CRITERIA: tuple[tuple[str, str, CriterionKind, str, list[str], tuple[Any, Any, Any]], ...] = (
    ("条长", "Length", CriterionKind.LEAST, "厘米", [], (12, 9, None)),
    ("水分", "Moisture", CriterionKind.MOST, "%", [], (13, 14, 15)),
    ("色泽", "Colour", CriterionKind.ONE_OF, "", ["金黄色", "黄褐色", "褐色"], ([0], [0, 1], [0, 1, 2])),
    ("断条率", "Broken", CriterionKind.MOST, "%", [], (1, 3, 5)),
)


def make_scheme(*, category: Category | None = None, **fields: Any) -> GradeScheme:
    """Three grades with limits, in force since 2025."""
    known = {"title": "黄花菜等级", "title_en": "Daylily grades", "valid_from": dt.date(2025, 1, 1), **fields}
    scheme = GradeScheme.objects.create(category=category or make_category(), **known)
    names = (("特级", "Extra"), ("一级", "First"), ("二级", "Second"))
    grades = [
        Grade.objects.create(scheme=scheme, rank=rank, name=zh, name_en=en) for rank, (zh, en) in enumerate(names, 1)
    ]
    for position, (name, name_en, kind, unit, words, limits) in enumerate(CRITERIA, 1):
        criterion = Criterion.objects.create(
            scheme=scheme, position=position, name=name, name_en=name_en, kind=kind, unit=unit, options=words
        )
        for grade, limit in zip(grades, limits, strict=True):
            if isinstance(limit, list):
                GradeLimit.objects.create(grade=grade, criterion=criterion, allowed=limit)
            elif limit is not None:
                GradeLimit.objects.create(grade=grade, criterion=criterion, number=limit)
    return scheme
