"""Keeping stations: who may, what is refused in words, and that the database refuses the same."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from stations import keeping
from stations.models import Posting, Region, Role, Station, StationKind, StationStatus
from stations.scope import NotAllowed
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def qidong() -> cast.Stations:
    return cast.Stations()


def third_village(qidong: cast.Stations) -> Region:
    return list(Region.objects.within(qidong.township.region_id).filter(level=5)[:3])[2]


def refused_by_the_database(write: Callable[[], Any], saying: str) -> None:
    with pytest.raises(IntegrityError, match=saying), transaction.atomic():
        write()


def test_the_centre_opens_a_point_with_the_usual_code(qidong: cast.Stations) -> None:
    village = third_village(qidong)
    point = keeping.open_station(
        by=cast.make_clerk(qidong.centre),
        kind=StationKind.VILLAGE,
        region=village,
        parent=qidong.township,
        name="三村服务点",
        cash_counter=True,
    )
    assert (point.code, point.status, point.opened_on) == (
        f"{village.code}V",
        StationStatus.ACTIVE,
        timezone.localdate(),
    )
    again = keeping.free_code(StationKind.VILLAGE, village)
    assert again == f"{village.code}V2"


def test_only_the_countys_staff_and_the_operator_keep_stations(qidong: cast.Stations) -> None:
    others = [cast.make_clerk(qidong.township), cast.make_clerk(qidong.point), cast.make_official()]
    sangzhi = cast.make_clerk(cast.make_station(StationKind.CENTRE, cast.SANGZHI))
    steps: list[Callable[[Any], Any]] = [
        lambda by: keeping.open_station(
            by=by, kind=StationKind.VILLAGE, region=third_village(qidong), parent=qidong.township, name="x"
        ),
        lambda by: keeping.change_station(by=by, station=qidong.point, hours="9:00-17:00"),
        lambda by: keeping.move_station(by=by, station=qidong.point, parent=qidong.other_township),
        lambda by: keeping.suspend_station(by=by, station=qidong.point, reason="修屋顶"),
        lambda by: keeping.resume_station(by=by, station=qidong.point),
        lambda by: keeping.strike_off(by=by, station=qidong.point, heir=qidong.second_point, reason="合并"),
    ]
    for step in steps:
        for by in (*others, sangzhi):
            with pytest.raises(NotAllowed):
                step(by)
    keeping.change_station(by=cast.make_operator(), station=qidong.point, hours="9:00-17:00")
    assert qidong.point.hours == "9:00-17:00"


@pytest.mark.parametrize("above", ["centre", "second_point", None])
def test_a_parent_of_the_wrong_level_is_refused(qidong: cast.Stations, above: str | None) -> None:
    parent = getattr(qidong, above) if above else None
    with pytest.raises(keeping.ParentUnfit, match="乡镇服务站"):
        keeping.move_station(by=cast.make_clerk(qidong.centre), station=qidong.point, parent=parent)
    refused_by_the_database(
        lambda: Station.objects.filter(pk=qidong.point.pk).update(parent=parent), "cannot stand|only_a_centre"
    )


def test_a_parent_of_another_county_is_refused(qidong: cast.Stations) -> None:
    elsewhere = cast.Stations(cast.SANGZHI).township
    with pytest.raises(keeping.ParentUnfit):
        keeping.move_station(by=cast.make_operator(), station=qidong.point, parent=elsewhere)
    refused_by_the_database(lambda: Station.objects.filter(pk=qidong.point.pk).update(parent=elsewhere), "cannot stand")


def closed_township(qidong: cast.Stations) -> Station:
    Station.objects.filter(parent=qidong.other_township).update(parent=qidong.township)
    Station.objects.filter(pk=qidong.other_township.pk).update(
        status=StationStatus.CLOSED, closed_on=timezone.localdate()
    )
    qidong.other_township.refresh_from_db()
    return qidong.other_township


def test_nothing_stands_under_a_closed_station(qidong: cast.Stations) -> None:
    closed, clerk = closed_township(qidong), cast.make_clerk(qidong.centre)
    with pytest.raises(keeping.ParentClosed, match="已关闭"):
        keeping.move_station(by=clerk, station=qidong.point, parent=closed)
    with pytest.raises(keeping.ParentClosed):
        keeping.open_station(
            by=clerk, kind=StationKind.VILLAGE, region=third_village(qidong), parent=closed, name="三村服务点"
        )
    refused_by_the_database(
        lambda: Station.objects.filter(pk=qidong.point.pk).update(parent=closed), "nothing stands under it"
    )
    refused_by_the_database(
        lambda: Station.objects.filter(pk=qidong.township.pk).update(
            status=StationStatus.CLOSED, closed_on=timezone.localdate()
        ),
        "it cannot close",
    )


def test_a_code_that_is_taken_or_unfit_is_refused(qidong: cast.Stations) -> None:
    def open_with(code: str) -> Station:
        return keeping.open_station(
            by=cast.make_clerk(qidong.centre),
            kind=StationKind.VILLAGE,
            region=third_village(qidong),
            parent=qidong.township,
            name="三村服务点",
            code=code,
        )

    with pytest.raises(keeping.CodeTaken, match=qidong.point.code):
        open_with(qidong.point.code.lower())
    for code in ("NEW", "43/1", "4" * 17, "村1"):
        with pytest.raises(keeping.CodeUnfit):
            open_with(code)
    assert Station.objects.count() == 6


def test_a_county_has_one_centre(qidong: cast.Stations) -> None:
    with pytest.raises(keeping.SecondCentre, match="已有"):
        keeping.open_station(
            by=cast.make_operator(), kind=StationKind.CENTRE, region=qidong.centre.region, parent=None, name="第二中心"
        )
    refused_by_the_database(
        lambda: cast.make_station(StationKind.CENTRE, cast.QIDONG), "one_centre_a_county|stations_station_code"
    )


def test_each_kind_serves_a_region_of_its_level(qidong: cast.Stations) -> None:
    operator = cast.make_operator()
    for kind, region, parent in (
        (StationKind.VILLAGE, qidong.township.region, qidong.township),
        (StationKind.TOWNSHIP, qidong.point.region, qidong.centre),
        (StationKind.CENTRE, qidong.township.region, None),
    ):
        with pytest.raises(keeping.RegionUnfit):
            keeping.open_station(by=operator, kind=kind, region=region, parent=parent, name="站")


def test_a_station_that_has_opened_keeps_its_village_and_a_planned_one_takes_its_people_along(
    qidong: cast.Stations,
) -> None:
    clerk, village = cast.make_clerk(qidong.centre), third_village(qidong)
    with pytest.raises(keeping.RegionUnfit, match="新"):
        keeping.move_station(by=clerk, station=qidong.point, parent=qidong.township, region=village)
    Station.objects.filter(pk=qidong.second_point.pk).update(status=StationStatus.PLANNED)
    qidong.second_point.refresh_from_db()
    posted = cast.make_clerk(qidong.second_point)
    keeping.move_station(by=clerk, station=qidong.second_point, parent=qidong.township, region=village, address="村部")
    assert (qidong.second_point.region, qidong.second_point.address) == (village, "村部")
    assert Posting.objects.get(user=posted).region == village


def test_suspending_needs_a_reason_and_resuming_takes_it_away(qidong: cast.Stations) -> None:
    clerk = cast.make_clerk(qidong.centre)
    with pytest.raises(keeping.ReasonMissing):
        keeping.suspend_station(by=clerk, station=qidong.point, reason="  ")
    keeping.suspend_station(by=clerk, station=qidong.point, reason="修屋顶。")
    assert (qidong.point.status, qidong.point.status_note) == (StationStatus.SUSPENDED, "修屋顶。")
    with pytest.raises(keeping.StationShut, match="修屋顶"):
        keeping.require_working(qidong.point)
    stale = Station.objects.get(pk=qidong.point.pk)
    keeping.resume_station(by=clerk, station=qidong.point)
    assert (qidong.point.status, qidong.point.status_note) == (StationStatus.ACTIVE, "")
    keeping.require_working(qidong.point)
    with pytest.raises(keeping.StationMoved):  # another page, opened before
        keeping.resume_station(by=clerk, station=stale)
    with pytest.raises(keeping.StationMoved):
        keeping.resume_station(by=clerk, station=qidong.point)


def test_striking_off_moves_the_stations_below_and_ends_the_postings_now_and_to_come(qidong: cast.Stations) -> None:
    clerk, posted = cast.make_clerk(qidong.centre), cast.make_clerk(qidong.other_township)
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    later = Posting.objects.create(
        user=cast.make_user(),
        role=Role.TOWNSHIP_STAFF,
        station=qidong.other_township,
        region=qidong.other_township.region,
        starts_on=tomorrow,
    )
    keeping.strike_off(by=clerk, station=qidong.other_township, heir=qidong.township, reason="乡镇合并")
    qidong.other_point.refresh_from_db()
    assert qidong.other_point.parent == qidong.township
    assert not Posting.objects.current().filter(user=posted).exists()
    later.refresh_from_db()
    assert (later.ends_on, later.ended_by) == (tomorrow, clerk)
    closed = qidong.other_township
    assert (closed.status, closed.heir, closed.closed_on) == (
        StationStatus.CLOSED,
        qidong.township,
        timezone.localdate(),
    )
    with pytest.raises(keeping.StationMoved):
        keeping.change_station(by=clerk, station=closed, hours="8:00-9:00")


def test_the_history_says_who_did_it(qidong: cast.Stations) -> None:
    clerk = cast.make_clerk(qidong.centre)
    keeping.suspend_station(by=clerk, station=qidong.point, reason="修屋顶")
    event = qidong.point.events.order_by("-pgh_id").first()  # type: ignore[attr-defined]
    assert (event.status, event.status_note, event.pgh_context.metadata["user"]) == ("suspended", "修屋顶", clerk.pk)
