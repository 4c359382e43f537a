"""Amounts: currencies, bounds, the demo's fee, and how an amount is written for people."""

from .errors import ParameterMissing, ParameterRefused
from .forms import Parameters

# Lower-case ISO code: the smallest charge in minor units (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts;
# none is published for cny), and the sign. All have two decimals.
_CURRENCIES = {
    "cny": (1, "¥"),
    "eur": (50, "€"),
    "gbp": (30, "£"),
    "hkd": (400, "HK$"),
    "sgd": (50, "S$"),
    "usd": (50, "$"),
}
LARGEST = 99_999_999  # eight digits, as at Stripe


def read_currency(params: Parameters) -> str:
    """The `currency` parameter in lower case; raises ParameterMissing or ParameterRefused."""
    currency = params.text("currency")
    if currency is None:
        raise ParameterMissing(params.name("currency"))
    if currency.lower() not in _CURRENCIES:
        known = ", ".join(_CURRENCIES)
        raise ParameterRefused(f"Invalid currency: {currency}. Known here: {known}", param=params.name("currency"))
    return currency.lower()


def check_charge(amount: int, currency: str, *, param: str) -> None:
    """Refuse a charge below the currency's minimum or above eight digits (ParameterRefused)."""
    least = _CURRENCIES[currency][0]
    if amount < least:
        message = f"Amount must be at least {written(least, currency)} {currency}"
        raise ParameterRefused(message, param=param, code="amount_too_small")
    if amount > LARGEST:
        message = f"Amount must be no more than {written(LARGEST, currency)} {currency}"
        raise ParameterRefused(message, param=param, code="amount_too_large")


def fee(amount: int) -> int:
    """The demo's fee in minor units: 2.9 % rounded half up, plus 30. Not anyone's price list."""
    return (amount * 29 + 500) // 1000 + 30


def written(amount: int, currency: str) -> str:
    """Minor units as people write them, such as `¥1,234.50`."""
    return f"{_CURRENCIES[currency][1]}{amount // 100:,}.{amount % 100:02d}"
