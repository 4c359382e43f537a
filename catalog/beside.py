"""What a query names beside goods: a store, a brand hall, a place. Shown in a strip above the goods."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.models import PhraseKind
from catalog.words import is_han, query_terms, words_in
from stations.models import Level
from stations.models.region import level_of
from stations.statements import read

MOST_OF_A_KIND, MOST_READ = 2, 24
LONGEST_PLACE = 8
# A store's name may be typed in part, if the part is long enough to mean it.
SHORTEST_HAN, SHORTEST_LATIN = 2, 4

# A store that closed since the phrases were renewed is left out.
_NAMED: Final = """
SELECT kind, target, text, text_en, max(goods) AS goods, bool_or(key = %(whole)s) AS wholly FROM catalog_phrase AS p
WHERE kind IN ('store', 'place', 'hall') AND form <> 'i'
  AND (key = ANY(%(keys)s) OR (kind IN ('store', 'hall') AND key LIKE %(beginning)s))
  AND (kind <> 'store' OR EXISTS (SELECT FROM sellers_store AS s WHERE s.slug = p.target AND s.status = 'open'))
GROUP BY kind, target, text, text_en ORDER BY wholly DESC, goods DESC, target LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Beside:
    """A store, hall or place that a query names: what it is, its name, and its page."""

    kind: str
    label: str
    name: str
    url: str
    target: str


def named_beside(query: str) -> list[Beside]:
    """Halls, stores and places that `query` names, two of a kind at most, in the language of the page; one query, none without a term."""
    terms = query_terms(query)
    if not terms:
        return []
    whole = "".join(terms)
    known = {"keys": sorted({whole, *_keys(terms)}), "whole": whole, "beginning": _beginning(whole), "most": MOST_READ}
    rows = [row[:4] for row in read(_NAMED, known)]
    found: list[Beside] = []
    for wanted in (PhraseKind.HALL, PhraseKind.STORE, PhraseKind.PLACE):
        there = (shown(*row) for row in rows if row[0] == wanted)
        found += islice((one for one in there if one), MOST_OF_A_KIND)
    return found


def shown(kind: str, target: str, text: str, text_en: str) -> Beside | None:
    """A phrase as something to go to, in the language of the page; None for a hall that has no page in it."""
    name = text_en if get_language() == "en" else text
    if not name:
        return None
    label, url = _leads_to(kind, target, name)
    return Beside(kind, label, name, url, target)


def _leads_to(kind: str, target: str, name: str) -> tuple[str, str]:
    """What it is, in a word, and its address."""
    search = reverse("search")
    if kind == PhraseKind.STORE:
        return _("Store"), reverse("store", args=[target])
    if kind == PhraseKind.HALL:
        return _("Brand hall"), reverse("hall", args=[target])
    if kind == PhraseKind.CATEGORY:
        return _("Category"), reverse("category", args=[target])
    if kind == PhraseKind.PLACE:
        county = level_of(target) == Level.COUNTY
        return _("Place"), f"{search}?{urlencode({'county': target[:6]} if county else {'q': name})}"
    return "", f"{search}?{urlencode({'q': name})}"


def county_named(found: list[Beside]) -> str:
    """The six digits of the county that a query names (or of a township's county); '' without one."""
    codes = (one.target for one in found if one.kind == PhraseKind.PLACE)
    return next((code[:6] for code in codes if level_of(code) >= Level.COUNTY), "")


def _keys(terms: list[str]) -> Iterator[str]:
    """What may be a name in a query: its terms, their words, and how a run of Chinese begins (武都花椒 -> 武都)."""
    for term in terms:
        yield term
        if is_han(term):
            yield from words_in(term)
            yield from (term[:size] for size in range(2, min(len(term), LONGEST_PLACE)))


def _beginning(whole: str) -> str | None:
    """The pattern that a store's name begins with; None (which no name is like) where too little was typed."""
    long_enough = len(whole) >= (SHORTEST_HAN if is_han(whole) else SHORTEST_LATIN)
    return f"{whole}%" if long_enough else None
