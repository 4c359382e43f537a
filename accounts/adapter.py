"""Where allauth asks us: mail that cannot be sent is said and stops nobody, our own rule of asking again, and our own words."""

import logging
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts import reauthentication
from accounts.models import User

logger = logging.getLogger("daylily.accounts")
WRONG_CODE = gettext_lazy("This code is wrong. Please look again.")
TOO_MANY = gettext_lazy("Too many tries. Please wait a few minutes.")


class AccountAdapter(DefaultAccountAdapter):
    """allauth's own behaviour, but for what stands here."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy("The e-mail address and the password do not go together."),
        "email_taken": gettext_lazy("Another account signs in with this e-mail address."),
        "enter_current_password": gettext_lazy("This is not your present password."),
        "incorrect_code": WRONG_CODE,
        "incorrect_password": gettext_lazy("This is not your password."),
        "invalid_login": gettext_lazy("Please give an e-mail address."),
        "invalid_password_reset": gettext_lazy("This link is used up or too old."),
        "too_many_login_attempts": TOO_MANY,
        "rate_limited": TOO_MANY,
        "same_as_current": gettext_lazy("This is the one you have already."),
    }

    def send_mail(self, template_prefix: str, email: str, values: dict[str, Any]) -> None:
        """Send a mail of allauth's; where that fails, the page says so, and the account is there all the same.

        In the demo nothing leaves the machine, so the page shows what would have been sent.
        """
        try:
            super().send_mail(template_prefix, email, values)
        except OSError:  # SMTPException is one
            logger.exception("The mail %s could not be sent.", template_prefix)
            messages.warning(
                context.request,
                _("Our mail server does not answer just now, so no e-mail was sent. Please try again later."),
            )
            return
        if settings.DEMO:
            mail = self.render_mail(template_prefix, email, {"request": context.request, "email": email, **values})
            messages.info(context.request, _("Demo, not sent: %(mail)s") % {"mail": " ".join(str(mail.body).split())})

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Whoever signs up reads the language of the page."""
        user.language = get_language() or settings.LANGUAGE_CODE
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def get_login_stages(self) -> list[str]:
        """allauth's, with our own rule of who has to prove an e-mail address."""
        theirs = "allauth.account.stages.EmailVerificationStage"
        return ["accounts.stages.ProvesAddress" if path == theirs else path for path in super().get_login_stages()]

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """How this user can be asked again: password, second factor, or a code to the phone where there is no second factor."""
        words = {
            "reauthenticate": _("By password"),
            "mfa_reauthenticate": _("By a code from the authenticator app"),
            "mfa_reauthenticate:webauthn": _("By a passkey"),
        }
        ways = [
            {**way, "description": words.get(way["id"], way["description"])}
            for way in super().get_reauthentication_methods(user)
        ]
        if user.is_authenticated and reauthentication.may_be_asked_by_phone(user):
            address = reverse("account_ask_by_phone")
            ways.append({"id": "phone", "description": _("By a code to your phone"), "url": address})
        return ways

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """allauth's own pages (second factor, e-mail) ask when ours do. Raises ReauthenticationRequired, which allauth answers.

        Its own rule does not count signing in, and lets whoever has neither password nor second factor through unasked.
        """
        if not reauthentication.authenticated_lately(context.request):
            raise ReauthenticationRequired
        return False


class FactorAdapter(DefaultMFAAdapter):
    """Second factors, in our own words."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": WRONG_CODE,
    }

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """What a new passkey is called until its owner says otherwise."""
        from allauth.mfa.models import Authenticator

        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number}

    def _get_site_name(self) -> str:
        return _("Daylily")
