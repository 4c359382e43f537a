"""A photograph that other goods show already: said to whoever adds it, and listed for whoever looks after the county."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Product, ProductPicture, ProductStatus
from pictures.intake import take_in
from stations.models import Role, StationKind
from tests import cast
from tests.pictures.conftest import folders as folders
from tests.pictures.conftest import photograph

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]


class Scene:
    """Two stores of one county and one of another, each with one product."""

    def __init__(self) -> None:
        self.here, self.there = cast.Stations(), cast.Stations(cast.SANGZHI)
        self.mine = cast.make_product(cast.make_store(self.here.point, name="李秀英家"), name="黄花菜")
        self.near = cast.make_product(cast.make_store(self.here.other_point, name="刘建国家"), name="干黄花")
        self.far = cast.make_product(cast.make_store(self.there.point, name="向秀英家"), name="莓茶")
        self.clerk: User = cast.make_clerk(self.here.point, "周小兰")
        self.centre: User = cast.post(cast.make_user(name="县中心"), Role.CENTRE_STAFF, station=self.here.centre)

    def show(self, product: Product, seed: int) -> None:
        product.picture = take_in(photograph(seed=seed), title=product.name)
        product.save(update_fields=["picture"])


@pytest.fixture
def scene() -> Scene:
    return Scene()


def add(scene: Scene, seed: int) -> str:
    client = Client()
    client.force_login(scene.clerk)
    sent = SimpleUploadedFile("a.jpg", photograph(seed=seed).getvalue(), "image/jpeg")
    address = reverse("desk_goods_photographs", args=[scene.mine.ref])
    return client.post(address, {"photographs": [sent]}, follow=True).content.decode()


def test_whoever_adds_a_known_photograph_is_told(scene: Scene) -> None:
    scene.show(scene.far, 11)
    page = add(scene, 11)
    assert "这张照片已经用在" in page and "莓茶（向秀英家）" in page.replace(" (", "（").replace(")", "）")
    assert "这张照片已经用在" not in add(scene, 12)


def test_drafts_of_other_places_are_not_told(scene: Scene) -> None:
    scene.show(scene.far, 11)
    Product.objects.filter(pk=scene.far.pk).update(status=ProductStatus.DRAFT)
    assert "莓茶" not in add(scene, 11)


def listed(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.get(reverse("desk_same_photographs")).content.decode()


def test_the_list_names_stores_that_show_the_same(scene: Scene) -> None:
    scene.show(scene.mine, 11)
    scene.show(scene.near, 12)
    ProductPicture.objects.create(product=scene.far, picture=take_in(photograph(seed=11), title="x"), position=1)
    page = listed(scene.centre)
    assert "李秀英家" in page and "向秀英家" in page and "刘建国家" not in page
    other = cast.post(
        cast.make_user(name="邻站"),
        Role.CENTRE_STAFF,
        station=cast.make_station(StationKind.CENTRE, "522628000000"),
    )
    assert "李秀英家" not in listed(other), "None of them is of that county."


def test_two_goods_of_one_store_may_share_a_photograph(scene: Scene) -> None:
    twin = cast.make_product(scene.mine.store, name="黄花菜礼盒")
    scene.show(scene.mine, 11)
    scene.show(twin, 11)
    assert "没有照片被重复使用" in listed(scene.centre)
