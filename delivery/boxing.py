"""Boxing: at the county centre, what one buyer bought from the county goes into one box, for one freight."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from delivery.models import Handover, Leg, Parcel, ParcelKind, ParcelState, ScanKind
from delivery.parcels import plan_box, share_legs
from delivery.routing import NoRoute
from delivery.scanning import Scan, take_step
from stations.models import Station, StationKind

PACKABLE = (ParcelState.COLLECTED, ParcelState.AT_STATION)


class CannotPack(Exception):
    """These parcels can't go into one box; its text says why."""


def pack_box(
    *, parcels: Iterable[Parcel], centre: Station, by: User | None, nonce: str, at: dt.datetime | None = None
) -> Parcel:
    """The box with these parcels in it, packed at the centre: its own number and label, its own way, the buyer's pickup code.

    They must lie at the centre and go to one place for one buyer (`group_ref`). The parcels keep their chains, and from now on move with
    the box. A nonce that is known returns its box. Raises CannotPack, having changed nothing.
    """
    now = timezone.now()
    with transaction.atomic():
        keys = [parcel.pk for parcel in parcels]
        held = list(Parcel.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))
        earlier = Handover.objects.filter(nonce=nonce, kind=ScanKind.PACK).select_related("parcel").first()
        if earlier is not None:
            return earlier.parcel
        _require_packable(held, centre)
        try:
            box = plan_box(parcels=held, centre=centre, at=at or now)
        except NoRoute as error:
            raise CannotPack(str(error)) from error
        Leg.objects.filter(parcel__in=held, departed_at=None).delete()
        Parcel.objects.filter(pk__in=keys).update(box=box, pickup_code=box.pickup_code)
        share_legs(list(box.legs.order_by("position")), held, box.planned_arrival or now)
        take_step(Scan(box, ScanKind.PACK, centre, by, nonce, None, "", at or now, now))
    box.refresh_from_db()
    return box


def _require_packable(parcels: list[Parcel], centre: Station) -> None:
    if not parcels:
        raise CannotPack(_("Choose at least one parcel to pack."))
    if centre.kind != StationKind.CENTRE:
        raise CannotPack(_("Only a county centre packs boxes."))
    for parcel in parcels:
        if parcel.kind != ParcelKind.PARCEL or parcel.box_id is not None:
            raise CannotPack(_("Parcel %(number)s is in a box already.") % {"number": parcel.number})
        if parcel.stop:
            raise CannotPack(_("Parcel %(number)s is stopped: it goes nowhere.") % {"number": parcel.number})
        if parcel.station_id != centre.pk or parcel.state not in PACKABLE:
            raise CannotPack(_("Parcel %(number)s doesn't lie at this centre.") % {"number": parcel.number})
    buyers = {(parcel.group_ref, parcel.destination_station_id, parcel.destination_region_id) for parcel in parcels}
    if len({parcel.frozen for parcel in parcels}) > 1:
        raise CannotPack(_("Frozen goods need a box of their own."))
    if len(buyers) > 1 or (len(parcels) > 1 and not parcels[0].group_ref):
        raise CannotPack(_("These parcels go to different buyers or places."))
