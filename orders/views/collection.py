"""The desk that collects: what farmers bring today, and the page that weighs it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.references import public_reference
from catalog.models import SoldBy
from catalog.stock import NotHeld
from delivery.models import HeldScan, ParcelState
from delivery.scanning import NonceTaken
from orders.cancelling import CannotCancel, give_up
from orders.collection import (
    NothingToCollect,
    WeightOutOfBand,
    beyond_tolerance,
    collect,
    collectable,
    expected_grams,
    left_at_the_farm,
    to_collect,
    to_weigh,
)
from orders.desk import require_desk
from orders.models import CancelReason, Consignment, OrderLine
from stations.keeping import StationShut
from stations.workplace import desk_frame

GRAMS = 1000


class WeighForm(forms.Form):
    """A weight in kilograms for each line of a consignment, as the scale shows it; `nonce` is the page's."""

    nonce = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, lines: list[OrderLine], **options: Any) -> None:
        super().__init__(*args, **options)
        self.lines = lines
        for line in lines:
            hint = gettext("should weigh about %(kg)s kg") % {"kg": _kilograms(expected_grams(line))}
            self.fields[f"line_{line.pk}"] = forms.DecimalField(
                label=f"{line.label} × {line.left_units}{_jin(line)}",
                help_text=hint,
                min_value=Decimal("0.001"),
                max_digits=8,
                decimal_places=3,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )

    @property
    def grams(self) -> dict[int, int]:
        """The weights in grams by line id, once the form is valid."""
        return {line.pk: int(self.cleaned_data[f"line_{line.pk}"] * GRAMS) for line in self.lines}


def _jin(line: OrderLine) -> str:
    return gettext(" jin") if line.sold_by == SoldBy.WEIGHT else ""


def _kilograms(grams: int) -> str:
    return f"{grams / GRAMS:.3f}".rstrip("0").rstrip(".")


@never_cache
@login_required
@require_GET
def collection(request: HttpRequest) -> HttpResponse:
    """What waits to be collected at the stations of the user's postings, farmer by farmer."""
    user = require_desk(request)
    travelling = OrderLine.objects.left().filter(short_since=None).order_by("pk")
    waiting = list(to_collect(user).prefetch_related(Prefetch("lines", travelling), "parcel__legs")[:200])
    return render(request, "orders/collect.html", {**desk_frame(user), "waiting": waiting})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def weigh(request: HttpRequest, pk: int) -> HttpResponse:
    """Weigh a consignment and take it over; afterwards its label."""
    user = require_desk(request)
    consignment = get_object_or_404(collectable(user), pk=pk)
    lines = to_weigh(consignment)
    form = WeighForm(request.POST or None, lines=lines, initial={"nonce": public_reference()})
    if request.method == "POST" and form.is_valid():
        try:
            answer = collect(consignment=consignment, by=user, weights=form.grams, nonce=form.cleaned_data["nonce"])
        except WeightOutOfBand as wrong:
            _say_what_is_off(form, wrong)
        except (NothingToCollect, NonceTaken, StationShut) as error:
            form.add_error(None, str(error))
        except NotHeld:
            form.add_error(None, _("The stock of these goods does not fit this order. Call the county centre."))
        else:
            if isinstance(answer, HeldScan):
                messages.warning(request, answer.reason)
            else:
                messages.success(request, gettext("Collected and weighed. Print the label and stick it on."))
                _warn_beyond_tolerance(request, lines, form.grams)
            return redirect("desk_weigh", pk=pk)
    return _weigh_page(request, consignment, form)


class CannotSendForm(forms.Form):
    """Why the farm can't send a consignment."""

    reason = forms.ChoiceField(
        label=_("Why it can't be sent"),
        choices=[(one.value, one.label) for one in CancelReason if one != CancelReason.BUYER],
        widget=forms.RadioSelect,
    )


@login_required
@require_POST
def cannot_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Pay a consignment back that the farm can't send; afterwards the list."""
    user = require_desk(request)
    consignment = get_object_or_404(collectable(user), pk=pk)
    form = CannotSendForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Please say why it can't be sent."))
        return redirect("desk_weigh", pk=pk)
    try:
        give_up(consignment=consignment, by=user, reason=CancelReason(form.cleaned_data["reason"]))
    except CannotCancel as refused:
        messages.error(request, str(refused))
        return redirect("desk_weigh", pk=pk)
    messages.success(request, gettext("The buyer gets the money back and is written to."))
    return redirect("desk_collect")


def _warn_beyond_tolerance(request: HttpRequest, lines: list[OrderLine], weights: dict[int, int]) -> None:
    """Goods by weight may be off by so much, as their pack says; more is taken, and told."""
    for line, percent in beyond_tolerance(lines, weights):
        text = gettext(
            "%(goods)s: %(percent)s %% off what was ordered. The buyer was promised at most %(tolerance)s %%."
        )
        assert line.variant is not None
        values = {"goods": line.label, "percent": f"{percent:+d}", "tolerance": line.variant.tolerance_percent}
        messages.warning(request, text % values)


def _say_what_is_off(form: WeighForm, wrong: WeightOutOfBand) -> None:
    for line, grams in wrong.lines:
        text = gettext("This does not fit: about %(kg)s kg were sold. Check the bag and the unit: kilograms, not jin.")
        form.add_error(f"line_{line.pk}", text % {"kg": _kilograms(grams)})


def _weigh_page(request: HttpRequest, consignment: Consignment, form: WeighForm) -> HttpResponse:
    parcel = consignment.parcel
    context = {
        **desk_frame(require_desk(request)),
        "consignment": consignment,
        "parcel": parcel,
        "lines": form.lines,
        "left": left_at_the_farm(consignment),
        "form": form,
        "cannot_send": CannotSendForm(),
        "waiting": bool(parcel and parcel.state == ParcelState.PLANNED),
    }
    return render(request, "orders/weigh.html", context)
