"""Text that people type: nothing invisible in it that would make a page read otherwise than it is stored."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Unicode's explicit directional formatting characters (UAX #9, 2.1-2.6): they turn the order of the characters around them.
DIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
LINES = frozenset("\n\r\t")


def refuse_invisible(text: str) -> None:
    """A form field's validator: raises ValidationError for control characters (but line breaks and tabs) and directional marks."""
    if any(character in DIRECTIONAL or _is_control(character) for character in text):
        raise ValidationError(
            _("This text holds invisible control characters. Please type it again instead of pasting it."),
            code="invisible",
        )


def visible(text: str) -> str:
    """The text without what refuse_invisible refuses: for what is only looked up, where a refusal would help nobody."""
    if text.isprintable():
        return text
    return "".join(character for character in text if character not in DIRECTIONAL and not _is_control(character))


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"} and character not in LINES
