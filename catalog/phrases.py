"""Phrases: all that can be typed and what it names, for suggestions, for places, stores and halls beside the goods, and for spelling.

Kept as rows (catalog.models.Phrase), renewed by the hour from what is on sale; only rows that changed are written.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import rjieba
from django.db import connection, transaction
from django.db.models import Count
from django.db.models.functions import Left

from catalog.models import Category, Opening, Phrase, PhraseForm, PhraseKind, Product
from catalog.models.finding import LONGEST_OPENING, LONGEST_PHRASE
from catalog.synonyms import also_called
from catalog.words import is_han, parts_of, syllables_of
from sellers.models import Store, StoreStatus
from stations.models import Region

LONGEST_WORD, LONGEST_NAME = 8, 40
SHORTEST_ENGLISH = 4
_BATCH = 2000
# Behind a beginning that more phrases share, so many of the best are kept.
MOST_OPENED: Final = 50
_NO_WORDS = frozenset(
    ["from", "with", "this", "that", "year", "years", "their", "them", "every", "your", "over", "into", "half", "each"]
)
_PEOPLES = "土家族|白族|苗族|侗族|瑶族|壮族|回族|藏族|满族|蒙古族|东乡族|裕固族|保安族|撒拉族|哈萨克族|维吾尔族|各族"
_SUFFIX = re.compile(f"(?:{_PEOPLES})*(?:自治[县州区旗]|街道|地区|[省市县区镇乡盟])$")
_NAME_ENDS = re.compile("[,;:(（，、]")

Key = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Named:
    """What phrases name: the label in both languages, what it leads to, how many goods stand behind it, and other words for it."""

    kind: PhraseKind
    text: str
    text_en: str
    target: str
    goods: int
    other: tuple[str, ...] = ()


Source = Callable[[], Iterable[Named]]
_sources: list[Source] = []


def also_from(source: Source) -> Source:
    """Takes what an app above catalog has to name (the halls); it registers itself when Django starts. Usable as a decorator."""
    if source not in _sources:
        _sources.append(source)
    return source


@transaction.atomic
def renew_phrases() -> int:
    """Writes the phrases that are new or changed, takes those away that name nothing any more; how many rows that were."""
    wanted = {key: (named.text_en, named.goods) for named in _all() for key in _keys_of(named)}
    there = {
        (row.key, row.form, row.kind, row.target, row.text): row for row in Phrase.objects.select_for_update().all()
    }
    gone = [row.pk for key, row in there.items() if key not in wanted]
    changed = []
    for key, row in there.items():
        if key in wanted and (row.text_en, row.goods) != wanted[key]:
            row.text_en, row.goods = wanted[key]
            changed.append(row)
    new = [_row(key, *rest) for key, rest in wanted.items() if key not in there]
    Phrase.objects.filter(pk__in=gone).delete()
    Phrase.objects.bulk_update(changed, ["text_en", "goods"], batch_size=_BATCH)
    Phrase.objects.bulk_create(new, batch_size=_BATCH, ignore_conflicts=True)
    _renew_openings()
    return len(gone) + len(changed) + len(new)


# A page shows eight suggestions; a thing may stand in four forms behind one beginning. The order is that of catalog.suggesting.
_OPENINGS: Final = f"""
INSERT INTO catalog_opening (key, phrases)
SELECT beginning, array_agg(id ORDER BY place) FROM (
  SELECT left(p.key, n) AS beginning, p.id, count(*) OVER (PARTITION BY left(p.key, n)) AS many,
    row_number() OVER (PARTITION BY left(p.key, n) ORDER BY p.goods DESC, length(p.text), p.text, p.id) AS place
  FROM catalog_phrase AS p CROSS JOIN generate_series(1, {LONGEST_OPENING}) AS n WHERE length(p.key) >= n
) AS ranked WHERE many > {MOST_OPENED} AND place <= {MOST_OPENED} GROUP BY beginning
"""


def _renew_openings() -> None:
    """Writes anew which phrases are the best behind each beginning that many share."""
    Opening.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(_OPENINGS)


@transaction.atomic
def name_anew(kind: PhraseKind, target: str, named: Iterable[Named]) -> None:
    """Replaces the phrases of one thing at once; with nothing in `named` it is found no more."""
    Phrase.objects.filter(kind=kind, target=target).delete()
    rows = {key: (one.text_en, one.goods) for one in named for key in _keys_of(one)}
    Phrase.objects.bulk_create([_row(key, *rest) for key, rest in rows.items()], ignore_conflicts=True)


def _row(key: Key, text_en: str, goods: int) -> Phrase:
    return Phrase(key=key[0], form=key[1], kind=key[2], target=key[3], text=key[4], text_en=text_en, goods=goods)


def _all() -> Iterator[Named]:
    yield from _words()
    yield from _categories()
    yield from _places()
    yield from _stores()
    for source in _sources:
        yield from source()


def _keys_of(named: Named) -> Iterator[Key]:
    """The rows of a thing; its Chinese names in characters, in pinyin and in initials, from each of their words on."""
    for text in dict.fromkeys((named.text, named.text_en, *named.other)):
        parts = parts_of(text)
        joined = "".join(parts)
        if not joined:
            continue
        if not any(is_han(part) for part in parts):
            starts = range(len(parts)) if named.kind != PhraseKind.WORD else range(1)
            found = [(PhraseForm.ENGLISH, "".join(parts[start:])) for start in starts]
        else:
            found = [pair for start in _starts(joined, named.kind) for pair in _written(joined[start:])]
        for form, key in found:
            if 1 < len(key) <= LONGEST_PHRASE:
                yield key, form.value, named.kind.value, named.target, named.text


def _starts(text: str, kind: PhraseKind) -> list[int]:
    """Where the words of a name begin; goods' names stand there by their words already."""
    if kind == PhraseKind.WORD:
        return [0]
    starts, place = [], 0
    for word in rjieba.cut(text):
        starts.append(place)
        place += len(word)
    return [start for start in starts if len(text) - start > 1]


def _written(text: str) -> list[tuple[PhraseForm, str]]:
    syllables = syllables_of(text)
    return [
        (PhraseForm.CHINESE, text),
        (PhraseForm.PINYIN, "".join(syllables)),
        (PhraseForm.INITIALS, "".join(syllable[0] for syllable in syllables)),
    ]


def _words() -> Iterator[Named]:
    """The words of goods' names, and the other words for them."""
    goods: Counter[str] = Counter()
    names = Product.objects.on_sale().order_by().values_list("name", "name_en", "category__aliases")
    for name, name_en, aliases, number in names.annotate(goods=Count("pk")).iterator(chunk_size=_BATCH):
        said = {*_chinese_words(name), *_english_words(name_en), *also_called([name]), *aliases.split()}
        for word in said:
            goods[word] += number
    for word, number in goods.items():
        yield Named(PhraseKind.WORD, word, word, "", number)


def _chinese_words(name: str) -> Iterator[str]:
    for run in parts_of(name):
        if is_han(run):
            yield from (word for word in (run, *rjieba.cut(run)) if 1 < len(word) <= LONGEST_WORD)


def _english_words(name: str) -> Iterator[str]:
    """The name up to its first comma, and its longer words by themselves."""
    whole = _NAME_ENDS.split(name)[0].strip().lower()
    if SHORTEST_ENGLISH <= len(whole) <= LONGEST_NAME:
        yield whole
    for word in parts_of(name):
        if not is_han(word) and word.isalpha() and len(word) >= SHORTEST_ENGLISH and word not in _NO_WORDS:
            yield word


def _categories() -> Iterator[Named]:
    own = dict(Product.objects.on_sale().order_by().values_list("category_id").annotate(goods=Count("pk")))
    kinds = list(Category.objects.all())
    for kind in kinds:
        number = own.get(kind.pk, 0) + sum(own.get(below.pk, 0) for below in kinds if below.parent_id == kind.pk)
        other = tuple(kind.aliases.split())
        yield Named(PhraseKind.CATEGORY, kind.name, kind.name_en, kind.slug, number, other)


def short_place_name(name: str) -> str:
    """A place without the word for what it is: 祁东县 -> 祁东, 洪家关白族乡 -> 洪家关."""
    return _SUFFIX.sub("", name)


def _places() -> Iterator[Named]:
    """Townships, counties, prefectures and provinces with goods on sale, also without the word for what they are."""
    goods: Counter[str] = Counter()
    townships = Product.objects.on_sale().order_by().values_list(Left("origin_id", 9)).annotate(goods=Count("pk"))
    for code, number in townships:
        for digits in (2, 4, 6, 9):
            goods[code[:digits].ljust(12, "0")] += number
    for region in Region.objects.filter(code__in=goods):
        short = short_place_name(region.name)
        yield Named(
            PhraseKind.PLACE, region.name, region.latin, region.code, goods[region.code],
            (short,) if len(short) > 1 else (),
        )  # fmt: skip


def _stores() -> Iterator[Named]:
    goods = dict(Product.objects.on_sale().order_by().values_list("store_id").annotate(goods=Count("pk")))
    stores = Store.objects.filter(status=StoreStatus.OPEN).values_list("pk", "slug", "name", "name_en")
    for pk, slug, name, name_en in stores.iterator(chunk_size=_BATCH):
        yield Named(PhraseKind.STORE, name, name_en or name, slug, goods.get(pk, 0))
