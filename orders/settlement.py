"""Settlement: what one payment does, in one transaction: the order's state, the ledger, the facts of sale; then its parcels by a job.

Lock order: order, payment, stock by key, ledger. Everything is read again after the order is locked.
"""

import datetime as dt
import logging

from django.db import connection, transaction
from django.utils import timezone

from catalog import stock
from catalog.models import Flow, Variant
from orders.balance import close_other_pages
from orders.cart import is_on_sale
from orders.deposit_back import RECALLED, return_deposit
from orders.depositing import keep_deposit
from orders.draws import draws_of
from orders.ending import end_reservation
from orders.flash_claims import take_place_again
from orders.funding import parts_of_sale, read_discounts
from orders.informing import tell
from orders.models import (
    WAITING,
    Channel,
    DeliveryWay,
    LeftOut,
    NoticeStep,
    Order,
    OrderLine,
    OrderState,
    PromotionKind,
    Sale,
    SaleKind,
)
from orders.parcels import plan_parcels
from orders.promotions import PromotionGone, count, discounts_of
from orders.refusals import PlaceGone
from orders.states import move_order
from payments import ledger
from payments.jobs import send_refund
from payments.ledger import Part
from payments.models import AccountKind, Payment, PaymentPurpose, PaymentState, Refund, TransferKind
from payments.providers import provider_of
from payments.refunds import holding_account

logger = logging.getLogger("daylily.money")


def settle_payment(payment_id: int, *, intent_id: str = "", at: dt.datetime | None = None) -> Order:
    """Book a payment that the provider confirmed; a second call for the same payment changes nothing.

    A payment that came after the reservation ended takes the stock again if it is still there, and is refunded if not; so is
    a second payment of one order. Returns the order as it stands then.
    """
    when = at or timezone.now()
    with transaction.atomic():
        order_ref = Payment.objects.values_list("order_ref", flat=True).get(pk=payment_id)
        order = Order.objects.select_for_update(no_key=True).get(ref=order_ref)
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
        if payment.state in (PaymentState.SUCCEEDED, PaymentState.REFUNDED):
            return order
        payment.state, payment.paid_at, payment.intent_id = PaymentState.SUCCEEDED, when, intent_id
        payment.save(update_fields=["state", "paid_at", "intent_id"])
        lines = list(
            OrderLine.objects.filter(consignment__order=order).select_related(
                "consignment__store__household", "consignment__station", "payee"
            )
        )
        if order.state in WAITING and _cannot_be_sent(payment, lines):
            _end_unsent(order, at)
        late = not _waits_for(order, payment)
        if late and (order.state != OrderState.EXPIRED or not _taken_again(order, payment, lines)):
            _return_late_money(order, payment, when)
        elif payment.purpose == PaymentPurpose.DEPOSIT:
            keep_deposit(order, payment, lines, when)
        else:
            _book_sale(order, payment, lines, when)
        if order.state == OrderState.DEPOSIT and payment.purpose == PaymentPurpose.DEPOSIT:
            tell(order.pk, NoticeStep.DEPOSIT, at=at)
        else:
            tell(order.pk, NoticeStep.LATE if late else NoticeStep.PAID, payment.pk if late else "", at=at)
    return order


def _waits_for(order: Order, payment: Payment) -> bool:
    """Whether an order waits for this payment: for its balance once its deposit is paid, else for its first."""
    if payment.purpose == PaymentPurpose.BALANCE:
        return order.state == OrderState.DEPOSIT
    return order.state == OrderState.RESERVED


def _cannot_be_sent(payment: Payment, lines: list[OrderLine]) -> bool:
    """Whether a lot is recalled, or the harvest was too small before the deposit came."""
    deposit = payment.purpose == PaymentPurpose.DEPOSIT
    return any_recalled(lines) or (deposit and any(line.short_since for line in lines))


def _end_unsent(order: Order, at: dt.datetime | None) -> None:
    if order.state == OrderState.DEPOSIT:
        return_deposit(order, reason=RECALLED, at=at)
    else:
        end_reservation(order)


def any_recalled(lines: list[OrderLine]) -> bool:
    """Whether a lot of these lines is recalled; whoever recalls one now waits until this transaction ends, and then finds it paid."""
    lots = sorted({line.lot_id for line in lines if line.lot_id})
    if not lots:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT recalled_at FROM catalog_lot WHERE id = ANY(%s) ORDER BY id FOR SHARE", [lots])
        return any(recalled_at is not None for (recalled_at,) in cursor.fetchall())


class _Withdrawn(Exception):
    """Goods of an expired order that nobody may buy any more: taken off sale, or of a closed store."""


def _taken_again(order: Order, payment: Payment, lines: list[OrderLine]) -> bool:
    """Whether the stock of an expired order could be held once more: all of it, only what is still on sale, and its discounts too."""
    if payment.purpose == PaymentPurpose.DEPOSIT and any(line.short_since for line in lines):
        return False
    try:
        with transaction.atomic():  # all of it or nothing: a hold that falls short has taken some already
            rows = discounts_of(order)
            flash = any(row.kind == PromotionKind.FLASH for row in rows)
            stock.hold_again(draws_of(lines))
            _refuse_withdrawn(lines, flash=flash)
            if flash:
                take_place_again(order)
            count(rows, buyer_id=order.user_id)
    except (stock.StockShort, _Withdrawn, PromotionGone, PlaceGone):
        return False
    return True


def _refuse_withdrawn(lines: list[OrderLine], *, flash: bool) -> None:
    """Read after the stock is locked; a line whose variant was deleted cannot be had either."""
    variants = Variant.objects.filter(pk__in=[line.variant_id for line in lines]).select_related("product")
    today = timezone.localdate()
    if any(line.consignment.subscription_id and (line.promised_week or today) <= today for line in lines):
        raise _Withdrawn  # a season's box whose week has begun meanwhile
    if any(line.variant_id is None for line in lines) or not all(
        is_on_sale(variant, has_place=flash) for variant in variants
    ):
        raise _Withdrawn


def _book_sale(order: Order, payment: Payment, lines: list[OrderLine], when: dt.datetime) -> None:
    move_order(order, OrderState.PAID, paid_at=when)
    ledger.post(
        kind=TransferKind.SALE,
        key=f"sale:{payment.pk}",
        parts=_sale_parts(order, payment, lines),
        order_ref=order.ref,
        at=when,
    )
    Sale.objects.bulk_create(_sale_facts(order, lines, when))
    plan_parcels.defer(order_id=order.pk)
    if payment.purpose == PaymentPurpose.BALANCE:
        close_other_pages(order)


def _sale_parts(order: Order, payment: Payment, lines: list[OrderLine]) -> list[Part]:
    parts = [Part(*holding_account(payment), payment.amount_fen)]
    if payment.purpose == PaymentPurpose.BALANCE:
        parts.append(Part(AccountKind.DEPOSIT, order.ref, order.deposit_fen))
    for line in lines:
        parts.append(Part(AccountKind.SELLER_PENDING, line.earner, -line.seller_fen, line.consignment.county_code))
    for consignment in {line.consignment_id: line.consignment for line in lines}.values():
        county = consignment.county_code
        parts += [
            Part(AccountKind.COMMISSION, "", -consignment.commission_fen, county),
            Part(AccountKind.STATION_FEE, consignment.station.code, -consignment.station_fee_fen, county),
            Part(AccountKind.FREIGHT, county, -consignment.freight_fen, county),
        ]
    return [*parts, *parts_of_sale(lines, read_discounts(lines))]


def month_number(when: dt.datetime) -> int:
    """Shanghai's month as a small integer: year * 12 + month - 1."""
    local = timezone.localtime(when, timezone.get_default_timezone())
    return local.year * 12 + local.month - 1


def _sale_facts(order: Order, lines: list[OrderLine], when: dt.datetime) -> list[Sale]:
    channel = Channel.COUNTER if provider_of(order.pay_by).at_counter else Channel.DAYLILY
    return [
        Sale(
            line=line,
            kind=SaleKind.SALE,
            key=f"line:{line.pk}",
            order_ref=order.ref,
            county_code=int(_reported_at(order, line)[:6]),
            village_code=_reported_at(order, line),
            buyer_county_code=int(order.region_id[:6]),
            category_slug=line.category_slug,
            flow=line.flow,
            channel=channel,
            happened_at=when,
            month=month_number(when),
            amount_fen=line.amount_fen,
            farmer_income_fen=line.seller_fen,
            quantity=line.quantity,
            weight_g=line.unit_weight_g * line.quantity,
            left_out=_why_left_out(order, line),
        )
        for line in lines
    ]


def _reported_at(order: Order, line: OrderLine) -> str:
    """The region that reports a line: outbound the village it comes from, inbound the place it goes to."""
    if line.flow == Flow.OUTBOUND:
        return line.village_code
    if order.delivery_way == DeliveryWay.STATION and order.pickup_station is not None:
        return order.pickup_station.region_id
    return order.region_id


def _why_left_out(order: Order, line: OrderLine) -> str:
    """A purchase by the family that earns it is no volume."""
    household = line.payee or line.consignment.store.household
    own = (order.user_id is not None and order.user_id == household.user_id) or order.phone == household.phone
    return LeftOut.SELF_PURCHASE if own else ""


def _return_late_money(order: Order, payment: Payment, when: dt.datetime) -> None:
    """Money that no reservation waits for: owed to the buyer, and on its way back, or (cash) until a person pays it out."""
    kind, owner = holding_account(payment)
    ledger.post(
        kind=TransferKind.LATE_PAYMENT,
        key=f"late:{payment.pk}",
        parts=[Part(kind, owner, payment.amount_fen), Part(AccountKind.BUYER_CREDIT, order.ref, -payment.amount_fen)],
        order_ref=order.ref,
        at=when,
    )
    if provider_of(payment.provider).send is not None:
        ledger.post(
            kind=TransferKind.REFUND,
            key=f"late-refund:{payment.pk}",
            parts=[
                Part(AccountKind.BUYER_CREDIT, order.ref, payment.amount_fen),
                Part(kind, owner, -payment.amount_fen),
            ],
            order_ref=order.ref,
            at=when,
        )
    refund = Refund.objects.create(
        payment=payment,
        amount_fen=payment.amount_fen,
        reason="late payment",
        key=f"daylily-late-{order.ref}-{payment.pk}",
        created_at=when,
    )
    send_refund.defer(refund_id=refund.pk)
    logger.warning("Payment %s came after its reservation ended and is refunded.", payment.pk)
