"""Payouts to connected accounts at Stripe: who may name one, one transfer a payout whatever happens on the way, and what comes back."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone, translation

from accounts import codes
from orders.reconciling import reconcile
from orders.release import release_delivered
from orders.verification import verify_delivered
from payments import ledger, stripe_checkout, stripe_transfers
from payments.models import AccountKind, Mismatch, MovementState, StripeMovement
from payments.reconciling import find_mismatches
from payments.stripe_transfers import SentTransfer
from sellers import connecting, payout_runs, payouts
from sellers.connected import NoStripeAccount
from sellers.family_forms import PayoutForm
from sellers.models import Household, HouseholdKind, Payout, PayoutAccount, PayoutRun, PayoutState, PayoutWay, RunState
from sellers.paying import available_of
from stations.scope import NotAllowed
from tests.cast import make_clerk, make_household, make_mandate, make_official, signed_in_client
from tests.orders.scene import Scene, make_scene
from tests.payments.stripe_scene import LATER, bought, silent_stripe, told, work_off
from tests.reports.test_audits import deliver
from tests.sellers.money import CONNECTED, earn, in_transit, pays_to
from tests.stripe_standin.cast import Standin

pytestmark = pytest.mark.django_db
DAY = 24 * 60 * 60


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def standin(tmp_path: Path, settings: Any) -> Iterator[Standin]:
    with silent_stripe(tmp_path, settings) as standin:
        yield standin


@pytest.fixture
def cooperative(scene: Scene) -> Household:
    return make_household(
        scene.qidong.point, "黄土铺黄花菜合作社", kind=HouseholdKind.COOPERATIVE, representative="周建国"
    )


def fund(standin: Standin, fen: int) -> None:
    """Money of ours at Stripe that can be sent on."""
    params: Any = {"amount": fen, "currency": "cny", "confirm": True, "payment_method": "pm_card_visa"}
    stripe_checkout.client().v1.payment_intents.create(params=params)
    standin.control("clock", ahead=3 * DAY)


def sent_run(scene: Scene, *, at: dt.datetime | None = None) -> PayoutRun:
    """A run to accounts at Stripe, prepared by one and approved by another."""
    last = timezone.localdate(at) - dt.timedelta(days=1)
    centre, official = make_clerk(scene.qidong.centre, "邹丽"), make_official()
    run = payout_runs.prepare_run(
        by=centre, county=scene.qidong.centre.region, way=PayoutWay.CONNECT, first_day=last, last_day=last, at=at
    )
    with pytest.raises(NotAllowed):
        payout_runs.approve_run(by=centre, run=run, at=at)
    return payout_runs.approve_run(by=official, run=run, at=at)


@pytest.fixture
def on_its_way(scene: Scene, cooperative: Household) -> Payout:
    """500 yuan of the co-operative in transit, and nothing said by Stripe yet."""
    earn(cooperative, 50_000)
    pays_to(cooperative, PayoutWay.CONNECT)
    run = sent_run(scene)
    assert run.state == RunState.SENT
    return Payout.objects.select_related("account").get(run=run)


def at_stripe() -> list[Any]:
    return list(stripe_checkout.client().v1.transfers.list(params={"limit": 100}).data)


class TestTheAccount:
    def test_a_farming_household_cannot_name_one_and_the_page_says_why(self, scene: Scene) -> None:
        li, clerk = scene.store.household, make_clerk(scene.qidong.point)
        make_mandate(li, scene.qidong.point)
        with pytest.raises(NoStripeAccount, match="Stripe"):
            payouts.propose_payout(by=clerk, household=li, way=PayoutWay.CONNECT, connected_id=CONNECTED)
        client = signed_in_client(clerk)
        page = client.get(reverse("desk_payout", args=[li.pk])).content.decode()
        assert "connected_id" not in page and "不为大陆农户" in page
        client.post(reverse("desk_payout", args=[li.pk]), {"way": "connect", "connected_id": CONNECTED})
        assert not PayoutAccount.objects.exists()

    @pytest.mark.parametrize(
        "number", ["", "acct_", "6228480402564890018", "acct_1Ox A2b/../x", "ACCT_1OxA2bC3dE4fG5hI"]
    )
    def test_what_is_no_number_of_an_account_is_refused(self, cooperative: Household, number: str) -> None:
        form = PayoutForm({"way": "connect", "connected_id": number}, household=cooperative)
        assert not form.is_valid() and list(form.errors) == ["connected_id"]

    def test_the_co_operative_confirms_it_with_a_code_and_a_change_waits(
        self, scene: Scene, cooperative: Household
    ) -> None:
        clerk = make_clerk(scene.qidong.point)
        make_mandate(cooperative, scene.qidong.point)
        pays_to(cooperative, PayoutWay.BANK)
        client = signed_in_client(clerk)
        page = reverse("desk_payout", args=[cooperative.pk])
        answer = client.post(page, {"way": "connect", "connected_id": f" {CONNECTED} "})
        account = PayoutAccount.objects.get(way=PayoutWay.CONNECT)
        assert answer["Location"] == reverse("desk_payout_confirm", args=[account.pk])
        assert CONNECTED in client.get(answer["Location"]).content.decode()
        codes.keep_code("246810", purpose="payout", subject=str(account.pk))
        payouts.confirm_payout_by_code(account=account, code="246810")
        assert account.usable_from - account.confirmed_at == payouts.WAITS  # type: ignore[operator]
        usable = payouts.usable_payout(cooperative)
        assert usable is not None and usable.way == PayoutWay.BANK

    def test_nobody_is_paid_in_cash_meanwhile(self, scene: Scene, cooperative: Household) -> None:
        earn(cooperative, 50_000)
        pays_to(cooperative, PayoutWay.CONNECT)
        page = signed_in_client(make_clerk(scene.qidong.point)).get(reverse("desk_pay_to", args=[cooperative.pk]))
        assert "Stripe" in page.content.decode() and 'name="amount_fen"' not in page.content.decode()


class TestARun:
    def test_it_is_paid_paired_and_audited(self, scene: Scene, standin: Standin) -> None:
        order = told(bought(scene))
        deliver(order, at=timezone.now())
        verify_delivered()
        later = timezone.now() + dt.timedelta(days=9)
        release_delivered(at=later)
        li = scene.store.household
        Household.objects.filter(pk=li.pk).update(kind=HouseholdKind.COOPERATIVE)
        pays_to(li, PayoutWay.CONNECT)
        owed = available_of(li)
        standin.control("clock", ahead=3 * DAY)
        run = sent_run(scene, at=later + dt.timedelta(days=40))
        payout = Payout.objects.get()
        assert (payout.state, payout.amount_fen, in_transit(payout.ref)) == (PayoutState.IN_TRANSIT, owed, owed)
        assert work_off() == ["sellers.transfer_payout"]
        payout.refresh_from_db()
        run.refresh_from_db()
        (transfer,) = at_stripe()
        assert (payout.state, payout.transfer_id, run.state) == (PayoutState.PAID, transfer.id, RunState.CLOSED)
        assert (transfer.destination, transfer.amount, transfer.transfer_group) == (CONNECTED, owed, payout.ref)
        reconcile()
        assert not StripeMovement.objects.filter(state=MovementState.UNMATCHED).exists()
        assert StripeMovement.objects.get(category="transfer").transfer.key == f"payout-paid:{payout.pk}"  # type: ignore[union-attr]
        assert find_mismatches(at=timezone.now() + LATER) == []
        call_command("check_ledger")
        self._taken_back(payout, transfer.id, owed)

    def _taken_back(self, payout: Payout, transfer_id: str, owed: int) -> None:
        """Stripe takes it back days later: found by the reconciliation, and the household has its money again."""
        stripe_checkout.client().v1.transfers.reversals.create(transfer_id)
        reconcile()
        assert work_off() == ["sellers.follow_transfer"]
        reconcile()
        payout.refresh_from_db()
        assert (payout.state, payout.why) == (PayoutState.RETURNED, "Stripe 把钱收回了。")
        assert available_of(payout.household) == owed
        assert not StripeMovement.objects.filter(state=MovementState.UNMATCHED).exists()
        assert find_mismatches(at=timezone.now() + LATER) == []
        call_command("check_ledger")

    def test_too_little_at_stripe_goes_back(self, on_its_way: Payout, standin: Standin) -> None:
        work_off()
        on_its_way.refresh_from_db()
        assert (on_its_way.state, on_its_way.why) == (PayoutState.FAILED, "平台在 Stripe 的余额不足。")
        assert available_of(on_its_way.household) == 50_000 and in_transit(on_its_way.ref) == 0
        assert PayoutRun.objects.get().state == RunState.CLOSED
        assert at_stripe() == []

    def test_an_account_that_cannot_receive_goes_back(self, on_its_way: Payout, standin: Standin) -> None:
        fund(standin, 100_000)
        PayoutAccount.objects.update(connected_id="acct_restricted1A2b")
        work_off()
        on_its_way.refresh_from_db()
        assert (on_its_way.state, on_its_way.why) == (PayoutState.FAILED, "这个 Stripe 账户不能收款。")

    def test_no_call_is_made_inside_a_transaction(
        self, on_its_way: Payout, standin: Standin, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fund(standin, 100_000)
        depth = len(connection.savepoint_ids)
        send = stripe_transfers.send_transfer

        def outside(**asked: Any) -> SentTransfer:
            assert len(connection.savepoint_ids) == depth
            return send(**asked)

        monkeypatch.setattr(stripe_transfers, "send_transfer", outside)
        work_off()
        on_its_way.refresh_from_db()
        assert on_its_way.state == PayoutState.PAID

    @pytest.mark.parametrize("forgotten", [False, True], ids=["key known", "key forgotten"])
    def test_a_timeout_after_success_happens_once(
        self, on_its_way: Payout, standin: Standin, monkeypatch: pytest.MonkeyPatch, forgotten: bool
    ) -> None:
        fund(standin, 100_000)
        with monkeypatch.context() as patch:

            def broken(_transfer_id: str) -> SentTransfer:
                raise stripe.APIConnectionError("The line broke.")  # type: ignore[no-untyped-call]

            patch.setattr(stripe_transfers, "read_transfer", broken)
            with pytest.raises(stripe.APIConnectionError):
                connecting.transfer_payout(on_its_way.pk)
        assert len(at_stripe()) == 1 and Payout.objects.get().state == PayoutState.IN_TRANSIT
        if forgotten:
            standin.control("clock", ahead=5 * DAY)
        for _ in range(3):
            connecting.transfer_payout(on_its_way.pk)
        assert len(at_stripe()) == 1 and Payout.objects.get().state == PayoutState.PAID
        assert ledger.balance(AccountKind.STRIPE) == -50_000

    def test_a_refusal_to_read_it_back_is_no_refusal_to_send(
        self, on_its_way: Payout, standin: Standin, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The money has left: had the payout failed, the next run would send it once more."""
        fund(standin, 100_000)
        with monkeypatch.context() as patch:

            def refused(_transfer_id: str) -> SentTransfer:
                raise stripe.InvalidRequestError("No such transfer", "id")  # type: ignore[no-untyped-call]

            patch.setattr(stripe_transfers, "read_transfer", refused)
            with pytest.raises(stripe.InvalidRequestError):
                connecting.transfer_payout(on_its_way.pk)
        assert Payout.objects.get().state == PayoutState.IN_TRANSIT
        connecting.transfer_payout(on_its_way.pk)
        assert len(at_stripe()) == 1 and Payout.objects.get().state == PayoutState.PAID

    def test_an_answer_that_was_not_asked_for_books_nothing(self, on_its_way: Payout) -> None:
        other = SentTransfer("tr_1", on_its_way.ref, CONNECTED, 49_999, "CNY", 0)
        connecting.conclude(on_its_way.pk, sent=other)
        on_its_way.refresh_from_db()
        assert on_its_way.state == PayoutState.IN_TRANSIT

    def test_what_a_dead_worker_left_behind_is_found_by_the_reconciliation(
        self, on_its_way: Payout, standin: Standin, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fund(standin, 100_000)
        with monkeypatch.context() as patch:
            patch.setattr(connecting, "conclude", lambda *_args, **_what: None)  # died before it booked
            connecting.transfer_payout(on_its_way.pk)
        reconcile()
        assert StripeMovement.objects.get(category="transfer").state == MovementState.UNMATCHED
        connecting.follow_transfer(at_stripe()[0].id)
        reconcile()
        assert StripeMovement.objects.get(category="transfer").state == MovementState.MATCHED
        assert Payout.objects.get().state == PayoutState.PAID

    def test_a_part_that_came_back_is_for_a_person(self, on_its_way: Payout, standin: Standin) -> None:
        fund(standin, 100_000)
        work_off()
        (transfer,) = at_stripe()
        stripe_checkout.client().v1.transfers.reversals.create(transfer.id, params={"amount": 100})
        connecting.follow_transfer(transfer.id)
        assert Payout.objects.get().state == PayoutState.PAID
        reconcile()
        found = find_mismatches(at=timezone.now() + LATER)
        assert "transfer_reversal" in {one.movement.category for one in found if one.movement}
        assert Mismatch.objects.open().exists()
