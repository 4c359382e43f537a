"""The limit views: what a page costs at the least behind our middleware, on this server with these settings."""

import time
from collections.abc import Callable
from contextlib import nullcontext

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.visitors import visitor_page
from stations.models import Region

SIXTEEN_KB = "bench:16kb"


def hello(request: HttpRequest) -> HttpResponse:
    """A few bytes behind the whole middleware."""
    return HttpResponse("hello")


@visitor_page
def one_query(request: HttpRequest) -> HttpResponse:
    """One indexed query and a small template, on the visitors' path."""
    return render(request, "bench/one_query.html", {"region": Region.objects.get(code="430426000000")})


def from_redis(request: HttpRequest) -> HttpResponse:
    """Sixteen kilobytes from Redis behind the whole middleware."""
    return HttpResponse(cache.get(SIXTEEN_KB) or b"")


def server_time(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Says in Server-Timing how long an answer took here, in milliseconds; and, to who asks for it, how many statements it took."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began, statements = time.perf_counter(), 0

        def counted(execute: Callable[..., object], *call: object) -> object:
            nonlocal statements
            statements += 1
            return execute(*call)

        with connection.execute_wrapper(counted) if "X-Bench-Count" in request.headers else nullcontext():
            response = get_response(request)
        if statements or "X-Bench-Count" in request.headers:
            response["X-Bench-Statements"] = str(statements)
        response["Server-Timing"] = f"app;dur={(time.perf_counter() - began) * 1000:.1f}"
        return response

    return middleware
