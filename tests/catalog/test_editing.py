"""Two people at one product: what one changed comes together with what the other did, a clash is chosen, nothing typed is lost."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from catalog import listing
from catalog.editing import ChangedMeanwhile
from catalog.models import Product, ProductStatus, Variant
from tests import cast

pytestmark = pytest.mark.django_db


class Scene:
    """A draft of a store, and two clerks of its station."""

    def __init__(self) -> None:
        stations = cast.Stations()
        store = cast.make_store(stations.point)
        self.product = cast.make_product(
            store, status=ProductStatus.DRAFT, summary="当季新货", shelf_life_days=180, story="第一句。\n第二句。"
        )
        self.variant = cast.make_variant(self.product, price_fen=3880, on_hand=20)
        self.clerks: list[User] = [cast.make_clerk(stations.point, name) for name in ("周小兰", "彭小玲")]
        self.address = f"/desk/goods/{self.product.ref}/edit/"

    def now(self) -> Product:
        return Product.objects.get(pk=self.product.pk)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def opened(address: str, clerk: User) -> tuple[Client, dict[str, Any]]:
    """A clerk's browser with the form open, and all that it would send."""
    client = Client()
    client.force_login(clerk)
    return client, fields_of(client.get(address))


def fields_of(response: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    form = response.context["form"]
    for one in form:
        value = one.value()
        fields[one.html_name] = "" if value is None else one.field.prepare_value(value)
        if one.field.show_hidden_initial:
            text = one.as_hidden(only_initial=True)
            assert text in response.content.decode()
            fields[one.html_initial_name] = form.data.get(one.html_initial_name, fields[one.html_name])
    for clash in response.context.get("clashes") or []:
        fields.setdefault("clash", []).append(clash.name)
    return fields


def test_what_each_of_two_changed_comes_together(scene: Scene) -> None:
    (first, hers), (second, his) = (opened(scene.address, clerk) for clerk in scene.clerks)
    assert first.post(scene.address, {**hers, "shelf_life_days": "540"}).status_code == 302
    response = second.post(scene.address, {**his, "summary": "头茬新货"}, follow=True)
    now = scene.now()
    assert (now.shelf_life_days, now.summary, now.version) == (540, "头茬新货", 2)
    assert "周小兰" in response.content.decode() and "保质期" in response.content.decode()


def test_a_clash_shows_both_and_loses_nothing(scene: Scene) -> None:
    (first, hers), (second, his) = (opened(scene.address, clerk) for clerk in scene.clerks)
    first.post(scene.address, {**hers, "summary": "二茬", "shelf_life_days": "540"})
    response = second.post(scene.address, {**his, "summary": "头茬", "name_en": "New name"})
    text = response.content.decode()
    assert response.status_code == 200 and "头茬" in text and "二茬" in text and "周小兰" in text
    assert scene.now().summary == "二茬"
    again = fields_of(response)
    assert (again["summary"], again["name_en"], str(again["shelf_life_days"])) == ("头茬", "New name", "540")
    undecided = second.post(scene.address, again)
    assert undecided.status_code == 200 and scene.now().summary == "二茬"  # it asks until a choice comes
    again = fields_of(undecided)
    assert second.post(scene.address, {**again, "pick-summary": "mine"}).status_code == 302
    assert (scene.now().summary, scene.now().name_en, scene.now().shelf_life_days) == ("头茬", "New name", 540)


def test_the_others_value_can_be_chosen(scene: Scene) -> None:
    (first, hers), (second, his) = (opened(scene.address, clerk) for clerk in scene.clerks)
    first.post(scene.address, {**hers, "story": "她的故事。", "temperature": "chilled"})
    response = second.post(scene.address, {**his, "story": "他的故事。", "temperature": "frozen"})
    again = fields_of(response)
    assert [clash.theirs for clash in response.context["clashes"]] == ["冷藏", "她的故事。"]
    second.post(scene.address, {**again, "pick-story": "theirs", "pick-temperature": "mine"})
    assert (scene.now().story, scene.now().temperature) == ("她的故事。", "frozen")


def test_lines_of_a_story_are_no_change(scene: Scene) -> None:
    """A browser sends line ends of its own."""
    (first, hers), (second, his) = (opened(scene.address, clerk) for clerk in scene.clerks)
    first.post(scene.address, {**hers, "story": "她的故事。"})
    crlf = {name: str(value).replace("\n", "\r\n") for name, value in his.items()}
    second.post(scene.address, {**crlf, "summary": "头茬"})
    assert (scene.now().story, scene.now().summary) == ("她的故事。", "头茬")


def test_an_old_version_is_refused(scene: Scene) -> None:
    listing.edit_product(by=scene.clerks[0], product=scene.product, version=0, summary="二茬")
    with pytest.raises(ChangedMeanwhile):
        listing.edit_product(by=scene.clerks[1], product=scene.now(), version=0, summary="头茬")
    assert (scene.now().summary, scene.now().version) == ("二茬", 1)


def test_a_form_that_is_wrong_as_well_keeps_the_clash(scene: Scene) -> None:
    (first, hers), (second, his) = (opened(scene.address, clerk) for clerk in scene.clerks)
    first.post(scene.address, {**hers, "summary": "二茬"})
    response = second.post(scene.address, {**his, "summary": "头茬", "name": "🌼"})
    assert response.context["clashes"] and scene.now().name == "祁东黄花菜"
    assert "🌼" in response.content.decode() and "文字" in response.content.decode()


def test_price_and_stock_clash_too(scene: Scene) -> None:
    address = f"/desk/goods/{scene.product.ref}/packs/{scene.variant.pk}/"
    (first, hers), (second, his) = (opened(address, clerk) for clerk in scene.clerks)
    first.post(address, {**hers, "price_fen": "42"})
    assert second.post(address, {**his, "on_hand": "35"}).status_code == 302
    variant = Variant.objects.get()
    assert (variant.price_fen, variant.on_hand) == (4200, 35)  # each keeps what they changed
    response = second.post(address, {**his, "price_fen": "39", "on_hand": "35"})
    assert [clash.theirs for clash in response.context["clashes"]] == ["42"]
    again = fields_of(response)
    second.post(address, {**again, "pick-price_fen": "mine"})
    assert Variant.objects.get().price_fen == 3900


def test_stock_that_was_sold_meanwhile_is_not_counted_back(scene: Scene) -> None:
    address = f"/desk/goods/{scene.product.ref}/packs/{scene.variant.pk}/"
    client, fields = opened(address, scene.clerks[0])
    cast.set_stock(scene.variant, 17)  # three were collected
    client.post(address, {**fields, "price_fen": "42"})
    assert (Variant.objects.get().price_fen, Variant.objects.get().on_hand) == (4200, 17)
