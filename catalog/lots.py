"""Lots and their tests: what was harvested, by whom, how much, of which grade, and what an agency found."""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.acting import acting_for
from catalog.documents import Report, keep_report
from catalog.findings import keeps_limit, plain_finding
from catalog.grading import refuse_measured
from catalog.growing import authorise_grower
from catalog.models import Grade, Lot, LotTest, Product, Stock, TestItem
from catalog.search import index_product
from catalog.stock import lock as lock_stock
from sellers.models import Household
from stations.models import Region, Role
from stations.scope import NotAllowed, scope_of

# Letters of a lot's number that nobody misreads on a sack.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
STRIKES = (Role.CENTRE_STAFF, Role.COUNTY_OFFICIAL)


def new_code(product: Product, day: dt.date) -> str:
    """A lot's number for people: county, day, and four letters drawn at random."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(4))
    return f"{product.county_code}-{day:%y%m%d}-{drawn}"


def enter_lot(
    *,
    by: User,
    product: Product,
    harvested_on: dt.date | None,
    quantity_g: int,
    grade: Grade | None = None,
    household: Household | None = None,
    region: Region | None = None,
    plot: str = "",
    harvested_until: dt.date | None = None,
    promised_week: dt.date | None = None,
    deposit_percent: int | None = None,
    code: str = "",
    at: dt.datetime | None = None,
) -> Lot:
    """A lot of a product: harvested on a day (or from then `harvested_until`), in a village (the grower's or the product's when left out),
    so many grams, graded or not yet (a grade that is measured comes by catalog.grading).
    A harvest to come has a `promised_week` (its Monday) instead of the day, and may ask `deposit_percent` of its price at once.

    `household` grew it, where that isn't the store's own (see catalog.growing, whose errors it raises).
    `code` is its number for people; made from the county, the day and four letters when left out.
    """
    today = timezone.localdate()
    if harvested_on and max(harvested_on, harvested_until or harvested_on) > today:
        raise ValidationError({"harvested_on": _("This day has not come yet.")})
    if harvested_on is None and promised_week is None:
        raise ValidationError({"harvested_on": _("Say when it was harvested, or for which week it is promised.")})
    if grade and grade.scheme.category_id not in {product.category_id, product.category.parent_id}:
        raise ValidationError({"grade": _("This grade belongs to other goods.")})
    refuse_measured(grade)
    with acting_for(by, product.store):
        authorise_grower(by=by, store=product.store, grower=household)
        home = household.region if household else product.origin
        lot = Lot(
            code=code or new_code(product, harvested_on or promised_week or today),
            product=product, household=household, region=region or home, harvested_on=harvested_on,
            harvested_until=harvested_until, promised_week=promised_week, deposit_percent=deposit_percent, plot=plot,
            quantity_g=quantity_g, grade=grade, entered_by=by, entered_at=at or timezone.now(),
        )  # fmt: skip
        lot.full_clean()
        lot.save()
        index_product(product)
    return lot


@dataclass(frozen=True, slots=True)
class Found:
    """One item of a test as the report says it; `passed` is None where result and limit say by themselves (catalog.findings)."""

    name: str
    found: str
    limit: str = ""
    unit: str = ""
    passed: bool | None = None
    name_en: str = ""


class ItemUnclear(ValueError):
    """An item whose result and limit don't say whether it is passed, or say otherwise than whoever entered it; `number` from 1."""

    def __init__(self, text: str, number: int) -> None:
        super().__init__(text)
        self.number = number


def record_test(
    *,
    by: User,
    lot: Lot,
    agency: str,
    standard: str,
    tested_on: dt.date,
    passed: bool | None = None,
    finding: str = "",
    finding_en: str = "",
    sample: str = "",
    sampled_on: dt.date | None = None,
    items: Sequence[Found] = (),
    repeats: LotTest | None = None,
    report: Report | None = None,
    demo: bool = False,
) -> LotTest:
    """A test of a lot by an agency under a standard; one that failed is recorded and shown as well.

    It is passed when all `items` are; `passed` says so for a test without items. A failed one holds the lot back with all that was made
    of it, until a test that `repeats` it is passed. Raises ItemUnclear, ValidationError, and as acting_for does.
    """
    told = [_item(number, item) for number, item in enumerate(items, 1)]
    if told:
        passed = all(item.passed for item in told)
    if passed is None:
        raise ValidationError({"passed": _("Say whether it was passed.")})
    if repeats is not None and repeats.lot_id != lot.pk:
        raise ValidationError({"repeats": _("That test was of another lot.")})
    with acting_for(by, lot.product.store):
        _lock_family(lot)
        test = LotTest(
            lot=lot, agency=agency, standard=standard, sample=sample, sampled_on=sampled_on, tested_on=tested_on, passed=passed,
            finding=finding, finding_en=finding_en, repeats=repeats, demo=demo, entered_by=by,
        )  # fmt: skip
        test.full_clean()
        test.save()
        for item in told:
            item.test = test
        TestItem.objects.bulk_create(told)
        if report is not None:
            keep_report(test, report)
        _let_go(lot)
        index_product(lot.product)
    return test


def may_strike(user: User, lot: Lot) -> bool:
    """Whether the user may strike out tests of this lot that others entered."""
    return scope_of(user).may(STRIKES, lot.product.county_code.ljust(12, "0"))


def refuse_striking(*, by: User, test: LotTest) -> None:
    """Raises scope.NotAllowed for whoever may not strike out this test: anybody but the county, and whoever entered it."""
    scope_of(by).require(STRIKES, test.lot.product.county_code.ljust(12, "0"))
    if test.entered_by_id == by.pk:
        raise NotAllowed(_("Whoever entered a test can't strike it out."))


def strike_test(*, by: User, test: LotTest, why: str) -> None:
    """Strikes out a test that was entered wrongly: it stays on record, and no longer counts. For the county alone, never for whoever
    entered it. Raises scope.NotAllowed, and ValidationError without a reason.
    """
    refuse_striking(by=by, test=test)
    if not why.strip():
        raise ValidationError({"why": _("Say why.")})
    with transaction.atomic():
        _lock_family(test.lot)
        if LotTest.objects.filter(pk=test.pk, struck_at=None).update(struck_at=timezone.now(), struck_why=why.strip()):
            _let_go(test.lot)
            index_product(test.lot.product)


def _item(number: int, item: Found) -> TestItem:
    found, limit = plain_finding(item.found), plain_finding(item.limit)
    keeps = keeps_limit(found, limit)
    if keeps is None and item.passed is None:
        raise ItemUnclear(_("Say whether %(item)s was passed.") % {"item": item.name}, number)
    if keeps is not None and item.passed not in (None, keeps):
        text = (
            _("%(item)s: %(found)s keeps the limit %(limit)s.")
            if keeps
            else _("%(item)s: %(found)s is beyond the limit %(limit)s.")
        )
        raise ItemUnclear(text % {"item": item.name, "found": found, "limit": limit}, number)
    row = TestItem(
        position=number, name=item.name, name_en=item.name_en, found=found, limit=limit, unit=item.unit,
        passed=bool(item.passed if keeps is None else keeps),
    )  # fmt: skip
    row.clean_fields(exclude=["test"])
    return row


def _lock_family(lot: Lot) -> None:
    """Locks the stock of all that was made of a lot, and then the lot, in the order of whoever moves stock."""
    lock_stock(Stock.objects.filter(lot__in=lot.made_of_it()).values_list("variant_id", flat=True))
    Lot.objects.select_for_update(no_key=True).values_list("pk").get(pk=lot.pk)


def _let_go(lot: Lot) -> None:
    """Lets lots go whose failures were repeated and passed, or struck out: this one and those made of it."""
    for one in Lot.objects.filter(pk__in=lot.made_of_it(), held_back_at__isnull=False):
        if not LotTest.objects.failures().filter(lot__in=one.it_is_made_of()).exists():
            Lot.objects.filter(pk=one.pk).update(held_back_at=None)
    lot.refresh_from_db(fields=["held_back_at"])
