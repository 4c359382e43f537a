"""A rule that is new or changed meets the goods that are on sale already: forbidden ones leave the shop, the seller reads why; goods
that need a licence from now on leave it until there is one (catalog.licensed). What somebody should only look at stays on sale.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Final

import pghistory
from django.apps import apps
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from procrastinate.contrib.django import app

from catalog import rules
from catalog.indexing import index_product
from catalog.licensed import LAPSED, follow_licences
from catalog.models import (
    Effect,
    GoodsRule,
    Product,
    ProductStatus,
    Review,
    ReviewKind,
    ReviewState,
    Variant,
    WhyReturned,
)
from catalog.telling import tell_of_review
from sellers.models import Store

AT_ONCE: Final = 1000
# Rules that came with a release are met by night: a little more than a day back, so that none falls between two nights.
A_NIGHT_BACK: Final = dt.timedelta(hours=25)


def keep_rule(rule: GoodsRule) -> None:
    """Save a rule; a job meets the goods on sale with it."""
    with transaction.atomic():
        rule.save()
        follow_rule.defer(rule_id=rule.pk)


@app.task(name="catalog.follow_rule", retry=3)
def follow_rule(rule_id: int) -> None:
    """Meet the goods on sale with a rule as it stands now."""
    rule = GoodsRule.objects.filter(pk=rule_id).first()
    if rule is not None:
        apply_rule(rule)


def follow_rules_of_the_night() -> None:
    """The same for every rule that changed in the last day, however it came in."""
    changed = apps.get_model("catalog", "GoodsRuleEvent")._default_manager.filter(
        pgh_created_at__gte=timezone.now() - A_NIGHT_BACK
    )
    for rule in GoodsRule.objects.filter(pk__in=changed.values("pgh_obj_id")):
        apply_rule(rule)


def apply_rule(rule: GoodsRule) -> tuple[int, int]:
    """Takes goods off sale that the rule forbids, and works out anew which licences goods need; how many of each changed."""
    forbidden = licensed = 0
    for product, fits in _met(rule):
        with transaction.atomic(), pghistory.context(rule=rule.pk):
            if rule.effect == Effect.FORBIDDEN:
                forbidden += fits and _forbid(product, rule)
            else:
                licensed += _ask_for_licences(product)
    if licensed:
        follow_licences()
    return forbidden, licensed


def _met(rule: GoodsRule) -> Iterator[tuple[Product, bool]]:
    """The goods on sale that a rule fits, and those that some rule asks a licence for, a thousand at a time: this may have been it."""
    packs = Prefetch("variants", Variant.objects.filter(active=True), to_attr="offered")
    goods = _on_sale().select_related("category__parent", "store").prefetch_related(packs).order_by("pk")
    if rule.county_code:
        goods = goods.filter(county_code=rule.county_code)
    last = 0
    while batch := list(goods.filter(pk__gt=last)[:AT_ONCE]):
        last = batch[-1].pk
        for product in batch:
            texts = rules.texts_of(product)
            fits = rule.active and bool(rules.fitting(product.county_code, product.category, texts, [rule]))
            if fits or product.licences:
                yield product, fits


def _on_sale() -> "QuerySet[Product]":
    """The goods on sale, and those that only wait for a licence."""
    waits = Q(status=ProductStatus.WITHDRAWN, stopped_for=LAPSED)
    return Product.objects.filter(Q(status=ProductStatus.LISTED) | waits)


def _lock(product: Product) -> Product | None:
    """The product as it stands, locked after its store; None if somebody took it off sale meanwhile."""
    Store.objects.select_for_update(no_key=True).get(pk=product.store_id)
    found = _on_sale().select_for_update(no_key=True, of=("self",)).select_related("category__parent", "store")
    return found.filter(pk=product.pk).first()


def _forbid(product: Product, rule: GoodsRule) -> bool:
    """The product goes back to whoever lists it, as if the county had returned it, with the rule's reason."""
    kept = _lock(product)
    hits = [] if kept is None else rules.fitting(kept.county_code, kept.category, rules.texts_of(kept), [rule])
    if kept is None or not any(hit.refuses for hit in hits):
        return False
    now = timezone.now()
    review = Review.objects.create(
        kind=ReviewKind.NEW, product=kept, store=kept.store, region=kept.store.region, fired=rules.told(hits), asked_at=now,
        state=ReviewState.RETURNED, decided_at=now, decided_by=rule.entered_by, reason=WhyReturned.FORBIDDEN,
        words=f"{rule.reason}（{rule.source}）"[:300],
    )  # fmt: skip
    kept.status = ProductStatus.RETURNED
    kept.save(update_fields=["status"])
    index_product(kept)
    tell_of_review.defer(review_id=review.pk)
    return True


def _ask_for_licences(product: Product) -> bool:
    """The product's licences as all rules ask for them now; whether they changed."""
    kept = _lock(product)
    if kept is None:
        return False
    wanted = rules.licences_wanted(kept.category, rules.fitting_product(kept))
    if wanted == kept.licences:
        return False
    kept.licences = wanted
    kept.save(update_fields=["licences"])
    return True
