"""The county's pages: a long queue page by page, the next one after a decision, and what a reviewer and a clerk read."""

import datetime as dt
import re
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog import listing, packing
from catalog.models import Product, ProductStatus, Review, ReviewKind
from catalog.reviewing import return_review
from sellers.models import Store
from tests.cast import Stations, make_clerk, make_product, make_store, make_user, make_variant

pytestmark = pytest.mark.django_db


@dataclass
class Scene:
    """A store whose clerk lists goods, and the centre that reviews them."""

    store: Store
    clerk: User
    centre: User

    def wait(self, number: int) -> list[Review]:
        goods = [
            make_product(self.store, name=f"商品{one:03d}", status=ProductStatus.IN_REVIEW) for one in range(number)
        ]
        since = timezone.now() - dt.timedelta(days=9)
        return Review.objects.bulk_create(
            Review(
                kind=ReviewKind.NEW, product=one, store=self.store, region=self.store.region, asked_by=self.clerk,
                asked_at=since + dt.timedelta(minutes=place // 2),
            )
            for place, one in enumerate(goods)
        )  # fmt: skip


@pytest.fixture
def scene() -> Scene:
    stations = Stations()
    return Scene(make_store(stations.point), make_clerk(stations.point), make_clerk(stations.centre, "邹丽"))


@pytest.fixture
def centre(scene: Scene, client: Client) -> Client:
    client.force_login(scene.centre)
    return client


def test_a_long_queue_goes_page_by_page_and_leaves_none_out(scene: Scene, centre: Client) -> None:
    scene.wait(65)
    url, seen, pages = reverse("desk_reviews"), [], 0
    while url:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            text = centre.get(url).content.decode()
        assert len(queries) < 30
        seen += re.findall(r"<b>(商品\d+)</b>", text)
        following = re.search(r'href="(\?[^"]*after=[^"]*)"', text)
        url, pages = reverse("desk_reviews") + following[1].replace("&amp;", "&") if following else "", pages + 1
    assert (pages, seen) == (3, [f"商品{one:03d}" for one in range(65)])


def test_a_wrong_key_is_the_first_page(scene: Scene, centre: Client) -> None:
    scene.wait(1)
    for key in ("x", "1-", "-1", "9" * 40 + "-1", "１-１"):
        assert "商品000" in centre.get(reverse("desk_reviews"), {"after": key, "kind": "nothing"}).content.decode()


def test_after_a_decision_comes_the_next_one(scene: Scene, centre: Client) -> None:
    first, second, third = scene.wait(3)
    for one in (first, second, third):
        assert one.product
        make_variant(one.product)
    answer = centre.post(reverse("desk_review_approve", args=[second.pk]), {"seen": second.revision})
    assert answer["Location"] == reverse("desk_review", args=[third.pk])
    answer = centre.post(reverse("desk_review_return", args=[third.pk]), {"reason": "name", "words": "", "seen": 1})
    assert answer["Location"] == reverse("desk_review", args=[first.pk])
    answer = centre.post(reverse("desk_review_approve", args=[first.pk]), {"seen": first.revision})
    assert answer["Location"] == reverse("desk_reviews")
    assert Product.objects.filter(status=ProductStatus.LISTED).count() == 2


def test_what_was_changed_meanwhile_is_looked_at_again(scene: Scene, centre: Client) -> None:
    (review,) = scene.wait(1)
    assert review.product
    make_variant(review.product)
    listing.edit_product(by=scene.clerk, product=review.product, name="换了名字")
    page = centre.post(reverse("desk_review_approve", args=[review.pk]), {"seen": 1}, follow=True).content.decode()
    assert "您打开以后内容又改过" in page and "换了名字" in page
    assert not Product.objects.on_sale().exists()


def test_the_clerk_and_the_farmer_read_why(scene: Scene, client: Client) -> None:
    product = make_product(scene.store, status=ProductStatus.DRAFT)
    packing.add_variant(by=scene.clerk, product=product, name="500克", price_fen=3880)
    listing.put_on_sale(by=scene.clerk, product=product)
    farmer = make_user("farmer@daylily.example", name="李秀英")
    scene.store.household.user = farmer
    scene.store.household.save()
    pages = {scene.clerk: reverse("desk_product", args=[product.ref]), farmer: reverse("my_store_goods")}
    for user, url in pages.items():
        client.force_login(user)
        assert "等县里审核" in client.get(url).content.decode()
    return_review(by=scene.centre, review=Review.objects.get(), reason="pictures", words="请补<b>实物</b>照片")
    for user, url in pages.items():
        client.force_login(user)
        page = client.get(url).content.decode()
        assert "照片没有拍清楚商品。" in page and "请补&lt;b&gt;实物&lt;/b&gt;照片" in page
