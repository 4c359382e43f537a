"""The printable receipt: what was paid, what came back of it, and that it is no tax invoice."""

import pytest
from django.test import Client
from django.urls import reverse

from orders.cancelling import cancel_consignment
from orders.models import Consignment
from payments.models import Refund, RefundState
from tests import cast
from tests.orders.scene import Scene, make_scene, order_of, paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def test_it_adds_up_with_what_was_paid_back(scene: Scene, client: Client) -> None:
    order = paid(order_of(scene, lines=scene.three))
    address = reverse("order_receipt", args=[order.ref])
    text = client.get(address).content.decode()
    assert order.number in text and "祁东黄花菜" in text and "桑植白茶" in text and "不是发票" in text
    assert "实际支付" not in text and f"¥{order.total_fen / 100:,.2f}" in text
    part = Consignment.objects.filter(order=order)[0]
    back = cancel_consignment(order=order, number=part.number, by=None)
    answer = client.get(address)
    assert answer.context["kept_fen"] == order.total_fen - back.amount_fen
    assert f"−¥{back.amount_fen / 100:,.2f}" in answer.content.decode()
    Refund.objects.update(state=RefundState.FAILED)
    assert client.get(address).context["kept_fen"] == order.total_fen, "it did not reach the buyer"


def test_there_is_none_before_it_is_paid_and_none_for_others(scene: Scene, client: Client) -> None:
    buyer = cast.make_user("liumin@daylily.example")
    order = order_of(scene, buyer=buyer)
    address = reverse("order_receipt", args=[order.ref])
    client.force_login(buyer)
    assert client.get(address).status_code == 404
    paid(order)
    assert client.get(address).status_code == 200
    assert Client().get(address).status_code == 404
