"""Mandates: what a farmer allows a station's staff to do for them."""

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
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

    def taken_back(self, *, since: dt.datetime) -> "MandateQuerySet":
        """Those that the farmer ended, by phone or with their account, since then. What a newer mandate replaced is none of them."""
        replaced = Mandate.objects.filter(
            household=OuterRef("household"), station=OuterRef("station"), confirmed_at=OuterRef("withdrawn_at")
        )
        by_the_farmer = Q(withdrawn_by=None) | Q(withdrawn_by=F("household__user"))
        return self.filter(by_the_farmer, ~Exists(replaced), confirmed_at__isnull=False, withdrawn_at__gt=since)

    def on_paper_to_look_at(self) -> "MandateQuerySet":
        """Those whose paper holds only once the township or the county has looked at it."""
        return self.filter(confirmed_at=None, withdrawn_at=None, refused_at=None).exclude(paper="")


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
    ends_on = models.DateField(_("until"))  # the last day on which it holds
    evidence = models.CharField(_("evidence"), max_length=10, choices=Evidence)
    paper = models.CharField(_("photograph of the paper"), max_length=200, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed by the farmer"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    # Who looked at a paper that came soon after the farmer had taken a mandate back; empty for any other.
    checked_at = models.DateTimeField(_("paper looked at"), null=True, blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
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

    @property
    def paper_waits(self) -> bool:
        """Whether its paper holds only once the township or the county has looked at it."""
        return bool(self.paper) and not (self.confirmed_at or self.withdrawn_at or self.refused_at)
