"""Pages are read and forms are sent: every address answers the same way to every other method."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

USED = ("GET", "HEAD", "POST")


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
