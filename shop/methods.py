"""Pages are read and forms are sent: every address answers the same way to every other method."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from wagtail.views import serve

USED = ("GET", "HEAD", "POST")
# Administrations with pages of their own, and addresses that programs call.
NOT_OURS = ("/office/", "/admin/", "/webhooks/")


def known_methods(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """405 for what no page of ours uses (PUT, DELETE, OPTIONS, ...), before any view; HEAD is answered as GET, without the body."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method not in USED:
            return HttpResponseNotAllowed(USED)
        if request.method != "HEAD":
            return get_response(request)
        request.method = "GET"
        try:
            return get_response(request)
        finally:
            request.method = "HEAD"  # the server leaves the body out

    return middleware


def opened_forms(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A page with a way back for whoever opens the address that a form was sent to: by the language link, from the history, by hand.

    Still a 405. Innermost, so that the page knows language and user.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 405 or request.method != "GET" or request.path_info.startswith(NOT_OURS):
            return response
        context = {"back": page_above(request.path_info)}
        page = HttpResponse(render_to_string("405.html", context, request=request), status=405)
        page["Allow"] = response.get("Allow", "POST")
        return page

    return middleware


def page_above(path: str) -> str:
    """The nearest page that an address belongs to, by cutting off its end part by part; '' where none is above it."""
    parts = path.strip("/").split("/")[:-1]
    while parts and parts != ["en"]:
        above = f"/{'/'.join(parts)}/"
        try:
            if resolve(above).func is not serve:  # Wagtail's answers to any words
                return above
        except Resolver404:
            pass
        parts.pop()
    return ""
