"""What every desk page of orders shows around its own: the station, the person, and the bar at the thumb."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from accounts.models import User
from stations.models.posting import STAFF_ROLES
from stations.scope import NotAllowed, scope_of


def require_desk(request: HttpRequest) -> User:
    """The member of staff who asks. Raises NotAllowed (403) for anyone without a station."""
    user = request.user
    assert isinstance(user, User)
    scope = scope_of(user)
    if not scope.everywhere and not any(posting.role in STAFF_ROLES for posting in scope.postings):
        raise NotAllowed(_("The desk is for the staff of stations."))
    return user


def desk_context(user: User) -> dict[str, Any]:
    """`station_name`, `user_name` and `desk_nav` of desk_base.html."""
    stations = [posting.station for posting in scope_of(user).postings if posting.station]
    return {
        "station_name": stations[0].label if stations else "",
        "user_name": str(user),
        "desk_nav": [(label, url, 0) for label, url in _places() if url],
    }


def _places() -> list[tuple[str, str]]:
    return [
        (_("Today"), reverse("desk")),
        (_("Collect"), reverse("desk_collect")),
        (_("Parcels"), _address("desk_parcels")),
        (_("Goods"), _address("desk_goods")),
        (_("Stores"), _address("desk_stores")),
    ]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
