"""A lost dispute that took more than was left of its order: shown with what is missing, and settled by two people."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from orders import release
from orders.dispute_losses import LossRefused, confirm_loss, decline_loss, look_at, parts_of, propose_loss, unborne
from orders.disputes import note_dispute
from orders.models import DisputeLoss, LossBearer, LossState, Order, OrderLine, OrderState
from orders.portions import Portion
from orders.promises import bring_in
from orders.refunding import refund_lines
from orders.verification import verify_delivered
from payments import ledger
from payments.ledger import Part
from payments.models import AccountKind, Dispute, MovementState, PaymentPurpose, StripeMovement, TransferKind
from payments.pairing import pair_all
from sellers.models import Household
from sellers.paying import OwnHousehold
from stations.models import Role
from stations.scope import NotAllowed
from tests.cast import SANGZHI, make_clerk, make_official, signed_in_client
from tests.orders.depositing import pay_balance, payment_of, sell_ahead, with_deposit
from tests.orders.scene import Scene, make_scene, order_of, paid
from tests.orders.test_disputes import LONG_AGO, dispute, said
from tests.reports.test_audits import deliver

pytestmark = pytest.mark.django_db
BACK = 100  # fen that the buyer got back before the bank took all of it
WHY = "买家先申请退款，又向银行拒付"


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def centre(scene: Scene) -> User:
    return make_clerk(scene.qidong.centre, "邹丽")


@pytest.fixture
def above() -> User:
    return make_official("430400000000", Role.PREFECTURE_OFFICIAL, "何卫东")


@pytest.fixture
def lost(scene: Scene) -> Dispute:
    """An order that was delivered and partly paid back; then the bank took all that had been paid."""
    order = paid(order_of(scene), at=timezone.now() - LONG_AGO)
    deliver(order, at=timezone.now() - LONG_AGO)
    line = order.consignments.get().lines.get()
    refund_lines(
        order=order, portions=[Portion(line.pk, units=0, amount_fen=BACK, freight_fen=0)], by=None, reason="short"
    )
    verify_delivered()
    found = dispute(order, "lost")
    now = timezone.now()
    StripeMovement.objects.create(
        txn_id="txn_lost", type="adjustment", category="dispute", amount_fen=-order.total_fen, fee_fen=0,
        net_fen=-order.total_fen, currency="CNY", source_id=found.dispute_id, created_at=now, available_on=now,
    )  # fmt: skip
    pair_all()
    return found


def order_of_it(lost: Dispute) -> Order:
    return Order.objects.get(ref=lost.payment.order_ref)


def test_the_list_says_what_is_missing(lost: Dispute, centre: User) -> None:
    (one,) = unborne(centre)
    assert (one.dispute, one.shared_fen, one.missing_fen) == (lost, 0, BACK)
    assert one.left_fen == lost.amount_fen - BACK
    assert unborne(make_official(SANGZHI)) == [] == unborne(make_clerk(parts_of(lost)[0].station))


@pytest.mark.parametrize("bearer", [LossBearer.PLATFORM, LossBearer.SELLER])
def test_two_people_settle_it_and_the_books_agree(lost: Dispute, centre: User, above: User, bearer: LossBearer) -> None:
    assert release.release_delivered() == 0
    (part,) = parts_of(lost)
    charged = part if bearer == LossBearer.SELLER else None
    loss = propose_loss(by=centre, dispute=lost, bearer=bearer, consignment=charged, reason=WHY)
    assert ledger.balance(AccountKind.DISPUTE, order_of_it(lost).ref) == lost.amount_fen, "nothing is booked yet"
    confirm_loss(by=above, loss=loss)
    lost.refresh_from_db()
    assert lost.settled_at is not None and order_of_it(lost).state == OrderState.REFUNDED
    assert ledger.balance(AccountKind.DISPUTE, order_of_it(lost).ref) == 0
    borne = (ledger.balance(AccountKind.WRITE_OFF), ledger.balance(AccountKind.SELLER_AVAILABLE, part.store.slug))
    assert borne == ((BACK, 0) if charged is None else (0, BACK))
    assert unborne(centre) == []
    call_command("check_ledger")
    call_command("check_volume")


def test_who_proposed_it_does_not_decide_and_neither_does_the_county(lost: Dispute, centre: User, above: User) -> None:
    loss = propose_loss(by=centre, dispute=lost, bearer=LossBearer.PLATFORM, reason=WHY)
    for by in (centre, make_official(), make_clerk(parts_of(lost)[0].station)):
        for decide in (confirm_loss, decline_loss):
            with pytest.raises(NotAllowed):
                decide(by=by, loss=loss)
    with pytest.raises(IntegrityError), transaction.atomic():
        DisputeLoss.objects.update(state="confirmed", decided_by=centre, decided_at=timezone.now())
    decline_loss(by=above, loss=loss)
    with pytest.raises(LossRefused):
        confirm_loss(by=above, loss=loss)
    assert Dispute.objects.get().settled_at is None
    assert propose_loss(by=centre, dispute=lost, bearer=LossBearer.PLATFORM, reason=WHY).state == LossState.PROPOSED


def test_what_does_not_fit_is_refused_and_moves_nothing(lost: Dispute, centre: User, above: User, scene: Scene) -> None:
    other = paid(order_of(scene)).consignments.get()
    for wrong in (
        {"bearer": LossBearer.PLATFORM, "reason": "  "},
        {"bearer": LossBearer.SELLER, "reason": WHY},
        {"bearer": LossBearer.PLATFORM, "consignment": other, "reason": WHY},
        {"bearer": LossBearer.SELLER, "consignment": other, "reason": WHY},
    ):
        with pytest.raises(LossRefused):
            propose_loss(by=centre, dispute=lost, **wrong)
    propose_loss(by=centre, dispute=lost, bearer=LossBearer.PLATFORM, reason=WHY)
    with pytest.raises(LossRefused):
        propose_loss(by=centre, dispute=lost, bearer=LossBearer.PLATFORM, reason=WHY)
    assert DisputeLoss.objects.count() == 1


def test_a_sum_that_changed_is_proposed_anew(lost: Dispute, centre: User, above: User) -> None:
    loss = propose_loss(by=centre, dispute=lost, bearer=LossBearer.PLATFORM, reason=WHY)
    line = parts_of(lost)[0].lines.get()
    again = [Portion(line.pk, units=0, amount_fen=7, freight_fen=0)]
    refund_lines(order=order_of_it(lost), portions=again, by=None, reason="short")
    with pytest.raises(LossRefused, match="propose it anew|重新提议"):
        confirm_loss(by=above, loss=loss)
    loss.refresh_from_db()
    assert loss.state == LossState.PROPOSED and Dispute.objects.get().settled_at is None
    assert look_at(lost).missing_fen == BACK + 7


def test_nobody_decides_about_their_own_goods(lost: Dispute, centre: User) -> None:
    Household.objects.filter(pk=parts_of(lost)[0].store.household_id).update(user=centre)
    with pytest.raises(OwnHousehold):
        propose_loss(by=centre, dispute=lost, bearer=LossBearer.PLATFORM, reason=WHY)


def test_the_page(lost: Dispute, centre: User, above: User) -> None:
    client, page = signed_in_client(centre), reverse("desk_disputes")
    shown = client.get(page).content.decode()
    assert lost.dispute_id in shown and "¥1.00" in shown
    data = {"dispute": lost.dispute_id, "bearer": str(parts_of(lost)[0].pk)}
    assert client.post(page, {**data, "reason": ""}).status_code == 422
    assert client.post(page, {**data, "bearer": "seller", "reason": WHY}).status_code == 422
    assert client.post(page, {**data, "reason": WHY})["Location"] == page
    loss = DisputeLoss.objects.get()
    assert loss.bearer == LossBearer.SELLER and WHY in client.get(page).content.decode()
    second = signed_in_client(above)
    second.post(reverse("desk_dispute_decide", args=[loss.pk]), {"action": "confirm"})
    assert Dispute.objects.get().settled_at is not None
    assert lost.dispute_id not in second.get(page).content.decode()


class TestTheAuditOfIt:
    def test_a_loss_that_is_booked_for_nobody(self, lost: Dispute) -> None:
        with transaction.atomic():
            ledger.post(
                kind=TransferKind.DISPUTE_LOSS,
                key="dispute-loss:999",
                parts=[
                    Part(AccountKind.DISPUTE, order_of_it(lost).ref, -BACK),
                    Part(AccountKind.WRITE_OFF, "", BACK),
                ],
                order_ref=order_of_it(lost).ref,
            )
        with pytest.raises(Exception, match="differ|error|wrong|[0-9]"):
            call_command("check_ledger")
        assert StripeMovement.objects.get().state == MovementState.MATCHED
        assert timezone.now() - lost.opened_at < dt.timedelta(hours=1)


def test_a_seller_of_another_county_is_charged_by_their_own(scene: Scene, centre: User) -> None:
    """Who serves one county of an order does not decide about a seller of the other."""
    order = paid(order_of(scene, lines=[(scene.daylily.pk, 1), (scene.tea.pk, 1)]), at=timezone.now() - LONG_AGO)
    line = OrderLine.objects.filter(consignment__order=order).first()
    assert line is not None
    back = [Portion(line.pk, units=0, amount_fen=BACK, freight_fen=0)]
    deliver(order, at=timezone.now() - LONG_AGO)
    refund_lines(order=order, portions=back, by=None, reason="short")
    lost = dispute(order, "lost")
    theirs = next(part for part in parts_of(lost) if part.store_id == scene.tea.product.store_id)
    with pytest.raises(NotAllowed):
        propose_loss(by=centre, dispute=lost, bearer=LossBearer.SELLER, reason=WHY, consignment=theirs)
    own = next(part for part in parts_of(lost) if part != theirs)
    assert (
        propose_loss(by=centre, dispute=lost, bearer=LossBearer.SELLER, reason=WHY, consignment=own).amount_fen == BACK
    )


def test_of_two_payments_the_disputed_one_alone_counts(scene: Scene, centre: User, above: User) -> None:
    """More went back of the balance than the deposit can make up for: what the bank took beyond is without a bearer, and can be booked."""
    ahead, lot = sell_ahead(scene)
    order = pay_balance(with_deposit(scene, ahead))
    bring_in(by=make_clerk(scene.qidong.point, "周兰"), lot=lot, harvested_on=timezone.localdate(), quantity_g=5_000)
    line = OrderLine.objects.get(consignment__order=order)
    back = Portion(line.pk, units=1, amount_fen=3_880, freight_fen=0)
    refund_lines(order=order, portions=[back], by=None, reason="short")
    balance = payment_of(order, PaymentPurpose.BALANCE)
    lost = note_dispute(
        payment=balance, said=said(order, "lost", intent_id=balance.intent_id, amount_fen=balance.amount_fen)
    )
    assert look_at(lost).missing_fen == 3_880
    loss = propose_loss(by=centre, dispute=lost, bearer=LossBearer.PLATFORM, reason=WHY)
    assert confirm_loss(by=above, loss=loss).state == LossState.CONFIRMED
