"""The seller's answers: yes, an offer, no; and what came back is looked at. By the farmer, or by a station that may answer for them."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from aftersales.models import Case, CaseState, Deed, ReturnWay, Wish
from aftersales.notices import tell_buyer
from aftersales.settling import pay_back, settle
from aftersales.states import CaseMoved, move_case
from aftersales.talking import NothingSaid, Said, is_known, locked, write_step
from catalog import stock
from delivery.models import ParcelState
from orders.draws import draw_of
from orders.replacing import replace
from sellers.mandates import MandateMissing, mandate_for, under_mandate


class OfferRefused(ValueError):
    """An offer of nothing, or of more than was asked for."""


class OwnPurchase(PermissionError):
    """Nobody answers or decides about what they bought themselves."""


def answers_for(user: User, case: Case) -> bool:
    """Whether this user answers for the case's seller (load the store's household)."""
    try:
        mandate_for(user, case.consignment.store.household, "answer")
    except MandateMissing:
        return False
    return not is_buyer(user, case)


def is_buyer(user: User, case: Case) -> bool:
    """Whether the case is about the user's own purchase (load the order)."""
    order = case.consignment.order
    return order.user_id == user.pk or bool(user.phone and user.phone == order.phone)


@contextmanager
def _answering(case: Case, said: Said) -> Iterator[Case]:
    """A transaction in which the seller's side acts on the locked case. Raises MandateMissing, OwnPurchase."""
    assert said.by is not None, "somebody answers"
    with under_mandate(by=said.by, household=case.consignment.store.household, scope="answer"):
        held = locked(case)
        if is_buyer(said.by, held):
            raise OwnPurchase(_("You bought this yourself: a colleague has to answer."))
        yield held


def grant(*, case: Case, said: Said, at: dt.datetime | None = None) -> None:
    """Agree: the money goes back, the goods are sent once more, or the buyer may send them back. Raises CaseMoved, MandateMissing,
    OwnPurchase; orders.replacing's CannotReplace where the goods are not there.
    """
    when = at or timezone.now()
    with _answering(case, said) as held:
        if is_known(held, said):
            return
        if held.state != CaseState.OPEN:
            raise CaseMoved(_("This case was answered already."))
        write_step(held, Deed.GRANTED, said, at=when, fen=None if held.wish == Wish.REPLACEMENT else held.asked_fen)
        grant_as_asked(held, said, when)


def grant_as_asked(case: Case, said: Said, when: dt.datetime) -> None:
    """Do with a locked case what its buyer asked for."""
    if case.wish == Wish.RETURN:
        move_case(case, CaseState.RETURNING, at=when, answered_by=said.by)
    elif case.wish == Wish.REPLACEMENT:
        units = dict(case.lines.values_list("line_id", "units"))
        replacement = replace(consignment=case.consignment, units=units, at=when)
        case.answered_by = said.by
        settle(case, at=when, replacement=replacement)
    else:
        case.answered_by = said.by
        refund = pay_back(case, goods_fen=case.goods_fen, freight_fen=case.freight_fen, by=said.by, at=when)
        settle(case, at=when, refund=refund)
    Case.objects.filter(pk=case.pk).update(answered_by=said.by)
    tell_buyer(case)


def offer(*, case: Case, goods_fen: int, freight_fen: int, said: Said, at: dt.datetime | None = None) -> None:
    """Offer a part of the money; the goods stay with the buyer. Raises OfferRefused, CaseMoved, MandateMissing, OwnPurchase."""
    when = at or timezone.now()
    with _answering(case, said) as held:
        if is_known(held, said):
            return
        if not goods_fen + freight_fen > 0 or not (
            0 <= goods_fen <= held.goods_fen and 0 <= freight_fen <= held.freight_fen
        ):
            raise OfferRefused(_("An offer is more than nothing, and no more than was asked for."))
        if held.state != CaseState.OPEN:
            raise CaseMoved(_("This case was answered already."))
        move_case(
            held, CaseState.OFFERED, at=when, offered_goods_fen=goods_fen, offered_freight_fen=freight_fen, answered_by=said.by
        )  # fmt: skip
        write_step(held, Deed.OFFERED, said, at=when, fen=held.offered_fen)
        tell_buyer(held)


def refuse(*, case: Case, said: Said, at: dt.datetime | None = None) -> None:
    """Say no, and why; the buyer may ask the county. Raises NothingSaid, CaseMoved, MandateMissing, OwnPurchase."""
    when = at or timezone.now()
    with _answering(case, said) as held:
        if is_known(held, said):
            return
        if not said.text.strip():
            raise NothingSaid(_("Please say why: the buyer reads it."))
        if held.state != CaseState.OPEN:
            raise CaseMoved(_("This case was answered already."))
        move_case(held, CaseState.REFUSED, at=when, answered_by=said.by)
        write_step(held, Deed.REFUSED, said, at=when)
        tell_buyer(held)


def take_back(*, case: Case, as_new: bool, said: Said, at: dt.datetime | None = None) -> None:
    """The goods are back and as they should be: the money goes back, and what is `as_new` is on sale again. Raises CaseMoved,
    MandateMissing, OwnPurchase.
    """
    when = at or timezone.now()
    with _answering(case, said) as held:
        if is_known(held, said):
            return
        if held.state != CaseState.SENT_BACK:
            raise CaseMoved(_("Nothing is on its way back here any more."))
        if held.return_way == ReturnWay.POINT and not _has_arrived(held):
            raise CaseMoved(_("The parcel has not arrived yet."))
        write_step(held, Deed.TAKEN_BACK, said, at=when, fen=held.asked_fen)
        if as_new:
            rows = held.lines.select_related("line").order_by("line")
            if draws := [draw for row in rows for draw in draw_of(row.line, min(row.units, row.line.left_units))]:
                stock.put_back(draws)
        refund = pay_back(held, goods_fen=held.goods_fen, freight_fen=held.freight_fen, by=said.by, at=when)
        settle(held, at=when, refund=refund)
        tell_buyer(held)


def _has_arrived(case: Case) -> bool:
    parcel = case.return_parcel
    return parcel is not None and parcel.state in (ParcelState.READY, ParcelState.DELIVERED)


def object_to_return(*, case: Case, said: Said, at: dt.datetime | None = None) -> None:
    """What came back is not what was sent: the county decides. Raises NothingSaid, CaseMoved, MandateMissing, OwnPurchase."""
    when = at or timezone.now()
    with _answering(case, said) as held:
        if is_known(held, said):
            return
        if not said.text.strip():
            raise NothingSaid(_("Please say what is wrong with it: the buyer and the county read it."))
        if held.state != CaseState.SENT_BACK:
            raise CaseMoved(_("Nothing is on its way back here any more."))
        move_case(held, CaseState.COUNTY, at=when)
        write_step(held, Deed.REFUSED, said, at=when)
