"""A pre-sale at the desk: how much is ordered, the harvest that is in, another week, and what has to be paid back."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from catalog.acting import authorise
from catalog.fields import KilogramField
from catalog.models import Lot, Stock
from catalog.selling_forms import weeks_to_come
from catalog.weeks import week_text
from orders.models import OrderLine, OrderState
from orders.promises import MAY_PAY_BACK, HarvestKnown, bring_in, call_off, move_promise, pay_back_short, short_lines
from sellers.views.desk import acting, desk_view, show
from stations.scope import scope_of


class HarvestForm(forms.Form):
    """The day and the real quantity of a harvest that is in."""

    harvested_on = forms.DateField(
        label=_("Harvested on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    quantity_g = KilogramField(label=_("Quantity in kilograms"))


class WeekForm(forms.Form):
    """Another week."""

    promised_week = forms.TypedChoiceField(label=_("Sent in the week of"), coerce=dt.date.fromisoformat)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["promised_week"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = weeks_to_come()


@require_http_methods(["GET", "POST"])
@desk_view
def promise(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """One harvest that was promised; `action` is harvest, move, call_off or pay_back."""
    lots = Lot.objects.visible_to(acting(request)).filter(product__ref=ref, promised_week__isnull=False)
    related = ("product__store__household", "product__store__station", "product__category")
    lot = get_object_or_404(lots.select_related(*related), pk=pk)
    authorise(by=acting(request), store=lot.product.store)
    action = request.POST.get("action", "")
    harvest = HarvestForm(request.POST if action == "harvest" else None, initial={"harvested_on": timezone.localdate()})
    week = WeekForm(
        request.POST if action == "move" else None,
        initial={"promised_week": lot.promised_week.isoformat() if lot.promised_week else ""},
    )
    try:
        done = _carry_out(request, action, lot, harvest, week)
    except HarvestKnown:
        messages.warning(request, gettext("This harvest is in already."))
        done = True
    except ValidationError as refused:
        form, done = (harvest if action == "harvest" else week), False
        for name, errors in refused.error_dict.items():
            for error in errors:
                form.add_error(name, error)
    if done:
        return redirect("desk_promise", ref, pk)
    return _page(request, lot, harvest, week)


def _carry_out(request: HttpRequest, action: str, lot: Lot, harvest: HarvestForm, week: WeekForm) -> bool:
    user = acting(request)
    if action == "harvest" and harvest.is_valid():
        found = bring_in(by=user, lot=lot, **harvest.cleaned_data)
        text = ngettext(
            "The harvest is in: %(count)d order is served.",
            "The harvest is in: %(count)d orders are served.",
            found.served,
        )
        messages.success(request, text % {"count": found.served})
        return True
    if action == "move" and week.is_valid():
        count = move_promise(by=user, lot=lot, promised_week=week.cleaned_data["promised_week"])
        text = ngettext("Moved; %(count)d buyer is told.", "Moved; %(count)d buyers are told.", count)
        messages.success(request, text % {"count": count})
        return True
    if action == "call_off":
        count = call_off(by=user, lot=lot)
        text = ngettext("Called off; %(count)d deposit goes back.", "Called off; %(count)d deposits go back.", count)
        messages.success(request, text % {"count": count})
        return True
    if action == "pay_back":
        count = pay_back_short(by=user, lot=lot)
        text = ngettext("%(count)d line is paid back.", "%(count)d lines are paid back.", count)
        messages.success(request, text % {"count": count})
        return True
    return False


def _page(request: HttpRequest, lot: Lot, harvest: HarvestForm, week: WeekForm) -> HttpResponse:
    held = Stock.objects.filter(lot=lot).select_related("variant")
    lines = OrderLine.objects.left().filter(lot=lot, consignment__order__state=OrderState.PAID)
    unpaid = OrderLine.objects.filter(lot=lot, consignment__order__state=OrderState.DEPOSIT)
    waiting = dict(unpaid.values_list("consignment__order", "consignment__order__deposit_fen"))
    short = list(short_lines(lot))
    return show(
        request,
        "orders/promise.html",
        lot=lot,
        product=lot.product,
        store=lot.product.store,
        week=week_text(lot.promised_week) if lot.promised_week else "",
        ordered_g=sum(row.held * row.variant.net_weight_g for row in held),
        orders=lines.values("consignment__order").distinct().count(),
        units=lines.aggregate(units=Sum(F("quantity") - F("back_units")))["units"] or 0,
        waiting={"orders": len(waiting), "fen": sum(waiting.values())},
        short=short,
        short_fen=sum(line.left_fen for line in short),
        may_pay_back=scope_of(acting(request)).may(MAY_PAY_BACK, lot.product.store.station.region_id),
        harvest=harvest,
        week_form=week,
    )
