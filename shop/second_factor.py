"""Who answers for others signs in with two factors: centre staff, officials and operators set one up before they can act."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.models import User
from stations.models import Role
from stations.models.posting import OFFICIAL_ROLES
from stations.scope import scope_of

NEED_IT = {Role.CENTRE_STAFF, *OFFICIAL_ROLES}
# Recovery codes open once in need; they are no second factor by themselves.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
GUARDED = ("/desk/", "/volume/", "/office/", "/admin/")


def second_factor(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Sends such a user without a second factor to where it is set up, whenever they open a place of work."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if settings.SECOND_FACTOR_REQUIRED and _place_of_work(request) and lacks_second_factor(request):
            messages.warning(request, _("Your role needs a second factor. Set it up here, then you can go on."))
            return redirect("mfa_index")
        return get_response(request)

    return middleware


def _place_of_work(request: HttpRequest) -> bool:
    return request.path_info.removeprefix("/en").startswith(GUARDED)


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether the user's role needs a second factor and they have none."""
    user = request.user
    if not isinstance(user, User):
        return False
    needed = user.is_superuser or any(posting.role in NEED_IT for posting in scope_of(user).postings)
    return needed and not is_mfa_enabled(user, FACTORS)
