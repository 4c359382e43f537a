"""Mandates: what a farmer allows a station's staff to do for them."""

from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sellers.models.household import Household
from stations.models import Station
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class Evidence(models.TextChoices):
    """What a mandate rests on."""

    CODE = "code", _("one-time code to the farmer's phone")
    PAPER = "paper", _("signed paper, photographed")
    ACCOUNT = "account", _("the farmer's own account")


class MandateQuerySet(models.QuerySet["Mandate"]):
    """Mandates, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "MandateQuerySet":
        """Those of households in the user's regions, and the user's own."""
        return self.filter(scope_of(user).covers("household__region_id") | Q(household__user_id=user.pk or 0))


@pghistory.track(model_name="MandateEvent")
class Mandate(models.Model):
    """What a farmer allows a station's staff to do for them, until when, and on what evidence."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="mandates")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="mandates")
    may_list = models.BooleanField(_("list and describe goods"), default=True)
    may_price = models.BooleanField(_("set prices"), default=True)
    may_receive_cash = models.BooleanField(_("receive cash"), default=False)
    may_answer = models.BooleanField(_("answer buyers"), default=True)
    starts_on = models.DateField(_("from"), default=timezone.localdate)
    ends_on = models.DateField(_("until"))
    evidence = models.CharField(_("evidence"), max_length=10, choices=Evidence)
    paper = models.CharField(_("photograph of the paper"), max_length=200, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed by the farmer"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    refused_at = models.DateTimeField(_("paper refused"), null=True, blank=True)
    refused_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    refused_reason = models.CharField(_("why the paper was refused"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    objects = MandateQuerySet.as_manager()

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="mandate_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~Q(evidence=Evidence.PAPER) | ~Q(paper=""),
                name="paper_mandate_has_its_photograph",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.household} -> {self.station}"
