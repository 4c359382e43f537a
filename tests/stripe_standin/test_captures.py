"""Authorised now and captured later: in full, in part, never more; cancelled; let go when nobody captures it in time."""

from typing import Any

import pytest
import stripe

from tests.stripe_standin.cast import Receiver, Standin, order, wait_for

WEEK = 7 * 24 * 60 * 60


def hold(client: stripe.StripeClient, **changes: Any) -> stripe.PaymentIntent:
    """100 yuan, authorised on a card."""
    params: Any = {
        "amount": 10_000, "currency": "cny", "confirm": True, "payment_method": "pm_card_visa", "capture_method": "manual",
        **changes,
    }  # fmt: skip
    return client.v1.payment_intents.create(params=params)


def charge_of(client: stripe.StripeClient, intent: stripe.PaymentIntent) -> Any:
    return client.v1.charges.retrieve(str(intent.latest_charge))


def net(client: stripe.StripeClient) -> int:
    return sum(entry.net for entry in client.v1.balance_transactions.list().data)


def test_what_is_held_is_not_ours_yet(empty_account: stripe.StripeClient) -> None:
    held = hold(empty_account)
    assert (held.status, held.amount_capturable, held.amount_received) == ("requires_capture", 10_000, 0)
    charge = charge_of(empty_account, held)
    assert (charge.captured, charge.amount_captured, charge.balance_transaction) == (False, 0, None)
    assert charge.payment_method_details.card.capture_before == charge.created + WEEK
    assert empty_account.v1.balance_transactions.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        empty_account.v1.refunds.create(params={"payment_intent": held.id})


def test_captured_in_full(shop: stripe.StripeClient, receiver: Receiver) -> None:
    held = hold(shop)
    captured = shop.v1.payment_intents.capture(held.id)
    assert (captured.status, captured.amount_received, captured.amount_capturable) == ("succeeded", 10_000, 0)
    assert net(shop) == 10_000 - 320
    wait_for(lambda: "charge.captured" in receiver.kinds())
    assert "payment_intent.amount_capturable_updated" in receiver.kinds()
    with pytest.raises(stripe.InvalidRequestError) as twice:
        shop.v1.payment_intents.capture(held.id)
    assert twice.value.code == "payment_intent_unexpected_state" and net(shop) == 9_680


def test_captured_in_part_lets_the_rest_go(empty_account: stripe.StripeClient) -> None:
    held = hold(empty_account)
    captured = empty_account.v1.payment_intents.capture(held.id, params={"amount_to_capture": 7_000})
    assert (captured.amount, captured.amount_received) == (10_000, 7_000)
    charge = charge_of(empty_account, held)
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (7_000, 3_000, False)
    entries = empty_account.v1.balance_transactions.list().data
    assert [(entry.type, entry.reporting_category, entry.amount) for entry in entries] == [
        ("refund", "partial_capture_reversal", -3_000),
        ("charge", "charge", 10_000),
    ]
    assert sum(entry.fee for entry in entries) == 7_000 * 29 // 1000 + 30
    with pytest.raises(stripe.InvalidRequestError, match=r"\(¥70\.00\)"):
        empty_account.v1.refunds.create(params={"payment_intent": held.id, "amount": 7_001})
    assert empty_account.v1.refunds.create(params={"payment_intent": held.id}).amount == 7_000


def test_more_than_was_authorised_is_refused(empty_account: stripe.StripeClient) -> None:
    held = hold(empty_account)
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        empty_account.v1.payment_intents.capture(held.id, params={"amount_to_capture": 10_001})
    assert (too_much.value.code, too_much.value.param) == ("amount_too_large", "amount_to_capture")
    assert net(empty_account) == 0 and not charge_of(empty_account, held).captured


def test_cancelled_instead(shop: stripe.StripeClient, receiver: Receiver) -> None:
    held = hold(shop)
    cancelled = shop.v1.payment_intents.cancel(held.id)
    assert (cancelled.status, cancelled.amount_capturable) == ("canceled", 0)
    assert charge_of(shop, held).refunded and net(shop) == 0
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_intents.capture(held.id)
    wait_for(lambda: "payment_intent.canceled" in receiver.kinds())


def test_nobody_captures_in_time(standin: Standin, shop: stripe.StripeClient) -> None:
    held = hold(shop)
    standin.control("clock", ahead=WEEK - 60)
    assert shop.v1.payment_intents.retrieve(held.id).status == "requires_capture"
    standin.control("clock", ahead=WEEK + 60)
    gone = wait_for(lambda: shop.v1.payment_intents.retrieve(held.id))
    wait_for(lambda: shop.v1.payment_intents.retrieve(held.id).status == "canceled")
    assert gone.id == held.id and shop.v1.payment_intents.retrieve(held.id).cancellation_reason == "automatic"


def test_a_session_holds_cards_alone(standin: Standin, shop: stripe.StripeClient) -> None:
    """Alipay and WeChat Pay can't hold money: they are not offered, and refused where they are named."""
    session = shop.v1.checkout.sessions.create(params=order(payment_intent_data={"capture_method": "manual"}))
    assert session.payment_method_types == ["card"]
    standin.pay(session)
    done = shop.v1.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_status) == ("complete", "unpaid")
    shop.v1.payment_intents.capture(str(done.payment_intent), params={"amount_to_capture": 12_000})
    assert shop.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    older = standin.client(version="2026-08-26.dahlia")
    named: Any = order(payment_intent_data={"capture_method": "manual"}, payment_method_types=["card", "alipay"])
    with pytest.raises(stripe.InvalidRequestError, match="capture_method=automatic"):
        older.v1.checkout.sessions.create(params=named)


@pytest.mark.parametrize(("way", "status"), [("card", "requires_capture"), ("alipay", "succeeded")])
def test_a_session_that_holds_where_it_can(standin: Standin, way: str, status: str) -> None:
    shop = standin.client()
    options = {"card": {"capture_method": "manual"}, "wechat_pay": {"client": "web"}}
    session = shop.v1.checkout.sessions.create(params=order(payment_method_options=options))
    assert session.payment_method_types == ["card", "alipay", "wechat_pay"]
    standin.pay(session, way=way)
    intent = str(shop.v1.checkout.sessions.retrieve(session.id).payment_intent)
    assert shop.v1.payment_intents.retrieve(intent).status == status
