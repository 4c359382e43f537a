"""What is done with a stopped parcel where it lies: sent back, destroyed on record, taken out of its box, or on with the rest."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from delivery.access import SignedIn
from delivery.models import Parcel
from delivery.stopping import CannotStop, destroy, go_on_without, send_back, take_out_of_box


@login_required
@require_POST
def settle_stop(request: SignedIn, ref: str) -> HttpResponse:
    """Do with a stopped parcel what the button says (`action`: back, unpack, go_on, destroy), with its `note`."""
    parcel = get_object_or_404(Parcel.objects.visible_to(request.user), ref=ref)
    try:
        said = _done(request, parcel)
    except CannotStop as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("desk_parcel", parcel.ref)


def _done(request: SignedIn, parcel: Parcel) -> str:
    action, note = request.POST.get("action", ""), request.POST.get("note", "").replace("\x00", "")
    if action == "back":
        no_way = send_back(parcel=parcel, by=request.user)
        return no_way or _("Its way back to the county centre is planned: send it on with the next van.")
    if action == "unpack":
        take_out_of_box(parcel=parcel, by=request.user)
        return _("Taken out of the box, which goes on with the others.")
    if action == "go_on":
        go_on_without(parcel=parcel, by=request.user, note=note)
        return _("Written down. The parcel goes on with the rest.")
    if action == "destroy":
        destroy(parcel=parcel, by=request.user, note=note)
        return _("Written down: destroyed.")
    raise CannotStop(_("Choose what to do with this parcel."))
