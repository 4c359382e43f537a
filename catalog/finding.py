"""Finding: the goods that answer what was typed, and the query that was answered in its place where it finds nothing."""

from django.db.models import QuerySet

from catalog.models import Product
from catalog.search import matching, search
from catalog.spelling import mend

# Of so few goods a page says what else might have been meant.
FEW = 2


def find(query: str, products: "QuerySet[Product] | None" = None) -> "QuerySet[Product]":
    """The goods that a search page lists for `query` (of `products`, or all on sale), best first, mended where need be."""
    if not matching(query, products).exists():
        mended = mend(query)
        if mended:
            return search(mended.query, products)
    return search(query, products)
