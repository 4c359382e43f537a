"""Mainland mobile numbers."""

import re
import unicodedata

from django.utils.translation import gettext as _

# Eleven digits from 13x to 19x (Ministry of Industry and Information Technology, telecommunications numbering plan).
MOBILE = re.compile(r"1[3-9][0-9]{9}")


class BadPhone(ValueError):
    """Not a mainland mobile number."""


def checked_phone(text: str) -> str:
    """The eleven digits of a mainland mobile number; spaces, hyphens and +86 are dropped. Raises BadPhone."""
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).removeprefix("+86").removeprefix("0086")
    if not MOBILE.fullmatch(digits):
        raise BadPhone(_("A mobile number has 11 digits and begins with 1, such as 138 0013 8000."))
    return digits


def masked_phone(phone: str) -> str:
    """A number with its middle hidden: 138****8000."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else "****"
