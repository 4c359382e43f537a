"""Two workers at one message: the buyer reads it once; and with the guard taken away, twice."""

import threading

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from orders import informing
from orders.informing import send_notice, tell
from orders.models import Notice, NoticeStep
from orders.steps import find_steps
from tests.orders.scene import Scene, make_scene, order_of, paid
from tests.races.test_settlement import PATIENCE, together


@pytest.fixture
def notice(transactional_db: None) -> Notice:
    scene: Scene = make_scene()
    return Notice.objects.get(order=paid(order_of(scene)))


def test_of_eight_workers_one_writes(notice: Notice) -> None:
    assert together([lambda: send_notice(notice.pk)] * 8) == {"done": 8}
    assert len(mail.outbox) == 1


def test_without_the_claim_both_write(notice: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both read that it is untold, and write."""
    meeting = threading.Barrier(2)
    send = EmailMessage.send

    def meet(letter: EmailMessage) -> int:
        meeting.wait(PATIENCE)
        return send(letter)

    def unguarded(notice_id: int) -> Notice:
        return Notice.objects.select_related("order").get(pk=notice_id)

    monkeypatch.setattr(informing, "_claim", unguarded)
    monkeypatch.setattr(EmailMessage, "send", meet)
    assert together([lambda: send_notice(notice.pk)] * 2) == {"done": 2}
    assert len(mail.outbox) == 2


def test_a_step_that_two_find_is_one_notice(notice: Notice) -> None:
    order = notice.order
    assert together([lambda: tell(order.pk, NoticeStep.CASE, "again")] * 6) == {"done": 6}
    assert Notice.objects.filter(part="again").count() == 1
    assert together([find_steps] * 4) == {"done": 4}
    assert Notice.objects.count() == 2
