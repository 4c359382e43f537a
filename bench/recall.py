"""How well search finds: recall@10 and mean reciprocal rank over the real queries of tests/catalog/queries.csv.

The goods are those of the demo's content and of tests/catalog/goods_for_queries.toml, made for the moment and undone afterwards; other
goods in the database take no part.
"""

import csv
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.finding import find
from catalog.indexing import index_products
from catalog.models import Category, Certificate, CertificateKind, Product, ProductStatus
from catalog.models.brand import BrandPermission, CountyBrand, PermissionState
from catalog.models.certificate import CertificateState
from catalog.phrases import renew_phrases
from catalog.spelling import forget
from demo.goods import CONTENT, store_rows
from sellers.models import Household, Store, StoreStatus
from stations.models import Region, Station, StationKind, StationStatus

TESTS = Path(__file__).resolve().parent.parent / "tests" / "catalog"
SHOWN = 10
SLUG = "recall"


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, what kind of query it is, and the names of the goods that answer it."""

    query: str
    kind: str
    expected: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query found: its share of the expected goods among the first ten, and one over the place of the first (0 without)."""

    asked: Asked
    shown: tuple[str, ...]
    recall: float
    rank: float


def measure() -> list[Answer]:
    """Every query's answer. Makes the goods and undoes them: nothing of it stays in the database."""
    with transaction.atomic():
        provide_goods()
        answers = [_answer(asked) for asked in read_queries()]
        transaction.set_rollback(True)
    forget()
    return answers


def report(answers: list[Answer]) -> list[str]:
    """Lines to print: recall@10 and MRR of all queries and of each kind, and the queries that found less than half."""
    kinds: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        kinds[answer.asked.kind].append(answer)
    lines = [_line("all", answers), *(_line(kind, found) for kind, found in kinds.items())]
    return lines + [f"    {one.asked.query}: {', '.join(one.shown[:4])}" for one in answers if one.recall < 0.5]


def figures(answers: list[Answer]) -> tuple[float, float]:
    """recall@10 and mean reciprocal rank."""
    return sum(one.recall for one in answers) / len(answers), sum(one.rank for one in answers) / len(answers)


def _line(name: str, answers: list[Answer]) -> str:
    recall, rank = figures(answers)
    return f"{name:12} {len(answers):4} queries   recall@10 {recall:.3f}   MRR {rank:.3f}"


def _answer(asked: Asked) -> Answer:
    ours = Product.objects.on_sale().filter(store__slug__startswith=SLUG)
    shown = tuple(product.name for product in find(asked.query, products=ours)[:SHOWN])
    hits = len(asked.expected.intersection(shown))
    first = next((place for place, name in enumerate(shown, 1) if name in asked.expected), 0)
    return Answer(asked, shown, hits / min(SHOWN, len(asked.expected)), 1 / first if first else 0.0)


def read_queries() -> list[Asked]:
    """The queries; '@slug' among what is expected stands for all goods of a category."""
    of_kind: defaultdict[str, set[str]] = defaultdict(set)
    for _county, _township, slug, goods in _goods():
        of_kind[slug].add(goods["name"])
    with (TESTS / "queries.csv").open(encoding="utf-8", newline="") as file:
        return [
            Asked(row["query"], row["kind"], frozenset(name for part in row["expected"].split("|")
                  for name in (of_kind[part[1:]] if part.startswith("@") else [part])))
            for row in csv.DictReader(file)
        ]  # fmt: skip


def _goods() -> list[tuple[str, str, str, dict[str, Any]]]:
    """County, township, category and the rest of all goods: the demo's first."""
    found = [
        (row["county"], row["township"], goods["category"], {**goods, "store": (row["name"], row["name_en"])})
        for row in store_rows()
        for goods in row.get("products", [])
    ]
    with (TESTS / "goods_for_queries.toml").open("rb") as file:
        for county, township, slug, name, name_en, summary in tomllib.load(file)["goods"]:
            line = {"name": name, "name_en": name_en, "summary": summary, "store": (f"{township}农家", "A farm")}
            found.append((county, township, slug, line))
    return found


def provide_goods() -> None:
    """Categories, a store for each seller, and its goods on sale and indexed; phrases with them."""
    with (CONTENT / "categories.toml").open("rb") as file:
        rows = tomllib.load(file)["categories"]
    kinds: dict[str, Category] = {}
    for row in rows:
        known = {name: row[name] for name in ("name", "name_en", "aliases", "flow") if name in row}
        known["parent"] = kinds.get(row.get("parent", ""))
        kinds[row["slug"]] = Category.objects.update_or_create(slug=row["slug"], defaults=known)[0]
    stores: dict[tuple[str, str], Store] = {}
    made = []
    for county, township, slug, goods in _goods():
        key = (county, goods["store"][0])
        store = stores.get(key) or _store(county, township, goods["store"], len(stores))
        stores[key] = store
        made.append(_list(store, kinds[slug], goods))
    index_products(product.pk for product in made)
    renew_phrases()
    forget()


def _store(county: str, township: str, names: tuple[str, str], number: int) -> Store:
    region = Region.objects.within(county.ljust(12, "0")).filter(name=township).order_by("level").first()
    assert region is not None, f"There is no {township} in {county}."
    code = f"{SLUG}{county}"
    station, _made = Station.objects.get_or_create(
        code=code,
        defaults={"kind": StationKind.CENTRE, "region_id": county.ljust(12, "0"), "name": code, "name_en": code,
                  "status": StationStatus.ACTIVE},
    )  # fmt: skip
    household = Household.objects.create(region=region, name="农家", name_latin="A farm")
    return Store.objects.create(
        slug=f"{SLUG}-{number}", household=household, station=station, region=region, name=names[0], name_en=names[1],
        status=StoreStatus.OPEN, opened_at=timezone.now(),
    )  # fmt: skip


def _list(store: Store, category: Category, goods: dict[str, Any]) -> Product:
    product = Product.objects.create(
        store=store, category=category, origin_id=store.region_id, name=goods["name"], name_en=goods["name_en"],
        summary=goods.get("summary", ""), summary_en=goods.get("summary_en", ""), status=ProductStatus.LISTED,
        store_open=True, in_stock=True, county_code=store.region_id[:6], flow=category.flow,
        sold_units=goods.get("popularity", 1),
    )  # fmt: skip
    for kind in goods.get("certificates", []):
        _certify(product, CertificateKind(kind))
    return product


def _certify(product: Product, kind: CertificateKind) -> None:
    """A paper that holds today; the county's brand with its permission."""
    today, store = timezone.localdate(), product.store
    permission = None
    if kind == CertificateKind.GEOGRAPHICAL:
        county = store.region_id[:6].ljust(12, "0")
        brand, _made = CountyBrand.objects.get_or_create(
            county_id=county, name=SLUG, defaults={"number": SLUG, "holder": SLUG, "issuer": SLUG, "valid_from": today, "demo": True}
        )  # fmt: skip
        permission, _made = BrandPermission.objects.get_or_create(
            brand=brand, store=store,
            defaults={"state": PermissionState.GRANTED, "valid_from": today, "decided_at": timezone.now()},
        )  # fmt: skip
    Certificate.objects.create(
        product=product, kind=kind, permission=permission, name=kind.value, number=f"{SLUG} {product.pk}", holder=SLUG,
        valid_from=today, valid_until=today, demo=True, state=CertificateState.ACCEPTED, accepted_at=timezone.now(),
    )  # fmt: skip
