"""Idempotency keys: a repeat is answered like the first, a changed request is refused, a simultaneous one waits its turn."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.stripe_standin.cast import Standin, fetch, order


def payment(**changes: object) -> Any:
    """What the shop sends to take 100 yuan from a card at once."""
    return {"amount": 10000, "currency": "cny", "confirm": True, "payment_method": "pm_card_visa", **changes}


def test_same_key_and_parameters_replay_the_first_answer(shop: stripe.StripeClient) -> None:
    first = shop.v1.payment_intents.create(params=payment(), options={"idempotency_key": "order-7"})
    again = shop.v1.payment_intents.create(params=payment(), options={"idempotency_key": "order-7"})
    assert again.id == first.id
    assert first.last_response is not None and again.last_response is not None
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.body == first.last_response.body
    assert len(shop.v1.charges.list().data) == 1


def test_the_order_of_parameters_does_not_matter(standin: Standin) -> None:
    headers = {"Authorization": "Bearer sk_test_daylily_tests", "Idempotency-Key": "k"}
    one = fetch(f"{standin.url}/v1/payment_intents", form={"amount": "500", "currency": "cny"}, headers=headers)
    two = fetch(f"{standin.url}/v1/payment_intents", form={"currency": "cny", "amount": "500"}, headers=headers)
    assert (one.status, two.status) == (200, 200)
    assert one.text == two.text
    assert two.headers["idempotent-replayed"] == "true"


def test_changed_parameters_are_refused(shop: stripe.StripeClient) -> None:
    shop.v1.payment_intents.create(params=payment(), options={"idempotency_key": "order-7"})
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refused:
        shop.v1.payment_intents.create(params=payment(amount=9999), options={"idempotency_key": "order-7"})
    assert refused.value.http_status == 400
    assert len(shop.v1.charges.list().data) == 1


def test_another_endpoint_is_refused(shop: stripe.StripeClient) -> None:
    intent = shop.v1.payment_intents.create(params=payment(), options={"idempotency_key": "order-7"})
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        shop.v1.refunds.create(params={"payment_intent": intent.id}, options={"idempotency_key": "order-7"})
    assert shop.v1.refunds.list().data == []


def test_keys_belong_to_an_account(standin: Standin, shop: stripe.StripeClient) -> None:
    mine = shop.v1.payment_intents.create(params=payment(), options={"idempotency_key": "order-7"})
    coop = standin.client(account="acct_coop")
    theirs = coop.v1.payment_intents.create(params=payment(), options={"idempotency_key": "order-7"})
    assert theirs.id != mine.id
    assert theirs.last_response is not None
    assert "Idempotent-Replayed" not in theirs.last_response.headers


def test_a_request_under_way_keeps_its_key(standin: Standin, shop: stripe.StripeClient) -> None:
    standin.control("delay", milliseconds=400)

    def pay(_: int) -> str | int:
        try:
            intent = shop.v1.payment_intents.create(params=payment(), options={"idempotency_key": "order-7"})
        except stripe.APIError as refused:
            assert json.loads(str(refused.http_body))["error"]["code"] == "idempotency_key_in_use"
            return refused.http_status or 0
        return intent.id

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(pay, range(6)))
    assert outcomes.count(409) == 5
    standin.control("delay", milliseconds=0)
    replayed = shop.v1.payment_intents.create(params=payment(), options={"idempotency_key": "order-7"})
    assert replayed.id in outcomes
    assert len(shop.v1.charges.list().data) == 1


def test_the_same_key_under_way_for_another_account_is_no_conflict(standin: Standin) -> None:
    standin.control("delay", milliseconds=400)

    def pay(account: str) -> str:
        options: Any = {"idempotency_key": "order-7"}
        return standin.client(account=account).v1.payment_intents.create(params=payment(), options=options).status

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(pay, ["acct_coop", "acct_farm"])) == ["succeeded", "succeeded"]


def test_the_sdk_s_own_retries_end_with_one_charge(standin: Standin) -> None:
    standin.control("delay", milliseconds=300)
    patient = stripe.StripeClient("sk_test_daylily_tests", base_addresses={"api": standin.url}, max_network_retries=4)

    def pay(_: int) -> str:
        return patient.v1.payment_intents.create(params=payment(), options={"idempotency_key": "order-7"}).id

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(pay, range(3)))) == 1


def test_a_decline_is_replayed_too(shop: stripe.StripeClient) -> None:
    declined = payment(payment_method="pm_card_visa_chargeDeclined")
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            shop.v1.payment_intents.create(params=declined, options={"idempotency_key": "order-7"})
    assert len(shop.v1.charges.list().data) == 1


def test_what_failed_validation_does_not_use_the_key_up(shop: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_intents.create(params=payment(amount=-1), options={"idempotency_key": "order-7"})
    paid = shop.v1.payment_intents.create(params=payment(), options={"idempotency_key": "order-7"})
    assert paid.status == "succeeded"


def test_an_over_refund_is_replayed_and_its_savepoint_left_nothing(shop: stripe.StripeClient) -> None:
    intent = shop.v1.payment_intents.create(params=payment())
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.v1.refunds.create(
                params={"payment_intent": intent.id, "amount": 10001}, options={"idempotency_key": "refund-7"}
            )
    assert refused.value.headers is not None
    assert refused.value.headers["Idempotent-Replayed"] == "true"
    assert len(shop.v1.balance_transactions.list().data) == 1


def test_keys_survive_a_restart(standin: Standin) -> None:
    first = standin.client().v1.payment_intents.create(params=payment(), options={"idempotency_key": "order-7"})
    standin.kill()
    standin.start()
    again = standin.client().v1.payment_intents.create(params=payment(), options={"idempotency_key": "order-7"})
    assert again.id == first.id
    assert len(standin.client().v1.charges.list().data) == 1


def test_events_name_the_request_and_its_key(shop: stripe.StripeClient) -> None:
    made = shop.v1.checkout.sessions.create(params=order())
    shop.v1.checkout.sessions.expire(made.id, options={"idempotency_key": "expire-7"})
    [event] = shop.v1.events.list(params={"type": "checkout.session.expired"}).data
    assert event.request is not None
    assert event.request.idempotency_key == "expire-7"
    assert event.request.id is not None and event.request.id.startswith("req_")
    assert event.created <= time.time()
