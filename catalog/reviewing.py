"""Reviewing: a new listing, a change that buyers would notice, or a certificate waits for the county, which approves or returns it.

Whoever listed the goods or asked for the change does not decide, nor does the family itself. A review is decided once, on what the
reviewer saw: `revision` counts what was changed meanwhile.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pghistory
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog import rules, stock
from catalog.acting import acting_for
from catalog.indexing import index_product, index_store
from catalog.models import (
    Category,
    CertificateState,
    Product,
    ProductStatus,
    Review,
    ReviewKind,
    ReviewState,
    Variant,
    WhyReturned,
)
from catalog.telling import tell_of_review
from sellers.models import Store, StoreStatus
from stations.models import Role
from stations.scope import NotAllowed, scope_of

REVIEWERS: Final = (Role.CENTRE_STAFF, Role.COUNTY_OFFICIAL)
# What buyers have seen: its name, kind and price don't change behind the county.
PUBLISHED: Final = (ProductStatus.LISTED, ProductStatus.WITHDRAWN)


class StoreNotOpen(Exception):
    """Goods are for sale in open stores alone."""


class NothingToSell(Exception):
    """A product without a pack and its price can't be put on sale."""


class OwnEntry(NotAllowed):
    """Somebody decides on what they listed or asked for themselves (403)."""


class AlreadyDecided(ValueError):
    """Another reviewer was faster, or it was taken back."""


class PackInSale(ValueError):
    """A flash sale of the pack is on, whose price stays until that is over."""


class ReviewChanged(ValueError):
    """What waits was changed after the reviewer opened it."""


class WordsMissing(ValueError):
    """'Something else' without saying what."""


def is_reviewer(user: User) -> bool:
    """Whether the user reviews goods of some county."""
    scope = scope_of(user)
    return scope.everywhere or any(posting.role in REVIEWERS for posting in scope.postings)


def submit_listing(*, by: User, product: Product, at: dt.datetime | None = None) -> Review:
    """Sends a draft, or a product that was returned, to the county's review; asked again, the review that waits already.

    Raises StoreNotOpen, NothingToSell, rules.GoodsForbidden, rules.LicenceMissing, and as acting_for does.
    """
    with acting_for(by, product.store):
        status = lock_product(product)
        waiting = product.reviews.waiting().filter(kind=ReviewKind.NEW).first()
        if status == ProductStatus.IN_REVIEW and waiting:
            return waiting
        hits = refuse_unsellable(product)
        review = Review.objects.create(
            kind=ReviewKind.NEW, product=product, store=product.store, region=product.store.region,
            fired=rules.told(hits), asked_by=by, asked_at=at or timezone.now(),
        )  # fmt: skip
        product.status = ProductStatus.IN_REVIEW
        product.save(update_fields=["status", "licences"])
    return review


def refuse_unsellable(product: Product) -> list[rules.Hit]:
    """The rules that fit goods which are to be sold, with `licences` set to what they ask for. Raises as submit_listing does."""
    if product.store.status != StoreStatus.OPEN:
        raise StoreNotOpen
    if not product.variants.filter(active=True).exists():
        raise NothingToSell
    hits = rules.fitting_product(product)
    rules.refuse_forbidden(hits)
    product.licences = rules.licences_wanted(product.category, hits)
    rules.refuse_unlicensed(product.store, product.licences)
    return hits


def approve_review(*, by: User, review: Review, seen: int = 0, at: dt.datetime | None = None) -> Review:
    """The county's yes: new goods go on sale, a change or a price holds, a pack is offered, a certificate shows. `seen` is the revision
    that was looked at.

    Raises NotAllowed, OwnEntry, AlreadyDecided, ReviewChanged, PackInSale; for goods that a newer rule forbids GoodsForbidden, or
    LicenceMissing.
    """
    with _deciding(by, review, seen) as kept:
        _decide(kept, ReviewState.APPROVED, by, at)
        _APPLY[ReviewKind(kept.kind)](kept, by, at)
    return kept


def return_review(
    *,
    by: User,
    review: Review,
    reason: WhyReturned | str,
    words: str = "",
    seen: int = 0,
    at: dt.datetime | None = None,
) -> Review:
    """The county's no, with a reason and what to do: new goods can be mended and sent again, of a change the old stays.

    Raises WordsMissing, and as approve_review does.
    """
    words = words.strip()
    if WhyReturned(reason) == WhyReturned.OTHER and not words:
        raise WordsMissing(_("Please write what has to be mended."))
    with _deciding(by, review, seen) as kept:
        _decide(kept, ReviewState.RETURNED, by, at, reason=reason, words=words)
        if kept.kind == ReviewKind.NEW and kept.product:
            kept.product.status = ProductStatus.RETURNED
            kept.product.save(update_fields=["status"])
        _drop_pack(kept)
        if kept.certificate:
            kept.certificate.state = CertificateState.RETURNED
            kept.certificate.save(update_fields=["state"])
    return kept


def take_back(*, by: User, review: Review) -> None:
    """Whoever works for the family takes back what waits: goods are a draft again, a change is dropped. Nothing if it is decided."""
    with acting_for(by, review.store):
        kept = _lock_review(review)
        if kept.state != ReviewState.WAITING:
            return
        kept.state, kept.decided_by, kept.decided_at = ReviewState.TAKEN_BACK, by, timezone.now()
        kept.save(update_fields=["state", "decided_by", "decided_at"])
        _drop_pack(kept)
        if kept.kind == ReviewKind.NEW and kept.product:
            kept.product.status = ProductStatus.DRAFT
            kept.product.save(update_fields=["status"])


def _drop_pack(review: Review) -> None:
    """A pack that waited to be offered is not, and gives its goods back."""
    if review.kind == ReviewKind.PACK and review.variant:
        stock.clear(review.variant)


def touched(product: Product) -> None:
    """Marks that goods were changed while they wait: a reviewer who has them open looks again. Inside the caller's transaction."""
    if product.status != ProductStatus.IN_REVIEW:
        return
    fired = rules.told(rules.fitting_product(product))
    product.reviews.waiting().filter(kind=ReviewKind.NEW).update(revision=F("revision") + 1, fired=fired)


def may_decide(user: User, review: Review) -> bool:
    """Whether this user may decide this review, for the pages."""
    return scope_of(user).may(REVIEWERS, review.region_id) and user.pk not in _concerned(review)


def _concerned(review: Review) -> set[int | None]:
    """Who must not decide: who asked, who listed the goods or entered the paper, and the family itself."""
    certificate = review.certificate
    return {
        review.asked_by_id,
        review.product.listed_by_id if review.product else None,
        certificate.entered_by_id if certificate else None,
        review.store.household.user_id,
    }


@contextmanager
def _deciding(by: User, review: Review, seen: int) -> Iterator[Review]:
    """The review as it stands, locked after its store, for somebody who may decide it and has seen its last revision."""
    with transaction.atomic(), pghistory.context(review=review.pk, user=by.pk):
        kept = _lock_review(review)
        scope_of(by).require(REVIEWERS, kept.region_id)
        if by.pk in _concerned(kept):
            raise OwnEntry(_("You listed this or asked for it yourself; somebody else has to decide."))
        if kept.state != ReviewState.WAITING:
            raise AlreadyDecided(_("Somebody else has decided this, or it was taken back."))
        if seen and seen != kept.revision:
            raise ReviewChanged(_("This was changed after you opened it. Please look at it again."))
        yield kept


def _lock_review(review: Review) -> Review:
    """Locks store, goods and review, in the order of all journeys, and reads the review anew."""
    Store.objects.select_for_update(no_key=True).get(pk=review.store_id)
    if review.product_id:
        Product.objects.select_for_update(no_key=True).values_list("pk").get(pk=review.product_id)
    Review.objects.select_for_update(no_key=True).values_list("pk").get(pk=review.pk)
    with_all = Review.objects.select_related(
        "product__category__parent", "product__store__household", "variant", "certificate", "store__household"
    )
    return with_all.get(pk=review.pk)


def lock_product(product: Product) -> str:
    """Locks the goods; their status as it stands now, which is set on `product` too. Inside the caller's transaction."""
    product.status = Product.objects.select_for_update(no_key=True).values_list("status", flat=True).get(pk=product.pk)
    return product.status


def _decide(
    review: Review, state: ReviewState, by: User, at: dt.datetime | None, *, reason: str = "", words: str = ""
) -> None:
    review.state, review.decided_by, review.decided_at = state, by, at or timezone.now()
    review.reason, review.words = reason, words[:300]
    review.save(update_fields=["state", "decided_by", "decided_at", "reason", "words"])
    if at is None:
        tell_of_review.defer(review_id=review.pk)


def _list(review: Review, by: User, at: dt.datetime | None) -> None:
    product = review.product
    assert product is not None
    product.store = review.store
    hits = rules.fitting_product(product)
    rules.refuse_forbidden(hits)
    product.licences = rules.licences_wanted(product.category, hits)
    rules.refuse_unlicensed(review.store, product.licences)
    product.status, product.stopped_for = ProductStatus.LISTED, ""
    product.listed_at = at or timezone.now()
    product.save(update_fields=["status", "stopped_for", "listed_at", "licences"])
    index_product(product)


def _change(review: Review, by: User, at: dt.datetime | None) -> None:
    product = review.product
    assert product is not None
    for name, value in review.proposed.items():
        setattr(product, name, Category.objects.get(pk=value) if name == "category" else value)
    hits = rules.fitting_product(product)
    rules.refuse_forbidden(hits)
    product.licences = rules.licences_wanted(product.category, hits)
    if product.status == ProductStatus.LISTED:
        rules.refuse_unlicensed(review.store, product.licences)
    product.full_clean()
    product.save(update_fields=[*review.proposed, "licences"])
    index_product(product)


def _price(review: Review, by: User, at: dt.datetime | None) -> None:
    assert review.variant_id is not None and review.product is not None
    free = Variant.objects.filter(pk=review.variant_id).exclude(apart_until__gt=timezone.now())
    if not free.update(price_fen=review.proposed["price_fen"]):
        raise PackInSale(_("A flash sale of this pack is on: its price stays until that is over."))
    index_product(review.product)


def _offer(review: Review, by: User, at: dt.datetime | None) -> None:
    assert review.variant_id is not None and review.product is not None
    Variant.objects.filter(pk=review.variant_id).update(active=True)
    index_product(review.product)


def _accept(review: Review, by: User, at: dt.datetime | None) -> None:
    paper = review.certificate
    assert paper is not None
    paper.state, paper.accepted_by, paper.accepted_at = CertificateState.ACCEPTED, by, at or timezone.now()
    paper.save(update_fields=["state", "accepted_by", "accepted_at"])
    if review.product:
        index_product(review.product)
    else:
        index_store(review.store_id)


_Apply = Callable[[Review, User, "dt.datetime | None"], Any]
_APPLY: Final[dict[ReviewKind, _Apply]] = {
    ReviewKind.NEW: _list,
    ReviewKind.CHANGE: _change,
    ReviewKind.PRICE: _price,
    ReviewKind.PACK: _offer,
    ReviewKind.CERTIFICATE: _accept,
}
