"""Text messages to a mobile phone: one function, a pluggable gateway (settings.SMS_BACKEND), and a limit on sending."""

import hashlib
import hmac
import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.phones import masked_phone

logger = logging.getLogger("daylily.messages")
SHOWN_SECONDS = 600
# (how many texts, in how many seconds) to one phone: enough for a second try, too few to pester anyone or to guess codes.
LIMITS = ((1, 30), (5, 3600), (12, 86_400))


class TextNotSent(ValueError):
    """No gateway is set up, or it failed; the message is for whoever asked for the text."""


class TooManyTexts(ValueError):
    """This phone has had as many texts as it may get for now."""


def send_text(phone: str, text: str, *, counted: bool = False) -> None:
    """Send a text to a mainland mobile number; `counted` where `count_text` was called for it before.

    Raises TooManyTexts and TextNotSent. Not for use inside a transaction.
    """
    if not settings.SMS_BACKEND:
        raise TextNotSent(_("No text messages can be sent from here. Please use a signed paper instead."))
    if not counted:
        count_text(phone)
    gateway: Callable[[str, str], None] = import_string(settings.SMS_BACKEND)
    gateway(phone, text)


def count_text(phone: str) -> None:
    """Count a text to a phone against its limits, by itself where none may leave, so that known and unknown numbers look the same.

    Raises TooManyTexts.
    """
    for most, seconds in LIMITS:
        key = f"texts:{seconds}:{_unnamed(phone)}"
        cache.add(key, 0, seconds)
        if cache.incr(key) > most:
            raise TooManyTexts(
                _("A text was sent to this phone just now. Please wait half a minute.")
                if seconds == LIMITS[0][1]
                else _("This phone has had many texts today. Please try again later.")
            )


def keep_for_demo(phone: str, text: str) -> None:
    """The gateway of the demo and the tests: nothing leaves the machine; the text is in the log and, for ten minutes, on the page."""
    logger.info("Text to %s (demo, not sent): %s", masked_phone(phone), text)
    cache.set(f"texts:kept:{_unnamed(phone)}", (text, time.time()), SHOWN_SECONDS)


def text_for_demo(phone: str, *, since: float = 0) -> str:
    """The last text to this phone, where keep_for_demo is the gateway; always empty in production.

    Empty as well where it was sent before `since` (seconds of the epoch): what a job sends comes a moment after the page.
    """
    if not (settings.DEMO or settings.TESTING):
        return ""
    text, sent_at = cache.get(f"texts:kept:{_unnamed(phone)}", ("", 0.0))
    return str(text) if sent_at >= since else ""


def _unnamed(phone: str) -> str:
    """What stands for a number in the cache's keys, so that nobody reads numbers there."""
    return hmac.new(settings.SECRET_KEY.encode(), f"text:{phone}".encode(), hashlib.sha256).hexdigest()[:32]
