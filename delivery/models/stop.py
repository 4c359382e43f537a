"""Stops: parcels that may not be handed on, why, and what became of them. Whoever stops one says why in words; delivery asks no further."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from delivery.models.parcel import Parcel
from stations.models import Region, Station


class StopOutcome(models.TextChoices):
    """How a stop ended."""

    LIFTED = "lifted", _("let go again")
    TAKEN_OUT = "taken_out", _("the stopped goods were taken out, the rest went on")
    DESTROYED = "destroyed", _("destroyed")
    UNPACKED = "unpacked", _("the stopped parcel was taken out of the box")
    DELIVERED = "delivered", _("the carrier had delivered it already")


class ParcelStop(models.Model):
    """One reason why a parcel may not be handed on, in both languages. `key` is the caller's, so that asking twice stops it once.

    `whole` says that everything in it is stopped; otherwise the text names what, and the rest may go on once that was taken out.
    Where it was bound before it was sent back stays, for the day the stop is lifted.
    """

    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="stops")
    key = models.CharField(max_length=60)
    text = models.CharField(max_length=300)
    text_en = models.CharField(max_length=300, blank=True)
    whole = models.BooleanField(default=True)
    stopped_at = models.DateTimeField(default=timezone.now)
    bound_for_station = models.ForeignKey(Station, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    bound_for_region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=StopOutcome, blank=True)
    note = models.CharField(_("how, and who saw it"), max_length=200, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("stop")
        verbose_name_plural = _("stops")
        ordering = ("-stopped_at", "-id")
        constraints: ClassVar = [models.UniqueConstraint(fields=("parcel", "key"), name="one_stop_a_parcel_and_key")]
        indexes: ClassVar = [models.Index(fields=("key",), name="stop_by_key")]

    def __str__(self) -> str:
        return f"{self.parcel} {self.text}"

    @property
    def label(self) -> str:
        """Why, in the language of the page."""
        return (self.text_en or self.text) if get_language() == "en" else self.text
