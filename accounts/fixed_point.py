"""Form fields for decimals that are kept as integers of their smallest unit: money in fen, weights in grams."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MOST_YUAN, FEN_A_YUAN = 100_000, 100
_DECIMAL = re.compile(r"([0-9]{1,19})(?:\.([0-9]{1,6}))?")


class FixedPointField(forms.CharField):
    """A decimal that is kept as an integer of its smallest unit, without a float in between."""

    decimals = 2
    most = 0
    wrong = _("Write a number, such as 12.50.")
    too_fine = _("Too many decimals.")
    too_much = _("This is too much; please check.")

    def __init__(self, **options: Any) -> None:
        attributes = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(max_length=20, widget=forms.TextInput(attrs=attributes), **options)

    def clean(self, value: Any) -> Any:
        """The integer; None for an empty optional field."""
        text = super().clean(value)
        if not text:
            return None
        found = _DECIMAL.fullmatch(
            unicodedata.normalize("NFKC", text).strip().removeprefix("¥").removesuffix("元").strip()
        )
        if found is None:
            raise ValidationError(self.wrong, code="wrong")
        whole, fraction = found[1], found[2] or ""
        if len(fraction.rstrip("0")) > self.decimals:
            raise ValidationError(self.too_fine, code="too_fine")
        units = int(whole + fraction[: self.decimals].ljust(self.decimals, "0"))
        if units == 0:
            raise ValidationError(_("It must be more than 0."), code="zero")
        if units > self.most:
            raise ValidationError(self.too_much, code="too_much")
        return units

    def prepare_value(self, value: Any) -> Any:
        """What stands in the field: what was typed, or the integer written out."""
        if not isinstance(value, int):
            return value
        whole, rest = divmod(value, 10**self.decimals)
        return f"{whole}.{rest:0{self.decimals}d}".rstrip("0").rstrip(".")


class YuanField(FixedPointField):
    """A price that is typed in yuan and kept in fen."""

    decimals = 2
    most = MOST_YUAN * FEN_A_YUAN
    wrong = _("Write the price in yuan, such as 38 or 38.80.")
    too_fine = _("A price has two decimals at most: jiao and fen.")
    too_much = _("This price is above ¥100,000; please check.")
