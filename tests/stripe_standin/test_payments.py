"""PaymentIntents, charges and the balance through the official SDK."""

import pytest
import stripe

from tests.stripe_standin.cast import Receiver, Standin, wait_for


def test_confirmed_at_once(shop: stripe.StripeClient) -> None:
    intent = shop.v1.payment_intents.create(
        params={"amount": 10000, "currency": "CNY", "confirm": True, "payment_method": "pm_card_visa"}
    )
    assert (intent.status, intent.amount_received, intent.currency) == ("succeeded", 10000, "cny")
    assert isinstance(intent.latest_charge, str)
    charge = shop.v1.charges.retrieve(intent.latest_charge)
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.card is not None
    assert (charge.payment_method_details.card.brand, charge.payment_method_details.card.last4) == ("visa", "4242")


def test_made_now_and_confirmed_later(shop: stripe.StripeClient) -> None:
    intent = shop.v1.payment_intents.create(params={"amount": 10000, "currency": "cny"})
    assert intent.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        shop.v1.payment_intents.confirm(intent.id)
    confirmed = shop.v1.payment_intents.confirm(intent.id, params={"payment_method": "pm_card_mastercard"})
    assert confirmed.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as twice:
        shop.v1.payment_intents.confirm(intent.id, params={"payment_method": "pm_card_visa"})
    assert twice.value.code == "payment_intent_unexpected_state"
    assert len(shop.v1.charges.list(params={"payment_intent": intent.id}).data) == 1


def test_payment_method_given_at_creation_is_used(shop: stripe.StripeClient) -> None:
    intent = shop.v1.payment_intents.create(
        params={"amount": 10000, "currency": "cny", "payment_method": "pm_card_visa"}
    )
    assert intent.status == "requires_confirmation"
    assert shop.v1.payment_intents.confirm(intent.id).status == "succeeded"


def test_a_decline_is_a_card_error_and_stays_on_record(shop: stripe.StripeClient, receiver: Receiver) -> None:
    intent = shop.v1.payment_intents.create(params={"amount": 10000, "currency": "cny"})
    with pytest.raises(stripe.CardError) as declined:
        shop.v1.payment_intents.confirm(intent.id, params={"payment_method": "pm_card_visa_chargeDeclined"})
    assert (declined.value.http_status, declined.value.code) == (402, "card_declined")
    assert declined.value.error is not None
    assert declined.value.error.decline_code == "generic_decline"
    assert declined.value.error.payment_intent is not None
    assert declined.value.error.payment_intent.id == intent.id
    failed = shop.v1.payment_intents.retrieve(intent.id, params={"expand": ["latest_charge"]})
    assert failed.status == "requires_payment_method"
    assert isinstance(failed.latest_charge, stripe.Charge)
    assert (failed.latest_charge.status, failed.latest_charge.balance_transaction) == ("failed", None)
    wait_for(lambda: "payment_intent.payment_failed" in receiver.kinds())
    paid = shop.v1.payment_intents.confirm(intent.id, params={"payment_method": "pm_card_visa"})
    assert paid.status == "succeeded"


def test_cancel_while_unpaid_only(shop: stripe.StripeClient) -> None:
    intent = shop.v1.payment_intents.create(params={"amount": 10000, "currency": "cny"})
    cancelled = shop.v1.payment_intents.cancel(intent.id, params={"cancellation_reason": "abandoned"})
    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        shop.v1.payment_intents.confirm(intent.id, params={"payment_method": "pm_card_visa"})
    paid = shop.v1.payment_intents.create(
        params={"amount": 10000, "currency": "cny", "confirm": True, "payment_method": "pm_card_visa"}
    )
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        shop.v1.payment_intents.cancel(paid.id)


@pytest.mark.parametrize(
    ("amount", "fee"), [(10000, 320), (1, 30), (18, 31), (17, 30), (12850, 403), (99_999_999, 2900030)]
)
def test_the_demo_s_fee_is_exact_to_the_fen(empty_account: stripe.StripeClient, amount: int, fee: int) -> None:
    empty_account.v1.payment_intents.create(
        params={"amount": amount, "currency": "cny", "confirm": True, "payment_method": "pm_card_visa"}
    )
    entry = empty_account.v1.balance_transactions.list().data[0]
    assert (entry.amount, entry.fee, entry.net) == (amount, fee, amount - fee)
    assert [detail.amount for detail in entry.fee_details] == [fee]


def test_balance_lists_charges_and_refunds(shop: stripe.StripeClient) -> None:
    intent = shop.v1.payment_intents.create(
        params={"amount": 10000, "currency": "cny", "confirm": True, "payment_method": "pm_card_visa"}
    )
    refund = shop.v1.refunds.create(params={"payment_intent": intent.id, "amount": 2500})
    entries = shop.v1.balance_transactions
    assert [(each.type, each.amount, each.net) for each in entries.list().data] == [
        ("refund", -2500, -2500),
        ("charge", 10000, 9680),
    ]
    [of_refund] = entries.list(params={"source": refund.id}).data
    assert of_refund.id == refund.balance_transaction
    assert [each.type for each in entries.list(params={"type": "charge"}).data] == ["charge"]
    expanded = entries.retrieve(of_refund.id, params={"expand": ["source.charge"]})
    assert isinstance(expanded.source, stripe.Refund)
    assert isinstance(expanded.source.charge, stripe.Charge)


@pytest.mark.parametrize(
    ("sent", "param", "code"),
    [
        ({"currency": "cny"}, "amount", "parameter_missing"),
        ({"amount": 100}, "currency", "parameter_missing"),
        ({"amount": 0, "currency": "cny"}, "amount", "parameter_invalid_integer"),
        ({"amount": -5, "currency": "cny"}, "amount", "parameter_invalid_integer"),
        ({"amount": "12.50", "currency": "cny"}, "amount", "parameter_invalid_integer"),
        ({"amount": "1e3", "currency": "cny"}, "amount", "parameter_invalid_integer"),
        ({"amount": 100, "currency": "zzz"}, "currency", None),
        ({"amount": 10, "currency": "usd"}, "amount", "amount_too_small"),
        ({"amount": 100_000_000, "currency": "cny"}, "amount", "amount_too_large"),
        ({"amount": 100, "currency": "cny", "payment_method": "pm_card_mine"}, "payment_method", "resource_missing"),
        (
            {"amount": 100, "currency": "cny", "application_fee_amount": 5},
            "application_fee_amount",
            "parameter_unknown",
        ),
    ],
)
def test_bad_parameters_are_refused_by_name(
    empty_account: stripe.StripeClient, sent: dict[str, object], param: str, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        empty_account.v1.payment_intents.create(params=sent)  # type: ignore[arg-type]
    assert (refused.value.param, refused.value.code) == (param, code)
    assert empty_account.v1.payment_intents.list().data == []


def test_connected_accounts_see_only_their_own(standin: Standin, shop: stripe.StripeClient, receiver: Receiver) -> None:
    coop = standin.client(account="acct_coop")
    intent = coop.v1.payment_intents.create(
        params={"amount": 10000, "currency": "cny", "confirm": True, "payment_method": "pm_card_visa"}
    )
    assert coop.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert shop.v1.payment_intents.list().data == []
    assert shop.v1.balance_transactions.list().data == []
    assert shop.v1.events.list().data == []
    with pytest.raises(stripe.InvalidRequestError) as missing:
        shop.v1.payment_intents.retrieve(intent.id)
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.refunds.create(params={"payment_intent": intent.id})
    wait_for(lambda: "payment_intent.succeeded" in receiver.kinds())
    assert {each.event.account for each in receiver.received} == {"acct_coop"}
    with pytest.raises(stripe.PermissionError):
        standin.client(account="not an account").v1.payment_intents.list()
