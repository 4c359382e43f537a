"""Resident identity numbers: the check digit, the seal, the four digits that may be shown."""

import re
import unicodedata

from django.utils.translation import gettext as _

from accounts.sealing import blind_index, seal
from sellers.models import Household

SHAPE = re.compile(r"[0-9]{17}[0-9X]")
# GB 11643-1999: the weighted sum of the first 17 digits modulo 11 chooses the last character (ISO 7064, MOD 11-2).
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"


class BadIdentityNumber(ValueError):
    """An identity number with a wrong length or a wrong check digit."""


def checked_identity(text: str) -> str:
    """The number without spaces, X in upper case, its check digit verified by GB 11643-1999. Raises BadIdentityNumber."""
    # A Chinese keyboard may type full-width digits: they are the same digits.
    number = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    if not SHAPE.fullmatch(number):
        raise BadIdentityNumber(_("An identity number has 18 characters: 17 digits, then a digit or X."))
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    if CHECK_CHARACTERS[total % 11] != number[17]:
        raise BadIdentityNumber(
            _("The last character of the identity number does not fit the others. Please compare it with the card.")
        )
    return number


def set_identity(household: Household, number: str) -> None:
    """Seal a checked number on an unsaved or saved household; only its last four characters stay readable."""
    household.identity_sealed = seal(number, place=household.seal_place)
    household.identity_index = identity_index(number)
    household.identity_tail = number[-4:]


def identity_index(number: str) -> str:
    """What finds another household with the same number without opening any."""
    return blind_index(number, column="sellers_household.identity")
