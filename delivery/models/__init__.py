"""Delivery: runs between stations, parcels and their legs, and the chain of custody."""

from delivery.models.custody import Handover, HeldScan, Outcome, ScanKind
from delivery.models.parcel import Leg, Parcel, ParcelKind, ParcelState, StopMark
from delivery.models.run import CarrierRate, Run
from delivery.models.stop import ParcelStop, StopOutcome

__all__ = [
    "CarrierRate",
    "Handover",
    "HeldScan",
    "Leg",
    "Outcome",
    "Parcel",
    "ParcelKind",
    "ParcelState",
    "ParcelStop",
    "Run",
    "ScanKind",
    "StopMark",
    "StopOutcome",
]
