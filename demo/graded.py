"""The demo's grades, measured values, tests and sample reports. No figure is a standard's, and every report says it is a sample."""

import datetime as dt
import io
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from accounts.models import User
from catalog import documents, grading, lots, making_lots
from catalog.documents import Report
from catalog.grading import Value
from catalog.making_lots import Piece
from catalog.models import Category, Criterion, CriterionKind, Grade, GradeLimit, GradeScheme, Lot, LotTest, Product
from sellers.models import Household

BASIS = "演示数据：参照当地收购习惯编写，不出自任何标准"
AGENCY = "示范检测中心（演示数据）"
# What is looked for, by which limit. Made up, as the agency is.
ITEMS = (
    ("毒死蜱", "chlorpyrifos", "0.02", "mg/kg"),
    ("氯氰菊酯", "cypermethrin", "0.5", "mg/kg"),
    ("铅", "lead", "0.2", "mg/kg"),
    ("二氧化硫残留量", "sulfur dioxide residue", "0.2", "g/kg"),
)
A4 = (1240, 1754)


def add_scheme(category: Category, row: dict[str, Any]) -> GradeScheme:
    """A scheme of a county with its criteria, as categories.toml has it, in force since two years ago."""
    names, criteria = row.pop("grades"), row.pop("criteria", [])
    begun = timezone.localdate() - dt.timedelta(days=730)
    scheme = GradeScheme.objects.create(category=category, demo=True, basis=BASIS, valid_from=begun, **row)
    grades = [
        Grade.objects.create(scheme=scheme, rank=rank, name=zh, name_en=en) for rank, (zh, en) in enumerate(names, 1)
    ]
    for position, one in enumerate(criteria, 1):
        _add_criterion(scheme, grades, position, one)
    return scheme


def _add_criterion(scheme: GradeScheme, grades: Sequence[Grade], position: int, row: dict[str, Any]) -> None:
    limits = row.pop("limits")
    criterion = Criterion.objects.create(scheme=scheme, position=position, **row)
    for grade, limit in zip(grades, limits, strict=True):
        if isinstance(limit, list):
            GradeLimit.objects.create(grade=grade, criterion=criterion, allowed=limit)
        elif limit != "-":
            GradeLimit.objects.create(grade=grade, criterion=criterion, number=Decimal(limit))


def grade_as(*, by: User, lot: Lot, rank: int, at: dt.datetime) -> None:
    """Measures a lot so that it reaches the grade of this rank; chooses the grade where its scheme measures nothing."""
    scheme = grading.schemes_for(lot.product).first()
    if scheme is None:
        return
    criteria, grades = grading.read_scheme(scheme)
    if criteria:
        values = {one.pk: _value(one, grades, rank) for one in criteria}
        grading.grade_lot(by=by, lot=lot, scheme=scheme, measurements=values, at=at)


def _value(criterion: Criterion, grades: Sequence[Grade], rank: int) -> Value:
    """A value that the grade of this rank allows and, where numbers differ, the next better one doesn't."""
    limits = [next((one for one in grade.limits.all() if one.criterion_id == criterion.pk), None) for grade in grades]
    here, better = limits[rank - 1], limits[rank - 2] if rank > 1 else None
    if not criterion.is_number:
        return max(here.allowed) if here else 0
    if here is None or here.number is None:
        base = better.number if better and better.number else Decimal(1)
        return (base * Decimal("0.85" if criterion.kind == CriterionKind.LEAST else "1.1")).quantize(Decimal("0.1"))
    if better is None or better.number is None:
        return (here.number * Decimal("1.05" if criterion.kind == CriterionKind.LEAST else "0.92")).quantize(
            Decimal("0.1")
        )
    return (here.number + (better.number - here.number) * Decimal("0.3")).quantize(Decimal("0.1"))


def test_lot(*, by: User, lot: Lot, day: dt.date, chance: random.Random, with_report: bool) -> LotTest:
    """A passed test of a lot with its items, and a sample report where it is wanted."""
    items = [
        lots.Found(name, "未检出" if chance.random() < 0.7 else str(Decimal(limit) / 10), limit, unit, name_en=english)
        for name, english, limit, unit in ITEMS
    ]
    number = f"DEMO-{day:%y%m%d}-{lot.pk:04d}"
    return lots.record_test(
        by=by, lot=lot, agency=AGENCY, standard="GB 2763-2021", tested_on=day, sampled_on=max(day - dt.timedelta(days=4), _first(lot)),
        sample=number, items=items, demo=True, report=sample_report(lot, day, number, items) if with_report else None,
    )  # fmt: skip


def _first(lot: Lot) -> dt.date:
    return min(lot.harvested_on or timezone.localdate(), timezone.localdate())


def sample_report(lot: Lot, day: dt.date, number: str, items: Sequence[lots.Found]) -> Report:
    """One page that looks like an agency's report and says three times that it is none."""
    page = Image.new("RGB", A4, "#fffefa")
    pen = ImageDraw.Draw(page)
    large, plain = (ImageFont.truetype(documents.FONT, size) for size in (58, 32))
    pen.text((620, 150), "检测报告（演示样品）", font=large, fill="#222", anchor="mm")
    pen.text((620, 220), "演示数据 非真实检测 不得他用", font=plain, fill="#a33", anchor="mm")
    facts = (
        ("样品编号", number), ("样品名称", lot.product.category.name), ("批次", lot.code), ("采收日期", f"{_first(lot):%Y-%m-%d}"),
        ("检测日期", f"{day:%Y-%m-%d}"), ("检测依据", "GB 2763-2021"), ("检测机构", "示范检测中心（演示）"),
    )  # fmt: skip
    for row, (label, value) in enumerate(facts):
        pen.text((150, 320 + row * 62), f"{label}：{value}", font=plain, fill="#222")
    columns = (150, 520, 740, 930)
    lines = [("项目", "结果", "限量", "单位"), *((one.name, one.found, f"≤{one.limit}", one.unit) for one in items)]
    for row, cells in enumerate(lines):
        y = 830 + row * 76
        pen.line((140, y - 18, 1100, y - 18), fill="#888", width=2)
        for x, cell in zip(columns, cells, strict=True):
            pen.text((x, y), cell, font=plain, fill="#222")
    pen.text((150, 1300), "检验结论：所检项目均合格（演示数据）", font=plain, fill="#222")
    file = io.BytesIO()
    page.save(file, "PDF", resolution=documents.RESOLUTION)
    return Report(file.getvalue(), 1)


def put_together(*, by: User, product: Product, harvested: dt.date, grams: int, at: dt.datetime) -> Lot:
    """The lot of a co-operative, put together of three members' lots, of which each keeps a little."""
    members = list(Household.objects.filter(member_of__cooperative=product.store.household).order_by("pk")[:3])
    shares = [grams // len(members)] * (len(members) - 1)
    shares.append(grams - sum(shares))
    parts = [
        (
            lots.enter_lot(
                by=by, product=product, household=member, harvested_on=harvested + dt.timedelta(days=number),
                quantity_g=share + 2_500 * (number + 1), at=at,
            ),
            share,
        )
        for number, (member, share) in enumerate(zip(members, shares, strict=True))
    ]  # fmt: skip
    return making_lots.make_lot(by=by, parts=parts, plot="统一蒸晒", at=at)


def sort_out(*, by: User, lot: Lot, grams: int, rank: int, at: dt.datetime) -> Lot:
    """Sorts a raw lot into a better one of `grams`, which is returned, and a lesser one; the rest is sorted out."""
    best, lesser = making_lots.sort_lot(
        by=by, lot=lot, pieces=[Piece(grams, "筛上"), Piece(max(1, (lot.left_g - grams) * 2 // 3), "筛下")], at=at
    )
    making_lots.write_off(by=by, lot=lot, grams=Lot.objects.get(pk=lot.pk).left_g, reason="sorted_out", at=at)
    grade_as(by=by, lot=lesser, rank=min(rank + 1, 3), at=at)
    return best
