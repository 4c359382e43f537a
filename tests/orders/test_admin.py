"""The operator reads orders and changes none by hand."""

from django.test import Client

from tests.cast import make_official, make_operator
from tests.orders.scene import Scene, order_of


def test_the_operator_reads_orders_and_changes_none(scene: Scene, client: Client) -> None:
    order = order_of(scene, lines=scene.three)
    client.force_login(make_operator())
    page = client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert order.number in page and order.ref not in page
    assert client.get(f"/admin/orders/consignment/{order.consignments.all()[0].pk}/change/").status_code == 200
    for part in ("order", "consignment", "sale", "cart"):
        assert client.get(f"/admin/orders/{part}/").status_code == 200
        assert client.get(f"/admin/orders/{part}/add/").status_code == 403
    assert client.post(f"/admin/orders/order/{order.pk}/delete/", {"post": "yes"}).status_code == 403


def test_officials_do_not_enter(scene: Scene, client: Client) -> None:
    client.force_login(make_official())
    assert client.get("/admin/orders/order/").status_code == 302
