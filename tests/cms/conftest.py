"""What most tests of halls begin with: Qidong's hall in both languages, its editor, and a moderator."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from cms.halls import Hall, make_hall
from cms.permissions import appoint_editor, appoint_moderator
from stations.models import Region
from tests.cast import QIDONG, SANGZHI, make_official, make_user


@pytest.fixture
def qidong(db: None) -> Region:
    return Region.objects.get(code=QIDONG)


@pytest.fixture
def sangzhi(db: None) -> Region:
    return Region.objects.get(code=SANGZHI)


@pytest.fixture
def hall(qidong: Region) -> Hall:
    return make_hall(county=qidong, title="祁东黄花菜馆", title_en="The Qidong daylily hall")


@pytest.fixture
def editor(hall: Hall, qidong: Region) -> User:
    user = make_official(QIDONG)
    appoint_editor(user=user, county=qidong)
    return user


@pytest.fixture
def stranger(sangzhi: Region) -> User:
    """The editor of another county's hall."""
    make_hall(county=sangzhi)
    user = make_official(SANGZHI, name="向阳")
    appoint_editor(user=user, county=sangzhi)
    return user


@pytest.fixture
def moderator(db: None) -> User:
    user = make_user("moderator@daylily.example", name="方晓")
    appoint_moderator(user=user)
    return user


def signed_in(user: User, **headers: Any) -> Client:
    client = Client(**headers)
    client.force_login(user)
    return client
