"""What every page of this desk does alike: its frame, and a refusal in clear words."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from sellers.mandates import MandateMissing
from stations.workplace import desk_frame, works_at_the_desk

View = Callable[..., HttpResponse]


def desk_view(view: View) -> View:
    """For whoever is signed in; a role that is too weak, or a mandate that is missing, gets 403 and the reason in words."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (PermissionDenied, MandateMissing) as refused:
            return refusal(request, str(refused))

    return login_required(guarded)


def refusal(request: HttpRequest, text: str) -> HttpResponse:
    """403: what was refused and why; nothing was changed."""
    back = reverse("desk_stores") if works_at_the_desk(acting(request)) else ""
    return show(request, "sellers/refused.html", status=403, text=text, back=back)


def only_at_the_desk(request: HttpRequest) -> None:
    """Raises PermissionDenied for somebody without any posting (a buyer, a farmer)."""
    if not works_at_the_desk(acting(request)):
        raise PermissionDenied(_("The desk is for the staff of the stations."))


def show(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the desk in its frame."""
    return render(request, template, {**desk_frame(acting(request)), **context}, status=status)


def acting(request: HttpRequest) -> User:
    """The user behind a signed-in request."""
    assert isinstance(request.user, User)
    return request.user


def waiting(since: Any) -> str:
    """How long something has waited, in whole days of Shanghai: 'since today', '3 days'."""
    if since is None:
        return ""
    days = (timezone.localdate() - timezone.localdate(since)).days
    if days <= 0:
        return _("since today")
    return ngettext("for %(days)d day", "for %(days)d days", days) % {"days": days}
