"""Qidong's stations, with the people that most tests of sellers need."""

import pytest

from accounts.models import User
from sellers.models import Household
from tests import cast


@pytest.fixture
def qidong() -> cast.Stations:
    return cast.Stations()


@pytest.fixture
def clerk(qidong: cast.Stations) -> User:
    return cast.make_clerk(qidong.point)


@pytest.fixture
def centre(qidong: cast.Stations) -> User:
    return cast.make_clerk(qidong.centre, "邹丽")


@pytest.fixture
def township(qidong: cast.Stations) -> User:
    return cast.make_clerk(qidong.township)


@pytest.fixture
def farm(qidong: cast.Stations) -> Household:
    household = cast.make_household(qidong.point)
    cast.make_mandate(household, qidong.point)
    return household
