"""Gradings: who measured a lot, when, what they found, and which grade followed."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.grade import DECIMALS, MOST_DIGITS, Criterion, Grade, GradeScheme
from catalog.models.lot import Lot


class Grading(models.Model):
    """One grading of a lot; `grade` is None where the goods reach none of the scheme. The latest one counts, the others are history."""

    lot = models.ForeignKey(Lot, on_delete=models.CASCADE, related_name="gradings")
    scheme = models.ForeignKey(GradeScheme, on_delete=models.PROTECT, related_name="gradings")
    grade = models.ForeignKey(Grade, null=True, on_delete=models.PROTECT, related_name="gradings")
    graded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    graded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("grading")
        verbose_name_plural = _("gradings")
        ordering = ("-graded_at", "-id")
        indexes: ClassVar = [models.Index(fields=("lot", "-graded_at", "-id"), name="grading_of_lot")]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="grading_stays",
                operation=pgtrigger.UpdateOf("lot_id", "scheme_id", "grade_id", "graded_at") | pgtrigger.Delete,  # type: ignore[no-untyped-call]
            )
        ]

    def __str__(self) -> str:
        return f"{self.lot} {self.grade or ''}".strip()


class Measurement(models.Model):
    """One value of a grading: a number, or the position of a word in the criterion's list."""

    grading = models.ForeignKey(Grading, on_delete=models.CASCADE, related_name="measurements")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="measurements")
    number = models.DecimalField(max_digits=MOST_DIGITS, decimal_places=DECIMALS, null=True)
    choice = models.PositiveSmallIntegerField(null=True)

    class Meta:
        verbose_name = _("measurement")
        verbose_name_plural = _("measurements")
        ordering = ("criterion__position",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("grading", "criterion"), name="one_value_a_criterion"),
            models.CheckConstraint(
                condition=Q(number__isnull=False, number__gte=0, choice=None) | Q(number=None, choice__isnull=False),
                name="value_is_a_number_or_a_word",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="measurement_stays", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} {self.said}"

    @property
    def said(self) -> str:
        """The value in the language of the page, with its unit."""
        return self.criterion.say(self.number, self.choice)
