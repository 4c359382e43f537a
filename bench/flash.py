"""A flash sale under load: 500 units, 10,000 signed-in buyers, three clicks each within five seconds; then once more with Redis killed.

The clicks go over HTTP from a process of their own (bench.flash_load), as do the page and the orders of other goods meanwhile. What counts
is read from PostgreSQL afterwards: places, orders paid at the sale's price, and what the ledger's audit says.
"""

import datetime as dt
import http.client
import json
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bench import buying, load
from catalog.models import Variant
from orders.checkout import DeliveryChoice, place_order
from orders.flash_door import ticket_for
from orders.flash_sales import FlashTerms, budget_of
from orders.models import ClaimState, DeliveryWay, FlashClaim, FlashSale, Order, PromotionKind
from orders.promoting import Terms, promote_everywhere
from orders.settlement import settle_payment
from payments.models import Payment, Provider
from reports.audit import LEDGER_CHECKS, differences

UNITS: Final = 500
BUYERS: Final = 10_000
CLICKS: Final = 3
WITHIN_S: Final = 5.0
LIMIT_S: Final = 20.0
# Between the writing of the sale and its beginning: the load generator starts up.
AHEAD_S: Final = 6.0


@dataclass(slots=True)
class Others:
    """What buyers of other goods waited meanwhile, in seconds, and what went wrong for them; and the CPU of all of it."""

    pages: list[float] = field(default_factory=list)
    orders: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    cpu_s: float = 0.0


def report(port: int, redis: subprocess.Popen[bytes], roots: Sequence[int]) -> None:
    """Both runs, printed; `redis` is the bench's own, which the second run kills. `roots` are the processes whose CPU counts."""
    people, others = _people(), buying.Buyers()
    for number, killed in enumerate((None, redis)):
        asks = others.asks(150, buying.spread(number * 3, 1))
        sale = _sale(number)
        before = load.cpu_seconds(roots)
        said, waited = _storm(port, sale, people, asks, killed)
        waited.cpu_s = load.cpu_seconds(roots) - before
        _print(sale, said, waited, killed=killed is not None)


def _people() -> list[int]:
    """The keys of the buyers, with an account each."""
    tag = secrets.token_hex(4)
    people = (User(email=f"{tag}-{number}@flash.example", name="刘敏") for number in range(BUYERS))
    return [user.pk for user in User.objects.bulk_create(people, batch_size=2_000)]


def _sale(number: int) -> FlashSale:
    """A sale of the platform that begins in some seconds, of another pack each time."""
    operator = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser(
        "operator@flash.example", secrets.token_hex(8)
    )
    free = Variant.objects.filter(apart_until=None, active=True, product__status="listed").order_by("-pk")
    variant = free.select_related("product")[number]
    price, begins = variant.price_fen // 2, timezone.now() + dt.timedelta(seconds=AHEAD_S)
    terms = Terms(
        PromotionKind.FLASH, "黄花菜秒杀", "Daylily flash sale", begins, begins + dt.timedelta(hours=1),
        budget_of(variant, price, UNITS), most_per_buyer=1, flash=FlashTerms(variant.pk, price, UNITS),
    )  # fmt: skip
    promotion = promote_everywhere(by=operator, terms=terms)
    return FlashSale.objects.select_related("promotion", "variant__product").get(promotion=promotion)


def _storm(
    port: int, sale: FlashSale, people: list[int], asks: list[buying.Ask], killed: subprocess.Popen[bytes] | None
) -> tuple[list[tuple[int, str, float, float]], Others]:
    """All clicks and their answers; in the middle of them Redis is killed, where it shall be."""
    chance, begins = random.Random(500), sale.promotion.starts_at.timestamp()  # noqa: S311 - the same clicks each time
    sessions = [secrets.token_urlsafe(24) for _buyer in people]
    tickets = [
        (quote(ticket_for(user_id=user, sale_id=sale.pk, session=session)), session)
        for user, session in zip(people, sessions, strict=True)
    ]
    clicks = [(buyer, chance.uniform(0, WITHIN_S)) for buyer in range(len(people)) for _click in range(CLICKS)]
    known = {
        "port": port, "path": reverse("flash_claim", args=[sale.pk]), "cookie": settings.SESSION_COOKIE_NAME, "begins": begins,
        "tickets": tickets, "clicks": sorted(clicks, key=lambda click: click[1]),
    }  # fmt: skip
    over, waited = threading.Event(), Others()
    threads = [
        threading.Thread(target=_look, args=(port, sale, over, waited)),
        threading.Thread(target=_buy, args=(port, asks, begins, over, waited)),
    ]
    connection.close()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(known, file)
        file.flush()
        clicking = subprocess.Popen([sys.executable, "-m", "bench.flash_load", file.name], stdout=subprocess.PIPE)
        for thread in threads:
            thread.start()
        if killed is not None:
            # While places are still to be had: they go within the first moments.
            time.sleep(max(0.0, begins - time.time()))
            while FlashClaim.objects.filter(sale=sale).count() < UNITS // 2 and time.time() < begins + WITHIN_S:
                time.sleep(0.01)
            killed.kill()
            waited.wrong.append(f"(Redis killed after {FlashClaim.objects.filter(sale=sale).count()} places)")
        out, _err = clicking.communicate(timeout=300)
    over.set()
    for thread in threads:
        thread.join()
    return [tuple(one) for one in json.loads(out)], waited


def _look(port: int, sale: FlashSale, over: threading.Event, waited: Others) -> None:
    """A visitor who opens the page of other goods again and again."""
    path = reverse(
        "product", args=[Variant.objects.exclude(product=sale.variant.product).order_by("pk")[0].product.ref]
    )
    connection.close()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while not over.is_set():
        start = time.perf_counter()
        line.request("GET", path)
        answer = line.getresponse()
        answer.read()
        waited.pages.append(time.perf_counter() - start)
        if answer.status != 200:
            waited.wrong.append(f"page: {answer.status}")
        time.sleep(0.05)


def _buy(port: int, asks: list[buying.Ask], begins: float, over: threading.Event, waited: Others) -> None:
    """Buyers of other goods who send their orders from the beginning of the sale on."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    time.sleep(max(0.0, begins - time.time()))
    for ask in asks:
        if over.is_set():
            return
        start = time.perf_counter()
        line.request("POST", "/checkout/", ask.body, {**buying.FORM, "Cookie": ask.cookie})
        answer = line.getresponse()
        answer.read()
        waited.orders.append(time.perf_counter() - start)
        if answer.status != 302:
            waited.wrong.append(f"order: {answer.status}")
        time.sleep(0.05)


def _print(sale: FlashSale, said: list[tuple[int, str, float, float]], waited: Others, *, killed: bool) -> None:
    answers, last = Counter(one[1] for one in said), max(one[2] for one in said)
    most = FlashClaim.objects.filter(sale=sale).values("user").distinct().count()
    places = FlashClaim.objects.filter(sale=sale).count()
    print(
        f"\nFlash sale{', Redis killed in the middle' if killed else ''}: {UNITS} units, {BUYERS} buyers,"
        f" {len(said)} clicks in {WITHIN_S:.0f} s"
    )
    print(f"  places given {places} (exactly {UNITS}), to {most} buyers (one each)")
    print(f"  the last final answer after {last:.1f} s (at most {LIMIT_S:.0f}); answers {dict(answers)}")
    print(
        f"  a click: p50 {_ms(said, 50)}, p99 {_ms(said, 99)} from its moment on; {len(said) / last:.0f} answers a second"
    )
    print(
        f"  CPU {waited.cpu_s:.1f} s of web server, Redis and PostgreSQL: {1000 * waited.cpu_s / len(said):.2f} ms a click"
    )
    print(
        f"  meanwhile another product's page: {_told(waited.pages)}; an order of other goods: {_told(waited.orders)};"
        f" {waited.wrong[:3]}"
    )
    sold = _order(sale)
    sale.refresh_from_db()
    wrong = differences(LEDGER_CHECKS)
    print(
        f"  ordered and paid {sold} (exactly {UNITS}); taken {sale.taken} of {sale.units}; audit: {wrong[:2] or 'clean'}"
    )


def _ms(said: list[tuple[int, str, float, float]], percent: int) -> str:
    return f"{1000 * statistics.quantiles([one[3] for one in said], n=100)[percent - 1]:.0f} ms"


def _told(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return f"{len(seconds)} tries"
    return f"p99 {1000 * statistics.quantiles(seconds, n=100)[98]:.0f} ms of {len(seconds)}"


def _order(sale: FlashSale) -> int:
    """Whoever has a place orders and pays; how many units were sold at the sale's price."""
    point = buying._point()
    where = DeliveryChoice(DeliveryWay.STATION, "刘敏", "13907310000", point.region, station=point)
    for claim in FlashClaim.objects.filter(sale=sale, state=ClaimState.CLAIMED).select_related("user"):
        order = place_order(
            lines=[(sale.variant_id, 1)], buyer=claim.user, email="bench@daylily.example", delivery=where,
            pay_by=Provider.STRIPE, key=secrets.token_hex(8), flash=claim.pk,
        )  # fmt: skip
        settle_payment(Payment.objects.get(order_ref=order.ref).pk)
    paid = Order.objects.filter(flash_claim__sale=sale, state="paid", goods_fen=sale.price_fen)
    return paid.values("user").distinct().count()
