"""Masking: whoever only passes a parcel on reads neither a full name nor a full number."""

from dataclasses import dataclass

from accounts.phones import masked_phone
from delivery.models import Leg, Parcel, ParcelState
from stations.models import Station


def masked_name(name: str) -> str:
    """The first character and a star for each other one: 王*, 欧***."""
    return name[:1] + "*" * (len(name) - 1)


def delivers(parcel: Parcel, leg: Leg | None, served: list[Station]) -> bool:
    """Whether one of these stations brings the parcel to its buyer: hands it out, or hands it to the carrier that does.

    `leg` is the parcel's current leg. Only there are the recipient's name, number and address read in full.
    """
    here = {station.pk for station in served}
    if parcel.state == ParcelState.READY:
        return parcel.station_id in here
    if leg is None or not leg.by_carrier or leg.to_region_id is None:
        return False
    given_here = parcel.state == ParcelState.WITH_CARRIER and leg.from_station_id in here
    return given_here or parcel.station_id in here


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a parcel is for, as much of it as the reader may know."""

    name: str
    phone: str
    address: str


def recipient_for(parcel: Parcel, leg: Leg | None, served: list[Station]) -> Recipient:
    """The recipient in full where it is delivered, and masked without an address elsewhere."""
    if delivers(parcel, leg, served):
        return Recipient(parcel.recipient, parcel.phone, parcel.address)
    return Recipient(masked_name(parcel.recipient), masked_phone(parcel.phone), "")
