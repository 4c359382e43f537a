"""Refunds: what a line's sale moved goes back in proportion, its fact is written once more below zero, and the money sets out.

All that is left of a line, or a portion of it (orders.portions): some units, some money, its freight. Lock order: order, consignments,
parcels, payment, stock by key, ledger. The freight of units that go back goes with them: their share by weight of what their consignment
paid, from the county's freight account (docs/adr/0022). A seller who was paid already goes below zero, and later sales net it off.
"""

import datetime as dt
import logging
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from catalog import stock
from catalog.models import Recall
from delivery.models import Parcel, ParcelState
from delivery.stopping import cancel_planned, change_contents
from orders.both_payments import left_of, payments_of, share_among
from orders.collection import take_stock
from orders.deposit_back import give_from_deposit
from orders.draws import draw_of, draws_of
from orders.funding import parts_of_refund, read_discounts
from orders.models import Consignment, LineRefund, Order, OrderLine, OrderState, Sale, SaleKind
from orders.parcels import contents_of, weight_of
from orders.portions import Portion, WorkedOut, freight_left, work_out
from orders.promotions import give_back
from orders.settlement import month_number
from orders.states import move_order
from payments import ledger
from payments.jobs import send_refund
from payments.ledger import Part
from payments.models import AccountKind, Dispute, Payment, Refund, RefundState, TransferKind
from payments.providers import provider_of
from payments.refunds import holding_account, mark_refunded

logger = logging.getLogger("daylily.money")


def refund_lines(
    *,
    order: Order,
    portions: Iterable[Portion],
    by: User | None,
    reason: str,
    recall: Recall | None = None,
    dispute: Dispute | None = None,
    at: dt.datetime | None = None,
) -> Refund | None:
    """Give back these portions of lines of one paid order; None where there is nothing of them to give back, or not any more.

    Units that are still at the farm are held no longer (they go into frozen stock, where their lot is recalled), and their parcel goes
    without them. An order of which nothing is left is refunded. The provider sends the money by a job, or (cash) it is owed until a
    person pays it out; what a bank took back in a `dispute` has gone already. Raises RefundRefused for more than is left.
    """
    when = at or timezone.now()
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        if locked.state != OrderState.PAID:
            return None
        consignments = _lock_consignments(locked)
        payments = payments_of(locked)
        worked = _work_out(consignments, list(portions))
        if not worked:
            return None
        _let_go(worked)
        number = LineRefund.objects.filter(line__consignment__in=consignments).values("refund").distinct().count() + 1
        rows = [_row(one, number, recall, by, when) for one in worked]
        refund, *beside = _open_refunds(payments, rows, number, reason, when, dispute)
        _book(locked, refund, rows, beside)
        Sale.objects.bulk_create(_facts([row for row in rows if row.amount_fen], when))
        for consignment in {one.line.consignment_id: one.line.consignment for one in worked if one.units}.values():
            _send_the_rest(consignment)
        if not _anything_left(locked):
            _keep_replacements(consignments.values())
            move_order(locked, OrderState.REFUNDED)
            if all(one.stock_taken_at is None for one in consignments.values()):
                give_back(locked)  # nothing of it has left the farm
        for one in (refund, *beside):
            if dispute is not None:
                mark_refunded(one.payment)
            elif provider_of(one.payment.provider).send is not None:
                send_refund.defer(refund_id=one.pk)
    return refund


def _lock_consignments(order: Order) -> dict[int, Consignment]:
    """Collection and release lock them as well: what is taken or released comes before this or after it. The scanner locks the parcel."""
    consignments = Consignment.objects.select_for_update(no_key=True, of=("self",)).filter(order=order)
    found = {one.pk: one for one in consignments.select_related("store", "station").order_by("pk")}
    keys = [one.parcel_id for one in found.values() if one.parcel_id]
    parcels = {one.pk: one for one in Parcel.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")}
    for one in found.values():
        one.parcel = parcels.get(one.parcel_id or 0)
        if one.parcel is not None and one.parcel.collected_at and one.stock_taken_at is None:
            take_stock(
                one, one.parcel.collected_at
            )  # scanned a moment ago: the goods are gone, and not free for others
    return found


def _work_out(consignments: dict[int, Consignment], portions: list[Portion]) -> list[WorkedOut]:
    keys = [portion.line_id for portion in portions]
    lines = list(
        OrderLine.objects.filter(pk__in=keys, consignment__in=consignments).select_related("payee").order_by("pk")
    )
    for line in lines:
        line.consignment = consignments[line.consignment_id]
    touched = {line.consignment_id: line.consignment for line in lines}
    return work_out(lines, portions, freight_left(touched.values()))


def _let_go(worked: list[WorkedOut]) -> None:
    """What the farm still holds of these units is held no longer."""
    draws = []
    for one in worked:
        if one.units and one.line.consignment.stock_taken_at is None:
            draws += draw_of(one.line, one.units)
    if draws:
        stock.release(draws)


def _send_the_rest(consignment: Consignment) -> None:
    """A parcel that nobody has collected yet goes without what was paid back, or not at all."""
    parcel = consignment.parcel
    if parcel is None or parcel.state != ParcelState.PLANNED:
        return
    rest = list(consignment.lines.left().filter(short_since=None).order_by("pk"))
    if rest:
        change_contents(parcel.pk, contents=contents_of(rest), weight_g=weight_of(rest))
    else:
        cancel_planned(parcel.pk)


def _keep_replacements(consignments: Iterable[Consignment]) -> None:
    """Whoever has all of the money back is sent nothing more for nothing: what still lies at the farm to replace goods stays there."""
    for one in consignments:
        if one.replaces_id is None or one.stock_taken_at is not None:
            continue
        stock.release(draws_of(one.lines.left().order_by("pk")))
        if one.parcel is not None and one.parcel.state == ParcelState.PLANNED:
            cancel_planned(one.parcel.pk)


def _anything_left(order: Order) -> bool:
    goods = OrderLine.objects.filter(consignment__order=order, back_fen__lt=F("amount_fen"))
    freight = Consignment.objects.filter(order=order, back_freight_fen__lt=F("freight_fen"))
    return goods.exists() or freight.exists()


def _row(worked: WorkedOut, number: int, recall: Recall | None, by: User | None, when: dt.datetime) -> LineRefund:
    line = worked.line
    gone = line.back_fen + worked.amount_fen
    return LineRefund(
        line=line,
        recall=recall,
        key=f"refund:{line.pk}:{number}",
        amount_fen=worked.amount_fen,
        commission_fen=line.back_of(line.commission_fen, gone) - line.back_of(line.commission_fen, line.back_fen),
        station_fee_fen=line.back_of(line.station_fee_fen, gone) - line.back_of(line.station_fee_fen, line.back_fen),
        freight_fen=worked.freight_fen,
        funded_fen=line.back_of(line.funded_fen, gone) - line.back_of(line.funded_fen, line.back_fen),
        borne_fen=line.units_back_of(line.borne_fen, line.back_units + worked.units)
        - line.units_back_of(line.borne_fen, line.back_units),
        quantity=worked.units,
        released=line.consignment.released_at is not None,
        by=by,
        happened_at=when,
    )


def _open_refunds(
    payments: list[Payment],
    rows: list[LineRefund],
    number: int,
    reason: str,
    when: dt.datetime,
    dispute: Dispute | None,
) -> list[Refund]:
    """The refund that these rows belong to and, where it is more than is left of the last payment, the rest from the deposit."""
    fen = sum(row.amount_fen + row.freight_fen for row in rows)
    shares = [(payments[0], fen)]
    if dispute is not None:
        shares = [(dispute.payment, fen)]
    elif len(payments) > 1:
        parts = share_among(fen, [left_of(payment) for payment in payments])
        shares = [(payment, part) for payment, part in zip(payments, parts, strict=True) if part]
    refunds: list[Refund] = []
    for payment, part in shares:
        refunds.append(
            Refund.objects.create(
                payment=payment,
                amount_fen=part,
                reason=reason[:200],
                key=f"daylily-back-{payment.order_ref}-{number}" + ("-rest" if refunds else ""),
                created_at=when,
                dispute=dispute,
                state=RefundState.PENDING if dispute is None else RefundState.SUCCEEDED,
                provider_ref="" if dispute is None else dispute.dispute_id,
                beside=refunds[0] if refunds else None,
            )
        )
    for row in rows:
        row.refund = refunds[0]
    LineRefund.objects.bulk_create(rows)
    return refunds


def _book(order: Order, refund: Refund, rows: list[LineRefund], beside: list[Refund]) -> None:
    """What comes from the deposit's payment goes by the order's deposit account, so that each payment's money moves by a transfer of
    its own, as Stripe's does.
    """
    parts = [_given(order, refund.payment, refund)]
    parts += [Part(AccountKind.DEPOSIT, order.ref, -one.amount_fen) for one in beside]
    for row in rows:
        consignment, county = row.line.consignment, row.line.consignment.county_code
        kind = AccountKind.SELLER_AVAILABLE if row.released else AccountKind.SELLER_PENDING
        parts += [
            Part(kind, row.line.earner, row.seller_fen, county),
            Part(AccountKind.COMMISSION, "", row.commission_fen, county),
            Part(AccountKind.STATION_FEE, consignment.station.code, row.station_fee_fen, county),
            Part(AccountKind.FREIGHT, county, row.freight_fen, county),
        ]
    parts += parts_of_refund(rows, read_discounts(row.line for row in rows))
    ledger.post(
        kind=TransferKind.REFUND,
        key=f"refund:{refund.pk}",
        parts=parts,
        order_ref=order.ref,
        at=refund.created_at,
    )
    for one in beside:
        give_from_deposit(order, one)


def _given(order: Order, payment: Payment, refund: Refund) -> Part:
    """What a provider sends is on its way from now on, unless the buyer's bank has taken it; cash is owed until somebody fetches it."""
    if refund.dispute_id is not None:
        return Part(AccountKind.DISPUTE, order.ref, -refund.amount_fen)
    if provider_of(payment.provider).send is not None:
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
        quantity=-row.quantity,
        weight_g=-row.quantity * row.line.unit_weight_g,
        left_out=sold.left_out,
    )
