"""Regions, stations and the postings of the people who serve them."""

from stations.models.posting import Posting, Role
from stations.models.region import Level, Region
from stations.models.station import Station, StationKind, StationStatus

__all__ = [
    "Level",
    "Posting",
    "Region",
    "Role",
    "Station",
    "StationKind",
    "StationStatus",
]
