"""Regions, stations, the postings of the people who serve them, and the spreadsheets they bring in."""

from stations.models.cash import CashHandover, CashOutcome, CashState
from stations.models.posting import Posting, PostingQuerySet, Role
from stations.models.region import Level, Region
from stations.models.sheet import Sheet, SheetKind, SheetState
from stations.models.station import Station, StationDay, StationKind, StationPicture, StationStatus

__all__ = [
    "CashHandover", "CashOutcome", "CashState", "Level", "Posting", "PostingQuerySet", "Region", "Role", "Sheet",
    "SheetKind", "SheetState", "Station", "StationDay",
    "StationKind", "StationPicture", "StationStatus",
]  # fmt: skip
