"""At a suspended station the farmer's goods are not taken in, and the page says why."""

import pytest
from django.test import Client
from django.urls import reverse

from delivery.models import HeldScan, ParcelState
from orders.collection import collect, expected_grams
from orders.models import Consignment
from orders.parcels import plan_parcels
from orders.settlement import settle_payment
from payments.models import Payment
from stations.keeping import StationShut, resume_station, suspend_station
from tests.cast import make_clerk
from tests.orders.scene import Scene, order_of


def test_nothing_is_collected_until_it_works_again(scene: Scene) -> None:
    keeper, clerk = make_clerk(scene.qidong.centre, "邹丽"), make_clerk(scene.qidong.point)
    order = order_of(scene)
    settle_payment(Payment.objects.get(order_ref=order.ref).pk)
    plan_parcels(order.pk)
    consignment = Consignment.objects.select_related("parcel").get(order=order)
    weights = {line.pk: expected_grams(line) for line in consignment.lines.all()}
    suspend_station(by=keeper, station=scene.qidong.point, reason="修屋顶")
    with pytest.raises(StationShut, match="修屋顶"):
        collect(consignment=consignment, by=clerk, weights=weights, nonce="suspended")
    client = Client()
    client.force_login(clerk)
    form = {f"line_{pk}": str(grams / 1000) for pk, grams in weights.items()}
    page = client.post(reverse("desk_weigh", args=[consignment.pk]), {**form, "nonce": "suspended-page"})
    assert page.status_code == 200
    assert "修屋顶" in page.content.decode()
    assert not HeldScan.objects.exists()
    resume_station(by=keeper, station=scene.qidong.point)
    collect(consignment=consignment, by=clerk, weights=weights, nonce="again")
    consignment.refresh_from_db()
    assert consignment.parcel is not None
    assert consignment.parcel.state == ParcelState.COLLECTED
