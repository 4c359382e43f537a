"""Cash on its way: from a station's till to the county centre's, from there to the bank, and the other way as change.

The giver counts and hands over, which takes the sum out of the till into 'cash_transit'; somebody else counts and receives it. Where the
counts differ, what was counted goes into the till and the difference stays in transit, until two people of the county have settled it
with a reason. A till never goes below zero (payments.tills). Lock order: the handover, then ledger accounts by key.
"""

import datetime as dt
import secrets
from collections import defaultdict
from dataclasses import dataclass

import pghistory
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.references import public_reference
from payments import ledger
from payments.ledger import Part
from payments.models import AccountKind, TransferKind
from payments.tills import take_from_till
from stations.models import CashHandover, CashOutcome, CashState, Role, Station, StationKind, StationStatus
from stations.models.posting import STAFF_ROLES
from stations.scope import NotAllowed, scope_of
from stations.workplace import stations_of

SETTLERS = (Role.CENTRE_STAFF, Role.COUNTY_OFFICIAL)
MOST_FEN = 10_000_000  # 100,000 yuan in one bag
MOST_REASON = 200


class WrongWay(ValueError):
    """Cash goes from a station to its county's centre, from the centre to a bank, and back; nowhere else."""


class WrongSum(ValueError):
    """No sum that can be handed over or counted."""


class SlipMissing(ValueError):
    """The bank's slip has a number."""


class CashMoved(ValueError):
    """The handover does not stand where the page thought: somebody was quicker."""


class SamePerson(NotAllowed):
    """Who gave it doesn't count it, and who says what becomes of a difference doesn't agree to it."""


class ReasonMissing(ValueError):
    """A difference is settled with a reason."""


@dataclass(frozen=True, slots=True)
class Way:
    """From where to where; None is the bank."""

    giver: Station | None
    receiver: Station | None

    @property
    def place(self) -> Station:
        """The station that stands for the county, and for the bank's side of the way."""
        station = self.giver or self.receiver
        assert station is not None
        return station


def ways_from(station: Station) -> list[Way]:
    """The ways on which cash may leave this station's till: to the centre; from the centre to the bank and to each till of the county."""
    if station.kind != StationKind.CENTRE:
        centre = centre_of(station)
        return [Way(station, centre)] if centre else []
    tills = tills_of(station.county_code).exclude(pk=station.pk).filter(status=StationStatus.ACTIVE)
    return [Way(station, None), *(Way(station, till) for till in tills)]


def centre_of(station: Station) -> Station | None:
    """The centre of the station's county, unless it is closed."""
    found = Station.objects.within(f"{station.county_code}000000").filter(kind=StationKind.CENTRE)
    return found.exclude(status=StationStatus.CLOSED).select_related("region").order_by("code").first()


@dataclass(frozen=True, slots=True)
class Till:
    """A station's till by the books: fen in it, and handovers on their way to or from it."""

    station: Station
    fen: int
    moving: int


def county_tills(county_code: str) -> list[Till]:
    """Every till of a county (six digits), empty or not; those with most cash first. Three queries."""
    everywhere = Station.objects.within(f"{county_code}000000").select_related("region")
    held = ledger.balances(AccountKind.STATION_CASH, everywhere.values("code"))
    moving: dict[int | None, int] = defaultdict(int)
    for pair in (
        CashHandover.objects.filter(county_code=county_code).unfinished().values_list("from_station", "to_station")
    ):
        for station in pair:
            moving[station] += 1
    shown = everywhere.filter(Q(cash_counter=True) & ~Q(status=StationStatus.CLOSED) | Q(code__in=held))
    tills = [Till(station, held.get(station.code, 0), moving[station.pk]) for station in shown]
    return sorted(tills, key=lambda till: (-till.fen, till.station.code))


def tills_of(county_code: str) -> QuerySet[Station]:
    """The stations of a county (six digits) with a cash counter, in the order of their codes."""
    found = Station.objects.within(f"{county_code}000000").filter(cash_counter=True)
    return found.exclude(status=StationStatus.CLOSED).select_related("region").order_by("code")


def hand_over(
    *,
    by: User,
    way: Way,
    fen: int,
    ref: str = "",
    slip: str = "",
    photograph: File[bytes] | None = None,
    at: dt.datetime | None = None,
) -> CashHandover:
    """Take `fen` out of the giver's till (or the bank account) for the receiver, who has not counted it yet.

    `ref` is the page's: sent again it answers the same handover. `photograph` is a picture that pictures.intake has cleaned. Raises
    NotAllowed, WrongWay, WrongSum, SlipMissing, payments.tills.TillShort; then nothing was moved.
    """
    _require_served(by, way.place)
    _require_way(way)
    if not 0 < fen <= MOST_FEN:
        raise WrongSum(_("Write a sum between 0.01 and 100,000 yuan."))
    if way.receiver is None and not slip.strip():
        raise SlipMissing(_("Write the number of the bank's slip."))
    when = at or timezone.now()
    name = storages["private"].save(f"cash/{public_reference()}.jpg", photograph) if photograph else ""
    with transaction.atomic(), pghistory.context(user=by.pk):
        made, is_new = CashHandover.objects.get_or_create(
            ref=ref or public_reference(),
            defaults={
                "number": _number(when),
                "county_code": way.place.county_code,
                "from_station": way.giver,
                "to_station": way.receiver,
                "amount_fen": fen,
                "slip": slip.strip(),
                "photograph": name,
                "given_by": by,
                "given_at": when,
            },
        )
        if not is_new:
            if (made.given_by_id, made.amount_fen, _way_of(made)) != (by.pk, fen, way):
                raise CashMoved(_("This page was sent before with another sum. Please open it anew."))
            return made
        leaving = (
            take_from_till(way.giver.code, fen, county_code=made.county_code, at=at)
            if way.giver
            else Part(AccountKind.BANK, "", -fen, made.county_code)
        )
        _post(made, TransferKind.CASH_HANDED_OVER, "cash-out", [leaving, _transit(made, fen)], when)
    return made


def count(*, by: User, handover: CashHandover, fen: int, at: dt.datetime | None = None) -> CashHandover:
    """Receive what was counted: the sum that was given, or another, which is then disputed.

    What goes to the bank is counted by the bank: somebody else of the county says what arrived on the account.
    Raises NotAllowed, SamePerson, WrongSum, CashMoved.
    """
    if not 0 <= fen <= MOST_FEN:
        raise WrongSum(_("Write a sum between 0 and 100,000 yuan."))
    if handover.to_station is not None:
        _require_served(by, handover.to_station)
    else:
        scope_of(by).require(SETTLERS, _place(handover).region_id)
    if by.pk == handover.given_by_id:
        raise SamePerson(_("Who handed the cash over does not count it. A colleague has to."))
    when = at or timezone.now()
    state = CashState.RECEIVED if fen == handover.amount_fen else CashState.DISPUTED
    with transaction.atomic(), pghistory.context(user=by.pk):
        held = _move(handover, CashState.GIVEN, state, counted_fen=fen, received_by=by, received_at=when)
        if fen:
            _post(held, TransferKind.CASH_RECEIVED, "cash-in", [_transit(held, -fen), _arriving(held, fen)], when)
    return held


def take_back(*, by: User, handover: CashHandover, at: dt.datetime | None = None) -> CashHandover:
    """The giver's side has it again, before anybody has counted it: all of it, back in the till. Raises NotAllowed, CashMoved."""
    _require_served(by, _place(handover))
    when = at or timezone.now()
    with transaction.atomic(), pghistory.context(user=by.pk):
        held = _move(handover, CashState.GIVEN, CashState.WITHDRAWN)
        fen = held.amount_fen
        _post(held, TransferKind.CASH_RECEIVED, "cash-back", [_transit(held, -fen), _giving(held, fen)], when)
    return held


def propose(*, by: User, handover: CashHandover, outcome: CashOutcome, reason: str) -> CashHandover:
    """Say what becomes of a difference and why; it moves when somebody else agrees. Raises NotAllowed, ReasonMissing, CashMoved."""
    scope_of(by).require(SETTLERS, _place(handover).region_id)
    if not reason.strip():
        raise ReasonMissing(_("Write why: what was found, and who was asked."))
    with transaction.atomic(), pghistory.context(user=by.pk):
        return _move(
            handover,
            CashState.DISPUTED,
            CashState.DISPUTED,
            outcome=CashOutcome(outcome),
            reason=reason.strip()[:MOST_REASON],
            proposed_by=by,
        )


def settle(
    *, by: User, handover: CashHandover, agreed: tuple[str, str] | None = None, at: dt.datetime | None = None
) -> CashHandover:
    """Agree to what somebody else proposed: the difference leaves transit. `agreed` is the outcome and reason that the page showed.

    Neither the proposer nor who gave or counted the cash can agree. Raises NotAllowed, SamePerson, CashMoved, payments.tills.TillShort.
    """
    scope_of(by).require(SETTLERS, _place(handover).region_id)
    when = at or timezone.now()
    with transaction.atomic(), pghistory.context(user=by.pk):
        held = CashHandover.objects.select_for_update(no_key=True, of=("self",)).get(pk=handover.pk)
        if held.proposed_by_id is None or (agreed is not None and agreed != (held.outcome, held.reason)):
            raise CashMoved(_("Nobody proposes this any more. Please read the page again."))
        if by.pk in (held.proposed_by_id, held.given_by_id, held.received_by_id):
            raise SamePerson(
                _("Somebody else has to agree: neither who proposed it, nor who handed over or counted the cash.")
            )
        held = _move(held, CashState.DISPUTED, CashState.SETTLED, settled_by=by, settled_at=when)
        fen = held.missing_fen
        if held.outcome == CashOutcome.LOST:
            gone = Part(AccountKind.CASH_DIFFERENCE, held.county_code, fen, held.county_code)
        else:
            gone = _giving(held, fen, at=at)
        _post(held, TransferKind.CASH_DIFFERENCE, "cash-difference", [_transit(held, -fen), gone], when)
    return held


def _require_served(by: User, station: Station) -> None:
    scope_of(by).require(STAFF_ROLES, station.region_id)
    if station.pk not in {one.pk for one in stations_of(by)}:
        raise NotAllowed(_("Your posting does not allow this here."))


def _require_way(way: Way) -> None:
    giver, receiver = way.giver, way.receiver
    if giver is None:
        fits = receiver is not None and receiver.kind == StationKind.CENTRE and receiver.is_active
    else:
        fits = any(one == way for one in ways_from(giver))
    if not fits:
        raise WrongWay(_("Cash goes from a station to the county centre, from there to the bank, and back as change."))


def _move(handover: CashHandover, old: CashState, new: CashState, **fields: object) -> CashHandover:
    """The handover, locked and moved, if it still stood where it was thought to. Raises CashMoved."""
    moved = CashHandover.objects.filter(pk=handover.pk, state=old).update(state=new, **fields)
    if not moved:
        raise CashMoved(_("Somebody was quicker: this cash was dealt with already."))
    return CashHandover.objects.select_related("from_station", "to_station").get(pk=handover.pk)


def _post(handover: CashHandover, kind: TransferKind, key: str, parts: list[Part], when: dt.datetime) -> None:
    ledger.post(kind=kind, key=f"{key}:{handover.pk}", parts=parts, at=when)


def _transit(handover: CashHandover, fen: int) -> Part:
    return Part(AccountKind.CASH_TRANSIT, handover.ref, fen, handover.county_code)


def _arriving(handover: CashHandover, fen: int) -> Part:
    if handover.to_station is None:
        return Part(AccountKind.BANK, "", fen, handover.county_code)
    return Part(AccountKind.STATION_CASH, handover.to_station.code, fen, handover.county_code)


def _giving(handover: CashHandover, fen: int, *, at: dt.datetime | None = None) -> Part:
    """The giver's part: above zero it comes back, below zero it is what was counted too much, which the till must hold."""
    if handover.from_station is None:
        return Part(AccountKind.BANK, "", fen, handover.county_code)
    if fen < 0:
        return take_from_till(handover.from_station.code, -fen, county_code=handover.county_code, at=at)
    return Part(AccountKind.STATION_CASH, handover.from_station.code, fen, handover.county_code)


def _place(handover: CashHandover) -> Station:
    return _way_of(handover).place


def _way_of(handover: CashHandover) -> Way:
    return Way(handover.from_station, handover.to_station)


def _number(when: dt.datetime) -> str:
    """A number for people and for the slip: the day and nine drawn digits."""
    drawn = f"{secrets.randbelow(10**9):09d}"
    return f"{timezone.localdate(when):%y%m%d}-{drawn}"
