"""Parcels and the legs of their way. A parcel knows no order: it has contents, weight, an origin, a destination and a reference."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.references import public_reference
from delivery.models.run import Run
from delivery.places import region_in_full
from stations.models import Region, Station
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ParcelKind(models.TextChoices):
    """One seller's parcel, or the box that the centre packs for one buyer."""

    PARCEL = "parcel", _("parcel")
    BOX = "box", _("box")


class ParcelState(models.TextChoices):
    """Where a parcel stands; only delivery.scanning moves it."""

    PLANNED = "planned", _("to be collected")
    COLLECTED = "collected", _("collected")
    ON_THE_WAY = "on_the_way", _("on the way")
    AT_STATION = "at_station", _("at a station")
    WITH_CARRIER = "with_carrier", _("with the carrier")
    READY = "ready", _("ready for pickup")
    DELIVERED = "delivered", _("delivered")
    CANCELLED = "cancelled", _("cancelled")


class StopMark(models.TextChoices):
    """Whether a parcel may go on: `delivery.stopping` sets it, for a reason that stands in its stops."""

    NONE = "", _("not stopped")
    HELD = "held", _("stopped: stays where it is")
    BACK = "back", _("stopped: goes back to the centre")


class ParcelQuerySet(models.QuerySet["Parcel"]):
    """Parcels, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "ParcelQuerySet":
        """Those whose way begins, passes or ends at a station of the user's regions."""
        scope = scope_of(user)
        if scope.everywhere:
            return self
        touched = Leg.objects.filter(scope.covers("from_station__region_id") | scope.covers("to_station__region_id"))
        return self.filter(
            Q(pk__in=touched.values("parcel_id"))
            | scope.covers("origin__region_id")
            | scope.covers("station__region_id")
        )

    def under_way(self) -> "ParcelQuerySet":
        """Those that are neither delivered nor cancelled."""
        return self.exclude(state__in=(ParcelState.DELIVERED, ParcelState.CANCELLED))


class Parcel(models.Model):
    """One thing that travels. `box` is the box it was packed into; a boxed parcel moves with its box."""

    ref = models.CharField(max_length=24, unique=True, default=public_reference, editable=False)
    number = models.CharField(_("number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=ParcelKind, default=ParcelKind.PARCEL)
    state = models.CharField(_("state"), max_length=12, choices=ParcelState, default=ParcelState.PLANNED)
    stop = models.CharField(_("stopped"), max_length=4, choices=StopMark, blank=True, default=StopMark.NONE)
    box = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="contents_parcels",
        verbose_name=_("box"),
    )
    group_ref = models.CharField(
        max_length=40, db_index=True, blank=True
    )  # parcels of one buyer's order share it: they may share a box
    county_code = models.CharField(max_length=6, editable=False)
    origin = models.ForeignKey(
        Station,
        on_delete=models.PROTECT,
        related_name="parcels_from",
        verbose_name=_("from"),
    )
    destination_station = models.ForeignKey(
        Station,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parcels_to",
        verbose_name=_("to be picked up at"),
    )
    destination_region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+", verbose_name=_("to"))
    station = models.ForeignKey(
        Station,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parcels_here",
        verbose_name=_("now at"),
    )
    sender = models.CharField(_("sender"), max_length=80)
    recipient = models.CharField(_("recipient"), max_length=40)
    phone = models.CharField(_("mobile number"), max_length=20)
    address = models.CharField(_("address"), max_length=200)
    contents = models.CharField(_("contents"), max_length=300)
    weight_g = models.PositiveIntegerField(_("weight in grams"))
    weighed_g = models.PositiveIntegerField(_("weighed in grams"), null=True, blank=True)
    # Frozen goods travel in the cold chain as well: `chilled` is set for them too.
    chilled = models.BooleanField(_("chilled"), default=False)
    frozen = models.BooleanField(_("frozen"), default=False)
    pickup_code = models.CharField(_("pickup code"), max_length=8, blank=True)
    keep_until = models.DateField(_("kept until"), null=True, blank=True)
    carrier = models.CharField(_("carrier"), max_length=40, blank=True)
    carrier_en = models.CharField(_("carrier in English"), max_length=40, blank=True)
    carrier_number = models.CharField(_("carrier's number"), max_length=40, blank=True)
    planned_arrival = models.DateTimeField(_("planned arrival"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    collected_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = ParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(frozen=False) | Q(chilled=True), name="frozen_goods_stay_cold"),
        ]
        indexes: ClassVar = [
            models.Index(fields=("station", "state"), name="parcel_at_station"),
            models.Index(fields=("origin", "state"), name="parcel_from_station"),
            models.Index(fields=("county_code", "created_at"), name="parcel_by_county"),
            # Desks and jobs look at what is under way, a small part of a table that only grows.
            models.Index(
                fields=("state",),
                name="parcel_under_way",
                condition=Q(state__in=("planned", "collected", "on_the_way", "at_station", "with_carrier", "ready")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def goal(self) -> str:
        """Where it goes in the end: the station, or the region in full (read it with `destination_region__parent__parent`)."""
        return str(self.destination_station or region_in_full(self.destination_region))

    @property
    def carrier_label(self) -> str:
        """The carrier in the language of the page."""
        return (self.carrier_en or self.carrier) if get_language() == "en" else self.carrier

    @property
    def overdue(self) -> bool:
        """Whether it has waited for its buyer longer than the station keeps it."""
        return (
            self.state == ParcelState.READY and self.keep_until is not None and self.keep_until < timezone.localdate()
        )


class Leg(models.Model):
    """One stretch of a parcel's way, planned and done: by a run to a station, or by the carrier to a centre or a region.

    What was packed into a box keeps legs of its own whose costs sum to the box's; add up the legs of boxes or of parcels, never both.
    """

    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="legs")
    position = models.PositiveSmallIntegerField()
    from_station = models.ForeignKey(Station, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    from_region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    to_station = models.ForeignKey(Station, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    to_region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    depart_planned = models.DateTimeField()
    arrive_planned = models.DateTimeField()
    cost_fen = models.PositiveIntegerField()
    departed_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("leg")
        verbose_name_plural = _("legs")
        ordering = ("parcel", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("parcel", "position"), name="one_leg_a_position"),
            models.CheckConstraint(
                condition=(Q(from_station=None) ^ Q(from_region=None)) & (Q(to_station=None) ^ Q(to_region=None)),
                name="leg_joins_two_places",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("from_station", "parcel"), name="leg_from"),
            models.Index(fields=("to_station", "parcel"), name="leg_to"),
            models.Index(fields=("run", "depart_planned"), name="leg_on_a_run"),
        ]

    def __str__(self) -> str:
        return f"{self.parcel} {self.position}"

    @property
    def by_carrier(self) -> bool:
        """Whether the carrier does it: it ends at a region, or in another county than it began."""
        if self.to_station is None or self.from_station is None:
            return True
        return self.to_station.county_code != self.from_station.county_code

    @property
    def start(self) -> Station | Region | None:
        """The station or region it begins at."""
        return self.from_station or self.from_region

    @property
    def end(self) -> Station | Region | None:
        """The station or region it ends at."""
        return self.to_station or self.to_region
