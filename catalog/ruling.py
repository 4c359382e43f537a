"""A rule that is new or changed meets the goods that are on sale already: forbidden ones leave the shop, the seller reads why; goods
that need a licence from now on leave it until there is one (catalog.licensed). What somebody should only look at stays on sale.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Final

import pghistory
from django.apps import apps
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from procrastinate.contrib.django import app

from catalog import rules
from catalog.indexing import index_product
from catalog.licensed import LAPSED, follow_licences
from catalog.models import (
    GoodsRule,
    Product,
    ProductStatus,
    Review,
    ReviewKind,
    ReviewState,
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
        apply_rules([rule])


def follow_rules_of_the_night() -> None:
    """The same for every rule that changed in the last day, however it came in."""
    changed = apps.get_model("catalog", "GoodsRuleEvent")._default_manager.filter(
        pgh_created_at__gte=timezone.now() - A_NIGHT_BACK
    )
    apply_rules(GoodsRule.objects.filter(pk__in=changed.values("pgh_obj_id")))


def apply_rules(changed: Iterable[GoodsRule]) -> tuple[int, int]:
    """Takes goods off sale that one of these rules forbids, and works out anew which licences goods need; how many of each changed.

    All goods are read once, a thousand at a time, whatever the number of rules.
    """
    found = list(changed)
    keys, holding = {rule.pk for rule in found}, dict[str, list[GoodsRule]]()
    forbidden = licensed = 0
    for product in _on_sale_of(found) if found else ():
        county = product.county_code
        if county not in holding:
            holding[county] = list(GoodsRule.objects.holding_in(county))
        texts = rules.texts_of(product, [pack for pack in product.variants.all() if pack.active])
        hits = rules.fitting(county, product.category, texts, holding[county])
        bans = [hit.rule for hit in hits if hit.refuses and hit.rule.pk in keys]
        other_licences = rules.licences_wanted(product.category, hits) != product.licences
        if not bans and not other_licences:
            continue
        with transaction.atomic(), pghistory.context(rules=sorted(keys)):
            if bans and _forbid(product, bans):
                forbidden += 1
            elif other_licences:
                licensed += _ask_for_licences(product)
    if licensed:
        follow_licences()
    return forbidden, licensed


def _on_sale_of(changed: list[GoodsRule]) -> Iterator[Product]:
    """The goods on sale where one of these rules holds, with their packs."""
    goods = _on_sale().select_related("category__parent", "store").prefetch_related("variants").order_by("pk")
    counties = {rule.county_code for rule in changed}
    if "" not in counties:
        goods = goods.filter(county_code__in=counties)
    last = 0
    while batch := list(goods.filter(pk__gt=last)[:AT_ONCE]):
        last = batch[-1].pk
        yield from batch


def _on_sale() -> "QuerySet[Product]":
    """The goods on sale, and those that only wait for a licence."""
    waits = Q(status=ProductStatus.WITHDRAWN, stopped_for=LAPSED)
    return Product.objects.filter(Q(status=ProductStatus.LISTED) | waits)


def _lock(product: Product) -> Product | None:
    """The product as it stands, locked after its store; None if somebody took it off sale meanwhile."""
    Store.objects.select_for_update(no_key=True).get(pk=product.store_id)
    found = _on_sale().select_for_update(no_key=True, of=("self",)).select_related("category__parent", "store")
    return found.filter(pk=product.pk).first()


def _forbid(product: Product, bans: list[GoodsRule]) -> bool:
    """The product goes back to whoever lists it, as if the county had returned it, with the reason of the rule that forbids it."""
    kept = _lock(product)
    hits = [] if kept is None else rules.fitting(kept.county_code, kept.category, rules.texts_of(kept), bans)
    rule = next((hit.rule for hit in hits if hit.refuses), None)
    if kept is None or rule is None:
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
