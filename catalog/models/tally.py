"""The tally: how many goods on sale a category has of each trait, and of each two traits together. Lists read their facets from it.

A trait is a short text: what it is about (one letter) and the value. Each good on sale has one of each letter. A row counts the goods
of a category that have both traits (`one` before `other` in the alphabet), the one trait alone (`other` empty), or that are there at all
(both empty). Rows are only ever added, by the triggers on products, with what a statement changed: nobody waits for a common row, nobody
can deadlock on one, and whoever reads adds up. catalog.tally.fold puts the rows of one kind together.
"""

from typing import Any, ClassVar, Final

import pgtrigger
from django.db import models
from django.db.models import Q

from catalog.models.category import Category

# Fen; a band of prices reaches up to the next one's lower end.
PRICE_ENDS: Final = (0, 2_000, 5_000, 10_000, 20_000)
# Days; a class of arrivals reaches from the last one's end up to this.
ARRIVAL_ENDS: Final = (2, 3, 5)
COUNTY, GRADE, BAND, SEALS_OF, COLD, SEASON, POVERTY, ARRIVAL = "c", "g", "p", "s", "t", "w", "f", "a"

BANDS_OF_FEN: Final = "ARRAY[" + ", ".join(f"{end}::bigint" for end in PRICE_ENDS[1:]) + "]"
_CLASSES: Final = (
    "CASE "
    + " ".join(f"WHEN arrives_in_days <= {end} THEN 'a{end}'" for end in ARRIVAL_ENDS)
    + " WHEN arrives_in_days IS NULL THEN 'a' ELSE 'a9' END"
)
# What a product's row says of it, in SQL: the one place where traits are made.
TRAITS: Final = f"""
ARRAY['c' || county_code, 'g' || grade_name, 'p' || width_bucket(price_from_fen, {BANDS_OF_FEN}), 's' || seals,
  CASE WHEN temperature = 'ambient' THEN 't0' ELSE 't1' END,
  'w' || coalesce(lpad(season_from::text, 2, '0') || lpad(season_to::text, 2, '0'), ''),
  CASE WHEN from_poverty THEN 'f1' ELSE 'f0' END, {_CLASSES}] COLLATE "C"
"""
# One row for each combination of up to two traits of each row of {goods} (id, category_id, by, traits), added up.
COUNTED: Final = """
SELECT category_id, one, other, sum(by) AS n FROM (
  SELECT g.category_id, g.by, pair.one, pair.other FROM ({goods}) AS g CROSS JOIN LATERAL (
    SELECT ''::text COLLATE "C" AS one, ''::text COLLATE "C" AS other
    UNION ALL SELECT t, '' FROM unnest(g.traits) AS t
    UNION ALL SELECT a, b FROM unnest(g.traits) AS a CROSS JOIN unnest(g.traits) AS b WHERE a < b
  ) AS pair
) AS single GROUP BY category_id, one, other HAVING sum(by) <> 0
"""
_GOODS: Final = (
    f"SELECT id, category_id, {{by}} AS by, {TRAITS} AS traits FROM {{rows}} WHERE status = 'listed' AND store_open"
)
ON_SALE: Final = _GOODS.format(by="1", rows="catalog_product")
_NEW: Final = _GOODS.format(by="1", rows="new_rows")
_OLD: Final = _GOODS.format(by="-1", rows="old_rows")
_ADD: Final = "INSERT INTO catalog_tally (category_id, one, other, n, folded) SELECT c.*, false FROM ({counted}) AS c;"
# Most updates of a product (its sales, its stock, its texts) change no trait; those are left alone early. A product that changed in
# one trait adds the pairs with that trait alone: the others cancel out in the sum.
_UPDATED: Final = f"""
IF EXISTS (
    ({_NEW.replace(" 1 AS by,", "")} EXCEPT {_OLD.replace(" -1 AS by,", "")})
    UNION ALL ({_OLD.replace(" -1 AS by,", "")} EXCEPT {_NEW.replace(" 1 AS by,", "")})
) THEN
    {_ADD.format(counted=COUNTED.format(goods=f"{_NEW} UNION ALL {_OLD}"))}
END IF;
RETURN NULL;
"""


def _counting(name: str, operation: Any, func: str, **rows: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**rows),  # type: ignore[no-untyped-call]
        func=func,
    )


COUNTING: Final = [
    _counting("tally_listed", pgtrigger.Insert, _ADD.format(counted=COUNTED.format(goods=_NEW)) + "RETURN NULL;", new="new_rows"),
    _counting("tally_changed", pgtrigger.Update, _UPDATED, new="new_rows", old="old_rows"),
    _counting("tally_removed", pgtrigger.Delete, _ADD.format(counted=COUNTED.format(goods=_OLD)) + "RETURN NULL;", old="old_rows"),
]  # fmt: skip


class Tally(models.Model):
    """So many goods more (or fewer, `n` below zero) of a category have these traits. What `folded` left is one row a kind."""

    category = models.ForeignKey(Category, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    one = models.CharField(max_length=40, db_collation="C")
    other = models.CharField(max_length=40, db_collation="C")
    n = models.IntegerField()
    folded = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=("category", "other", "one"), name="tally_by_other"),
            models.Index(fields=("category", "one", "other"), name="tally_by_one"),
            models.Index(fields=("category",), condition=Q(folded=False), name="tally_to_fold"),
        ]

    def __str__(self) -> str:
        return f"{self.category_id} {self.one} {self.other} {self.n}"
