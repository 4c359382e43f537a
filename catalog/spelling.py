"""Spelling: the query that was meant by one that finds nothing. Pinyin as southern tongues type it, slips, characters of the same sound.

The words to choose from are the phrases of what is on sale (catalog.phrases), read once in a while by each process. Nothing here runs
for a query that finds enough.
"""

import re
import time
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import rjieba
from django.db import connection
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from catalog.models import Phrase, PhraseForm, PhraseKind
from catalog.words import MOST_CHARACTERS, is_han, query_terms, syllables_of, term_query

SHORTEST = 4
# A longer word may be mistyped twice.
LONG = 7
RENEWED_SECONDS = 600
_CANDIDATES = 12
_MUCH_MORE = 5
# What is not told apart in the south: zh z, ch c, sh s, -ng -n, l n r, h f; and ü typed as u, v or yu. Before a vowel ng may be two
# syllables' (xian-gu), so that xianggu without its ng is xiangu.
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("^lyu|(?<=[aeioun])lyu", "nu"), ("v", "u"), ("([zcs])h", r"\1"), ("ng(?![aeiou])", "n"), ("[lr]", "n"),
        ("hu(?=[aeio])", "f"), ("hu", "fu"), ("nn+", "n"),
    )
]  # fmt: skip


def sound_of(word: str) -> str:
    """How a Latin word sounds to an ear that tells none of these pairs apart: huanghuacai, huanfacai and fanghuacai are one."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word


@dataclass(frozen=True, slots=True)
class Mended:
    """The query that is answered instead, how it is told ('huanghuacai（黄花菜）'), and the terms that nothing on sale has."""

    query: str
    shown: str
    left_out: tuple[str, ...] = ()


@dataclass(slots=True)
class Lexicon:
    """The words of what is on sale: by how they are written, and by how they sound."""

    goods: dict[str, int] = field(default_factory=dict)
    text: dict[str, str] = field(default_factory=dict)
    characters: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    by_sound: dict[str, list[str]] = field(default_factory=dict)
    by_length: dict[int, list[str]] = field(default_factory=dict)
    sounds_by_length: dict[int, list[str]] = field(default_factory=dict)

    def begins(self, part: str) -> bool:
        """Whether a Latin word begins with `part`."""
        place = bisect_left(self.words, part)
        return place < len(self.words) and self.words[place].startswith(part)

    def sounding(self, word: str) -> str:
        """The word on sale that a Latin one is, or sounds like; '' without one."""
        same = self.by_sound.get(sound_of(word))
        return min(same, key=lambda known: (OSA.distance(word, known), -self.goods[known], known)) if same else ""

    def closest(self, word: str) -> str:
        """The word on sale that a Latin one was most likely meant for: of the same sound, or one slip away (two in a long one)."""
        if same := self.sounding(word):
            return same
        sound = sound_of(word)
        slips = 2 if len(word) >= LONG else 1
        near = set(_near(word, self.by_length, slips))
        near.update(known for found in _near(sound, self.sounds_by_length, slips) for known in self.by_sound[found])
        ranked = ((OSA.distance(word, known), -self.goods[known], known) for known in near)
        best = min(ranked, default=None)
        # Sounds may be near where the letters are not: tea is no sea.
        return best[2] if best and best[0] <= slips + 2 else ""


_kept: tuple[float, Lexicon] | None = None


def forget() -> None:
    """Read the words anew at the next need."""
    global _kept
    _kept = None


def lexicon() -> Lexicon:
    """The words of this process, at most RENEWED_SECONDS old; one query when they are read."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > RENEWED_SECONDS:
        _kept = (time.monotonic(), _read())
    return _kept[1]


def _read() -> Lexicon:
    found = Lexicon()
    rows = Phrase.objects.exclude(form=PhraseForm.INITIALS).order_by("-goods", "kind", "key", "text")
    for key, form, kind, text, goods in rows.values_list("key", "form", "kind", "text", "goods").iterator(
        chunk_size=5000
    ):
        if form == PhraseForm.CHINESE:
            found.characters.add(key)
        elif len(key) >= SHORTEST and key.isascii():
            found.goods.setdefault(key, goods)
            # A store's or category's phrase is one of its other names; the text of these two is what the pinyin says.
            if form == PhraseForm.PINYIN and kind in {PhraseKind.WORD, PhraseKind.PLACE}:
                found.text.setdefault(key, text)
    found.words = sorted(found.goods)
    for word in found.words:
        found.by_sound.setdefault(sound_of(word), []).append(word)
        found.by_length.setdefault(len(word), []).append(word)
    for sound in found.by_sound:
        found.sounds_by_length.setdefault(len(sound), []).append(sound)
    return found


def _near(word: str, by_length: dict[int, list[str]], slips: int) -> Iterator[str]:
    for length in range(len(word) - slips, len(word) + slips + 1):
        among = by_length.get(length, ())
        for found, _slips, _place in extract(word, among, scorer=OSA.distance, score_cutoff=slips, limit=_CANDIDATES):
            yield found


def mend(query: str) -> Mended | None:
    """The query that was meant by one that finds nothing; None where that can't be said. Two queries at most, three with a fresh lexicon.

    Each word that nothing on sale has is replaced, cut into words, or left out; what is left need not stand together anywhere.
    """
    terms = query_terms(query)
    if not terms:
        return None
    known = lexicon()
    meant: dict[str, str] = {}
    left_out = []
    for term, there in zip(terms, _on_sale(terms), strict=True):
        words = [(term, term)] if there else (_mend_han(term, known) if is_han(term) else _mend_latin(term, known))
        meant.update(words)
        # A run of Chinese of which a part is left may have lost what it was about.
        if not words or (is_han(term) and len("".join(word for word, _shown in words)) < len(term)):
            left_out.append(term)
    if not meant or [*meant] == terms:
        return None
    return Mended(" ".join(meant)[:MOST_CHARACTERS], " ".join(meant.values()), tuple(left_out))


def better(query: str) -> Mended | None:
    """For a query that finds little: one much more on sale that is spelled almost the same; None where there is none."""
    terms = query_terms(query)
    if len(terms) != 1 or is_han(terms[0]) or len(terms[0]) < SHORTEST:
        return None
    known = lexicon()
    word, closest = terms[0], known.closest(terms[0])
    if not closest or closest == word or closest.startswith(word) or word in known.goods:
        return None
    return Mended(closest, _shown(closest, known)) if known.goods[closest] >= _MUCH_MORE else None


def _on_sale(terms: list[str]) -> list[bool]:
    """Whether anything on sale has each of these terms; one query."""
    one = "EXISTS (SELECT FROM catalog_product WHERE search @@ %s::tsquery AND status = 'listed' AND store_open)"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([one] * len(terms))}", [term_query(term) for term in terms])
        return list(cursor.fetchone())


def _shown(word: str, known: Lexicon) -> str:
    text = known.text.get(word, "")
    return f"{word}（{text}）" if text else word


def _mend_latin(term: str, known: Lexicon) -> list[tuple[str, str]]:
    if not term.isascii() or not term.isalpha() or len(term) < SHORTEST:
        return []
    closest = known.closest(term)
    if closest:
        return [(closest, _shown(closest, known))]
    for place in range(len(term) - 2, 2, -1):
        first, rest = known.sounding(term[:place]), term[place:]
        second = rest if known.begins(rest) else known.closest(rest)
        if first and second:
            return [(first, _shown(first, known)), (second, _shown(second, known))]
    return []


def _mend_han(term: str, known: Lexicon) -> list[tuple[str, str]]:
    """Characters of the same sound as something on sale, or the words in it that are on sale."""
    same = _same_sound(term, known)
    if same:
        return [(same, same)]
    pieces = list(_pieces(term, known))
    return [(piece, piece) for piece in pieces]


def _pieces(term: str, known: Lexicon) -> "list[str]":
    """The known words in a run of Chinese, the longest first from the left; then, of the dictionary's words, those of a known sound."""
    found, place = [], 0
    while place < len(term):
        lengths = islice(range(len(term) - place, 1, -1), len(term))
        piece = next(
            (term[place : place + size] for size in lengths if term[place : place + size] in known.characters), ""
        )
        if piece:
            found.append(piece)
        place += len(piece) or 1
    if found:
        return found
    return [same for word in rjieba.cut(term) if len(word) > 1 and (same := _same_sound(word, known))]


def _same_sound(run: str, known: Lexicon) -> str:
    """The word on sale whose pinyin a run of Chinese has, in characters; '' without one."""
    spelled = "".join(syllables_of(run))
    if len(spelled) < SHORTEST:
        return ""
    if known.text.get(spelled):
        return known.text[spelled]
    sound = known.by_sound.get(sound_of(spelled), [])
    return next((text for word in sound if len(text := known.text.get(word, "")) == len(run)), "")
