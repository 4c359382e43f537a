"""Refunds: in part, in full, and never more than the charge."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.stripe_standin.cast import Receiver, Standin, order, plain, wait_for


def pay(shop: stripe.StripeClient) -> stripe.PaymentIntent:
    """A payment of 100 yuan."""
    return shop.v1.payment_intents.create(
        params={"amount": 10000, "currency": "cny", "confirm": True, "payment_method": "pm_card_visa"}
    )


@pytest.fixture
def paid(shop: stripe.StripeClient) -> stripe.PaymentIntent:
    """A payment of 100 yuan to the shop."""
    return pay(shop)


def test_in_part_then_the_rest(shop: stripe.StripeClient, paid: stripe.PaymentIntent, receiver: Receiver) -> None:
    part = shop.v1.refunds.create(
        params={"payment_intent": paid.id, "amount": 2500, "reason": "requested_by_customer", "metadata": {"bag": "1"}}
    )
    assert (part.status, part.amount, part.currency, part.charge) == ("succeeded", 2500, "cny", paid.latest_charge)
    assert plain(part.metadata) == {"bag": "1"}
    rest = shop.v1.refunds.create(params={"charge": str(paid.latest_charge)})
    assert rest.amount == 7500
    charge = shop.v1.charges.retrieve(str(paid.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (10000, True)
    wait_for(lambda: receiver.kinds().count("charge.refunded") == 2)
    refunded = [each.event.data.object for each in receiver.received if each.event.type == "charge.refunded"]
    assert [each["amount_refunded"] for each in refunded] == [2500, 10000]
    created = [each.event.data.object for each in receiver.received if each.event.type == "refund.created"]
    assert [each["id"] for each in created] == [part.id, rest.id]


def test_more_than_is_left_is_refused(shop: stripe.StripeClient, paid: stripe.PaymentIntent) -> None:
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        shop.v1.refunds.create(params={"payment_intent": paid.id, "amount": 10001})
    assert (too_much.value.http_status, too_much.value.code, too_much.value.param) == (
        400,
        "amount_too_large",
        "amount",
    )
    assert "(¥100.01) is greater than unrefunded amount on charge (¥100.00)" in str(too_much.value)
    shop.v1.refunds.create(params={"payment_intent": paid.id, "amount": 4000})
    with pytest.raises(stripe.InvalidRequestError, match=r"\(¥60\.00\)"):
        shop.v1.refunds.create(params={"payment_intent": paid.id, "amount": 6001})
    shop.v1.refunds.create(params={"payment_intent": paid.id})
    with pytest.raises(stripe.InvalidRequestError) as again:
        shop.v1.refunds.create(params={"payment_intent": paid.id})
    assert again.value.code == "charge_already_refunded"
    assert sum(each.amount for each in shop.v1.refunds.list().data) == 10000


def test_many_at_once_never_give_back_more_than_was_paid(shop: stripe.StripeClient, paid: stripe.PaymentIntent) -> None:
    def refund(_: int) -> bool:
        try:
            shop.v1.refunds.create(params={"payment_intent": paid.id, "amount": 1500})
        except stripe.InvalidRequestError:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(refund, range(12)))
    assert outcomes.count(True) == 6
    assert shop.v1.charges.retrieve(str(paid.latest_charge)).amount_refunded == 9000


def test_what_was_not_paid_cannot_be_refunded(standin: Standin, shop: stripe.StripeClient) -> None:
    unpaid = shop.v1.payment_intents.create(params={"amount": 10000, "currency": "cny"})
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        shop.v1.refunds.create(params={"payment_intent": unpaid.id})
    standin.pay(shop.v1.checkout.sessions.create(params=order()), number="4000000000000002")
    failed = shop.v1.charges.list().data[0]
    with pytest.raises(stripe.InvalidRequestError, match="has failed"):
        shop.v1.refunds.create(params={"charge": failed.id})


def test_list_retrieve_update(shop: stripe.StripeClient, paid: stripe.PaymentIntent) -> None:
    first = shop.v1.refunds.create(params={"payment_intent": paid.id, "amount": 100})
    second = shop.v1.refunds.create(params={"payment_intent": paid.id, "amount": 200})
    assert [each.id for each in shop.v1.refunds.list(params={"payment_intent": paid.id}).data] == [second.id, first.id]
    page = shop.v1.refunds.list(params={"charge": str(paid.latest_charge), "limit": 1})
    assert [each.id for each in page.data] == [second.id]
    assert page.has_more
    shop.v1.refunds.update(first.id, params={"metadata": {"order": "vT3nQ8"}})
    assert plain(shop.v1.refunds.retrieve(first.id).metadata) == {"order": "vT3nQ8"}


@pytest.mark.parametrize(
    ("sent", "param", "code"),
    [
        ({}, "payment_intent", "parameter_missing"),
        ({"payment_intent": "pi_nothing"}, "payment_intent", "resource_missing"),
        ({"charge": "ch_nothing"}, "charge", "resource_missing"),
        ({"amount": 0}, "amount", "parameter_invalid_integer"),
        ({"amount": "ten"}, "amount", "parameter_invalid_integer"),
        ({"reason": "whim"}, "reason", None),
        ({"reverse_transfer": True}, "reverse_transfer", "parameter_unknown"),
    ],
)
def test_bad_parameters_are_refused_by_name(
    empty_account: stripe.StripeClient, sent: dict[str, object], param: str, code: str | None
) -> None:
    paid = pay(empty_account)
    named = sent if "charge" in sent or "payment_intent" in sent or not sent else {"payment_intent": paid.id, **sent}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        empty_account.v1.refunds.create(params=named)  # type: ignore[arg-type]
    assert (refused.value.param, refused.value.code) == (param, code)
    assert empty_account.v1.refunds.list().data == []
