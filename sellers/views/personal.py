"""Personal data at the desk: a masked value opened for a purpose, and a consent taken back at the farmer's word."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.phones import masked_phone
from accounts.plain_text import refuse_invisible
from accounts.reauthentication import asks_again
from sellers.models import Household, RevealPurpose, Sealed
from sellers.revealing import (
    NEEDS_NOTE,
    NoteMissing,
    NothingToReveal,
    TooManyReveals,
    is_on_record,
    may_reveal,
    open_sealed,
    payout_account,
)
from sellers.views.desk import acting, desk_view, only_at_the_desk, show
from stations.scope import NotAllowed


class RevealForm(forms.Form):
    """What to open and why; what is not on record, or not for this role, is not offered."""

    what = forms.ChoiceField(label=_("What do you need?"), widget=forms.RadioSelect)
    purpose = forms.ChoiceField(label=_("What for?"), choices=RevealPurpose, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Which complaint or which authority"),
        max_length=120,
        required=False,
        help_text=_("Only for a complaint or an authority. No personal data here."),
        validators=[refuse_invisible],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, offered: list[tuple[str, str]], *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        field = self.fields["what"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = offered
        if len(offered) == 1:
            field.initial = offered[0][0]

    def clean(self) -> dict[str, object]:
        """A complaint and an authority are named."""
        answers: dict[str, object] = super().clean() or {}
        if answers.get("purpose") in NEEDS_NOTE and not answers.get("note"):
            self.add_error("note", _("Please write which complaint or which authority it is about."))
        return answers


@require_http_methods(["GET", "HEAD", "POST"])
@asks_again
@desk_view
def desk_reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask what for, then show the value once; it is in no address, and no browser keeps the page."""
    household = household_of(request, pk)
    offered = _offered(request, household)
    form = RevealForm(offered, request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {
        "household": household,
        "phone": masked_phone(household.phone) if household.phone else "",
        "form": form,
    }
    if request.method == "POST" and form.is_valid():
        try:
            opened = open_sealed(by=acting(request), household=household, **form.cleaned_data)
        except TooManyReveals as refused:
            form.add_error(None, str(refused))
            return show(request, "sellers/reveal.html", status=429, offered=offered, **context)
        except (NothingToReveal, NoteMissing) as refused:
            form.add_error(None, str(refused))
        else:
            return show(
                request, "sellers/revealed.html", opened=opened, label=dict(offered)[opened.reveal.what], **context
            )
    status = 422 if form.is_bound else 200
    return show(request, "sellers/reveal.html", status=status, offered=offered, **context)


def household_of(request: HttpRequest, pk: int) -> Household:
    """A household in the user's scope; 404 for one that isn't, or that has been forgotten."""
    only_at_the_desk(request)
    household = get_object_or_404(Household.objects.visible_to(acting(request)).select_related("region"), pk=pk)
    if household.forgotten_at:
        raise Http404
    return household


def _offered(request: HttpRequest, household: Household) -> list[tuple[str, str]]:
    account = payout_account(household)
    allowed = may_reveal(acting(request), household)
    if not allowed:
        raise NotAllowed(_("Your posting does not open masked values of this family."))
    return [(what, str(Sealed(what).label)) for what in allowed if is_on_record(household, what, account)]
