"""Who helps the farmer: what each station may do and until when, less of it, or an end to it; and help by one's own word."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.reauthentication import asks_again
from accounts.signed_in import signed_in
from orders.views.my_store_frame import for_farmers, show
from sellers.helping import allow_help, stations_near
from sellers.mandates import SCOPES, mandates_in_force, narrow_mandate, withdraw_mandate
from sellers.models import Household, Mandate
from stations.models import Station

# What a helper may do, in the words of a farmer.
WORDS = {
    "list": _("list my goods"),
    "price": _("set my prices"),
    "answer": _("answer buyers"),
    "receive_cash": _("receive cash for me"),
}


def words_of(mandate: Mandate) -> list[str]:
    """What a mandate allows, in the farmer's words."""
    return [str(WORDS[scope]) for scope in SCOPES if getattr(mandate, f"may_{scope}")]


class ScopesForm(forms.Form):
    """What they may do."""

    scopes = forms.MultipleChoiceField(
        label=_("They may"), choices=list(WORDS.items()), widget=forms.CheckboxSelectMultiple
    )


class HelpForm(ScopesForm):
    """Who, and what they may do."""

    station = forms.ModelChoiceField(
        label=_("Who?"), queryset=Station.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    field_order = ("station", "scopes")

    def __init__(self, household: Household, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        near = stations_near(household)
        choice = self.fields["station"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = near
        choice.initial = near.first()


@require_GET
@for_farmers
def helpers(request: HttpRequest, household: Household) -> HttpResponse:
    """Who helps today, with what, until when."""
    found = [(mandate, words_of(mandate)) for mandate in mandates_in_force(household).select_related("station")]
    return show(request, "orders/my_store_helpers.html", helpers=found)


@require_http_methods(["GET", "POST"])
@for_farmers
def helper(request: HttpRequest, household: Household, pk: int) -> HttpResponse:
    """One helper: less of it (`scopes`), or an end to it (`end`)."""
    mandate = get_object_or_404(mandates_in_force(household).select_related("station", "household"), pk=pk)
    allowed = [scope for scope in SCOPES if getattr(mandate, f"may_{scope}")]
    form = ScopesForm(request.POST or None, initial={"scopes": allowed})
    choice = form.fields["scopes"]
    assert isinstance(choice, forms.MultipleChoiceField)
    choice.choices = [(scope, WORDS[scope]) for scope in allowed]
    if "end" in request.POST:
        withdraw_mandate(by=signed_in(request), mandate=mandate)
        messages.success(request, gettext("%(station)s no longer acts for you.") % {"station": mandate.station.label})
        return redirect("my_store_helpers")
    if request.method == "POST" and form.is_valid():
        kept = form.cleaned_data["scopes"]
        narrow_mandate(by=signed_in(request), mandate=mandate, **{f"may_{scope}": scope in kept for scope in allowed})
        messages.success(request, gettext("Saved."))
        return redirect("my_store_helpers")
    several = len(allowed) > 1
    return show(
        request, "orders/my_store_helper.html", mandate=mandate, form=form, several=several, words=words_of(mandate)
    )


@require_http_methods(["GET", "POST"])
@asks_again
@for_farmers
def new_help(request: HttpRequest, household: Household) -> HttpResponse:
    """Let a station help for a year."""
    form = HelpForm(household, request.POST or None, initial={"scopes": ["list", "price", "answer"]})
    if request.method == "POST" and form.is_valid():
        station = form.cleaned_data["station"]
        allow_help(by=signed_in(request), household=household, station=station, scopes=form.cleaned_data["scopes"])
        messages.success(request, gettext("%(station)s may help you now.") % {"station": station.label})
        return redirect("my_store_helpers")
    return show(request, "orders/my_store_help.html", form=form)
