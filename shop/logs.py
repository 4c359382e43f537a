"""Log lines without people in them: whatever writes a line, numbers and addresses that name somebody are masked before it is written.

Our own code logs masked numbers anyway. This is for what isn't ours to word: a traceback's message, PostgreSQL's DETAIL (which repeats
the row), a library's warning.
"""

import logging
import re

# PostgreSQL repeats the values of the row that broke a constraint, over several lines if they have any.
_DETAIL = re.compile(r"DETAIL:.*?(?=\n\n(?:The above exception|During handling)|\Z)", re.DOTALL)
_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (_DETAIL, "DETAIL: (left out)"),
    # An identity number (GB 11643-1999) or a card's number (ISO/IEC 7812: up to 19 digits).
    (re.compile(r"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])"), "[number]"),
    (re.compile(r"(?<![0-9.])[0-9](?:[ -]?[0-9]){14,18}(?![0-9])"), "[number]"),
    # A mainland mobile number, typed with gaps or without.
    (re.compile(r"(?<![0-9])(1[3-9][0-9])[ -]?[0-9]{4}[ -]?([0-9]{4})(?![0-9])"), r"\1****\2"),
    (re.compile(r"[\w.+-]+@([\w-]+\.[\w.-]+)"), r"***@\1"),
    # What a browser sent behind the question mark may be anything.
    (re.compile(r"(?<=[\w/])\?[^\s\"']*=[^\s\"']*"), "?…"),
)


def masked(text: str) -> str:
    """The text with identity, card and mobile numbers, e-mail addresses, queries and PostgreSQL's details masked."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


class Masked(logging.Formatter):
    """Formats a line, its traceback too, and masks it."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole line as it will be written."""
        return masked(super().format(record))
