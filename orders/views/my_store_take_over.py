"""Taking the store over: is this your store, the end of the identity number, and what the helpers may go on doing."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.reauthentication import asks_again
from accounts.signed_in import signed_in
from orders.views.my_store_frame import show
from orders.views.my_store_helpers import WORDS, words_of
from sellers.mandates import mandates_in_force
from sellers.models import Keep
from sellers.taking_over import (
    IdentityMissing,
    NotYourStore,
    PhoneJustChanged,
    TooManyTries,
    WrongIdentity,
    take_over,
    waiting_for,
)


class TakeOverForm(forms.Form):
    """The second proof, and what the helpers keep."""

    identity_tail = forms.CharField(
        label=_("Last four of your identity number"),
        max_length=8,
        validators=[RegexValidator(r"^\s*[0-9]{3}[0-9Xx]\s*$", _("Four signs, such as 1234 or 123X."))],
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "size": 6}),
    )
    keep = forms.ChoiceField(
        label=_("And your helpers?"), choices=Keep.choices, initial=Keep.ALL, widget=forms.RadioSelect
    )
    scopes = forms.MultipleChoiceField(
        label=_("With less: they may"),
        choices=list(WORDS.items()),
        initial=["list"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, anybody_helps: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not anybody_helps:
            del self.fields["keep"], self.fields["scopes"]


@require_http_methods(["GET", "POST"])
@asks_again
def my_store_take_over(request: HttpRequest) -> HttpResponse:
    """Only for the one whose proved phone is on record; everybody else is shown their own page, whether a store waits or not."""
    user = signed_in(request)
    household = waiting_for(user)
    if household is None:
        return redirect("my_store")
    helpers = [(one, words_of(one)) for one in mandates_in_force(household).select_related("station")]
    form = TakeOverForm(request.POST or None, anybody_helps=bool(helpers))
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            take_over(
                by=user,
                household=household,
                identity_tail=form.cleaned_data["identity_tail"],
                keep=form.cleaned_data.get("keep", Keep.NOTHING),
                scopes=form.cleaned_data.get("scopes", ()),
            )
        except WrongIdentity as wrong:
            form.add_error("identity_tail", str(wrong))
        except (NotYourStore, PhoneJustChanged, IdentityMissing, TooManyTries) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, gettext("It is yours. From now on you look after your store yourself."))
            return redirect("my_store")
        status = 422
    store = household.stores.order_by("-opened_at", "-pk").first()
    return show(
        request, "orders/my_store_take_over.html", status=status, household=household, store=store, form=form,
        helpers=helpers,
    )  # fmt: skip
