"""What people type to sign in: a mobile number, a code, an e-mail address and a password."""

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.consents import give_consent
from accounts.models import ConsentPurpose, User
from accounts.phones import BadPhone, checked_phone


class PhoneField(forms.CharField):
    """A mainland mobile number, however it is typed; cleans to its eleven digits."""

    def __init__(self, **options: Any) -> None:
        known = {
            "label": _("Mobile number"),
            "max_length": 30,
            "widget": forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel-national"}),
        }
        super().__init__(**{**known, **options})

    def clean(self, value: Any) -> str:
        """The eleven digits."""
        typed = super().clean(value)
        try:
            return checked_phone(typed)
        except BadPhone as bad:
            raise forms.ValidationError(str(bad), code="phone") from bad


class PhoneForm(forms.Form):
    """The number that the code goes to."""

    phone = PhoneField()


class CodeForm(forms.Form):
    """The six digits from the text."""

    code = forms.CharField(
        label=_("Code from the text"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def clean_code(self) -> str:
        """The digits alone; people type a space in the middle."""
        digits = "".join(sign for sign in self.cleaned_data["code"] if sign.isdecimal() and sign.isascii())
        if len(digits) != 6:
            raise forms.ValidationError(_("The code has six digits."), code="code")
        return digits


class ConsentForm(forms.Form):
    """The consent to an account of one's own, in words that lead to the privacy notice."""

    consent = forms.BooleanField(
        error_messages={"required": _("Without your consent we keep nothing, and there is no account.")}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = gettext(
            'I have read the <a href="%(url)s" target="_blank">privacy notice</a>, and agree that my mobile number and my orders '
            "are kept for the account until I delete it."
        )
        self.fields["consent"].label = mark_safe(words % {"url": reverse("privacy")})  # noqa: S308 - our own words and address


class LoginForm(AllauthLoginForm):
    """E-mail and password, with labels of their own instead of grey words in the fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _without_placeholders(self)


class SignUpForm(AllauthSignupForm):
    """E-mail, a new password and the consent to keep them; an address that has an account gets the same page, status and work."""

    field_order = ("email", "password1", "consent")
    consent = forms.BooleanField(
        error_messages={"required": _("Without your consent we keep nothing, and there is no account.")}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _without_placeholders(self)
        words = gettext(
            'I have read the <a href="%(url)s" target="_blank">privacy notice</a>, and agree that my e-mail address and my orders '
            "are kept for the account until I delete it."
        )
        self.fields["consent"].label = mark_safe(words % {"url": reverse("privacy")})  # noqa: S308 - our own words and address

    def save(self, request: HttpRequest) -> User:
        """The new user, whose consent is on record."""
        user: User = super().save(request)
        give_consent(by=user, purpose=ConsentPurpose.ACCOUNT)
        return user

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """As allauth; where nobody new is made, a password is hashed for nothing, for that is what takes the time."""
        if self.account_already_exists:
            User().set_password(self.cleaned_data["password1"])
        saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return saved


class NewPasskeyForm(AddWebAuthnForm):
    """A new passkey, and that it opens the account by itself, which is what most want of one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the passkey")
        self.fields["passwordless"].initial = True


class RenamePasskeyForm(EditWebAuthnForm):
    """What a passkey is called."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the passkey")


def _without_placeholders(form: forms.Form) -> None:
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
