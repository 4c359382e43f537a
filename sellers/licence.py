"""The licence of a co-operative or an enterprise: its unified social credit code and the check character."""

import re
import unicodedata

from django.utils.translation import gettext as _

# GB 32100-2015: 18 characters of 31 (no I, O, S, V, Z): the registering authority, the kind, the place of registration (six digits),
# nine characters of the organisation's own code, and a check character: each of the first 17 times 3^(i-1) mod 31, summed, and 31 less
# the remainder of the sum by 31.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
SHAPE = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


class BadLicence(ValueError):
    """A unified social credit code with a wrong length or a wrong check character."""


def checked_licence(text: str) -> str:
    """The code without spaces and in upper case, its check character verified by GB 32100-2015. Raises BadLicence."""
    code = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()
    if not SHAPE.fullmatch(code):
        raise BadLicence(_("A unified social credit code has 18 digits and capital letters, without I, O, S, V and Z."))
    if check_character(code[:17]) != code[17]:
        raise BadLicence(
            _("The last character of the code does not fit the others. Please compare it with the licence.")
        )
    return code


def check_character(seventeen: str) -> str:
    """The character that belongs behind the first seventeen."""
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(seventeen, WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]
