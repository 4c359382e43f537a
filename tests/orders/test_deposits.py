"""A pre-sale with a deposit: the deposit first, the balance in the two weeks before, and every way that it can end."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog import packing
from catalog.models import Variant
from catalog.presale import open_presale
from orders.balance import balance_payment, open_balances, remind_of_balances
from orders.checkout import Seen
from orders.deposit_back import TooLateToRegret, regret_deposit
from orders.deposits import DepositApart, Priced, closes_at, deposit_of, opens_at
from orders.expiry import expire_reservations
from orders.models import Consignment, Notice, NoticeStep, Order, OrderLine, OrderState, Sale
from orders.parcels import plan_parcels
from orders.promises import bring_in, call_off, move_promise, pay_back_short, short_lines
from orders.refusals import PriceChanged
from orders.sessions import settle_session
from orders.settlement import settle_payment
from orders.statement import state_month
from orders.statement_sheet import statement_rows
from payments import ledger
from payments.models import (
    AccountKind,
    Dispute,
    DisputeState,
    Payment,
    PaymentPurpose,
    PaymentState,
    Provider,
    Refund,
    Transfer,
)
from payments.stripe_checkout import PaidSession
from tests.cast import make_clerk
from tests.orders.depositing import (
    let_it_lapse,
    open_now,
    pay_balance,
    pay_deposit,
    payment_of,
    sell_ahead,
    soon,
    with_deposit,
)
from tests.orders.promoting import make_coupon
from tests.orders.scene import Scene, make_scene, order_of, tell_all, to_the_point

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def ahead(scene: Scene) -> Variant:
    """Twenty packs with a deposit of a fifth."""
    return sell_ahead(scene)[0]


def audits() -> None:
    call_command("check_ledger", verbosity=0)
    call_command("check_volume", verbosity=0)


def held(variant: Variant) -> int:
    return Variant.objects.get(pk=variant.pk).held


class TestOpening:
    """Who opens a pre-sale says how much is paid first."""

    @pytest.mark.parametrize("percent", [0, 4, 21, 100])
    def test_the_law_bounds_it(self, scene: Scene, percent: int) -> None:
        with pytest.raises(ValidationError):
            sell_ahead(scene, percent=percent)
        assert not Variant.objects.filter(promised_week__isnull=False).exists()

    def test_the_database_bounds_it_too(self, scene: Scene) -> None:
        _variant, lot = sell_ahead(scene)
        for wrong in (4, 21):
            with pytest.raises(IntegrityError), transaction.atomic():
                type(lot).objects.filter(pk=lot.pk).update(deposit_percent=wrong)

    def test_one_pack_has_one_deposit(self, scene: Scene, ahead: Variant) -> None:
        with pytest.raises(packing.HarvestMixed):
            open_presale(by=make_clerk(scene.qidong.point, "周兰"), variant=ahead, promised_week=soon(), cap_g=5_000)
        assert ahead.deposit_percent == 20


class TestHowMuch:
    """Of the price before discounts, and never more than a fifth of what is paid in the end."""

    def test_discounts_reduce_the_balance(self) -> None:
        assert deposit_of([Priced(10_000, 9_000, 10)]) == 1_000

    def test_a_fifth_of_the_contract_at_most(self) -> None:
        assert deposit_of([Priced(10_000, 3_000, 20)]) == 600

    def test_too_little_for_a_payment_of_its_own_is_none(self) -> None:
        assert deposit_of([Priced(4_999, 4_999, 10)]) == 0
        assert deposit_of([Priced(5_000, 5_000, 10)]) == 500

    def test_an_order_with_a_coupon(self, scene: Scene, ahead: Variant) -> None:
        make_coupon(percent_bp=5_000)
        order = order_of(scene, lines=[(ahead.pk, 4)], coupon="HUANGHUA10")
        assert (order.goods_fen, order.deposit_fen) == (4 * 1_940, 4 * 1_940 // 5)

    def test_small_orders_are_paid_at_once_also_at_a_counter(self, scene: Scene) -> None:
        variant, _lot = sell_ahead(scene, percent=5)
        point = to_the_point(scene.qidong.second_point)
        for way in ({}, {"delivery": point, "pay_by": Provider.COUNTER, "key": "cash"}):
            order = order_of(scene, lines=[(variant.pk, 1)], **way)
            assert order.deposit_fen == 0 and payment_of(order, PaymentPurpose.WHOLE).amount_fen == order.total_fen

    def test_rounded_once_whatever_the_number_of_lots(self) -> None:
        apart = [Priced(3_333, 3_333, 15), Priced(16_665, 16_665, 15)]
        assert deposit_of(apart) == deposit_of([Priced(19_998, 19_998, 15)]) == 2_999


class TestOrderedApart:
    """Goods with a deposit are ordered by themselves, and paid online."""

    def test_not_with_others(self, scene: Scene, ahead: Variant) -> None:
        with pytest.raises(DepositApart):
            order_of(scene, lines=[(ahead.pk, 1), (scene.daylily.pk, 1)])
        assert held(ahead) == held(scene.daylily) == 0

    def test_not_with_another_week(self, scene: Scene, ahead: Variant) -> None:
        later, _lot = sell_ahead(scene, weeks=8)
        with pytest.raises(DepositApart):
            order_of(scene, lines=[(ahead.pk, 1), (later.pk, 1)])

    def test_not_in_cash(self, scene: Scene, ahead: Variant) -> None:
        point = scene.qidong.second_point
        with pytest.raises(DepositApart):
            order_of(scene, lines=[(ahead.pk, 4)], delivery=to_the_point(point), pay_by=Provider.COUNTER)

    def test_a_deposit_that_was_not_agreed_on_is_not_taken(self, scene: Scene, ahead: Variant) -> None:
        with pytest.raises(PriceChanged) as refused:
            order_of(scene, lines=[(ahead.pk, 4)], seen=Seen(deposit_fen=0))
        assert refused.value.deposit == (0, 4 * 3_880 // 5)
        assert not Order.objects.exists()


class TestDeposit:
    """It is kept apart: nothing is sold, nobody has earned it, and the goods stay held."""

    def test_it_lies_in_an_account_of_its_own(self, scene: Scene, ahead: Variant) -> None:
        order = with_deposit(scene, ahead)
        assert order.state == OrderState.DEPOSIT and order.deposit_fen == 4 * 3_880 // 5
        assert ledger.owed(AccountKind.DEPOSIT, order.ref) == ledger.balance(AccountKind.STRIPE) == order.deposit_fen
        assert not Sale.objects.exists() and ledger.owed(AccountKind.SELLER_PENDING, scene.store.slug) == 0
        assert held(ahead) == 4 and not Payment.objects.filter(state=PaymentState.OPEN).exists()
        assert expire_reservations() == 0  # a quarter of an hour is over, and it is kept
        assert tell_all(order, NoticeStep.DEPOSIT) == 1
        audits()

    def test_it_is_booked_once(self, scene: Scene, ahead: Variant) -> None:
        order = with_deposit(scene, ahead)
        pay_deposit(order)
        assert Transfer.objects.count() == 1

    def test_unpaid_it_expires_like_any_order(self, scene: Scene, ahead: Variant) -> None:
        order = order_of(scene, lines=[(ahead.pk, 4)])
        Order.objects.filter(pk=order.pk).update(reserved_until=timezone.now() - dt.timedelta(minutes=1))
        assert expire_reservations() == 1
        order.refresh_from_db()
        assert order.state == OrderState.EXPIRED and held(ahead) == 0
        audits()

    def test_late_it_takes_the_goods_again_or_goes_back(self, scene: Scene, ahead: Variant) -> None:
        first, second = (order_of(scene, lines=[(ahead.pk, 4)]) for _ in range(2))
        Order.objects.update(reserved_until=timezone.now() - dt.timedelta(minutes=1))
        assert expire_reservations() == 2
        assert pay_deposit(first).state == OrderState.DEPOSIT
        order_of(scene, lines=[(ahead.pk, 16)])
        assert pay_deposit(second).state == OrderState.EXPIRED
        assert Refund.objects.get().amount_fen == second.deposit_fen
        assert held(ahead) == 20
        audits()

    def test_seen_by_no_seller_before_it_is_paid(self, scene: Scene, ahead: Variant) -> None:
        order = with_deposit(scene, ahead)
        assert plan_parcels(order.pk) == 0 and Consignment.objects.get(order=order).parcel_id is None


class TestWindow:
    """From two weeks before until three days before, and five days at least."""

    def test_the_days(self) -> None:
        week = dt.date(2027, 3, 15)
        opens = opens_at(week)
        assert timezone.localtime(opens).date() == dt.date(2027, 3, 1)
        assert timezone.localtime(closes_at(week, opens)) == timezone.make_aware(dt.datetime(2027, 3, 12, 20))

    def test_whoever_is_told_late_has_five_days(self) -> None:
        told = timezone.make_aware(dt.datetime(2027, 3, 11, 9))
        assert closes_at(dt.date(2027, 3, 15), told) == timezone.make_aware(dt.datetime(2027, 3, 16, 20))

    def test_it_opens_once_and_is_told(self, scene: Scene, ahead: Variant) -> None:
        order = with_deposit(scene, ahead)
        assert balance_payment(order) is None and open_balances() == 0
        assert order.balance_from == opens_at(soon())
        Order.objects.filter(pk=order.pk).update(balance_from=timezone.now() - dt.timedelta(minutes=1))
        assert open_balances() == 1 and open_balances() == 0
        assert tell_all(order, NoticeStep.BALANCE) == 1
        payment = balance_payment(order)
        assert payment is not None and payment.amount_fen == order.total_fen - order.deposit_fen
        assert balance_payment(order) == payment
        audits()

    def test_the_day_before_is_told_once(self, scene: Scene, ahead: Variant) -> None:
        order = open_now(with_deposit(scene, ahead))
        assert remind_of_balances() == 0
        Order.objects.filter(pk=order.pk).update(reserved_until=timezone.now() + dt.timedelta(hours=20))
        assert remind_of_balances() == 1 and remind_of_balances() == 0
        assert tell_all(order, NoticeStep.BALANCE_ENDS) == 1

    def test_a_moved_promise_moves_it(self, scene: Scene, ahead: Variant) -> None:
        order, lot = with_deposit(scene, ahead), ahead.product.lots.get(promised_week__isnull=False)
        move_promise(by=make_clerk(scene.qidong.point, "周兰"), lot=lot, promised_week=soon(9))
        order.refresh_from_db()
        assert (order.balance_from, order.reserved_until) == (
            opens_at(soon(9)),
            closes_at(soon(9), opens_at(soon(9))),
        )
        open_now(order)
        move_promise(by=make_clerk(scene.qidong.point, "何梅"), lot=lot, promised_week=soon(1))
        order.refresh_from_db()
        assert order.reserved_until > timezone.now() + dt.timedelta(days=5) - dt.timedelta(minutes=1)

    def test_a_harvest_that_is_in_opens_it(self, scene: Scene, ahead: Variant) -> None:
        order, lot = with_deposit(scene, ahead), ahead.product.lots.get(promised_week__isnull=False)
        clerk = make_clerk(scene.qidong.point, "周兰")
        bring_in(by=clerk, lot=lot, harvested_on=timezone.localdate(), quantity_g=9_000)
        order.refresh_from_db()
        assert order.state == OrderState.DEPOSIT and order.balance_opened_at is not None
        pay_balance(order)
        assert plan_parcels(order.pk) == 1
        audits()

    def test_an_old_page_gives_way_to_a_new_one(self, scene: Scene, ahead: Variant) -> None:
        order = open_now(with_deposit(scene, ahead))
        old = balance_payment(order)
        assert old is not None
        Payment.objects.filter(pk=old.pk).update(
            session_id="cs_old", session_url="https://checkout.stripe.com/old",
            created_at=timezone.now() - dt.timedelta(hours=21),
        )  # fmt: skip
        new = balance_payment(order)
        assert new is not None and new.pk != old.pk and not new.session_url
        audits()
        assert settle_payment(old.pk).state == OrderState.PAID  # paid on the old page after all
        new.refresh_from_db()
        assert new.state == PaymentState.EXPIRED
        audits()
        assert settle_payment(new.pk).state == OrderState.PAID  # and then on the new one too
        assert Refund.objects.get().amount_fen == new.amount_fen
        audits()

    def test_a_page_that_never_opened_gives_way_too(self, scene: Scene, ahead: Variant) -> None:
        order = open_now(with_deposit(scene, ahead))
        first = balance_payment(order)
        assert first is not None and balance_payment(order) == first
        Payment.objects.filter(pk=first.pk).update(created_at=timezone.now() - dt.timedelta(hours=21))
        again = balance_payment(order)
        assert again is not None and again.pk != first.pk


class TestBalance:
    """From the balance on, everything is as with any order."""

    def test_it_books_what_a_sale_books(self, scene: Scene, ahead: Variant) -> None:
        order = pay_balance(with_deposit(scene, ahead))
        part = Consignment.objects.get(order=order)
        assert order.state == OrderState.PAID
        assert ledger.owed(AccountKind.DEPOSIT, order.ref) == 0
        assert ledger.balance(AccountKind.STRIPE) == order.total_fen
        assert ledger.owed(AccountKind.SELLER_PENDING, scene.store.slug) == part.seller_fen
        assert sum(Sale.objects.values_list("amount_fen", flat=True)) == order.goods_fen
        assert Notice.objects.filter(order=order, step=NoticeStep.PAID).count() == 1
        audits()

    def test_late_it_goes_back(self, scene: Scene, ahead: Variant) -> None:
        order = open_now(with_deposit(scene, ahead))
        payment = balance_payment(order)
        assert payment is not None
        let_it_lapse(order)
        assert expire_reservations() == 1
        assert settle_payment(payment.pk).state == OrderState.LAPSED
        assert Refund.objects.get().amount_fen == payment.amount_fen
        assert tell_all(order, NoticeStep.LATE) == 1
        audits()


class TestLapse:
    """Not paid in time: the goods are free again, and the deposit is the farmer's."""

    def test_once_and_without_commission(self, scene: Scene, ahead: Variant) -> None:
        order = open_now(with_deposit(scene, ahead))
        balance_payment(order)
        let_it_lapse(order)
        assert expire_reservations() == 1 and expire_reservations() == 0
        order.refresh_from_db()
        assert order.state == OrderState.LAPSED and held(ahead) == 0
        assert ledger.owed(AccountKind.SELLER_AVAILABLE, scene.store.slug) == order.deposit_fen
        assert ledger.owed(AccountKind.COMMISSION) == 0 and not Sale.objects.exists() and not Refund.objects.exists()
        assert tell_all(order, NoticeStep.LAPSED) == 1
        audits()

    def test_a_page_that_stripe_says_nothing_of_costs_nobody_the_deposit(self, scene: Scene, ahead: Variant) -> None:
        order = open_now(with_deposit(scene, ahead))
        payment = balance_payment(order)
        assert payment is not None
        Payment.objects.filter(pk=payment.pk).update(session_id="cs_open", session_url="https://checkout.stripe.com/x")
        let_it_lapse(order)
        Order.objects.filter(pk=order.pk).update(reserved_until=timezone.now() - dt.timedelta(days=2))
        assert expire_reservations() == 0
        assert settle_payment(payment.pk).state == OrderState.PAID
        audits()

    def test_not_while_the_deposit_is_disputed_nor_unasked(self, scene: Scene, ahead: Variant) -> None:
        disputed, unasked = open_now(with_deposit(scene, ahead)), with_deposit(scene, ahead, key="unasked")
        let_it_lapse(disputed, unasked)
        Order.objects.filter(pk=unasked.pk).update(balance_opened_at=None)
        found = Dispute.objects.create(
            dispute_id="du_1", payment=payment_of(disputed), amount_fen=disputed.deposit_fen, reason="fraudulent",
            status="needs_response", opened_at=timezone.now(), known_at=timezone.now(),
        )  # fmt: skip
        assert expire_reservations() == 0
        Dispute.objects.filter(pk=found.pk).update(state=DisputeState.WON, status="won", closed_at=timezone.now())
        open_balances()
        assert expire_reservations() == 1
        assert set(Order.objects.values_list("state", flat=True)) == {OrderState.LAPSED, OrderState.DEPOSIT}

    def test_budgets_are_free_again(self, scene: Scene, ahead: Variant) -> None:
        coupon = make_coupon(percent_bp=1_000)
        order = open_now(with_deposit(scene, ahead, coupon="HUANGHUA10"))
        let_it_lapse(order)
        expire_reservations()
        coupon.refresh_from_db()
        assert coupon.used == 0
        audits()


class TestBack:
    """The deposit goes back whole."""

    def test_within_a_day(self, scene: Scene, ahead: Variant) -> None:
        order = with_deposit(scene, ahead)
        refund = regret_deposit(order=order)
        order.refresh_from_db()
        assert (order.state, refund.amount_fen, held(ahead)) == (OrderState.CALLED_OFF, order.deposit_fen, 0)
        assert ledger.balance(AccountKind.STRIPE) == ledger.owed(AccountKind.DEPOSIT, order.ref) == 0
        assert tell_all(order, NoticeStep.DEPOSIT_BACK) == 1
        with pytest.raises(TooLateToRegret):
            regret_deposit(order=order)
        audits()

    def test_not_after_a_day(self, scene: Scene, ahead: Variant) -> None:
        order = with_deposit(scene, ahead)
        with pytest.raises(TooLateToRegret):
            regret_deposit(order=order, at=timezone.now() + dt.timedelta(hours=24))

    def test_not_when_the_balance_can_be_paid(self, scene: Scene, ahead: Variant) -> None:
        order = open_now(with_deposit(scene, ahead))
        with pytest.raises(TooLateToRegret):
            regret_deposit(order=order)

    def test_who_paid_a_deposit_first_is_served_first(self, scene: Scene, ahead: Variant) -> None:
        lot, now = ahead.product.lots.get(promised_week__isnull=False), timezone.now()
        late, early = (order_of(scene, lines=[(ahead.pk, 4)]) for _ in range(2))
        pay_deposit(early, at=now - dt.timedelta(days=3))
        pay_deposit(late, at=now - dt.timedelta(days=2))
        pay_balance(late)
        clerk = make_clerk(scene.qidong.point, "周兰")
        bring_in(by=clerk, lot=lot, harvested_on=timezone.localdate(), quantity_g=2_500)
        early.refresh_from_db()
        assert early.state == OrderState.DEPOSIT  # it can be paid now
        assert OrderLine.objects.get(consignment__order=late).short_since is not None

    def test_a_harvest_that_is_too_small(self, scene: Scene, ahead: Variant) -> None:
        lot = ahead.product.lots.get(promised_week__isnull=False)
        served, short = with_deposit(scene, ahead, 4), with_deposit(scene, ahead, 6)
        clerk = make_clerk(scene.qidong.point, "周兰")
        found = bring_in(by=clerk, lot=lot, harvested_on=timezone.localdate(), quantity_g=2_100)
        for order in (served, short):
            order.refresh_from_db()
        assert (served.state, short.state, found.served) == (OrderState.DEPOSIT, OrderState.CALLED_OFF, 1)
        assert Refund.objects.get().amount_fen == short.deposit_fen and held(ahead) == 4
        audits()

    def test_the_farm_calls_it_off(self, scene: Scene, ahead: Variant) -> None:
        lot = ahead.product.lots.get(promised_week__isnull=False)
        orders = [with_deposit(scene, ahead, 3) for _ in range(2)]
        assert call_off(by=make_clerk(scene.qidong.point, "周兰"), lot=lot) == 2
        assert {order.state for order in Order.objects.all()} == {OrderState.CALLED_OFF}
        assert Refund.objects.count() == 2 and ledger.balance(AccountKind.STRIPE) == 0
        ahead.refresh_from_db()
        assert (ahead.on_hand, ahead.held) == (0, 0)
        assert all(Notice.objects.filter(order=order, step=NoticeStep.DEPOSIT_BACK).exists() for order in orders)
        audits()

    def test_what_is_paid_or_reserved_when_it_is_called_off_is_not_sold_again(
        self, scene: Scene, ahead: Variant
    ) -> None:
        lot = ahead.product.lots.get(promised_week__isnull=False)
        whole, reserved = (
            pay_balance(with_deposit(scene, ahead, 3)),
            order_of(scene, lines=[(ahead.pk, 2)], key="later"),
        )
        assert call_off(by=make_clerk(scene.qidong.point, "周兰"), lot=lot) == 0
        assert [line.consignment.order for line in short_lines(lot)] == [whole]
        assert pay_deposit(reserved).state == OrderState.EXPIRED and Refund.objects.count() == 1
        assert pay_back_short(by=make_clerk(scene.qidong.centre, "邹丽"), lot=lot) == 1
        ahead.refresh_from_db()
        assert (ahead.on_hand, ahead.held) == (0, 0)
        assert Notice.objects.filter(order=whole, step=NoticeStep.SHORT).exists()
        audits()

    def test_a_deposit_for_a_harvest_that_was_too_small_meanwhile(self, scene: Scene, ahead: Variant) -> None:
        lot, order = ahead.product.lots.get(promised_week__isnull=False), order_of(scene, lines=[(ahead.pk, 6)])
        clerk = make_clerk(scene.qidong.point, "周兰")
        bring_in(by=clerk, lot=lot, harvested_on=timezone.localdate(), quantity_g=1_000)
        assert pay_deposit(order).state == OrderState.EXPIRED
        assert Refund.objects.get().amount_fen == order.deposit_fen
        audits()


class TestWhatIsNotOurs:
    """What Stripe says of another sum, currency or order is not booked; goods that are recalled are not sent."""

    @pytest.mark.parametrize("changes", [{"amount_fen": 3_104}, {"currency": "USD"}, {"order_ref": "another"}])
    def test_another_sum_or_currency_is_not_booked(
        self, scene: Scene, ahead: Variant, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
    ) -> None:
        order = open_now(with_deposit(scene, ahead))
        payment = balance_payment(order)
        assert payment is not None
        Payment.objects.filter(pk=payment.pk).update(session_id="cs_balance")
        said = PaidSession("cs_balance", order.ref, payment.amount_fen, "CNY", paid=True, intent_id="pi_balance")
        monkeypatch.setattr(
            "payments.stripe_checkout.read_session", lambda _session, patient=True: replace(said, **changes)
        )
        settle_session("cs_balance")
        order.refresh_from_db()
        assert order.state == OrderState.DEPOSIT
        monkeypatch.setattr("payments.stripe_checkout.read_session", lambda _session, patient=True: said)
        settle_session("cs_balance")
        order.refresh_from_db()
        assert order.state == OrderState.PAID
        audits()

    def test_of_a_recalled_lot_both_payments_go_back(self, scene: Scene, ahead: Variant) -> None:
        order = open_now(with_deposit(scene, ahead))
        payment = balance_payment(order)
        assert payment is not None
        ahead.product.lots.filter(promised_week__isnull=False).update(recalled_at=timezone.now())
        assert settle_payment(payment.pk).state == OrderState.CALLED_OFF
        assert sorted(Refund.objects.values_list("amount_fen", flat=True)) == [order.deposit_fen, payment.amount_fen]
        assert ledger.balance(AccountKind.STRIPE) == 0

    def test_the_farmers_statement_says_what_was_kept(self, scene: Scene, ahead: Variant) -> None:
        order = open_now(with_deposit(scene, ahead))
        let_it_lapse(order)
        expire_reservations()
        stated = state_month(scene.store.household, timezone.localdate().replace(day=1))
        assert [row.fen for row in stated.moved] == [order.deposit_fen] and "定金" in stated.moved[0].words
        assert stated.closing_fen == stated.ready_fen == order.deposit_fen
        rows = list(statement_rows(stated))
        assert sum(row[-1] for row in rows[:-1]) == rows[-1][-1]


def test_a_deposit_that_comes_after_the_harvest_can_be_followed_at_once(scene: Scene, ahead: Variant) -> None:
    order, lot = order_of(scene, lines=[(ahead.pk, 4)]), ahead.product.lots.get(promised_week__isnull=False)
    clerk = make_clerk(scene.qidong.point, "周兰")
    bring_in(by=clerk, lot=lot, harvested_on=timezone.localdate(), quantity_g=9_000)
    pay_deposit(order)
    assert open_balances() == 1
    audits()
