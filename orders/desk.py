"""Who may open the desks of orders."""

from django.http import HttpRequest
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
