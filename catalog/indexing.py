"""What lists and search show of products, kept on their rows: tokens, the lowest price, grade, seals, whose they are, whether on sale."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, transaction

from catalog.models import SEALS, Certificate, CertificateKind, Product
from catalog.synonyms import also_called
from catalog.words import index_tokens
from stations.models import Region
from stations.models.region import ancestor_codes

# The weights of PostgreSQL's text search, best first: the product's name; its category, papers and other names; its places; its store
# and the line about it.
NAME, CATEGORY, PLACE, STORE = "A", "B", "C", "D"
# What buyers type for a certificate.
PAPERS: Final = {
    CertificateKind.GREEN: ("绿色食品", "green food"),
    CertificateKind.ORGANIC: ("有机", "organic"),
    CertificateKind.GEOGRAPHICAL: ("地理标志", "地标", "origin mark"),
}
AT_ONCE = 1000

_TEXTS: Final = """
SELECT p.id, p.name, p.name_en, p.category_id, p.origin_id, s.name, s.name_en, p.summary, p.summary_en FROM catalog_product AS p
JOIN sellers_store AS s ON s.id = p.store_id WHERE p.id = ANY(%(ids)s) ORDER BY p.id FOR NO KEY UPDATE OF p
"""
# A buyer learns that a household was registered as poor only where the household agreed to that (ConsentPurpose.POVERTY).
_KEEP: Final = """
UPDATE catalog_product AS p SET county_code = left(p.origin_id, 6), flow = k.flow, store_open = s.status = 'open',
  price_from_fen = coalesce(v.fen, 0), price_from_g = coalesce(v.grams, 0), several_prices = coalesce(v.several, false),
  in_stock = coalesce(v.there, false), grade_name = coalesce(l.grade, ''), grade_name_en = coalesce(l.grade_en, ''),
  seals = wanted.seals, from_poverty = h.poverty_registered_year IS NOT NULL AND EXISTS (
    SELECT FROM sellers_consent AS c WHERE c.household_id = h.id AND c.purpose = 'poverty' AND c.withdrawn_at IS NULL
  ), search = wanted.vector::tsvector || CASE WHEN l.grade > '' THEN array_to_tsvector(ARRAY[l.grade]) ELSE '' END
FROM unnest(%(ids)s::bigint[], %(seals)s::smallint[], %(vectors)s::text[]) AS wanted (id, seals, vector)
JOIN catalog_product AS q ON q.id = wanted.id JOIN catalog_category AS k ON k.id = q.category_id
JOIN sellers_store AS s ON s.id = q.store_id JOIN sellers_household AS h ON h.id = s.household_id
CROSS JOIN LATERAL (
  SELECT (array_agg(price_fen ORDER BY price_fen, id))[1] AS fen, (array_agg(net_weight_g ORDER BY price_fen, id))[1] AS grams,
    min(price_fen) < max(price_fen) AS several, bool_or(on_hand > held) AS there
  FROM catalog_variant WHERE product_id = q.id AND active
) AS v
LEFT JOIN LATERAL (
  -- The lot that the next buyer gets: the oldest harvest that is there, or else the latest one; never a recalled one.
  SELECT g.name AS grade, g.name_en AS grade_en FROM (
    SELECT lot.*, EXISTS (
      SELECT FROM catalog_stock AS t JOIN catalog_variant AS pack ON pack.id = t.variant_id
      WHERE t.lot_id = lot.id AND t.on_hand > t.held AND NOT t.frozen AND pack.active
    ) AS there FROM catalog_lot AS lot WHERE lot.product_id = q.id AND lot.recalled_at IS NULL
  ) AS lot LEFT JOIN catalog_grade AS g ON g.id = lot.grade_id
  ORDER BY there DESC, CASE WHEN there THEN harvested_on END, CASE WHEN there THEN lot.id END,
    harvested_on DESC NULLS LAST, lot.id DESC LIMIT 1
) AS l ON true
WHERE p.id = q.id
"""
_READ_BACK: Final = (
    "county_code", "flow", "store_open", "price_from_fen", "price_from_g", "several_prices", "in_stock", "grade_name",
    "grade_name_en", "seals", "from_poverty",
)  # fmt: skip


def index_product(product: Product) -> None:
    """Keeps what lists and search show of a product, and sets it on `product` too.

    To be called after anything of these changed, in the same transaction. The product is locked, so that stock sold meanwhile counts.
    """
    index_products([product.pk])
    product.refresh_from_db(fields=_READ_BACK)


def index_store(store_id: int) -> int:
    """Indexes all products of a store anew (its name, its family, or whether it is open, changed); how many there are."""
    return index_products(Product.objects.filter(store_id=store_id).values_list("pk", flat=True))


def index_products(product_ids: Iterable[int]) -> int:
    """Indexes the products of these keys, locked in the order of their keys; how many. Four statements for each thousand of them."""
    ids = sorted(set(product_ids))
    for start in range(0, len(ids), AT_ONCE):
        _index(ids[start : start + AT_ONCE])
    return len(ids)


@transaction.atomic
def _index(ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_TEXTS, {"ids": ids})
        rows = cursor.fetchall()
        vectors = _Vectors.of({row[3] for row in rows}, {row[4] for row in rows})
        seals = _seals(ids)
        found = {
            "ids": [row[0] for row in rows],
            "seals": [seals.get(row[0], 0) for row in rows],
            "vectors": [vectors.vector(*row[1:], seals.get(row[0], 0)) for row in rows],
        }
        cursor.execute(_KEEP, found)


def _seals(ids: list[int]) -> dict[int, int]:
    """The valid certificates of each product that has one, as a sum of SEALS."""
    found: dict[int, int] = {}
    for pk, kind in Certificate.objects.valid().filter(product__in=ids).values_list("product_id", "kind"):
        found[pk] = found.get(pk, 0) | SEALS[CertificateKind(kind)]
    return found


@dataclass
class _Vectors:
    """The tokens of products as tsvectors; those of a category, and of a place, are worked out once for all that share it."""

    categories: Mapping[int, set[str]]
    names: Mapping[str, list[str]]
    places: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, category_ids: set[int], origin_ids: set[str]) -> "_Vectors":
        names = Region.objects.filter(code__in={code for origin in origin_ids for code in ancestor_codes(origin)})
        return cls(
            _category_tokens(category_ids),
            {code: [name, latin] for code, name, latin in names.values_list("code", "name", "latin")},
        )

    def vector(
        self, name: str, name_en: str, category_id: int, origin_id: str, store: str, store_en: str, *more: Any
    ) -> str:
        """A tsvector's text: each token with the weights of the texts that it stands in; `more`: the line in both languages, the seals."""
        line, line_en, seals = more
        papers = [text for kind, bit in SEALS.items() if seals & bit for text in PAPERS[kind]]
        fields = {
            NAME: index_tokens([name, name_en], closely=True),
            CATEGORY: self.categories[category_id] | index_tokens([*papers, *also_called([name])], closely=True),
            PLACE: self._place(origin_id),
            STORE: index_tokens([store, store_en]) | index_tokens([line, line_en], spoken=False),
        }
        weights: dict[str, list[str]] = {}
        for position, (weight, tokens) in enumerate(fields.items(), start=1):
            for token in tokens:
                weights.setdefault(token, []).append(f"{position}{weight}")
        return " ".join(f"'{token}':{','.join(found)}" for token, found in sorted(weights.items()))

    def _place(self, origin_id: str) -> set[str]:
        if origin_id not in self.places:
            codes = ancestor_codes(origin_id)
            self.places[origin_id] = index_tokens(text for code in codes for text in self.names.get(code, ()))
        return self.places[origin_id]


def _category_tokens(category_ids: set[int]) -> dict[int, set[str]]:
    """The tokens of categories with those above them: names and aliases."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.id, k.name, k.name_en, k.aliases, a.name, a.name_en, a.aliases FROM catalog_category AS k"
            " LEFT JOIN catalog_category AS a ON a.id = k.parent_id WHERE k.id = ANY(%s)",
            [sorted(category_ids)],
        )
        return {
            key: index_tokens(
                [name, name_en, *aliases.split(), above or "", above_en or "", *(more or "").split()], closely=True
            )
            for key, name, name_en, aliases, above, above_en, more in cursor.fetchall()
        }
