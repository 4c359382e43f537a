"""A code to a phone that somebody at this browser says is theirs: sent, remembered in their session, and proved.

The code belongs to the browser that asked for it: what others guess elsewhere for the same number uses up none of its tries, and a
code read off someone else's phone opens nothing here. It proves the number that it was sent to and no other: two requests of one
session may write the session in either order. The number lies sealed in the session.
"""

import base64
import secrets
import time
from enum import StrEnum

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import codes, sealing
from accounts.messages import send_text

PROVED = "phone_proved"
LASTS_SECONDS = 600


class Purpose(StrEnum):
    """What a code is for; one that was sent for one purpose serves no other."""

    SIGN_IN = "sign_in"
    ASK_AGAIN = "ask_again"
    NEW_PHONE = "new_phone"


class NothingSent(ValueError):
    """No code was asked for in this browser, or the session has ended since."""


def send(request: HttpRequest, *, phone: str, purpose: Purpose) -> None:
    """Text a new code to `phone`. Raises TooManyTexts and TextNotSent; then an earlier code still holds."""
    code, ticket = codes.new_code(), secrets.token_urlsafe(16)
    send_text(phone, _words(purpose) % {"code": code})
    if earlier := phone_asked(request, purpose):
        codes.end_codes(purpose=purpose, subject=_subject(_ticket(request, purpose), earlier))
    codes.keep_code(code, purpose=purpose, subject=_subject(ticket, phone))
    sealed = sealing.seal(phone, place=_place(purpose, ticket))
    request.session[_key(purpose)] = {"ticket": ticket, "phone": base64.b64encode(sealed).decode()}


def phone_asked(request: HttpRequest, purpose: Purpose) -> str:
    """The number that this browser's last code for the purpose went to; empty where there was none."""
    kept = request.session.get(_key(purpose))
    if not kept:
        return ""
    try:
        return sealing.unseal(base64.b64decode(kept["phone"]), place=_place(purpose, kept["ticket"]))
    except sealing.SealBroken:  # the keys were changed meanwhile
        return ""


def prove(request: HttpRequest, *, code: str, purpose: Purpose) -> str:
    """Use the code up; returns the number that it proves. Raises NothingSent, and CodeRefused when it is wrong or too old."""
    phone, ticket = phone_asked(request, purpose), _ticket(request, purpose)
    if not phone:
        raise NothingSent(_("Please ask for a code first."))
    codes.use_code(code, purpose=purpose, subject=_subject(ticket, phone))
    del request.session[_key(purpose)]
    return phone


def keep_proved(request: HttpRequest, phone: str) -> None:
    """Remember for ten minutes that this browser proved a number, while its holder reads what they agree to."""
    sealed = sealing.seal(phone, place=PROVED)
    request.session[PROVED] = {"phone": base64.b64encode(sealed).decode(), "until": time.time() + LASTS_SECONDS}


def phone_proved(request: HttpRequest) -> str:
    """The number that this browser proved within ten minutes; empty where it did not."""
    kept = request.session.get(PROVED)
    if not kept or kept["until"] < time.time():
        return ""
    try:
        return sealing.unseal(base64.b64decode(kept["phone"]), place=PROVED)
    except sealing.SealBroken:
        return ""


def _words(purpose: Purpose) -> str:
    return {
        Purpose.SIGN_IN: _(
            "Daylily: %(code)s is your code to sign in, good for 10 minutes. Our staff never ask for it. Tell nobody."
        ),
        Purpose.ASK_AGAIN: _(
            "Daylily: %(code)s is your code to confirm that it is you, good for 10 minutes. Our staff never ask for it. Tell nobody."
        ),
        Purpose.NEW_PHONE: _(
            "Daylily: %(code)s is your code to use this number for your account, good for 10 minutes. Our staff never ask for it. "
            "Tell nobody."
        ),
    }[purpose]


def _key(purpose: Purpose) -> str:
    return f"phone_code_{purpose}"


def _ticket(request: HttpRequest, purpose: Purpose) -> str:
    kept: dict[str, str] = request.session.get(_key(purpose)) or {}
    return kept.get("ticket", "")


def _subject(ticket: str, phone: str) -> str:
    """What a code is kept for, in the 40 letters of its row: one sending, and the number that it went to."""
    return sealing.blind_index(f"{ticket}:{phone}", column="accounts_onetimecode.subject")[:40]


def _place(purpose: Purpose, ticket: str) -> str:
    return f"session.{purpose}:{ticket}"
