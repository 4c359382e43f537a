"""Collection: who may, what is weighed, what a second click does, and when the stock is taken."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Stock
from delivery.models import Handover, HeldScan, ParcelState, ScanKind
from delivery.scanning import scan
from orders.collection import NothingToCollect, WeightOutOfBand, collect, take_collected, to_collect
from orders.models import Consignment
from orders.parcels import plan_parcels
from orders.settlement import settle_payment
from payments.models import Payment
from stations.scope import NotAllowed
from tests.cast import make_clerk, make_official, make_user
from tests.orders.scene import Scene, order_of


@pytest.fixture
def clerk(scene: Scene) -> User:
    return make_clerk(scene.qidong.point)


@pytest.fixture
def consignment(scene: Scene) -> Consignment:
    """Two bags of Li's daylily, paid, with a parcel; and an order of the other stores beside it."""
    order = order_of(scene, lines=scene.three)
    settle_payment(Payment.objects.get(order_ref=order.ref).pk)
    plan_parcels(order.pk)
    return order.consignments.get(store=scene.store)


def weights(consignment: Consignment, grams: int = 1012) -> dict[int, int]:
    return {line.pk: grams for line in consignment.lines.all()}


def stock_of(scene: Scene) -> tuple[int, int]:
    scene.daylily.refresh_from_db()
    return scene.daylily.on_hand, scene.daylily.held


def test_collecting_weighs_takes_the_stock_and_starts_the_chain(
    scene: Scene, clerk: User, consignment: Consignment
) -> None:
    handover = collect(consignment=consignment, by=clerk, weights=weights(consignment), nonce="one")
    assert isinstance(handover, Handover) and handover.kind == ScanKind.COLLECT
    assert stock_of(scene) == (18, 0)
    assert consignment.lines.get().weighed_g == 1012
    consignment.refresh_from_db()
    assert consignment.parcel and consignment.parcel.state == ParcelState.COLLECTED
    assert consignment.parcel.weighed_g == 1012
    assert not to_collect(clerk).exists()


def test_a_second_click_changes_nothing(scene: Scene, clerk: User, consignment: Consignment) -> None:
    first = collect(consignment=consignment, by=clerk, weights=weights(consignment), nonce="one")
    again = collect(consignment=consignment, by=clerk, weights=weights(consignment, 900), nonce="one")
    assert again.pk == first.pk
    assert stock_of(scene) == (18, 0)
    assert consignment.lines.get().weighed_g == 1012


def test_collecting_what_was_collected_waits_for_a_person(scene: Scene, clerk: User, consignment: Consignment) -> None:
    collect(consignment=consignment, by=clerk, weights=weights(consignment), nonce="one")
    assert isinstance(collect(consignment=consignment, by=clerk, weights=weights(consignment), nonce="two"), HeldScan)
    assert stock_of(scene) == (18, 0)


@pytest.mark.parametrize("grams", [0, 499, 2001])
def test_a_weight_out_of_the_band_is_refused(scene: Scene, clerk: User, consignment: Consignment, grams: int) -> None:
    with pytest.raises(WeightOutOfBand) as refused:
        collect(consignment=consignment, by=clerk, weights=weights(consignment, grams), nonce="one")
    assert [expected for _line, expected in refused.value.lines] == [1000]
    assert stock_of(scene) == (20, 2)
    assert not Handover.objects.exists()


@pytest.mark.parametrize("grams", [500, 2000])
def test_the_edges_of_the_band_pass(clerk: User, consignment: Consignment, grams: int) -> None:
    assert isinstance(
        collect(consignment=consignment, by=clerk, weights=weights(consignment, grams), nonce="x"), Handover
    )


def test_only_staff_above_the_point_may(scene: Scene, consignment: Consignment) -> None:
    for user in (make_clerk(scene.qidong.other_point), make_clerk(scene.sangzhi.centre), make_official(), make_user()):
        with pytest.raises(NotAllowed):
            collect(consignment=consignment, by=user, weights=weights(consignment), nonce=f"n{user.pk}")
    assert not Handover.objects.exists()


def test_an_unpaid_order_is_not_collected(scene: Scene, clerk: User) -> None:
    consignment = order_of(scene).consignments.get()
    with pytest.raises(NothingToCollect):
        collect(consignment=consignment, by=clerk, weights=weights(consignment), nonce="one")
    assert not to_collect(clerk).exists()


def test_stock_is_taken_too_when_the_parcel_was_only_scanned(
    scene: Scene, clerk: User, consignment: Consignment
) -> None:
    assert consignment.parcel
    scan(parcel=consignment.parcel, kind=ScanKind.COLLECT, station=scene.qidong.point, by=clerk, nonce="scan")
    assert stock_of(scene) == (20, 2)
    assert [take_collected(), take_collected()] == [1, 0]
    assert stock_of(scene) == (18, 0)


def test_a_count_that_is_wrong_holds_up_nobody_else(scene: Scene, clerk: User, consignment: Consignment) -> None:
    for part in consignment.order.consignments.all():
        assert part.parcel
        scan(parcel=part.parcel, kind=ScanKind.COLLECT, station=part.station, by=clerk, nonce=f"scan{part.pk}")
    Stock.objects.filter(variant=scene.daylily.pk).update(held=0)
    assert take_collected() == 3
    scene.tea.refresh_from_db()
    assert (stock_of(scene), scene.tea.on_hand) == ((20, 0), 19)


class TestPages:
    def test_the_desk_lists_its_own_farmers_without_the_buyer(
        self, client: Client, clerk: User, consignment: Consignment
    ) -> None:
        client.force_login(clerk)
        page = client.get(reverse("desk_collect")).content.decode()
        assert consignment.number in page and "李秀英" in page and "桑植白茶" not in page
        weigh = client.get(reverse("desk_weigh", args=[consignment.pk])).content.decode()
        for private in ("刘敏", "13907310000", "麓山南路", "liumin@"):
            assert private not in page + weigh

    def test_others_get_404_and_buyers_403(self, scene: Scene, client: Client, consignment: Consignment) -> None:
        url = reverse("desk_weigh", args=[consignment.pk])
        assert client.get(url).status_code == 302
        client.force_login(make_clerk(scene.qidong.other_point))
        assert client.get(url).status_code == 404
        client.force_login(make_user())
        assert client.get(url).status_code == 403
        assert client.get(reverse("desk_collect")).status_code == 403

    def test_weighing_leads_to_the_label(
        self, scene: Scene, client: Client, clerk: User, consignment: Consignment
    ) -> None:
        client.force_login(clerk)
        url = reverse("desk_weigh", args=[consignment.pk])
        nonce = client.get(url).context["form"].initial["nonce"]
        line = consignment.lines.get()
        page = client.post(url, {f"line_{line.pk}": "1.02", "nonce": nonce}, follow=True).content.decode()
        assert consignment.parcel
        assert reverse("parcel_label", args=[consignment.parcel.ref]) in page
        assert "1.02" in page
        assert stock_of(scene) == (18, 0)

    @pytest.mark.parametrize("typed", ["", "abc", "-1", "0", "2.5", "1e3", "1012"])
    def test_bad_weights_are_explained_and_kept(
        self, scene: Scene, client: Client, clerk: User, consignment: Consignment, typed: str
    ) -> None:
        client.force_login(clerk)
        line = consignment.lines.get()
        response = client.post(reverse("desk_weigh", args=[consignment.pk]), {f"line_{line.pk}": typed, "nonce": "n"})
        assert response.context["form"].errors[f"line_{line.pk}"]
        assert f'value="{typed}"' in response.content.decode() or not typed
        assert stock_of(scene) == (20, 2)
