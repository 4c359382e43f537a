"""The site's own middleware: visitors' pages before session and sign-in, and the content policy of the Wagtail and Django admins."""

import hashlib
import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

import brotli
from csp.constants import SELF, UNSAFE_INLINE
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.cache import patch_vary_headers
from redis.exceptions import RedisError

from catalog.campaigns import stamp
from orders.cart import CART_COOKIE

logger = logging.getLogger("daylily.pages")
Answer = Callable[[HttpRequest], HttpResponse]

# Wagtail's and Django's admins bring inline scripts and styles of their own; they get them, on their own paths alone.
OFFICE_PATHS = ("/office/", "/admin/")
# Nobody shares a longer address than this; junk in the query shall not fill Redis.
LONGEST_KEPT_ADDRESS = 300
# What may be somebody's number or e-mail address, typed into the search: its page holds it too, so it is not kept.
SOMEBODYS = re.compile(r"@|1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}|[0-9](?:[ -]?[0-9]){14}")


def visitor_pages(get_response: Answer) -> Answer:
    """Answers a visitor (no session, no cart) straight from the view or from the cache, before session and sign-in are touched.

    Only views marked by accounts.visitors.visitor_page take part: they read neither the user nor the session. So do forms of signed
    tickets (accounts.visitors.by_ticket), of anybody.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            return _ticketed(request) or get_response(request)
        if request.method != "GET" or not request.COOKIES.keys().isdisjoint(
            {settings.SESSION_COOKIE_NAME, CART_COOKIE}
        ):
            return get_response(request)
        key = _page_key(request)
        return _kept_page(key, request) or _fresh_page(key, request) or get_response(request)

    return middleware


def _page_key(request: HttpRequest) -> str:
    """Hashed: an address may hold what somebody typed, and keys are read by whoever looks after Redis.

    What campaigns hold is part of it, as of before the page is made: a page with a price that ended isn't asked for any more.
    """
    if not settings.VISITOR_PAGE_SECONDS:
        return ""
    address = f"{request.get_host()}:{request.get_full_path()}:{stamp()}"
    return f"page:{hashlib.sha256(address.encode()).hexdigest()}"


def _kept_page(key: str, request: HttpRequest) -> HttpResponse | None:
    if not settings.VISITOR_PAGE_SECONDS:
        return None
    try:
        kept = cache.get(key)
    except RedisError:
        logger.warning("Redis does not answer; visitors' pages are made afresh.")
        return None
    if kept is None:
        return None
    plain, packed = kept
    in_brotli = "br" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(packed if in_brotli else plain)
    if in_brotli:
        response["Content-Encoding"] = "br"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _keep(key: str, request: HttpRequest, body: bytes) -> None:
    """Keep a page for the next visitor, plain and packed; it holds nobody's secret, so packing it gives nothing away."""
    if not settings.VISITOR_PAGE_SECONDS:
        return
    address = unquote_plus(request.get_full_path())
    if len(address) > LONGEST_KEPT_ADDRESS or SOMEBODYS.search(address):
        return
    try:
        cache.set(key, (body, brotli.compress(body, quality=5)), settings.VISITOR_PAGE_SECONDS)
    except RedisError:
        logger.warning("Redis does not answer; the page was not kept.")


def _ticketed(request: HttpRequest) -> HttpResponse | None:
    match = _match(request)
    if match is None or not getattr(match.func, "by_ticket", False):
        return None
    request.resolver_match = match
    request.user = AnonymousUser()
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


def _match(request: HttpRequest) -> ResolverMatch | None:
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None


def _fresh_page(key: str, request: HttpRequest) -> HttpResponse | None:
    match = _match(request)
    if match is None or not getattr(match.func, "visitor_page", False):
        return None
    request.resolver_match = match
    request.user = AnonymousUser()
    response: Any = match.func(request, *match.args, **match.kwargs)
    if hasattr(response, "render"):
        response = response.render()
    if response.status_code == 200 and not response.cookies:
        _keep(key, request, response.content)
    return response  # type: ignore[no-any-return]


def office_policy(get_response: Answer) -> Answer:
    """Lets the Wagtail and Django admins run the inline scripts and styles they come with; every other page keeps the strict policy."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path_info.startswith(OFFICE_PATHS):
            response._csp_update = {  # type: ignore[attr-defined]
                "script-src": [SELF, UNSAFE_INLINE],
                "style-src": [SELF, UNSAFE_INLINE],
                "frame-src": [SELF],
            }
        return response

    return middleware
