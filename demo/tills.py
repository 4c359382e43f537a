"""The demo's cash: every week the tills go to the county centre, and from there to the bank; the last days are still in the tills."""

import datetime as dt

from django.utils import timezone

from accounts.models import User
from payments import ledger
from payments.models import AccountKind, Entry
from stations import cash
from stations.cash import Way
from stations.models import CashOutcome, Posting, Role, Station, StationKind

WEEK = dt.timedelta(days=7)
LEFT = dt.timedelta(days=9)  # what lies in the tills when somebody opens the demo
FRIDAY, CLOSING = 4, 16
MISSING_FEN = 1_000


def hand_in_cash(now: dt.datetime) -> int:
    """Hand in what counters took, Friday by Friday, until a week ago; one count of last month differs. Returns how many handovers."""
    tills = _tills()
    first = Entry.objects.filter(account__kind=AccountKind.STATION_CASH).order_by("happened_at").first()
    if first is None:
        return 0
    done = 0
    friday = _friday_after(first.happened_at)
    while friday < now - LEFT:
        last = friday >= now - LEFT - WEEK
        for station in tills:
            done += _hand_in(station, friday, short=last and not done % 3)
        friday += WEEK
    return done + _leave_one(tills, now)


def _leave_one(tills: list[Station], now: dt.datetime) -> int:
    """One bag waits at the centre to be counted."""
    for station in tills:
        fen = ledger.balance(AccountKind.STATION_CASH, station.code)
        giver, centre = _staff(station), cash.centre_of(station)
        if fen > 0 and giver and centre and station.kind != StationKind.CENTRE:
            cash.hand_over(by=giver, way=Way(station, centre), fen=fen, at=now)
            return 1
    return 0


def _tills() -> list[Station]:
    """Every station whose till took cash; the centres last, which then have what the others brought."""
    owners = Entry.objects.filter(account__kind=AccountKind.STATION_CASH).values("account__owner")
    counties = {code[:6] for code in owners.values_list("account__owner", flat=True)}
    places = Station.objects.filter(code__in=owners).exclude(kind=StationKind.CENTRE)
    centres = Station.objects.filter(kind=StationKind.CENTRE, region_id__in=[f"{code}000000" for code in counties])
    found = [*places.select_related("region").order_by("code"), *centres.select_related("region").order_by("code")]
    return [station for station in found if _staff(station)]


def _hand_in(station: Station, friday: dt.datetime, *, short: bool) -> int:
    then = ledger.balances(AccountKind.STATION_CASH, [station.code], until=friday).get(station.code, 0)
    held = min(then, ledger.balance(AccountKind.STATION_CASH, station.code))  # farmers were paid from it since
    giver = _staff(station)
    if held <= 0 or giver is None:
        return 0
    receiver: User | None
    if station.kind == StationKind.CENTRE:
        way, receiver, slip = Way(station, None), _official(station), f"ABC{friday:%y%m%d}"
    else:
        centre = cash.centre_of(station)
        way, receiver, slip = Way(station, centre), _staff(centre) if centre else None, ""
    if receiver is None or receiver.pk == giver.pk:
        return 0
    bag = cash.hand_over(by=giver, way=way, fen=held, slip=slip, at=friday)
    counted = held - MISSING_FEN if short and way.receiver and held > MISSING_FEN else held
    bag = cash.count(by=receiver, handover=bag, fen=counted, at=friday + dt.timedelta(hours=1))
    if bag.missing_fen:
        cash.propose(by=receiver, handover=bag, outcome=CashOutcome.GIVER, reason="村点钱箱里找到一张十元，已电话核对")
    return 1


def _friday_after(moment: dt.datetime) -> dt.datetime:
    local = timezone.localtime(moment).replace(hour=CLOSING, minute=0, second=0, microsecond=0)
    return local + dt.timedelta(days=(FRIDAY - local.weekday()) % 7 or 7)


def _staff(station: Station) -> User | None:
    posting = Posting.objects.current().filter(station=station).select_related("user").order_by("pk").first()
    return posting.user if posting else None


def _official(station: Station) -> User | None:
    held = Posting.objects.current().filter(role=Role.COUNTY_OFFICIAL, region=station.region_id).select_related("user")
    posting = held.order_by("pk").first()
    return posting.user if posting else None
