"""Keeping stations: opening, changing, moving, suspending and resuming them; the county's staff do it in their county.

Each rule is said here in words, and the database refuses what breaks it too: one code, one centre a county, a parent of the level above
in the same county that isn't closed. Closing one moves what hangs on it, and so stands further up (orders.station_closing).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict, Unpack

import pghistory
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from stations.models import Level, Posting, Region, Role, Station, StationKind, StationStatus
from stations.scope import NotAllowed, scope_of

KEEPERS = (Role.CENTRE_STAFF,)
TRANSITIONS: dict[str, frozenset[str]] = {
    StationStatus.PLANNED: frozenset({StationStatus.ACTIVE, StationStatus.CLOSED}),
    StationStatus.ACTIVE: frozenset({StationStatus.SUSPENDED, StationStatus.CLOSED}),
    StationStatus.SUSPENDED: frozenset({StationStatus.ACTIVE, StationStatus.CLOSED}),
    StationStatus.CLOSED: frozenset(),
}
ABOVE: dict[str, str] = {StationKind.TOWNSHIP: StationKind.CENTRE, StationKind.VILLAGE: StationKind.TOWNSHIP}
LEVELS: dict[str, Level] = {
    StationKind.CENTRE: Level.COUNTY,
    StationKind.TOWNSHIP: Level.TOWNSHIP,
    StationKind.VILLAGE: Level.VILLAGE,
}
LETTERS: dict[str, str] = {StationKind.CENTRE: "C", StationKind.TOWNSHIP: "T", StationKind.VILLAGE: "V"}
CODE = re.compile(r"[0-9A-Z]*[0-9][0-9A-Z-]*")


class ParentUnfit(ValueError):
    """The station above is of the wrong level, or of another county."""


class ParentClosed(ValueError):
    """The station above is closed."""


class RegionUnfit(ValueError):
    """A centre serves a county, a township station a township, a point a village; and who has opened stays where it is."""


class CodeTaken(ValueError):
    """Another station bears this code."""


class CodeUnfit(ValueError):
    """A code that nobody can type or that an address can't hold."""


class SecondCentre(ValueError):
    """The county has a centre."""


class ReasonMissing(ValueError):
    """A station is suspended or closed without a word why."""


class StationMoved(ValueError):
    """The station is no longer in the state that this step starts from."""


class StationShut(NotAllowed):
    """A station that isn't active takes nothing new (403)."""


class StationFacts(TypedDict, total=False):
    """What a station is called and can do. Capacities are parcels and kilograms a day."""

    name: str
    name_en: str
    hours: str
    cold_store: bool
    grading: bool
    packing: bool
    warehouse: bool
    cash_counter: bool
    training_room: bool
    parcels_per_day: int
    kg_per_day: int


class StationPlace(TypedDict, total=False):
    """Where it stands: an address in words, and degrees (WGS 84 or CGCS2000) or None."""

    address: str
    longitude: float | None
    latitude: float | None


class NewStation(StationFacts, StationPlace):
    """All of it, for a new one."""


def may_keep(user: User, station: Station) -> bool:
    """Whether the user may change this station, for the pages."""
    return scope_of(user).may(KEEPERS, station.region_id) and station.status != StationStatus.CLOSED


def require_working(station: Station) -> None:
    """Raises StationShut with the reason where a station takes nothing new: no store, no goods."""
    if not station.is_active:
        raise StationShut(why_shut(station))


def why_shut(station: Station) -> str:
    """In one line for its staff: what the station may not do now, and why."""
    if station.status == StationStatus.SUSPENDED:
        text = _(
            "%(station)s is suspended: %(reason)s. It opens no stores and takes no goods until the county resumes it."
        )
        return text % {"station": station, "reason": station.status_note.rstrip("。.")}
    text = _("%(station)s opens no stores and takes no goods: it is %(status)s.")
    return text % {"station": station, "status": station.get_status_display()}


def free_code(kind: str, region: Region) -> str:
    """The usual code of a new station, such as 430426101201V; with a number behind it where an older one has it."""
    first = f"{region.short_code}{LETTERS[kind]}"
    taken = set(Station.objects.filter(code__startswith=first).values_list("code", flat=True))
    return next(
        code
        for number in range(1, len(taken) + 2)
        if (code := first + (str(number) if number > 1 else "")) not in taken
    )


def open_station(
    *,
    by: User,
    kind: str,
    region: Region,
    parent: Station | None,
    code: str = "",
    planned: bool = False,
    **facts: Unpack[NewStation],
) -> Station:
    """A new station, active from today or only planned; without `code` it gets the usual one.

    Raises NotAllowed, RegionUnfit, ParentUnfit, ParentClosed, CodeUnfit, CodeTaken, SecondCentre.
    """
    scope_of(by).require(KEEPERS, region.code)
    _require_region(kind, region)
    code = code.strip().upper() or free_code(kind, region)
    if not CODE.fullmatch(code) or len(code) > 16:
        raise CodeUnfit(
            _("A code has at most 16 capital letters and digits, a digit among them, such as 430426101201V.")
        )
    with transaction.atomic(), _on_record(by):
        _require_parent(kind, region, parent)
        if kind == StationKind.CENTRE:
            _require_no_centre(region)
        station = Station(code=code, kind=kind, region=region, parent=parent, **facts)
        if not planned:
            station.status, station.opened_on = StationStatus.ACTIVE, timezone.localdate()
        _insert(station)
    return station


def change_station(*, by: User, station: Station, **facts: Unpack[StationFacts]) -> Station:
    """New name, hours, capacity, or what it can do. Raises NotAllowed, and StationMoved for a closed one."""
    return _write(by, station, **facts)


def move_station(
    *, by: User, station: Station, parent: Station | None, region: Region | None = None, **place: Unpack[StationPlace]
) -> Station:
    """Another address, point, station above; another village only before it opens.

    Once it has opened, its staff's rights, its farmers' mandates and its figures hang on its village: then a new one is opened there and
    takes over when this one closes. Raises NotAllowed, RegionUnfit, ParentUnfit, ParentClosed, StationMoved.
    """
    region = region or station.region
    scope_of(by).require(KEEPERS, region.code)
    if region.code != station.region_id:
        _require_region(station.kind, region)
        if station.status != StationStatus.PLANNED:
            raise RegionUnfit(
                _(
                    "A station that has opened keeps its village. Open a new one there, and close this one in its favour."
                )
            )
    with transaction.atomic():
        _require_parent(station.kind, region, parent)
        _write(by, station, region=region, parent=parent, **place)
        Posting.objects.filter(station=station).exclude(region=region).update(region=region)
    return station


def suspend_station(*, by: User, station: Station, reason: str) -> Station:
    """Stop it for a while: no stores, no goods in; what lies there may still leave. Raises NotAllowed, ReasonMissing, StationMoved."""
    return _move(by, station, StationStatus.SUSPENDED, status_note=_said(reason))


def resume_station(*, by: User, station: Station) -> Station:
    """Let a suspended station work again, or a planned one begin. Raises NotAllowed, ParentClosed, StationMoved."""
    if station.parent is not None and station.parent.status == StationStatus.CLOSED:
        raise ParentClosed(_closed_line(station.parent))
    return _move(by, station, StationStatus.ACTIVE, status_note="", opened_on=station.opened_on or timezone.localdate())


def strike_off(*, by: User, station: Station, heir: Station, reason: str) -> Station:
    """Mark a station as closed that nothing hangs on any more: stations below it go to the heir, its people's postings end today.

    The last step of orders.station_closing, in its transaction. Raises NotAllowed, ReasonMissing, StationMoved.
    """
    today = timezone.localdate()
    with transaction.atomic(), _on_record(by):
        Station.objects.filter(parent=station).exclude(status=StationStatus.CLOSED).update(parent=heir)
        Posting.objects.current().filter(station=station).update(ends_on=today, ended_by=by)
        Posting.objects.filter(station=station, starts_on__gt=today).update(
            ends_on=Greatest(F("starts_on"), today), ended_by=by
        )
        return _move(by, station, StationStatus.CLOSED, status_note=_said(reason), closed_on=today, heir=heir)


def _said(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ReasonMissing(_("Say why: the station's staff read it."))
    return reason[:200]


def _require_region(kind: str, region: Region) -> None:
    level = LEVELS[kind]
    # A city without counties (东莞市) stands for the county that it lacks.
    whole_city = kind == StationKind.CENTRE and region.level == Level.PREFECTURE
    if region.level == level or (
        whole_city and not Region.objects.within(region.code).filter(level=Level.COUNTY).exists()
    ):
        return
    raise RegionUnfit(
        {
            StationKind.CENTRE.value: _("A county centre serves a county: choose one."),
            StationKind.TOWNSHIP.value: _("A township station serves a township: choose one."),
            StationKind.VILLAGE.value: _("A village point serves a village: choose one."),
        }[kind]
    )


def _require_parent(kind: str, region: Region, parent: Station | None) -> None:
    """The station above, read again and held: it can't be closed until this transaction ends."""
    if parent is not None:
        parent = Station.objects.select_for_update(no_key=True).get(pk=parent.pk)
    if (parent.kind if parent else None) != ABOVE.get(kind) or (parent and parent.county_code != region.county_code):
        raise ParentUnfit(
            {
                StationKind.CENTRE.value: _("A county centre has no station above it."),
                StationKind.TOWNSHIP.value: _("A township station stands under the centre of its own county."),
                StationKind.VILLAGE.value: _("A village point stands under a township station of its own county."),
            }[kind]
        )
    if parent is not None and parent.status == StationStatus.CLOSED:
        raise ParentClosed(_closed_line(parent))


def _closed_line(parent: Station) -> str:
    return _("%(station)s is closed: choose another station above.") % {"station": parent}


def _require_no_centre(region: Region) -> None:
    centre = Station.objects.filter(kind=StationKind.CENTRE, region=region).exclude(status=StationStatus.CLOSED).first()
    if centre is not None:
        raise SecondCentre(_("This county has a centre: %(station)s.") % {"station": centre})


def _insert(station: Station) -> None:
    """Save it; somebody else may have taken the code, or opened the centre, between the look and the save."""
    if Station.objects.filter(code=station.code).exists():
        raise _taken(station.code)
    try:
        with transaction.atomic():
            station.save(force_insert=True)
    except IntegrityError as error:
        if "one_centre_a_county" in str(error):
            _require_no_centre(station.region)
        if "code" in str(error):
            raise _taken(station.code) from error
        raise


def _taken(code: str) -> CodeTaken:
    return CodeTaken(_("Another station has the code %(code)s.") % {"code": code})


def _write(by: User, station: Station, **changes: object) -> Station:
    scope_of(by).require(KEEPERS, station.region_id)
    with _on_record(by):
        open_ones = Station.objects.filter(pk=station.pk).exclude(status=StationStatus.CLOSED)
        if not open_ones.update(**changes):
            raise _moved()
    station.refresh_from_db()
    return station


def _move(by: User, station: Station, to: StationStatus, **changes: object) -> Station:
    """The guarded step: it happens only if the state still is the one that was looked at."""
    scope_of(by).require(KEEPERS, station.region_id)
    if to not in TRANSITIONS[station.status]:
        raise _moved()
    with _on_record(by):
        if not Station.objects.filter(pk=station.pk, status=station.status).update(status=to, **changes):
            raise _moved()
    station.refresh_from_db()
    return station


def _moved() -> StationMoved:
    return StationMoved(_("This station has changed meanwhile. Please look again."))


@contextmanager
def _on_record(by: User) -> Iterator[None]:
    """Every change within is on record as made by this person (pghistory)."""
    with pghistory.context(user=by.pk):
        yield
