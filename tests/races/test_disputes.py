"""Stripe's word and our own jobs meet at one row: a dispute and a release, two comparisons at once; each with its control."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from orders import disputes, release
from orders.disputes import note_dispute
from orders.models import Consignment, LineRefund, Order
from orders.verification import verify_delivered
from payments import pairing, reconciling
from payments.models import Dispute, Payment, Refund, StripeMovement, Transfer
from payments.pairing import pair
from payments.reconciling import only_one
from payments.stripe_balance import Disputed
from tests.orders.scene import Scene, make_scene, order_of, paid
from tests.races.test_settlement import books_agree, elsewhere, together
from tests.races.test_settlement import no_row_locks as no_row_locks
from tests.reports.test_audits import deliver

LONG_AGO = dt.timedelta(days=20)


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


@pytest.fixture
def order(scene: Scene) -> Order:
    """Delivered long ago, its money due."""
    order = paid(order_of(scene), at=timezone.now() - LONG_AGO)
    deliver(order, at=timezone.now() - LONG_AGO)
    Payment.objects.update(intent_id="pi_1")
    return order


def heard(order: Order, status: str) -> Callable[[], object]:
    said = Disputed("du_1", "pi_1", order.total_fen, "CNY", "fraudulent", status, timezone.now())
    return lambda: note_dispute(payment=Payment.objects.get(), said=said)


class TestReleaseMeetsDispute:
    @pytest.mark.parametrize("attempt", range(4))
    def test_what_is_known_first_counts(self, order: Order, attempt: int) -> None:
        ends = together([heard(order, "needs_response"), release.release_delivered])
        assert ends == {"done": 2}
        part, dispute = Consignment.objects.get(), Dispute.objects.get()
        assert (
            part.released_at is None or part.released_at <= dispute.known_at or Transfer.objects.filter(kind="release")
        )

    def test_a_dispute_that_comes_between_the_list_and_the_lock_is_seen(self, order: Order) -> None:
        due = Consignment.objects.get().pk
        assert elsewhere(heard(order, "needs_response")) == {"done": 1}
        assert release._release(due, timezone.now()) == 0 and Consignment.objects.get().released_at is None

    def test_without_the_look_under_the_lock_the_seller_is_paid(
        self, order: Order, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The control."""
        monkeypatch.setattr(release, "_lock", lambda key: True)
        due = Consignment.objects.get().pk
        assert elsewhere(heard(order, "needs_response")) == {"done": 1}
        assert release._release(due, timezone.now()) == 1
        assert not books_agree()


class TestOneVerdictHeardByMany:
    def test_the_loss_is_shared_out_once(self, order: Order) -> None:
        assert together([heard(order, "lost")] * 6) == {"done": 6}
        assert Refund.objects.count() == LineRefund.objects.count() == Dispute.objects.count() == 1

    @pytest.mark.usefixtures("no_row_locks")
    def test_without_locks_two_begin_to_share_it_out(self, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
        """The control: the second has read the dispute before the first settled it."""
        heard(order, "needs_response")()
        share_out, met = disputes._share_out, list[str]()

        def slowly(order: Order, dispute: Dispute, when: dt.datetime) -> bool:
            met.append("begun")
            if len(met) == 1:
                assert elsewhere(heard(order, "lost")) == {"done": 1}
            return share_out(order, dispute, when)

        monkeypatch.setattr(disputes, "_share_out", slowly)
        heard(order, "lost")()
        assert len(met) == 2


@pytest.fixture
def movement(order: Order) -> StripeMovement:
    """Stripe's charge of the order, read and not paired."""
    verify_delivered()
    release.release_delivered()
    now = timezone.now()
    return StripeMovement.objects.create(
        txn_id="txn_1", type="charge", category="charge", amount_fen=order.total_fen, fee_fen=277,
        net_fen=order.total_fen - 277, currency="CNY", source_id="ch_1", intent_id="pi_1", created_at=now, available_on=now,
    )  # fmt: skip


class TestOneMovementPairedByMany:
    def test_its_fee_is_booked_once(self, movement: StripeMovement) -> None:
        assert together([lambda: pair(movement)] * 6) == {"done": 6}
        assert Transfer.objects.filter(kind="stripe_fee").count() == 1
        assert books_agree()

    @pytest.mark.usefixtures("no_row_locks")
    def test_without_the_lock_two_look_for_its_pair(
        self, movement: StripeMovement, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The control: the key of the fee keeps it from being booked twice even then, and the second one fails."""
        find_pair, met = pairing.find_pair, list[str]()

        def slowly(found: StripeMovement) -> pairing.Pair:
            met.append("begun")
            if len(met) == 1:
                assert elsewhere(lambda: pair(movement)) == {"done": 1}
            return find_pair(found)

        monkeypatch.setattr(pairing, "find_pair", slowly)
        pair(movement)
        assert len(met) == 2 and Transfer.objects.filter(kind="stripe_fee").count() == 1


class TestOneComparisonAtOnce:
    def test_another_one_leaves(self, transactional_db: None) -> None:
        found: list[bool] = []

        def look() -> None:
            with only_one() as mine:
                found.append(mine)

        with only_one() as mine:
            elsewhere(look)
        elsewhere(look)
        assert (mine, found) == (True, [False, True])

    def test_without_the_lock_both_work(self, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        """The control: with a lock that is another each time."""
        numbers = iter(range(1000, 1010))
        found: list[bool] = []

        def look() -> None:
            monkeypatch.setattr(reconciling, "_LOCK", next(numbers))
            with only_one() as mine:
                found.append(mine)

        with only_one():
            elsewhere(look)
        assert found == [True]
