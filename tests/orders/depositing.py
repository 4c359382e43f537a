"""Pre-sales with a deposit, for tests: a pack that is sold ahead, its orders, and how far they have come."""

import datetime as dt

from django.utils import timezone

from catalog.models import Lot, Variant
from catalog.presale import open_presale
from catalog.weeks import WEEK, monday_of
from orders.balance import balance_payment, open_balance
from orders.models import Order
from orders.settlement import settle_payment
from payments.models import Payment, PaymentPurpose
from tests.cast import make_clerk, make_product, make_variant
from tests.orders.scene import Scene, order_of


def soon(weeks: int = 6) -> dt.date:
    """The Monday so many weeks from now."""
    return monday_of(timezone.localdate()) + WEEK * weeks


def sell_ahead(scene: Scene, *, percent: int | None = 20, weeks: int = 6, kg: int = 10) -> tuple[Variant, Lot]:
    """A pack of 500 g for 38.80 yuan of the Qidong store, promised for a week, with a deposit."""
    name, name_en = f"秋茶 预售{weeks}", f"Autumn tea, pre-sale {weeks}"
    variant = make_variant(make_product(scene.store, name=name, name_en=name_en), on_hand=0, price_fen=3880)
    lot = open_presale(
        by=make_clerk(scene.qidong.point),
        variant=variant,
        promised_week=soon(weeks),
        cap_g=kg * 1000,
        deposit_percent=percent,
    )
    variant.refresh_from_db()
    return variant, lot


def payment_of(order: Order, purpose: PaymentPurpose = PaymentPurpose.DEPOSIT) -> Payment:
    """The newest payment of an order for this purpose."""
    return Payment.objects.filter(order_ref=order.ref, purpose=purpose).latest("pk")


def pay_deposit(order: Order, *, at: dt.datetime | None = None) -> Order:
    """The order, its deposit paid."""
    return settle_payment(payment_of(order).pk, intent_id=f"pi_deposit_{order.pk}", at=at)


def with_deposit(scene: Scene, variant: Variant, units: int = 4, **fields: object) -> Order:
    """An order of so many packs whose deposit is paid."""
    return pay_deposit(order_of(scene, lines=[(variant.pk, units)], **fields))


def open_now(order: Order) -> Order:
    """Let the balance be paid from now on."""
    order.refresh_from_db()
    open_balance(order)
    return order


def pay_balance(order: Order) -> Order:
    """The order, its balance asked for and paid."""
    open_now(order)
    payment = balance_payment(order)
    assert payment is not None
    return settle_payment(payment.pk, intent_id=f"pi_balance_{order.pk}")


def let_it_lapse(*orders: Order) -> None:
    """The time for their balances is over."""
    past = timezone.now() - dt.timedelta(hours=1)
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(
        reserved_until=past, balance_from=past - dt.timedelta(days=9), balance_opened_at=past - dt.timedelta(days=9)
    )
