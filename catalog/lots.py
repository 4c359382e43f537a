"""Lots and their tests: what was harvested, by whom, how much, of which grade, and what an agency found."""

import datetime as dt
import secrets

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.acting import acting_for
from catalog.growing import authorise_grower
from catalog.models import Grade, Lot, LotTest, Product
from catalog.search import index_product
from sellers.models import Household
from stations.models import Region

# Letters of a lot's number that nobody misreads on a sack.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


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
    code: str = "",
    at: dt.datetime | None = None,
) -> Lot:
    """A lot of a product: harvested on a day (or from then `harvested_until`), in a village (the grower's or the product's when left out),
    so many grams, graded or not yet. A harvest to come has a `promised_week` (its Monday) instead of the day.

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
    with acting_for(by, product.store):
        authorise_grower(by=by, store=product.store, grower=household)
        home = household.region if household else product.origin
        lot = Lot(
            code=code or new_code(product, harvested_on or promised_week or today),
            product=product, household=household, region=region or home, harvested_on=harvested_on,
            harvested_until=harvested_until, promised_week=promised_week, plot=plot, quantity_g=quantity_g, grade=grade,
            entered_by=by, entered_at=at or timezone.now(),
        )  # fmt: skip
        lot.full_clean()
        lot.save()
        index_product(product)
    return lot


def record_test(
    *,
    by: User,
    lot: Lot,
    agency: str,
    standard: str,
    tested_on: dt.date,
    passed: bool,
    finding: str = "",
    finding_en: str = "",
) -> LotTest:
    """A test of a lot by an agency under a standard; one that failed is recorded and shown as well."""
    if tested_on > timezone.localdate():
        raise ValidationError({"tested_on": _("This day has not come yet.")})
    with acting_for(by, lot.product.store):
        test = LotTest(
            lot=lot,
            agency=agency,
            standard=standard,
            tested_on=tested_on,
            passed=passed,
            finding=finding,
            finding_en=finding_en,
        )
        test.full_clean()
        test.save()
    return test
