"""The balance and what leaves it: refunds that take time, disputes, payouts that fail, transfers and reversals."""

import secrets
from typing import Any

import pytest
import stripe

from tests.stripe_standin.cast import KEY, Receiver, Standin, fetch, wait_for

TWO_DAYS = 2 * 24 * 60 * 60
FEE = 320  # of 100 yuan


def pay(client: stripe.StripeClient, card: str = "pm_card_visa") -> Any:
    """A payment of 100 yuan."""
    return client.v1.payment_intents.create(
        params={"amount": 10_000, "currency": "cny", "confirm": True, "payment_method": card}
    )


def balance(client: stripe.StripeClient) -> tuple[int, int]:
    """What is available, and what is pending."""
    found = client.v1.balance.retrieve()
    return found.available[0].amount, found.pending[0].amount


def newest(client: stripe.StripeClient) -> Any:
    return client.v1.balance_transactions.list(params={"limit": 1}).data[0]


def refused(standin: Standin, path: str, **form: str) -> int:
    return fetch(f"{standin.url}/_standin/{path}", form=form, headers={"Authorization": f"Bearer {KEY}"}).status


def test_money_is_available_two_days_later(standin: Standin, shop: stripe.StripeClient) -> None:
    pay(shop)
    entry = newest(shop)
    assert (entry.status, entry.available_on - entry.created, entry.reporting_category) == (
        "pending",
        TWO_DAYS,
        "charge",
    )
    assert balance(shop) == (0, 10_000 - FEE)
    standin.control("clock", ahead=TWO_DAYS + 5)
    assert balance(shop) == (10_000 - FEE, 0) and newest(shop).status == "available"


class TestRefunds:
    def test_one_that_is_pending_succeeds_later(
        self, standin: Standin, shop: stripe.StripeClient, receiver: Receiver
    ) -> None:
        intent = pay(shop, "pm_card_pendingRefund")
        refund = shop.v1.refunds.create(params={"payment_intent": intent.id})
        assert refund.status == "pending"
        assert standin.control(f"refunds/{refund.id}", status="succeeded")["status"] == "succeeded"
        wait_for(lambda: "refund.updated" in receiver.kinds())
        assert shop.v1.refunds.retrieve(refund.id).status == "succeeded"

    def test_one_that_fails_brings_the_money_back(
        self, standin: Standin, shop: stripe.StripeClient, receiver: Receiver
    ) -> None:
        intent = pay(shop)
        refund = shop.v1.refunds.create(params={"payment_intent": intent.id, "amount": 4_000})
        standin.control(f"refunds/{refund.id}", status="failed")
        failed = shop.v1.refunds.retrieve(refund.id, params={"expand": ["failure_balance_transaction"]})
        back: Any = failed.failure_balance_transaction
        assert (failed.status, back.type, back.amount, back.source) == ("failed", "refund_failure", 4_000, refund.id)
        assert sum(balance(shop)) == 10_000 - FEE
        assert shop.v1.charges.retrieve(intent.latest_charge).amount_refunded == 0
        wait_for(lambda: "refund.failed" in receiver.kinds())
        assert refused(standin, f"refunds/{refund.id}", status="succeeded") == 400, "one that failed stays so"


class TestDisputes:
    def disputed(self, standin: Standin, shop: stripe.StripeClient) -> tuple[Any, Any]:
        intent = pay(shop)
        return intent, standin.control("disputes", charge=intent.latest_charge, reason="product_not_received")

    def test_the_bank_takes_the_money_and_stripe_a_fee(
        self, standin: Standin, shop: stripe.StripeClient, receiver: Receiver
    ) -> None:
        intent, opened = self.disputed(standin, shop)
        dispute = shop.v1.disputes.retrieve(opened["id"])
        assert (dispute.status, dispute.amount, dispute.reason) == ("needs_response", 10_000, "product_not_received")
        assert dispute.payment_intent == intent.id and shop.v1.charges.retrieve(intent.latest_charge).disputed
        (taken,) = dispute.balance_transactions
        assert (taken.type, taken.reporting_category) == ("adjustment", "dispute")
        assert (taken.amount, taken.fee, taken.net) == (-10_000, 1_500, -11_500)
        wait_for(lambda: "charge.dispute.funds_withdrawn" in receiver.kinds())
        assert [each.id for each in shop.v1.disputes.list(params={"payment_intent": intent.id}).data] == [dispute.id]

    def test_a_disputed_charge_is_not_refunded(self, standin: Standin, shop: stripe.StripeClient) -> None:
        intent, opened = self.disputed(standin, shop)
        with pytest.raises(stripe.InvalidRequestError) as charged_back:
            shop.v1.refunds.create(params={"payment_intent": intent.id})
        assert charged_back.value.code == "charge_disputed"
        standin.control(f"disputes/{opened['id']}", status="won")
        assert shop.v1.refunds.create(params={"payment_intent": intent.id}).amount == 10_000

    def test_won(self, standin: Standin, shop: stripe.StripeClient, receiver: Receiver) -> None:
        _, opened = self.disputed(standin, shop)
        standin.control(f"disputes/{opened['id']}", status="won")
        back = newest(shop)
        assert (back.amount, back.fee, back.reporting_category) == (10_000, 0, "dispute_reversal")
        assert sum(balance(shop)) == 10_000 - FEE - 1_500, "the dispute's fee stays with Stripe"
        wait_for(lambda: "charge.dispute.funds_reinstated" in receiver.kinds())

    def test_lost_or_given_up(self, standin: Standin, shop: stripe.StripeClient, receiver: Receiver) -> None:
        _, opened = self.disputed(standin, shop)
        assert shop.v1.disputes.close(opened["id"]).status == "lost"
        assert sum(balance(shop)) == -FEE - 1_500
        wait_for(lambda: "charge.dispute.closed" in receiver.kinds())
        assert refused(standin, f"disputes/{opened['id']}", status="won") == 400, "decided is decided"


class TestPayouts:
    @pytest.fixture
    def ready(self, standin: Standin, shop: stripe.StripeClient) -> stripe.StripeClient:
        """An account with 96.80 yuan available."""
        pay(shop)
        standin.control("clock", ahead=TWO_DAYS + 5)
        return shop

    def test_what_is_available_goes_to_the_bank(self, standin: Standin, ready: stripe.StripeClient) -> None:
        sent = standin.control("payouts")
        payout = ready.v1.payouts.retrieve(sent["id"], params={"expand": ["balance_transaction"]})
        entry: Any = payout.balance_transaction
        assert (payout.status, payout.amount, payout.automatic) == ("pending", 9_680, True)
        assert (entry.type, entry.amount, entry.reporting_category) == ("payout", -9_680, "payout")
        assert balance(ready) == (0, 0)
        standin.control(f"payouts/{payout.id}", status="paid")
        assert [each.status for each in ready.v1.payouts.list().data] == ["paid"]

    def test_one_that_fails_comes_back(self, standin: Standin, ready: stripe.StripeClient, receiver: Receiver) -> None:
        payout = ready.v1.payouts.create(params={"amount": 5_000, "currency": "cny"})
        standin.control(f"payouts/{payout.id}", status="failed")
        failed = ready.v1.payouts.retrieve(payout.id, params={"expand": ["failure_balance_transaction"]})
        back: Any = failed.failure_balance_transaction
        assert (failed.status, failed.failure_code, failed.automatic) == ("failed", "account_closed", False)
        assert (back.type, back.amount, back.reporting_category) == ("payout_failure", 5_000, "payout_reversal")
        assert balance(ready) == (9_680, 0)
        wait_for(lambda: "payout.failed" in receiver.kinds())

    def test_more_than_is_available_is_refused(self, ready: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            ready.v1.payouts.create(params={"amount": 9_681, "currency": "cny"})
        assert refusal.value.code == "balance_insufficient" and ready.v1.payouts.list().data == []

    def test_to_a_connected_account_and_back(self, standin: Standin, ready: stripe.StripeClient) -> None:
        seller = f"acct_{secrets.token_hex(8)}"
        sent = ready.v1.transfers.create(params={"amount": 6_000, "currency": "cny", "destination": seller})
        theirs = standin.client(account=seller)
        assert (sent.amount_reversed, balance(theirs), balance(ready)) == (0, (6_000, 0), (3_680, 0))
        back = ready.v1.transfers.reversals.create(sent.id, params={"amount": 2_000})
        assert (back.amount, back.transfer) == (2_000, sent.id)
        assert (balance(theirs), balance(ready)) == ((4_000, 0), (5_680, 0))
        with pytest.raises(stripe.InvalidRequestError) as too_much:
            ready.v1.transfers.reversals.create(sent.id, params={"amount": 4_001})
        assert too_much.value.code == "amount_too_large"
        ready.v1.transfers.reversals.create(sent.id)
        whole = ready.v1.transfers.retrieve(sent.id)
        assert whole.reversed and [each.amount for each in whole.reversals.data] == [4_000, 2_000]
        assert [each.type for each in ready.v1.balance_transactions.list(params={"limit": 3}).data] == [
            "transfer_refund", "transfer_refund", "transfer",
        ]  # fmt: skip

    def test_a_connected_accounts_payout_fails(self, standin: Standin, ready: stripe.StripeClient) -> None:
        seller = f"acct_{secrets.token_hex(8)}"
        ready.v1.transfers.create(params={"amount": 6_000, "currency": "cny", "destination": seller})
        theirs = standin.client(account=seller)
        payout = standin.control("payouts", account=seller)
        assert balance(theirs) == (0, 0)
        standin.control(f"payouts/{payout['id']}", status="failed")
        assert balance(theirs) == (6_000, 0)
        with pytest.raises(stripe.InvalidRequestError):
            ready.v1.payouts.retrieve(payout["id"])

    @pytest.mark.parametrize("destination", ["acct_1DaylilyDemo", "a farmer"])
    def test_transfers_go_to_other_accounts(self, ready: stripe.StripeClient, destination: str) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            ready.v1.transfers.create(params={"amount": 100, "currency": "cny", "destination": destination})
        assert refusal.value.param == "destination"


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("disputes", {}, 400),
        ("disputes", {"charge": "ch_nothing"}, 404),
        ("payouts", {}, 400),
        ("payouts/po_nothing", {"status": "paid"}, 404),
        ("refunds/re_nothing", {"status": "lost"}, 400),
    ],
)
def test_switches_that_make_no_sense_are_refused(
    standin: Standin, path: str, form: dict[str, str], status: int
) -> None:
    assert refused(standin, path, **form) == status


def test_a_transfer_needs_money_and_an_account_that_can_receive(standin: Standin, shop: stripe.StripeClient) -> None:
    asked: Any = {"amount": 5_000, "currency": "cny", "destination": "acct_1OxA2bC3dE4fG5hI"}
    with pytest.raises(stripe.InvalidRequestError) as short:
        shop.v1.transfers.create(params=asked)
    assert short.value.code == "balance_insufficient"
    pay(shop)
    standin.control("clock", ahead=TWO_DAYS + 5)
    with pytest.raises(stripe.InvalidRequestError) as unable:
        shop.v1.transfers.create(params=asked | {"destination": "acct_restricted1A2b"})
    assert unable.value.code == "insufficient_capabilities_for_transfer"
    assert shop.v1.transfers.create(params=asked).amount == 5_000
    assert newest(shop).reporting_category == "transfer"
