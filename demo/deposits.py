"""Pre-sales with a deposit in the demo: one that is over (sent, and lapsed), one whose balance is due, and one that waits for summer."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from catalog.models import Lot, Product, Variant
from catalog.packing import add_variant
from catalog.presale import open_presale
from catalog.weeks import WEEK, monday_of
from demo.year import Year
from orders.balance import balance_payment, open_balance
from orders.checkout import place_order
from orders.ending import end_reservation
from orders.models import Consignment, Order, OrderState
from orders.parcels import plan_parcels
from orders.promises import bring_in
from orders.settlement import settle_payment
from payments.models import Payment, Provider

DEPOSIT = 20
UNITS, GRAMS, PRICE_FEN = 3, 250, 2680
CAP_G = 30_000
# Deposits were paid so long before the week began: before balances could be paid.
AHEAD = dt.timedelta(weeks=5)
WAITING_ORDERS = 3


def leave_deposits(*, year: Year) -> int:
    """Orders with a deposit at every stage, of the goods that the demo sells ahead; how many. None where nothing is sold ahead."""
    lot = Lot.objects.filter(harvested_on=None, deposit_percent__isnull=False).select_related("product__store").first()
    station = lot.product.store.station_id if lot else None
    if lot is None or station is None or station not in year.clerks:
        return 0
    summer = Variant.objects.get(product=lot.product, promised_week__isnull=False)
    for days in range(1, WAITING_ORDERS + 1):
        _order(year, summer, year.now - dt.timedelta(days=3 * days))
    clerk = year.clerks[station]
    product = lot.product
    _last_month(year, clerk, _pack(clerk, product, "250克尝鲜装", "250 g, first taste"))
    return WAITING_ORDERS + 2 + _this_month(year, clerk, _pack(clerk, product, "250克礼盒装", "250 g gift box"))


def _pack(clerk: User, product: Product, name: str, name_en: str) -> Variant:
    return add_variant(by=clerk, product=product, name=name, name_en=name_en, price_fen=PRICE_FEN, net_weight_g=GRAMS)


def _order(year: Year, variant: Variant, when: dt.datetime) -> Order:
    """An order whose deposit was paid some minutes later."""
    order = place_order(
        lines=[(variant.pk, UNITS)], buyer=year.chance.choice(year.buyers), email="liumin@daylily.example",
        delivery=year.to_a_city(), pay_by=Provider.STRIPE, key=f"demo-deposit-{when:%Y%m%d%H%M%S}", at=when,
    )  # fmt: skip
    first = Payment.objects.get(order_ref=order.ref)
    return settle_payment(first.pk, at=when + dt.timedelta(minutes=4))


def _open(year: Year, order: Order) -> bool:
    """The balance is asked for when its time has come; whether it has."""
    assert order.balance_from is not None
    if order.balance_from > year.now:
        return False
    with transaction.atomic():
        return open_balance(Order.objects.select_for_update(no_key=True).get(pk=order.pk), at=order.balance_from)


def _pay(year: Year, order: Order, after: dt.timedelta) -> Order:
    """The balance is paid so long after it was asked for."""
    order.refresh_from_db()
    assert order.balance_opened_at is not None
    when = min(order.balance_opened_at + after, year.now)
    payment = balance_payment(order, at=when)
    assert payment is not None
    return settle_payment(payment.pk, at=when)


def _last_month(year: Year, clerk: User, variant: Variant) -> None:
    """One buyer paid the balance and got the goods, one did not: the deposit is the family's."""
    week = monday_of(year.now.date()) - WEEK * 3
    begun = year.now - (year.now.date() - week) - AHEAD
    lot = open_presale(
        by=clerk,
        variant=variant,
        promised_week=week,
        cap_g=CAP_G,
        deposit_percent=DEPOSIT,
        at=begun - dt.timedelta(days=2),
    )
    served, lapses = (_order(year, variant, begun + dt.timedelta(hours=hours)) for hours in (0, 5))
    for order in (served, lapses):
        _open(year, order)
    _pay(year, served, dt.timedelta(days=2))
    lapses.refresh_from_db()
    with transaction.atomic():
        end_reservation(Order.objects.select_for_update(no_key=True).get(pk=lapses.pk), at=lapses.reserved_until)
    harvested = lapses.reserved_until + dt.timedelta(days=1)
    bring_in(by=clerk, lot=lot, harvested_on=harvested.date(), quantity_g=(UNITS + 1) * GRAMS, at=harvested)
    plan_parcels(served.pk, at=harvested + dt.timedelta(days=1))
    if Consignment.objects.get(order=served).parcel_id:
        year.carry(served)


def _this_month(year: Year, clerk: User, variant: Variant) -> int:
    """Balances that are due: of three, one is paid."""
    begun = year.now - dt.timedelta(days=17)
    week = monday_of(year.now.date()) + WEEK * 2
    open_presale(
        by=clerk,
        variant=variant,
        promised_week=week,
        cap_g=CAP_G,
        deposit_percent=DEPOSIT,
        at=begun - dt.timedelta(days=2),
    )
    orders = [_order(year, variant, begun + dt.timedelta(hours=7 * number)) for number in range(3)]
    opened = [order for order in orders if _open(year, order)]
    if opened:
        _pay(year, opened[0], dt.timedelta(hours=9))
    return len([order for order in orders if order.state == OrderState.DEPOSIT])
