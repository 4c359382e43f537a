"""Orders by what is to be done, and the packing list: who sees which, in which group, and how little of the buyer."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog.models import Lot
from delivery.models import Leg
from orders.collection import collect
from orders.models import Consignment, Order, WeightQuestion
from orders.packing import PackBy, packing_list
from orders.parcels import plan_parcels
from orders.to_do import open_parts, what_to_do
from tests.cast import make_clerk, make_user, signed_in_client
from tests.orders.scene import Scene, order_of, paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(scene: Scene) -> User:
    return make_clerk(scene.qidong.point)


@pytest.fixture
def farmer(scene: Scene) -> User:
    user, household = make_user(name="李秀英"), scene.store.household
    household.user = user
    household.save()
    return user


def sold(scene: Scene, **fields: object) -> Consignment:
    order = paid(order_of(scene, **fields))
    plan_parcels(order.pk)
    return Consignment.objects.filter(order=order).order_by("pk")[0]


def leaves(part: Consignment, when: dt.datetime) -> None:
    """The van takes it at this time."""
    Leg.objects.filter(parcel=part.parcel, position=1).update(depart_planned=when)


def groups(user: User, at: dt.datetime) -> dict[str, list[str]]:
    found = what_to_do(open_parts(user), at=at)
    return {group.kind: [task.part.number for task in group.tasks] for group in found}


def test_each_part_stands_where_something_is_to_be_done(scene: Scene, clerk: User) -> None:
    noon = timezone.localtime().replace(hour=12, minute=0)
    late, today, later, asked, contested, roadless, harvest, gone = (sold(scene, key=f"k{n}") for n in range(8))
    leaves(late, noon - dt.timedelta(hours=4))
    leaves(today, noon + dt.timedelta(hours=3))
    leaves(later, noon + dt.timedelta(days=1))
    for part in (asked, contested, gone):
        line = part.lines.get()
        collect(consignment=part, by=clerk, weights={line.pk: 1000}, nonce=f"n{part.pk}")
    WeightQuestion.objects.create(line=asked.lines.get(), due_fen=3000, until=noon + dt.timedelta(days=1))
    Consignment.objects.filter(pk=contested.pk).update(after_sales_since=noon)
    Leg.objects.filter(parcel=roadless.parcel).delete()
    Consignment.objects.filter(pk=harvest.pk).update(parcel=None, promised_week=dt.date(2026, 12, 7))
    assert groups(clerk, noon) == {
        "late": [late.number],
        "today": [today.number],
        "weight": [asked.number],
        "case": [contested.number],
        "later": [later.number],
        "harvest": [harvest.number],
        "road": [roadless.number],
    }


def test_staff_see_their_stations_farmers_their_stores_and_others_nothing(
    scene: Scene, clerk: User, farmer: User
) -> None:
    own, others = sold(scene), sold(scene, lines=[(scene.more_daylily.pk, 1)], key="other")
    for user, seen, unseen in (
        (clerk, own, others),
        (farmer, own, others),
        (make_clerk(scene.qidong.second_point), others, own),
    ):
        found = {part.number for part in open_parts(user)}
        assert seen.number in found and unseen.number not in found
    assert {part.pk for part in open_parts(make_clerk(scene.qidong.township))} == {own.pk, others.pk}
    assert not open_parts(make_user()) and not open_parts(make_clerk(scene.sangzhi.centre))
    page = signed_in_client(farmer).get(reverse("my_store_today")).content.decode()
    assert own.number in page and others.number not in page


@pytest.mark.parametrize("name", ["desk_today", "desk_packing", "my_store_today", "my_store_packing"])
@pytest.mark.parametrize("by", PackBy.values)
def test_of_the_buyer_no_more_than_a_packer_needs(scene: Scene, clerk: User, farmer: User, name: str, by: str) -> None:
    part = sold(scene)
    order: Order = part.order
    user = clerk if name.startswith("desk") else farmer
    page = signed_in_client(user).get(reverse(name), {"by": by}).content.decode()
    assert part.number in page and "刘*" in page
    for secret in (order.recipient, order.phone, order.phone[-4:], order.address, order.email):
        assert secret not in page


def test_the_masked_name_is_all_that_leaves_the_database(scene: Scene, clerk: User) -> None:
    sold(scene, key="k1")
    Order.objects.update(recipient="欧阳修文")
    part = open_parts(clerk).get()
    assert part.buyer == "欧***"  # type: ignore[attr-defined]
    assert {"recipient", "phone", "address", "email"} <= part.order.get_deferred_fields()
    Order.objects.update(recipient="")
    assert open_parts(clerk).get().buyer == ""  # type: ignore[attr-defined]


class TestPacking:
    """The same goods in three orders of packing."""

    def test_by_buyer_by_product_and_by_route(self, scene: Scene, clerk: User) -> None:
        first = sold(scene, lines=[(scene.daylily.pk, 2)])
        second = sold(scene, lines=[(scene.daylily.pk, 3)], key="k2")
        noon = timezone.now() + dt.timedelta(hours=2)
        leaves(first, noon)
        leaves(second, noon)
        parts = open_parts(clerk)
        by_buyer = packing_list(parts, PackBy.BUYER)
        assert [(sheet.title, sheet.units) for sheet in by_buyer] == [(first.number, 2), (second.number, 3)]
        (daylily,) = packing_list(parts, PackBy.PRODUCT)
        assert (daylily.title, daylily.units, daylily.grams) == (first.lines.get().label, 5, 2500)
        (van,) = packing_list(parts, PackBy.ROUTE)
        assert van.title == f"{scene.qidong.point} → {scene.qidong.township}" and van.when == noon
        assert [row.part.number for row in van.rows] == [first.number, second.number]

    def test_what_is_recalled_or_collected_is_not_packed(self, scene: Scene, clerk: User) -> None:
        collected, recalled = sold(scene), sold(scene, key="k2")
        line = collected.lines.get()
        collect(consignment=collected, by=clerk, weights={line.pk: 1000}, nonce="n1")
        assert [sheet.title for sheet in packing_list(open_parts(clerk), PackBy.BUYER)] == [recalled.number]
        Lot.objects.update(recalled_at=timezone.now())
        assert packing_list(open_parts(clerk), PackBy.BUYER) == []

    def test_the_number_of_queries_is_fixed(
        self, scene: Scene, clerk: User, django_assert_max_num_queries: object
    ) -> None:
        for number in range(4):
            sold(scene, key=f"k{number}")
        with django_assert_max_num_queries(16):  # type: ignore[operator]
            what_to_do(open_parts(clerk))
            packing_list(open_parts(clerk), PackBy.ROUTE)

    def test_a_way_of_packing_that_is_none_is_by_buyer(self, scene: Scene, clerk: User) -> None:
        part = sold(scene)
        page = signed_in_client(clerk).get(reverse("desk_packing"), {"by": "colour"}).content.decode()
        assert part.number in page and "按买家</b>" in page
        assert Client().get(reverse("desk_packing")).status_code == 302
