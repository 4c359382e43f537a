"""The audits see every way in which a row could be wrong: one by one, with PostgreSQL's own guards switched off."""

# ruff: noqa: E501 - a statement reads better on one line

import datetime as dt
from collections.abc import Mapping
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from catalog.models import Variant
from delivery.custody import RECIPIENT, append_handover
from delivery.models import Parcel, ParcelState, ScanKind
from orders import expiry, release, settlement
from orders.collection import collect
from orders.models import Consignment, Order, OrderLine, OrderState
from orders.parcels import plan_parcels
from orders.portions import Portion
from orders.refunding import refund_lines
from orders.verification import verify_delivered
from payments.models import Payment, Provider, Refund, RefundState
from payments.refunds import conclude_refund
from stations import cash
from stations.models import CashHandover, CashOutcome
from tests.cast import make_clerk, make_inbound_product, make_official, make_store, make_variant
from tests.orders.scene import Scene, make_scene, order_of, to_the_point

pytestmark = pytest.mark.django_db
LONG_AGO = dt.timedelta(days=20)


def settle(order: Order, *, at: dt.datetime | None = None) -> None:
    settlement.settle_payment(Payment.objects.get(order_ref=order.ref).pk, intent_id="pi_1", at=at)


def expire(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(reserved_until=timezone.now() - dt.timedelta(seconds=1))
    expiry.expire_reservations()


def deliver(order: Order, *, at: dt.datetime) -> None:
    """Collect every consignment at its village point and hand it to the buyer."""
    plan_parcels(order.pk)
    for consignment in Consignment.objects.filter(order=order).select_related("station"):
        clerk = make_clerk(consignment.station)
        weights = {line.pk: line.unit_weight_g * line.quantity for line in consignment.lines.all()}
        collect(consignment=consignment, by=clerk, weights=weights, nonce=f"c{consignment.pk}", at=at)
        parcel = Parcel.objects.get(consignment=consignment)
        append_handover(
            parcel=parcel, kind=ScanKind.DELIVER, station=consignment.station, taker=RECIPIENT, by=clerk,
            nonce=f"d{consignment.pk}", device_time=at, server_time=at,
        )  # fmt: skip
        Parcel.objects.filter(pk=parcel.pk).update(state=ParcelState.DELIVERED, delivered_at=at)


def hand_in(scene: Scene) -> None:
    """Cash on its way in every state: received, counted short, settled, taken back, at the bank, not counted yet."""
    point, centre = scene.qidong.point, scene.qidong.centre
    clerk, zou, peng, chen = make_clerk(point), make_clerk(centre), make_clerk(centre), make_official()
    up = cash.Way(point, centre)
    for fen, counted in ((1_000, 1_000), (700, 600), (500, 480)):
        bag = cash.count(by=zou, handover=cash.hand_over(by=clerk, way=up, fen=fen), fen=counted)
        if fen == 500:
            cash.propose(by=zou, handover=bag, outcome=CashOutcome.LOST, reason="找不到")
            cash.settle(by=chen, handover=bag)
    cash.take_back(by=clerk, handover=cash.hand_over(by=clerk, way=up, fen=300))
    bank = cash.hand_over(by=zou, way=cash.Way(centre, None), fen=900, slip="ICBC 1")
    cash.count(by=peng, handover=bank, fen=900)
    cash.hand_over(by=clerk, way=up, fen=200)


@pytest.fixture
def books() -> Scene:
    """Orders in every state: delivered and released, delivered just now, paid in cash, late and returned, late and owed, reserved, expired."""
    scene, now = make_scene(), timezone.now()
    old = order_of(scene, lines=scene.three, at=now - LONG_AGO)
    settle(old, at=now - LONG_AGO)
    deliver(old, at=now - LONG_AGO)
    verify_delivered()
    release.release_delivered()
    deliver_now = order_of(scene)
    settle(deliver_now)
    deliver(deliver_now, at=now)
    verify_delivered()
    flask = make_variant(make_inbound_product(make_store(scene.qidong.centre)), price_fen=5900)
    settle(order_of(scene, lines=[(flask.pk, 1)], delivery=to_the_point(scene.qidong.point), pay_by=Provider.COUNTER))
    for outcome in (RefundState.SUCCEEDED, RefundState.FAILED):
        late = order_of(scene)
        expire(late)
        Variant.objects.filter(pk=scene.daylily.pk).update(active=False)
        settle(late)
        Variant.objects.filter(pk=scene.daylily.pk).update(active=True)
        conclude_refund(refund_id=Refund.objects.get(payment__order_ref=late.ref).pk, outcome=outcome)
    order_of(scene)
    expire(order_of(scene, lines=[(scene.tea.pk, 1)]))
    partly = order_of(scene, lines=[(scene.daylily.pk, 3)])
    settle(partly)
    plan_parcels(partly.pk)
    portion = Portion(OrderLine.objects.get(consignment__order=partly).pk, units=1)
    refund_lines(order=partly, portions=[portion], by=None, reason="one is too few")
    hand_in(scene)
    return scene


def found(command: str) -> str:
    """What an audit names; empty where it agrees."""
    errors = StringIO()
    try:
        call_command(command, stderr=errors)
    except CommandError:
        return errors.getvalue()
    return ""


def tamper(*statements: str) -> None:
    """Change rows as somebody could who owns the database: without triggers, foreign keys and the named checks."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
            assert cursor.rowcount != 0, f"{statement} changed nothing"
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_orders_in_every_state_agree(books: Scene) -> None:
    states = set(Order.objects.values_list("state", flat=True))
    assert states == {OrderState.PAID, OrderState.RESERVED, OrderState.EXPIRED}
    assert found("check_ledger") == found("check_volume") == ""


FIRST_SALE = "(SELECT id FROM orders_sale WHERE left_out = '' AND flow = 'outbound' ORDER BY id LIMIT 1)"
A_SALE_TRANSFER = "(SELECT id FROM payments_transfer WHERE kind = 'sale' ORDER BY id LIMIT 1)"
OLD_PARCEL = "(SELECT parcel_id FROM orders_consignment WHERE released_at IS NOT NULL ORDER BY id LIMIT 1)"

LEDGER = {
    "an entry of another amount": f"UPDATE payments_entry SET amount_fen = amount_fen - 1 WHERE id = (SELECT max(id) FROM payments_entry WHERE transfer_id = {A_SALE_TRANSFER})",
    "commission moved to the station": f"UPDATE payments_entry SET account_id = (SELECT min(id) FROM payments_ledgeraccount WHERE kind = 'station_fee') WHERE transfer_id = {A_SALE_TRANSFER} AND account_id = (SELECT id FROM payments_ledgeraccount WHERE kind = 'commission')",
    "two counties' freight exchanged": """UPDATE payments_entry e SET account_id = (SELECT id FROM payments_ledgeraccount WHERE kind = 'freight' AND id <> e.account_id LIMIT 1)
        WHERE account_id IN (SELECT id FROM payments_ledgeraccount WHERE kind = 'freight')""",
    "a station's fee paid to another": """UPDATE payments_ledgeraccount SET owner = owner || 'x' WHERE kind = 'station_fee'""",
    "a seller paid another's money": """WITH two AS (SELECT min(id) AS low, max(id) AS high FROM payments_ledgeraccount WHERE kind = 'seller_pending')
        UPDATE payments_entry SET account_id = CASE account_id WHEN two.low THEN two.high ELSE two.low END FROM two WHERE account_id IN (two.low, two.high)""",
    "an entry in another county": "UPDATE payments_entry SET county_code = '430822' WHERE county_code = '430426'",
    "an entry of another day": "UPDATE payments_entry SET happened_at = happened_at - interval '1 month'",
    "a transfer of another day": f"UPDATE payments_transfer SET happened_at = happened_at - interval '1 month' WHERE id = {A_SALE_TRANSFER}",
    "an entry of another currency": f"UPDATE payments_entry SET currency = 'USD' WHERE transfer_id = {A_SALE_TRANSFER}",
    "a sale booked on another order": f"UPDATE payments_transfer SET order_ref = (SELECT ref FROM orders_order WHERE state = 'reserved') WHERE id = {A_SALE_TRANSFER}",
    "a sale that was taken out": f"DELETE FROM payments_transfer WHERE id = {A_SALE_TRANSFER}",
    "a payment of another amount": "UPDATE payments_payment SET amount_fen = amount_fen + 1 WHERE state = 'succeeded' AND provider = 'counter'",
    "a payment that never succeeded": "UPDATE payments_payment SET state = 'expired' WHERE provider = 'counter'",
    "cash in another till": "UPDATE payments_payment SET station_code = '430426C' WHERE provider = 'counter'",
    "an open payment of an expired order": "UPDATE orders_order SET state = 'expired' WHERE state = 'reserved'",
    "an order paid on another day": "UPDATE orders_order SET paid_at = paid_at - interval '40 days' WHERE pay_by = 'counter'",
    "a transfer that counts another part": f"UPDATE payments_transfer SET parts = parts + 1 WHERE id = {A_SALE_TRANSFER}",
    "an altered line": "UPDATE orders_orderline SET unit_price_fen = unit_price_fen + 1, amount_fen = (unit_price_fen + 1) * quantity WHERE id = (SELECT min(id) FROM orders_orderline)",
    "a line's commission that is not its rate": "UPDATE orders_orderline SET commission_bp = commission_bp + 1 WHERE id = (SELECT min(id) FROM orders_orderline)",
    "a card's rate changed after it sold": "UPDATE payments_ratecard SET commission_bp = commission_bp + 1",
    "a line sold by another store's card": "WITH other AS (INSERT INTO payments_ratecard (store_slug, county_code, category_slug, commission_bp, station_fee_bp, valid_from, created_at) SELECT 'nobody', '', '', commission_bp, station_fee_bp, valid_from, now() FROM payments_ratecard RETURNING id) UPDATE orders_orderline SET rate_card_id = other.id FROM other",
    "a line sold by a card that had ended": "UPDATE payments_ratecard SET valid_until = current_date - 1",
    "a line sold by the general card where its county has one": "INSERT INTO payments_ratecard (store_slug, county_code, category_slug, commission_bp, station_fee_bp, valid_from, created_at) VALUES ('', '430426', '', 100, 100, '2020-01-01', '2020-01-01')",
    "a bag of another sum": "UPDATE stations_cashhandover SET amount_fen = amount_fen + 1, counted_fen = counted_fen + 1 WHERE state = 'received'",
    "a bag of another till": "UPDATE stations_cashhandover SET from_station_id = (SELECT id FROM stations_station WHERE code = '430426001T') WHERE state = 'given'",
    "a bag that was never received": "UPDATE stations_cashhandover SET state = 'given', counted_fen = NULL, received_at = NULL WHERE state = 'received'",
    "a bag that says it came": "UPDATE stations_cashhandover SET state = 'received', counted_fen = amount_fen, received_at = now() WHERE state = 'given'",
    "a bag that was taken out": "DELETE FROM stations_cashhandover WHERE state = 'given'",
    "a bag that was not taken back": "UPDATE stations_cashhandover SET state = 'given' WHERE state = 'withdrawn'",
    "a difference that went elsewhere": "UPDATE stations_cashhandover SET outcome = 'giver' WHERE state = 'settled'",
    "a difference that nobody settled": "UPDATE stations_cashhandover SET state = 'disputed', settled_at = NULL WHERE state = 'settled'",
    "a count that hides what is missing": "UPDATE stations_cashhandover SET counted_fen = amount_fen, state = 'received' WHERE state = 'disputed'",
    "a transfer of cash for nothing": "UPDATE payments_transfer SET key = 'cash-out:999999' WHERE id = (SELECT max(id) FROM payments_transfer WHERE kind = 'cash_handed_over')",
    "money at the bank that nobody brought": "UPDATE payments_entry SET amount_fen = amount_fen + 1 WHERE account_id = (SELECT id FROM payments_ledgeraccount WHERE kind = 'bank')",
    "cash handed over on another day": "UPDATE stations_cashhandover SET given_at = given_at - interval '2 days' WHERE state = 'given'",
    "a line that was taken out": "DELETE FROM orders_orderline WHERE id = (SELECT min(id) FROM orders_orderline)",
    "a wrong freight split": """WITH two AS (SELECT min(id) AS low, max(id) AS high FROM orders_consignment WHERE order_id = (SELECT order_id FROM orders_consignment GROUP BY order_id HAVING count(*) > 2))
        UPDATE orders_consignment SET freight_fen = freight_fen + CASE id WHEN two.low THEN 100 ELSE -100 END FROM two WHERE id IN (two.low, two.high)""",
    "a consignment of another county": "UPDATE orders_consignment SET county_code = '430822' WHERE county_code = '430426'",
    "a release that was never booked": "UPDATE orders_consignment SET released_at = now() - interval '1 day' WHERE released_at IS NULL AND parcel_id IS NOT NULL",
    "a release that was forgotten": "UPDATE orders_consignment SET released_at = NULL WHERE released_at IS NOT NULL",
    "a release that never happened": "WITH gone AS (UPDATE orders_consignment SET released_at = NULL WHERE released_at IS NOT NULL RETURNING id), entries AS (DELETE FROM payments_entry WHERE transfer_id IN (SELECT id FROM payments_transfer WHERE kind = 'release')) DELETE FROM payments_transfer WHERE kind = 'release'",
    "a release that was taken out": "DELETE FROM payments_transfer WHERE kind = 'release' AND id = (SELECT max(id) FROM payments_transfer WHERE kind = 'release')",
    "money released before its time": f"UPDATE delivery_parcel SET delivered_at = now() WHERE id = {OLD_PARCEL}",
    "money released that was not delivered": f"UPDATE delivery_parcel SET state = 'ready' WHERE id = {OLD_PARCEL}",
    "a transfer for nothing": "UPDATE payments_transfer SET key = 'release:999999' WHERE id = (SELECT max(id) FROM payments_transfer WHERE kind = 'release')",
    "a refund of another amount": "UPDATE payments_refund SET amount_fen = amount_fen - 1 WHERE state = 'succeeded'",
    "a refund that was taken out": "DELETE FROM payments_refund WHERE state = 'succeeded'",
    "a failed refund that says it succeeded": "UPDATE payments_refund SET state = 'succeeded' WHERE state = 'failed'",
    "a succeeded refund that says it failed": "UPDATE payments_refund SET state = 'failed' WHERE state = 'succeeded'",
    "a payment that says it was returned": "UPDATE payments_payment SET state = 'refunded' WHERE state = 'succeeded' AND provider = 'counter'",
    "a line that says more of it went back": "UPDATE orders_orderline SET back_fen = back_fen + 1 WHERE back_fen > 0",
    "a line that says more units went back": "UPDATE orders_orderline SET back_units = back_units + 1 WHERE back_units > 0",
    "freight that never went back": "UPDATE orders_consignment SET back_freight_fen = 0 WHERE back_freight_fen > 0",
    "a refund of more units than were sold": "UPDATE orders_linerefund SET quantity = 4",
    "a parcel that waits for nothing": "UPDATE orders_linerefund SET quantity = 3",
    "an order that says all of it went back": "UPDATE orders_order SET state = 'refunded' WHERE id = (SELECT max(id) FROM orders_order)",
    "after-sales that nobody opened": "UPDATE orders_consignment SET after_sales_since = now() WHERE released_at IS NULL",
    "stock that nobody holds": "UPDATE catalog_variant SET held = held + 1",
    "stock let go too early": "UPDATE catalog_variant SET held = 0 WHERE held > 0",
    "stock taken that nobody collected": "UPDATE delivery_parcel SET collected_at = NULL",
    "stock collected and never taken": "UPDATE orders_consignment SET stock_taken_at = NULL WHERE stock_taken_at < now() - interval '2 days'",
}  # fmt: skip

VOLUME = {
    **{
        f"a fact of another {column}": f"UPDATE orders_sale SET {column} = {value} WHERE id = {FIRST_SALE}"
        for column, value in {
            "amount_fen": "amount_fen + 1", "farmer_income_fen": "farmer_income_fen + 1", "village_code": "'430426999999'",
            "county_code": "430822", "buyer_county_code": "430822", "month": "month - 1", "happened_at": "happened_at - interval '1 day'",
            "channel": "'counter'", "flow": "'inbound'", "category_slug": "'x'", "quantity": "quantity + 1", "weight_g": "weight_g + 1",
            "order_ref": "'x'", "line_id": "(SELECT max(id) FROM orders_orderline)", "key": "'line:0'",
        }.items()
    },
    "a sale in another county": f"UPDATE orders_sale SET county_code = 430822, village_code = '430822101001' WHERE id = {FIRST_SALE}",
    "a missing fact": f"DELETE FROM orders_sale WHERE id = {FIRST_SALE}",
    "a fact left out as a test": f"UPDATE orders_sale SET left_out = 'test' WHERE id = {FIRST_SALE}",
    "a purchase by the family that is counted": "UPDATE orders_order SET phone = (SELECT phone FROM sellers_household ORDER BY id LIMIT 1)",
    "a refund that nobody had": f"""INSERT INTO orders_sale (line_id, kind, key, order_ref, county_code, village_code, buyer_county_code, category_slug, flow, channel,
        happened_at, month, amount_fen, farmer_income_fen, quantity, weight_g, left_out) SELECT line_id, 'refund', 'x', order_ref, county_code, village_code,
        buyer_county_code, category_slug, flow, channel, happened_at, month, -amount_fen, -farmer_income_fen, -quantity, -weight_g, '' FROM orders_sale WHERE id = {FIRST_SALE}""",
    "verified without a chain": "DELETE FROM delivery_handover",
    "verified with a chain that breaks": "UPDATE delivery_handover SET previous_hash = 'x' WHERE position = 2",
    "verified without the first hand": "DELETE FROM delivery_handover WHERE position = 1",
    "verified and not delivered": "UPDATE delivery_parcel SET state = 'ready'",
    "verified on another day": "UPDATE orders_verification SET verified_at = verified_at - interval '1 day'",
    "a handover by somebody else": "UPDATE delivery_handover SET by_id = by_id + 1 WHERE id = (SELECT max(id) FROM delivery_handover)",
    "a handover at another hour": "UPDATE delivery_handover SET device_time = device_time - interval '1 hour' WHERE id = (SELECT max(id) FROM delivery_handover)",
    "proved and not verified": "DELETE FROM orders_verification",
    "an inbound sale verified": "INSERT INTO orders_verification (sale_id, verified_at) SELECT id, now() FROM orders_sale WHERE flow = 'inbound' LIMIT 1",
}  # fmt: skip


def unnoticed(command: str, faults: Mapping[str, str]) -> list[str]:
    """The faults that the audit does not see; each is tried on the sound books and taken back."""
    missed = []
    for what, statement in faults.items():
        before = transaction.savepoint()
        tamper(statement)
        if not found(command):
            missed.append(what)
        transaction.savepoint_rollback(before)
    return missed


def test_the_ledgers_audit_sees_every_fault(books: Scene) -> None:
    assert unnoticed("check_ledger", LEDGER) == []


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("giver_is_not_receiver", "received_by_id = given_by_id WHERE state = 'received'"),
        ("difference_takes_two_people", "settled_by_id = proposed_by_id WHERE state = 'settled'"),
    ],
)
def test_the_ledgers_audit_sees_that_one_person_was_enough(books: Scene, constraint: str, change: str) -> None:
    tamper(
        f"ALTER TABLE stations_cashhandover DROP CONSTRAINT {constraint}",
        f"UPDATE stations_cashhandover SET {change}",
    )
    assert found("check_ledger").startswith("a difference of cash was settled by one person")


def test_the_ledgers_audit_sees_a_till_below_zero(books: Scene) -> None:
    """Somebody took more out than there was; all else fits."""
    bag = CashHandover.objects.get(state="given")
    row = f"(SELECT id FROM payments_transfer WHERE key = 'cash-out:{bag.pk}')"
    tamper(
        f"UPDATE stations_cashhandover SET amount_fen = 9000000 WHERE id = {bag.pk}",
        f"UPDATE payments_entry SET amount_fen = 9000000 * sign(amount_fen) WHERE transfer_id = {row}",
    )
    assert found("check_ledger").splitlines()[0].startswith("a till holds less than nothing")


def test_the_volumes_audit_sees_every_fault(books: Scene) -> None:
    assert unnoticed("check_volume", VOLUME) == []


def test_the_ledgers_audit_sees_more_held_than_there_is(books: Scene) -> None:
    tamper(
        "ALTER TABLE catalog_variant DROP CONSTRAINT held_within_on_hand",
        "UPDATE catalog_variant SET on_hand = held - 1 WHERE held > 0",
    )
    assert "on_hand" in found("check_ledger")


def test_the_ledgers_audit_sees_a_sale_booked_twice(books: Scene) -> None:
    tamper(
        f"""WITH twin AS (INSERT INTO payments_transfer (kind, key, order_ref, happened_at, parts)
            SELECT kind, 'sale:999999', order_ref, happened_at, parts FROM payments_transfer WHERE id = {A_SALE_TRANSFER} RETURNING id)
        INSERT INTO payments_entry (transfer_id, account_id, amount_fen, currency, county_code, happened_at)
            SELECT twin.id, account_id, amount_fen, currency, county_code, happened_at FROM payments_entry, twin WHERE transfer_id = {A_SALE_TRANSFER}"""
    )
    assert found("check_ledger")
