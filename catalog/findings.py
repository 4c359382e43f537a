"""Reading a test's report: what was found of an item and the limit beside it, as clerks copy them, and whether the one keeps the other."""

import re
import unicodedata
from decimal import Decimal
from typing import Final

_NUMBER: Final = re.compile(r"([<>≤≥]?)([0-9]{1,9}(?:\.[0-9]{1,9})?)")
_NOTHING: Final = frozenset({"未检出", "未检", "nd", "n.d.", "notdetected", "阴性", "negative"})
# Limits that nothing may be found of.
_NOTHING_ALLOWED: Final = frozenset({"不得检出", "未检出", "notdetected", "阴性", "negative"})
NOT_DETECTED: Final = "未检出"


def plain_finding(text: str) -> str:
    """A result or limit as it is kept: full-width signs narrowed, 'ND' written out, '<=' as '≤'."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("<=", "≤").replace(">=", "≥").replace("＜", "<")
    plain = plain.removeprefix("不大于").removeprefix("小于等于") if plain[:3] in ("不大于", "小于等") else plain
    return NOT_DETECTED if _squeezed(plain) in _NOTHING - _NOTHING_ALLOWED else plain


def keeps_limit(found: str, limit: str) -> bool | None:
    """Whether a result keeps its limit; None where the two don't say ('normal', or no limit), so that a person must.

    A limit without a sign is the most that is allowed. Nothing found keeps every upper limit; '<0.01' counts as 0.01.
    """
    result, bound = _squeezed(found), _squeezed(limit)
    nothing = result in _NOTHING
    if bound in _NOTHING_ALLOWED:
        return True if nothing else False if _NUMBER.fullmatch(result) else None
    asked, number = _NUMBER.fullmatch(bound), _NUMBER.fullmatch(result)
    if asked is None:
        return None
    sign, most = asked[1] or "≤", Decimal(asked[2])
    if nothing:
        return sign in "<≤"
    if number is None:
        return None
    value, vague = Decimal(number[2]), number[1]
    if sign in "<≤":
        return (
            None
            if vague in (">", "≥") and value <= most
            else _below(value, most, strictly=sign == "<" and vague != "<")
        )
    return None if vague in ("<", "≤") and value >= most else _below(most, value, strictly=sign == ">" and vague != ">")


def _below(one: Decimal, other: Decimal, *, strictly: bool) -> bool:
    return one < other if strictly else one <= other


def _squeezed(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold().replace("<=", "≤").replace(">=", "≥")
    return re.sub(r"\s+", "", plain)
