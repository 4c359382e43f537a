"""Signing in by phone, and the number on an account: a number is somebody's when they have read a code on it.

Known and unknown numbers get the same page, the same text and the same work: nobody is looked up before the code is proved. Then
the account is found or, for a number that has none, opened with its holder's consent.
"""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.consents import give_consent
from accounts.messages import TextNotSent, TooManyTexts, send_text
from accounts.models import ConsentPurpose, User
from accounts.phones import masked_phone


class PhoneTaken(ValueError):
    """Another account signs in with this number."""


def has_account(phone: str) -> bool:
    """Whether an account signs in with this number. To be asked only for a number that was proved."""
    return User.objects.filter(phone=phone).exists()


def sign_in(request: HttpRequest, *, phone: str, then: str) -> HttpResponse:
    """Sign in the holder of a proved number, and go on to `then` (empty: where they belong); a second factor is asked for first."""
    user = User.objects.get(phone=phone)
    if user.phone_verified_at is None:
        user.phone_verified_at = timezone.now()
        user.save(update_fields=["phone_verified_at"])
    record_authentication(request, user, method="code")
    response: HttpResponse = perform_login(request, Login(user=user, redirect_url=then or None))
    return response


def open_account(*, phone: str) -> User:
    """The account of a proved number, opened with its holder's consent; one that was opened meanwhile stays as it is."""
    with transaction.atomic():
        user, new = User.objects.get_or_create(phone=phone, defaults={"language": get_language() or "zh-hans"})
        if new:
            user.set_unusable_password()
            user.save(update_fields=["password"])
            give_consent(by=user, purpose=ConsentPurpose.ACCOUNT)
    return user


def change_phone(*, by: User, phone: str) -> None:
    """Let the user sign in with this number, which they have proved, and tell the old one. Raises PhoneTaken.

    It is the account's number alone: the number of a farmer's household is another record, with a journey of its own.
    """
    old = by.phone
    by.phone, by.phone_verified_at = phone, timezone.now()
    try:
        with transaction.atomic():
            by.save(update_fields=["phone", "phone_verified_at"])
    except IntegrityError as taken:
        by.refresh_from_db()
        raise PhoneTaken(
            _("Another account signs in with this number. Sign in there by phone, or use another number here.")
        ) from taken
    if old and old != phone:
        _tell(old, phone)


def _tell(old: str, new: str) -> None:
    """A word to the number that was replaced; where no text can leave, the change stands all the same."""
    try:
        send_text(
            old,
            _(
                "Daylily: from now on your account signs in with %(phone)s, no more with this number. "
                "If this was not you, call your station."
            )
            % {"phone": masked_phone(new)},
        )
    except (TextNotSent, TooManyTexts):
        return
