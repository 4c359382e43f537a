"""The pages of stations at the desk: who sees what, paging, counts, forms that keep what was typed, the map."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.models import User
from delivery.models import Leg, Run
from delivery.network import schedule_runs
from sellers.models import StoreStatus
from stations import keeping
from stations.county_map import MOST_LINKED, draw_map
from stations.models import Region, Station, StationDay, StationKind, StationPicture, StationStatus
from stations.views.stations import A_PAGE
from tests import cast
from tests.delivery.scene import make_parcel

pytestmark = pytest.mark.django_db


@pytest.fixture
def qidong() -> cast.Stations:
    return cast.Stations()


@pytest.fixture
def keeper(qidong: cast.Stations) -> User:
    return cast.make_clerk(qidong.centre, "邹丽")


def seen_by(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, name: str, *args: Any, query: str = "", status: int = 200) -> str:
    response = client.get(reverse(name, args=args) + query)
    assert response.status_code == status
    return response.content.decode()


def photograph() -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (600, 400), (180, 90, 40)).save(file, "JPEG")
    return SimpleUploadedFile("x.jpg", file.getvalue(), "image/jpeg")


def many(qidong: cast.Stations, number: int) -> None:
    villages = Region.objects.within(cast.QIDONG).filter(level=5, stations=None)[:number]
    Station.objects.bulk_create(
        Station(
            code=f"{village.code}V", kind=StationKind.VILLAGE, region=village, parent=qidong.township, name=village.name,
            status=StationStatus.ACTIVE, longitude=111.9, latitude=26.8,
        )
        for village in villages
    )  # fmt: skip


def test_each_sees_the_stations_of_their_own_places(qidong: cast.Stations, keeper: User) -> None:
    elsewhere = cast.make_station(StationKind.CENTRE, cast.SANGZHI)
    for user, seen, unseen in (
        (keeper, qidong.other_point, elsewhere),
        (cast.make_clerk(qidong.township), qidong.second_point, qidong.other_point),
        (cast.make_clerk(qidong.point), qidong.point, qidong.second_point),
        (cast.make_official(), qidong.centre, elsewhere),
    ):
        page = text_of(seen_by(user), "desk_stations")
        assert reverse("desk_station", args=[seen.code]) in page
        assert reverse("desk_station", args=[unseen.code]) not in page
        text_of(seen_by(user), "desk_station", unseen.code, status=404)
    text_of(seen_by(cast.make_user()), "desk_stations", status=403)


def test_officials_look_and_change_nothing(qidong: cast.Stations) -> None:
    official = seen_by(cast.make_official())
    page = text_of(official, "desk_station", qidong.point.code)
    assert reverse("desk_station_suspend", args=[qidong.point.code]) not in page
    for name in ("edit", "move", "suspend", "close", "photographs"):
        text_of(official, f"desk_station_{name}", qidong.point.code, status=403)
    assert official.post(reverse("desk_station_resume", args=[qidong.point.code])).status_code == 403
    text_of(official, "desk_station_new", status=403)
    qidong.point.refresh_from_db()
    assert qidong.point.is_active


def test_the_list_goes_on_in_pages_with_the_same_number_of_queries(qidong: cast.Stations, keeper: User) -> None:
    client, url = seen_by(keeper), reverse("desk_stations")
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(url)
    many(qidong, A_PAGE * 2)
    with CaptureQueriesContext(connection) as lots:
        first = client.get(url).content.decode()
    assert len(lots) == len(few) <= 12
    codes, page = [], first
    while True:
        codes += re.findall(r'/desk/stations/([0-9]+[CTV])/"', page)
        following = re.search(r'rel="next" href="\?([^"]+)"', page)
        if not following:
            break
        page = client.get(f"{url}?{following.group(1).replace('&amp;', '&')}").content.decode()
    assert codes == list(Station.objects.order_by("region_id", "code").values_list("code", flat=True))


def test_filters_and_how_many_worked(qidong: cast.Stations, keeper: User) -> None:
    StationDay.objects.create(station=qidong.point, day=timezone.localdate(), parcels=3)
    Station.objects.filter(pk=qidong.second_point.pk).update(status=StationStatus.SUSPENDED)
    client = seen_by(keeper)
    assert "1 / 5" in text_of(client, "desk_stations")
    for query, codes in (
        ("?worked=yes", {qidong.point.code}),
        ("?status=suspended", {qidong.second_point.code}),
        ("?kind=centre", {qidong.centre.code}),
        (f"?township={qidong.other_township.region_id}", {qidong.other_township.code, qidong.other_point.code}),
        (f"?q={qidong.point.code[:12]}", {qidong.point.code}),
        ("?q=没有这个站点", set()),
        ("?kind=nonsense&township=x&status=1&worked=2", set(Station.objects.values_list("code", flat=True))),
    ):
        page = text_of(client, "desk_stations", query=query)
        assert set(re.findall(r'/desk/stations/([0-9]+[CTV])/"', page)) == codes, query


def test_a_stations_page_tells_what_it_did_and_who_serves(qidong: cast.Stations, keeper: User) -> None:
    clerk = cast.make_clerk(qidong.point, "周小兰")
    cast.make_store(qidong.point)
    cast.make_store(qidong.point, status=StoreStatus.CLOSED, household=cast.make_household(qidong.point))
    StationDay.objects.create(station=qidong.point, day=timezone.localdate(), parcels=7, sales=2, sales_fen=7760)
    keeping.suspend_station(by=keeper, station=qidong.point, reason="修屋顶")
    page = text_of(seen_by(clerk), "desk_station", qidong.point.code)
    for text in ("周小兰", "¥77.60", "修屋顶", "邹丽", "<dd>1</dd>"):
        assert text in page, text


def test_the_staff_of_a_suspended_station_read_why_on_every_page_of_the_desk(
    qidong: cast.Stations, keeper: User
) -> None:
    clerk = cast.make_clerk(qidong.point)
    assert "shut-line" not in text_of(seen_by(clerk), "desk")
    keeping.suspend_station(by=keeper, station=qidong.point, reason="修屋顶")
    for name in ("desk", "desk_parcels", "desk_goods", "desk_stations"):
        page = text_of(seen_by(clerk), name)
        assert "shut-line" in page, name
        assert "修屋顶" in page, name


def test_the_desk_leads_to_what_one_may_open(qidong: cast.Stations, keeper: User) -> None:
    official = cast.make_official()
    for user, sheets in ((keeper, True), (official, False), (cast.make_clerk(qidong.point), False)):
        page = text_of(seen_by(user), "desk")
        assert reverse("desk_stations") in page
        assert (reverse("desk_sheets") in page) == sheets


def new_form(village: Region, parent: Station, **more: str) -> dict[str, str]:
    return {
        "region": village.code, "name": "三星村服务点", "parent": str(parent.pk), "address": "村部对面",
        "point": "111.95，26.78", "abilities": "cash_counter", "parcels_per_day": "40", "kg_per_day": "300", "starts": "now", **more,
    }  # fmt: skip


def test_a_new_point_in_two_steps(qidong: cast.Stations, keeper: User) -> None:
    client = seen_by(keeper)
    assert qidong.township.region.label in text_of(client, "desk_station_new")
    url = f"{reverse('desk_station_new')}?kind=village&within={qidong.township.region.short_code}"
    village = Region.objects.filter(code__startswith=qidong.township.region.short_code, level=5, stations=None)[0]
    assert village.label in client.get(url).content.decode()
    assert client.post(url, new_form(village, qidong.township)).status_code == 302
    station = Station.objects.get(region=village)
    assert (station.longitude, station.latitude, station.cash_counter, station.grading) == (111.95, 26.78, True, False)
    assert station.is_active
    village = Region.objects.filter(code__startswith=qidong.township.region.short_code, level=5, stations=None)[0]
    assert client.post(url, new_form(village, qidong.township, starts="later")).status_code == 302
    planned = Station.objects.get(region=village)
    assert planned.status == StationStatus.PLANNED
    client.post(reverse("desk_station_resume", args=[planned.code]))
    planned.refresh_from_db()
    assert (planned.is_active, planned.opened_on) == (True, timezone.localdate())


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"point": "26.78, 111.95"}, "中国境外"),
        ({"point": "somewhere"}, "两个数字"),
        ({"code": "430426C"}, "已被"),
        ({"name": ""}, "field wrong"),
        ({"kg_per_day": "-1"}, "field wrong"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    qidong: cast.Stations, keeper: User, wrong: dict[str, str], says: str
) -> None:
    url = f"{reverse('desk_station_new')}?kind=village&within={qidong.township.region.short_code}"
    village = Region.objects.filter(code__startswith=qidong.township.region.short_code, level=5, stations=None)[0]
    page = seen_by(keeper).post(url, new_form(village, qidong.township, **wrong)).content.decode()
    assert says in page
    assert "村部对面" in page
    assert Station.objects.count() == 6


def test_a_closed_station_is_not_offered_above_and_refused_all_the_same(qidong: cast.Stations, keeper: User) -> None:
    Station.objects.filter(pk=qidong.other_point.pk).update(parent=qidong.township)
    Station.objects.filter(pk=qidong.other_township.pk).update(
        status=StationStatus.CLOSED, closed_on=timezone.localdate()
    )
    client, url = seen_by(keeper), reverse("desk_station_move", args=[qidong.point.code])
    assert qidong.other_township.label not in client.get(url).content.decode()
    client.post(url, {"parent": str(qidong.other_township.pk), "address": "", "point": ""})
    qidong.point.refresh_from_db()
    assert qidong.point.parent == qidong.township


def test_nobody_keeps_stations_of_another_county(qidong: cast.Stations, keeper: User) -> None:
    for query in (
        "?kind=township&within=430822",
        "?kind=village&within=430822001",
        "?kind=x&within=430426",
        "?within=🌶",
    ):
        assert "form" in text_of(seen_by(keeper), "desk_station_new", query=query)
        assert "csrfmiddlewaretoken" not in text_of(seen_by(keeper), "desk_station_new", query=query)


def test_editing_moving_suspending_and_resuming(qidong: cast.Stations, keeper: User) -> None:
    schedule_runs("430426")
    parcel, client, code = make_parcel(qidong.point, qidong.centre), seen_by(keeper), qidong.point.code
    edited = {
        "name": "新名服务点",
        "hours": "8:00-12:00",
        "abilities": ["cold_store"],
        "parcels_per_day": "5",
        "kg_per_day": "0",
    }
    assert client.post(reverse("desk_station_edit", args=[code]), edited).status_code == 302
    moved = {"parent": str(qidong.other_township.pk), "address": "新街2号", "point": ""}
    assert client.post(reverse("desk_station_move", args=[code]), moved).status_code == 302
    qidong.point.refresh_from_db()
    assert (qidong.point.name, qidong.point.cold_store, qidong.point.cash_counter) == ("新名服务点", True, False)
    assert (qidong.point.parent, qidong.point.address) == (qidong.other_township, "新街2号")
    assert not Run.objects.filter(active=True, from_station=qidong.point, to_station=qidong.township).exists()
    ends = Leg.objects.filter(parcel=parcel).order_by("position").values_list("to_station__code", flat=True)
    assert list(ends) == [qidong.other_township.code, qidong.centre.code]
    assert (
        "修屋顶"
        in client.post(reverse("desk_station_suspend", args=[code]), {"reason": "修屋顶"}, follow=True).content.decode()
    )
    assert client.post(reverse("desk_station_suspend", args=[code]), {"reason": "再一次"}).status_code == 200
    client.post(reverse("desk_station_resume", args=[code]))
    qidong.point.refresh_from_db()
    assert qidong.point.is_active


def test_photographs_are_taken_in_and_removed(qidong: cast.Stations, keeper: User) -> None:
    client, url = seen_by(keeper), reverse("desk_station_photographs", args=[qidong.point.code])
    assert client.post(url, {"picture": photograph()}).status_code == 302
    shot = StationPicture.objects.get(station=qidong.point)
    assert shot.picture.sources["blur"]
    assert client.post(url, {"picture": SimpleUploadedFile("x.jpg", b"no picture")}).status_code == 200
    other = StationPicture.objects.create(station=qidong.township, picture=shot.picture)
    assert client.post(url, {"remove": str(other.pk)}).status_code == 404
    assert client.post(url, {"remove": "²"}).status_code == 404
    assert client.post(url, {"remove": str(shot.pk)}).status_code == 302
    assert not StationPicture.objects.filter(station=qidong.point).exists()


def test_closing_shows_the_numbers_first_and_then_does_it(qidong: cast.Stations, keeper: User) -> None:
    cast.make_store(qidong.point)
    client, url = seen_by(keeper), reverse("desk_station_close", args=[qidong.point.code])
    assert qidong.township.label in client.get(url).content.decode()
    asked = f"{url}?heir={qidong.second_point.code}"
    page = client.get(asked).content.decode()
    assert '<span class="count">1</span>' in page
    assert "重新授权" in page
    assert client.post(asked, {"reason": ""}).status_code == 200
    assert client.post(url, {"reason": "合并"}).status_code == 200  # nobody takes over
    qidong.point.refresh_from_db()
    assert qidong.point.is_active
    assert client.post(asked, {"reason": "合并"}).status_code == 302
    page = text_of(client, "desk_station", qidong.point.code)
    assert qidong.second_point.label in page
    assert "合并" in page


def test_the_map_has_an_outline_marks_by_level_and_lines(qidong: cast.Stations, keeper: User) -> None:
    for station, place in (
        (qidong.centre, (112.12, 26.79)),
        (qidong.township, (111.95, 26.8)),
        (qidong.point, (111.9, 26.75)),
    ):
        Station.objects.filter(pk=station.pk).update(longitude=place[0], latitude=place[1])
    page = text_of(seen_by(keeper), "desk_stations_map", "430426")
    assert len(re.findall(r'class="mark (centre|township|village)"', page)) >= 3
    assert reverse("desk_station", args=[qidong.point.code]) in page
    assert "style=" not in page
    own = text_of(seen_by(cast.make_clerk(qidong.point)), "desk_stations_map", "430426")
    assert reverse("desk_station", args=[qidong.centre.code]) not in own
    text_of(seen_by(keeper), "desk_stations_map", "430822", status=404)
    text_of(seen_by(keeper), "desk_stations_map", "nonsense", status=404)


def test_marks_lie_within_the_drawing_and_names_do_not_cover_each_other(qidong: cast.Stations) -> None:
    many(qidong, 30)
    stations = list(Station.objects.select_related("region"))
    for place, station in enumerate(stations):
        station.longitude, station.latitude = 111.7 + place % 7 * 0.08, 26.6 + place // 7 * 0.06
    drawing = draw_map("430426", stations)
    assert drawing.outline.startswith("M")
    assert all(0 <= mark.x <= 360 and 0 <= mark.y <= drawing.height for mark in drawing.marks)
    assert {mark.text for mark in drawing.marks if mark.text} >= {"祁东县"}
    assert not drawing.dots


def test_very_many_points_are_one_line_of_dots(qidong: cast.Stations) -> None:
    many(qidong, MOST_LINKED + 1)
    drawing = draw_map("430426", list(Station.objects.select_related("region")))
    assert drawing.dots.count("M") > MOST_LINKED
    assert all(mark.station.kind != StationKind.VILLAGE for mark in drawing.marks)


def test_a_county_without_an_outline_has_a_map_all_the_same(qidong: cast.Stations) -> None:
    qidong.centre.longitude, qidong.centre.latitude = 112.1, 26.8
    drawing = draw_map("999999", [qidong.centre])
    assert drawing.outline == ""
    assert len(drawing.marks) == 1


@pytest.mark.parametrize(
    "name", ["desk_stations", "desk_people", "desk_posting_new", "desk_households", "desk_goods", "desk_parcels"]
)
def test_a_nul_in_a_search_finds_something_or_nothing(keeper: User, name: str) -> None:
    """PostgreSQL refuses it; a phone's keyboard and a scanner's cable send it."""
    assert seen_by(keeper).get(reverse(name), {"q": "\x00祁\x00东"}).status_code == 200


def test_a_nul_does_not_hide_what_is_looked_for(qidong: cast.Stations, keeper: User) -> None:
    for name in ("q", "county", "township", "kind", "status", "worked", "after"):
        text_of(seen_by(keeper), "desk_stations", query=f"?{name}=%00")
    page = text_of(seen_by(keeper), "desk_stations", query=f"?q=%00{qidong.point.code[:12]}")
    assert reverse("desk_station", args=[qidong.point.code]) in page
    for name in ("desk_station", "desk_stations_map"):
        assert seen_by(keeper).get(reverse(name, args=["\x00x"])).status_code == 404


def figures_in(page: str) -> list[int]:
    return [int(text) for text in re.findall(r'<div class="figure">(\d+)</div>', page)]


def test_a_township_and_a_centre_show_what_all_below_them_did_beside_their_own(
    qidong: cast.Stations, keeper: User
) -> None:
    today = timezone.localdate()
    for station, parcels, sales in (
        (qidong.centre, 9, 0),
        (qidong.township, 5, 0),
        (qidong.point, 3, 2),
        (qidong.second_point, 1, 1),
    ):
        StationDay.objects.create(station=station, day=today, parcels=parcels, sales=sales, sales_fen=sales * 1000)
    elsewhere = cast.make_station(StationKind.CENTRE, cast.SANGZHI)
    StationDay.objects.create(station=elsewhere, day=today, parcels=100, sales=100, sales_fen=1)
    StationDay.objects.create(station=qidong.other_point, day=today - timedelta(days=60), parcels=50, sales=50)
    cast.make_store(qidong.point)
    client = seen_by(keeper)
    page = text_of(client, "desk_station", qidong.centre.code)
    assert figures_in(page) == [18, 3, 0, 1, 9, 0, 0]  # parcels, sales, stores with those below; then days and its own
    assert "¥30.00" in page
    assert "本站0家，含下级站点共1家" in page
    page = text_of(client, "desk_station", qidong.township.code)
    assert figures_in(page) == [9, 3, 0, 1, 5, 0, 0]
    point = text_of(client, "desk_station", qidong.point.code)
    assert figures_in(point) == [1, 3, 2, 0]
    assert "下级站点" not in point
    rows = text_of(client, "desk_stations").split("<li>")
    together = [row for row in rows if "含下级站点" in row]
    assert len(together) == 2  # the other township and its point did nothing
    assert "包裹18件·销售3笔" in re.sub(r"\s", "", together[0])


def test_the_map_says_how_many_names_it_has_no_room_for(qidong: cast.Stations, keeper: User) -> None:
    page = text_of(seen_by(keeper), "desk_stations_map", "430426")
    assert "放不下" not in page
    Station.objects.filter(kind=StationKind.TOWNSHIP).update(longitude=112.12, latitude=26.79)
    Station.objects.filter(kind=StationKind.CENTRE).update(longitude=112.12, latitude=26.79)
    for place, village in enumerate(Region.objects.within(cast.QIDONG).filter(level=4, stations=None)[:6]):
        Station.objects.create(
            code=f"X{place}T", kind=StationKind.TOWNSHIP, region=village, parent=qidong.centre, name=village.name,
            status=StationStatus.ACTIVE, longitude=112.12, latitude=26.79,
        )  # fmt: skip
    page = text_of(seen_by(keeper), "desk_stations_map", "430426")
    drawn = draw_map("430426", list(Station.objects.select_related("region")))
    assert drawn.nameless > 0
    assert f"{drawn.nameless}个站点的名称放不下" in page
    assert f"{reverse('desk_stations')}?county={cast.QIDONG}" in page
