"""Write-offs: grams of a lot that were neither sold nor passed on, and why."""

from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.lot import Lot


class LossReason(models.TextChoices):
    """Why goods are gone."""

    SPOILED = "spoiled", _("spoiled or mouldy")
    DAMAGED = "damaged", _("damaged")
    SORTED_OUT = "sorted_out", _("sorted out")
    DRIED = "dried", _("lost in drying or processing")
    SAMPLE = "sample", _("taken as a sample")
    OWN_USE = "own_use", _("eaten or given away")
    ELSEWHERE = "elsewhere", _("sold elsewhere")
    MISSING = "missing", _("missing at a count")


@pghistory.track()
class WriteOff(models.Model):
    """So many grams of a lot that are gone. One that was typed wrong is taken back, and stays on record."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="write_offs", verbose_name=_("lot"))
    grams = models.BigIntegerField(_("grams"))
    reason = models.CharField(_("why"), max_length=10, choices=LossReason)
    note = models.CharField(_("note"), max_length=120, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("write-off")
        verbose_name_plural = _("write-offs")
        ordering = ("-entered_at", "-id")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(grams__gt=0), name="write_off_weighs_something")]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="write_off_stays",
                operation=pgtrigger.UpdateOf("lot_id", "grams", "reason", "entered_at") | pgtrigger.Delete,  # type: ignore[no-untyped-call]
            )
        ]

    def __str__(self) -> str:
        return f"{self.lot} {self.grams} g"
