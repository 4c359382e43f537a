"""Money: an integer of fen with its currency. No float, no Decimal drift, exact splits."""

from collections.abc import Sequence
from dataclasses import dataclass


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were added or compared."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`fen` hundredths of one unit of `currency` (ISO 4217, upper case)."""

    fen: int
    currency: str = "CNY"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.fen + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.fen - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.fen, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.fen < self._same(other)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not mix.")
        return other.fen

    def split(self, weights: Sequence[int]) -> list["Money"]:
        """Shares in proportion to `weights` (non-negative, not all zero) that sum exactly to this amount.

        Largest remainder (Hamilton's method): each share is rounded towards zero, and the fen left over go one each to the
        largest remainders, the earlier weight first among equals. Raises ValueError for weights that cannot carry a share.
        """
        return [Money(fen, self.currency) for fen in split_fen(self.fen, weights)]

    def share(self, basis_points: int) -> "Money":
        """`basis_points` ten-thousandths of this amount, halves rounded away from zero."""
        return Money(share_fen(self.fen, basis_points), self.currency)


def share_fen(fen: int, basis_points: int) -> int:
    """`basis_points` ten-thousandths of `fen`, halves rounded away from zero."""
    sign = -1 if fen < 0 else 1
    return sign * ((abs(fen) * basis_points + 5_000) // 10_000)


def split_fen(fen: int, weights: Sequence[int]) -> list[int]:
    """`fen` split in proportion to `weights` by the largest remainder; the parts sum to `fen` exactly. See Money.split."""
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("Weights must be non-negative and not all zero.")
    sign = -1 if fen < 0 else 1
    parts, remainders = [], []
    for position, weight in enumerate(weights):
        part, remainder = divmod(abs(fen) * weight, whole)
        parts.append(part)
        remainders.append((-remainder, position))
    for _, position in sorted(remainders)[: abs(fen) - sum(parts)]:
        parts[position] += 1
    return [sign * part for part in parts]


_DIGITS, _PLACES, _GROUPS = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟"), ("", "万", "亿")


def in_capitals(fen: int) -> str:
    """A sum as Chinese receipts write it, so that no stroke changes it: 128050 is 壹仟贰佰捌拾元伍角整. Non-negative fen below 10^14.

    Rules of the People's Bank of China for bills and settlement papers (支付结算办法, 1997, annex 1, 1.1 to 1.3).
    """
    yuan, rest = divmod(fen, 100)
    jiao, single = divmod(rest, 10)
    words = f"{_whole(yuan)}元" if yuan else ""
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif single and yuan:
        words += "零"
    if single:
        return f"{words}{_DIGITS[single]}分"
    return f"{words or '零元'}整"


def _whole(yuan: int) -> str:
    words, gap = "", False
    digits = str(yuan)
    for position, digit in enumerate(digits):
        place = len(digits) - 1 - position
        group, within = divmod(place, 4)
        if digit == "0":
            gap = True
        else:
            words += ("零" if gap else "") + _DIGITS[int(digit)] + _PLACES[within]
            gap = False
        if within == 0 and int(digits[max(0, position - 3) : position + 1]):
            words += _GROUPS[group]
    return words
