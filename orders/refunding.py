"""Refunds of lines: what a line's sale moved goes back in proportion, its fact is written once more below zero, and the money sets out.

Whole lines for now; each is refunded once, whoever asks and how often. Lock order: order, consignments, payment, stock by key, ledger.
The freight of a refunded line goes back with it: its share by weight of what its consignment paid, from the county's freight account
(docs/adr/0022). A seller who was paid already goes below zero, and later sales net it off.
"""

import datetime as dt
import logging
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog import stock
from catalog.models import Recall
from orders.draws import draws_of
from orders.models import Consignment, LineRefund, Order, OrderLine, OrderState, Sale, SaleKind
from orders.settlement import month_number
from orders.states import move_order
from payments import ledger
from payments.jobs import send_refund
from payments.ledger import Part
from payments.models import AccountKind, Payment, Provider, Refund, Transfer, TransferKind
from payments.money import split_fen
from payments.refunds import holding_account

logger = logging.getLogger("daylily.money")


def refund_lines(
    *,
    order: Order,
    lines: Iterable[int],
    by: User | None,
    reason: str,
    recall: Recall | None = None,
    at: dt.datetime | None = None,
) -> Refund | None:
    """Give back these lines (their keys) of one order in full; None where there is nothing of them to give back, or not any more.

    Units that the farm still holds for them are let go (into frozen stock, where their lot is recalled). An order whose lines all went
    back is refunded. Stripe sends the money by a job; what was paid in cash is owed until a counter pays it out.
    """
    when = at or timezone.now()
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        if locked.state != OrderState.PAID:
            return None
        consignments = _lock_consignments(locked)
        payment = _payment_of(locked)
        wanted = _to_refund(locked, lines)
        if not wanted:
            return None
        _let_go(wanted)
        shares = {key: fen for one in consignments for key, fen in freight_shares(one).items()}
        rows = [_row(line, shares[line.pk], recall, by, when) for line in wanted]
        refund = _open_refund(payment, rows, reason, when)
        _book(locked, payment, refund, rows)
        Sale.objects.bulk_create(_facts(rows, when))
        if not OrderLine.objects.filter(consignment__order=locked, refunds=None).exists():
            move_order(locked, OrderState.REFUNDED)
        if payment.provider == Provider.STRIPE:
            send_refund.defer(refund_id=refund.pk)
    return refund


def key_of(line: OrderLine) -> str:
    """The key of the refund of a whole line, and of its fact."""
    return f"refund:{line.pk}"


def freight_shares(consignment: Consignment, known: list[OrderLine] | None = None) -> dict[int, int]:
    """A consignment's freight in fen by line, in proportion to weight, exact to the fen. `known` are its lines by key, where they were
    read before.
    """
    lines = list(consignment.lines.order_by("pk")) if known is None else known
    if not consignment.freight_fen:  # a visit weighs nothing
        return {line.pk: 0 for line in lines}
    parts = split_fen(consignment.freight_fen, [line.unit_weight_g * line.quantity for line in lines])
    return {line.pk: fen for line, fen in zip(lines, parts, strict=True)}


def _lock_consignments(order: Order) -> list[Consignment]:
    """Collection and release lock them as well: what is taken or released comes before this or after it."""
    return list(Consignment.objects.select_for_update(no_key=True, of=("self",)).filter(order=order).order_by("pk"))


def _payment_of(order: Order) -> Payment:
    """The payment that paid the order: the one that its sale was booked with."""
    key = Transfer.objects.values_list("key", flat=True).get(order_ref=order.ref, kind=TransferKind.SALE)
    return Payment.objects.select_for_update(no_key=True).get(pk=int(key.removeprefix("sale:")))


def _to_refund(order: Order, lines: Iterable[int]) -> list[OrderLine]:
    wanted = OrderLine.objects.filter(pk__in=list(lines), consignment__order=order, refunds=None)
    return list(wanted.select_related("payee", "consignment__store", "consignment__station").order_by("pk"))


def _let_go(lines: list[OrderLine]) -> None:
    """What the farm still holds for these lines is held no longer."""
    waiting = [line for line in lines if line.consignment.stock_taken_at is None]
    if draws := draws_of(waiting):
        stock.release(draws)


def _row(line: OrderLine, freight_fen: int, recall: Recall | None, by: User | None, when: dt.datetime) -> LineRefund:
    return LineRefund(
        line=line,
        recall=recall,
        key=key_of(line),
        amount_fen=line.amount_fen,
        commission_fen=line.commission_fen,
        station_fee_fen=line.station_fee_fen,
        freight_fen=freight_fen,
        quantity=line.quantity,
        released=line.consignment.released_at is not None,
        by=by,
        happened_at=when,
    )


def _open_refund(payment: Payment, rows: list[LineRefund], reason: str, when: dt.datetime) -> Refund:
    refund = Refund.objects.create(
        payment=payment,
        amount_fen=sum(row.amount_fen + row.freight_fen for row in rows),
        reason=reason[:200],
        key=f"daylily-lines-{payment.order_ref}-{rows[0].line_id}",
        created_at=when,
    )
    for row in rows:
        row.refund = refund
    LineRefund.objects.bulk_create(rows)
    return refund


def _book(order: Order, payment: Payment, refund: Refund, rows: list[LineRefund]) -> None:
    parts = [_given(order, payment, refund)]
    for row in rows:
        consignment, county = row.line.consignment, row.line.consignment.county_code
        kind = AccountKind.SELLER_AVAILABLE if row.released else AccountKind.SELLER_PENDING
        parts += [
            Part(kind, row.line.earner, row.seller_fen, county),
            Part(AccountKind.COMMISSION, "", row.commission_fen, county),
            Part(AccountKind.STATION_FEE, consignment.station.code, row.station_fee_fen, county),
            Part(AccountKind.FREIGHT, county, row.freight_fen, county),
        ]
    ledger.post(
        kind=TransferKind.REFUND,
        key=f"refund:{refund.pk}",
        parts=parts,
        order_ref=order.ref,
        at=refund.created_at,
    )


def _given(order: Order, payment: Payment, refund: Refund) -> Part:
    """Stripe's money is on its way from now on; cash is owed until somebody fetches it."""
    if payment.provider == Provider.STRIPE:
        return Part(*holding_account(payment), -refund.amount_fen)
    return Part(AccountKind.BUYER_CREDIT, order.ref, -refund.amount_fen)


def _facts(rows: list[LineRefund], when: dt.datetime) -> list[Sale]:
    """The facts of sale once more, below zero, in the month of the refund and at the place of the sale."""
    sold = {sale.line_id: sale for sale in Sale.objects.filter(key__in=[f"line:{row.line_id}" for row in rows])}
    return [_fact(sold[row.line_id], row, when) for row in rows]


def _fact(sold: Sale, row: LineRefund, when: dt.datetime) -> Sale:
    return Sale(
        line=row.line,
        kind=SaleKind.REFUND,
        key=row.key,
        order_ref=sold.order_ref,
        county_code=sold.county_code,
        village_code=sold.village_code,
        buyer_county_code=sold.buyer_county_code,
        category_slug=sold.category_slug,
        flow=sold.flow,
        channel=sold.channel,
        happened_at=when,
        month=month_number(when),
        amount_fen=-row.amount_fen,
        farmer_income_fen=-row.seller_fen,
        quantity=-sold.quantity,
        weight_g=-sold.weight_g,
        left_out=sold.left_out,
    )
