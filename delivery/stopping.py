"""Stopping: parcels that may not be handed on. Whoever stops them says which, and why in words; what is in them is no matter here.

A stopped parcel that is on the road arrives where the van goes next, and stays there: custody must say where it is. From there it goes back
to the county centre, or is destroyed, on record; where only a part of it is stopped, that is taken out and the rest goes on. A box is
stopped with what lies in it, until the stopped parcel was taken out. A box is always locked before what is in it.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from delivery.models import Leg, Parcel, ParcelKind, ParcelState, ParcelStop, StopMark, StopOutcome
from delivery.parcels import lay_way, replan
from stations.models import Station, StationKind
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of

OVER = (ParcelState.DELIVERED, ParcelState.CANCELLED)
LYING = (ParcelState.COLLECTED, ParcelState.AT_STATION, ParcelState.READY)


class CannotStop(ValueError):
    """What was asked doesn't fit the stopped parcel; its text says why."""


@dataclass(frozen=True, slots=True)
class StopOrder:
    """One parcel to stop: why, in Chinese and English, and whether all that is in it is meant."""

    parcel_id: int
    text: str
    text_en: str = ""
    whole: bool = True


def stop_parcel(*, order: StopOrder, key: str, at: dt.datetime | None = None) -> bool:
    """Stop a parcel under way, and the box that it lies in; whether it is stopped now. Asked again with the same `key` it is stopped once.

    What was delivered or cancelled can't be stopped, and what was not collected yet needn't: its goods are not in it.
    """
    with transaction.atomic():
        parcel = lock_with_box(order.parcel_id)
        if parcel.state in OVER or parcel.state == ParcelState.PLANNED:
            return False
        _write(parcel, order, key, at)
        if parcel.box is not None and parcel.box.state not in OVER:
            inside = StopOrder(
                parcel.box.pk,
                f"箱内包裹 {parcel.number}：{order.text}"[:300],
                f"parcel {parcel.number} in it: {order.text_en or order.text}"[:300],
                whole=False,
            )
            _write(parcel.box, inside, f"{key}:{parcel.pk}", at)
    return True


def lift_stops(*, key: str, parcels: Iterable[int] | None = None, by: User | None = None, note: str = "") -> int:
    """Let parcels go again that were stopped under `key` (of these, where `parcels` names some); how many.

    They go where they were bound.
    """
    waiting = ParcelStop.objects.filter(Q(key=key), ended_at=None)
    if parcels is not None:
        waiting = waiting.filter(parcel_id__in=list(parcels))
    lifted = 0
    for parcel_id in waiting.order_by("parcel_id").values_list("parcel_id", flat=True):
        with transaction.atomic():
            parcel = lock_with_box(parcel_id)
            if _end(parcel, Q(key=key), StopOutcome.LIFTED, by, note):
                lifted += 1
                if parcel.box is not None:
                    _end(parcel.box, Q(key=f"{key}:{parcel.pk}"), StopOutcome.LIFTED, by, note)
    return lifted


def cancel_planned(parcel_id: int) -> bool:
    """Cancel a parcel that nobody has collected yet, since nothing is left to put into it; whether it was."""
    planned = Parcel.objects.filter(pk=parcel_id, state=ParcelState.PLANNED)
    if not planned.update(state=ParcelState.CANCELLED, planned_arrival=None):
        return False
    Leg.objects.filter(parcel_id=parcel_id, departed_at=None).delete()
    return True


def change_contents(parcel_id: int, *, contents: str, weight_g: int) -> None:
    """Say of a parcel that nobody has collected yet what else goes into it now, and what that weighs in grams."""
    planned = Parcel.objects.filter(pk=parcel_id, state=ParcelState.PLANNED)
    planned.update(contents=contents[:300], weight_g=weight_g)


def open_stops(parcel: Parcel) -> list[ParcelStop]:
    """Why the parcel is stopped: one or more reasons."""
    return list(parcel.stops.filter(ended_at=None).order_by("stopped_at", "pk"))


def send_back(*, parcel: Parcel, by: User) -> str:
    """Plan a stopped parcel's way back to its county's centre; why there is none, or nothing. Raises NotAllowed, CannotStop."""
    with transaction.atomic():
        held = _lying(parcel, by)
        if held.box is not None:
            raise CannotStop(_("It is in box %(number)s: take it out first.") % {"number": held.box.number})
        here = held.station or held.origin
        centre = _centre_of(here)
        if centre.pk == here.pk:
            raise CannotStop(_("It is at the county centre already."))
        ParcelStop.objects.filter(parcel=held, ended_at=None, bound_for_region=None).update(
            bound_for_station=held.destination_station_id, bound_for_region=held.destination_region_id
        )
        Parcel.objects.filter(pk=held.pk).update(
            stop=StopMark.BACK,
            destination_station=centre,
            destination_region=centre.region_id,
            state=ParcelState.AT_STATION,
        )
        held.refresh_from_db()
        return lay_way(held, start=here, ready=timezone.now())


def destroy(*, parcel: Parcel, by: User, note: str) -> None:
    """Record that a stopped parcel was destroyed where it lies: how, and who saw it. Raises NotAllowed, CannotStop."""
    if not note.strip():
        raise CannotStop(_("Please write how it was destroyed, and who saw it."))
    with transaction.atomic():
        held = _lying(parcel, by)
        if held.kind == ParcelKind.BOX:
            raise CannotStop(_("Take the stopped parcel out of the box first; the others go on."))
        box = held.box
        if box is not None:
            _take_out(held, box, by)
        ParcelStop.objects.filter(parcel=held, ended_at=None).update(
            ended_at=timezone.now(), outcome=StopOutcome.DESTROYED, note=note.strip()[:200], ended_by=by
        )
        Leg.objects.filter(parcel=held, departed_at=None).delete()
        Parcel.objects.filter(pk=held.pk).update(
            state=ParcelState.CANCELLED, stop=StopMark.NONE, planned_arrival=None, keep_until=None
        )
    parcel.refresh_from_db()


def take_out_of_box(*, parcel: Parcel, by: User) -> None:
    """Take a stopped parcel out of its box where both lie; the box goes on with the others. Raises NotAllowed, CannotStop."""
    with transaction.atomic():
        held = _lying(parcel, by)
        if held.box is None:
            raise CannotStop(_("It is in no box."))
        _take_out(held, held.box, by)
    parcel.refresh_from_db()


def go_on_without(*, parcel: Parcel, by: User, note: str) -> None:
    """Record that the stopped goods were taken out of a parcel that holds others too, with which it goes on.

    Raises NotAllowed, CannotStop.
    """
    if not note.strip():
        raise CannotStop(_("Please write what was taken out, and where it lies now."))
    with transaction.atomic():
        held = _lying(parcel, by)
        if held.kind == ParcelKind.BOX or ParcelStop.objects.filter(parcel=held, ended_at=None, whole=True).exists():
            raise CannotStop(_("All that is in it is stopped: nothing is left to go on."))
        _end(held, Q(), StopOutcome.TAKEN_OUT, by, note)
        if held.box is not None:
            _end(held.box, Q(key__endswith=f":{held.pk}"), StopOutcome.TAKEN_OUT, by, note)
    parcel.refresh_from_db()


def delivered_all_the_same(parcel: Parcel) -> None:
    """End the stops of a locked parcel that the carrier had delivered before the word reached it."""
    keys = [parcel.pk, *parcel.contents_parcels.values_list("pk", flat=True)]
    ParcelStop.objects.filter(parcel_id__in=keys, ended_at=None).update(
        ended_at=timezone.now(), outcome=StopOutcome.DELIVERED
    )
    Parcel.objects.filter(pk__in=keys).update(stop=StopMark.NONE)


def lock_with_box(parcel_id: int) -> Parcel:
    """The parcel as it is now, locked, and before it the box that it lies in."""
    locked = Parcel.objects.select_for_update(no_key=True)
    while True:
        box_id = Parcel.objects.values_list("box_id", flat=True).get(pk=parcel_id)
        box = locked.get(pk=box_id) if box_id else None
        parcel = locked.get(pk=parcel_id)
        if parcel.box_id == box_id:
            parcel.box = box
            return parcel


def _write(parcel: Parcel, order: StopOrder, key: str, at: dt.datetime | None) -> None:
    known = {"text": order.text[:300], "text_en": order.text_en[:300], "whole": order.whole}
    _row, new = ParcelStop.objects.get_or_create(
        parcel=parcel, key=key, defaults={**known, "stopped_at": at or timezone.now()}
    )
    if not new:
        return
    state = ParcelState.AT_STATION if parcel.state == ParcelState.READY else parcel.state
    Parcel.objects.filter(pk=parcel.pk).update(stop=parcel.stop or StopMark.HELD, state=state)


def _end(parcel: Parcel, which: Q, outcome: StopOutcome, by: User | None, note: str) -> bool:
    """End some of a locked parcel's stops; where none is left it goes on, to where it was bound. Whether one was ended."""
    stops = list(parcel.stops.filter(which, ended_at=None))
    if not stops:
        return False
    ParcelStop.objects.filter(pk__in=[one.pk for one in stops]).update(
        ended_at=timezone.now(), outcome=outcome, note=note.strip()[:200], ended_by=by
    )
    bound = next((one for one in stops if one.bound_for_region_id), None)
    left = parcel.stops.filter(ended_at=None)
    if left.exists():
        if bound is not None:  # the one that stays stopped remembers it now
            left.filter(bound_for_region=None).update(
                bound_for_station=bound.bound_for_station_id, bound_for_region=bound.bound_for_region_id
            )
        return True
    changes: dict[str, object] = {"stop": StopMark.NONE}
    if bound is not None:
        changes |= {"destination_station": bound.bound_for_station, "destination_region": bound.bound_for_region}
    goal = bound.bound_for_station_id if bound is not None else parcel.destination_station_id
    if parcel.state == ParcelState.AT_STATION and goal is not None and goal == parcel.station_id:
        changes["state"] = ParcelState.READY
    Parcel.objects.filter(pk=parcel.pk).update(**changes)
    if parcel.state in LYING and "state" not in changes and parcel.box_id is None:
        replan(Parcel.objects.get(pk=parcel.pk))
    return True


def _take_out(parcel: Parcel, box: Parcel, by: User) -> None:
    """A locked parcel leaves its locked box, where both lie."""
    Leg.objects.filter(parcel=parcel, departed_at=None).delete()
    Parcel.objects.filter(pk=parcel.pk).update(box=None, station=box.station, state=ParcelState.AT_STATION)
    parcel.box, parcel.station = None, box.station
    rest = list(box.contents_parcels.order_by("pk"))
    if rest:
        Parcel.objects.filter(pk=box.pk).update(
            contents="；".join(one.contents for one in rest)[:300],
            weight_g=sum(one.weighed_g or one.weight_g for one in rest),
        )
        box.refresh_from_db()
        _end(box, Q(key__endswith=f":{parcel.pk}"), StopOutcome.UNPACKED, by, "")
        return
    box.stops.filter(ended_at=None).update(ended_at=timezone.now(), outcome=StopOutcome.UNPACKED, ended_by=by)
    Leg.objects.filter(parcel=box, departed_at=None).delete()
    Parcel.objects.filter(pk=box.pk).update(state=ParcelState.CANCELLED, stop=StopMark.NONE, planned_arrival=None)


def _lying(parcel: Parcel, by: User) -> Parcel:
    """The stopped parcel, locked, where it lies at a station of the user's. Raises NotAllowed, CannotStop."""
    held = lock_with_box(parcel.pk)
    place = held.station or held.origin
    scope_of(by).require(STAFF_ROLES, place.region_id)
    if not held.stop:
        raise CannotStop(_("It is not stopped."))
    if held.state not in LYING:
        raise CannotStop(_("It lies at no station now: scan it in first."))
    return held


def _centre_of(station: Station) -> Station:
    here: Station | None = station
    while here is not None and here.kind != StationKind.CENTRE:
        here = here.parent
    if here is None:
        raise CannotStop(_("Above this station is no county centre."))
    return here


def stopped_at(stations: Iterable[Station]) -> "list[Parcel]":
    """What these stations have to keep from going on: what lies there, comes there, or was given to the carrier there."""
    here = [station.pk for station in stations]
    begun = Leg.objects.filter(parcel=OuterRef("pk"), arrived_at=None).exclude(departed_at=None)
    near = Q(station__in=here) | Q(Exists(begun.filter(to_station__in=here)))
    given = Q(Exists(begun.filter(from_station__in=here)), state=ParcelState.WITH_CARRIER)
    found = Parcel.objects.exclude(stop="").exclude(state__in=OVER).filter(near | given)
    return list(found.select_related("station", "box", "destination_station").order_by("number")[:200])
