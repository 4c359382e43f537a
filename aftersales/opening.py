"""Opening a case: the buyer says what is wrong with one store's part of an order, and what they wish.

Consumer Rights Protection Law (2013), art. 25: seven days to change one's mind about goods bought online; not for what is fresh or spoils
quickly. Such goods are looked at within a day of their arrival, and photographed: a day later nobody can tell whose fault it was. A small
sum for them goes back at once, a few times in a season.
"""

import datetime as dt
import logging
from collections.abc import Iterable, Mapping
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.models import Case, CaseLine, CaseState, Deed, Reason, Side, Step, Wish
from aftersales.notices import tell_buyer, tell_seller
from aftersales.settling import pay_back, settle
from aftersales.states import TURNS
from aftersales.talking import Said, write_step
from catalog.models import Temperature
from delivery.models import ParcelState
from orders.models import Consignment, Order, OrderLine, OrderState
from orders.portions import Portion, freight_left, work_out
from orders.release import AFTER_SALES_WINDOW, NO_SHOW_WINDOW

logger = logging.getLogger("daylily.money")

PERISHABLE_WINDOW: Final = dt.timedelta(hours=24)
# What keeps for less than a month at room temperature is treated as fresh.
PERISHABLE_DAYS: Final = 30
QUICK_LIMIT_FEN: Final = 50_00
QUICK_TIMES, QUICK_SEASON = 3, dt.timedelta(days=90)
WISHES: Final[Mapping[str, tuple[Wish, ...]]] = {
    Reason.SPOILED: (Wish.REFUND, Wish.REPLACEMENT),
    Reason.SHORT: (Wish.REFUND, Wish.REPLACEMENT),
    Reason.NOT_AS_SHOWN: (Wish.REFUND, Wish.RETURN, Wish.REPLACEMENT),
    Reason.NOT_ARRIVED: (Wish.REFUND, Wish.REPLACEMENT),
    Reason.CHANGED_MIND: (Wish.RETURN,),
}
WITH_PHOTOGRAPH: Final = (Reason.SPOILED, Reason.NOT_AS_SHOWN)


class CannotOpen(ValueError):
    """No case can be opened about this, or not like this; its text says why."""


def is_perishable(lines: Iterable[OrderLine]) -> bool:
    """Whether some of these goods spoil quickly (load product)."""
    products = [line.product for line in lines if line.product]
    return any(
        one.temperature != Temperature.AMBIENT or (one.shelf_life_days or PERISHABLE_DAYS) < PERISHABLE_DAYS
        for one in products
    )


def reasons_for(
    order: Order, consignment: Consignment, lines: list[OrderLine], *, at: dt.datetime | None = None
) -> list[Reason]:
    """What a buyer may name now of a part of an order (load its parcel, and its lines with their product); nothing: no case can be
    opened. No query.
    """
    when, parcel = at or timezone.now(), consignment.parcel
    if order.state != OrderState.PAID or consignment.after_sales_since or not any(line.left_fen for line in lines):
        return []
    if consignment.visit_day:
        last = consignment.visited_at + AFTER_SALES_WINDOW if consignment.visited_at else None
        over = when > last if last else timezone.localdate(when) > consignment.visit_day + NO_SHOW_WINDOW
        return [] if over or timezone.localdate(when) < consignment.visit_day else [Reason.NOT_AS_SHOWN]
    if parcel is None or parcel.collected_at is None:
        return []
    if parcel.state != ParcelState.DELIVERED or parcel.delivered_at is None:
        late = parcel.planned_arrival is not None and parcel.planned_arrival < when
        return [Reason.NOT_ARRIVED] if late else []
    since = when - parcel.delivered_at
    if since > AFTER_SALES_WINDOW:
        return []
    perishable = is_perishable(lines)
    found = [Reason.SHORT, Reason.NOT_AS_SHOWN, Reason.NOT_ARRIVED]
    if not perishable or since <= PERISHABLE_WINDOW:
        found.insert(0, Reason.SPOILED)
    return found if perishable else [*found, Reason.CHANGED_MIND]


def wishes_for(reason: str, *, visit: bool) -> tuple[Wish, ...]:
    """What a buyer may ask for with a reason; of a visit, the money alone."""
    return (Wish.REFUND,) if visit else WISHES[reason]


def open_case(
    *,
    order: Order,
    number: str,
    reason: Reason,
    wish: Wish,
    units: Mapping[int, int],
    said: Said,
    at: dt.datetime | None = None,
) -> Case:
    """Open a case about units of lines (by key) of one consignment (its number) of an order. The seller's money waits until it is over.

    The same page sent twice opens one. A small sum for what was spoiled on arrival goes back at once. Raises CannotOpen.
    """
    when = at or timezone.now()
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        found = Consignment.objects.select_for_update(no_key=True, of=("self",)).filter(order=locked, number=number)
        consignment = found.select_related("parcel", "store__household").first()
        if consignment is None:
            raise CannotOpen(_("This part of the order is not known."))
        if known := Step.objects.filter(case__consignment=consignment, nonce=said.nonce).select_related("case").first():
            return known.case
        lines = list(consignment.lines.select_related("product").order_by("pk"))
        _check(locked, consignment, lines, reason, wish, said, when)
        case = _write(consignment, lines, reason, wish, units, when)
        write_step(case, Deed.OPENED, said, at=when, fen=case.asked_fen)
        Consignment.objects.filter(pk=consignment.pk).update(after_sales_since=when)
        if _is_quick(case, locked, lines, said, when):
            _pay_at_once(case, when)
        else:
            tell_seller(case)
    return case


def _check(
    order: Order,
    consignment: Consignment,
    lines: list[OrderLine],
    reason: Reason,
    wish: Wish,
    said: Said,
    when: dt.datetime,
) -> None:
    possible = reasons_for(order, consignment, lines, at=when)
    if consignment.after_sales_since:
        raise CannotOpen(_("A case about this is open already."))
    if not possible:
        raise CannotOpen(_("After-sales for this is over, or has not begun: seven days from delivery."))
    if reason not in possible:
        raise CannotOpen(
            _("This can't be said of these goods now: what spoils quickly is reported within 24 hours of delivery.")
        )
    if wish not in wishes_for(reason, visit=consignment.visit_day is not None):
        raise CannotOpen(_("This wish does not go with what is wrong."))
    if reason in WITH_PHOTOGRAPH and consignment.visit_day is None and not said.photos:
        raise CannotOpen(_("Please add a photograph: it shows what is wrong."))
    if not said.text.strip() and not said.photos:
        raise CannotOpen(_("Please say in a few words what is wrong."))


def _write(
    consignment: Consignment,
    lines: list[OrderLine],
    reason: Reason,
    wish: Wish,
    units: Mapping[int, int],
    when: dt.datetime,
) -> Case:
    """The case with its lines. Whoever changed their mind pays the way themselves."""
    own = reason == Reason.CHANGED_MIND
    wanted = [Portion(key, units=count, freight_fen=0 if own else None) for key, count in units.items() if count]
    for line in lines:
        line.consignment = consignment
    worked = work_out(lines, wanted, freight_left([consignment]))
    if not worked or len(worked) < len(wanted):
        raise CannotOpen(_("Say of which goods, and of how many."))
    case = Case.objects.create(
        consignment=consignment,
        reason=reason,
        wish=wish,
        goods_fen=sum(one.amount_fen for one in worked),
        freight_fen=sum(one.freight_fen for one in worked),
        opened_at=when,
        due_at=when + TURNS[CaseState.OPEN][1],
    )
    CaseLine.objects.bulk_create(
        CaseLine(case=case, line=one.line, units=one.units, amount_fen=one.amount_fen, freight_fen=one.freight_fen)
        for one in worked
    )
    return case


def _is_quick(case: Case, order: Order, lines: list[OrderLine], said: Said, when: dt.datetime) -> bool:
    """Whether its sum goes back without the seller: fresh goods, spoiled on arrival, photographed, little money, and not often."""
    small = case.asked_fen <= QUICK_LIMIT_FEN and case.wish == Wish.REFUND and case.reason == Reason.SPOILED
    if not small or not said.photos or not is_perishable(lines):
        return False
    same = Q(case__consignment__order__phone=order.phone)
    if order.user_id:
        same |= Q(case__consignment__order__user=order.user_id)
    quick = Step.objects.filter(same, deed=Deed.QUICK, happened_at__gt=when - QUICK_SEASON)
    return quick.count() < QUICK_TIMES


def _pay_at_once(case: Case, when: dt.datetime) -> None:
    refund = pay_back(case, goods_fen=case.goods_fen, freight_fen=case.freight_fen, by=None, at=when)
    write_step(case, Deed.QUICK, Said(Side.CLOCK, None, "quick"), at=when, fen=refund.together_fen if refund else 0)
    settle(case, at=when, refund=refund)
    tell_buyer(case)
