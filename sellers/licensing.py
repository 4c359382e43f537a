"""Licences of sellers: entered at the desk or by the farmer, looked at by the county, which accepts them or gives them back.

Formats of numbers, where the office that issues them publishes one:
- food business licence: JY and 14 digits; filing for pre-packed food: YB and 14 digits (Measures for food business licences and filings,
  State Administration for Market Regulation, order 78 of 2023);
- food production licence: SC and 14 digits (Measures for food production licences, order 24 of 2020).
Other numbers are kept as they stand on the paper.
"""

import datetime as dt
import re
import unicodedata
from typing import Final

import pghistory
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from sellers.mandates import mandate_for
from sellers.models import ENDLESS, Household, LicenceKind, LicenceState, SellerLicence
from sellers.onboarding import keep_private
from stations.models import Role
from stations.scope import NotAllowed, scope_of

DECIDES: Final = (Role.CENTRE_STAFF, Role.COUNTY_OFFICIAL)
NUMBERS: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    LicenceKind.FOOD: (re.compile(r"JY[0-9]{14}"), "JY14304260012345"),
    LicenceKind.FOOD_FILING: (re.compile(r"YB[0-9]{14}"), "YB14304260012345"),
    LicenceKind.FOOD_MAKING: (re.compile(r"SC[0-9]{14}"), "SC11743042600123"),
}


class OwnLicence(NotAllowed):
    """Somebody decides on a licence that they entered, or that is their own (403)."""


class LicenceDecided(ValueError):
    """Somebody else has decided."""


class ReasonMissing(ValueError):
    """Given back without a word why."""


def plain_number(text: str) -> str:
    """A number as it is kept: narrow forms, capital letters, no spaces."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()


def enter_licence(
    *,
    by: User,
    household: Household,
    kind: LicenceKind | str,
    number: str,
    holder: str,
    issuer: str,
    valid_from: dt.date,
    valid_until: dt.date | None,
    covers: str = "",
    paper: File[bytes] | None = None,
    demo: bool = False,
    at: dt.datetime | None = None,
) -> SellerLicence:
    """A licence that waits for the county. `paper` is a picture that pictures.intake has cleaned.

    Raises mandates.MandateMissing, and ValidationError for a licence that has ended, a number of the wrong form, or a missing day.
    """
    kind, number = LicenceKind(kind), plain_number(number)
    _refuse_wrong(kind, number, valid_from, valid_until)
    with transaction.atomic():
        mandate = mandate_for(by, household, "list")
        context = {"on_behalf_of": household.pk, "mandate": mandate.pk} if mandate else {}
        with pghistory.context(user=by.pk, **context):
            licence = SellerLicence(
                household=household, kind=kind, number=number, holder=holder, issuer=issuer, covers=covers,
                valid_from=valid_from, valid_until=valid_until, demo=demo, asked_by=by, asked_at=at or timezone.now(),
            )  # fmt: skip
            licence.full_clean(exclude=["asked_by"])
            licence.paper = keep_private("sellers_licences", paper) if paper else ""
            licence.save()
    return licence


def _refuse_wrong(kind: LicenceKind, number: str, valid_from: dt.date, valid_until: dt.date | None) -> None:
    today = timezone.localdate()
    if valid_from > today:
        raise ValidationError({"valid_from": _("This day has not come yet.")})
    if valid_until is None and kind not in ENDLESS:
        raise ValidationError({"valid_until": _("Write the last day as it stands on the licence.")})
    if valid_until is not None and valid_until < valid_from:
        raise ValidationError({"valid_until": _("It can't end before it begins.")})
    if valid_until is not None and valid_until < today:
        raise ValidationError({"valid_until": _("This licence has ended. Enter the renewed one.")})
    shape = NUMBERS.get(kind)
    if shape and not shape[0].fullmatch(number):
        raise ValidationError(
            {"number": _("A number of this kind looks like %(example)s. Please compare it.") % {"example": shape[1]}}
        )


def accept_licence(*, by: User, licence: SellerLicence, at: dt.datetime | None = None) -> SellerLicence:
    """The county has seen the licence: it holds within its dates. Raises NotAllowed, OwnLicence, LicenceDecided."""
    return _decided(by, licence, LicenceState.ACCEPTED, "", at)


def refuse_licence(*, by: User, licence: SellerLicence, reason: str) -> SellerLicence:
    """Gives a licence back, with the reason; also one that was accepted by mistake or was revoked.

    Raises ReasonMissing, NotAllowed, OwnLicence, LicenceDecided for one that was given back already.
    """
    if not reason.strip():
        raise ReasonMissing(_("Please write why it is given back."))
    return _decided(by, licence, LicenceState.REFUSED, reason.strip()[:200], None)


def may_decide(user: User, licence: SellerLicence) -> bool:
    """Whether this user may accept or give back this licence, for the pages."""
    concerned = {licence.asked_by_id, licence.household.user_id}
    return scope_of(user).may(DECIDES, licence.household.region_id) and user.pk not in concerned


def _decided(
    by: User, licence: SellerLicence, state: LicenceState, reason: str, at: dt.datetime | None
) -> SellerLicence:
    with transaction.atomic(), pghistory.context(user=by.pk):
        kept = (
            SellerLicence.objects.select_for_update(no_key=True, of=("self",))
            .select_related("household")
            .get(pk=licence.pk)
        )
        scope_of(by).require(DECIDES, kept.household.region_id)
        if not may_decide(by, kept):
            raise OwnLicence(_("You entered this licence yourself, or it is your own; somebody else has to decide."))
        if kept.state == state or (state == LicenceState.ACCEPTED and kept.state != LicenceState.WAITING):
            raise LicenceDecided(_("Somebody else has decided this."))
        kept.state, kept.reason, kept.decided_by, kept.decided_at = state, reason, by, at or timezone.now()
        kept.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    return kept
