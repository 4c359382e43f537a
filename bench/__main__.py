"""`make bench`: pages and orders at 10,000 products, as ratios to limit views in the same run."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import environment, places, ports, servers

ROOT = Path(__file__).resolve().parent.parent
SECONDS = float(os.environ.get("SECONDS", "4"))
PRODUCTS = int(os.environ.get("PRODUCTS", "10000"))


def main() -> None:
    """Prepare the data once, measure, print."""
    place = places.Place("bench", places.CLONE / "var")  # servers of its own, so that their CPU is this run's alone
    with servers.using(place) as running:
        running.ensure_database("daylily_bench")
        port = ports.free_port()
        variables = environment.demo_environment(running, port=port, stripe_port=port + 1, database="daylily_bench")
        variables |= {"DJANGO_SETTINGS_MODULE": "bench.settings", "CACHE_PREFIX": "bench"}
        os.environ.update(variables)
        _prepare()
        roots = [process.pid for process in (servers._postmaster(place), servers._redis(place)) if process]
        _pages(port, roots)
        _orders()
        _sheets()
        alone = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        subprocess.run([sys.executable, "-m", "bench", "scope"], cwd=ROOT, env=alone, check=True)


def wizard() -> None:
    """Measure the opening of a store on a phone with a slow line."""
    place = places.Place("bench", places.CLONE / "var")
    with servers.using(place) as running:
        running.ensure_database("daylily_bench_wizard")
        port = ports.free_port()
        from bench.wizard import Wire, measure

        wire = Wire(port)
        variables = environment.demo_environment(
            running, port=wire.port, stripe_port=port + 1, database="daylily_bench_wizard"
        )
        os.environ.update(variables | {"DJANGO_SETTINGS_MODULE": "bench.settings", "CACHE_PREFIX": "bench-wizard"})
        _migrated()
        from bench import data

        email, numbers = data.provide_clerk()
        with _web(port, warm=False):
            folder = places.made(ROOT / "var" / "bench-photographs")
            measure(wire, email, data.PASSWORD, folder, shutil.which("chromium") or "", numbers)


def scope() -> None:
    """Measure the desk's lists at 80 points and at 8,000, in a database made anew."""
    place = places.Place("bench", places.CLONE / "var")
    with servers.using(place) as running:
        with running.connect() as connection:
            connection.execute("DROP DATABASE IF EXISTS daylily_bench_scope WITH (FORCE)")
        running.ensure_database("daylily_bench_scope")
        port = ports.free_port()
        variables = environment.demo_environment(
            running, port=port, stripe_port=port + 1, database="daylily_bench_scope"
        )
        os.environ.update(variables | {"DJANGO_SETTINGS_MODULE": "bench.settings", "CACHE_PREFIX": "bench-scope"})
        import django

        django.setup()
        from bench.scope import measure_scope

        measure_scope()


def _migrated() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("import_regions", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("messages", "--compile")


def _prepare() -> None:
    import django

    django.setup()
    from django.core.cache import cache

    from bench import data
    from bench.limits import SIXTEEN_KB

    _migrated()
    began = time.monotonic()
    data.provide(PRODUCTS)
    cache.clear()
    cache.set(SIXTEEN_KB, b"x" * 16384, None)
    print(f"{PRODUCTS} products, prepared in {time.monotonic() - began:.0f} s")


@contextmanager
def _web(port: int, *, warm: bool) -> Iterator[int]:
    """One granian worker; yields its process id."""
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    command += ["--blocking-threads", "2", "--no-log", "shop.wsgi:application"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "VISITOR_PAGE_SECONDS": "600" if warm else "0"})
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).read()
                break
            except OSError:
                time.sleep(0.2)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def _pages(port: int, roots: list[int]) -> None:
    from bench.load import Rate, measure
    from catalog.models import Product

    refs = list(Product.objects.order_by("pk").values_list("ref", flat=True)[:1])
    pages = {
        "home": "/",
        "product": f"/goods/{refs[0]}/",
        "category": "/category/daylily/",
        "search": "/search/?q=%E9%BB%84%E8%8A%B1%E8%8F%9C",
        "search pinyin": "/search/?q=huanghuacai",
    }
    limits = {"hello": "/bench/hello", "one query": "/bench/one-query", "16 KB from Redis": "/bench/redis"}
    for warm in (False, True):
        print(
            f"\n{'Warm (kept in Redis)' if warm else 'Uncached'}: requests/s, CPU (web + PostgreSQL + Redis) a request, bytes,"
        )
        print(
            "rate as share of hello, of one query; CPU of one query as share of this page's (steady on a busy machine)"
        )
        found: dict[str, Rate] = {}
        with _web(port, warm=warm) as web:
            for name, path in {**limits, **pages}.items():
                measure(port, path, seconds=0.7, roots=[web, *roots])
                found[name] = rate = measure(port, path, seconds=SECONDS, roots=[web, *roots])
                shares = " ".join(
                    f"{rate.per_second / found[limit].per_second:7.0%}"
                    for limit in ("hello", "one query")
                    if limit in found
                )
                note = f"  {rate.failures} FAILED" if rate.failures else ""
                cpu = f"{found['one query'].cpu_ms / rate.cpu_ms:7.0%} CPU" if "one query" in found else ""
                print(
                    f"  {name:18} {rate.per_second:8.0f}/s {rate.cpu_ms:7.2f} ms {rate.size:7} B  {shares} {cpu}{note}"
                )


def _orders() -> None:
    from bench import orders

    lines = orders.choose_lines()
    bare = orders.rate(orders.bare(lines), SECONDS)
    ours = orders.rate(orders.place(lines), SECONDS)
    print(f"\nplace_order, 3 lines of 2 stores: {ours:.0f}/s, bare SQL {bare:.0f}/s: {ours / bare:.0%}")


def _sheets() -> None:
    from bench import sheets

    points, seconds, queries = sheets.bring_in_points()
    print(
        f"\nA list of {points} village points, checked and taken in: {seconds:.1f} s, {queries} statements (limit 30 s for 8,000)"
    )


if __name__ == "__main__":
    {"wizard": wizard, "scope": scope}.get("".join(sys.argv[1:]), main)()
