"""Goods by weight: a buyer pays for the estimate with its tolerance, the scale at the station says what it costs, the rest goes back.

What is charged at first is the most that it can come to, so nobody is ever asked for more (docs/adr/0036). Goods lighter than the
tolerance wait at the station, and their buyer decides within a day; whoever says nothing takes them as they are.
Lock order: order, consignments, parcel, then as orders.refunding.
"""

import datetime as dt
import logging
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from delivery.stopping import StopOrder, lift_stops, stop_parcel
from orders.informing import tell
from orders.models import Consignment, NoticeStep, Order, OrderLine, OrderState, WeightAnswer, WeightQuestion
from orders.portions import Portion
from orders.refunding import refund_lines

logger = logging.getLogger("daylily.money")

ANSWERED_WITHIN: Final = dt.timedelta(hours=24)


class NothingAsked(ValueError):
    """No question about this line waits for an answer."""


def due_fen(line: OrderLine, grams: int) -> int:
    """What the goods of a line come to by their weight, in fen, half a fen up; less its discount in proportion; never more than was
    paid for them.
    """
    price, whole = line.unit_price_fen * grams * line.amount_fen, line.unit_weight_g * line.full_fen
    return min((2 * price + whole) // (2 * whole), line.left_fen)


def is_too_light(line: OrderLine, grams: int) -> bool:
    """Whether the weight is further below the estimate than it was allowed to be above it."""
    estimate = line.unit_price_fen * line.left_units * line.amount_fen // line.full_fen
    return due_fen(line, grams) < estimate - (line.left_fen - estimate)


@app.task(name="orders.settle_weights", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def settle_weights(consignment_id: int, *, at: dt.datetime | None = None) -> int:
    """Pay back what the goods of a collected consignment weigh less than was charged; how many lines were settled. Done again it changes
    nothing. A line that is too light is asked about instead, and its parcel waits; one that nobody weighed counts as estimated.
    """
    when = at or timezone.now()
    with transaction.atomic():
        order_id = Consignment.objects.values_list("order_id", flat=True).get(pk=consignment_id)
        order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
        consignment = Consignment.objects.select_for_update(no_key=True, of=("self",)).get(pk=consignment_id)
        if consignment.stock_taken_at is None or order.state != OrderState.PAID:
            return 0
        lines = consignment.lines.left().filter(margin_fen__gt=0, weight_settled_at=None, weight_question=None)
        light: list[tuple[OrderLine, int]] = []
        sound: list[tuple[OrderLine, int]] = []
        for line in lines.order_by("pk"):
            grams = line.weighed_g or line.unit_weight_g * line.left_units
            (light if is_too_light(line, grams) else sound).append((line, due_fen(line, grams)))
        if light:
            _ask(consignment, light, when, silent=at is not None)
        _settle(order, sound, when)
    return len(sound)


def _settle(order: Order, lines: list[tuple[OrderLine, int]], when: dt.datetime) -> None:
    """Give back what each line was charged beyond its due."""
    portions = [Portion(line.pk, units=0, amount_fen=line.left_fen - due, freight_fen=0) for line, due in lines]
    owed = [portion for portion in portions if portion.amount_fen]
    if owed:
        refund_lines(order=order, portions=owed, by=None, reason="weight", at=when)
    OrderLine.objects.filter(pk__in=[line.pk for line, _due in lines]).update(weight_settled_at=when)


def _ask(consignment: Consignment, lines: list[tuple[OrderLine, int]], when: dt.datetime, *, silent: bool) -> None:
    WeightQuestion.objects.bulk_create(
        WeightQuestion(line=line, due_fen=due, asked_at=when, until=when + ANSWERED_WITHIN) for line, due in lines
    )
    if consignment.parcel_id is not None:
        light = [line for line, _due in lines]
        order = _stop_order(consignment.parcel_id, gettext_noop("Too light, the buyer is asked: %(goods)s"), light)
        stop_parcel(order=order, key=stop_key(consignment.pk), at=when)
    if not silent:
        tell(consignment.order_id, NoticeStep.WEIGHT, consignment.number)


def _stop_order(parcel_id: int, words: str, lines: list[OrderLine], *, whole: bool = True) -> StopOrder:
    """A stop with its reason in both languages."""
    texts = {}
    for language in ("zh-hans", "en"):
        with override(language):
            texts[language] = _(words) % {"goods": _("; ").join(line.label for line in lines)}
    return StopOrder(parcel_id, texts["zh-hans"], texts["en"], whole=whole)


def stop_key(consignment_id: int) -> str:
    """Under which key a parcel waits for its buyer's word."""
    return f"weight:{consignment_id}"


def answer(*, order: Order, line_id: int, word: WeightAnswer, at: dt.datetime | None = None) -> None:
    """Take the lighter goods, the rest of the money back; or none of them, and all of it. Raises NothingAsked."""
    when = at or timezone.now()
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        found = WeightQuestion.objects.select_for_update(no_key=True, of=("self",)).select_related("line__consignment")
        question = found.filter(line=line_id, line__consignment__order=locked, answer="").first()
        if question is None or locked.state != OrderState.PAID:
            raise NothingAsked(_("This was answered already, or the time to answer is over."))
        question.answer, question.answered_at = word, when
        question.save(update_fields=["answer", "answered_at"])
        line = question.line
        if word == WeightAnswer.TAKE:
            _settle(locked, [(line, min(question.due_fen, line.left_fen))], when)
        else:
            refund_lines(order=locked, portions=[Portion(line.pk)], by=None, reason="too light", at=when)
        _let_it_go_on(line.consignment, when)


def _let_it_go_on(consignment: Consignment, when: dt.datetime) -> None:
    """Once all is answered the parcel goes on; what the buyer does not want is stopped for another reason: the station takes it out."""
    questions = WeightQuestion.objects.filter(line__consignment=consignment)
    if questions.filter(answer="").exists() or consignment.parcel_id is None:
        return
    unwanted = [question.line for question in questions.filter(answer=WeightAnswer.CANCEL).select_related("line")]
    if unwanted:
        words = gettext_noop("The buyer does not want it, back to the farmer: %(goods)s")
        stop = _stop_order(consignment.parcel_id, words, unwanted, whole=not consignment.lines.left().exists())
        stop_parcel(order=stop, key=f"unwanted:{consignment.pk}", at=when)
    lift_stops(key=stop_key(consignment.pk), parcels=[consignment.parcel_id])


def end_questions(*, at: dt.datetime | None = None) -> int:
    """Whoever did not answer takes the goods as they are; how many questions ended."""
    when = at or timezone.now()
    due = WeightQuestion.objects.filter(answer="", until__lte=when).select_related("line__consignment__order")
    done = 0
    for question in due.order_by("pk"):
        try:
            answer(order=question.line.consignment.order, line_id=question.line_id, word=WeightAnswer.TAKE, at=when)
            done += 1
        except NothingAsked:  # answered at this moment, or all of the order went back
            _forget(question, when)
    return done


def _forget(question: WeightQuestion, when: dt.datetime) -> None:
    """Nothing is left to decide of an order that was paid back."""
    gone = WeightQuestion.objects.filter(pk=question.pk, answer="", line__back_fen=F("line__amount_fen"))
    gone.update(answer=WeightAnswer.CANCEL, answered_at=when)
