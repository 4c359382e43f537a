"""Postings: who gives them to whom, who ends them, what the database refuses, and what an ended one still opens: nothing."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.messages import text_for_demo
from accounts.models import User
from sellers.models import Opening
from sellers.openings import begin_opening
from stations import appointing, jobs
from stations.history import changes_of
from stations.models import Posting, Region, Role, Station, StationStatus
from stations.scope import NotAllowed, scope_of
from tests import cast

pytestmark = pytest.mark.django_db
PHONE = "13912340001"


@pytest.fixture
def qidong() -> cast.Stations:
    return cast.Stations()


@pytest.fixture
def ladder(qidong: cast.Stations) -> dict[str, User]:
    """Somebody at each level of Qidong's line, village to operator."""
    return {
        "village": cast.make_clerk(qidong.point),
        "township": cast.make_clerk(qidong.township, "肖建军"),
        "centre": cast.make_clerk(qidong.centre, "邹丽"),
        "county": cast.make_official(),
        "prefecture": cast.make_official("430400000000", Role.PREFECTURE_OFFICIAL, "何卫东"),
        "province": cast.make_official("430000000000", Role.PROVINCE_OFFICIAL, "龙建平"),
        "operator": cast.make_operator(),
    }


def give(by: User, place: Station | Region, contact: str = PHONE, **options: object) -> Posting:
    return appointing.give_posting(by=by, place=place, contact=contact, name="彭小玲", **options)  # type: ignore[arg-type]


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def at(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


GIVERS = {
    "village point": {"township", "centre", "operator"},
    "township station": {"centre", "operator"},
    "county centre": {"county", "operator"},
    "county": {"prefecture", "operator"},
    "prefecture": {"province", "operator"},
    "province": {"operator"},
}


@pytest.mark.parametrize("where", list(GIVERS))
def test_the_level_above_gives_and_nobody_else(qidong: cast.Stations, ladder: dict[str, User], where: str) -> None:
    codes = {"county": cast.QIDONG, "prefecture": "430400000000", "province": "430000000000"}
    stations = {"village point": qidong.point, "township station": qidong.township, "county centre": qidong.centre}
    place = stations.get(where) or Region.objects.get(code=codes[where])
    for number, (level, user) in enumerate(ladder.items()):
        contact = f"139123400{number:02d}"
        if level in GIVERS[where]:
            posting = give(user, place, contact)
            assert posting.given_by == user
            assert posting.role in scope_of(posting.user).roles_over(posting.region_id)
        else:
            with pytest.raises(NotAllowed):
                give(user, place, contact)
            assert not User.objects.filter(phone=contact).exists()


def test_a_township_gives_nothing_in_the_next_one(qidong: cast.Stations, ladder: dict[str, User]) -> None:
    with pytest.raises(NotAllowed):
        give(ladder["township"], qidong.other_point)


def test_nobody_is_posted_to_a_village_as_an_official(qidong: cast.Stations, ladder: dict[str, User]) -> None:
    with pytest.raises(appointing.NoSuchRole):
        give(ladder["operator"], qidong.point.region)


@pytest.mark.parametrize("contact", [PHONE, "+86 139-1234-0001", "zoe@daylily.example"])
def test_an_account_is_made_without_a_password(qidong: cast.Stations, ladder: dict[str, User], contact: str) -> None:
    user = give(ladder["township"], qidong.point, contact).user
    assert not user.has_usable_password()
    assert user.phone_verified_at is None
    assert user.name == "彭小玲"
    assert (user.phone or user.email) == ("zoe@daylily.example" if "@" in contact else PHONE)


def test_nobody_learns_whether_there_was_an_account(qidong: cast.Stations, ladder: dict[str, User]) -> None:
    """The same answers, the same list, the same page, whether the number was known under another name or not."""
    cast.make_user(phone="13912340002", name="从前的名字")
    client, pages = at(ladder["township"]), []
    for phone in (PHONE, "13912340002"):
        answer = client.post(
            reverse("desk_posting_new") + f"?at={qidong.point.code}", {"name": "彭小玲", "contact": phone}, follow=True
        )
        posting = Posting.objects.latest("pk")
        text = answer.content.decode() + client.get(reverse("desk_people")).content.decode()
        assert "从前的名字" not in text
        pages.append(answer.content.decode().replace(f"/{posting.pk}/", "/1/").replace(phone[-4:], "0000"))
    assert _without_tokens(pages[0]) == _without_tokens(pages[1])
    assert User.objects.get(phone="13912340002").name == "从前的名字"


def _without_tokens(page: str) -> str:
    return re.sub(r'(value="[A-Za-z0-9]{64}"|datetime="[^"]+"|\d\d:\d\d)', "", page)


def test_nobody_gives_to_themselves(qidong: cast.Stations, ladder: dict[str, User]) -> None:
    centre = ladder["centre"]
    User.objects.filter(pk=centre.pk).update(phone=PHONE)
    with pytest.raises(appointing.OwnPosting):
        give(fresh(centre), qidong.point)
    with pytest.raises(IntegrityError, match="nobody_gives_themselves"), transaction.atomic():
        Posting.objects.create(
            user=centre, role=Role.VILLAGE_STAFF, station=qidong.point, region=qidong.point.region, given_by=centre
        )


@pytest.mark.parametrize("status", [StationStatus.SUSPENDED, StationStatus.CLOSED])
def test_a_shut_station_takes_nobody(qidong: cast.Stations, ladder: dict[str, User], status: str) -> None:
    closed_on = timezone.localdate() if status == StationStatus.CLOSED else None
    Station.objects.filter(pk=qidong.point.pk).update(status=status, closed_on=closed_on)
    with pytest.raises(appointing.StationNotTaking, match=qidong.point.name):
        give(ladder["township"], qidong.point)
    with pytest.raises(IntegrityError, match="takes no new postings"), transaction.atomic():
        cast.post(cast.make_user(), Role.VILLAGE_STAFF, station=qidong.point)
    assert qidong.point not in appointing.stations_to_staff(ladder["township"])


@pytest.mark.parametrize(
    ("role", "station", "code"),
    [
        (Role.TOWNSHIP_STAFF, "point", ""),
        (Role.VILLAGE_STAFF, "centre", ""),
        (Role.COUNTY_OFFICIAL, "", "430000000000"),
        (Role.PROVINCE_OFFICIAL, "", cast.QIDONG),
        (Role.PREFECTURE_OFFICIAL, "", cast.QIDONG),
    ],
)
def test_the_database_wants_a_fitting_role(qidong: cast.Stations, role: Role, station: str, code: str) -> None:
    place = getattr(qidong, station) if station else None
    with pytest.raises(IntegrityError), transaction.atomic():
        cast.post(cast.make_user(), role, station=place, region_code=code)


def test_a_second_gift_of_the_same_is_refused(qidong: cast.Stations, ladder: dict[str, User]) -> None:
    give(ladder["township"], qidong.point)
    with pytest.raises(appointing.AlreadyPosted):
        give(ladder["township"], qidong.point)
    give(ladder["township"], qidong.second_point)


def test_it_holds_through_its_last_day(qidong: cast.Stations, ladder: dict[str, User]) -> None:
    today = timezone.localdate()
    posting = give(ladder["township"], qidong.point, last_day=today)
    assert posting.last_day == today
    assert posting.holds
    Posting.objects.filter(pk=posting.pk).update(starts_on=today - dt.timedelta(days=2), ends_on=today)
    assert not scope_of(fresh(posting.user)).postings
    with pytest.raises(appointing.DayPast):
        give(ladder["township"], qidong.point, last_day=today - dt.timedelta(days=1))


@pytest.mark.parametrize("contact", ["1391234", "13912340001x", "zoe@", "@", ""])
def test_what_reaches_nobody_is_refused(qidong: cast.Stations, ladder: dict[str, User], contact: str) -> None:
    with pytest.raises(appointing.BadContact):
        give(ladder["township"], qidong.point, contact)


def test_they_are_told_by_text_or_by_mail(qidong: cast.Stations, ladder: dict[str, User]) -> None:
    jobs.tell_of_posting(give(ladder["township"], qidong.point).pk)
    assert qidong.point.name in text_for_demo(PHONE)
    jobs.tell_of_posting(give(ladder["township"], qidong.point, "zoe@daylily.example").pk, by_mail=True)
    assert mail.outbox[0].to == ["zoe@daylily.example"]
    assert reverse("account_reset_password") in str(mail.outbox[0].body)


class TestEnd:
    """The level above ends a posting, or its holder gives it up; it is over with the next click."""

    @pytest.fixture
    def posting(self, qidong: cast.Stations, ladder: dict[str, User]) -> Posting:
        return give(ladder["township"], qidong.point)

    @pytest.mark.parametrize("level", ["township", "centre", "operator", "own"])
    def test_by_whom(self, posting: Posting, ladder: dict[str, User], level: str) -> None:
        by = fresh(posting.user) if level == "own" else ladder[level]
        ended = appointing.end_posting(by=by, posting=posting)
        assert ended.ends_on == timezone.localdate()
        assert ended.ended_by == by
        assert not scope_of(fresh(posting.user)).postings
        assert changes_of(posting)[0].who == by.name

    @pytest.mark.parametrize("level", ["village", "county", "prefecture"])
    def test_by_nobody_else(self, posting: Posting, ladder: dict[str, User], level: str) -> None:
        with pytest.raises(NotAllowed):
            appointing.end_posting(by=ladder[level], posting=posting)

    def test_only_once(self, posting: Posting, ladder: dict[str, User]) -> None:
        appointing.end_posting(by=ladder["township"], posting=posting)
        with pytest.raises(appointing.PostingOver):
            appointing.end_posting(by=ladder["centre"], posting=posting)
        posting.refresh_from_db()
        assert posting.ended_by == ladder["township"]

    def test_a_clerk_posted_elsewhere_since_this_morning(self, qidong: cast.Stations, ladder: dict[str, User]) -> None:
        """The old station's pages are gone at once, in the same session; what was begun stays with the station."""
        clerk = cast.make_clerk(qidong.point, "谢春梅")
        client = at(clerk)
        opening = begin_opening(
            by=clerk, station=qidong.point, consent=True, kind="household", name="刘桂英", phone="13700001111"
        )
        store = cast.make_store(qidong.point)
        old = (reverse("desk_opening", args=[opening.ref]), reverse("desk_store", args=[store.slug]))
        assert all(client.get(page, follow=True).status_code == 200 for page in old)

        appointing.end_posting(by=ladder["township"], posting=clerk.postings.get())
        User.objects.filter(pk=clerk.pk).update(phone=PHONE)
        give(ladder["township"], qidong.second_point)

        told = [client.get(page) for page in old]
        assert [answer.status_code for answer in told] == [403, 404]
        assert qidong.point.name in told[0].content.decode()  # who began it is told where it stands
        assert "任职范围" in told[1].content.decode()
        assert client.post(reverse("desk_store_submit", args=[store.slug])).status_code == 404
        assert client.get(reverse("desk")).status_code == 200
        assert Opening.objects.visible_to(ladder["village"]).filter(pk=opening.pk).exists()

    def test_without_any_posting_the_desk_is_closed(self, qidong: cast.Stations, ladder: dict[str, User]) -> None:
        clerk = cast.make_clerk(qidong.second_point)
        client = at(clerk)
        assert client.get(reverse("desk_people")).status_code == 200
        appointing.end_posting(by=clerk, posting=clerk.postings.get())
        answer = client.get(reverse("desk_people"))
        assert answer.status_code == 403
        assert "任职" in answer.content.decode()


class TestPages:
    """The list, one posting, the form."""

    def test_a_township_sees_its_villages_and_not_the_next(
        self, qidong: cast.Stations, ladder: dict[str, User]
    ) -> None:
        cast.make_clerk(qidong.second_point, "欧阳晓燕")
        cast.make_clerk(qidong.other_point, "司马海波")
        text = at(ladder["township"]).get(reverse("desk_people")).content.decode()
        assert "欧阳晓燕" in text
        assert "司马海波" not in text
        assert "邹丽" not in text  # the centre is above

    def test_search_role_and_those_who_left(self, qidong: cast.Stations, ladder: dict[str, User]) -> None:
        gone = give(ladder["township"], qidong.second_point, "13912345678")
        appointing.end_posting(by=ladder["township"], posting=gone)
        client, url = at(ladder["centre"]), reverse("desk_people")
        assert "彭小玲" not in client.get(url).content.decode()
        assert "彭小玲" in client.get(url, {"left": "1"}).content.decode()
        assert "彭小玲" in client.get(url, {"left": "1", "q": "5678"}).content.decode()
        assert "肖建军" in client.get(url, {"q": "建军"}).content.decode()
        assert "肖建军" not in client.get(url, {"role": Role.VILLAGE_STAFF}).content.decode()
        assert client.get(url, {"role": "king", "after": "x-9", "q": "\x00'"}).status_code == 200

    def test_pages_by_key_miss_nobody(self, qidong: cast.Stations, ladder: dict[str, User]) -> None:
        for number in range(64):
            cast.post(cast.make_user(name=f"第{number:02d}人"), Role.VILLAGE_STAFF, station=qidong.second_point)
        client, url, text = at(ladder["centre"]), reverse("desk_people"), ""
        address = url
        for _page in range(4):
            page = client.get(address).content.decode()
            text += page
            if 'rel="next"' not in page:
                break
            address = url + page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
        assert all(text.count(f"第{number:02d}人") == 1 for number in range(64))

    def test_the_number_of_queries_stays(
        self, qidong: cast.Stations, ladder: dict[str, User], django_assert_max_num_queries: object
    ) -> None:
        for _number in range(25):
            cast.make_clerk(qidong.second_point)
        client = at(ladder["centre"])
        with django_assert_max_num_queries(6):  # type: ignore[operator]
            client.get(reverse("desk_people"))

    def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
        self, qidong: cast.Stations, ladder: dict[str, User]
    ) -> None:
        client = at(ladder["township"])
        url = reverse("desk_posting_new") + f"?at={qidong.point.code}"
        answer = client.post(url, {"name": "彭小玲", "contact": "12345"})
        assert answer.status_code == 422
        assert "彭小玲" in answer.content.decode()
        answer = client.post(url, {"name": "彭小玲", "contact": PHONE, "last_day": "2020-01-01"})
        assert answer.status_code == 422
        assert not User.objects.filter(phone=PHONE).exists()

    def test_a_place_that_is_not_below_does_not_exist(self, qidong: cast.Stations, ladder: dict[str, User]) -> None:
        client, url = at(ladder["township"]), reverse("desk_posting_new")
        for code in (qidong.other_point.code, qidong.centre.code, cast.QIDONG, "nowhere", "\x00x"):
            assert client.get(url, {"at": code}).status_code == 404, code

    def test_places_offered(self, qidong: cast.Stations, ladder: dict[str, User]) -> None:
        url = reverse("desk_posting_new")
        text = at(ladder["centre"]).get(url).content.decode()
        assert qidong.other_point.code in text
        assert f"?at={qidong.centre.code}" not in text
        assert f"?at={qidong.centre.code}" in at(ladder["county"]).get(url).content.decode()
        assert f"?at={cast.QIDONG}" in at(ladder["prefecture"]).get(url).content.decode()
        assert at(ladder["village"]).get(url).status_code == 403

    def test_resigning_from_ones_only_posting_leads_home(self, ladder: dict[str, User]) -> None:
        clerk = ladder["village"]
        answer = at(clerk).post(reverse("desk_posting_end", args=[clerk.postings.get().pk]))
        assert answer["Location"] == reverse("account_home")


def test_an_operator_in_the_admin_cannot_post_themselves(qidong: cast.Stations, ladder: dict[str, User]) -> None:
    operator = ladder["operator"]
    data = {"user": operator.pk, "role": Role.VILLAGE_STAFF, "station": qidong.point.pk, "region": qidong.point.region_id,
            "starts_on": "2026-11-20", "name": ""}  # fmt: skip
    answer = at(operator).post(reverse("admin:stations_posting_add"), data)
    assert answer.status_code == 200
    assert "errornote" in answer.content.decode()
