"""Who is told that it is their turn: the buyer by e-mail, the farmer by a text. Staff and the county see it on their desk."""

import datetime as dt
from typing import Final

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from accounts.messages import send_text
from aftersales.models import BuyerReview, Case, CaseState, Side, Step
from orders.informing import Letter, tell, writes
from orders.models import Notice, NoticeStep
from sellers.telling import TRIES, in_their_language

# A simulated past writes to nobody.
TOLD_WITHIN: Final = dt.timedelta(hours=12)


def tell_buyer(case: Case) -> None:
    """Write to the buyer what the last step of a case was, after the commit."""
    if last := _last_step(case):
        tell(case.consignment.order_id, NoticeStep.CASE, last.pk)


def tell_seller(case: Case) -> None:
    """Text the farmer that a case waits for an answer, after the commit."""
    if _last_step(case) and case.consignment.store.household.phone:
        text_seller.defer(case_id=case.pk, state=case.state)


def _last_step(case: Case) -> Step | None:
    last = Step.objects.filter(case=case).exclude(side=Side.BUYER).order_by("-pk").first()
    last = last or Step.objects.filter(case=case).order_by("-pk").first()
    return last if last and timezone.now() - last.happened_at < TOLD_WITHIN else None


@writes(NoticeStep.CASE)
def case_letter(notice: Notice) -> Letter:
    """What was answered or decided (the part: the step's key), and what to do until when."""
    step = Step.objects.select_related("case__refund__payment").get(pk=int(notice.part))
    case, order = step.case, notice.order
    url = settings.SITE_URL + reverse("after_sales", args=[case.ref])
    context = {"case": case, "order": order, "step": step, "url": url, "CaseState": CaseState}
    subject = _("Daylily order %(number)s: after-sales, %(state)s") % {
        "number": order.number,
        "state": case.get_state_display(),
    }
    return Letter(subject, render_to_string("aftersales/case_mail.txt", context))


@writes(NoticeStep.REVIEW)
def review_letter(notice: Notice) -> Letter | None:
    """That a review (the part: its key and when) was hidden, and why; nothing where it is shown again."""
    review = BuyerReview.objects.select_related("line__consignment").get(pk=int(notice.part.split()[0]))
    if review.hidden_at is None:
        return None
    args = [notice.order.ref, review.line.consignment.number]
    context = {"order": notice.order, "review": review, "url": settings.SITE_URL + reverse("order_review", args=args)}
    subject = _("Daylily order %(number)s: your review was hidden") % {"number": notice.order.number}
    return Letter(subject, render_to_string("aftersales/review_mail.txt", context))


@app.task(name="aftersales.text_seller", retry=TRIES)
def text_seller(case_id: int, state: str) -> None:
    """Tell the farmer by a text what a buyer asks for and until when to answer; nothing where it was answered meanwhile."""
    case = Case.objects.select_related("consignment__store__household__user").get(pk=case_id)
    household = case.consignment.store.household
    if case.state != state or case.due_at is None or not household.phone:
        return
    with in_their_language(household):
        text = _(
            "Daylily: a buyer writes about goods of consignment %(number)s (%(reason)s). "
            "Please answer by %(when)s, on your page or at your station."
        ) % {  # fmt: skip
            "number": case.consignment.number,
            "reason": case.get_reason_display(),
            "when": timezone.localtime(case.due_at).strftime("%m-%d %H:%M"),
        }
    send_text(household.phone, text)
