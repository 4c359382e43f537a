"""The buyer's replies: the offer is taken, the county is asked, the goods are sent back, or the case is withdrawn."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.models import Case, CaseState, Deed, ReturnWay
from aftersales.notices import tell_seller
from aftersales.settling import close, pay_back, settle
from aftersales.states import CaseMoved, move_case
from aftersales.talking import Said, is_known, locked, write_step
from delivery.models import Parcel
from delivery.parcels import plan_parcel
from orders.models import DeliveryWay
from payments.models import Refund


class ReturnUnclear(ValueError):
    """How the goods go back is not said, or that way is not open; its text says which."""


def accept(*, case: Case, said: Said, at: dt.datetime | None = None) -> Refund | None:
    """Take what the seller offers: its money goes back, the goods stay. Raises CaseMoved."""
    when = at or timezone.now()
    with transaction.atomic():
        held = locked(case)
        if is_known(held, said):
            return held.refund
        if held.state != CaseState.OFFERED:
            raise CaseMoved(_("There is no offer to accept any more."))
        write_step(held, Deed.ACCEPTED, said, at=when, fen=held.offered_fen)
        return take_offer(held, said, when)


def take_offer(case: Case, said: Said, when: dt.datetime) -> Refund | None:
    """Settle a locked case with the seller's offer."""
    refund = pay_back(
        case, goods_fen=case.offered_goods_fen or 0, freight_fen=case.offered_freight_fen or 0, by=said.by, at=when
    )
    settle(case, at=when, refund=refund)
    return refund


def ask_county(*, case: Case, said: Said, at: dt.datetime | None = None) -> None:
    """Ask the county's centre to decide, after a refusal or an offer that is too small. Raises CaseMoved."""
    when = at or timezone.now()
    with transaction.atomic():
        held = locked(case)
        if is_known(held, said):
            return
        if held.state not in (CaseState.OFFERED, CaseState.REFUSED):
            raise CaseMoved(_("The county decides once the seller has answered."))
        move_case(held, CaseState.COUNTY, at=when)
        write_step(held, Deed.ASKED_COUNTY, said, at=when)


def withdraw(*, case: Case, said: Said, at: dt.datetime | None = None) -> None:
    """Give the case up; nothing moves. Raises CaseMoved where the goods are on their way back, or it is over."""
    when = at or timezone.now()
    with transaction.atomic():
        held = locked(case)
        if is_known(held, said):
            return
        close(held, at=when)
        write_step(held, Deed.WITHDREW, said, at=when)


def send_back(*, case: Case, way: ReturnWay, number: str, said: Said, at: dt.datetime | None = None) -> Parcel | None:
    """Say how the goods go back: by carrier with its name and number, or handed in at the village point where they were picked up, which
    gets a parcel to collect. Raises CaseMoved, ReturnUnclear.
    """
    when = at or timezone.now()
    with transaction.atomic():
        held = locked(case)
        if is_known(held, said):
            return held.return_parcel
        if held.state != CaseState.RETURNING:
            raise CaseMoved(_("Nothing is to be sent back here, or not any more."))
        parcel = _plan_way_back(held, when) if way == ReturnWay.POINT else None
        if way == ReturnWay.CARRIER and not number.strip():
            raise ReturnUnclear(_("Please enter the carrier and the number of the parcel."))
        move_case(
            held, CaseState.SENT_BACK, at=when, return_way=way, return_number=number.strip()[:60], return_parcel=parcel
        )
        write_step(held, Deed.HANDED_BACK, said, at=when)
        tell_seller(held)
    return parcel


def may_hand_in(case: Case) -> bool:
    """Whether the goods can go back by a village point: they were picked up at one (load the order)."""
    return case.consignment.order.delivery_way == DeliveryWay.STATION


def _plan_way_back(case: Case, when: dt.datetime) -> Parcel:
    """A parcel from the buyer's point to the store's own station, where its farmer fetches it."""
    consignment = case.consignment
    order, store = consignment.order, consignment.store
    if not may_hand_in(case) or order.pickup_station is None:
        raise ReturnUnclear(_("These goods did not come to a village point: send them by carrier."))
    rows = list(case.lines.select_related("line").order_by("line"))
    return plan_parcel(
        origin=order.pickup_station.successor,
        to=consignment.station.successor,
        sender=order.recipient,
        recipient=store.household.name,
        phone=store.household.phone,
        address="",
        contents="、".join(f"{row.line.name} {row.line.pack} × {row.units}" for row in rows)[:300],
        weight_g=sum(row.line.unit_weight_g * row.units for row in rows),
        chilled=bool(consignment.parcel and consignment.parcel.chilled),
        frozen=consignment.frozen,
        group_ref=case.ref,
        at=when,
    )
