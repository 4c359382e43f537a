"""Making promotions: a county's money needs two people, a seller's and the platform's hold at once; each may be ended early."""

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pghistory
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.acting import authorise
from catalog.campaigns import known_campaigns
from catalog.models import Variant
from catalog.standing import yuan
from orders.flash_sales import FlashTerms, announce_flash, close_flash, open_flash
from orders.models import Coupon, Payer, Promotion, PromotionKind, PromotionPrice
from orders.promotions import MOST_OFF_BP, tidy_code
from orders.refusals import PromotionRefused as PromotionRefused
from payments.money import share_fen
from sellers.models import Store
from stations.models import Region, Role
from stations.scope import NotAllowed, scope_of

MAY_PROMOTE: Final = (Role.CENTRE_STAFF, Role.COUNTY_OFFICIAL)
# Letters and digits that are not taken for each other.
CODE_ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
CODE_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Terms:
    """What a promotion gives, in fen and basis points, from one moment to another; `code` and `most_uses` are a coupon's, `flash` a flash
    sale's."""

    kind: PromotionKind
    name: str
    name_en: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    budget_fen: int
    percent_bp: int | None = None
    off_fen: int | None = None
    minimum_fen: int = 0
    most_per_buyer: int | None = None
    code: str = ""
    most_uses: int = 1_000
    flash: FlashTerms | None = None
    category_slug: str = ""
    # The campaign's price by pack (variant id), in fen, instead of percent.
    prices: Mapping[int, int] = field(default_factory=dict)
    # Whether a coupon has no code for all, but is given to buyers one by one (orders.giving_coupons).
    personal: bool = False


def propose_for_county(*, by: User, county: Region, terms: Terms, at: dt.datetime | None = None) -> Promotion:
    """A promotion that a county's fund will pay, once somebody else approves it. Raises NotAllowed, PromotionRefused."""
    scope_of(by).require(MAY_PROMOTE, county.code)
    return _make(by, terms, Payer.COUNTY, at, approved=False, region=county)


def promote_everywhere(*, by: User, terms: Terms, at: dt.datetime | None = None) -> Promotion:
    """A promotion that the platform pays. Raises NotAllowed for anybody but the operator, PromotionRefused."""
    if not scope_of(by).everywhere:
        raise NotAllowed(_("Your posting does not allow this here."))
    return _make(by, terms, Payer.PLATFORM, at, approved=True)


def promote_store(*, by: User, store: Store, terms: Terms, at: dt.datetime | None = None) -> Promotion:
    """A promotion that a store pays itself: by its farmer, or whoever holds their mandate for prices.

    Raises NotAllowed, mandates.MandateMissing, PromotionRefused.
    """
    authorise(by=by, store=store, allowed="price")
    with pghistory.context(on_behalf_of=store.household.pk):
        return _make(by, terms, Payer.SELLER, at, approved=True, store=store)


def _make(
    by: User,
    terms: Terms,
    payer: Payer,
    at: dt.datetime | None,
    *,
    approved: bool,
    region: Region | None = None,
    store: Store | None = None,
) -> Promotion:
    when = at or timezone.now()
    if terms.ends_at <= max(terms.starts_at, when):
        raise PromotionRefused(_("It would be over before it begins."))
    packs = _packs(terms, region, store)
    try:
        with transaction.atomic():
            promotion = Promotion.objects.create(
                kind=terms.kind,
                name=terms.name,
                name_en=terms.name_en,
                payer=payer,
                region=region,
                store=store,
                category_slug=terms.category_slug,
                percent_bp=terms.percent_bp,
                off_fen=terms.off_fen,
                minimum_fen=terms.minimum_fen,
                most_per_buyer=terms.most_per_buyer,
                starts_at=terms.starts_at,
                ends_at=terms.ends_at,
                budget_fen=terms.budget_fen,
                proposed_by=by,
                proposed_at=when,
                approved_by=by if approved else None,
                approved_at=when if approved else None,
            )
            if terms.flash is not None:
                open_flash(promotion, terms.flash, at=at)
            PromotionPrice.objects.bulk_create(
                PromotionPrice(promotion=promotion, variant=pack, price_fen=terms.prices[pack.pk]) for pack in packs
            )
            if terms.kind == PromotionKind.COUPON and not terms.personal:
                Coupon.objects.create(
                    promotion=promotion, code=tidy_code(terms.code) or new_code(), most_uses=terms.most_uses
                )
    except IntegrityError as error:
        if "orders_coupon_code" in str(error):
            raise PromotionRefused(_("This code is taken. Choose another.")) from error
        raise
    _seen_at_once()
    return promotion


def _packs(terms: Terms, region: Region | None, store: Store | None) -> list[Variant]:
    """The packs that have a price of their own. Raises PromotionRefused for another's, and for a price that is none."""
    if bool(terms.prices) == bool(terms.percent_bp) and terms.kind == PromotionKind.PRICE:
        raise PromotionRefused(_("A campaign has percent, or prices of packs: one of both."))
    if not terms.prices:
        return []
    packs = Variant.objects.filter(pk__in=terms.prices, active=True).select_related("product").order_by("pk")
    if terms.kind != PromotionKind.PRICE or len(packs) != len(terms.prices):
        raise PromotionRefused(_("There is a pack among them that is not on sale."))
    for pack in packs:
        if store and pack.product.store_id != store.pk or region and pack.product.county_code != region.code[:6]:
            raise PromotionRefused(_("%(pack)s: not one of yours.") % {"pack": pack})
        least = pack.price_fen - share_fen(pack.price_fen, MOST_OFF_BP)
        if not least <= terms.prices[pack.pk] < pack.price_fen:
            told = _("%(pack)s: the campaign price lies below %(now)s, and is a tenth of it at least.")
            raise PromotionRefused(told % {"pack": pack, "now": yuan(pack.price_fen)})
    return list(packs)


def _seen_at_once() -> None:
    """Pages of this process show it from the next one on, those of others within seconds."""
    transaction.on_commit(known_campaigns.forget)


def new_code() -> str:
    """Eight letters and digits drawn at random."""
    return "".join(secrets.choice(CODE_ALPHABET) for _position in range(CODE_LENGTH))


def may_approve(by: User, promotion: Promotion) -> bool:
    """Whether this user is the second person that a county's promotion waits for."""
    if promotion.approved_at or promotion.ended_at or promotion.region_id is None or promotion.proposed_by_id == by.pk:
        return False
    return scope_of(by).may(MAY_PROMOTE, promotion.region_id)


def authorise_promotion(by: User, promotion: Promotion) -> None:
    """Whoever may make such a promotion may end it and give its coupons. Raises NotAllowed, mandates.MandateMissing."""
    if promotion.store is not None:
        authorise(by=by, store=promotion.store, allowed="price")
    elif promotion.region_id is not None:
        scope_of(by).require(MAY_PROMOTE, promotion.region_id)
    elif not scope_of(by).everywhere:
        raise NotAllowed(_("Your posting does not allow this here."))


def approve(*, by: User, promotion: Promotion, at: dt.datetime | None = None) -> None:
    """The second person's yes to a county's money. Raises NotAllowed, PromotionRefused."""
    scope_of(by).require(MAY_PROMOTE, promotion.region_id or "")
    if promotion.proposed_by_id == by.pk:
        raise PromotionRefused(_("Somebody else has to approve what you proposed."))
    waiting = Promotion.objects.filter(pk=promotion.pk, approved_at=None, ended_at=None)
    with transaction.atomic():
        if promotion.kind == PromotionKind.FLASH:  # first: it locks the stock
            announce_flash(promotion, at=at)
        if not waiting.exclude(proposed_by=by).update(approved_by=by, approved_at=at or timezone.now()):
            raise PromotionRefused(_("This was decided already."))
        _seen_at_once()


def end(*, by: User, promotion: Promotion, at: dt.datetime | None = None) -> None:
    """No order gets it any more; those that have it keep it. Raises NotAllowed, mandates.MandateMissing, PromotionRefused."""
    authorise_promotion(by, promotion)
    with transaction.atomic():
        if promotion.kind == PromotionKind.FLASH:  # first: it locks the stock
            close_flash(promotion, at=at)
        if not Promotion.objects.filter(pk=promotion.pk, ended_at=None).update(ended_at=at or timezone.now()):
            raise PromotionRefused(_("This was ended already."))
        _seen_at_once()
