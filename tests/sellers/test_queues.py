"""The lists of stores that wait: their order, their deadlines, their pages, and what they cost."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from sellers import queues
from sellers.models import Store, StoreStatus
from tests import cast

pytestmark = pytest.mark.django_db
SHANGHAI = timezone.get_default_timezone()


def at(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def make_many(station: Any, number: int, status: StoreStatus, **fields: Any) -> list[Store]:
    """Stores of one family, an hour apart."""
    first = cast.make_store(station, status=status)
    now = timezone.now()
    return Store.objects.bulk_create(
        Store(
            slug=f"many{status}{count}",
            household=first.household,
            station=station,
            region=station.region,
            name=f"店{count}",
            status=status,
            submitted_at=now - dt.timedelta(hours=count),
            recommended_at=now - dt.timedelta(hours=count),
            opened_at=now - dt.timedelta(hours=count),
            **fields,
        )
        for count in range(number)
    )


@pytest.mark.parametrize(
    ("day", "days", "due"),
    [
        ("2026-11-16", 3, "2026-11-19"),  # Monday to Thursday
        ("2026-11-19", 3, "2026-11-24"),  # Thursday, over the weekend to Tuesday
        ("2026-11-21", 3, "2026-11-25"),  # Saturday counts from Monday
        ("2026-11-20", 5, "2026-11-27"),
    ],
)
def test_working_days(day: str, days: int, due: str) -> None:
    since = dt.datetime.fromisoformat(day + "T23:30").replace(tzinfo=SHANGHAI)
    assert queues.due_on(since, days).isoformat() == due


@pytest.mark.parametrize("days", [3, 5])
def test_overdue_means_the_same_to_the_count_and_to_the_line(days: int) -> None:
    for offset in range(14):
        today = dt.date(2026, 11, 16) + dt.timedelta(days=offset)
        limit = queues.late_before(days, today)
        for back in range(20):
            since = dt.datetime.combine(today - dt.timedelta(days=back), dt.time(12), tzinfo=SHANGHAI)
            assert (since < limit) == (queues.due_on(since, days) < today), (today, since)


def test_the_soonest_due_stands_first_and_the_late_are_marked(qidong: cast.Stations) -> None:
    now = timezone.now()
    for name, days in (("新店", 0), ("老店", 20), ("中店", 1)):
        store = cast.make_store(qidong.point, status=StoreStatus.SUBMITTED, name=name)
        Store.objects.filter(pk=store.pk).update(submitted_at=now - dt.timedelta(days=days))
    text = at(cast.make_clerk(qidong.township)).get("/desk/stores/").content.decode()
    assert text.index("老店") < text.index("中店") < text.index("新店")
    assert "1 家已超期" in text
    assert text.count("已超期") == 2  # in the heading, and at the one store


def test_an_open_store_has_no_age(qidong: cast.Stations) -> None:
    cast.make_store(qidong.point, opened_at=timezone.now() - dt.timedelta(days=40))
    assert "已 40 天" not in at(cast.make_clerk(qidong.township)).get("/desk/stores/").content.decode()
    store = Store.objects.get()
    assert "已 40 天" not in at(cast.make_clerk(qidong.township)).get(f"/desk/stores/{store.slug}/").content.decode()


@pytest.mark.parametrize(("name", "status"), [("submitted", StoreStatus.SUBMITTED), ("open", StoreStatus.OPEN)])
def test_a_whole_list_page_by_page(qidong: cast.Stations, name: str, status: StoreStatus) -> None:
    stores = make_many(qidong.point, 75, status)
    Store.objects.filter(pk__in=[store.pk for store in stores[:5]]).update(submitted_at=None, opened_at=None)
    Store.objects.filter(submitted_at=None).update(submitted_at=stores[7].submitted_at, opened_at=stores[7].opened_at)
    client, seen, url = at(cast.make_clerk(qidong.township)), [], f"?list={name}"
    while url:
        response = client.get(f"/desk/stores/{url}")
        seen += [job["url"] for job in response.context["jobs"]]
        url = response.context["next_url"]
    assert len(seen) == len(set(seen)) == 76


@pytest.mark.parametrize("key", ["x", "1-2-3", "9" * 40 + "-1", "-1", "1-", "١-١"])
def test_a_strange_key_shows_the_first_page(qidong: cast.Stations, key: str) -> None:
    cast.make_store(qidong.point)
    response = at(cast.make_clerk(qidong.township)).get("/desk/stores/", {"list": "open", "after": key})
    assert response.status_code == 200


@pytest.mark.parametrize("address", ["/desk/stores/", "/desk/stores/?list=open", "/desk/stores/?list=submitted"])
def test_twelve_queries_whatever_the_number(
    qidong: cast.Stations, address: str, django_assert_max_num_queries: Any
) -> None:
    for status in StoreStatus:
        make_many(qidong.point, 40, status, return_reason="店名：改" if status == StoreStatus.DRAFT else "")
    client = at(cast.make_clerk(qidong.centre))
    client.get(address)
    with django_assert_max_num_queries(12):
        client.get(address)
