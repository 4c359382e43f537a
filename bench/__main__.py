"""`make bench`: pages at 1,000, 10,000 and 50,000 products, orders, lists that come in, the desk's lists and how well search finds.

Parts of it alone: `python -m bench size 1000`, `growth`, `weight`, `recall`, `orders`, `buying`, `flash`,
`goods`, `scope`, `wizard`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import growth
from local import environment, places, ports, servers
from local.programs import redis_program
from local.serving import granian

ROOT = Path(__file__).resolve().parent.parent
SECONDS = float(os.environ.get("SECONDS", "4"))
PRODUCTS = int(os.environ.get("PRODUCTS", "50000"))


def main() -> None:
    """Each part in a process of its own, on servers that stay up for all of them."""
    place = places.Place("bench", places.CLONE / "var")  # servers of its own, so that their CPU is this run's alone
    alone = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    sizes = [["size", str(size)] for size in growth.SIZES if size <= PRODUCTS]
    with servers.using(place):
        for part in (
            *sizes,
            ["growth"],
            ["weight"],
            ["recall"],
            ["orders"],
            ["buying"],
            ["flash"],
            ["goods"],
            ["scope"],
        ):
            subprocess.run([sys.executable, "-m", "bench", *part], cwd=ROOT, env=alone, check=True)


@contextmanager
def _at_size(size: int) -> Iterator[tuple[int, list[int]]]:
    """Django on the database of a size; yields a free port and the processes of the servers."""
    place = places.Place("bench", places.CLONE / "var")
    with servers.using(place) as running:
        growth.ensure_database(running, size)
        port = ports.free_port()
        found = environment.demo_environment(running, port=port, stripe_port=port + 1, database=growth.database(size))
        os.environ.update(growth.variables(found))
        import django

        django.setup()
        yield port, [process.pid for process in (servers._postmaster(place), servers._redis(place)) if process]


def size() -> None:
    """Measure the pages at one size."""
    with _at_size(int(sys.argv[2])) as (port, roots):
        growth.measure_size(int(sys.argv[2]), port, roots, _web, SECONDS)


def weight() -> None:
    """Measure the bytes of first visits at the smallest size, where every product has a picture."""
    with _at_size(growth.SIZES[0]) as (port, _roots):
        from bench.weight import measure
        from catalog.models import Lot

        growth.prepare(growth.SIZES[0])
        known = growth.pages()
        lot = Lot.objects.filter(ref__startswith="sim", tests__isnull=False).order_by("pk").first()
        assert lot is not None
        pages = {name: known[name] for name in ("product", "search", "category")} | {"trace": f"/trace/{lot.ref}/"}
        with _web(port, warm=False):
            measure(port, pages)


def recall() -> None:
    """Print how well search finds, by the real queries of tests/catalog/queries.csv."""
    place = places.Place("bench", places.CLONE / "var")
    with servers.using(place) as running:
        running.ensure_database("daylily_bench_recall")
        port = ports.free_port()
        variables = environment.demo_environment(
            running, port=port, stripe_port=port + 1, database="daylily_bench_recall"
        )
        os.environ.update(variables | {"DJANGO_SETTINGS_MODULE": "bench.settings", "CACHE_PREFIX": "bench-recall"})
        _migrated()
        from bench.recall import measure, report

        print("\n" + "\n".join(report(measure())))


def orders() -> None:
    """Measure orders, and a list of village points that comes in."""
    place = places.Place("bench", places.CLONE / "var")
    with servers.using(place) as running:
        running.ensure_database("daylily_bench")
        port = ports.free_port()
        variables = environment.demo_environment(running, port=port, stripe_port=port + 1, database="daylily_bench")
        os.environ.update(variables | {"DJANGO_SETTINGS_MODULE": "bench.settings", "CACHE_PREFIX": "bench"})
        _migrated()
        from bench import data

        data.provide()
        _orders()
        _points()


def buying() -> None:
    """Measure the checkout's step and a guest's whole way over HTTP."""
    place = places.Place("bench", places.CLONE / "var")
    with servers.using(place) as running:
        running.ensure_database("daylily_bench_buying")
        port, stripe = ports.free_port(), ports.free_port()
        variables = environment.demo_environment(
            running, port=port, stripe_port=stripe, database="daylily_bench_buying"
        )
        os.environ.update(variables | {"DJANGO_SETTINGS_MODULE": "bench.settings", "CACHE_PREFIX": "bench-buying"})
        _migrated()
        from bench import data
        from bench.buying import report

        data.provide()
        with _stand_in(stripe, places.made(places.CLONE / "var" / "bench-stripe")), _web(port, warm=False) as web:
            postgres = servers._postmaster(place)
            report(port, [web, *([postgres.pid] if postgres else [])], SECONDS)


def flash() -> None:
    """Measure a flash sale, and another whose Redis is killed: one of its own, so that nothing else loses it."""
    place = places.Place("bench", places.CLONE / "var")
    with servers.using(place) as running, tempfile.TemporaryDirectory() as folder:
        running.ensure_database("daylily_bench_flash")
        port = ports.free_port()
        variables = environment.demo_environment(
            running, port=port, stripe_port=port + 1, database="daylily_bench_flash"
        )
        socket = Path(folder) / "redis.sock"
        variables["REDIS_URL"] = f"unix://{socket}?db=0"
        os.environ.update(variables | {"DJANGO_SETTINGS_MODULE": "bench.settings", "CACHE_PREFIX": "bench-flash"})
        command = [str(redis_program()), "--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no"]
        redis = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        try:
            _migrated()
            from bench import data
            from bench.flash import report

            data.provide()
            with _web(port, warm=False, workers=2, quiet=True) as web:
                postgres = servers._postmaster(place)
                report(port, redis, [web, redis.pid, *([postgres.pid] if postgres else [])])
        finally:
            redis.kill()
            redis.wait(10)


@contextmanager
def _stand_in(port: int, folder: Path) -> Iterator[None]:
    """Stripe's stand-in, without webhooks."""
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "demo.stripe", "--port", str(port), "--data", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


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


@contextmanager
def _web(port: int, *, warm: bool, workers: int = 1, quiet: bool = False) -> Iterator[int]:
    """So many granian workers; yields the process id. `quiet` where errors are a part of it."""
    command = [sys.executable, *granian(port, "--workers", str(workers), "--blocking-threads", "2", "--no-log")]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "VISITOR_PAGE_SECONDS": "600" if warm else "0"},
        stderr=subprocess.DEVNULL if quiet else None,
    )
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


def _orders() -> None:
    from bench import orders

    lines = orders.choose_lines()
    bare = orders.rate(orders.bare(lines), SECONDS)
    ours = orders.rate(orders.place(lines), SECONDS)
    print(f"\nplace_order, 3 lines of 2 stores: {ours:.0f}/s, bare SQL {bare:.0f}/s: {ours / bare:.0%}")


def _points() -> None:
    from bench import sheets

    points, seconds, queries = sheets.bring_in_points()
    print(
        f"\nA list of {points} village points, checked and taken in: {seconds:.1f} s, {queries} statements (limit 30 s for 8,000)"
    )


def goods() -> None:
    """Measure a list of goods that comes in, among the goods of the smallest size."""
    with _at_size(growth.SIZES[0]):
        from bench import sheets

        growth.prepare(growth.SIZES[0])
        number, seconds, queries = sheets.bring_in_products()
        print(
            f"\nA list of {number} goods, checked and taken in: {seconds:.1f} s, {queries} statements (limit 60 s for 5,000)"
        )


if __name__ == "__main__":
    parts = {
        "size": size, "growth": growth.print_growth, "weight": weight, "recall": recall, "orders": orders, "goods": goods,
        "scope": scope, "wizard": wizard, "buying": buying, "flash": flash,
    }  # fmt: skip
    parts.get("".join(sys.argv[1:2]), main)()
