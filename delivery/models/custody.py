"""Custody: who handed a parcel to whom, append-only, each linked by hash to the one before; and scans that wait for a person."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from delivery.models.parcel import Parcel
from payments.append_only import append_only
from stations.models import Station
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class ScanKind(models.TextChoices):
    """What a scan says happened."""

    COLLECT = "collect", _("collected from the farmer")
    OUT = "out", _("sent on")
    IN = "in", _("arrived")
    PACK = "pack", _("packed into a box")
    CARRIER = "carrier", _("handed to the carrier")
    DELIVER = "deliver", _("delivered")
    PICKUP = "pickup", _("picked up")


class Handover(models.Model):
    """One change of hands. `nonce` is the phone's and makes a replayed scan harmless.

    `giver` and `taker` name both sides as delivery.custody writes them: a word for the kind of side, a colon, and its code or name.
    """

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="handovers")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("what happened"), max_length=8, choices=ScanKind)
    station = models.ForeignKey(
        Station,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("station"),
    )
    giver = models.CharField(_("given by"), max_length=80)
    taker = models.CharField(_("taken by"), max_length=80)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
    )
    county_code = models.CharField(max_length=6)
    nonce = models.CharField(max_length=40, unique=True)
    device_time = models.DateTimeField(_("time of the device"))
    server_time = models.DateTimeField(_("time of the server"), default=timezone.now)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        ordering = ("parcel", "position")
        constraints: ClassVar = [models.UniqueConstraint(fields=("parcel", "position"), name="one_handover_a_position")]
        # What stations did on a day is counted from these rows, which only grow, in about the order of their time.
        indexes: ClassVar = [BrinIndex(Least("device_time", "server_time"), name="handover_by_time")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.parcel} {self.get_kind_display()}"


class Outcome(models.TextChoices):
    """What a person made of a held scan."""

    APPLIED = "applied", _("applied after all")
    TAKEN_IN = "taken_in", _("taken in here, its way planned again")
    SET_ASIDE = "set_aside", _("set aside")


class HeldScanQuerySet(models.QuerySet["HeldScan"]):
    """Held scans, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "HeldScanQuerySet":
        """Those of the user's stations or below."""
        return self.filter(scope_of(user).covers("station__region_id"))


class HeldScan(models.Model):
    """A scan that does not fit the parcel's state: kept for a person, never lost."""

    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="held_scans")
    kind = models.CharField(_("what happened"), max_length=8, choices=ScanKind)
    station = models.ForeignKey(
        Station,
        on_delete=models.CASCADE,
        related_name="held_scans",
        verbose_name=_("station"),
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    nonce = models.CharField(max_length=40, unique=True)
    device_time = models.DateTimeField()
    weighed_g = models.PositiveIntegerField(_("weighed in grams"), null=True, blank=True)
    carrier_number = models.CharField(_("carrier's number"), max_length=40, blank=True)
    reason = models.CharField(_("why it waits"), max_length=200)
    received_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects = HeldScanQuerySet.as_manager()

    class Meta:
        verbose_name = _("held scan")
        verbose_name_plural = _("held scans")
        ordering = ("-received_at",)

    def __str__(self) -> str:
        return f"{self.parcel} {self.get_kind_display()}"
