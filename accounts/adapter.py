"""Signing up and signing in where allauth asks us: mail that cannot be sent is said, and stops nobody."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.utils.translation import gettext as _

from accounts import reauthentication

logger = logging.getLogger("daylily.accounts")


class AccountAdapter(DefaultAccountAdapter):
    """allauth's own behaviour, but for a mail server that does not answer."""

    def send_mail(self, template_prefix: str, email: str, values: dict[str, Any]) -> None:
        """Send a mail of allauth's; where that fails, the page says so, and the account is there all the same."""
        try:
            super().send_mail(template_prefix, email, values)
        except OSError:  # SMTPException is one
            logger.exception("The mail %s could not be sent.", template_prefix)
            messages.warning(
                context.request,
                _("Our mail server does not answer just now, so no e-mail was sent. Please try again later."),
            )

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """allauth's own pages (second factor, e-mail) ask when ours do. Raises ReauthenticationRequired, which allauth answers.

        Its own rule does not count signing in, and lets whoever has neither password nor second factor through unasked.
        """
        if not reauthentication.authenticated_lately(context.request):
            raise ReauthenticationRequired
        return False
