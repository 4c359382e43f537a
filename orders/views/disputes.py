"""Lost disputes that took more than was left of their order: the list, a proposal who bears it, and the second person's word."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.plain_text import refuse_invisible
from orders import dispute_losses
from orders.dispute_losses import CONFIRMS, PROPOSES, LossRefused, Unborne
from orders.models import Consignment, DisputeLoss, LossBearer
from sellers.views.desk import acting, desk_view, show
from stations.scope import NotAllowed, scope_of


class LossForm(forms.Form):
    """Who bears what is missing, and why."""

    bearer = forms.ChoiceField(label=_("Who bears it?"), widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Why?"), max_length=200, validators=[refuse_invisible])

    def __init__(self, parts: list[Consignment], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.parts = {str(part.pk): part for part in parts}
        field = self.fields["bearer"]
        assert isinstance(field, forms.ChoiceField)
        sellers = [
            (key, gettext("%(store)s (taken from what it earns)") % {"store": part.store.label})
            for key, part in self.parts.items()
        ]
        field.choices = [("platform", LossBearer.PLATFORM.label), *sellers]

    @property
    def choice(self) -> dict[str, Any]:
        """The bearer, and the part of the order if it is a seller."""
        part = self.parts.get(self.cleaned_data["bearer"])
        return {"bearer": LossBearer.SELLER if part else LossBearer.PLATFORM, "consignment": part}


def _seen(request: HttpRequest) -> list[Unborne]:
    if not dispute_losses.may_look(acting(request)):
        raise NotAllowed(gettext("Lost disputes are the county centre's and the officials'."))
    return dispute_losses.unborne(acting(request))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def desk_disputes(request: HttpRequest) -> HttpResponse:
    """What the banks took and nobody bears yet; a POST proposes who does (`dispute`: its number at Stripe)."""
    found, user = _seen(request), acting(request)
    rows, status = [], 200
    for one in found:
        parts = dispute_losses.parts_of(one.dispute)
        mine = request.method == "POST" and request.POST.get("dispute") == one.dispute.dispute_id
        form = LossForm(parts, request.POST if mine else None, auto_id=f"id_{one.dispute.pk}_%s")
        if mine and form.is_valid():
            try:
                dispute_losses.propose_loss(
                    by=user, dispute=one.dispute, reason=form.cleaned_data["reason"], **form.choice
                )
            except LossRefused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, gettext("Proposed. Somebody of the level above has to confirm it."))
                return redirect("desk_disputes")
        status = 422 if mine else status
        places = [part.store.region_id for part in parts]
        rows.append(
            {
                "one": one,
                "form": form,
                "may_propose": one.proposed is None and any(scope_of(user).may(PROPOSES, code) for code in places),
                "may_decide": one.proposed is not None
                and one.proposed.proposed_by_id != user.pk
                and any(scope_of(user).may(CONFIRMS, code) for code in places),
            }
        )
    return show(request, "orders/disputes.html", status=status, rows=rows)


@require_POST
@desk_view
def desk_dispute_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person's word (`action=confirm` or `decline`)."""
    if pk not in {one.proposed.pk for one in _seen(request) if one.proposed is not None}:
        raise Http404
    loss = get_object_or_404(DisputeLoss.objects.select_related("dispute__payment", "consignment__store"), pk=pk)
    decide = dispute_losses.confirm_loss if request.POST.get("action") == "confirm" else dispute_losses.decline_loss
    try:
        decided = decide(by=acting(request), loss=loss)
    except LossRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, str(decided.get_state_display()))
    return redirect("desk_disputes")
