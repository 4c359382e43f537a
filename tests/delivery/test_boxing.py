"""Boxes: what one buyer bought from a county leaves it as one box, and every parcel keeps its own chain."""

import pytest
from django.db.models import Sum

from delivery.boxing import CannotPack, pack_box
from delivery.custody import verify_chain
from delivery.models import Handover, Leg, Parcel, ParcelKind, ParcelState, ScanKind
from delivery.parcels import replan
from stations.models import Region
from tests import cast
from tests.cast import Stations
from tests.delivery.scene import done, held, make_parcel, nonce, travel


@pytest.fixture
def at_the_centre(qidong: Stations, shanghai: Region) -> list[Parcel]:
    """Two farmers' parcels for one buyer, from two townships, both at the centre."""
    first = make_parcel(qidong.point, shanghai, weight_g=1000)
    second = make_parcel(
        qidong.other_point, shanghai, weight_g=500, sender="王建国家的小店", contents="黄花菜 250克 x 2"
    )
    travel(first, qidong.point, qidong.township, qidong.centre)
    travel(second, qidong.other_point, qidong.other_township, qidong.centre)
    return [first, second]


def test_two_parcels_of_one_buyer_leave_as_one_box(qidong: Stations, at_the_centre: list[Parcel]) -> None:
    box = pack_box(parcels=at_the_centre, centre=qidong.centre, by=cast.make_clerk(qidong.centre), nonce=nonce())
    assert (box.kind, box.state, box.station) == (ParcelKind.BOX, ParcelState.AT_STATION, qidong.centre)
    assert box.weight_g == 1500 and "黄花菜 250克 x 2" in box.contents and box.recipient == "王芳"
    done(box, ScanKind.CARRIER, qidong.centre, carrier_number="YZ9")
    done(box, ScanKind.DELIVER, qidong.centre)
    for parcel in (box, *Parcel.objects.filter(box=box)):
        parcel.refresh_from_db()
        assert (parcel.state, parcel.carrier_number) == (ParcelState.DELIVERED, "YZ9") and parcel.delivered_at
        assert verify_chain(parcel) and all(leg.arrived_at for leg in parcel.legs.all())
    kinds = list(Handover.objects.filter(parcel=at_the_centre[0]).values_list("kind", flat=True))
    assert kinds == ["collect", "out", "in", "out", "in", "pack", "carrier", "deliver"]


def test_the_box_pays_one_freight_that_its_contents_share_to_the_fen(
    qidong: Stations, at_the_centre: list[Parcel]
) -> None:
    box = pack_box(parcels=at_the_centre, centre=qidong.centre, by=None, nonce=nonce())
    freight = box.legs.aggregate(fen=Sum("cost_fen"))["fen"]
    shares = Leg.objects.filter(parcel__box=box, from_station=qidong.centre).order_by("parcel")
    assert [leg.position for leg in shares] == [3, 3] and sum(leg.cost_fen for leg in shares) == freight
    assert shares[0].cost_fen == round(freight * 2 / 3)


def test_packing_twice_with_one_nonce_makes_one_box(qidong: Stations, at_the_centre: list[Parcel]) -> None:
    one = nonce()
    first = pack_box(parcels=at_the_centre, centre=qidong.centre, by=None, nonce=one)
    assert pack_box(parcels=at_the_centre, centre=qidong.centre, by=None, nonce=one) == first
    assert Parcel.objects.filter(kind=ParcelKind.BOX).count() == 1


def test_what_is_in_a_box_is_not_scanned_alone(qidong: Stations, at_the_centre: list[Parcel]) -> None:
    box = pack_box(parcels=at_the_centre, centre=qidong.centre, by=None, nonce=nonce())
    assert box.number in held(at_the_centre[0], ScanKind.CARRIER, qidong.centre).reason


def test_a_box_down_to_a_village_has_one_pickup_code(qidong: Stations) -> None:
    parcels = [make_parcel(qidong.centre, qidong.point) for _ in range(2)]
    for parcel in parcels:
        done(parcel, ScanKind.COLLECT, qidong.centre)
    box = pack_box(parcels=parcels, centre=qidong.centre, by=None, nonce=nonce())
    travel_box(box, qidong)
    for parcel in (box, *Parcel.objects.filter(box=box)):
        parcel.refresh_from_db()
        assert (parcel.state, parcel.pickup_code) == (ParcelState.READY, parcels[0].pickup_code) and parcel.keep_until
    assert replan(parcels[0]) == ""


def travel_box(box: Parcel, qidong: Stations) -> None:
    for start, end in ((qidong.centre, qidong.township), (qidong.township, qidong.point)):
        done(box, ScanKind.OUT, start)
        done(box, ScanKind.IN, end)


def test_a_box_on_its_way_is_planned_anew_with_its_contents(qidong: Stations) -> None:
    parcels = [make_parcel(qidong.centre, qidong.point) for _ in range(2)]
    for parcel in parcels:
        done(parcel, ScanKind.COLLECT, qidong.centre)
    box = pack_box(parcels=parcels, centre=qidong.centre, by=None, nonce=nonce())
    done(box, ScanKind.OUT, qidong.centre)
    assert replan(parcels[1]) == ""
    for parcel in (box, *parcels):
        assert [leg.position for leg in parcel.legs.all()] == [1, 2]
    done(box, ScanKind.IN, qidong.township)


def test_what_does_not_belong_together_is_not_packed(
    qidong: Stations, shanghai: Region, at_the_centre: list[Parcel]
) -> None:
    first, second = at_the_centre
    stranger = make_parcel(qidong.point, shanghai, group_ref="order-2")
    travel(stranger, qidong.point, qidong.township, qidong.centre)
    away = make_parcel(qidong.point, shanghai)
    single = make_parcel(qidong.centre, shanghai, group_ref="")
    done(single, ScanKind.COLLECT, qidong.centre)
    for parcels in ([], [first, stranger], [first, away], [first, single]):
        with pytest.raises(CannotPack):
            pack_box(parcels=parcels, centre=qidong.centre, by=None, nonce=nonce())
    with pytest.raises(CannotPack):
        pack_box(parcels=[first, second], centre=qidong.township, by=None, nonce=nonce())
    pack_box(parcels=[first, second], centre=qidong.centre, by=None, nonce=nonce())
    with pytest.raises(CannotPack):
        pack_box(parcels=[first, second], centre=qidong.centre, by=None, nonce=nonce())
    assert Parcel.objects.filter(kind=ParcelKind.BOX).count() == 1
