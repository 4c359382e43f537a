"""Mandates: what a farmer allows a station's staff to do for them, on what evidence, until when."""

import datetime as dt
from typing import Literal, TypedDict, Unpack

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Field, Q
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from accounts import codes
from accounts.messages import send_text
from accounts.models import User
from accounts.references import public_reference
from sellers.models import Evidence, Household, Mandate
from stations.models import Station
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of

Scope = Literal["list", "price", "receive_cash", "answer"]


class MandateMissing(PermissionError):
    """The farmer has not allowed this, or no longer does."""


class Terms(TypedDict):
    """What a farmer allows, until when."""

    ends_on: dt.date
    may_list: bool
    may_price: bool
    may_receive_cash: bool
    may_answer: bool


class AlreadyConfirmed(ValueError):
    """The farmer has given their word already; what it covers can't be changed behind them."""


def record_mandate(
    *,
    by: User,
    household: Household,
    station: Station,
    ends_on: dt.date,
    evidence: str = Evidence.CODE,
    paper: File[bytes] | None = None,
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


def revise_mandate(*, by: User, mandate: Mandate, **terms: Unpack[Terms]) -> Mandate:
    """Change what an unconfirmed mandate says; a code that was sent for the old words ends. Raises NotAllowed, AlreadyConfirmed."""
    scope_of(by).require(STAFF_ROLES, mandate.station.region_id)
    with transaction.atomic():
        kept = _unconfirmed(mandate)
        codes.end_codes(**_code_of(kept))
        for name, value in terms.items():
            setattr(kept, name, value)
        kept.save()
    return kept


def confirm_by_paper(*, by: User, mandate: Mandate, paper: File[bytes], at: dt.datetime | None = None) -> Mandate:
    """Let the mandate hold on a signed paper, whose cleaned photograph is `paper`. Raises NotAllowed, AlreadyConfirmed."""
    scope_of(by).require(STAFF_ROLES, mandate.station.region_id)
    with transaction.atomic():
        kept = _unconfirmed(mandate)
        codes.end_codes(**_code_of(kept))
        kept.evidence = Evidence.PAPER
        kept.paper = storages["private"].save(f"mandates/{public_reference()}.jpg", paper)
        kept.confirmed_at = at or timezone.now()
        kept.save()
    return kept


def _unconfirmed(mandate: Mandate) -> Mandate:
    kept = Mandate.objects.select_for_update(no_key=True).get(pk=mandate.pk)
    if kept.confirmed_at is not None:
        raise AlreadyConfirmed(_("The farmer has confirmed this mandate already. For other words a new one is needed."))
    return kept


def send_code(mandate: Mandate) -> str:
    """Make a mandate's one-time code (see accounts.codes) and return it for the text message; any earlier one ends."""
    code = codes.new_code()
    codes.keep_code(code, **_code_of(mandate))
    return code


def code_is_sent(mandate: Mandate) -> bool:
    """Whether the farmer was sent a code for this mandate."""
    return codes.is_sent(**_code_of(mandate))


def _code_of(mandate: Mandate) -> dict[str, str]:
    return {"purpose": "mandate", "subject": str(mandate.pk)}


def text_code(*, by: User, mandate: Mandate) -> None:
    """Text the farmer a new code, with what they would allow in words. Raises NotAllowed, AlreadyConfirmed, TooManyTexts, TextNotSent.

    The text leaves outside any transaction; where none may leave, an earlier code still holds.
    """
    scope_of(by).require(STAFF_ROLES, mandate.station.region_id)
    if mandate.confirmed_at is not None:
        raise AlreadyConfirmed(_("The farmer has confirmed this mandate already. For other words a new one is needed."))
    farmer, code = mandate.household, codes.new_code()
    with override(farmer.user.language if farmer.user else "zh-hans"):
        words = _(
            "%(code)s is your code. If you tell it to %(station)s, they may do this for you until %(until)s: %(scope)s. "
            "If you did not want this, tell nobody."
        )
        text = words % {
            "code": code,
            "station": mandate.station.label,
            "until": mandate.ends_on.isoformat(),
            "scope": allowed_in_words(mandate),
        }
    send_text(farmer.phone, text)
    codes.keep_code(code, **_code_of(mandate))


def allowed_in_words(mandate: Mandate) -> str:
    """What a mandate allows, as a list in the language of the page."""
    words = [
        field.verbose_name
        for name in ("may_list", "may_price", "may_receive_cash", "may_answer")
        if getattr(mandate, name) and isinstance(field := Mandate._meta.get_field(name), Field)
    ]
    return (", " if get_language() == "en" else "、").join(str(word) for word in words)


def confirm_by_code(*, mandate: Mandate, code: str, at: dt.datetime | None = None) -> None:
    """Let the mandate hold, if the code is the one that was sent. Raises CodeRefused; each wrong try counts, also two at once."""
    codes.use_code(code, **_code_of(mandate))
    mandate.confirmed_at = at or timezone.now()
    mandate.save(update_fields=["confirmed_at"])


def withdraw_mandate(*, by: User, mandate: Mandate, at: dt.datetime | None = None) -> None:
    """End a mandate at once, at the farmer's word; a second time changes nothing. Raises NotAllowed.

    The farmer may, the staff of the station or above may when the farmer asks them, and the operator.
    """
    if mandate.household.user_id != by.pk:
        scope_of(by).require(STAFF_ROLES, mandate.station.region_id)
    Mandate.objects.filter(pk=mandate.pk, withdrawn_at=None).update(withdrawn_at=at or timezone.now(), withdrawn_by=by)
    mandate.refresh_from_db(fields=["withdrawn_at", "withdrawn_by"])


def mandate_for(user: User, household: Household, scope: Scope) -> Mandate | None:
    """The mandate that lets `user` do this for the household today; None when it is the farmer's own hand, or a station's own store.

    It must be confirmed, not withdrawn, not over, of this scope, and given to the user's station or one below it; an official over
    the region is none of its staff. Raises MandateMissing with what the user should read.
    """
    if household.user_id is not None and household.user_id == user.pk:
        return None
    if household.station is not None and scope_of(user).may(STAFF_ROLES, household.station.region_id):
        return None
    today = timezone.localdate()
    held = Mandate.objects.filter(
        scope_of(user).covers("station__region_id"),
        Q(**{f"may_{scope}": True}),
        household=household,
        confirmed_at__isnull=False,
        withdrawn_at=None,
        refused_at=None,
        starts_on__lte=today,
        ends_on__gt=today,
    )
    mandate = held.select_related("station").order_by("-ends_on").first()
    if mandate is None or not scope_of(user).may(STAFF_ROLES, mandate.station.region_id):
        raise MandateMissing(
            _(
                "%(farmer)s has not allowed this to your station, or the time of the mandate is over. Ask for a new mandate."
            )
            % {"farmer": household.label}
        )
    return mandate
