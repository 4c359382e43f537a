"""Checkout Sessions through the official SDK: open, read, list, expire, and what is refused."""

import time
from typing import Any

import pytest
import stripe

from tests.stripe_standin.cast import Receiver, Standin, line, order, plain, wait_for

DAHLIA = "2026-08-26.dahlia"  # the API version before payment_method_types went


def test_new_session_is_open_unpaid_and_adds_up(standin: Standin, shop: stripe.StripeClient) -> None:
    session = shop.v1.checkout.sessions.create(params=order(customer_email="buyer@daylily.example"))
    assert (session.amount_total, session.amount_subtotal, session.currency) == (12850, 12850, "cny")
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert session.url == f"{standin.url}/c/pay/{session.id}"
    assert session.client_reference_id == "vT3nQ8"
    assert plain(session.metadata) == {"order": "vT3nQ8"}
    assert session.payment_method_types == ["card", "alipay", "wechat_pay"]
    assert session.expires_at == session.created + 24 * 3600
    assert session.livemode is False
    again = shop.v1.checkout.sessions.retrieve(session.id)
    assert plain(again) == plain(session)


def test_line_items_come_by_expansion_and_by_their_own_address(shop: stripe.StripeClient) -> None:
    session = shop.v1.checkout.sessions.create(params=order())
    assert "line_items" not in session
    expanded = shop.v1.checkout.sessions.retrieve(session.id, params={"expand": ["line_items"]})
    listed = shop.v1.checkout.sessions.line_items.list(session.id)
    assert expanded.line_items is not None
    for lines in (expanded.line_items.data, listed.data):
        assert [(each.description, each.quantity, each.amount_total) for each in lines] == [
            ("祁东黄花菜 500 克", 2, 11600),
            ("运费", 1, 1250),
        ]


def test_paid_session_expands_to_intent_charge_and_fee(standin: Standin, shop: stripe.StripeClient) -> None:
    session = shop.v1.checkout.sessions.create(params=order())
    assert standin.pay(session).status == 303
    paid = shop.v1.checkout.sessions.retrieve(
        session.id, params={"expand": ["payment_intent.latest_charge.balance_transaction"]}
    )
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    intent = paid.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.amount_received, plain(intent.metadata)) == ("succeeded", 12850, {"order": "vT3nQ8"})
    assert intent.description == "Daylily vT3nQ8"
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.paid, charge.amount_captured, charge.payment_intent) == (True, 12850, intent.id)
    entry = charge.balance_transaction
    assert isinstance(entry, stripe.BalanceTransaction)
    assert (entry.amount, entry.fee, entry.net) == (12850, 403, 12447)


def test_sessions_list_newest_first_in_pages(shop: stripe.StripeClient) -> None:
    made = [shop.v1.checkout.sessions.create(params=order()).id for _ in range(5)]
    first = shop.v1.checkout.sessions.list(params={"limit": 2})
    assert [each.id for each in first.data] == [made[4], made[3]]
    assert first.has_more
    second = shop.v1.checkout.sessions.list(params={"limit": 2, "starting_after": made[3]})
    assert [each.id for each in second.data] == [made[2], made[1]]
    back = shop.v1.checkout.sessions.list(params={"limit": 2, "ending_before": made[1]})
    assert [each.id for each in back.data] == [made[3], made[2]]
    assert back.has_more
    walked = [each.id for each in shop.v1.checkout.sessions.list(params={"limit": 2}).auto_paging_iter()]
    assert walked == made[::-1]


def test_sessions_list_by_status_intent_and_time(standin: Standin, shop: stripe.StripeClient) -> None:
    waiting = shop.v1.checkout.sessions.create(params=order())
    paid = shop.v1.checkout.sessions.create(params=order())
    standin.pay(paid)
    intent = shop.v1.checkout.sessions.retrieve(paid.id).payment_intent
    assert isinstance(intent, str)
    sessions = shop.v1.checkout.sessions
    assert [each.id for each in sessions.list(params={"status": "open"}).data] == [waiting.id]
    assert [each.id for each in sessions.list(params={"payment_intent": intent}).data] == [paid.id]
    assert sessions.list(params={"created": {"gt": int(time.time()) + 5}}).data == []
    assert len(sessions.list(params={"created": {"gte": waiting.created}}).data) == 2


def test_shop_expires_an_open_session_once(standin: Standin, shop: stripe.StripeClient, receiver: Receiver) -> None:
    session = shop.v1.checkout.sessions.create(params=order())
    expired = shop.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.payment_status, expired.url) == ("expired", "unpaid", None)
    wait_for(lambda: "checkout.session.expired" in receiver.kinds())
    with pytest.raises(stripe.InvalidRequestError, match="status of `expired`"):
        shop.v1.checkout.sessions.expire(session.id)
    assert standin.pay(session).status == 410
    assert shop.v1.charges.list().data == []


def test_session_expires_by_itself(standin: Standin, shop: stripe.StripeClient, receiver: Receiver) -> None:
    session = shop.v1.checkout.sessions.create(params=order())
    standin.control(f"checkout/sessions/{session.id}", expires_at=int(time.time()) + 1)
    wait_for(lambda: "checkout.session.expired" in receiver.kinds())
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert receiver.received[-1].event.data.object["id"] == session.id


def test_expiry_after_a_decline_cancels_the_intent(standin: Standin, shop: stripe.StripeClient) -> None:
    session = shop.v1.checkout.sessions.create(params=order())
    assert standin.pay(session, number="4000000000000002").status == 402
    intent_id = shop.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert isinstance(intent_id, str)
    with pytest.raises(stripe.InvalidRequestError, match="expire the session"):
        shop.v1.payment_intents.cancel(intent_id)
    shop.v1.checkout.sessions.expire(session.id)
    assert shop.v1.payment_intents.retrieve(intent_id).status == "canceled"


def test_a_paid_session_does_not_expire(standin: Standin, shop: stripe.StripeClient) -> None:
    session = shop.v1.checkout.sessions.create(params=order())
    standin.pay(session)
    with pytest.raises(stripe.InvalidRequestError, match="status of `complete`"):
        shop.v1.checkout.sessions.expire(session.id)


def test_metadata_can_be_changed_and_unset(shop: stripe.StripeClient) -> None:
    session = shop.v1.checkout.sessions.create(params=order(metadata={"order": "a", "county": "430426"}))
    changed = shop.v1.checkout.sessions.update(session.id, params={"metadata": {"order": "b", "county": ""}})
    assert plain(changed.metadata) == {"order": "b"}


@pytest.mark.parametrize(
    ("changes", "param", "code"),
    [
        ({"mode": None}, "mode", "parameter_missing"),
        ({"success_url": None}, "success_url", "parameter_missing"),
        ({"success_url": "javascript:alert(1)"}, "success_url", "url_invalid"),
        ({"success_url": "http://shop;script-src/*"}, "success_url", "url_invalid"),
        ({"success_url": "http://shop/\r\nSet-Cookie: a=b"}, "success_url", "url_invalid"),
        ({"cancel_url": "/cart/"}, "cancel_url", "url_invalid"),
        ({"line_items": None}, "line_items", "parameter_missing"),
        ({"line_items": [{"quantity": 1}]}, "line_items[0][price_data]", "parameter_missing"),
        (
            {"line_items": [line("黄花菜", 5800, 1), line("生姜", -100, 1)]},
            "line_items[1][price_data][unit_amount]",
            "parameter_invalid_integer",
        ),
        ({"line_items": [line("黄花菜", 5800, 0)]}, "line_items[0][quantity]", "parameter_invalid_integer"),
        ({"line_items": [line("黄花菜", 5800, 1, "xyz")]}, "line_items[0][price_data][currency]", None),
        ({"line_items": [line("黄花菜", 5800, 1), line("生姜", 900, 1, "usd")]}, "line_items", None),
        ({"line_items": [line("黄花菜", 0, 1)]}, "line_items", "amount_too_small"),
        ({"line_items": [line("黄花菜", 49, 1, "usd")]}, "line_items", "amount_too_small"),
        ({"line_items": [line("黄花菜", 99_999_999, 2)]}, "line_items", "amount_too_large"),
        ({"mode": "subscription"}, "mode", None),
        ({"locale": "klingon"}, "locale", None),
        ({"metadata": {"k" * 41: "v"}}, "metadata", None),
        ({"metadata": {"k": "v" * 501}}, "metadata", None),
        ({"expires_at": int(time.time()) + 60}, "expires_at", None),
        ({"expires_at": int(time.time()) + 90_000}, "expires_at", None),
        ({"discounts": [{"coupon": "SPRING"}]}, "discounts", "parameter_unknown"),
        ({"payment_intent_data": {"transfer_data": {"destination": "acct_1"}}}, None, "parameter_unknown"),
        ({"allowed_payment_method_types": ["paypal"]}, "allowed_payment_method_types", None),
        ({"expand": ["customer"]}, "expand", None),
    ],
)
def test_bad_parameters_are_refused_by_name(
    empty_account: stripe.StripeClient, changes: dict[str, Any], param: str | None, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        empty_account.v1.checkout.sessions.create(params=order(**changes))
    assert refused.value.http_status == 400
    assert refused.value.code == code
    if param is not None:
        assert refused.value.param == param
    assert empty_account.v1.checkout.sessions.list().data == []


def test_ways_to_pay_can_be_narrowed(shop: stripe.StripeClient) -> None:
    create = shop.v1.checkout.sessions.create
    assert create(params=order(allowed_payment_method_types=["alipay", "card"])).payment_method_types == [
        "card",
        "alipay",
    ]
    assert create(params=order(excluded_payment_method_types=["card"])).payment_method_types == ["alipay", "wechat_pay"]


def test_payment_method_types_went_with_the_api_version_of_september_2026(standin: Standin) -> None:
    params = order(payment_method_types=["card"])
    with pytest.raises(stripe.InvalidRequestError) as refused:
        standin.client().v1.checkout.sessions.create(params=params)
    assert refused.value.code == "payment_method_types_no_longer_supported"
    older = standin.client(version=DAHLIA).v1.checkout.sessions.create(params=params)
    assert older.payment_method_types == ["card"]
