"""What lists and search show of products, kept on their rows: tokens, the lowest price, grade, seals, whose they are, whether on sale."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from catalog.models import SEALS, CertificateKind, Product
from catalog.synonyms import also_called
from catalog.words import index_tokens
from stations.models import Region
from stations.models.region import ancestor_codes

# The weights of PostgreSQL's text search, best first: the product's name, and other words for it; its category and papers; its places;
# its store and the line about it.
NAME, CATEGORY, PLACE, STORE = "A", "B", "C", "D"
IN_NAME_MARK = "="
AT_ONCE = 1000

# Locked first, then read: what is read by the same statement that waits for a lock may be older than the lock.
_LOCK: Final = "SELECT id FROM catalog_product WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
# A buyer learns that a household was registered as poor only where the household agreed to that (ConsentPurpose.POVERTY).
_READ: Final = """
SELECT p.id, p.category_id, p.origin_id, p.name, p.name_en, p.summary, p.summary_en, s.name, s.name_en,
  coalesce(v.fen, 0), coalesce(v.grams, 0), coalesce(v.several, false), coalesce(v.there, false),
  coalesce(l.grade, ''), coalesce(l.grade_en, ''), k.flow, s.status = 'open',
  h.poverty_registered_year IS NOT NULL AND EXISTS (
    SELECT FROM sellers_consent AS c WHERE c.household_id = h.id AND c.purpose = 'poverty' AND c.withdrawn_at IS NULL
  )
FROM catalog_product AS p JOIN catalog_category AS k ON k.id = p.category_id
JOIN sellers_store AS s ON s.id = p.store_id JOIN sellers_household AS h ON h.id = s.household_id
CROSS JOIN LATERAL (
  SELECT (array_agg(price_fen ORDER BY price_fen, id))[1] AS fen, (array_agg(net_weight_g ORDER BY price_fen, id))[1] AS grams,
    min(price_fen) < max(price_fen) AS several, bool_or(on_hand > held) AS there
  FROM catalog_variant WHERE product_id = p.id AND active
) AS v
LEFT JOIN LATERAL (
  -- The lot that the next buyer gets: the oldest harvest that is there, or else the latest one; never a recalled one.
  SELECT g.name AS grade, g.name_en AS grade_en FROM (
    SELECT lot.*, EXISTS (
      SELECT FROM catalog_stock AS t JOIN catalog_variant AS pack ON pack.id = t.variant_id
      WHERE t.lot_id = lot.id AND t.on_hand > t.held AND NOT t.frozen AND pack.active
    ) AS there FROM catalog_lot AS lot WHERE lot.product_id = p.id AND lot.recalled_at IS NULL
  ) AS lot LEFT JOIN catalog_grade AS g ON g.id = lot.grade_id
  ORDER BY there DESC, CASE WHEN there THEN harvested_on END, CASE WHEN there THEN lot.id END,
    harvested_on DESC NULLS LAST, lot.id DESC LIMIT 1
) AS l ON true
WHERE p.id = ANY(%s) ORDER BY p.id
"""
# The columns that are kept, with the types that they are handed over in.
_KEPT: Final = {
    "price_from_fen": "bigint", "price_from_g": "integer", "several_prices": "boolean", "in_stock": "boolean", "grade_name": "text",
    "grade_name_en": "text", "flow": "text", "store_open": "boolean", "from_poverty": "boolean", "county_code": "text",
    "seals": "smallint", "search": "text",
}  # fmt: skip
_KEEP: Final = f"""
UPDATE catalog_product AS p SET {", ".join(f"{name} = kept.{name}{'::tsvector' if name == 'search' else ''}" for name in _KEPT)}
FROM unnest(%s::bigint[], {", ".join(f"%s::{kind}[]" for kind in _KEPT.values())}) AS kept (id, {", ".join(_KEPT)})
WHERE p.id = kept.id
"""
# What buyers type for a certificate.
_PAPERS: Final = {
    CertificateKind.GREEN: ("绿色食品", "green food"),
    CertificateKind.ORGANIC: ("有机", "organic"),
    CertificateKind.GEOGRAPHICAL: ("地理标志", "地标", "origin mark"),
}


def index_product(product: Product) -> None:
    """Keeps what lists and search show of a product, and sets it on `product` too.

    To be called after anything of these changed, in the same transaction. The product is locked, so that stock sold meanwhile counts.
    """
    index_products([product.pk])
    product.refresh_from_db(fields=[name for name in _KEPT if name != "search"])


def index_store(store_id: int) -> int:
    """Indexes all products of a store anew (its name, its family, or whether it is open, changed); how many there are."""
    return index_products(Product.objects.filter(store_id=store_id).values_list("pk", flat=True))


def index_products(product_ids: Iterable[int]) -> int:
    """Indexes the products of these keys, locked in the order of their keys; how many. Six statements for each thousand of them."""
    ids = sorted(set(product_ids))
    for start in range(0, len(ids), AT_ONCE):
        _index(ids[start : start + AT_ONCE])
    return len(ids)


# What buyers may not know any more, or may know now.
_CONSENTS_CHANGED: Final = """
SELECT p.id FROM catalog_product AS p JOIN sellers_store AS s ON s.id = p.store_id JOIN sellers_household AS h ON h.id = s.household_id
WHERE (p.from_poverty OR h.poverty_registered_year IS NOT NULL) AND p.from_poverty <> (
  h.poverty_registered_year IS NOT NULL AND EXISTS (
    SELECT FROM sellers_consent AS c WHERE c.household_id = h.id AND c.purpose = 'poverty' AND c.withdrawn_at IS NULL
  )
)
"""


def follow_consents() -> int:
    """Index the products whose household now lets buyers know that it was registered as poor, or does no longer; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_CONSENTS_CHANGED)
        return index_products(pk for (pk,) in cursor.fetchall())


@transaction.atomic
def _index(ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [ids])
        cursor.execute(_READ, [ids])
        rows = cursor.fetchall()
        vectors = _Vectors.of({row[1] for row in rows}, {row[2] for row in rows})
        papers = _seals(ids)
        kept = []
        for pk, category_id, origin_id, *texts_and_figures in rows:
            texts, figures, seals = texts_and_figures[:6], texts_and_figures[6:], papers.get(pk, 0)
            vector = vectors.vector(category_id, origin_id, *texts, grades=figures[4:6], seals=seals)
            kept.append((pk, *figures, origin_id[:6], seals, vector))
        cursor.execute(
            _KEEP, [list(column) for column in zip(*kept, strict=True)] or [[] for _ in range(len(_KEPT) + 1)]
        )


def _seals(ids: list[int]) -> dict[int, int]:
    """What the valid papers of each product add up to, as a sum of SEALS; the database says which are valid (catalog_papers)."""
    found: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT product_id, kind FROM catalog_papers(%s, %s)", [ids, timezone.localdate()])
        for pk, kind in cursor.fetchall():
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
        self, category_id: int, origin_id: str, name: str, name_en: str, summary: str, summary_en: str, store: str, store_en: str,
        *, grades: list[str], seals: int,
    ) -> str:  # fmt: skip
        """A tsvector's text: each token with the weights of the texts that it stands in."""
        papers = [text for kind, bit in SEALS.items() if seals & bit for text in _PAPERS[kind]]
        fields = {
            NAME: index_tokens([name, name_en, *also_called([name])], closely=True),
            CATEGORY: self.categories[category_id] | index_tokens([*papers, *grades], closely=True),
            PLACE: self._place(origin_id),
            STORE: index_tokens([store, store_en]) | index_tokens([summary, summary_en], spoken=False),
        }
        # Tokens of the name stand once more, marked: the index then answers by itself what has all words in its name, while for a
        # weight the goods themselves have to be opened (eight times as long at 1,300 matches).
        weights: dict[str, list[str]] = {f"{IN_NAME_MARK}{token}": [f"1{NAME}"] for token in fields[NAME]}
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
