"""The inbox of held scans."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from delivery.access import SignedIn, stations_watched
from delivery.forms import SettleForm
from delivery.inbox import CannotSettle, settle, takeable, why_held
from delivery.models import HeldScan, Outcome
from delivery.worklist import LISTED
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of
from stations.workplace import desk_frame


@login_required
@require_GET
def held_scans(request: SignedIn) -> HttpResponse:
    """The scans that wait for a person, oldest first, and the last ones that were settled."""
    stations_watched(request.user)  # refuses who has no posting at all
    scans = _visible(request.user)
    waiting = scans.filter(settled_at=None).order_by("received_at")[:LISTED]
    context = {
        "trail": [(_("Parcels"), reverse("desk_parcels")), (_("Held scans"), "")],
        "waiting": [(held, why_held(held), takeable(held)) for held in waiting],
        "settled": scans.exclude(settled_at=None).order_by("-settled_at")[:10],
        "may_settle": scope_of(request.user).everywhere
        or any(posting.role in STAFF_ROLES for posting in scope_of(request.user).postings),
    }
    return render(request, "delivery/held.html", desk_frame(request.user) | context)


@login_required
@require_POST
def settle_scan(request: SignedIn, pk: int) -> HttpResponse:
    """Settle one held scan as the button says."""
    held = get_object_or_404(_visible(request.user), pk=pk)
    scope_of(request.user).require(STAFF_ROLES, held.station.region_id)
    form = SettleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose what to do with this scan."))
        return redirect("desk_held")
    try:
        settled = settle(held=held, outcome=Outcome(form.cleaned_data["outcome"]), by=request.user)
    except CannotSettle as error:
        messages.error(request, f"{held.parcel.number}: {error}")
    else:
        messages.success(request, f"{held.parcel.number}: {settled.get_outcome_display()}")
    return redirect("desk_held")


def _visible(user: User) -> QuerySet[HeldScan]:
    scans = HeldScan.objects.visible_to(user)
    return scans.select_related("parcel__box", "parcel__origin", "station", "by", "settled_by")
