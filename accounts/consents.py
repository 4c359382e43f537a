"""What the holder of an account agrees to, each on its own and in named words (Personal Information Protection Law, art. 14 and 15)."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from accounts.models import Address, Consent, ConsentPurpose, User

# Change the version with every change of what the privacy notice says: a consent names the words that it was given to.
NOTICE_VERSION = "2026-11b"


def give_consent(*, by: User, purpose: str, version: str = NOTICE_VERSION, at: dt.datetime | None = None) -> Consent:
    """Put an account holder's consent on record; one that stands already, in the same or in earlier words, stays."""
    consent, _new = Consent.objects.get_or_create(
        user=by,
        purpose=purpose,
        withdrawn_at=None,
        defaults={"version": version, "given_at": at or timezone.now()},
    )
    return consent


def agrees(user: User, purpose: str) -> bool:
    """Whether a consent stands."""
    return Consent.objects.filter(user=user, purpose=purpose, withdrawn_at=None).exists()


def withdraw_consent(*, by: User, purpose: str, at: dt.datetime | None = None) -> None:
    """Take a consent back at once; ADDRESSES takes the kept addresses with it. The account itself ends by orders.forgetting."""
    with transaction.atomic():
        Consent.objects.filter(user=by, purpose=purpose, withdrawn_at=None).update(withdrawn_at=at or timezone.now())
        if purpose == ConsentPurpose.ADDRESSES:
            Address.objects.filter(user=by).delete()
