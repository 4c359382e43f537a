"""Mandates: what a farmer allows a station's staff to do for them, on what evidence, until when."""

import datetime as dt
import hashlib
import hmac
import secrets
from typing import Literal

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.references import public_reference
from sellers.models import Evidence, Household, Mandate, MandateCode
from stations.models import Station
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of

Scope = Literal["list", "price", "receive_cash", "answer"]
CODE_LASTS = dt.timedelta(minutes=10)


class MandateMissing(PermissionError):
    """The farmer has not allowed this, or no longer does."""


class CodeRefused(ValueError):
    """A one-time code that is wrong, used or too old."""


def record_mandate(
    *,
    by: User,
    household: Household,
    station: Station,
    ends_on: dt.date,
    evidence: str = Evidence.CODE,
    paper: File | None = None,
    may_list: bool = True,
    may_price: bool = True,
    may_receive_cash: bool = False,
    may_answer: bool = True,
    at: dt.datetime | None = None,
) -> Mandate:
    """Write down what the farmer allows. By paper it holds once its photograph is kept; by code once the farmer's code is entered.

    `paper` is a picture that pictures.intake has cleaned. Raises NotAllowed for anyone who does not serve at the station.
    """
    scope_of(by).require(STAFF_ROLES, station.region_id)
    when = at or timezone.now()
    name = storages["private"].save(f"mandates/{public_reference()}.jpg", paper) if paper else ""
    return Mandate.objects.create(
        household=household,
        station=station,
        may_list=may_list,
        may_price=may_price,
        may_receive_cash=may_receive_cash,
        may_answer=may_answer,
        starts_on=timezone.localdate(when),
        ends_on=ends_on,
        evidence=evidence,
        paper=name,
        confirmed_at=when if evidence == Evidence.PAPER else None,
        recorded_by=by,
        recorded_at=when,
    )


def send_code(mandate: Mandate) -> str:
    """Make a mandate's one-time code (six digits, ten minutes, five tries) and return it for the text message; any earlier one ends."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    MandateCode.objects.update_or_create(
        mandate=mandate,
        defaults={"code_hash": _code_hash(mandate, code), "expires_at": timezone.now() + CODE_LASTS, "tries_left": 5},
    )
    return code


def confirm_by_code(*, mandate: Mandate, code: str, at: dt.datetime | None = None) -> None:
    """Let the mandate hold, if the code is the one that was sent. Raises CodeRefused; each wrong try counts, also two at once."""
    refused = CodeRefused(_("This code is wrong or too old. Please send a new one."))
    if not MandateCode.objects.filter(mandate=mandate, tries_left__gt=0, expires_at__gt=timezone.now()).update(
        tries_left=F("tries_left") - 1
    ):
        raise refused
    with transaction.atomic():
        kept = MandateCode.objects.select_for_update().filter(mandate=mandate).first()
        if kept is None or not hmac.compare_digest(kept.code_hash, _code_hash(mandate, code.strip())):
            raise refused
        kept.delete()
        mandate.confirmed_at = at or timezone.now()
        mandate.save(update_fields=["confirmed_at"])


def _code_hash(mandate: Mandate, code: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"mandate:{mandate.pk}:{code}".encode(), hashlib.sha256).hexdigest()


def mandate_for(user: User, household: Household, scope: Scope) -> Mandate | None:
    """The mandate that lets `user` do this for the household today; None when it is the farmer's own hand.

    It must be confirmed, not withdrawn, not over, of this scope, and given to the user's station or one below it.
    Raises MandateMissing with what the user should read.
    """
    if household.user_id is not None and household.user_id == user.pk:
        return None
    today = timezone.localdate()
    held = Mandate.objects.filter(
        scope_of(user).covers("station__region_id"),
        Q(**{f"may_{scope}": True}),
        household=household,
        confirmed_at__isnull=False,
        withdrawn_at=None,
        starts_on__lte=today,
        ends_on__gt=today,
    )
    mandate = held.select_related("station").order_by("-ends_on").first()
    if mandate is None:
        raise MandateMissing(
            _(
                "%(farmer)s has not allowed this to your station, or the time of the mandate is over. Ask for a new mandate."
            )
            % {"farmer": household.label}
        )
    return mandate
