"""Grade schemes: what a grade of a kind of goods means, by a standard or by a county's own rule."""

from typing import ClassVar

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models.category import Category


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
