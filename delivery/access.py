"""Who may handle parcels where: scanning is for those who stand at the station, everything else for its whole line of stations."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from stations.models import Station
from stations.scope import NotAllowed, scope_of
from stations.workplace import stations_of


class SignedIn(HttpRequest):
    """A request that login_required let through."""

    user: User


def stations_served(user: User | AnonymousUser) -> list[Station]:
    """The stations where the user serves, and so may scan; every active station for an operator."""
    scope = scope_of(user)
    if scope.everywhere:
        return list(Station.objects.active())
    return [] if isinstance(user, AnonymousUser) else stations_of(user)


def stations_watched(user: User | AnonymousUser) -> list[Station]:
    """The stations whose work the user looks at: where they serve, or, for an official, those of the region. Raises NotAllowed."""
    served = stations_served(user)
    if served:
        return served
    if isinstance(user, AnonymousUser) or not scope_of(user).postings:
        raise NotAllowed(_("Only the staff of stations and officials work here."))
    return list(Station.objects.visible_to(user))
