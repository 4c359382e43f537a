"""Two who answer a case at the same moment, and a case that is opened while its money is released; each once more without the guard."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import User
from aftersales import answering, opening, talking
from aftersales.answering import grant, refuse
from aftersales.clocks import end_silence
from aftersales.models import Case, CaseState, Reason, Wish
from aftersales.opening import open_case
from aftersales.replying import withdraw
from orders import release
from orders.models import Consignment, Order
from orders.release import release_delivered
from payments.models import Refund
from tests.aftersales.test_cases import buyer, by, delivered, opened
from tests.cast import make_clerk
from tests.orders.scene import Scene, make_scene
from tests.races.test_settlement import books_agree, elsewhere, together
from tests.races.test_settlement import no_row_locks as no_row_locks


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


@pytest.fixture
def clerk(scene: Scene) -> User:
    return make_clerk(scene.qidong.point)


def test_of_three_answers_one_counts(scene: Scene, clerk: User) -> None:
    case = opened(delivered(scene))
    ends = together(
        [
            lambda: grant(case=case, said=by(clerk)),
            lambda: refuse(case=case, said=by(clerk, "发货时完好")),
            lambda: withdraw(case=case, said=buyer()),
        ]
    )
    assert ends == {"done": 1, "CaseMoved": 2}, ends
    case.refresh_from_db()
    assert Refund.objects.count() == (1 if case.state == CaseState.SETTLED else 0) and books_agree()


def test_a_click_and_its_second_give_the_money_back_once(scene: Scene, clerk: User) -> None:
    case, said = opened(delivered(scene)), by(clerk)
    assert together([lambda: grant(case=case, said=said)] * 4) == {"done": 4}
    assert Refund.objects.count() == 1 and case.steps.count() == 2 and books_agree()


@pytest.mark.usefixtures("no_row_locks")
def test_without_locks_the_moved_state_stops_the_second(
    scene: Scene, clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: another answers after the first has looked. What the first goes on to book is refused, and undone."""
    case, looked = opened(delivered(scene)), talking.write_step

    def after_another(*seen: Any, **named: Any) -> Any:
        monkeypatch.setattr(answering, "write_step", looked)
        assert elsewhere(lambda: grant(case=case, said=by(clerk))) == {"done": 1}
        return looked(*seen, **named)

    monkeypatch.setattr(answering, "write_step", after_another)
    with pytest.raises((ValueError, IntegrityError)):
        grant(case=case, said=by(clerk))
    assert Refund.objects.count() == 1 and books_agree()


def test_the_clock_and_a_late_answer(scene: Scene, clerk: User) -> None:
    case = opened(delivered(scene))
    late = timezone.now() + dt.timedelta(hours=49)
    ends = together([lambda: end_silence(at=late), lambda: grant(case=case, said=by(clerk))])
    assert ends["done"] >= 1 and set(ends) <= {"done", "CaseMoved"}, ends
    assert Refund.objects.count() == 1 and books_agree()


def opens(order: Order) -> Callable[[], object]:
    part = Consignment.objects.get(order=order)
    units = {part.lines.get().pk: 1}
    return lambda: open_case(
        order=order, number=part.number, reason=Reason.SHORT, wish=Wish.REFUND, units=units, said=buyer(),
        at=timezone.now(),
    )  # fmt: skip


def test_what_is_opened_after_the_look_is_not_released(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    order = delivered(scene, days=6.9)
    earlier = release._release

    def after_opening(key: int, when: dt.datetime) -> int:
        assert elsewhere(opens(order)) == {"done": 1}
        return earlier(key, when)

    monkeypatch.setattr(release, "_release", after_opening)
    release_delivered(at=timezone.now() + dt.timedelta(days=1))
    assert Consignment.objects.get().released_at is None and books_agree()


def test_two_pages_open_one_case(scene: Scene) -> None:
    order = delivered(scene)
    ends = together([opens(order)] * 4)
    assert ends == {"done": 1, "CannotOpen": 3}, ends
    assert Case.objects.count() == 1


def test_without_its_check_postgresql_keeps_it_at_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the look taken away the constraint is what is left."""
    order = delivered(scene)
    monkeypatch.setattr(opening, "_check", lambda *_all: None)
    ends = together([opens(order)] * 3)
    assert ends == {"done": 1, "IntegrityError": 2}, ends
