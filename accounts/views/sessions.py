"""Where a user is signed in, and how they end it there."""

from allauth.usersessions.internal.flows.sessions import end_other_sessions, end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.devices import device_of, shortened_address
from accounts.signed_in import signed_in


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """The devices where the user is signed in, this one first; a POST ends all the others."""
    user = signed_in(request)
    if request.method == "POST":
        end_other_sessions(request, user)
        messages.success(request, _("You are signed out everywhere else."))
        return redirect("usersessions_list")
    rows = [
        {
            "pk": session.pk,
            "device": device_of(session.user_agent),
            "address": shortened_address(session.ip),
            "since": session.created_at,
            "this": session.is_current(),
        }
        for session in UserSession.objects.purge_and_list(user)
    ]
    rows.sort(key=lambda row: (not row["this"], -row["since"].timestamp()))
    return render(request, "accounts/sessions.html", {"sessions": rows, "others": sum(not row["this"] for row in rows)})


@login_required
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign the user out on one device. 404 for somebody else's."""
    session = get_object_or_404(UserSession, pk=pk, user=signed_in(request))
    end_sessions(request, [session])
    if request.user.is_authenticated:
        messages.success(request, _("You are signed out there."))
    return redirect("usersessions_list")
