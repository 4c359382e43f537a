"""The store in which a station sells what it gathers of many families."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from pictures.intake import take_in
from sellers import onboarding
from sellers.models import Store, StoreStatus
from sellers.store_forms import GatheringForm
from sellers.views.desk import acting, desk_view, show
from stations.models import Role, Station
from stations.scope import NotAllowed, scope_of

GATHERERS = {Role.TOWNSHIP_STAFF, Role.CENTRE_STAFF}


def may_gather(user: User) -> bool:
    """Whether the user serves at a township station or the county centre: they open such a store."""
    return any(posting.role in GATHERERS for posting in scope_of(user).postings)


def _stations_without(user: User) -> QuerySet[Station]:
    """The active stations of the user that sell nothing of their own yet."""
    active = Station.objects.visible_to(user).active().order_by("code")
    selling = Store.objects.exclude(status=StoreStatus.CLOSED).filter(household__station__isnull=False)
    return active.exclude(pk__in=selling.values("household__station"))


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def desk_gathering_new(request: HttpRequest) -> HttpResponse:
    """Which station, what the store is called; the county centre then decides."""
    user = acting(request)
    if not may_gather(user):
        raise NotAllowed(_("A station's own store is opened by the township station or the county centre."))
    form = GatheringForm(_stations_without(user), request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        answers: dict[str, Any] = dict(form.cleaned_data)
        if answers["picture"]:
            answers["picture"] = take_in(
                answers["picture"], title=answers["name"], alt_zh=answers["name"], alt_en=answers["name_en"]
            )
        try:
            store = onboarding.open_gathering_store(by=user, **{**answers, "picture": answers["picture"] or None})
        except onboarding.AlreadyRegistered as known:
            form.add_error("station", str(known))
        else:
            messages.success(request, _("Submitted. The county centre looks at it now."))
            return redirect("desk_store", slug=store.slug)
    return show(request, "sellers/gathering.html", form=form)
