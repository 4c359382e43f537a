"""Scope: what a posting covers, the operator's everything, and the frame of the desk."""

import datetime as dt

import pytest
from django.utils import timezone, translation

from sellers.models import Store
from stations.models import Posting, Region, Role, Station
from stations.scope import NotAllowed, scope_of
from stations.workplace import desk_frame, stations_of
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def qidong() -> cast.Stations:
    return cast.Stations()


def test_a_township_sees_its_villages_and_no_other_township(qidong: cast.Stations) -> None:
    seen = set(Station.objects.visible_to(cast.make_clerk(qidong.township)))
    assert seen == {qidong.township, qidong.point, qidong.second_point}


def test_the_operator_sees_everything_also_beside_another_condition(qidong: cast.Stations) -> None:
    store = cast.make_store(qidong.point)
    assert Store.objects.visible_to(cast.make_operator()).get() == store


def test_somebody_without_a_posting_sees_nothing(qidong: cast.Stations) -> None:
    assert not Station.objects.visible_to(cast.make_user()).exists()


def test_a_posting_ends(qidong: cast.Stations) -> None:
    clerk = cast.make_clerk(qidong.point)
    today = timezone.localdate()
    Posting.objects.update(starts_on=today - dt.timedelta(days=9), ends_on=today)
    assert not Station.objects.visible_to(clerk).exists()


def test_a_role_counts_where_it_is_held(qidong: cast.Stations) -> None:
    scope = scope_of(cast.make_clerk(qidong.township))
    scope.require((Role.TOWNSHIP_STAFF,), qidong.point.region_id)
    for roles, region in [
        ((Role.CENTRE_STAFF,), qidong.point.region_id),
        ((Role.TOWNSHIP_STAFF,), qidong.other_point.region_id),
        ((Role.TOWNSHIP_STAFF,), cast.QIDONG),
    ]:
        with pytest.raises(NotAllowed):
            scope.require(roles, region)


def test_a_village_is_called_as_people_call_it(django_assert_num_queries: object) -> None:
    region = Region(code="430426101201", level=5, name="三星村委会", latin="Sanxing")
    with django_assert_num_queries(0), translation.override("zh-hans"):  # type: ignore[operator]
        assert region.label == "三星村"
        with translation.override("en"):
            assert region.label == "Sanxing"


def test_the_frame_says_where_one_is(qidong: cast.Stations) -> None:
    clerk = cast.make_clerk(qidong.point)
    with translation.override("zh-hans"):
        frame = desk_frame(clerk)
    assert frame["station_name"] == qidong.point.name
    assert frame["user_name"] == "周小兰 · 村级服务点工作人员"
    assert ("店铺", "/desk/stores/", 0) in frame["desk_nav"]
    assert stations_of(clerk) == [qidong.point]
    assert stations_of(cast.make_official()) == []
