"""The farmer shuts the store for a while, opens it again, or closes it for good."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.signed_in import signed_in
from catalog.shutters import close_store, pause_store, resume_store
from orders.my_store import open_orders_of
from orders.views.my_store_frame import for_farmers, own_store, show
from sellers.models import Household, PauseReason, Store, StoreStatus
from sellers.onboarding import StoreMoved
from stations.scope import NotAllowed

HOW_LONG = (("7", _("one week")), ("14", _("two weeks")), ("30", _("one month")), ("open", _("until I open it")))


class PauseForm(forms.Form):
    """Why, and how long."""

    reason = forms.ChoiceField(label=_("Why?"), choices=PauseReason.choices, widget=forms.RadioSelect)
    days = forms.ChoiceField(label=_("How long?"), choices=HOW_LONG, widget=forms.RadioSelect)

    def until(self) -> dt.date | None:
        """The day when the store opens again; None for whenever the farmer opens it."""
        days = self.cleaned_data["days"]
        return timezone.localdate() + dt.timedelta(days=int(days)) if days.isdigit() else None


class CloseForm(forms.Form):
    """That it is meant."""

    sure = forms.BooleanField(label=_("Yes, close it for good"))


@require_http_methods(["GET", "POST"])
@for_farmers
def pause(request: HttpRequest, household: Household, slug: str) -> HttpResponse:
    """Shut for a while."""
    store = own_store(household, slug)
    form = PauseForm(request.POST or None, initial={"reason": PauseReason.HARVEST, "days": "14"})
    if store.status != StoreStatus.OPEN:
        return _moved(request)
    if request.method == "POST" and form.is_valid():
        try:
            pause_store(by=signed_in(request), store=store, reason=form.cleaned_data["reason"], until=form.until())
        except StoreMoved:
            return _moved(request)
        messages.success(request, gettext("Your store is paused."))
        return redirect("my_store")
    return show(request, "orders/my_store_pause.html", store=store, form=form)


@require_POST
@for_farmers
def resume(request: HttpRequest, household: Household, slug: str) -> HttpResponse:
    """Open again."""
    try:
        resume_store(by=signed_in(request), store=own_store(household, slug))
    except StoreMoved:
        return _moved(request)
    except NotAllowed as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, gettext("Your store is open again."))
    return redirect("my_store")


@require_http_methods(["GET", "POST"])
@for_farmers
def close(request: HttpRequest, household: Household, slug: str) -> HttpResponse:
    """Close for good, after reading which orders are still to be carried out."""
    store = own_store(household, slug)
    if store.status not in {StoreStatus.OPEN, StoreStatus.PAUSED}:
        return _moved(request)
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            close_store(by=signed_in(request), store=store)
        except StoreMoved:
            return _moved(request)
        messages.success(request, gettext("Your store is closed. Thank you for your work."))
        return redirect("my_store")
    return show(request, "orders/my_store_close.html", store=store, form=form, still=still_to_do(store))


def still_to_do(store: Store) -> list[str]:
    """What remains of a store's orders when it closes, in words; nothing when nothing does."""
    paid, reserved = open_orders_of(store)
    told = []
    if paid:
        told.append(
            ngettext(
                "%(count)d paid order is still to be brought.", "%(count)d paid orders are still to be brought.", paid
            )
            % {"count": paid}
        )
    if reserved:
        told.append(
            ngettext(
                "%(count)d order waits for its money and may still be paid.",
                "%(count)d orders wait for their money and may still be paid.",
                reserved,
            )
            % {"count": reserved}
        )
    return told


def _moved(request: HttpRequest) -> HttpResponse:
    messages.warning(request, gettext("Nothing was changed: look at how your store stands now."))
    return redirect("my_store")
