"""The desk's pages that pause a farmer's store, open it again, or close it: at the farmer's word, or by the county centre for a cause."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.signed_in import signed_in
from catalog.acting import authorise
from catalog.shutters import (
    BadPauseEnd,
    close_store,
    may_act_for_the_county,
    may_move,
    pause_store,
    resume_store,
)
from orders.views.my_store_life import still_to_do
from sellers.models import PauseReason, Store, StoreStatus
from sellers.onboarding import StoreMoved
from sellers.views.desk import desk_view, only_at_the_desk, show


class CauseForm(forms.Form):
    """At whose word: the farmer's, or the county centre's for a cause, which the farmer reads."""

    cause = forms.CharField(
        label=_("Why the county centre does this"),
        max_length=200,
        required=False,
        help_text=_("The farmer and the stations read it. Leave it empty when the farmer asked you."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, user: Any, store: Store, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for_farmer, for_county = may_move(user, store), may_act_for_the_county(user, store)
        if not (for_farmer or for_county):
            authorise(by=user, store=store)  # says what is missing: the posting, or which word of the farmer
        if not for_county:
            del self.fields["cause"]
        elif not for_farmer:
            self.fields["cause"].required = True
            self.fields["cause"].help_text = _("The farmer and the stations read it.")


class PauseForm(CauseForm):
    """Why, and until when."""

    reason = forms.ChoiceField(label=_("What buyers read"), choices=PauseReason.choices, widget=forms.RadioSelect)
    until = forms.DateField(
        label=_("Opens again on"),
        required=False,
        help_text=_("Empty: it stays paused until somebody opens it."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    field_order = ("reason", "until", "cause")


class CloseForm(CauseForm):
    """That it is meant."""

    sure = forms.BooleanField(label=_("Close this store for good"))
    field_order = ("cause", "sure")


def _store(request: HttpRequest, slug: str) -> Store:
    seen = Store.objects.visible_to(signed_in(request)).select_related("household", "station", "region")
    store: Store = get_object_or_404(seen, slug=slug)
    only_at_the_desk(request)
    return store


@require_http_methods(["GET", "POST"])
@desk_view
def desk_store_pause(request: HttpRequest, slug: str) -> HttpResponse:
    """Shut a store for a while."""
    store, user = _store(request, slug), signed_in(request)
    form = PauseForm(user, store, request.POST or None, initial={"reason": PauseReason.HARVEST})
    if store.status != StoreStatus.OPEN:
        return _moved(request, store)
    if request.method == "POST" and form.is_valid():
        try:
            pause_store(by=user, store=store, **form.cleaned_data)
        except BadPauseEnd as bad:
            form.add_error("until", str(bad))
        except StoreMoved:
            return _moved(request, store)
        else:
            messages.success(request, gettext("Paused. Buyers see when it opens again; paid orders go on."))
            return redirect("desk_store", slug=slug)
    return show(request, "orders/store_pause.html", store=store, form=form, still=still_to_do(store))


@require_POST
@desk_view
def desk_store_resume(request: HttpRequest, slug: str) -> HttpResponse:
    """Open a paused store again."""
    store = _store(request, slug)
    try:
        resume_store(by=signed_in(request), store=store)
    except StoreMoved:
        return _moved(request, store)
    messages.success(request, gettext("Open again. Its goods are back in the shop."))
    return redirect("desk_store", slug=slug)


@require_http_methods(["GET", "POST"])
@desk_view
def desk_store_close(request: HttpRequest, slug: str) -> HttpResponse:
    """Close a store for good, after reading which orders are still to be carried out."""
    store, user = _store(request, slug), signed_in(request)
    form = CloseForm(user, store, request.POST or None)
    if store.status not in {StoreStatus.OPEN, StoreStatus.PAUSED}:
        return _moved(request, store)
    if request.method == "POST" and form.is_valid():
        try:
            close_store(by=user, store=store, cause=form.cleaned_data.get("cause", ""))
        except StoreMoved:
            return _moved(request, store)
        messages.success(request, gettext("Closed. Its goods have left the shop."))
        return redirect("desk_store", slug=slug)
    return show(request, "orders/store_close.html", store=store, form=form, still=still_to_do(store))


def _moved(request: HttpRequest, store: Store) -> HttpResponse:
    store.refresh_from_db()
    messages.warning(
        request,
        gettext("Nothing was changed: this store is already in the state “%(state)s”.")
        % {"state": store.get_status_display()},
    )
    return redirect("desk_store", slug=store.slug)
