"""The site's own pages: health, where an account belongs, and what is shown when something fails."""

import logging
import sys

import psycopg
from allauth.account.views import logout
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET
from django.views.static import serve
from redis.exceptions import RedisError

from accounts.signed_in import signed_in
from sellers.taking_over import waiting_for
from shop.context import user_places

logger = logging.getLogger("daylily.pages")
A_YEAR = 31_536_000
OUTAGES = (OperationalError, InterfaceError, RedisError, psycopg.OperationalError, psycopg.InterfaceError)


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when PostgreSQL answers; for the container's health check."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@require_GET
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """A public picture. Its name is random and never used again, so browsers may keep it for good."""
    response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    response["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return response


@login_required
def account_home(request: HttpRequest) -> HttpResponse:
    """Sends whoever signed in to the first of their places, a farmer whose store waits for them to it, a buyer to their orders."""
    places = user_places(request.user)
    if not places and waiting_for(signed_in(request)):
        return redirect("my_store")
    return redirect(places[0][1] if places else reverse("orders"))


def sign_out(request: HttpRequest) -> HttpResponse:
    """allauth's own, and the browser forgets what the desk kept on it: pages, forms, photographs."""
    response: HttpResponse = logout(request)
    if request.method == "POST" and not request.user.is_authenticated:
        response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """The 500 page, or the 503 page when PostgreSQL or Redis does not answer; neither needs them."""
    error = sys.exc_info()[1]
    # What goes wrong while a job is deferred comes in procrastinate's wrapping.
    if isinstance(error, OUTAGES) or (error is not None and isinstance(error.__cause__, OUTAGES)):
        logger.error("Outage: %s", type(error).__name__)
        response = HttpResponse(render_to_string("503.html"), status=503)
        response["Retry-After"] = "30"
        return response
    return HttpResponse(render_to_string("500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What a form gets whose page is too old or that another site sent."""
    return HttpResponse(render_to_string("403_csrf.html", request=request), status=403)
