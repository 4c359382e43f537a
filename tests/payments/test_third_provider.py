"""A third way to pay is a description in the register: orders are placed, paid, paid late and paid back by it, and every audit agrees."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders import expiry
from orders.counter import NoSuchCashOrder, find_cash_order
from orders.models import Channel, OrderLine, OrderState, Sale
from orders.paying import NothingToPay, payment_page
from orders.portions import Portion
from orders.refunding import refund_lines
from orders.settlement import settle_payment
from payments import ledger, providers
from payments.jobs import send_refund
from payments.ledger import Part
from payments.models import AccountKind, Payment, PaymentState, Provider, Refund, RefundState
from payments.providers import PaymentProvider, ProviderAway, ProviderRefused, SentRefund
from payments.resending import NotOwed, pay_out
from reports.audit import LEDGER_CHECKS, VOLUME_CHECKS, differences
from tests.cast import make_clerk
from tests.orders.scene import Scene, make_scene, order_of, to_the_point
from tests.orders.test_buying import fill, review, text_of

pytestmark = pytest.mark.django_db
REMARK = "汇款至中国农业银行祁东县支行，附言：{}"


def remark(payment: Payment) -> str:
    """What the buyer writes with the money, so that the county's clerk knows whose it is."""
    return REMARK.format(payment.order_ref[:8])


def by_hand(refund: Refund, _station_code: str) -> Part:
    return Part(AccountKind.BANK, "", -refund.amount_fen)


BY_TRANSFER = PaymentProvider(
    name="transfer",
    label="对公转账",
    waits=dt.timedelta(days=3),
    account=AccountKind.BANK,
    instructions=remark,
    hand_out=by_hand,
)


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def transfer() -> Iterator[PaymentProvider]:
    """A transfer to the county's bank account, with the order's remark; paid back by hand."""
    providers.register(BY_TRANSFER)
    yield BY_TRANSFER
    providers.forget(BY_TRANSFER.name)


def audited() -> list[str]:
    return [*differences(LEDGER_CHECKS), *differences(VOLUME_CHECKS)]


def test_an_order_is_placed_paid_and_paid_back_by_hand(scene: Scene, transfer: PaymentProvider) -> None:
    order = order_of(scene, pay_by=transfer.name)
    payment = Payment.objects.get(order_ref=order.ref)
    assert (order.reserved_until - order.placed_at, payment.provider) == (dt.timedelta(days=3), "transfer")
    settle_payment(payment.pk, intent_id="回单20260701")
    assert ledger.balance(AccountKind.BANK) == order.total_fen
    assert set(Sale.objects.values_list("channel", flat=True)) == {Channel.DAYLILY}
    line = OrderLine.objects.filter(consignment__order=order).order_by("pk")[0]
    refund = refund_lines(order=order, portions=[Portion(line.pk)], by=None, reason="没有货")
    assert refund is not None
    assert ledger.balance(AccountKind.BUYER_CREDIT, order.ref) == -refund.amount_fen
    assert audited() == []
    send_refund(refund.pk)  # nobody to send it
    clerk = make_clerk(scene.qidong.centre)
    assert pay_out(refund, station_code="", by_id=clerk.pk).state == RefundState.SUCCEEDED
    with pytest.raises(NotOwed):
        pay_out(refund, station_code="", by_id=clerk.pk)
    assert ledger.balance(AccountKind.BANK) == order.total_fen - refund.amount_fen
    assert ledger.balance(AccountKind.BUYER_CREDIT, order.ref) == 0
    assert audited() == []


def test_money_that_comes_too_late_is_owed_until_it_is_handed_out(scene: Scene, transfer: PaymentProvider) -> None:
    order = order_of(scene, pay_by=transfer.name)
    type(order).objects.filter(pk=order.pk).update(reserved_until=timezone.now() - dt.timedelta(seconds=1))
    assert expiry.expire_reservations() == 1
    for variant in (scene.tea, scene.daylily, scene.more_daylily):
        variant.product.status = "withdrawn"
        variant.product.save()
    payment = Payment.objects.get(order_ref=order.ref)
    assert settle_payment(payment.pk).state == OrderState.EXPIRED
    assert ledger.owed(AccountKind.BUYER_CREDIT, order.ref) == order.total_fen
    assert audited() == []
    pay_out(Refund.objects.get(), station_code="", by_id=make_clerk(scene.qidong.centre).pk)
    assert ledger.balance(AccountKind.BANK) == 0
    assert Payment.objects.get(pk=payment.pk).state == PaymentState.REFUNDED
    assert audited() == []


@pytest.mark.parametrize(("answer", "state"), [("succeeded", RefundState.SUCCEEDED), ("refused", RefundState.FAILED)])
def test_one_that_sends_money_back_itself_is_asked_by_the_job(scene: Scene, answer: str, state: RefundState) -> None:
    sent: list[str] = []

    def send(refund: Refund) -> SentRefund:
        sent.append(refund.key)
        if len(sent) == 1:
            raise ProviderAway("the bank's line is busy")
        if answer == "refused":
            raise ProviderRefused("account closed")
        return SentRefund("回执1", refund.key, answer)

    way = PaymentProvider(
        name="unionpay", label="银联", waits=dt.timedelta(hours=1), account=AccountKind.BANK, send=send
    )
    providers.register(way)
    try:
        order = order_of(scene, pay_by=way.name)
        settle_payment(Payment.objects.get(order_ref=order.ref).pk)
        lines = OrderLine.objects.filter(consignment__order=order)
        refund = refund_lines(order=order, portions=[Portion(line.pk) for line in lines], by=None, reason="没有货")
        assert refund is not None
        with pytest.raises(ProviderAway):
            send_refund(refund.pk)
        assert Refund.objects.get(pk=refund.pk).state == RefundState.PENDING
        send_refund(refund.pk)
        send_refund(refund.pk)
        assert (Refund.objects.get(pk=refund.pk).state, len(sent)) == (state, 2)
        with pytest.raises(NotOwed):
            pay_out(refund, station_code="", by_id=make_clerk(scene.qidong.centre).pk)
        assert audited() == []
    finally:
        providers.forget(way.name)


def test_the_checkout_offers_it_and_the_orders_page_says_what_to_do(
    scene: Scene, client: Client, transfer: PaymentProvider
) -> None:
    fill(client, (scene.daylily, 2))
    shown, data = review(client, pay_by=transfer.name)
    assert 'value="transfer"' in text_of(shown)
    answer = client.post(reverse("checkout"), data)
    payment = Payment.objects.get()
    assert answer["Location"] == reverse("order", args=[payment.order_ref])
    page = text_of(client.get(answer["Location"]))
    assert remark(payment) in page and "对公转账" in page and "柜台" not in page
    with pytest.raises(NothingToPay):
        payment_page(order_of(scene, pay_by=transfer.name))


def test_a_way_that_is_not_registered_is_refused_in_the_form_and_by_the_journey(scene: Scene, client: Client) -> None:
    fill(client, (scene.daylily, 1))
    _shown, data = review(client, pay_by="transfer")
    client.post(reverse("checkout"), data)
    with pytest.raises(providers.NoSuchProvider):
        order_of(scene, pay_by="transfer")
    assert not Payment.objects.exists()


def test_the_counter_takes_no_cash_for_what_a_third_way_pays(scene: Scene, transfer: PaymentProvider) -> None:
    """A clerk who types its number finds no cash to receive."""
    point = to_the_point(scene.qidong.point)
    by_transfer = order_of(scene, delivery=point, pay_by=transfer.name)
    by_cash = order_of(scene, delivery=point, pay_by=Provider.COUNTER)
    clerk = make_clerk(scene.qidong.point)
    assert find_cash_order(by=clerk, number=by_cash.number, phone_tail=by_cash.phone[-4:]) == by_cash
    with pytest.raises(NoSuchCashOrder):
        find_cash_order(by=clerk, number=by_transfer.number, phone_tail=by_transfer.phone[-4:])


def test_one_name_is_one_way_and_money_goes_back_in_one_way(transfer: PaymentProvider) -> None:
    providers.register(transfer)  # the same once more changes nothing
    taken: dict[str, Any] = {"name": "transfer", "label": "x", "waits": dt.timedelta(1), "account": AccountKind.BANK}
    with pytest.raises(ValueError, match="another way to pay is called transfer"):
        providers.register(PaymentProvider(**taken, hand_out=by_hand))
    with pytest.raises(ValueError, match="by a job or by hand"):
        PaymentProvider(**taken)
    assert [one.name for one in providers.providers()] == [Provider.STRIPE, Provider.COUNTER, "transfer"]


class TestTheAuditOfIt:
    """Each clause sees what it is there for."""

    def test_money_that_did_not_arrive_on_the_account(self, scene: Scene, transfer: PaymentProvider) -> None:
        order = order_of(scene, pay_by=transfer.name)
        settle_payment(Payment.objects.get(order_ref=order.ref).pk)
        Payment.objects.update(state=PaymentState.OPEN)
        assert any("further ways to pay" in line for line in audited())

    def test_a_way_that_nobody_knows(self, scene: Scene) -> None:
        Payment.objects.filter(order_ref=order_of(scene).ref).update(provider="barter")
        assert any("nobody knows" in line and "barter" in line for line in audited())
