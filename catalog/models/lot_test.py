"""Tests of lots by agencies."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models.lot import Lot


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
