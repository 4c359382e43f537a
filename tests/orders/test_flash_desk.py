"""Flash sales at the desk: proposed by one, approved by another, with money that is theirs to spend; what can't be is said on the page."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Variant
from orders.flash_forms import MOMENT
from orders.models import FlashSale, Payer, Promotion
from stations.models import Role
from tests.cast import make_clerk, make_official, make_operator, make_user, post, signed_in_client
from tests.orders.scene import Scene
from tests.orders.test_buying import text_of

pytestmark = pytest.mark.django_db


def form(scene: Scene, **changes: object) -> dict[str, object]:
    """Three for ten yuan, tomorrow for two hours, paid by the county."""
    begins = timezone.localtime() + dt.timedelta(days=1)
    known = {
        "pack": scene.daylily.pk, "name": "黄花菜秒杀", "name_en": "Daylily flash sale", "price_fen": "10", "units": "3",
        "starts_at": begins.strftime(MOMENT), "ends_at": (begins + dt.timedelta(hours=2)).strftime(MOMENT), "payer": "county",
    }  # fmt: skip
    return {**known, **changes}


def address(scene: Scene) -> str:
    return reverse("desk_flash", args=[scene.store.slug])


@pytest.fixture
def centre(scene: Scene) -> Client:
    """The county centre's desk."""
    return signed_in_client(post(make_user(name="邹丽"), Role.CENTRE_STAFF, station=scene.qidong.centre))


def test_one_proposes_and_another_approves(scene: Scene, centre: Client) -> None:
    assert centre.post(address(scene), form(scene))["Location"] == reverse("desk_promotions")
    promotion = Promotion.objects.get()
    assert (promotion.payer, promotion.budget_fen, promotion.most_per_buyer) == (Payer.COUNTY, 3 * 2880, 1)
    sale = FlashSale.objects.get()
    assert Client().get(reverse("flash_sale", args=[sale.pk])).status_code == 404
    decide = reverse("desk_promotion_decide", args=[promotion.pk])
    centre.post(decide, {"action": "approve"})
    assert Promotion.objects.get().approved_at is None  # their own
    official = signed_in_client(make_official())
    official.post(decide, {"action": "approve"})
    assert Client().get(reverse("flash_sale", args=[sale.pk])).status_code == 200
    listed = text_of(official.get(reverse("desk_promotions")))
    assert "黄花菜秒杀" in listed and "¥10.00" in listed


def test_a_store_and_the_platform_announce_at_once(scene: Scene) -> None:
    clerk = signed_in_client(make_clerk(scene.qidong.point))
    there = clerk.post(address(scene), form(scene, payer="seller"))
    assert there["Location"] == reverse("desk_store_promotions", args=[scene.store.slug])
    assert Promotion.objects.get().payer == Payer.SELLER
    assert "黄花菜秒杀" in text_of(clerk.get(there["Location"]))
    refused = signed_in_client(make_operator()).post(address(scene), form(scene, payer="platform"))
    assert refused.status_code == 422  # its pack is in the other sale
    assert FlashSale.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"price_fen": "38.80"}, {"price_fen": "0"}, {"price_fen": "-1"}, {"price_fen": "NaN"}, {"units": "0"}, {"units": "-1"},
        {"units": "1.5"}, {"units": "1e9"}, {"ends_at": "2020-01-01T10:00"}, {"starts_at": "soon"}, {"payer": "platform"},
        {"payer": "nobody"}, {"pack": ""}, {"pack": "999999"}, {"name": ""},
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_is_made(scene: Scene, centre: Client, changes: dict[str, str]) -> None:
    answer = centre.post(address(scene), form(scene, **changes))
    assert answer.status_code == 422 and 'aria-invalid="true"' in text_of(answer)
    assert not Promotion.objects.exists() and not FlashSale.objects.exists()


def test_another_stores_pack_is_no_choice(scene: Scene, centre: Client) -> None:
    assert centre.post(address(scene), form(scene, pack=scene.more_daylily.pk)).status_code == 422
    assert not FlashSale.objects.exists()


def test_a_clerk_cannot_spend_the_countys_money(scene: Scene) -> None:
    clerk = signed_in_client(make_clerk(scene.qidong.point))
    assert clerk.post(address(scene), form(scene)).status_code == 422
    assert not FlashSale.objects.exists()


def test_more_than_is_in_stock_waits_for_stock(scene: Scene, centre: Client) -> None:
    """A proposal may come before the harvest; approving it asks for the goods."""
    centre.post(address(scene), form(scene, units="5000"))
    decide = reverse("desk_promotion_decide", args=[Promotion.objects.get().pk])
    signed_in_client(make_official()).post(decide, {"action": "approve"})
    assert Promotion.objects.get().approved_at is None
    assert Variant.objects.get(pk=scene.daylily.pk).apart_until is None
