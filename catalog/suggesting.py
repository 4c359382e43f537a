"""Suggestions while typing: words for goods, categories, places, stores and halls that begin with what was typed."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import get_language

from catalog.beside import shown
from catalog.models import PhraseKind
from catalog.words import MOST_CHARACTERS, is_han, parts_of
from stations.statements import read

MOST, MOST_WORDS, MOST_OF_A_KIND = 8, 5, 2
_READ = 40
_KINDS = (PhraseKind.WORD, PhraseKind.CATEGORY, PhraseKind.HALL, PhraseKind.PLACE, PhraseKind.STORE)

# Behind a beginning that many phrases share its best are known (catalog.models.Opening), so that nobody reads all of them.
_SUGGESTED: Final = """
SELECT kind, target, text, text_en, max(goods) AS goods, bool_or(key = %(typed)s) AS wholly FROM (
  SELECT * FROM catalog_phrase WHERE id = ANY((SELECT phrases FROM catalog_opening WHERE key = %(typed)s)::bigint[]) OR key = %(typed)s
  UNION ALL
  SELECT * FROM catalog_phrase WHERE key LIKE %(beginning)s AND NOT EXISTS (SELECT FROM catalog_opening WHERE key = %(typed)s)
) AS found GROUP BY kind, target, text, text_en ORDER BY wholly DESC, goods DESC, length(text), text LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line: what is suggested, what it is ('' for words to search for), and where it leads."""

    name: str
    label: str
    url: str


def suggest(typed: str) -> list[Suggestion]:
    """Up to eight suggestions for what was typed, in the language of the page; one query, two for several words."""
    parts = parts_of(typed[:MOST_CHARACTERS])
    if not parts:
        return []
    rows = _read("".join(parts))
    if not rows and len(parts) > 1:
        head = typed.split()[:-1]
        rows = [row for row in _read(parts[-1]) if row[0] == PhraseKind.WORD]
        return [_line(row, before=" ".join(head)) for row in _in_order(rows, typed)]
    return [_line(row) for row in _in_order(rows, typed)]


def _read(key: str) -> list[tuple[str, str, str, str]]:
    return [row[:4] for row in read(_SUGGESTED, {"typed": key, "beginning": f"{key}%", "most": _READ})]


def _in_order(rows: list[tuple[str, str, str, str]], typed: str) -> list[tuple[str, str, str, str]]:
    """Words first, then two of each kind; English words first where the page is English and Latin letters were typed."""
    english = get_language() == "en"
    rows = [row for row in rows if row[3 if english else 2]]  # a hall may have no page in this language
    if english and not any(is_han(part) for part in parts_of(typed)):
        rows.sort(key=lambda row: row[0] == PhraseKind.WORD and not row[2].isascii())
    chosen: list[tuple[str, str, str, str]] = []
    for kind in _KINDS:
        most = MOST_WORDS if kind == PhraseKind.WORD else MOST_OF_A_KIND
        chosen += [row for row in rows if row[0] == kind][:most]
    return chosen[:MOST]


def _line(row: tuple[str, str, str, str], before: str = "") -> Suggestion:
    kind, target, text, text_en = row
    if before:
        text = text_en = f"{before} {text}"
    beside = shown(kind, target, text, text_en)
    assert beside is not None
    return Suggestion(beside.name, beside.label, beside.url)
