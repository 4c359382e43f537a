"""The frame of the desk's pages: which station, who is signed in, and the bar at the thumb."""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from accounts.models import User
from stations.keeping import why_shut
from stations.models import Station, StationStatus
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of


def stations_of(user: User) -> list[Station]:
    """The stations where the user serves today, one for each posting."""
    found = [posting.station for posting in scope_of(user).postings if posting.role in STAFF_ROLES and posting.station]
    return list(dict.fromkeys(found))


def counters_of(user: User) -> list[Station]:
    """The stations with a cash counter where the user is posted as staff."""
    return [station for station in stations_of(user) if station.cash_counter and station.is_active]


def works_at_the_desk(user: User) -> bool:
    """Whether the desk has anything to show: staff and officials have a posting, the operator sees everything."""
    scope = scope_of(user)
    return scope.everywhere or bool(scope.postings)


def desk_frame(user: User) -> dict[str, Any]:
    """What desk_base.html asks for: `station_name`, `user_name`, `desk_nav` [(label, url, count)], and `shut_lines`.

    A desk without a page is left out. `shut_lines` say of each station of the user's that is suspended why, and what it can't do.
    """
    postings = scope_of(user).postings
    first = postings[0] if postings else None
    place = first and (first.station or first.region)
    return {
        "station_name": place.label if place else "",
        "user_name": f"{user} · {first.get_role_display()}" if first else str(user),
        "shut_lines": [why_shut(one) for one in stations_of(user) if one.status == StationStatus.SUSPENDED],
        "desk_nav": [(label, url, 0) for label, name in _sections() if (url := _address(name))],
    }


def _sections() -> list[tuple[str, str]]:
    return [
        (_("Today"), "desk"),
        (_("Stores"), "desk_stores"),
        (_("Goods"), "desk_goods"),
        (_("Parcels"), "desk_parcels"),
        (_("Cash"), "desk_cash"),
    ]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
