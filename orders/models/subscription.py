"""Season's boxes that buyers have paid ahead: how many, how often, and within which weeks they may be moved."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Subscription(models.Model):
    """What holds the deliveries of a season's box together: each is a consignment of its own, whose `promised_week` is its week.

    `deliveries` boxes were bought, one every `weeks_between` weeks. `first_week` is the Monday of the first as it was ordered, and
    `last_week` that of the season's last as the pack said it then: its buyer moves deliveries within these (orders.postponing).
    """

    deliveries = models.PositiveSmallIntegerField(_("deliveries"))
    weeks_between = models.PositiveSmallIntegerField(_("weeks between deliveries"))
    first_week = models.DateField(_("first week"))
    last_week = models.DateField(_("last week of the season"))

    class Meta:
        verbose_name = _("subscription to a season's box")
        verbose_name_plural = _("subscriptions to season's boxes")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(first_week__iso_week_day=1, last_week__iso_week_day=1, first_week__lt=F("last_week")),
                name="subscription_weeks_sane",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deliveries} × {self.first_week}"
