"""One-time codes to a phone: six digits, ten minutes, five tries; only a keyed hash is kept, one code a purpose and subject."""

import datetime as dt
import hashlib
import hmac
import secrets

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import OneTimeCode

CODE_LASTS = dt.timedelta(minutes=10)
TRIES = 5


class CodeRefused(ValueError):
    """A one-time code that is wrong, used or too old."""


def new_code() -> str:
    """Six random digits. Send them first, then `keep_code`: where no text may leave, an earlier code still holds."""
    return f"{secrets.randbelow(1_000_000):06d}"


def keep_code(code: str, *, purpose: str, subject: str) -> None:
    """Let `code` open what `purpose` and `subject` name ('mandate', '17'); any earlier code for it ends."""
    OneTimeCode.objects.update_or_create(
        purpose=purpose,
        subject=subject,
        defaults={
            "code_hash": _hash(code, purpose, subject),
            "expires_at": timezone.now() + CODE_LASTS,
            "tries_left": TRIES,
        },
    )


def use_code(code: str, *, purpose: str, subject: str) -> None:
    """Use a code up. Raises CodeRefused; each wrong try counts, also two at once, so call it outside a transaction that may fail."""
    refused = CodeRefused(_("This code is wrong or too old. Please send a new one."))
    kept = OneTimeCode.objects.filter(purpose=purpose, subject=subject)
    if not kept.filter(tries_left__gt=0, expires_at__gt=timezone.now()).update(tries_left=F("tries_left") - 1):
        raise refused
    with transaction.atomic():
        row = kept.select_for_update().first()
        if row is None or not hmac.compare_digest(row.code_hash, _hash(code.strip(), purpose, subject)):
            raise refused
        row.delete()


def is_sent(*, purpose: str, subject: str) -> bool:
    """Whether a code was sent for it and neither used nor ended; it may be too old by now."""
    return OneTimeCode.objects.filter(purpose=purpose, subject=subject).exists()


def end_codes(*, purpose: str, subject: str) -> None:
    """What was sent for it opens nothing any more."""
    OneTimeCode.objects.filter(purpose=purpose, subject=subject).delete()


def forget_codes() -> int:
    """Delete what is long past its time; returns how many."""
    return OneTimeCode.objects.filter(expires_at__lt=timezone.now() - dt.timedelta(days=1)).delete()[0]


def _hash(code: str, purpose: str, subject: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{purpose}:{subject}:{code}".encode(), hashlib.sha256).hexdigest()
