"""My data: to see it, to take a copy, to take a consent back, to have it deleted; for a farmer without an account, at the desk."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import consents as account_consents
from accounts.models import ConsentPurpose as AccountPurpose
from accounts.models import User
from accounts.reauthentication import asks_again
from accounts.signed_in import signed_in
from catalog.indexing import index_store
from orders.forgetting import (
    MAY_FORGET,
    NotYet,
    Obstacle,
    forget_household,
    forget_user,
    forget_without_asking,
    obstacles_for_household,
    obstacles_for_user,
)
from orders.my_data import Data, export_for_user, shown_at_the_desk
from orders.my_data_page import parts_of
from sellers import consents
from sellers.consents import Followed, NothingToTell
from sellers.models import ConsentPurpose, Household
from sellers.views.desk import desk_view, show
from sellers.views.personal import household_of
from stations.scope import NotAllowed, scope_of

FOLLOWS: dict[str, Promise] = {
    AccountPurpose.ADDRESSES: _("Your kept addresses are deleted at once."),
    AccountPurpose.ACCOUNT: _("Then the account is deleted. The next page says what has to end first."),
    ConsentPurpose.IDENTITY: _(
        "The identity number is deleted. While a store sells, the E-Commerce Law (article 27) has us know who sells: then it is "
        "deleted when the store closes."
    ),
    ConsentPurpose.NAME: _("Pages then show the family name alone, as before."),
    ConsentPurpose.POVERTY: _("Pages then say nothing of it any more."),
    ConsentPurpose.RECORD: _("Then the store has to close, and the whole record is deleted after that."),
}


OFFERED: dict[str, Promise] = {
    ConsentPurpose.NAME: _(
        "The store's page and the story of each bag then name the farmer in full, not by the family name alone."
    ),
    ConsentPurpose.POVERTY: _(
        "Buyers who look for goods of families that left poverty then find these. The year is not shown."
    ),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A consent that stands and can be taken back, or could be given, and what follows."""

    value: str
    label: str
    follows: Promise


class ForgetForm(forms.Form):
    """One tick: nothing brings it back."""

    sure = forms.BooleanField(
        label=_("I know that nothing brings it back."),
        error_messages={"required": _("Please tick this if it is to be deleted.")},
    )


class AtTheirWordForm(forms.Form):
    """The farmer stands at the desk, or has called."""

    sure = forms.BooleanField(
        label=_("The farmer asks for it, and knows that nothing brings it back."),
        error_messages={"required": _("Only the farmer can ask for it.")},
    )


@require_safe
@asks_again
def account_data(request: HttpRequest) -> HttpResponse:
    """Everything that is kept about whoever is signed in."""
    user = signed_in(request)
    household = Household.objects.filter(user=user).first()
    offers = _offers(household) if household else []
    context = {"parts": parts_of(export_for_user(user)), "choices": _choices(user), "offers": offers}
    return render(request, "orders/account_data.html", context)


@require_safe
@asks_again
def account_data_json(request: HttpRequest) -> HttpResponse:
    """The same as a file."""
    return _file(export_for_user(signed_in(request)), "my-data")


@require_POST
@asks_again
def account_consent(request: HttpRequest) -> HttpResponse:
    """Take a consent of one's own back; what it leads to is on the next page."""
    user, purpose = signed_in(request), request.POST.get("purpose", "")
    if purpose not in {choice.value for choice in _choices(user)}:
        return redirect("account_data")
    if purpose == AccountPurpose.ACCOUNT:
        return redirect("account_forget")
    if purpose == AccountPurpose.ADDRESSES:
        account_consents.withdraw_consent(by=user, purpose=purpose)
        return redirect("account_data")
    household = Household.objects.get(user=user)
    followed = consents.withdraw_consent(by=user, household=household, purpose=purpose)
    show_anew(household)
    return redirect("account_forget" if followed == Followed.TO_BE_FORGOTTEN else "account_data")


@require_POST
@asks_again
def account_tell(request: HttpRequest) -> HttpResponse:
    """A farmer lets buyers know their full name, or that the family was registered as poor."""
    household = get_object_or_404(Household, user=signed_in(request))
    _tell(request, household)
    return redirect("account_data")


@require_POST
@asks_again
@desk_view
def desk_consent_tell(request: HttpRequest, pk: int) -> HttpResponse:
    """Record at the farmer's word what buyers may be told."""
    household = household_of(request, pk)
    _tell(request, household)
    return redirect("desk_consent_withdraw", household.pk)


def _tell(request: HttpRequest, household: Household) -> None:
    try:
        consents.give_consent(by=signed_in(request), household=household, purpose=request.POST.get("purpose", ""))
    except NothingToTell as refused:
        messages.error(request, str(refused))
    else:
        show_anew(household)
        messages.success(request, gettext("It is on record, and pages follow at once."))


def show_anew(household: Household) -> None:
    """Have the lists of goods follow a family's consents."""
    for store in household.stores.all():
        index_store(store.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@asks_again
def account_forget(request: HttpRequest) -> HttpResponse:
    """Delete the account: what stands in the way, what goes and what stays, and a tick."""
    user = signed_in(request)
    form = ForgetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            forget_user(by=user, user=user)
        except NotYet:
            form = ForgetForm()
        else:
            logout(request)
            return render(request, "orders/forgotten.html")
    context = {"form": form, "obstacles": obstacles_for_user(user), "household": hasattr(user, "household")}
    return render(request, "orders/account_forget.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@asks_again
@desk_view
def desk_household_data(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that is kept about a farmer, numbers masked; a POST answers with the file."""
    household = _at_the_centre(request, pk)
    data = shown_at_the_desk(household)
    if request.method == "POST":
        return _file(data, f"household-{household.pk}")
    return show(request, "orders/desk_household_data.html", household=household, parts=parts_of(data))


@require_http_methods(["GET", "HEAD", "POST"])
@asks_again
@desk_view
def desk_household_forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a farmer's record at the farmer's word."""
    household = _at_the_centre(request, pk)
    form = AtTheirWordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            forget_household(by=signed_in(request), household=household)
        except NotYet:
            form = AtTheirWordForm()
        else:
            return show(request, "orders/desk_forgotten.html")
    status = 422 if form.is_bound else 200
    found = obstacles_for_household(household)
    return show(
        request, "orders/desk_household_forget.html", status=status, household=household, form=form, obstacles=found
    )


@require_http_methods(["GET", "HEAD", "POST"])
@asks_again
@desk_view
def desk_consent_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a consent back at the farmer's word, and say what followed; where nothing stands in the way, the record goes at once."""
    household = household_of(request, pk)
    if not consents.may_withdraw(signed_in(request), household):
        raise NotAllowed(_("Your posting does not allow this here."))
    followed, obstacles = "", list[Obstacle]()
    purpose = request.POST.get("purpose", "")
    if request.method == "POST" and purpose in ConsentPurpose.values:
        what = consents.withdraw_consent(by=signed_in(request), household=household, purpose=purpose)
        show_anew(household)
        followed, obstacles = _followed(household, what)
    context: dict[str, Any] = {"household": household, "choices": _household_choices(household), "obstacles": obstacles}
    context["offers"] = _offers(household)
    return show(request, "orders/desk_consent.html", followed=followed, **context)


def _followed(household: Household, what: Followed) -> tuple[str, list[Obstacle]]:
    if what == Followed.TOLD_NO_LONGER:
        return gettext("It is on record, and pages follow at once."), []
    if what == Followed.DELETED:
        return gettext("The identity number is deleted."), []
    if what == Followed.KEPT_BY_LAW:
        return gettext("It is on record. The number is deleted when the store closes."), []
    try:
        forget_without_asking(household)
    except NotYet as waits:
        return gettext("It is on record. The record is deleted as soon as nothing stands in the way."), waits.obstacles
    return gettext("The record is deleted."), []


def _choices(user: User) -> list[Choice]:
    """The consents that stand, of the account and of its household."""
    standing = user.consents.filter(withdrawn_at=None).values_list("purpose", flat=True)
    own = [Choice(value, str(AccountPurpose(value).label), FOLLOWS[value]) for value in sorted(standing)]
    household = Household.objects.filter(user=user).first()
    return [*own, *_household_choices(household)] if household else own


def _household_choices(household: Household) -> list[Choice]:
    standing = household.consents.filter(withdrawn_at=None).values_list("purpose", flat=True)
    return [Choice(value, str(ConsentPurpose(value).label), FOLLOWS[value]) for value in sorted(standing)]


def _offers(household: Household) -> list[Choice]:
    """What buyers could be told of the family, and aren't."""
    standing = set(household.consents.filter(withdrawn_at=None).values_list("purpose", flat=True))
    return [
        Choice(purpose, str(purpose.label), OFFERED[purpose])
        for purpose in consents.TOLD
        if purpose not in standing and consents.can_be_told(household, purpose)
    ]


def _at_the_centre(request: HttpRequest, pk: int) -> Household:
    """A household in scope; 403 for whoever does not serve at its county centre."""
    household = household_of(request, pk)
    scope_of(signed_in(request)).require(MAY_FORGET, household.region_id)
    return household


def _file(data: Data, name: str) -> JsonResponse:
    made_at: dt.datetime = timezone.localtime()
    response = JsonResponse({"made_at": made_at, **data}, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="{name}-{made_at:%Y-%m-%d}.json"'
    response["Cache-Control"] = "private, no-store"
    return response
