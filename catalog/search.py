"""Search: the products that answer a query, best first. What they are found by is catalog.indexing's."""

import re
from collections.abc import Iterable

from django.db.models import BooleanField, Case, F, Func, IntegerField, QuerySet, Value, When

from catalog.indexing import CATEGORY, IN_NAME_MARK, NAME, PLACE
from catalog.indexing import index_product as index_product
from catalog.indexing import index_store as index_store
from catalog.models import Product
from catalog.models.sales_marks import SALES_MARK
from catalog.words import query_terms, term_query, words_in

IN_NAME, PART_IN_NAME, IN_CATEGORY, IN_PLACE, IN_STORE = 5, 4, 3, 2, 1

_TOKEN = re.compile("'([^']+)'")


class Matches(Func):
    """Whether a tsvector column answers a tsquery; conditional, so it can filter."""

    template = "(%(expressions)s::tsquery)"
    arg_joiner = " @@ "
    output_field = BooleanField()


def search(query: str, products: "QuerySet[Product] | None" = None) -> "QuerySet[Product]":
    """Products on sale (or of `products`) that answer `query`, best first, with `relevance`: by name, then category, place, store;
    equals by sales. Without a query all of them; for one in which nothing can be read, none. Never raises for what was typed.
    """
    terms = query_terms(query)
    relevance = _relevance(terms) if terms else Value(0, IntegerField())
    return matching(query, products).annotate(relevance=relevance).order_by("-relevance", "-sold_units", "-pk")


def matching(query: str, products: "QuerySet[Product] | None" = None) -> "QuerySet[Product]":
    """What `search` finds, in no order, for counting."""
    found: QuerySet[Product] = Product.objects.on_sale() if products is None else products
    if not query.strip():
        return found
    terms = query_terms(query)
    return found.filter(_matches(terms, " & ")) if terms else found.none()


def _matches(terms: Iterable[str], joiner: str, weights: str = "") -> Matches:
    return Matches(F("search"), Value(joiner.join(term_query(term, weights) for term in terms)))


def all_in_name(query: str, products: "QuerySet[Product] | None" = None, *, sold_mark: int = 0) -> "QuerySet[Product]":
    """Of what `search` finds, the goods with every term in their name, which rank first; with `sold_mark` those alone that were sold
    2^sold_mark times or more (catalog.models.sales_marks).

    Only for a query with a term (catalog.words.query_terms): without one nothing stands above anything else.
    """
    terms = query_terms(query)
    goods: QuerySet[Product] = Product.objects.on_sale() if products is None else products
    tokens = [_TOKEN.sub(rf"'{IN_NAME_MARK}\1'", term_query(term)) for term in terms]
    marked = " & ".join([*tokens, *([f"'{SALES_MARK}{sold_mark}'"] if sold_mark else [])])
    return goods.filter(Matches(F("search"), Value(marked))).annotate(relevance=Value(IN_NAME, IntegerField()))


def _relevance(terms: list[str]) -> Case:
    """The best weight under which a term stands; all terms in the name count most."""
    words = [word for term in terms for word in words_in(term)]
    part = [When(_matches(words, " | ", NAME), then=Value(PART_IN_NAME))] if len(words) > 1 else []
    return Case(
        When(_matches(terms, " & ", NAME), then=Value(IN_NAME)),
        *part,
        When(_matches(terms, " | ", CATEGORY), then=Value(IN_CATEGORY)),
        When(_matches(terms, " | ", PLACE), then=Value(IN_PLACE)),
        default=Value(IN_STORE),
        output_field=IntegerField(),
    )
