"""Rules for goods: which ones fit a listing, what they forbid, and which licence they ask for.

A forbidden word in a name, in the line about the goods or on a pack refuses at once. In a story it only sends the listing to a closer
look: farmers write there what they do not use. Characters are compared simplified and in small letters, so that 象牙, 象 牙 and a
traditional spelling are one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.models import Category, Effect, GoodsRule, Product, Variant
from catalog.words import is_han, plain
from sellers.models import INSTEAD, LicenceKind, SellerLicence, Store

STORIES: Final = ("story", "story_en")
TEXTS: Final = ("name", "name_en", "summary", "summary_en", *STORIES)
PACKS = "packs"
# Between two Chinese characters these hide a word and end no sentence.
_FILLING = re.compile(r"(?<=[\u3400-\u9fff])[\s\u200b-\u200d\u2060\ufeff·•・*_~^|/\\+=-]+(?=[\u3400-\u9fff])")
_BREAK = "\n"
OFFERED: Final = ("name", "name_en", PACKS, "category")


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fits goods, by a word in one of their texts; without a word, by their category."""

    rule: GoodsRule
    where: str
    word: str

    @property
    def refuses(self) -> bool:
        """Whether goods are refused at once."""
        return self.rule.effect == Effect.FORBIDDEN and self.where not in STORIES


class GoodsForbidden(ValidationError):
    """Goods that may not be sold here; the message names the word, the reason and the source."""

    def __init__(self, hit: Hit) -> None:
        words = {"word": hit.word, "reason": hit.rule.reason_label, "source": hit.rule.source_label}
        if hit.word:
            text = _("“%(word)s” may not be sold here. %(reason)s (%(source)s)") % words
        else:
            text = _("Goods of this kind may not be sold here. %(reason)s (%(source)s)") % words
        field = hit.where if hit.where in TEXTS else "name" if hit.word else "category"
        super().__init__({field: text})
        self.hit = hit


class LicenceMissing(Exception):
    """Goods that the seller's licence is missing for; `kinds` are LicenceKind values, the message says which."""

    def __init__(self, kinds: Iterable[str]) -> None:
        self.kinds = list(kinds)
        named = _(", ").join(str(LicenceKind(kind).label) for kind in self.kinds)
        super().__init__(
            _(
                "The seller needs a licence for these goods that the county has accepted and that is valid: %(licences)s."
            )
            % {"licences": named}
        )


def fitting(
    county_code: str, category: Category, texts: Mapping[str, str], known: Iterable[GoodsRule] | None = None
) -> list[Hit]:
    """The rules of a county (six digits) that fit goods of a category with these texts, each once, at the place that counts most.

    `known` are the county's rules, where they were read before.
    """
    folded = {where: _folded(text) for where, text in texts.items() if text}
    above = {category.pk, category.parent_id}
    found = []
    for rule in GoodsRule.objects.holding_in(county_code) if known is None else known:
        if rule.category_id and rule.category_id not in above:
            continue
        hit = _hit(rule, folded) if rule.words.strip() else Hit(rule, "category", "")
        if hit is not None:
            found.append(hit)
    return found


def fitting_product(product: Product) -> list[Hit]:
    """The rules that fit a product as it stands, its packs included."""
    return fitting(product.county_code, product.category, texts_of(product))


def texts_of(product: Product, packs: Iterable[Variant] | None = None) -> dict[str, str]:
    """What rules read of a product and of the packs that it is offered in, which are read from the database unless given."""
    texts = {name: str(getattr(product, name)) for name in TEXTS}
    if product.pk:
        offered = product.variants.filter(active=True) if packs is None else packs
        texts[PACKS] = _BREAK.join(text for pack in offered for text in (pack.name, pack.name_en))
    return texts


def refuse_forbidden(hits: Iterable[Hit]) -> None:
    """Raises GoodsForbidden for the first rule that refuses at once."""
    for hit in hits:
        if hit.refuses:
            raise GoodsForbidden(hit)


def licences_wanted(category: Category, hits: Iterable[Hit]) -> list[str]:
    """The licences that goods need by their category (or the one above), and by rules that fit what is offered: its name, its packs."""
    wanted = {category.licence, category.parent.licence if category.parent else ""}
    wanted |= {hit.rule.licence for hit in hits if hit.rule.effect == Effect.LICENSED and hit.where in OFFERED}
    return sorted(wanted - {""})


def refuse_unlicensed(store: Store, wanted: Iterable[str]) -> None:
    """Raises LicenceMissing unless the store's seller holds every one of these licences, or one that is enough in its place, today."""
    missing = missing_licences(store, wanted)
    if missing:
        raise LicenceMissing(missing)


def missing_licences(store: Store, wanted: Iterable[str]) -> list[str]:
    """Those of the wanted licences that the store's seller does not hold today."""
    wanted = list(wanted)
    if not wanted:
        return []
    held = set(SellerLicence.objects.filter(household=store.household_id).holding().values_list("kind", flat=True))
    return [kind for kind in wanted if held.isdisjoint(INSTEAD.get(kind, (kind,)))]


def told(hits: Iterable[Hit]) -> list[dict[str, Any]]:
    """Hits as a review keeps them: the rule may be changed later, what fitted then stays on record."""
    return [
        {
            "rule": hit.rule.pk, "effect": hit.rule.effect, "where": hit.where, "word": hit.word,
            "reason": hit.rule.reason, "reason_en": hit.rule.reason_en,
            "source": hit.rule.source, "source_en": hit.rule.source_en,
        }
        for hit in hits
    ]  # fmt: skip


def _hit(rule: GoodsRule, texts: Mapping[str, str]) -> Hit | None:
    """The first word of a rule that stands in a text; a story is asked last."""
    words, unless = rule.words.split(_BREAK), rule.unless.split(_BREAK)
    for where in sorted(texts, key=lambda name: name in STORIES):
        text = texts[where]
        for allowed in unless:
            text = _without(text, allowed)
        for word in words:
            if _stands_in(_folded(word), text):
                return Hit(rule, where, word.strip())
    return None


def _without(text: str, allowed: str) -> str:
    folded = _folded(allowed)
    return text.replace(folded, _BREAK) if folded else text


def _stands_in(word: str, text: str) -> bool:
    """Chinese stands anywhere, a Latin word or a number by itself."""
    if not word:
        return False
    if is_han(word) or is_han(word[-1]):
        return word in text
    return re.search(rf"(?<![0-9a-z]){re.escape(word)}(?![0-9a-z])", text) is not None


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    """Simplified, in small letters, nothing between two Chinese characters that no reader would notice."""
    return _FILLING.sub("", plain(text.strip()))
