"""Ways to pay: the demo's card numbers and what their bank says, Alipay, WeChat Pay."""

from dataclasses import dataclass, field

from .errors import JSON
from .store import new_id

TYPES = ("card", "alipay", "wechat_pay")


@dataclass(frozen=True)
class Decline:
    """Why the bank said no, in Stripe's codes."""

    code: str
    decline_code: str
    message: str


@dataclass(frozen=True)
class Method:
    """A way to pay, ready to be charged."""

    type: str
    brand: str = ""
    last4: str = ""
    decline: Decline | None = None
    id: str = field(default_factory=lambda: new_id("pm"))

    def details(self, year: int) -> JSON:
        """`payment_method_details` of a charge; a demo card ends three years after `year`."""
        if self.type != "card":
            return {"type": self.type, self.type: {}}
        card = {
            "brand": self.brand, "country": "US", "exp_month": 12, "exp_year": year + 3, "funding": "credit",
            "last4": self.last4, "network": self.brand,
        }  # fmt: skip
        return {"type": "card", "card": card}


class NumberWrong(Exception):
    """Not a card number: wrong length, other characters, or a check digit that does not fit (Luhn)."""


class NumberNotDemo(Exception):
    """A well-formed number that is none of the demo's: perhaps a real card, which has no business here."""


_DECLINED = Decline("card_declined", "generic_decline", "Your card was declined.")
_NO_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
_EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.")

# A card whose refunds are pending at first, https://docs.stripe.com/testing#refunds
PENDING_REFUND = "4000000000007726"
# Stripe's own test numbers, https://docs.stripe.com/testing
_CARDS: dict[str, tuple[str, Decline | None]] = {
    "4242424242424242": ("visa", None),
    "5555555555554444": ("mastercard", None),
    "4000000000000002": ("visa", _DECLINED),
    "4000000000009995": ("visa", _NO_FUNDS),
    "4000000000000069": ("visa", _EXPIRED),
    PENDING_REFUND: ("visa", None),
}
# Stripe's test payment methods, same source.
_TOKENS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_pendingRefund": PENDING_REFUND,
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
}


def read_card(typed: str) -> Method:
    """The demo card with the typed number (blanks and hyphens don't count); raises NumberWrong or NumberNotDemo."""
    number = typed.translate({ord(" "): None, ord("-"): None, 0xA0: None, 0x3000: None})
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19 and passes_luhn(number)):
        raise NumberWrong
    if number not in _CARDS:
        raise NumberNotDemo
    brand, decline = _CARDS[number]
    return Method("card", brand=brand, last4=number[-4:], decline=decline)


def read_token(token: str) -> Method | None:
    """The demo card behind one of Stripe's test payment methods, such as `pm_card_visa`; None for any other."""
    return read_card(_TOKENS[token]) if token in _TOKENS else None


def passes_luhn(number: str) -> bool:
    """Whether the last digit fits the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
