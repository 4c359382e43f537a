"""Faults on purpose and the clock: what the shop's client meets, and that what was done once stays done once."""

import secrets
from typing import Any

import pytest
import stripe

from tests.stripe_standin.cast import KEY, Standin, fetch

DAY = 24 * 60 * 60


def payment(client: stripe.StripeClient, key: str = "") -> Any:
    return client.v1.payment_intents.create(
        params={"amount": 10_000, "currency": "cny", "confirm": True, "payment_method": "pm_card_visa"},
        options={"idempotency_key": key or secrets.token_hex(8)},
    )


def amounts(client: stripe.StripeClient) -> list[int]:
    return [charge.amount for charge in client.v1.charges.list().data]


def patient(standin: Standin) -> stripe.StripeClient:
    """A client that asks again by itself, as the shop's does."""
    return stripe.StripeClient(KEY, base_addresses={"api": standin.url}, max_network_retries=2)


def test_a_busy_stripe_refuses_and_does_nothing(standin: Standin, shop: stripe.StripeClient) -> None:
    standin.control("faults", kind="busy", times=2)
    for _call in range(2):
        with pytest.raises(stripe.RateLimitError):
            payment(shop)
    payment(shop)
    assert amounts(shop) == [10_000]


def test_a_broken_stripe_answers_500_then_works(standin: Standin, shop: stripe.StripeClient) -> None:
    standin.control("faults", kind="broken", times=1)
    with pytest.raises(stripe.APIError) as broken:
        payment(shop, key="order-7")
    assert broken.value.http_status == 500
    assert payment(shop, key="order-7").status == "succeeded"
    standin.control("faults", kind="broken", times=1)
    assert payment(patient(standin), key="order-8").status == "succeeded"
    assert amounts(shop) == [10_000, 10_000]


def test_an_answer_that_gets_lost_was_given_once(standin: Standin, shop: stripe.StripeClient) -> None:
    standin.control("faults", kind="lost", times=1)
    with pytest.raises(stripe.APIConnectionError):
        payment(shop, key="order-7")
    assert amounts(shop) == [10_000]
    again = payment(shop, key="order-7")
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    standin.control("faults", kind="lost", times=1)
    payment(patient(standin), key="order-8")
    assert amounts(shop) == [10_000, 10_000]


def test_faults_meet_the_address_they_were_meant_for(standin: Standin, shop: stripe.StripeClient) -> None:
    standin.control("faults", kind="broken", times=5, at="/v1/refunds")
    intent = payment(shop)
    with pytest.raises(stripe.APIError):
        shop.v1.refunds.list()
    standin.control("faults", kind="broken", times=0, at="/v1/refunds")
    assert shop.v1.refunds.create(params={"payment_intent": intent.id}).status == "succeeded"


@pytest.mark.parametrize("form", [{"kind": "flood", "times": "1"}, {"kind": "busy"}, {"kind": "busy", "times": "-1"}])
def test_faults_that_make_no_sense_are_refused(standin: Standin, form: dict[str, str]) -> None:
    answer = fetch(f"{standin.url}/_standin/faults", form=form, headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status == 400


def test_keys_are_forgotten_after_a_day(standin: Standin, shop: stripe.StripeClient) -> None:
    payment(shop, key="order-7")
    standin.control("clock", ahead=DAY - 60)
    assert payment(shop, key="order-7").last_response.headers["Idempotent-Replayed"] == "true"
    standin.control("clock", ahead=DAY + 60)
    payment(shop, key="order-7")
    assert amounts(shop) == [10_000, 10_000], "a key is no protection for ever"


def test_a_session_ends_when_the_clock_passes_its_end(standin: Standin, shop: stripe.StripeClient) -> None:
    line: Any = {"quantity": 1, "price_data": {"currency": "cny", "unit_amount": 5_000, "product_data": {"name": "x"}}}
    session = shop.v1.checkout.sessions.create(
        params={"mode": "payment", "line_items": [line], "success_url": "http://localhost/"}
    )
    standin.control("clock", ahead=DAY + 60)
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "expired"
