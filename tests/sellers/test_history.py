"""Who changed what, for whom, from which station, before and after: for stores, households, mandates and postings."""

import datetime as dt
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from sellers.history import history_of, history_of_household
from sellers.models import Household, Store, StoreStatus
from sellers.onboarding import acting_for
from stations.history import Change, changes_of, next_key
from stations.models import Posting, Role
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(qidong: cast.Stations) -> Store:
    return cast.make_store(qidong.point)


def fields_of(change: Change) -> dict[str, tuple[str, str]]:
    return {one.label: (one.before, one.after) for one in change.fields}


def in_a_request(user: User, action: Callable[[], object]) -> None:
    """Do something as a view does it: behind the site's middleware, signed in."""

    def view(request: HttpRequest) -> HttpResponse:
        action()
        return HttpResponse("done")

    client = Client()
    client.force_login(user)
    with override_settings(ROOT_URLCONF=(path("act/", view),)):
        assert client.post("/act/").content == b"done"


def test_a_store_changed_under_a_mandate(qidong: cast.Stations, clerk: User, store: Store) -> None:
    mandate = store.household.mandates.get()

    def rename() -> None:
        with acting_for(store.household, mandate):
            Store.objects.filter(pk=store.pk).update(name="秀英家老屋黄花菜", status=StoreStatus.PAUSED)

    in_a_request(clerk, rename)
    change = changes_of(store)[0]
    assert (change.title, change.who, change.for_whom) == ("店铺：暂停营业", "周小兰", "李秀英")
    assert change.station == qidong.point.name
    assert fields_of(change) == {"名称": ("李秀英家的小店", "秀英家老屋黄花菜"), "状态": ("营业中", "暂停营业")}
    with override("en"):
        change = changes_of(store)[0]
        assert change.station == qidong.point.name_en
        assert fields_of(change)["Status"] == ("open", "paused")


def test_a_household_changed_by_sql_is_the_systems(store: Store) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sellers_household SET phone = '13912345678', women_led = true WHERE id = %s", [store.household_id]
        )
    change = changes_of(store.household)[0]
    assert (change.who, change.for_whom, change.station) == ("系统自动", "", "")
    assert fields_of(change) == {
        "手机号码": (f"138****{store.household.phone[-4:]}", "139****5678"),
        "妇女主理": ("否", "是"),
    }


@pytest.mark.parametrize("table", ["sellers_store", "sellers_mandate", "stations_posting"])
def test_sql_by_hand_leaves_its_trace_everywhere(clerk: User, store: Store, table: str) -> None:
    column = {"sellers_store": "name = '某店'", "sellers_mandate": "ends_on = '2030-01-01'"}.get(
        table, "ends_on = '2030-01-01'"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column}")
    thing = {"sellers_store": store, "sellers_mandate": store.household.mandates.get()}.get(table, clerk.postings.get())
    change = changes_of(thing)[0]
    assert change.who == "系统自动"
    assert len(change.fields) == 1
    assert change.fields[0].before != change.fields[0].after


def test_a_mandate_withdrawn(qidong: cast.Stations, clerk: User, store: Store) -> None:
    mandate = store.household.mandates.get()
    township = cast.make_clerk(qidong.township, "肖建军")
    in_a_request(township, lambda: mandate.__class__.objects.update(withdrawn_at=timezone.now(), may_price=False))
    change = changes_of(mandate)[0]
    assert change.title == "代办授权：已撤回"
    assert (change.who, change.station) == ("肖建军", qidong.township.name)
    assert fields_of(change)["定价"] == ("是", "否")


def test_a_posting_given_and_ended(qidong: cast.Stations, clerk: User) -> None:
    township = cast.make_clerk(qidong.township, "肖建军")
    posting = Posting.objects.create(
        user=cast.make_user(name="彭小玲"), role=Role.VILLAGE_STAFF, station=qidong.point, region=qidong.point.region,
        given_by=township,
    )  # fmt: skip
    in_a_request(
        township, lambda: Posting.objects.filter(pk=posting.pk).update(ends_on="2026-11-30", ended_by=township)
    )
    ended, given = changes_of(posting)
    assert given.who == "肖建军"  # the record names them; no request did
    assert fields_of(given)["站点"] == ("–", qidong.point.name)
    assert (ended.title, ended.who, ended.station) == ("任职：已结束", "肖建军", qidong.township.name)
    assert fields_of(ended) == {"截止日期": ("–", "2026年11月30日")}


def test_an_official_acts_from_their_region(store: Store) -> None:
    official = cast.make_official()
    in_a_request(official, lambda: Store.objects.update(name="某店"))
    assert changes_of(store)[0].station == "祁东县"


def test_the_farmer_acts_for_nobody_else(store: Store) -> None:
    farmer = cast.make_user(name="李秀英")
    store.household.user = farmer
    store.household.save()

    def rename() -> None:
        with acting_for(store.household, None):
            Store.objects.update(name="某店")

    in_a_request(farmer, rename)
    change = changes_of(store)[0]
    assert (change.who, change.for_whom, change.station) == ("李秀英", "", "")


def test_a_person_without_a_name_is_masked(store: Store) -> None:
    nameless = cast.make_user(phone="13700001234")
    in_a_request(nameless, lambda: Store.objects.update(name="某店"))
    assert changes_of(store)[0].who == "137****1234"


def test_no_number_and_no_paper_shows(store: Store) -> None:
    Household.objects.update(identity_tail="002X", licence_paper="licences/secret.jpg")
    fields = fields_of(changes_of(store.household)[0])
    assert fields["身份证号"] == ("–", "****002X")
    assert "secret" not in str(fields)


def test_long_texts_are_kept_in_full(store: Store) -> None:
    story = "清明后下种，" * 40
    Store.objects.update(story=story)
    (told,) = changes_of(store)[0].fields
    assert told.is_long
    assert told.after == story


def test_one_store_tells_of_its_family_too(qidong: cast.Stations, store: Store) -> None:
    Store.objects.update(status=StoreStatus.PAUSED)
    Store.objects.update(status=StoreStatus.OPEN)
    titles = [change.title for change in history_of(store)]
    assert {"恢复营业", "暂停营业", "店铺草稿", "农户已登记", "已填写授权"} <= set(titles)
    assert titles == [change.title for change in history_of_household(store.household)]


def test_pages_by_key_miss_nothing(store: Store) -> None:
    for number in range(7):
        Store.objects.update(name=f"店{number}")
    _spread_over_days(store)
    first = changes_of(store, most=3)
    second = changes_of(store, older_than=next_key(first, most=3), most=3)
    third = changes_of(store, older_than=next_key(second, most=3), most=3)
    names = [one.after for page in (first, second, third) for change in page for one in change.fields][:7]
    assert names == [f"店{number}" for number in reversed(range(7))]
    assert first[-1].fields[0].before == "店3"  # the version before it is on the next page
    assert (len(first), len(second), len(third)) == (3, 3, 2)
    assert next_key(third, most=3) == 0


def test_one_transaction_is_never_cut(store: Store) -> None:
    for number in range(7):
        Store.objects.update(name=f"店{number}")
    assert len(changes_of(store, most=5)) == 8


def test_the_number_of_queries_does_not_grow(clerk: User, store: Store, django_assert_max_num_queries: object) -> None:
    for number in range(30):
        in_a_request(clerk, partial(Store.objects.update, name=f"店{number}"))
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        changes_of(store)


def test_only_a_request_that_writes_asks_for_the_posting(clerk: User, store: Store) -> None:
    with CaptureQueriesContext(connection) as idle:
        in_a_request(clerk, lambda: Store.objects.count())
    with CaptureQueriesContext(connection) as writing:
        in_a_request(clerk, lambda: [Store.objects.update(name=f"店{number}") for number in range(3)])
    assert not [one for one in idle if "stations_posting" in one["sql"]]
    assert len([one for one in writing if 'FROM "stations_posting"' in one["sql"]]) == 1


def _spread_over_days(store: Store) -> None:
    for number, event in enumerate(store.events.order_by("pgh_id")):  # type: ignore[attr-defined]
        event.pgh_created_at = timezone.now() - dt.timedelta(days=30 - number)
        event.save()
