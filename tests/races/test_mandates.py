"""A withdrawal while a clerk's change is under way: one comes before the other, and the proof that it is the lock that does it."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from accounts.models import User
from catalog import acting, packing
from catalog.models import Variant
from sellers import mandates, withdrawal
from sellers.models import Mandate
from tests.cast import Stations, make_clerk, make_product, make_store, make_variant

SECONDS = 20


@pytest.fixture
def pack(transactional_db: None) -> Variant:
    return make_variant(make_product(make_store(Stations().point)), price_fen=3880)


def in_background(work: Callable[[], object]) -> tuple[threading.Thread, list[str]]:
    """Run it on a connection of its own; the list holds the name of what it raised, or 'done'."""
    ends: list[str] = []

    def run() -> None:
        try:
            work()
            ends.append("done")
        except Exception as error:
            ends.append(type(error).__name__)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, ends


def raced(pack: Variant, monkeypatch: pytest.MonkeyPatch) -> tuple[bool, list[str], int]:
    """The clerk has passed the gate when the farmer withdraws; the clerk then goes on.

    Returns whether the withdrawal was answered before the change was done, how the change ended, and the price afterwards.
    """
    clerk: User = make_clerk(pack.product.store.station)
    at_work, go_on, withdrawn = threading.Event(), threading.Event(), threading.Event()
    held = mandates.mandate_for

    def gate(user: User, household: object, scope: mandates.Scope) -> Mandate | None:
        mandate = held(user, household, scope=scope)  # type: ignore[arg-type]
        at_work.set()
        assert go_on.wait(SECONDS)
        return mandate

    monkeypatch.setattr(acting, "mandate_for", gate)
    change, changed = in_background(lambda: packing.change_price(by=clerk, variant=pack, price_fen=4500))
    assert at_work.wait(SECONDS)

    def withdraw() -> None:
        withdrawal.end_all(household=pack.product.store.household)
        withdrawn.set()

    ending, _ended = in_background(withdraw)
    answered_first = withdrawn.wait(1.5)
    go_on.set()
    change.join(SECONDS)
    ending.join(SECONDS)
    assert withdrawn.is_set()
    pack.refresh_from_db()
    return answered_first, changed, pack.price_fen


def test_a_withdrawal_waits_for_the_change_under_way_and_nothing_comes_after_it(
    pack: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered_first, changed, price = raced(pack, monkeypatch)
    assert (answered_first, changed, price) == (False, ["done"], 4500)
    monkeypatch.undo()
    with pytest.raises(mandates.MandateMissing):
        packing.change_price(by=make_clerk(pack.product.store.station, "彭小玲"), variant=pack, price_fen=100)
    pack.refresh_from_db()
    assert pack.price_fen == 4500


def test_without_the_lock_a_price_changes_after_the_farmer_was_told_it_has_ended(
    pack: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mandates, "_HOLD", mandates._HOLD.replace("FOR SHARE", ""))
    answered_first, changed, price = raced(pack, monkeypatch)
    assert (answered_first, changed, price) == (True, ["done"], 4500)


def test_a_change_that_waited_for_the_withdrawal_sees_it(pack: Variant) -> None:
    """The other order: the withdrawal holds the row first, the change waits for it at the gate and is refused."""
    household, clerk = pack.product.store.household, make_clerk(pack.product.store.station)
    locked, commit = threading.Event(), threading.Event()

    def withdraw() -> None:
        with transaction.atomic():
            withdrawal.end_all(household=household)
            locked.set()
            assert commit.wait(SECONDS)

    ending, _ended = in_background(withdraw)
    assert locked.wait(SECONDS)
    change, changed = in_background(lambda: packing.change_price(by=clerk, variant=pack, price_fen=4500))
    change.join(1.5)
    assert change.is_alive()  # it waits
    commit.set()
    ending.join(SECONDS)
    change.join(SECONDS)
    pack.refresh_from_db()
    assert (changed, pack.price_fen) == (["MandateMissing"], 3880)


def test_two_clerks_work_side_by_side(pack: Variant) -> None:
    """The lock is shared: one clerk's change does not wait for another's under the same mandate."""
    household, station = pack.product.store.household, pack.product.store.station
    first, second = make_clerk(station), make_clerk(station, "彭小玲")
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with mandates.under_mandate(by=first, household=household, scope="list"):
            inside.set()
            assert leave.wait(SECONDS)

    holding, _held = in_background(hold)
    assert inside.wait(SECONDS)

    def enter() -> None:
        with mandates.under_mandate(by=second, household=household, scope="list"):
            pass

    entering, entered = in_background(enter)
    entering.join(5)
    assert entered == ["done"]
    leave.set()
    holding.join(SECONDS)
