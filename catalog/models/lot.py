"""Lots: one harvest or batch, its grade and its tests."""

from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.references import public_reference
from catalog.models.category import Category
from catalog.models.product import Product
from sellers.models import Household
from stations.models import Region


class GradeScheme(models.Model):
    """The grades of a category: of a standard (number, title, year) or of a county."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="grade_schemes")
    county_code = models.CharField(max_length=6, blank=True)
    standard = models.CharField(_("standard"), max_length=40, blank=True)
    title = models.CharField(_("title"), max_length=80)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("grade scheme")
        verbose_name_plural = _("grade schemes")

    def __str__(self) -> str:
        return f"{self.standard} {self.title}".strip()


class Grade(models.Model):
    """One grade of a scheme, best first."""

    scheme = models.ForeignKey(GradeScheme, on_delete=models.CASCADE, related_name="grades")
    rank = models.PositiveSmallIntegerField(_("rank"))
    name = models.CharField(_("name"), max_length=20)
    name_en = models.CharField(_("name in English"), max_length=40)

    class Meta:
        verbose_name = _("grade")
        verbose_name_plural = _("grades")
        ordering = ("rank",)
        constraints: ClassVar = [models.UniqueConstraint(fields=("scheme", "rank"), name="one_grade_a_rank")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return self.name_en if get_language() == "en" else self.name


@pghistory.track()
class Lot(models.Model):
    """What was harvested where and when. `ref` opens its public story; a lot without tests or grade says so.

    `household` grew it: a member of the co-operative that sells it, or a family whose goods a station gathers, which is paid for it.
    None where the store's own household did.
    """

    ref = models.CharField(max_length=24, unique=True, default=public_reference, editable=False)
    code = models.CharField(_("number"), max_length=30, unique=True)
    product = models.ForeignKey(
        Product,
        on_delete=models.PROTECT,
        related_name="lots",
        verbose_name=_("product"),
    )
    household = models.ForeignKey(
        Household,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lots",
        verbose_name=_("grown by"),
    )
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="lots", verbose_name=_("village"))
    harvested_on = models.DateField(_("harvested on"))
    quantity_g = models.BigIntegerField(_("quantity in grams"))
    grade = models.ForeignKey(
        Grade,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lots",
        verbose_name=_("grade"),
    )
    recalled_at = models.DateTimeField(_("recalled"), null=True, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ("-harvested_on", "-id")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(quantity_g__gt=0), name="lot_weighs_something")]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="gathered_lot_names_its_family",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("household_id", "product_id"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Condition("NEW.household_id IS NULL"),
                func="""
                IF EXISTS (
                    SELECT 1 FROM catalog_product p JOIN sellers_store s ON s.id = p.store_id
                    JOIN sellers_household h ON h.id = s.household_id WHERE p.id = NEW.product_id AND h.kind = 'station'
                ) THEN
                    RAISE EXCEPTION 'A lot of a gathering store names the family that grew it.' USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.code


class LotTest(models.Model):
    """A test of a lot by an agency, under a standard."""

    lot = models.ForeignKey(Lot, on_delete=models.CASCADE, related_name="tests")
    agency = models.CharField(_("agency"), max_length=80)
    standard = models.CharField(_("standard"), max_length=60)
    tested_on = models.DateField(_("tested on"))
    passed = models.BooleanField(_("passed"))
    finding = models.CharField(_("finding"), max_length=200, blank=True)
    finding_en = models.CharField(_("finding in English"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("test")
        verbose_name_plural = _("tests")
        ordering = ("-tested_on", "-id")

    def __str__(self) -> str:
        return f"{self.agency} {self.standard}"

    @property
    def finding_label(self) -> str:
        """The finding in the language of the page."""
        return (self.finding_en or self.finding) if get_language() == "en" else self.finding
