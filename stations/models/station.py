"""The stations: one centre a county, one station a township, points in the villages."""

from typing import TYPE_CHECKING, ClassVar

import pghistory
import pgtrigger
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pictures.models import Picture
from stations.models.region import Region, code_range

if TYPE_CHECKING:
    from accounts.models import User


class StationKind(models.TextChoices):
    """The three levels of the hierarchy."""

    CENTRE = "centre", _("county centre")
    TOWNSHIP = "township", _("township station")
    VILLAGE = "village", _("village point")


class StationStatus(models.TextChoices):
    """Only an active station takes goods."""

    PLANNED = "planned", _("planned")
    ACTIVE = "active", _("active")
    SUSPENDED = "suspended", _("suspended")
    CLOSED = "closed", _("closed")


class StationQuerySet(models.QuerySet["Station"]):
    """Stations, in words of the domain."""

    def active(self) -> "StationQuerySet":
        """Those that take goods today."""
        return self.filter(status=StationStatus.ACTIVE)

    def within(self, code: str) -> "StationQuerySet":
        """Those in the region of this twelve-digit code."""
        first, last = code_range(code)
        return self.filter(region_id__gte=first, region_id__lte=last)

    def visible_to(self, user: "User") -> "StationQuerySet":
        """Those at or below the user's postings; all for an operator."""
        from stations.scope import scope_of

        return self.filter(scope_of(user).covers("region_id"))


@pghistory.track()
class Station(models.Model):
    """A place with a roof, a scale and somebody who answers. The database refuses a parent of the wrong level or county."""

    code = models.CharField(_("code"), max_length=16, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=StationKind)
    region = models.ForeignKey(
        Region,
        on_delete=models.PROTECT,
        related_name="stations",
        verbose_name=_("region"),
    )
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name=_("parent"),
    )
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=StationStatus, default=StationStatus.PLANNED)
    status_note = models.CharField(_("why it is suspended or closed"), max_length=200, blank=True)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    heir = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="heir_of",
        verbose_name=_("its stores and parcels went to"),
    )
    address = models.CharField(_("address"), max_length=120, blank=True)
    hours = models.CharField(_("opening hours"), max_length=60, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    cold_store = models.BooleanField(_("cold store"), default=False)
    grading = models.BooleanField(_("grading"), default=False)
    packing = models.BooleanField(_("packing"), default=False)
    warehouse = models.BooleanField(_("warehouse"), default=False)
    cash_counter = models.BooleanField(_("cash counter"), default=False)
    training_room = models.BooleanField(_("training room"), default=False)
    parcels_per_day = models.PositiveIntegerField(_("parcels a day"), default=0)
    kg_per_day = models.PositiveIntegerField(_("kilograms a day"), default=0)

    objects = StationQuerySet.as_manager()

    class Meta:
        verbose_name = _("station")
        verbose_name_plural = _("stations")
        ordering = ("code",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind=StationKind.CENTRE, parent=None)
                | (~models.Q(kind=StationKind.CENTRE) & ~models.Q(parent=None)),
                name="only_a_centre_has_no_parent",
            ),
            models.UniqueConstraint(
                fields=("region",),
                condition=models.Q(kind=StationKind.CENTRE) & ~models.Q(status=StationStatus.CLOSED),
                name="one_centre_a_county",
            ),
            models.CheckConstraint(
                condition=models.Q(status=StationStatus.CLOSED) ^ models.Q(closed_on=None),
                name="closed_stations_have_a_last_day",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="parent_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id", "kind", "region_id", "status"),  # type: ignore[no-untyped-call]
                declare=[("above", "stations_station%ROWTYPE")],
                func="""
                IF NEW.status = 'closed' AND EXISTS (SELECT 1 FROM stations_station WHERE parent_id = NEW.id AND status <> 'closed') THEN
                    RAISE EXCEPTION 'Stations stand under %: it cannot close.', NEW.code USING ERRCODE = 'check_violation';
                END IF;
                IF NEW.parent_id IS NULL THEN RETURN NEW; END IF;
                -- Held: a parent that closes at this moment waits, and then finds this station under it.
                SELECT * INTO above FROM stations_station WHERE id = NEW.parent_id FOR SHARE;
                IF above.status = 'closed' AND NEW.status <> 'closed' THEN
                    RAISE EXCEPTION 'Station % is closed: nothing stands under it.', above.code USING ERRCODE = 'check_violation';
                END IF;
                IF above.kind IS DISTINCT FROM (CASE NEW.kind WHEN 'township' THEN 'centre' WHEN 'village' THEN 'township' END)
                   OR left(above.region_id, 6) <> left(NEW.region_id, 6) THEN
                    RAISE EXCEPTION 'A % cannot stand under station %.', NEW.kind, above.code USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return (self.name_en or self.name) if get_language() == "en" else self.name

    @property
    def county_code(self) -> str:
        """The six digits of the county it serves."""
        return self.region_id[:6]

    @property
    def successor(self) -> "Station":
        """The station itself, or the one that took over from it when it closed (or from that one)."""
        here: Station = self
        while here.status == StationStatus.CLOSED and here.heir is not None:
            here = here.heir
        return here

    @property
    def is_active(self) -> bool:
        """Whether it takes goods today."""
        return self.status == StationStatus.ACTIVE


class StationPicture(models.Model):
    """A photograph of a station, in order."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="pictures")
    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("photograph of a station")
        verbose_name_plural = _("photographs of a station")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return f"{self.station} {self.position}"


class StationDay(models.Model):
    """What a station did on one day of Shanghai: counted from stores, handovers and sales (reports.activity), never entered."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="days")
    day = models.DateField(_("day"))
    stores_opened = models.PositiveIntegerField(_("stores opened"), default=0)
    parcels = models.PositiveIntegerField(_("parcels"), default=0)
    sales = models.PositiveIntegerField(_("sales"), default=0)
    sales_fen = models.BigIntegerField(_("sales in fen"), default=0)

    class Meta:
        verbose_name = _("day of a station")
        verbose_name_plural = _("days of a station")
        constraints: ClassVar = [models.UniqueConstraint(fields=("station", "day"), name="one_row_a_station_and_day")]
        indexes: ClassVar = [models.Index(fields=("day", "station"), name="station_day_by_day")]

    def __str__(self) -> str:
        return f"{self.station} {self.day}"
