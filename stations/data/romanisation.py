"""Chinese names of regions in Latin letters: for English pages, for search by pinyin, and for search by initials.

Characters are read with pypinyin's first reading, corrected for place names by `readings.csv` (each row says on
what ground). pypinyin's dictionary of phrases is not used as it stands: checked against 30,000 names of GeoNames it
misread more places than it mended (朝阳 'zhaoyang', 民乐 'minyue', 柏林 'bolin'); its phrases that proved right for
places are in the table. With it, 99.3 % of those names come out as GeoNames has them.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pypinyin.pinyin_dict import pinyin_dict

DATA = Path(__file__).parent
LATIN_LENGTH = PINYIN_LENGTH = 120
INITIALS_LENGTH = 40

PEOPLES = [
    "各族",
    "蒙古",
    "回",
    "藏",
    "维吾尔",
    "苗",
    "彝",
    "壮",
    "布依",
    "朝鲜",
    "满",
    "侗",
    "瑶",
    "白",
    "土家",
    "哈尼",
    "哈萨克",
    "傣",
    "黎",
    "傈僳",
    "佤",
    "畲",
    "拉祜",
    "水",
    "东乡",
    "纳西",
    "景颇",
    "柯尔克孜",
    "土",
    "达斡尔",
    "仫佬",
    "羌",
    "布朗",
    "撒拉",
    "毛南",
    "仡佬",
    "锡伯",
    "阿昌",
    "普米",
    "塔吉克",
    "怒",
    "乌孜别克",
    "俄罗斯",
    "鄂温克",
    "德昂",
    "保安",
    "裕固",
    "京",
    "塔塔尔",
    "独龙",
    "鄂伦春",
    "赫哲",
    "门巴",
    "珞巴",
    "基诺",
]
# 'autonomous county of the Miao and Dong': the peoples before the kind belong to the kind, not to the name. Without 族
# only where the official names drop it, lest 白 or 水 at the end of a name be taken for a people.
_SHORT = "各族|蒙古|维吾尔|哈萨克|柯尔克孜|锡伯|塔吉克"
_PEOPLES = f"(?:(?:{'|'.join(people + '族' for people in PEOPLES if people != '各族')}|{_SHORT})*)"

ENGLISH_KINDS = {
    "经济技术开发区": "Economic and Technological Development Zone",
    "高新技术产业开发区": "High-tech Zone",
    "高新技术产业园区": "High-tech Park",
    "高新技术开发区": "High-tech Zone",
    "经济开发区": "Economic Development Zone",
    "工业园区": "Industrial Park",
    "开发区": "Development Zone",
    "管理区": "Management Area",
    "示范区": "Demonstration Area",
    "新区": "New Area",
    "林场": "Forest Farm",
    "农场": "Farm",
    "牧场": "Ranch",
}
_ZONES = "|".join(ENGLISH_KINDS)

KINDS: Mapping[int, str] = {
    1: f"{_PEOPLES}自治区|特别行政区|省|市",
    2: f"{_PEOPLES}自治州|地区|盟|市",
    3: f"{_PEOPLES}自治[县旗]|{_ZONES}|特区|林区|{_PEOPLES}区|[市县旗]",
    4: f"{_ZONES}|街道办事处|街道|地区办事处|{_PEOPLES}[镇乡]|民族乡|(?:{_PEOPLES}|民族)苏木|镇|乡",
    5: "(?:社区|嘎查)?(?:村民委员会|居民委员会|村委会|居委会)|社区|嘎查",
}
# The longest kind that leaves two characters: 碑林区 is 碑林 + 区, and 城区 stays whole, as nobody says 城 alone.
_KIND = {level: re.compile(f"(?<=..)(?:{pattern})$") for level, pattern in KINDS.items()}
_ONE_CHARACTER = re.compile(r"^(.村|.(?=县$))(县|民?委(?:员)?会)$")
_WORD = re.compile(r"\d+|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Romanised:
    """One name three ways: `latin` for English pages ('Qidong'), `pinyin` ('qidong xian'), `initials` ('qdx')."""

    latin: str
    pinyin: str
    initials: str


def _plain(reading: str) -> str:
    """Drop the tone; ü becomes v, as it is typed."""
    letters = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(letter for letter in letters if letter.isascii())


def _table(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


class _Readings:
    """Syllables of characters and of the words that read otherwise than their characters."""

    def __init__(self) -> None:
        self.characters = {chr(code): _plain(readings.split(",")[0]) for code, readings in pinyin_dict.items()}
        self.words: dict[str, list[str]] = {}
        for row in _table(DATA / "readings.csv"):
            if len(row["chinese"]) == 1:
                self.characters[row["chinese"]] = row["pinyin"]
            else:
                self.words[row["chinese"]] = row["pinyin"].split()
        self.starts = {word[0] for word in self.words}
        self.longest = max(map(len, self.words))
        self.latin = {row["code"]: row["latin"] for row in _table(DATA / "latin_names.csv")}

    def syllables(self, text: str) -> list[str]:
        """One syllable a character; a sign without a reading gives itself."""
        found: list[str] = []
        while len(found) < len(text):
            at = len(found)
            word = self._word_at(text, at) if text[at] in self.starts else None
            found += self.words[word] if word else [self.characters.get(text[at], text[at].lower())]
        return found

    def _word_at(self, text: str, at: int) -> str | None:
        for length in range(self.longest, 1, -1):
            if text[at : at + length] in self.words:
                return text[at : at + length]
        return None


@lru_cache(maxsize=1)
def _readings() -> _Readings:
    return _Readings()


def split_kind(name: str, *, level: int) -> tuple[str, str]:
    """Split a region's name into the name proper and its kind: 祁东县 -> 祁东, 县; an inseparable name has kind ''."""
    match = _KIND[level].search(name)
    if match is None:
        # The counties of one character (礼县, 'Li') and the villages called X村 (李村委会 -> 李村, 委会).
        short = _ONE_CHARACTER.match(name) if level in (3, 5) else None
        return (short.group(1), short.group(2)) if short else (name, "")
    stem, kind = name[: match.start()], match.group()
    if kind.startswith("自治") and stem.endswith("族"):  # named for its people alone: 东乡族自治县
        return stem[:-1], "族" + kind
    return stem, kind


def _joined(text: str, syllables: list[str]) -> str:
    """Join the syllables of each run of letters and digits; brackets and commas become spaces."""
    words = []
    for match in _WORD.finditer(text):
        word = ""
        for syllable in syllables[match.start() : match.end()]:
            word += ("'" if word and word[-1].isalpha() and syllable[0] in "aeo" else "") + syllable
        words.append(word)
    return " ".join(words)


def _latin(stem: str, kind: str, syllables: list[str]) -> str:
    city = stem.find("市") if kind in ENGLISH_KINDS else -1  # 常德市西洞庭管理区: the city is a word of its own
    words = [_joined(stem, syllables)]
    if 0 < city < len(stem) - 1:
        words = [
            _joined(stem[:city], syllables[:city]),
            _joined(stem[city + 1 :], syllables[city + 1 :]),
        ]
    words = " ".join(words).replace("lv", "lü").replace("nv", "nü").split(" ")
    name = " ".join(word[:1].upper() + word[1:] for word in words)
    return f"{name} {ENGLISH_KINDS[kind]}" if kind in ENGLISH_KINDS else name


def _cut(text: str, length: int) -> str:
    """Shorten at a space or, within one long word, at the limit."""
    return text if len(text) <= length else text[:length].rstrip(" '")


@lru_cache(maxsize=1 << 16)
def _romanise(name: str, level: int) -> Romanised:
    stem, kind = split_kind(name, level=level)
    syllables = _readings().syllables(name)
    cut = len(stem)
    pinyin = f"{_joined(stem, syllables[:cut])} {_joined(kind, syllables[cut:])}".replace("'", "").strip()
    initials = "".join(
        syllable if sign.isdigit() else syllable[0]
        for sign, syllable in zip(name, syllables, strict=True)
        if sign.isalnum()
    )
    latin = _latin(stem, kind, syllables[:cut])
    return Romanised(
        _cut(latin, LATIN_LENGTH),
        _cut(pinyin, PINYIN_LENGTH),
        _cut(initials, INITIALS_LENGTH),
    )


def romanise(name: str, *, level: int, code: str = "") -> Romanised:
    """Write a region's Chinese name in Latin letters.

    `level` (1 province .. 5 village) says which endings are a kind and drop out of the English name. `code` (12 digits)
    looks up names whose usual English form is not pinyin, such as 西藏 or 呼和浩特. Letters without tones; ü is written
    ü in `latin` and v, as people type it, in `pinyin`. Results fit Region's columns: longer ones are cut.
    """
    plain = _romanise(name, level)
    usual = _readings().latin.get(code) if code else None
    return Romanised(usual, plain.pinyin, plain.initials) if usual else plain
