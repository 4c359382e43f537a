"""Search: what a product is found by, and the products that answer a query, best first."""

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import BooleanField, Case, F, Func, IntegerField, QuerySet, Value, When

from catalog.models import SEALS, Certificate, CertificateKind, Lot, Product, Variant
from catalog.synonyms import also_called
from catalog.words import index_tokens, query_terms, term_query
from sellers.models import StoreStatus
from stations.models import Region
from stations.models.region import ancestor_codes

# The weights of PostgreSQL's text search, best first: the product's name; its category, papers, grade and other names; its places;
# its store and the line about it.
NAME, CATEGORY, PLACE, STORE = "A", "B", "C", "D"
IN_NAME, PART_IN_NAME, IN_CATEGORY, IN_PLACE, IN_STORE = 5, 4, 3, 2, 1

# What buyers type for a certificate.
_PAPERS = {
    CertificateKind.GREEN: ("绿色食品", "green food"),
    CertificateKind.ORGANIC: ("有机", "organic"),
    CertificateKind.GEOGRAPHICAL: ("地理标志", "地标", "origin mark"),
}


class Matches(Func):
    """Whether a tsvector column answers a tsquery; conditional, so it can filter."""

    template = "(%(expressions)s::tsquery)"
    arg_joiner = " @@ "
    output_field = BooleanField()


@transaction.atomic
def index_product(product: Product) -> None:
    """Keeps what lists and search show of a product: its tokens, its lowest price, grade, seals, stock, and whether its store is open.

    To be called after anything of these changed, in the same transaction. The product is locked, so that stock sold meanwhile counts.
    """
    Product.objects.select_for_update(no_key=True).values_list("pk").get(pk=product.pk)
    variants = list(Variant.objects.filter(product=product, active=True).order_by("price_fen", "pk"))
    cheapest = variants[0] if variants else None
    lot = _offered_lot(product)
    product.county_code = product.origin_id[:6]
    product.flow = product.category.flow
    product.store_open = product.store.status == StoreStatus.OPEN
    product.price_from_fen = cheapest.price_fen if cheapest else 0
    product.price_from_g = cheapest.net_weight_g if cheapest else 0
    product.several_prices = len({variant.price_fen for variant in variants}) > 1
    product.in_stock = any(variant.available > 0 for variant in variants)
    product.grade_name = lot.grade.name if lot and lot.grade else ""
    product.grade_name_en = lot.grade.name_en if lot and lot.grade else ""
    product.seals = _seals(product)
    product.save(update_fields=_KEPT)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_product SET search = %s::tsvector WHERE id = %s", [_vector(product), product.pk])


_KEPT = [
    "county_code", "flow", "store_open", "price_from_fen", "price_from_g", "several_prices", "in_stock", "grade_name",
    "grade_name_en", "seals",
]  # fmt: skip


def index_store(store_id: int) -> int:
    """Indexes all products of a store anew (its name, or whether it is open, changed); how many there are."""
    products = (
        Product.objects.filter(store_id=store_id).select_related("store__household", "category__parent").order_by("pk")
    )
    for product in products:
        index_product(product)
    return len(products)


def _offered_lot(product: Product) -> Lot | None:
    """The lot that the next buyer gets: the oldest harvest that is there, or else the latest one; never a recalled one."""
    lots = product.lots.filter(recalled_at=None).select_related("grade")
    there = lots.filter(stock__on_hand__gt=F("stock__held"), stock__frozen=False, stock__variant__active=True)
    return there.order_by("harvested_on", "pk").first() or lots.first()


def _seals(product: Product) -> int:
    kinds = set(Certificate.objects.valid().filter(product=product).values_list("kind", flat=True))
    return sum(bit for kind, bit in SEALS.items() if kind in kinds)


def _vector(product: Product) -> str:
    """The tokens of a product as a tsvector's text: each with the weights of the texts that it stands in."""
    category, store = product.category, product.store
    above = [category.parent] if category.parent else []
    places = Region.objects.filter(code__in=ancestor_codes(product.origin_id))
    kinds = [text for kind in (category, *above) for text in (kind.name, kind.name_en, *kind.aliases.split())]
    papers = [text for kind, bit in SEALS.items() if product.seals & bit for text in _PAPERS[kind]]
    grade = [product.grade_name, product.grade_name_en]
    fields = {
        NAME: index_tokens([product.name, product.name_en], closely=True),
        CATEGORY: index_tokens([*kinds, *papers, *grade, *also_called([product.name])], closely=True),
        PLACE: index_tokens([text for place in places for text in (place.name, place.latin)]),
        STORE: index_tokens([store.name, store.name_en])
        | index_tokens([product.summary, product.summary_en], spoken=False),
    }
    weights: dict[str, list[str]] = {}
    for position, (weight, tokens) in enumerate(fields.items(), start=1):
        for token in tokens:
            weights.setdefault(token, []).append(f"{position}{weight}")
    return " ".join(f"'{token}':{','.join(found)}" for token, found in sorted(weights.items()))


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


def all_in_name(query: str, products: "QuerySet[Product] | None" = None) -> "QuerySet[Product]":
    """Of what `search` finds, the goods with every term in their name: the best ones, which the index of sales finds first.

    Only for a query with a term (catalog.words.query_terms): without one nothing stands above anything else.
    """
    terms = query_terms(query)
    goods: QuerySet[Product] = Product.objects.on_sale() if products is None else products
    return goods.filter(_matches(terms, " & ", NAME)).annotate(relevance=Value(IN_NAME, IntegerField()))


def _relevance(terms: list[str]) -> Case:
    """The best weight under which a term stands; all terms in the name count most."""
    part = [When(_matches(terms, " | ", NAME), then=Value(PART_IN_NAME))] if len(terms) > 1 else []
    return Case(
        When(_matches(terms, " & ", NAME), then=Value(IN_NAME)),
        *part,
        When(_matches(terms, " | ", CATEGORY), then=Value(IN_CATEGORY)),
        When(_matches(terms, " | ", PLACE), then=Value(IN_PLACE)),
        default=Value(IN_STORE),
        output_field=IntegerField(),
    )
