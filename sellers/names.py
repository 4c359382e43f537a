"""People's names: in Latin letters, the family name apart, and names for a family's store made of them."""

import re

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pypinyin import Style, lazy_pinyin

from sellers.models import ConsentPurpose, Household, HouseholdKind

# Family names of two characters that are still borne (National Name Report, Ministry of Public Security, 2020 and earlier lists).
DOUBLE_SURNAMES = frozenset(
    (
        "欧阳",
        "上官",
        "司马",
        "诸葛",
        "司徒",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "夏侯",
        "长孙",
        "宇文",
        "端木",
    )
)
# Characters that are read otherwise when they are a family name.
SURNAME_READINGS = {
    "曾": "zeng", "单": "shan", "解": "xie", "查": "zha", "仇": "qiu", "区": "ou", "任": "ren", "华": "hua", "朴": "piao",
    "翟": "zhai", "盖": "ge", "尉迟": "yuchi", "覃": "qin", "晁": "chao", "乐": "yue", "缪": "miao", "宁": "ning", "重": "chong",
}  # fmt: skip
LONGEST_PERSON = 4
# What stands behind the name proper of an organisation, and the county before it.
LEGAL_FORM = re.compile(r"^[\u4e00-\u9fff]{1,5}县|(农民)?(专业)?合作社$|(有限责任|股份有限|有限)公司$")
LONGEST_SHORT = 20


def surname_of(name: str) -> str:
    """The family name of a Chinese name: 李 of 李秀英, 欧阳 of 欧阳建国; empty for anything that is no person's name."""
    if not _is_person(name):
        return ""
    return name[:2] if name[:2] in DOUBLE_SURNAMES and len(name) > 2 else name[:1]


def family_of(name: str, name_latin: str) -> str:
    """A family by its surname alone, '李家', 'The Li family': who they are in full is theirs to say. A name without one stays."""
    surname = surname_of(name)
    if not surname:
        return name
    if get_language() == "en":
        return _("The %(surname)s family") % {"surname": (name_latin or name).split()[0]}
    return f"{surname}家"


def name_for_buyers(household: Household) -> str:
    """A seller as buyers may know it: organisations in full, a family in full where it agreed to that, else by its surname.

    One query, unless `consents` were loaded with the household.
    """
    if household.kind != HouseholdKind.HOUSEHOLD:
        return household.label
    if any(one.purpose == ConsentPurpose.NAME and one.withdrawn_at is None for one in household.consents.all()):
        return household.label
    return family_of(household.name, household.name_latin)


def latin_name(name: str) -> str:
    """A Chinese person's name in pinyin as it is written in English, 'Li Xiuying'; empty when the name is not Chinese."""
    surname = surname_of(name)
    if not surname:
        return ""
    return f"{_read(surname, SURNAME_READINGS.get(surname)).capitalize()} {_read(name[len(surname) :]).capitalize()}".strip()


def store_names(household: Household) -> list[tuple[str, str]]:
    """Three names for a family's store, each (Chinese, English), made of the family and the village; fewer when names coincide."""
    if household.kind != HouseholdKind.HOUSEHOLD:
        return _names_of_organisation(household)
    surname = surname_of(household.name)
    given = household.name[len(surname) :] if surname else household.name
    village, village_latin = household.region.label_in("zh-hans"), household.region.label_in("en")
    family = latin_name(surname) if surname else household.name_latin or household.name
    person = household.name_latin or household.name
    names = [
        (f"{given if len(given) > 1 else household.name}家的农货", f"{person}'s farm goods"),
        (f"{village}{surname or given}家", f"The {family} family of {village_latin}"),
        (f"{surname or given}家土货铺", f"The {family} family's village shop"),
    ]
    return list(dict.fromkeys(names))


def _names_of_organisation(household: Household) -> list[tuple[str, str]]:
    village, village_latin = household.region.label_in("zh-hans"), household.region.label_in("en")
    short = LEGAL_FORM.sub("", household.name)[:LONGEST_SHORT] or household.name[:LONGEST_SHORT]
    what = "co-operative" if household.kind == HouseholdKind.COOPERATIVE else "farm company"
    names = [
        (f"{short}直营店", f"The shop of the {village_latin} {what}"),
        (f"{short}农货", f"Goods of the {village_latin} {what}"),
        (f"{village}农家好货", f"Farm goods of {village_latin}"),
    ]
    return list(dict.fromkeys(names))


def _is_person(name: str) -> bool:
    return 1 <= len(name) <= LONGEST_PERSON and all("\u4e00" <= character <= "\u9fff" for character in name)


def _read(characters: str, known: str | None = None) -> str:
    # 吕 is Lyu on a passport (National Immigration Administration), not Lv.
    return known or "".join(lazy_pinyin(characters, style=Style.NORMAL)).replace("v", "yu")
