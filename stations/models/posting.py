"""Postings: what a person may do, and where."""

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stations.models.region import Region
from stations.models.station import Station

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class Role(models.TextChoices):
    """Staff serve at a station; officials answer for a region."""

    VILLAGE_STAFF = "village_staff", _("village point staff")
    TOWNSHIP_STAFF = "township_staff", _("township station staff")
    CENTRE_STAFF = "centre_staff", _("county centre staff")
    COUNTY_OFFICIAL = "county_official", _("county official")
    PREFECTURE_OFFICIAL = "prefecture_official", _("prefecture official")
    PROVINCE_OFFICIAL = "province_official", _("province official")


STAFF_ROLES = (Role.VILLAGE_STAFF, Role.TOWNSHIP_STAFF, Role.CENTRE_STAFF)
OFFICIAL_ROLES = (
    Role.COUNTY_OFFICIAL,
    Role.PREFECTURE_OFFICIAL,
    Role.PROVINCE_OFFICIAL,
)


class PostingQuerySet(models.QuerySet["Posting"]):
    """Postings, in words of the domain."""

    def current(self, today: dt.date | None = None) -> "PostingQuerySet":
        """Those that hold today (Shanghai's day)."""
        today = today or timezone.localdate()
        return self.filter(starts_on__lte=today).filter(Q(ends_on=None) | Q(ends_on__gt=today))

    def visible_to(self, user: "User | AnonymousUser") -> "PostingQuerySet":
        """Those at or below the user's own, and the user's own."""
        from stations.scope import scope_of

        return self.filter(scope_of(user).covers("region_id") | Q(user_id=user.pk or 0))


@pghistory.track()
class Posting(models.Model):
    """A user's role at a station (staff) or over a region (officials), from a day until a day."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="postings",
        verbose_name=_("user"),
    )
    name = models.CharField(_("name as it was given"), max_length=60, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    station = models.ForeignKey(
        Station,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="postings",
        verbose_name=_("station"),
    )
    region = models.ForeignKey(
        Region,
        on_delete=models.PROTECT,
        related_name="postings",
        verbose_name=_("region"),
    )
    starts_on = models.DateField(_("from"), default=timezone.localdate)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("given by"),
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("ended by"),
    )

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(Q(role__in=STAFF_ROLES) & ~Q(station=None)) | (Q(role__in=OFFICIAL_ROLES) & Q(station=None)),
                name="staff_have_a_station_officials_do_not",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="posting_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(given_by=None) | ~Q(given_by=F("user")), name="nobody_gives_themselves_a_posting"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("region", "id"), name="posting_by_region")]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="role_fits_its_place",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("role", "station_id", "region_id"),  # type: ignore[no-untyped-call]
                declare=[("place", "stations_station%ROWTYPE"), ("height", "integer"), ("fitting", "text")],
                func="""
                IF NEW.station_id IS NULL THEN
                    SELECT level INTO height FROM stations_region WHERE code = NEW.region_id;
                    IF NOT (height = CASE NEW.role WHEN 'county_official' THEN 3 WHEN 'prefecture_official' THEN 2 ELSE 1 END
                            OR (NEW.role = 'county_official' AND height = 2)) THEN
                        RAISE EXCEPTION 'A % does not answer for region %.', NEW.role, NEW.region_id USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                END IF;
                SELECT * INTO place FROM stations_station WHERE id = NEW.station_id;
                fitting := CASE place.kind WHEN 'centre' THEN 'centre_staff' WHEN 'township' THEN 'township_staff' ELSE 'village_staff' END;
                IF place.region_id <> NEW.region_id OR NEW.role <> fitting THEN
                    RAISE EXCEPTION '% does not fit station %.', NEW.role, place.code USING ERRCODE = 'check_violation';
                END IF;
                IF TG_OP = 'INSERT' AND place.status IN ('suspended', 'closed') THEN
                    RAISE EXCEPTION 'Station % takes no new postings.', place.code USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"

    @property
    def place(self) -> Station | Region:
        """The station, or for an official the region."""
        return self.station or self.region

    @property
    def last_day(self) -> dt.date | None:
        """The last day that it holds (`ends_on` is the first day that it does not); None without an end."""
        return self.ends_on - dt.timedelta(days=1) if self.ends_on else None

    @property
    def holds(self) -> bool:
        """Whether it holds today."""
        today = timezone.localdate()
        return self.starts_on <= today and (self.ends_on is None or self.ends_on > today)
