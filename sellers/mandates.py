"""Mandates: what a farmer allows a station's staff to do for them, on what evidence, until when."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypedDict, Unpack

import pghistory
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import codes
from accounts.codes import CodeRefused
from accounts.messages import send_text
from accounts.models import User
from accounts.references import public_reference
from sellers.models import Evidence, Household, HouseholdKind, Mandate
from sellers.scopes import SCOPES as SCOPES
from sellers.scopes import Scope as Scope
from sellers.scopes import allowed_in_words as allowed_in_words
from sellers.scopes import why_missing
from sellers.telling import numbers_of, tell_of_paper
from stations.models import Role, Station
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of

# How long before its end the desk is reminded of a mandate.
REMINDED: Final = dt.timedelta(days=30)
# Who judges a signed paper: the township and the county.
PAPER_ROLES: Final = (Role.TOWNSHIP_STAFF, Role.CENTRE_STAFF)
# How long after a farmer has taken a mandate back somebody else looks at every new paper before it holds.
LOOKED_AT: Final = dt.timedelta(days=90)

# Whoever withdraws or narrows a mandate updates its row, and so waits for every change that holds it in share; a change that comes
# later finds the row as the farmer left it. NO KEY: rows that point to the mandate are inserted meanwhile.
_HOLD: Final = """
SELECT 1 FROM sellers_mandate
WHERE id = %s AND {scope} AND confirmed_at IS NOT NULL AND withdrawn_at IS NULL AND refused_at IS NULL FOR SHARE
"""


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
    """The farmer has given their word already, or taken it back; what it covers can't be changed behind them."""


class NothingLeft(ValueError):
    """A mandate would be narrowed to nothing: that is a withdrawal, and is called so."""


class OwnAccount(MandateMissing):
    """A farmer with an account of their own gives their word there, or by code: a paper that somebody else sends in is none."""


class MandateWidened(ValueError):
    """More than the farmer allowed: for that they have to give their word."""


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
    if evidence == Evidence.PAPER:
        refuse_with_own_account(household)
    when = at or timezone.now()
    name = storages["private"].save(f"mandates/{public_reference()}.jpg", paper) if paper else ""
    with transaction.atomic():
        mandate = Mandate.objects.create(
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
            confirmed_at=when if evidence == Evidence.PAPER and not _taken_back(household, when) else None,
            recorded_by=by,
            recorded_at=when,
        )
        if mandate.confirmed_at:
            hold_by_paper(mandate)
    return mandate


def renew_mandate(*, by: User, household: Household, station: Station, **terms: Unpack[Terms]) -> Mandate:
    """Write down a new mandate before or after the end of the old one; what was written down and never confirmed is revised.

    The old one holds until the farmer has given their word for the new one (confirm_by_code, confirm_by_paper). Raises NotAllowed.
    """
    scope_of(by).require(STAFF_ROLES, household.region_id)
    with transaction.atomic():
        Household.objects.select_for_update(no_key=True).get(pk=household.pk)
        begun = Mandate.objects.filter(
            household=household, station=station, confirmed_at=None, withdrawn_at=None, refused_at=None
        ).last()
        if begun is None:
            return record_mandate(by=by, household=household, station=station, **terms)
        Mandate.objects.filter(pk=begun.pk).update(starts_on=timezone.localdate(), recorded_by=by)
        return revise_mandate(by=by, mandate=begun, **terms)


def revise_mandate(*, by: User, mandate: Mandate, **terms: Unpack[Terms]) -> Mandate:
    """Change what an unconfirmed mandate says; a code that was sent for the old words ends. Raises NotAllowed, AlreadyConfirmed."""
    scope_of(by).require(STAFF_ROLES, mandate.station.region_id)
    with transaction.atomic():
        kept = unconfirmed(mandate)
        codes.end_codes(**code_of(kept))
        for name, value in terms.items():
            setattr(kept, name, value)
        kept.evidence, kept.paper = Evidence.CODE, ""  # a paper that waits to be looked at was signed for the old words
        kept.save()
    return kept


def confirm_by_paper(*, by: User, mandate: Mandate, paper: File[bytes], at: dt.datetime | None = None) -> Mandate:
    """Let the mandate hold on a signed paper, whose cleaned photograph is `paper`; the farmer is told by text.

    Within LOOKED_AT of a withdrawal by the farmer it holds only once the township has looked at it (sellers.accepting.accept_paper).
    Raises NotAllowed, AlreadyConfirmed.
    """
    scope_of(by).require(STAFF_ROLES, mandate.station.region_id)
    with transaction.atomic():
        kept = unconfirmed(mandate)
        refuse_with_own_account(kept.household)
        codes.end_codes(**code_of(kept))
        kept.evidence = Evidence.PAPER
        kept.paper = storages["private"].save(f"mandates/{public_reference()}.jpg", paper)
        when = at or timezone.now()
        if _taken_back(kept.household, when):
            kept.recorded_by = by  # whoever brought the paper does not look at it (sellers.accepting)
            kept.save()
            return kept
        kept.confirmed_at = when
        kept.save()
        hold_by_paper(kept)
    return kept


def hold_by_paper(mandate: Mandate) -> None:
    """What a confirmed paper brings with it: what it replaces ends, and the farmer is told at each number that reaches them."""
    _end_replaced(mandate)
    for number in range(len(numbers_of(mandate.household))):
        tell_of_paper.defer(mandate_id=mandate.pk, number=number)


def _taken_back(household: Household, at: dt.datetime) -> bool:
    return Mandate.objects.filter(household=household).taken_back(since=at - LOOKED_AT).exists()


def refuse_with_own_account(household: Household) -> None:
    """Raises OwnAccount for a farmer who has one, as the database knows it now (sellers.taking_over): nobody else speaks for them."""
    if Household.objects.filter(pk=household.pk, user__isnull=False).exists():
        raise OwnAccount(
            _("%(farmer)s looks after the store with their own account. They can let you help under “My helpers”.")
            % {"farmer": household.label}
        )


def unconfirmed(mandate: Mandate) -> Mandate:
    """The mandate as it stands, locked, while it waits for the farmer's word. Raises AlreadyConfirmed."""
    kept = Mandate.objects.select_for_update(no_key=True).get(pk=mandate.pk)
    if kept.confirmed_at is not None:
        raise AlreadyConfirmed(_("The farmer has confirmed this mandate already. For other words a new one is needed."))
    if kept.withdrawn_at is not None or kept.refused_at is not None:
        raise AlreadyConfirmed(_("This mandate was given up. Please write down a new one."))
    return kept


def _end_replaced(mandate: Mandate) -> None:
    """What the farmer allowed this station before ends in the moment of the new mandate: it may have gone further."""
    earlier = mandates_in_force(mandate.household).filter(station=mandate.station).exclude(pk=mandate.pk)
    earlier.update(withdrawn_at=mandate.confirmed_at)


def send_code(mandate: Mandate) -> str:
    """Make a mandate's one-time code (see accounts.codes) and return it for the text message; any earlier one ends."""
    code = codes.new_code()
    codes.keep_code(code, **code_of(mandate))
    return code


def code_is_sent(mandate: Mandate) -> bool:
    """Whether the farmer was sent a code for this mandate."""
    return codes.is_sent(**code_of(mandate))


def code_of(mandate: Mandate) -> dict[str, str]:
    """What a code is for (see accounts.codes): this mandate in these words. One that was sent for other words opens nothing."""
    words = [mandate.station_id, mandate.ends_on.isoformat(), *(bool(getattr(mandate, f"may_{one}")) for one in SCOPES)]
    return {"purpose": "mandate", "subject": f"{mandate.pk}:{hashlib.sha256(repr(words).encode()).hexdigest()[:16]}"}


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
            "%(code)s is your code. If you tell it to %(station)s, they may do this for you up to and including %(until)s: "
            "%(scope)s. If you did not want this, tell nobody."
        )
        text = words % {
            "code": code,
            "station": mandate.station.label,
            "until": mandate.ends_on.isoformat(),
            "scope": allowed_in_words(mandate),
        }
    send_text(farmer.phone, text)
    codes.keep_code(code, **code_of(mandate))


def confirm_by_code(*, mandate: Mandate, code: str, at: dt.datetime | None = None) -> None:
    """Let the mandate hold, if the code is the one that was sent. Raises CodeRefused; each wrong try counts, also two at once."""
    asked = code_of(Mandate.objects.get(pk=mandate.pk))
    codes.use_code(code, **asked)
    with transaction.atomic():
        kept = unconfirmed(mandate)
        if code_of(kept) != asked:  # revised between the code and this line
            raise CodeRefused(_("This code is wrong or too old. Please send a new one."))
        kept.evidence, kept.confirmed_at = Evidence.CODE, at or timezone.now()
        kept.save(update_fields=["evidence", "confirmed_at"])
        _end_replaced(kept)
    mandate.confirmed_at = kept.confirmed_at


def narrow_mandate(*, by: User, mandate: Mandate, **scopes: bool) -> Mandate:
    """Let a mandate cover less from now on: `may_price=False`; what is not named stays. A second time changes nothing.

    The farmer may, and the staff of the station or above at the farmer's word. Raises NotAllowed, MandateWidened for a scope that was
    not given, AlreadyConfirmed for a mandate that is over, and TypeError for a scope that there is none of.
    """
    if unknown := set(scopes) - {f"may_{scope}" for scope in SCOPES}:
        raise TypeError(f"No such scope: {unknown}")
    _require_farmer_or_staff(by, mandate)
    with transaction.atomic(), pghistory.context(on_behalf_of=mandate.household_id, mandate=mandate.pk):
        kept = Mandate.objects.select_for_update(no_key=True).get(pk=mandate.pk)
        if kept.withdrawn_at is not None or kept.refused_at is not None:
            raise AlreadyConfirmed(_("This mandate was given up. Please write down a new one."))
        if any(wanted and not getattr(kept, name) for name, wanted in scopes.items()):
            raise MandateWidened(_("The farmer has not allowed this. For more than before a new mandate is needed."))
        for name, wanted in scopes.items():
            setattr(kept, name, wanted)
        if not any(getattr(kept, f"may_{scope}") for scope in SCOPES):
            raise NothingLeft(_("Then nothing is left of the mandate: withdraw it instead."))
        kept.save(update_fields=list(scopes))
    mandate.refresh_from_db()
    return mandate


def _require_farmer_or_staff(by: User, mandate: Mandate) -> None:
    if mandate.household.user_id != by.pk:
        scope_of(by).require(STAFF_ROLES, mandate.station.region_id)


def withdraw_mandate(*, by: User, mandate: Mandate, at: dt.datetime | None = None) -> None:
    """End a mandate at once, at the farmer's word; a second time changes nothing. Raises NotAllowed.

    The farmer may, the staff of the station or above may when the farmer asks them, and the operator.
    """
    _require_farmer_or_staff(by, mandate)
    with pghistory.context(on_behalf_of=mandate.household_id, mandate=mandate.pk):
        Mandate.objects.filter(pk=mandate.pk, withdrawn_at=None).update(
            withdrawn_at=at or timezone.now(), withdrawn_by=by
        )
    mandate.refresh_from_db(fields=["withdrawn_at", "withdrawn_by"])


def refuse_paper(*, by: User, mandate: Mandate, reason: str, at: dt.datetime | None = None) -> None:
    """Return a signed paper that can't be read, or is not the farmer's: nothing is done on it any more. A second time changes nothing.

    By the township or the county of the station, whatever state a store is in. Raises NotAllowed, and ValueError without a paper.
    """
    scope_of(by).require(PAPER_ROLES, mandate.station.region_id)
    if mandate.evidence != Evidence.PAPER:
        raise ValueError(_("This mandate rests on a code; there is no paper to return."))
    changes = {"refused_at": at or timezone.now(), "refused_by": by, "refused_reason": reason.strip()[:200]}
    with pghistory.context(on_behalf_of=mandate.household_id):
        Mandate.objects.filter(pk=mandate.pk, refused_at=None).update(**changes)
    mandate.refresh_from_db(fields=list(changes))


def mandates_in_force(household: Household) -> QuerySet[Mandate]:
    """The mandates of a household that hold today, of whatever scope, the one that lasts longest first."""
    today = timezone.localdate()
    return Mandate.objects.filter(
        household=household,
        confirmed_at__isnull=False,
        withdrawn_at=None,
        refused_at=None,
        starts_on__lte=today,
        ends_on__gte=today,
    ).order_by("-ends_on", "-pk")


def ending_soon(user: User) -> QuerySet[Mandate]:
    """The mandates of the user's stations and below that end within thirty days and have no longer one beside them, soonest first."""
    today = timezone.localdate()
    held = Mandate.objects.filter(confirmed_at__isnull=False, withdrawn_at=None, refused_at=None)
    longer = held.filter(household=OuterRef("household"), station=OuterRef("station"), ends_on__gt=OuterRef("ends_on"))
    ending = held.filter(scope_of(user).covers("station__region_id"), ends_on__range=(today, today + REMINDED))
    return ending.exclude(Exists(longer)).order_by("ends_on", "pk")


def may_help(user: User, household: Household) -> bool:
    """Whether `user` serves at a station that holds a mandate of the household's in force, for whatever it is; a station's own staff
    need none for what the station itself sells.
    """
    scope = scope_of(user)
    if household.kind == HouseholdKind.STATION:
        return scope.may(STAFF_ROLES, household.region_id)
    return any(
        scope.may(STAFF_ROLES, held.station.region_id)
        for held in mandates_in_force(household).select_related("station")
    )


def mandate_for(user: User, household: Household, scope: Scope) -> Mandate | None:
    """The mandate that lets `user` do this for the household today; None when it is the farmer's own hand.

    It must be confirmed, not withdrawn, not over, of this scope, and given to the user's station or one below it; an official over
    the region is none of its staff. Inside a transaction the mandate is held until the transaction ends: a withdrawal that comes
    meanwhile waits, one that came before is seen. Raises MandateMissing with what the user should read.
    """
    if household.user_id is not None and household.user_id == user.pk:
        return None
    mine = scope_of(user)
    if household.kind == HouseholdKind.STATION and mine.may(STAFF_ROLES, household.region_id):
        return None  # the station itself sells: its staff act for nobody else
    held = mandates_in_force(household).filter(mine.covers("station__region_id")).select_related("station")
    for mandate in held.filter(**{f"may_{scope}": True}):
        if mine.may(STAFF_ROLES, mandate.station.region_id) and _holds(mandate, scope):
            return mandate
    raise MandateMissing(why_missing(user, household, scope))


@contextmanager
def under_mandate(*, by: User, household: Household, scope: Scope) -> Iterator[Mandate | None]:
    """A transaction in which `by` acts for the household: the mandate stands until its end, and history names the farmer.

    Yields the mandate, None for the farmer's own hand. Raises MandateMissing.
    """
    with transaction.atomic():
        mandate = mandate_for(by, household, scope)
        with pghistory.context(on_behalf_of=household.pk, mandate=mandate.pk if mandate else None):
            yield mandate


def _holds(mandate: Mandate, scope: Scope) -> bool:
    """Whether the mandate still covers this; inside a transaction it then does until the transaction ends."""
    if not connection.in_atomic_block:
        return True
    with connection.cursor() as cursor:
        cursor.execute(_HOLD.format(scope=f"may_{scope}"), [mandate.pk])
        return cursor.fetchone() is not None
