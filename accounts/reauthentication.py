"""Asking again: pages where money or personal data is at stake want proof that it is still the same person at the keyboard."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.signed_in import signed_in

# OWASP's Application Security Verification Standard (3.7.1) asks for it before sensitive actions; fifteen minutes is its usual idle limit.
LASTS_SECONDS = 15 * 60


def asks_again(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lets a signed-in user in who proved who they are within fifteen minutes (signing in counts); others are asked, and come back.

    Asked by password, second factor or a code to their phone. What was in a form that came too late is not kept: it holds
    account numbers and identities, and the session is no place for those; they come back to the page that the form stood on.
    """

    @never_cache
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if authenticated_lately(request):
            return view(request, *args, **kwargs)
        return ask(request, then=_way_back(request))

    return guarded


def authenticated_lately(request: HttpRequest) -> bool:
    """Whether this session's user signed in, or was asked again, within fifteen minutes."""
    records = get_authentication_records(request, signed_in(request)) if request.user.is_authenticated else []
    return bool(records) and time.time() - max(record["at"] for record in records) < LASTS_SECONDS


def ask(request: HttpRequest, *, then: str) -> HttpResponseRedirect:
    """On to the page that asks, and from there to `then`; whoever has no means of being asked is signed out and signs in again."""
    ways = get_adapter().get_reauthentication_methods(signed_in(request))
    if not ways:
        logout(request)
        return redirect_to_login(then)
    query = QueryDict(mutable=True)
    query["next"] = then
    return HttpResponseRedirect(f"{ways[0]['url']}?{query.urlencode(safe='/')}")


def may_be_asked_by_phone(user: User) -> bool:
    """Whether a code to their phone is proof enough: the number is proved, and there is no second factor that says more."""
    from allauth.mfa.utils import is_mfa_enabled

    return bool(user.phone and user.phone_verified_at) and not is_mfa_enabled(user)


def _way_back(request: HttpRequest) -> str:
    """The page itself, or the page whose form was sent."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    sent_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(sent_from, {request.get_host()}, require_https=request.is_secure()):
        parts = urlsplit(sent_from)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return resolve_url("account_home")
