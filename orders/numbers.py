"""Numbers of orders and codes of visits: for people, and drawn at random."""

import datetime as dt
import secrets

# Letters and digits that are not taken for each other on the telephone (Crockford's base 32).
NUMBER_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_DIGITS = 7


def new_visit_code() -> str:
    """Eight digits that a guest shows at the farm."""
    return f"{secrets.randbelow(10**8):08d}"


def new_order_number(day: dt.date) -> str:
    """A number for people: the day and seven letters or digits drawn at random (34 thousand million a day)."""
    drawn = "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(NUMBER_DIGITS))
    return f"{day:%y%m%d}-{drawn}"
