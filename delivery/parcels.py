"""Planning: a parcel, its number, its pickup code and the legs of its way; and planning anew when the way is no longer there."""

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from delivery.models import Leg, Parcel, ParcelKind, ParcelState
from delivery.routing import HANDLING, NoRoute, Route, destination, find_route
from payments.money import split_fen
from stations.models import Region, Station

# In which states goods lie somewhere and wait for the next leg, and in which they are on one.
WAITING = (ParcelState.PLANNED, ParcelState.COLLECTED, ParcelState.AT_STATION)
MOVING = (ParcelState.ON_THE_WAY, ParcelState.WITH_CARRIER)


def plan_parcel(
    *,
    origin: Station,
    to: Station | Region,
    sender: str,
    recipient: str,
    phone: str,
    address: str,
    contents: str,
    weight_g: int,
    chilled: bool = False,
    frozen: bool = False,
    group_ref: str = "",
    at: dt.datetime | None = None,
) -> Parcel:
    """A parcel that waits to be collected at `origin`, with the legs of the way that arrives first.

    Where no way leads there now, the parcel is planned without legs: it shows at the origin's desk with the reason, and is tried again
    (delivery.jobs). Parcels of one buyer's order share `group_ref`. What is frozen travels in the cold chain, as what is chilled does.
    """
    chilled = chilled or frozen
    target = destination(origin=origin, to=to, chilled=chilled)
    with transaction.atomic():
        parcel = Parcel.objects.create(
            **_numbered(origin.county_code, at),
            **_bound_for(target, to),
            origin=origin,
            sender=sender,
            recipient=recipient,
            phone=phone,
            address=address,
            contents=contents,
            weight_g=weight_g,
            chilled=chilled,
            frozen=frozen,
            group_ref=group_ref,
        )
        lay_way(parcel, start=origin, ready=at or timezone.now())
    return parcel


def plan_box(*, parcels: Sequence[Parcel], centre: Station, at: dt.datetime) -> Parcel:
    """A box at the centre for parcels that go to one place, with its way; raises NoRoute. delivery.boxing packs it."""
    first = parcels[0]
    target = first.destination_station or first.destination_region
    weight_g = sum(parcel.weighed_g or parcel.weight_g for parcel in parcels)
    chilled = any(parcel.chilled for parcel in parcels)
    route = find_route(origin=centre, to=target, weight_g=weight_g, chilled=chilled, lying_there=True, at=at)
    box = Parcel.objects.create(
        **_numbered(centre.county_code, at),
        kind=ParcelKind.BOX,
        origin=centre,
        destination_station=first.destination_station,
        destination_region=first.destination_region,
        pickup_code=first.pickup_code,
        sender=centre.name,
        recipient=first.recipient,
        phone=first.phone,
        address=first.address,
        contents="；".join(parcel.contents for parcel in parcels)[:300],
        weight_g=weight_g,
        chilled=chilled,
        frozen=first.frozen,
        group_ref=first.group_ref,
    )
    _write_legs(box, route)
    return box


def replan(parcel: Parcel, *, at: dt.datetime | None = None) -> str:
    """Plan the way anew from where the goods are, or will be when the leg that they are on ends; what is in a box goes with the box.

    Returns why there is no way, empty when there is one; without one the parcel keeps no legs that it hasn't begun.
    """
    box_id = Parcel.objects.values_list("box_id", flat=True).get(pk=parcel.pk)
    with transaction.atomic():
        # A box is always locked before what is in it.
        held = Parcel.objects.select_for_update(no_key=True).get(pk=box_id or parcel.pk)
        start, ready = _where(held, at or timezone.now())
        reason = lay_way(held, start=start, ready=ready) if start is not None else ""
    parcel.refresh_from_db()
    return reason


def lay_way(parcel: Parcel, *, start: Station, ready: dt.datetime) -> str:
    """Replace the legs that a locked parcel hasn't begun by the way from `start`; returns why there is none, or nothing."""
    contents = list(parcel.contents_parcels.order_by("pk"))
    Leg.objects.filter(parcel__in=[parcel, *contents], departed_at=None).delete()
    target = parcel.destination_station or parcel.destination_region
    try:
        route = find_route(
            origin=start,
            to=target,
            weight_g=parcel.weight_g,
            chilled=parcel.chilled,
            lying_there=parcel.state != ParcelState.PLANNED,
            at=ready,
        )
    except NoRoute as error:
        Parcel.objects.filter(pk__in=[parcel.pk, *(content.pk for content in contents)]).update(planned_arrival=None)
        return str(error)
    share_legs(_write_legs(parcel, route), contents, route.arrive)
    return ""


def share_legs(legs: Sequence[Leg], contents: Sequence[Parcel], arrive: dt.datetime) -> None:
    """Give the contents of a box its legs, each with its share of the cost by weight, exact to the fen."""
    if not contents:
        return
    positions = _next_positions(contents)
    copies = []
    for offset, leg in enumerate(legs):
        shares = split_fen(leg.cost_fen, [content.weight_g for content in contents])
        for content, fen in zip(contents, shares, strict=True):
            copies.append(_copy(leg, content, positions[content.pk] + offset, fen))
    Leg.objects.bulk_create(copies)
    Parcel.objects.filter(pk__in=[content.pk for content in contents]).update(planned_arrival=arrive)


def _numbered(county_code: str, at: dt.datetime | None) -> dict[str, Any]:
    """When it was planned, the county and the next number, such as QD26-000123: county's initials, year in Shanghai, a running number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT initials, nextval('delivery_parcel_number') FROM stations_region WHERE code = %s",
            [f"{county_code}000000"],
        )
        initials, running = cursor.fetchone()
    when = at or timezone.now()
    year = timezone.localtime(when, timezone.get_default_timezone()).year
    number = f"{initials[:2].upper()}{year % 100:02d}-{running:06d}"
    return {"number": number, "county_code": county_code, "created_at": when}


def _bound_for(target: Station | Region, to: Station | Region) -> dict[str, Station | Region | str | None]:
    """Where a parcel ends; one that ends at a station gets the pickup code that its buyer will show there."""
    region = to.region if isinstance(to, Station) else to
    if isinstance(target, Region):
        return {"destination_station": None, "destination_region": region}
    return {"destination_station": target, "destination_region": region, "pickup_code": free_code(target)}


def free_code(station: Station) -> str:
    """Six random digits that no other parcel under way to the station bears."""
    taken = set(Parcel.objects.under_way().filter(destination_station=station).values_list("pickup_code", flat=True))
    while (code := f"{secrets.randbelow(1_000_000):06d}") in taken:
        pass
    return code


def _where(parcel: Parcel, now: dt.datetime) -> tuple[Station | None, dt.datetime]:
    """From which station a new way begins, and when the goods are ready there; no station when nothing is left to plan."""
    if parcel.state in WAITING:
        return parcel.station or parcel.origin, now
    leg = parcel.legs.filter(arrived_at=None).exclude(departed_at=None).select_related("to_station").first()
    if parcel.state in MOVING and leg is not None and leg.to_station is not None:
        return leg.to_station, max(now, leg.arrive_planned + HANDLING)
    return None, now


def _write_legs(parcel: Parcel, route: Route) -> list[Leg]:
    position = _next_positions([parcel])[parcel.pk]
    legs = [
        Leg(
            parcel=parcel,
            position=position + offset,
            from_station=leg.from_,
            to_station=leg.to if isinstance(leg.to, Station) else None,
            to_region=leg.to if isinstance(leg.to, Region) else None,
            run=leg.run,
            depart_planned=leg.depart,
            arrive_planned=leg.arrive,
            cost_fen=leg.cost_fen,
        )
        for offset, leg in enumerate(route.legs)
    ]
    Leg.objects.bulk_create(legs)
    parcel.planned_arrival = route.arrive
    parcel.save(update_fields=["planned_arrival"])
    return legs


def _copy(leg: Leg, parcel: Parcel, position: int, cost_fen: int) -> Leg:
    return Leg(
        parcel=parcel,
        position=position,
        from_station=leg.from_station,
        to_station=leg.to_station,
        to_region=leg.to_region,
        run=leg.run,
        depart_planned=leg.depart_planned,
        arrive_planned=leg.arrive_planned,
        cost_fen=cost_fen,
    )


def _next_positions(parcels: Iterable[Parcel]) -> dict[int, int]:
    """The position of each parcel's next leg, from 1."""
    keys = [parcel.pk for parcel in parcels]
    last = Leg.objects.filter(parcel__in=keys).order_by().values_list("parcel_id").annotate(last=Max("position"))
    known = dict(last)
    return {key: known.get(key, 0) + 1 for key in keys}
