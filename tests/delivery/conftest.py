"""Qidong and Sangzhi with their runs, for every test of delivery."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.utils import timezone, translation

from delivery.network import schedule_runs
from stations.models import Region, Station
from tests import cast

SHANGHAI = timezone.get_default_timezone()


def at(text: str) -> dt.datetime:
    """A moment in Shanghai, such as 2026-11-23 08:00 (a Monday)."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    """The site's own language, whatever page a test before this one asked for."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def qidong(db: None) -> cast.Stations:
    """Qidong's centre, two townships and three village points, with daily runs and a carrier."""
    stations = cast.Stations(cast.QIDONG)
    schedule_runs("430426")
    return stations


@pytest.fixture
def sangzhi(db: None) -> cast.Stations:
    """Another county of the same province."""
    stations = cast.Stations(cast.SANGZHI)
    schedule_runs("430822")
    return stations


@pytest.fixture
def shanghai(db: None) -> Region:
    """A buyer's county: Huangpu in Shanghai."""
    return Region.objects.get(code="310101000000")


def codes(*stations: Station) -> list[str]:
    """Their codes."""
    return [station.code for station in stations]
