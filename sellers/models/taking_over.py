"""Farmers who take their store over: every try, and what became of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sellers.models.household import Household


class Keep(models.TextChoices):
    """What becomes of the helpers' mandates when the farmer takes over."""

    ALL = "all", _("They go on helping as before")
    NARROW = "narrow", _("They help with less")
    NOTHING = "nothing", _("I do it all myself")


class TakeOver(models.Model):
    """Somebody tried to take a family's store over: tries that failed are counted, the one that succeeded tells the desk."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="take_overs")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    succeeded = models.BooleanField(default=False)
    keep = models.CharField(_("what the helpers keep"), max_length=8, choices=Keep, blank=True)

    class Meta:
        verbose_name = _("taking over of a store")
        verbose_name_plural = _("takings over of stores")
        indexes: ClassVar = [models.Index(fields=("household", "at"), name="take_over_by_household")]

    def __str__(self) -> str:
        return f"{self.household} {self.at:%Y-%m-%d}"
