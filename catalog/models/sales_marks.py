"""Marks of sales: tokens of a product's search vector that say how often it was sold, so that the index itself knows the best sellers.

A product that was sold 2^k times or more carries the token '^k', and that of every smaller k: what carries '^k' was sold more often
than anything that does not. PostgreSQL sets them, whoever writes.
"""

from typing import Any, Final

import pgtrigger

SALES_MARK: Final = "^"
# 2^30 units of one product are never sold.
HIGHEST_MARK: Final = 30

_LEVELS: Final = f"ARRAY[{', '.join(str(2**k) for k in range(1, HIGHEST_MARK + 1))}]"
_SET: Final = f"""
NEW.search := ts_delete(NEW.search, ARRAY[{", ".join(f"'{SALES_MARK}{k}'" for k in range(1, HIGHEST_MARK + 1))}]) || array_to_tsvector(
    ARRAY(SELECT '{SALES_MARK}' || k FROM generate_series(1, width_bucket(NEW.sold_units, {_LEVELS})) AS k)
);
RETURN NEW;
"""


def _marking(name: str, operation: Any, condition: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name, when=pgtrigger.Before, operation=operation, condition=pgtrigger.Condition(condition), func=_SET
    )


# Most sales leave the marks as they are: the condition keeps those from calling anything.
SALES_MARKING: Final = [
    _marking("sales_marked_new", pgtrigger.Insert, "NEW.search IS NOT NULL"),
    _marking("sales_marked_text", pgtrigger.UpdateOf("search"), "NEW.search IS NOT NULL"),  # type: ignore[no-untyped-call]
    _marking(
        "sales_marked_sold",
        pgtrigger.UpdateOf("sold_units"),  # type: ignore[no-untyped-call]
        f"NEW.search IS NOT NULL AND width_bucket(NEW.sold_units, {_LEVELS}) <> width_bucket(OLD.sold_units, {_LEVELS})",
    ),
]
