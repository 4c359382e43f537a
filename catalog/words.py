"""Words: how texts become tokens to be found by, and how a query is read. Chinese by character and pair, pinyin, Latin words.

A phrase is indexed under each of its characters and neighbouring pairs, and under the pinyin of each of its endings in full and in
initials: 祁东黄花菜 is found by 黄花, 花菜, 黄花菜, huanghuacai, huanghua, hhc. Tokens are letters and digits only, so that nothing
in them can be an operator.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import opencc
import rjieba
from pypinyin import Style, lazy_pinyin

MOST_CHARACTERS = 80
MOST_TERMS = 8
LONGEST_RUN = 12
LONGEST_TOKEN = 40
SHORTEST_PLURAL = 4

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_HAN_RUN = re.compile(f"[{_HAN}]+")
_PARTS = re.compile(f"[{_HAN}]+|[^\\W_{_HAN}]+")
_FILLERS = frozenset("的了吗呢我要买和与及或")
# Pinyin's ü is typed v; its four tones may stand on it.
_U_UMLAUT = re.compile("(?<=[lnLN])[üǖǘǚǜÜ]|(?<=[lnLN])[uU]\u0308")
_simplified = opencc.OpenCC("t2s")


def plain(text: str) -> str:
    """Text in small letters and simplified characters, without accents, wide forms made narrow; lü as it is typed, lv."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", _U_UMLAUT.sub("v", text)).casefold()
    bare = unicodedata.normalize("NFC", "".join(letter for letter in folded if not unicodedata.combining(letter)))
    return _simplified.convert(bare.encode("utf-8", "ignore").decode()) if _HAN_RUN.search(bare) else bare


def is_han(term: str) -> bool:
    """Whether a term (of query_terms) is a run of Chinese characters, not a Latin word or a number."""
    return _HAN_RUN.match(term) is not None


def parts_of(text: str) -> list[str]:
    """The runs of Chinese and the Latin words of a text, plain, in their order."""
    return _PARTS.findall(plain(text))


def index_tokens(phrases: Iterable[str], *, closely: bool = False, spoken: bool = True) -> set[str]:
    """The tokens that `phrases` are found by; `closely` adds single characters and the pinyin of each ending of a Chinese phrase,
    without `spoken` there is no pinyin at all (a sentence is not typed in pinyin).
    """
    tokens: set[str] = set()
    for phrase in phrases:
        for part in parts_of(phrase):
            if _HAN_RUN.match(part):
                tokens.update(part if closely or len(part) == 1 else "")
                tokens.update(_pairs(part))
                tokens.update(_pinyin(part, endings=closely) if spoken else ())
            else:
                tokens.add(_stem(part))
    return {token[:LONGEST_TOKEN] for token in tokens}


def query_terms(query: str) -> list[str]:
    """The parts of a query, each a run of Chinese or a Latin word, at most MOST_TERMS; nothing else of it survives."""
    found: list[str] = []
    for part in _PARTS.findall(plain(query[:MOST_CHARACTERS])):
        term = part[:LONGEST_RUN] if _HAN_RUN.match(part) else _stem(part)[:LONGEST_TOKEN]
        if term not in found and term not in _FILLERS:
            found.append(term)
    longer = [term for term in found if len(term) > 1 or _HAN_RUN.match(term)]
    return (longer or found)[:MOST_TERMS]


def term_query(term: str, weights: str = "") -> str:
    """A tsquery for one term, which may be restricted to `weights` ('A', 'BC').

    A Chinese run matches when its pairs are there, whole or cut into words: 祁东黄花菜 also finds 黄花菜 from 祁东.
    """
    if not _HAN_RUN.match(term):
        marks = ("*" if len(term) > 1 else "") + weights
        return f"'{term}':{marks}" if marks else f"'{term}'"
    suffix = f":{weights}" if weights else ""
    ways = {" & ".join(sorted(f"'{token}'{suffix}" for token in tokens)) for tokens in _ways(term)}
    return "(" + " | ".join(f"({way})" for way in sorted(ways)) + ")"


def _ways(run: str) -> list[set[str]]:
    """The tokens to be found for a Chinese run: whole, or cut in two anywhere, or as the dictionary cuts it into words.

    A word has two characters at least, but for one that the dictionary leaves alone: 黄 and 花 far apart are not 黄花.
    """
    cuts = [[run], *([run[:place], run[place:]] for place in range(2, len(run) - 1))]
    words = [word for word in rjieba.cut(run) if word not in _FILLERS]
    if len(run) > 2 and sum(len(word) == 1 for word in words) <= 1 < len("".join(words)):
        cuts.append(words)
    return [{token for word in cut for token in (_pairs(word) or [word])} for cut in cuts]


def words_in(term: str) -> list[str]:
    """The words of a term as the dictionary cuts it, those of two characters or more: 衡阳土鸡蛋 -> 衡阳, 土鸡蛋; a short term is one."""
    if len(term) < 4 or not is_han(term):
        return [term]
    return [word for word in rjieba.cut(term) if len(word) > 1] or [term]


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)]


def syllables_of(run: str) -> list[str]:
    """The pinyin of a run of Chinese, a syllable a character, without tones: 绿豆 -> lv, dou."""
    spelled = (re.sub("[^a-z]", "", plain(part)) for part in lazy_pinyin(run, style=Style.NORMAL, errors="ignore"))
    return [syllable for syllable in spelled if syllable]


@lru_cache(maxsize=4096)
def _pinyin(run: str, *, endings: bool) -> frozenset[str]:
    """The pinyin of a run (and of each of its endings), in full and in initials."""
    syllables = syllables_of(run)
    starts = range(len(syllables)) if endings else range(min(1, len(syllables)))
    spelled = {"".join(syllables[start:]) for start in starts}
    initials = {"".join(syllable[0] for syllable in syllables[start:]) for start in starts}
    return frozenset(spelled | {short for short in initials if len(short) > 1})


def _stem(word: str) -> str:
    """An English word without its plural: teas -> tea, berries -> berry, potatoes -> potato; pinyin never ends so."""
    if len(word) < SHORTEST_PLURAL or not word.isascii():
        return word
    if word.endswith("oes"):
        return word[:-2]
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
