"""The farmer's own word about who helps: what their account allows to a station, without a code and without paper."""

import datetime as dt
from collections.abc import Collection

import pghistory
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from sellers.mandates import SCOPES, Scope, mandates_in_force
from sellers.models import Evidence, Household, Mandate
from stations.models import Station
from stations.models.region import ancestor_codes
from stations.scope import NotAllowed

LASTS = dt.timedelta(days=365)


class NothingAllowed(ValueError):
    """A mandate that would allow nothing."""


class StationElsewhere(ValueError):
    """A station that does not serve the farmer's village."""


def stations_near(household: Household) -> QuerySet[Station]:
    """The stations that can help: those of the family's village, township and county, and of its stores; the nearest first."""
    at_home = Q(region_id__in=ancestor_codes(household.region_id))
    return Station.objects.active().filter(at_home | Q(stores__household=household)).distinct().order_by("-region_id")


def allow_help(*, by: User, household: Household, station: Station, scopes: Collection[Scope]) -> Mandate:
    """The farmer lets a station's staff do this for a year from today; what that station was allowed before ends.

    Raises NotAllowed for anyone but the farmer, NothingAllowed, StationElsewhere.
    """
    if household.user_id is None or household.user_id != by.pk:
        raise NotAllowed(_("Only the farmer can allow this."))
    if not scopes:
        raise NothingAllowed(_("Choose at least one thing that they may do."))
    if not stations_near(household).filter(pk=station.pk).exists():
        raise StationElsewhere(_("This station does not serve your village."))
    now, today = timezone.now(), timezone.localdate()
    with transaction.atomic(), pghistory.context(on_behalf_of=household.pk):
        Household.objects.select_for_update(no_key=True).get(pk=household.pk)
        mandates_in_force(household).filter(station=station).update(withdrawn_at=now, withdrawn_by=by)
        return Mandate.objects.create(
            household=household,
            station=station,
            starts_on=today,
            ends_on=today + LASTS,
            evidence=Evidence.ACCOUNT,
            confirmed_at=now,
            recorded_by=by,
            recorded_at=now,
            **{f"may_{scope}": scope in scopes for scope in SCOPES},
        )
