"""The desk's list of codes that seem to be copied, for whoever answers for the county."""

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.signed_in import signed_in
from catalog.fields import PlainText
from catalog.models import Lot
from delivery.models import Parcel
from orders.copied_codes import KEEPERS, clear_mark
from orders.models import CopiedCode
from sellers.views.desk import desk_view, show
from stations.scope import scope_of

ON_A_PAGE = 50


class InOrderForm(forms.Form):
    """What was found when somebody looked at a marked code."""

    note = PlainText(
        label=gettext_lazy("What did you find?"),
        max_length=200,
        help_text=gettext_lazy("Such as: the buyer's restaurant shows the bag to its guests."),
    )


@require_safe
@desk_view
def desk_copied(request: HttpRequest) -> HttpResponse:
    """Marked codes of the user's counties, those still open first; each with what bears it."""
    marks = list(_marks(request).order_by("cleared_at", "-noticed_at")[:ON_A_PAGE])
    return show(request, "orders/desk_copied.html", marks=[(mark, _borne_by(mark)) for mark in marks])


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def desk_copied_clear(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a marked code is in order, and why."""
    mark = get_object_or_404(_marks(request), pk=pk)
    form = InOrderForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        clear_mark(by=signed_in(request), mark=mark, note=form.cleaned_data["note"])
        messages.success(request, _("The mark is off; scans of this code are counted anew."))
        return redirect("desk_copied")
    return show(request, "orders/desk_copied_clear.html", mark=mark, borne_by=_borne_by(mark), form=form)


def _marks(request: HttpRequest) -> QuerySet[CopiedCode]:
    """Those of the counties where the user answers for trade; 403 for whoever answers for none."""
    scope = scope_of(signed_in(request))
    if not any(posting.role in KEEPERS for posting in scope.postings):
        scope.require(KEEPERS, "0" * 12)
    return CopiedCode.objects.visible_to(signed_in(request)).select_related("county", "cleared_by")


def _borne_by(mark: CopiedCode) -> str:
    """The number of the parcel or lot that bears the code."""
    parcel = Parcel.objects.filter(ref=mark.ref).values_list("number", flat=True).first()
    return parcel or Lot.objects.filter(ref=mark.ref).values_list("code", flat=True).first() or mark.ref
