"""Visitors: pages that are the same for all of them, and forms on such pages, which can carry no token of one person."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

View = TypeVar("View", bound=Callable[..., object])


def visitor_page(view: View) -> View:
    """Marks a view whose page for a visitor depends on the URL alone: the site may keep it, and skips session and sign-in.

    Such a view reads neither the user nor the session, and sets no cookie.
    """
    view.visitor_page = True  # type: ignore[attr-defined]
    return view


def by_ticket(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Marks a view for forms that carry a signed ticket: whose it is, and that a page of ours sent it, is known from that alone.

    The site answers it before session and sign-in, and asks for no other token. Such a view reads neither the user nor the session.
    """
    view.by_ticket = True  # type: ignore[attr-defined]
    return csrf_exempt(view)


def from_our_own_pages(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Accepts a POST without a token when the browser says that one of our pages sent it, and refuses it otherwise (403).

    Browsers set Sec-Fetch-Site and Origin themselves, a page cannot forge them; one that sends neither is no browser, and then
    carries nobody's cookies. See https://owasp.org/www-community/attacks/csrf and the Fetch Metadata specification (W3C).
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        site = request.headers.get("Sec-Fetch-Site", "")
        origin = request.headers.get("Origin", "")
        if site not in {"", "same-origin", "none"} or (origin and urlsplit(origin).netloc != request.get_host()):
            raise PermissionDenied(_("This form was sent by another site."))
        return view(request, *args, **kwargs)

    return csrf_exempt(guarded)
