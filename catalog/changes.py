"""Changes of goods that buyers have seen: a new name, kind or price beyond the band waits for the county; the old one stays meanwhile."""

import copy
import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.apps import apps
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from catalog import rules
from catalog.models import OF_A_PACK, Category, GoodsKind, PriceBand, Product, Review, ReviewKind, ReviewState, Variant
from catalog.reviewing import PUBLISHED, touched

NAMED: Final = ("name", "name_en", "category")
# A small bag and a large one of the same goods differ in price, not so much in the price of a gram.
BY_WEIGHT: Final = (GoodsKind.FARM, GoodsKind.INPUT)


def held_back(*, by: User, product: Product, texts: Mapping[str, Any]) -> dict[str, Any]:
    """What of a change holds at once; what has to wait for the county is kept as a review. Inside the caller's transaction.

    Raises rules.GoodsForbidden, and ValidationError for what the model refuses.
    """
    wanted = copy.copy(product)
    for name, value in texts.items():
        setattr(wanted, name, value)
    hits = rules.fitting_product(wanted)
    rules.refuse_forbidden(hits)
    if product.status not in PUBLISHED:
        return dict(texts)
    held = {name for name in NAMED if name in texts and texts[name] != getattr(product, name)}
    known = {hit.rule.pk for hit in rules.fitting_product(product)}
    held |= {hit.where for hit in hits if hit.rule.pk not in known and hit.where in texts}
    wanted.full_clean(exclude=[field.name for field in product._meta.fields if field.name not in texts])
    proposed = {name: _as_json(texts[name]) for name in sorted(held)}
    _ask(
        by=by, product=product, kind=ReviewKind.CHANGE, proposed=proposed, hits=hits,
        before={name: _as_json(getattr(product, name)) for name in proposed},
    )  # fmt: skip
    return {name: value for name, value in texts.items() if name not in held}


def hold_price(*, by: User, variant: Variant, price_fen: int) -> Review | None:
    """The review that a price has to wait for; None for one that holds at once. Inside the caller's transaction."""
    product = variant.product
    if product.status not in PUBLISHED:
        touched(product)
        return None
    within = is_within_band(variant, price_fen)
    return _ask(
        by=by, product=product, kind=ReviewKind.PRICE, variant=variant, hits=[],
        before={"price_fen": variant.price_fen, "base_fen": base_price(variant)},
        proposed={} if within else {"price_fen": price_fen},
    )  # fmt: skip


def beyond_other_packs(pack: Variant) -> int | None:
    """Where a new pack of goods on sale has to wait for the county: the price of the other packs (fen, by weight where goods are sold by
    weight) which its own is beyond the band of. None for a pack that is offered at once.
    """
    product = pack.product
    if product.status not in PUBLISHED:
        return None
    by_weight = product.category.kind in BY_WEIGHT
    prices = [
        other.price_fen * pack.net_weight_g // other.net_weight_g if by_weight else other.price_fen
        for other in product.variants.filter(active=True)
    ]
    if not prices:
        return None
    band, low, high = band_of(product.county_code), min(prices), max(prices)
    if low * (100 - band.down_percent) <= pack.price_fen * 100 <= high * (100 + band.up_percent):
        return None
    return high if pack.price_fen > high else low


def hold_pack(*, by: User, pack: Variant, base_fen: int) -> Review | None:
    """The review that a new pack waits for, whose price is beyond `base_fen` (beyond_other_packs). Inside the caller's transaction."""
    return _ask(
        by=by, product=pack.product, kind=ReviewKind.PACK, variant=pack, hits=[],
        before={"base_fen": base_fen}, proposed={"price_fen": pack.price_fen},
    )  # fmt: skip


def is_within_band(variant: Variant, price_fen: int) -> bool:
    """Whether a price stays within the county's band about the price that was last looked at, or held when the band's days began."""
    band, base = band_of(variant.product.county_code), base_price(variant)
    return base * (100 - band.down_percent) <= price_fen * 100 <= base * (100 + band.up_percent)


def band_of(county_code: str) -> PriceBand:
    """The price band of a county (six digits): its own, that of everywhere, or the usual one."""
    found = {band.county_code: band for band in PriceBand.objects.filter(county_code__in=["", county_code])}
    return found.get(county_code) or found.get("") or PriceBand()


def base_price(variant: Variant) -> int:
    """The price (fen) from which a change is measured: what held when the band's days began, or when the county last approved one.

    So that many small steps are one large one.
    """
    since = timezone.now() - dt.timedelta(days=band_of(variant.product.county_code).days)
    approved = Review.objects.filter(
        Q(kind=ReviewKind.NEW) | Q(kind__in=OF_A_PACK, variant=variant),
        product=variant.product_id, state=ReviewState.APPROVED, decided_at__gt=since,
    )  # fmt: skip
    last = approved.order_by("-decided_at").values_list("decided_at", flat=True).first()
    events = apps.get_model("catalog", "VariantEvent")._default_manager.filter(pgh_obj=variant.pk)
    then = events.filter(pgh_created_at__lte=last or since).order_by("-pgh_id").first()
    first = then or events.order_by("pgh_id").first()
    return int(first.price_fen) if first else variant.price_fen


def waiting_for(product: Product) -> list[Review]:
    """What waits of a product, oldest first."""
    found = product.reviews.waiting().select_related("variant", "certificate", "asked_by")
    return list(found.order_by("asked_at", "pk"))


def as_proposed(product: Product) -> Product:
    """The product as it would be with the change that waits, for a form: sent again unchanged, the change goes on waiting."""
    shown = copy.copy(product)
    waiting = product.reviews.waiting().filter(kind=ReviewKind.CHANGE).first()
    for name, value in (waiting.proposed if waiting else {}).items():
        setattr(shown, name, Category.objects.filter(pk=value).first() if name == "category" else value)
    return shown


def _ask(
    *, by: User, product: Product, kind: ReviewKind, before: dict[str, Any], proposed: dict[str, Any],
    hits: list[rules.Hit], variant: Variant | None = None,
) -> Review | None:  # fmt: skip
    """Keeps one waiting review of this kind as what is wanted now; without anything to wait for, one that waits is taken back."""
    locked = Review.objects.select_for_update(no_key=True).waiting()
    waiting = locked.filter(product=product, kind=kind, variant=variant).first()
    if not proposed:
        if waiting:
            waiting.state, waiting.decided_by, waiting.decided_at = ReviewState.TAKEN_BACK, by, timezone.now()
            waiting.save(update_fields=["state", "decided_by", "decided_at"])
        return None
    if waiting is None:
        waiting = Review(kind=kind, product=product, variant=variant, store=product.store, region=product.store.region)
        waiting.revision = 0
    elif waiting.proposed == proposed:
        return waiting
    waiting.before, waiting.proposed, waiting.fired, waiting.asked_by = before, proposed, rules.told(hits), by
    waiting.revision += 1
    waiting.save()
    return waiting


def _as_json(value: Any) -> Any:
    return value.pk if isinstance(value, Category) else value
