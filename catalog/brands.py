"""The county's brands: entered by the county, their use asked for by stores, granted, refused and ended, each with its reason.

The badge of a geographical indication rests on a permission that was granted and holds today, and on nothing else.
"""

import datetime as dt
from typing import Any, Final

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.acting import acting_for
from catalog.certifying import NAMES
from catalog.indexing import index_store
from catalog.models import (
    OPEN_PERMISSIONS,
    BrandPermission,
    Certificate,
    CertificateKind,
    CertificateState,
    CountyBrand,
    PermissionState,
)
from catalog.reviewing import REVIEWERS
from sellers.models import Store
from stations.models import Region
from stations.scope import NotAllowed, scope_of

LONGEST: Final = dt.timedelta(days=5 * 366)


class OtherCounty(ValueError):
    """A store asks for the brand of a county that it doesn't lie in."""


class AskedAlready(ValueError):
    """The store has asked already, or has the permission."""


class OwnPermission(NotAllowed):
    """Somebody grants what they asked for, or what is their own (403)."""


class PermissionMoved(ValueError):
    """Somebody else has decided."""


class ReasonMissing(ValueError):
    """Refused or ended without a word why."""


def enter_brand(*, by: User, county: Region, **facts: Any) -> CountyBrand:
    """A brand of the county (fields of CountyBrand). Raises NotAllowed, ValidationError."""
    scope_of(by).require(REVIEWERS, county.code)
    brand = CountyBrand(county=county, entered_by=by, **facts)
    brand.full_clean()
    with pghistory.context(user=by.pk):
        brand.save()
    return brand


def edit_brand(*, by: User, brand: CountyBrand, **facts: Any) -> CountyBrand:
    """Changes what is said of a brand; the seals of all who use it follow. Raises NotAllowed, ValidationError."""
    scope_of(by).require(REVIEWERS, brand.county_id)
    for name, value in facts.items():
        setattr(brand, name, value)
    brand.full_clean()
    with transaction.atomic(), pghistory.context(user=by.pk):
        brand.save()
        stores = list(brand.permissions.order_by("store_id").values_list("store_id", flat=True).distinct())
        held = Certificate.objects.filter(permission__brand=brand)
        held.update(number=brand.number, holder=brand.holder, issuer=brand.issuer, category=brand.category)
        for store_id in stores:
            index_store(store_id)
    return brand


def ask_permission(
    *, by: User, store: Store, brand: CountyBrand, why: str = "", at: dt.datetime | None = None
) -> BrandPermission:
    """A store asks to use a brand of its county. Raises OtherCounty, AskedAlready, and as acting_for does."""
    if brand.county_id[:6] != store.region_id[:6]:
        raise OtherCounty(_("This brand belongs to another county."))
    with acting_for(by, store):
        if BrandPermission.objects.filter(brand=brand, store=store, state__in=OPEN_PERMISSIONS).exists():
            raise AskedAlready(_("The store has asked for this brand already, or may use it."))
        return BrandPermission.objects.create(
            brand=brand, store=store, why=why.strip()[:300], asked_by=by, asked_at=at or timezone.now()
        )


def grant_permission(
    *, by: User, permission: BrandPermission, valid_until: dt.date, at: dt.datetime | None = None
) -> BrandPermission:
    """The county's yes until a day: from now on the store's goods of the brand's kind bear the badge.

    Raises NotAllowed, OwnPermission, PermissionMoved, and ValidationError for a day that is over, or too far.
    """
    today = timezone.localdate(at)
    if not today < valid_until <= timezone.localdate() + LONGEST:
        raise ValidationError({"valid_until": _("Choose a day after today, and within five years.")})
    with transaction.atomic(), pghistory.context(user=by.pk):
        kept = _locked(by, permission, PermissionState.ASKED)
        brand = kept.brand
        kept.state, kept.valid_from, kept.valid_until = PermissionState.GRANTED, today, valid_until
        kept.decided_by, kept.decided_at = by, at or timezone.now()
        kept.save(update_fields=["state", "valid_from", "valid_until", "decided_by", "decided_at"])
        name, name_en = NAMES[CertificateKind.GEOGRAPHICAL]
        Certificate.objects.create(
            store=kept.store, permission=kept, category=brand.category, kind=CertificateKind.GEOGRAPHICAL,
            name=brand.name or name, name_en=brand.name_en or name_en, number=brand.number, holder=brand.holder, issuer=brand.issuer,
            valid_from=today, valid_until=min(valid_until, brand.valid_until or valid_until), demo=brand.demo,
            state=CertificateState.ACCEPTED, accepted_by=by, accepted_at=kept.decided_at,
        )  # fmt: skip
        index_store(kept.store_id)
    return kept


def refuse_permission(*, by: User, permission: BrandPermission, reason: str) -> BrandPermission:
    """The county's no, with the reason; the store may ask again. Raises ReasonMissing, NotAllowed, OwnPermission, PermissionMoved."""
    reason = _said(reason)
    with transaction.atomic(), pghistory.context(user=by.pk):
        kept = _locked(by, permission, PermissionState.ASKED)
        kept.state, kept.reason, kept.decided_by, kept.decided_at = PermissionState.REFUSED, reason, by, timezone.now()
        kept.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    return kept


def end_permission(*, by: User, permission: BrandPermission, reason: str) -> BrandPermission:
    """Ends a permission at once, with the reason: the badge is gone from every page. Raises as refuse_permission does."""
    reason = _said(reason)
    with transaction.atomic(), pghistory.context(user=by.pk):
        kept = _locked(by, permission, PermissionState.GRANTED)
        kept.state, kept.reason, kept.ended_by, kept.ended_at = PermissionState.ENDED, reason, by, timezone.now()
        kept.save(update_fields=["state", "reason", "ended_by", "ended_at"])
        index_store(kept.store_id)
    return kept


def may_decide(user: User, permission: BrandPermission) -> bool:
    """Whether this user may grant or refuse this permission, for the pages."""
    concerned = {permission.asked_by_id, permission.store.household.user_id}
    return scope_of(user).may(REVIEWERS, permission.brand.county_id) and user.pk not in concerned


def _said(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing(_("Please write the reason."))
    return reason.strip()[:200]


def _locked(by: User, permission: BrandPermission, state: PermissionState) -> BrandPermission:
    """The permission as it stands, locked after its store. Raises NotAllowed, OwnPermission, PermissionMoved."""
    Store.objects.select_for_update(no_key=True).values_list("pk").get(pk=permission.store_id)
    rows = BrandPermission.objects.select_for_update(no_key=True, of=("self",))
    kept = rows.select_related("brand", "store__household").get(pk=permission.pk)
    scope_of(by).require(REVIEWERS, kept.brand.county_id)
    if not may_decide(by, kept):
        raise OwnPermission(_("You asked for this yourself, or it is your own; somebody else has to decide."))
    if kept.state != state:
        raise PermissionMoved(_("Somebody else has decided this."))
    return kept
