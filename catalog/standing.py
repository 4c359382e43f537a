"""How goods stand with the county: what waits and since when, why something was returned and what to do, which paper is missing."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Field
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.cards import short_day
from catalog.certifying import papers_of, state_of
from catalog.licensed import LAPSED
from catalog.models import Category, Product, ProductStatus, Review, ReviewKind, ReviewState
from catalog.rules import missing_licences
from catalog.telling import why_returned
from sellers.models import LicenceKind


@dataclass(frozen=True, slots=True)
class Note:
    """One notice: its kind of box, what happened, and what it means; `review` is what may be taken back."""

    kind: str
    title: str
    text: str
    review: Review | None = None


def standing_of(product: Product) -> dict[str, Any]:
    """What the desk's page of a product says of reviews, licences and certificates."""
    papers = papers_of(product)
    return {
        "notes": notes_of([product])[product.pk],
        "papers": [{"paper": paper, "state": state_of(paper)} for paper in papers[:20]],
        "waits_for_county": product.status == ProductStatus.IN_REVIEW,
    }


def notes_of(products: Iterable[Product]) -> dict[int, list[Note]]:
    """The notices of products, by key. Two queries, and one for each product that needs a licence."""
    goods = list(products)
    reviews: dict[int, list[Review]] = defaultdict(list)
    found = Review.objects.filter(product__in=[one.pk for one in goods]).exclude(state=ReviewState.TAKEN_BACK)
    for review in found.select_related("variant", "certificate", "product").order_by("-asked_at", "-pk"):
        reviews[review.product_id or 0].append(review)
    return {product.pk: _notes(product, reviews[product.pk]) for product in goods}


def _notes(product: Product, reviews: list[Review]) -> list[Note]:
    notes = []
    latest: set[tuple[str, int | None, int | None]] = set()
    for review in reviews:  # the newest first: an older one of the same thing is over
        thing = (review.kind, review.variant_id, review.certificate_id)
        if thing not in latest:
            latest.add(thing)
            if note := _note(product, review):
                notes.append(note)
    if product.status == ProductStatus.WITHDRAWN and product.stopped_for == LAPSED:
        notes.append(
            Note(
                "bad",
                _("Taken off sale: the licence does not hold"),
                _("It comes back by itself as soon as the county has accepted a valid one."),
            )
        )
    missing = missing_licences(product.store, product.licences) if product.licences else []
    for kind in missing:
        notes.append(
            Note(
                "warning",
                _("A licence is missing: %(licence)s") % {"licence": LicenceKind(kind).label},
                _("Enter it under “Licences and certificates”."),
            )
        )
    return notes


def _note(product: Product, review: Review) -> Note | None:
    when = {"since": short_day(localtime(review.asked_at).date())}
    if review.state == ReviewState.WAITING:
        if review.kind == ReviewKind.NEW:
            return Note(
                "",
                _("Waits for the county's review"),
                _("Sent on %(since)s. Buyers see it once the county has approved it.") % when,
                review,
            )
        text = _("Sent on %(since)s. Until the county has decided, buyers see the old one.") % when
        if review.kind == ReviewKind.PACK:
            text = _("Sent on %(since)s. Buyers see the pack once the county has approved its price.") % when
        if review.kind == ReviewKind.CERTIFICATE:
            text = _("Sent on %(since)s. The badge shows once the county has accepted it.") % when
        return Note(
            "",
            _("Waits for the county: %(what)s") % {"what": in_short(review)},
            text,
            None if review.certificate_id else review,
        )
    if review.state != ReviewState.RETURNED:
        return None
    if review.kind == ReviewKind.NEW:
        if product.status != ProductStatus.RETURNED:
            return None
        return Note(
            "bad", _("Returned by the county"), " ".join([why_returned(review), _("Mend it, then send it again.")])
        )
    return Note("warning", _("Not accepted: %(what)s") % {"what": in_short(review)}, why_returned(review))


def in_short(review: Review) -> str:
    """What a review is about, in a few words: '500 g bag ¥38.80 → ¥58.00', 'name “A” → “B”'."""
    if review.kind == ReviewKind.PACK and review.variant:
        pack = {"pack": review.variant.label, "price": yuan(review.proposed["price_fen"])}
        return _("new pack %(pack)s for %(price)s") % pack
    if review.kind == ReviewKind.PRICE and review.variant:
        return f"{review.variant.label} {yuan(review.before['price_fen'])} → {yuan(review.proposed['price_fen'])}"
    if review.kind == ReviewKind.CERTIFICATE and review.certificate:
        return f"{review.certificate.label} {review.certificate.number}"
    if review.kind == ReviewKind.CHANGE:
        return _(", ").join(label for label, _old, _new in compared(review))
    return str(review.get_kind_display())


def compared(review: Review) -> list[tuple[str, str, str]]:
    """The fields of a change: label, the old one, the new one; of a new pack its name and price, with no old one."""
    if review.kind == ReviewKind.PACK and review.variant:
        return [(review.variant.label, "", yuan(review.proposed["price_fen"]))]
    rows = []
    for name, value in review.proposed.items():
        label = _label(name) if name != "price_fen" else _("Price")
        old = review.before.get(name)
        if name == "category":
            rows.append((label, _category(old), _category(value)))
        elif name == "price_fen":
            rows.append((label, yuan(old) if old else "–", yuan(value)))
        else:
            rows.append((label, str(old or "–"), str(value or "–")))
    return rows


def fired_of(review: Review) -> list[dict[str, Any]]:
    """The rules that fitted, in the language of the page, the strictest first."""
    english = get_language() == "en"
    order = {"forbidden": 0, "licensed": 1, "look": 2}
    return [
        {
            "kind": {"forbidden": "bad", "licensed": "warning"}.get(hit["effect"], "warning"),
            "word": hit["word"],
            "where": _place(hit["where"]),
            "reason": (hit["reason_en"] or hit["reason"]) if english else hit["reason"],
            "source": (hit["source_en"] or hit["source"]) if english else hit["source"],
        }
        for hit in sorted(review.fired, key=lambda hit: order.get(hit["effect"], 9))
    ]


def _place(where: str) -> str:
    """Where a word stands, in words."""
    if where == "packs":
        return _("pack")
    return _label(where)


def _label(name: str) -> str:
    """What a field of a product is called."""
    field = Product._meta.get_field(name)
    assert isinstance(field, Field)
    return str(field.verbose_name)


def _category(key: Any) -> str:
    category = Category.objects.filter(pk=key).first()
    return category.label if category else "–"


def yuan(fen: int) -> str:
    """¥38.80"""
    return f"¥{fen // 100:,}.{fen % 100:02d}"
