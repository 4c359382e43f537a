"""What a buyer is told: each step once, in the order's language, by e-mail or, where it is pressing, by a text; also when sending fails."""

import datetime as dt
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.messages import text_for_demo
from delivery.models import Parcel, ParcelState, ScanKind
from delivery.scanning import scan
from orders import jobs
from orders.cancelling import cancel_consignment
from orders.collection import collect
from orders.forgetting import empty_orders
from orders.informing import CLAIMED_FOR, MOST_TRIES, send_notice, send_waiting, tell
from orders.models import Consignment, Notice, NoticeStep, NoticeWay, Order
from orders.parcels import plan_parcels
from orders.steps import find_steps
from payments.models import Refund, RefundState
from payments.refunds import conclude_refund
from tests.cast import make_clerk, make_user, signed_in_client
from tests.orders.scene import Scene, order_of, paid, tell_all, to_the_point

pytestmark = pytest.mark.django_db


def sold(scene: Scene, **fields: object) -> Order:
    """Paid, its parcel planned."""
    order = paid(order_of(scene, **fields))
    plan_parcels(order.pk)
    return order


def collected(scene: Scene, order: Order) -> Parcel:
    part = Consignment.objects.get(order=order)
    weights = {line.pk: line.unit_weight_g * line.quantity for line in part.lines.all()}
    collect(consignment=part, by=make_clerk(scene.qidong.point), weights=weights, nonce=f"collect{part.pk}")
    return Parcel.objects.get(consignment=part)


def at_the_point(scene: Scene, **fields: object) -> tuple[Order, Parcel]:
    """An order of its own village's point: collected there, it is ready at once."""
    order = sold(scene, delivery=to_the_point(scene.qidong.point), **fields)
    return order, collected(scene, order)


def steps(order: Order) -> list[str]:
    return list(Notice.objects.filter(order=order).order_by("pk").values_list("step", flat=True))


class TestEachStepOnce:
    """However often the jobs run."""

    def test_the_whole_way_to_the_point(self, scene: Scene) -> None:
        order, parcel = at_the_point(scene, language="en")
        assert parcel.state == ParcelState.READY
        for _again in range(3):
            find_steps()
            tell_all(order)
        assert steps(order) == ["paid", "ready"]
        clerk = make_clerk(scene.qidong.point)
        scan(parcel=parcel, kind=ScanKind.PICKUP, station=scene.qidong.point, by=clerk, nonce="pickup")
        for _again in range(3):
            find_steps()
            tell_all(order)
        assert steps(order) == ["paid", "ready", "delivered"]
        subjects = [letter.subject for letter in mail.outbox]
        assert len(subjects) == 3, subjects
        assert f"pickup code {parcel.pickup_code}" in subjects[1]
        assert parcel.pickup_code in mail.outbox[1].body and "/en/orders/" in mail.outbox[1].body
        assert "confirm receipt" in mail.outbox[2].body and "Qidong dried daylily" in mail.outbox[2].body

    def test_the_first_parcel_that_is_collected_is_told_of_and_no_other(self, scene: Scene) -> None:
        order = sold(scene, lines=[(scene.daylily.pk, 1), (scene.more_daylily.pk, 1)])
        clerks = {scene.qidong.point.pk: make_clerk(scene.qidong.point)}
        clerks[scene.qidong.second_point.pk] = make_clerk(scene.qidong.second_point, name="吴桂花")
        for part in Consignment.objects.filter(order=order).order_by("pk"):
            weights = {line.pk: line.unit_weight_g * line.quantity for line in part.lines.all()}
            collect(consignment=part, by=clerks[part.station_id], weights=weights, nonce=f"n{part.pk}")
            find_steps()
        assert steps(order) == ["paid", "collected"]

    def test_a_step_written_twice_is_one_notice_and_one_job(self, scene: Scene) -> None:
        order = order_of(scene)
        assert tell(order.pk, NoticeStep.PAID) is not None
        assert tell(order.pk, NoticeStep.PAID) is None
        assert ProcrastinateJob.objects.filter(task_name="orders.send_notice").count() == 1

    def test_told_twice_by_the_job_is_told_once(self, scene: Scene) -> None:
        order = sold(scene)
        notice = Notice.objects.get(order=order)
        send_notice(notice.pk)
        send_notice(notice.pk)
        assert len(mail.outbox) == 1
        assert mail.outbox[0].extra_headers["Message-ID"] == f"<notice-{order.number.lower()}-{notice.pk}@localhost>"

    def test_money_that_went_back_and_money_that_failed(self, scene: Scene) -> None:
        order = sold(scene, language="en")
        cancel_consignment(order=order, number=Consignment.objects.get().number, by=None)
        refund = Refund.objects.get()
        find_steps()
        assert steps(order) == ["paid", "cancelled"], "it is on its way, and not there"
        conclude_refund(refund_id=refund.pk, outcome=RefundState.SUCCEEDED)
        find_steps()
        conclude_refund(refund_id=refund.pk, outcome=RefundState.FAILED)
        assert find_steps() == 1 and find_steps() == 0
        assert steps(order) == ["paid", "cancelled", "refunded", "refund_failed"]
        tell_all(order)
        assert "has gone back to you" in mail.outbox[2].subject and "¥85.10" in mail.outbox[2].subject
        assert "could not go back" in mail.outbox[3].subject

    def test_nobody_is_told_of_the_past(self, scene: Scene) -> None:
        past = timezone.now() - dt.timedelta(days=40)
        order = paid(order_of(scene, delivery=to_the_point(scene.qidong.point)), at=past)
        plan_parcels(order.pk)
        collected(scene, order)
        assert find_steps() == 0 and not Notice.objects.exists()

    def test_the_minute_finds_and_enqueues(self, scene: Scene) -> None:
        order, _parcel = at_the_point(scene)
        ProcrastinateJob.objects.all().delete()
        jobs.every_minute(0)
        jobs.every_minute(0)
        notices = Notice.objects.filter(order=order, step=NoticeStep.READY)
        waiting = ProcrastinateJob.objects.filter(task_name="orders.send_notice", args={"notice_id": notices.get().pk})
        assert waiting.count() == 1


class TestHowItLeaves:
    """The language, the way, and what goes wrong."""

    @pytest.mark.parametrize(("language", "words"), [("zh-hans", "已付款"), ("en", "is paid")])
    def test_in_the_language_of_the_order(self, scene: Scene, language: str, words: str) -> None:
        order = sold(scene, language=language)
        tell_all(order)
        assert words in mail.outbox[0].subject and order.number in mail.outbox[0].subject

    def test_without_an_address_only_what_is_pressing_goes_to_the_phone(self, scene: Scene) -> None:
        order, parcel = at_the_point(scene, email="", language="en")
        find_steps()
        assert tell_all(order) == 2 and not mail.outbox
        ways = dict(Notice.objects.filter(order=order).values_list("step", "told_by"))
        assert ways == {"paid": NoticeWay.SITE, "ready": NoticeWay.TEXT}
        text = text_for_demo(order.phone)
        assert f"Pickup code {parcel.pickup_code}" in text and order.ref in text

    def test_a_mail_server_that_fails_is_tried_again_and_then_left(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = sold(scene)
        notice = Notice.objects.get(order=order)
        tried: list[str] = []

        def refuse(letter: EmailMessage, **_how: object) -> int:
            tried.append(letter.extra_headers["Message-ID"])
            raise SMTPServerDisconnected

        with monkeypatch.context() as broken:
            broken.setattr(EmailMessage, "send", refuse)
            send_notice(notice.pk)
            send_notice(notice.pk)  # not due yet
            notice.refresh_from_db()
            assert (notice.told_at, notice.tries, notice.trouble) == (None, 1, "SMTPServerDisconnected")
            for _again in range(MOST_TRIES + 2):
                Notice.objects.update(try_at=timezone.now())
                send_notice(notice.pk)
        assert len(tried) == MOST_TRIES and len(set(tried)) == 1
        Notice.objects.update(tries=1)
        send_notice(notice.pk)
        notice.refresh_from_db()
        assert len(mail.outbox) == 1 and notice.told_by == NoticeWay.EMAIL and notice.trouble == ""

    def test_what_a_dead_worker_left_is_enqueued_once_its_claim_is_over(self, scene: Scene) -> None:
        order = sold(scene)
        ProcrastinateJob.objects.all().delete()
        claimed = timezone.now() + CLAIMED_FOR
        Notice.objects.filter(order=order).update(try_at=claimed, tries=1)
        assert send_waiting() == 0
        Notice.objects.filter(order=order).update(try_at=claimed - CLAIMED_FOR)
        assert send_waiting() == 1 and tell_all(order) == 1 and len(mail.outbox) == 1

    def test_a_code_that_was_used_meanwhile_is_not_sent(self, scene: Scene) -> None:
        order, parcel = at_the_point(scene)
        find_steps()
        clerk = make_clerk(scene.qidong.point)
        scan(parcel=parcel, kind=ScanKind.PICKUP, station=scene.qidong.point, by=clerk, nonce="pickup")
        tell_all(order, NoticeStep.READY)
        assert not mail.outbox and Notice.objects.get(step=NoticeStep.READY).told_by == ""

    def test_who_was_forgotten_is_not_written_to(self, scene: Scene) -> None:
        order = sold(scene)
        empty_orders(Order.objects.filter(pk=order.pk))
        assert tell_all(order) == 1 and not mail.outbox


class TestOnTheSite:
    """The order's page, and the list of an account."""

    def test_the_guest_reads_it_on_the_page_of_the_order(self, scene: Scene) -> None:
        order = sold(scene)
        page = Client().get(reverse("order", args=[order.ref])).content.decode()
        assert "我们通知过您" in page and "您的付款已到账" in page

    def test_the_account_has_a_list_of_its_own_and_nobody_elses(self, scene: Scene) -> None:
        buyer = make_user(name="刘敏")
        order = sold(scene, buyer=buyer)
        others = sold(scene, key="other")
        page = signed_in_client(buyer).get(reverse("order_messages")).content.decode()
        assert order.number in page and others.number not in page
        assert Client().get(reverse("order_messages")).status_code == 302
        nobody = signed_in_client(make_user()).get(reverse("order_messages")).content.decode()
        assert order.number not in nobody and "还没有消息" in nobody
