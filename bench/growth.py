"""How pages grow with the goods: the same pages at 1,000, 10,000 and 50,000 products, as ratios to limit views of the same run.

Part of `make bench`; one size alone: `python -m bench size 1000`. The databases are made once and kept: the larger ones from the smaller.
"""

import json
import math
import os
import statistics
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from local import places
from local.servers import Servers

SIZES: Final = (1_000, 10_000, 50_000)
STORES_OF, PRODUCTS_OF = 6_000, 50_000
LIMITS: Final = {"hello": "/bench/hello", "one query": "/bench/one-query", "16 KB from Redis": "/bench/redis"}
# The greatest growth exponent of CPU from the smallest size to the largest, and the milliseconds of a search page.
MOST_GROWTH, MOST_SEARCH_GROWTH, MOST_SEARCH_MS = 0.03, 0.1, 5.0
SEARCHES: Final = {"search": "黄花菜", "search pinyin": "huanghuacai", "search place + good": "武都 花椒"}
ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Page:
    """One page at one size: requests a second, CPU of web, PostgreSQL and Redis, statements, bytes, failures."""

    per_second: float
    cpu_ms: float
    queries: int
    size: int
    failures: int


def database(size: int) -> str:
    """The name of the database of a size."""
    return f"daylily_bench_{size}"


def ensure_database(running: Servers, size: int) -> None:
    """The database of a size; a new one begins as a copy of the next smaller one."""
    with running.connect() as connection:
        there = {row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()}
        smaller = [database(one) for one in SIZES if one < size and database(one) in there]
        if database(size) not in there and smaller:
            connection.execute(f"CREATE DATABASE {database(size)} TEMPLATE {smaller[-1]}")
    running.ensure_database(database(size))


def variables(found: dict[str, str]) -> dict[str, str]:
    """The environment of a size: pictures are shared by all sizes."""
    var = places.made(places.CLONE / "var" / "bench-pages")
    return found | {"VAR_DIR": str(var), "DJANGO_SETTINGS_MODULE": "bench.settings", "CACHE_PREFIX": "bench-pages"}


def prepare(size: int) -> float:
    """Migrate and fill up to `size` products; how many seconds it took."""
    from django.core.cache import cache
    from django.core.management import call_command
    from django.db import connection

    from bench.limits import SIXTEEN_KB
    from catalog.phrases import renew_phrases
    from catalog.tally import differences
    from demo.simulate import simulate

    began = time.monotonic()
    call_command("migrate", verbosity=0)
    call_command("import_regions", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("messages", "--compile")
    added = simulate(stores=size * STORES_OF // PRODUCTS_OF, products=size)
    _render_pictures()
    assert not differences(), "the tally is not what a recount finds"
    if any(added):
        renew_phrases()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    cache.clear()
    cache.set(SIXTEEN_KB, b"x" * 16384, None)
    return time.monotonic() - began


def _render_pictures() -> None:
    """What a worker would do: the renditions of new pictures."""
    from pictures.jobs import make_renditions
    from pictures.models import Picture

    for picture in Picture.objects.all():
        if not picture.sources:
            make_renditions.func(picture.pk)


def pages() -> dict[str, str]:
    """The pages that are measured, by name."""
    from urllib.parse import quote

    from catalog.models import Product

    ref = Product.objects.filter(ref__startswith="sim").order_by("pk").values_list("ref", flat=True)[0]
    return {
        "home": "/",
        "product": f"/goods/{ref}/",
        "category": "/category/fruit/",
        "category with parts": "/category/oils/",
        "facet: price": "/category/fruit/?price=20-50",
        "facet: arrives": "/category/fruit/?arrives=3",
        **{name: f"/search/?q={quote(query)}" for name, query in SEARCHES.items()},
        "suggestion": "/search/suggest/?q=huang",
    }


def measure_size(
    size: int, port: int, roots: list[int], web: Callable[..., AbstractContextManager[int]], seconds: float
) -> None:
    """Prepare, measure, print and keep in var/bench-pages/SIZE.json."""
    print(f"\n{size} products, prepared in {prepare(size):.0f} s")
    found = {
        warmth: {name: asdict(page) for name, page in _measured(port, roots, web, seconds, warm=warmth == "warm")}
        for warmth in ("uncached", "warm")
    }
    sql = {name: _against_gin(query) for name, query in SEARCHES.items()}
    Path(os.environ["VAR_DIR"], f"{size}.json").write_text(json.dumps({"pages": found, "sql": sql}))


def _measured(
    port: int, roots: list[int], web: Callable[..., AbstractContextManager[int]], seconds: float, *, warm: bool
) -> Iterator[tuple[str, Page]]:
    from bench.load import measure

    print(
        f"  {'warm' if warm else 'uncached':22}{'requests/s':>11}{'CPU':>10}{'queries':>9}{'bytes':>9}{'of hello':>10}{'of 1 query':>11}"
    )
    rates: dict[str, float] = {}
    with web(port, warm=warm) as process:
        for name, path in {**LIMITS, **pages()}.items():
            measure(port, path, seconds=0.7, roots=[process, *roots])
            rate = measure(port, path, seconds=seconds, roots=[process, *roots])
            page = Page(rate.per_second, rate.cpu_ms, _queries(port, path), rate.size, rate.failures)
            rates[name] = rate.per_second
            shares = "".join(
                f"{rate.per_second / rates[limit]:10.0%}" for limit in ("hello", "one query") if limit in rates
            )
            note = f"  {rate.failures} FAILED" if rate.failures else ""
            print(
                f"  {name:22}{rate.per_second:9.0f}/s{rate.cpu_ms:7.2f} ms{page.queries:9}{rate.size:9}{shares}{note}"
            )
            yield name, page


def _queries(port: int, path: str) -> int:
    """How many statements a page takes, as the server says it (bench.limits.server_time)."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"X-Bench-Count": "1"})
    with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310
        return int(response.headers["X-Bench-Statements"])


def _against_gin(query: str) -> tuple[float, float]:
    """Milliseconds of the statements of a search page, and of a bare look-up of the same words in the GIN index; medians.

    Both as the pages run them: prepared on the connection, by whoever reads lists (stations.statements).
    """
    from django.db import connection
    from django.test import Client

    from catalog.search import matching
    from stations.statements import read

    ours: list[tuple[str, Any]] = []

    def noted(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        ours.append((sql, params))
        return execute(sql, params, many, context)

    client = Client()
    client.get("/search/", {"q": query})
    with connection.execute_wrapper(noted):
        client.get("/search/", {"q": query})
    bare = matching(query).order_by().values_list("pk").query.sql_with_params()

    def timed(statements: list[tuple[str, Any]]) -> float:
        spent = []
        for _round in range(ROUNDS):
            began = time.perf_counter()
            for text, values in statements:
                read(text, values)
            spent.append((time.perf_counter() - began) * 1000)
        return statistics.median(spent)

    return timed(ours), timed([bare])


def print_growth() -> None:
    """The table over all sizes that were measured."""
    folder = places.CLONE / "var" / "bench-pages"
    found = {
        size: json.loads((folder / f"{size}.json").read_text()) for size in SIZES if (folder / f"{size}.json").exists()
    }
    small, large = min(found), max(found)
    if small == large:
        return
    print(f"\nGrowth from {small} to {large} products: CPU a request, statements, growth exponent of CPU")
    for warmth in ("uncached", "warm"):
        print(f"  {warmth}")
        for name in found[small]["pages"][warmth]:
            row = [found[size]["pages"][warmth][name] for size in sorted(found)]
            figures = " ".join(f"{page['cpu_ms']:7.2f} ms" for page in row)
            queries = "/".join(str(page["queries"]) for page in row)
            exponent = math.log(max(row[-1]["cpu_ms"], 0.01) / max(row[0]["cpu_ms"], 0.01)) / math.log(large / small)
            print(f"    {name:22}{figures}   {queries:>8}   {exponent:+.3f}{_verdict(name, exponent, row[-1], warmth)}")
    print("  Statements of a search page against a bare GIN look-up of the same words, in milliseconds")
    for size in sorted(found):
        told = ", ".join(f"{name} {ours:.1f} / {bare:.1f}" for name, (ours, bare) in found[size]["sql"].items())
        print(f"    {size:6}: {told}")


def _verdict(name: str, exponent: float, page: dict[str, Any], warmth: str) -> str:
    if name in LIMITS:
        return ""
    searching = name.startswith("search")
    notes = []
    if exponent > (MOST_SEARCH_GROWTH if searching else MOST_GROWTH):
        notes.append(f"MORE THAN {MOST_SEARCH_GROWTH if searching else MOST_GROWTH}")
    if searching and warmth == "uncached" and page["cpu_ms"] > MOST_SEARCH_MS:
        notes.append(f"MORE THAN {MOST_SEARCH_MS:.0f} ms")
    return "  " + ", ".join(notes) if notes else ""
