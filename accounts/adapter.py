"""Signing up and signing in where allauth asks us: mail that cannot be sent is said, and stops nobody."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.contrib import messages
from django.utils.translation import gettext as _

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
