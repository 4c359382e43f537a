"""Best sellers: the mark (catalog.models.sales_marks) that about one in twenty goods carries.

What is searched most are common words, and a first page of them shows the goods that were sold most often: among the best sellers these
are found without reading the rest.
"""

from typing import Final

from catalog.kept import KeptByProcess
from stations.statements import read

# Of fewer goods all matches are read as quickly.
FEWEST_GOODS, ONE_IN = 5_000, 20

_SOLD: Final = """
SELECT (
  SELECT sold_units FROM catalog_product WHERE status = 'listed' AND store_open
  ORDER BY sold_units DESC, id DESC OFFSET t.goods / %s LIMIT 1
) FROM (SELECT sum(n) AS goods FROM catalog_tally WHERE one = '' AND other = '') AS t WHERE t.goods >= %s
"""


def _read_mark() -> int:
    rows = read(_SOLD, [ONE_IN, FEWEST_GOODS])
    return max((rows[0][0] or 0).bit_length() - 1, 0) if rows else 0


# The highest mark of sales that at least one in twenty goods on sale carries; 0 if there are few goods, or none sells twice. An old
# answer is slower, never wrong.
best_mark: Final = KeptByProcess(600, _read_mark)
