"""Cash that two want to move at the same moment: a till never goes below zero, and a bag is counted once. Each with its control."""

import threading
from collections import Counter

import pytest
from django.db.models import QuerySet

from payments import ledger
from payments.models import AccountKind, Provider, Transfer, TransferKind
from stations import cash
from stations.cash import Way
from stations.models import CashHandover, CashState
from tests.cast import make_clerk, make_inbound_product, make_store, make_variant
from tests.orders.scene import Scene, make_scene, order_of, paid, to_the_point
from tests.races.test_settlement import together

AT_ONCE = 6


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """The scene, with the cash of one order in the point's till."""
    made = make_scene()
    flask = make_variant(make_inbound_product(make_store(made.qidong.centre)), price_fen=5900)
    paid(order_of(made, lines=[(flask.pk, 1)], delivery=to_the_point(made.qidong.point), pay_by=Provider.COUNTER))
    return made


def in_till(scene: Scene) -> int:
    return ledger.balance(AccountKind.STATION_CASH, scene.qidong.point.code)


class TestATillEmptiedByMany:
    """Each reads that there is enough; only one of them is right."""

    def hand_over_all(self, scene: Scene) -> Counter[str]:
        clerk, way, fen = make_clerk(scene.qidong.point), Way(scene.qidong.point, scene.qidong.centre), in_till(scene)
        return together([lambda: cash.hand_over(by=clerk, way=way, fen=fen)] * AT_ONCE)

    def test_it_is_emptied_once(self, scene: Scene) -> None:
        ends = self.hand_over_all(scene)
        assert ends == {"done": 1, "TillShort": AT_ONCE - 1}
        assert in_till(scene) == 0

    def test_without_the_lock_it_goes_below_zero(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        """The control: no account is held, and nobody writes before all have read."""
        meeting = threading.Barrier(AT_ONCE)
        balance = ledger.balance

        def read_together(*args: object, **how: object) -> int:
            found = balance(*args, **how)  # type: ignore[arg-type]
            meeting.wait(30)
            return found

        fen = in_till(scene)
        clerk, way = make_clerk(scene.qidong.point), Way(scene.qidong.point, scene.qidong.centre)
        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_how: rows.all())
        monkeypatch.setattr(ledger, "balance", read_together)
        ends = together([lambda: cash.hand_over(by=clerk, way=way, fen=fen)] * AT_ONCE)
        monkeypatch.undo()
        assert ends == {"done": AT_ONCE}
        assert in_till(scene) == fen - AT_ONCE * fen


class TestABagThatManyDealWith:
    """Two count it while the giver takes it back."""

    def all_at_once(self, scene: Scene) -> tuple[CashHandover, Counter[str]]:
        centre = scene.qidong.centre
        giver, first, second = make_clerk(scene.qidong.point), make_clerk(centre, "邹丽"), make_clerk(centre, "彭建军")
        fen = in_till(scene)
        bag = cash.hand_over(by=giver, way=Way(scene.qidong.point, centre), fen=fen)
        ends = together(
            [
                lambda: cash.count(by=first, handover=bag, fen=fen),
                lambda: cash.count(by=second, handover=bag, fen=fen - 100),
                lambda: cash.take_back(by=giver, handover=bag),
            ]
        )
        return bag, ends

    @pytest.mark.parametrize("attempt", range(3))
    def test_one_of_them_does(self, scene: Scene, attempt: int) -> None:
        bag, ends = self.all_at_once(scene)
        assert ends == {"done": 1, "CashMoved": 2}
        assert Transfer.objects.filter(kind=TransferKind.CASH_RECEIVED).count() == 1
        bag.refresh_from_db()
        assert bag.state != CashState.GIVEN

    def test_without_the_guard_it_is_dealt_with_more_than_once(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The control: a move that does not ask whether the old state still holds. The database's own table of moves refuses then."""

        def move(handover: CashHandover, old: CashState, new: CashState, **fields: object) -> CashHandover:
            CashHandover.objects.filter(pk=handover.pk).update(state=new, **fields)
            return CashHandover.objects.select_related("from_station", "to_station").get(pk=handover.pk)

        monkeypatch.setattr(cash, "_move", move)
        _bag, ends = self.all_at_once(scene)
        assert ends["done"] == 1 and ends["CashMoved"] == 0, ends
