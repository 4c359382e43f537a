"""The parcel desk: who sees what, what a scan answers, and that sending a page twice counts once."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from delivery.boxing import pack_box
from delivery.models import Handover, HeldScan, Outcome, Parcel, ParcelKind, ParcelState, ScanKind
from stations.models import Region
from tests import cast
from tests.cast import Stations
from tests.delivery.scene import done, held, make_parcel, nonce, travel


@pytest.fixture
def clerk(qidong: Stations) -> User:
    return cast.make_clerk(qidong.point)


@pytest.fixture
def desk(client: Client, clerk: User) -> Client:
    """The village clerk, signed in."""
    client.force_login(clerk)
    return client


def desk_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def at(name: str, *arguments: object) -> str:
    """The English address of a page, whatever language the last request left behind."""
    with translation.override("en"):
        return reverse(name, args=arguments)


def read(client: Client, name: str, *arguments: object, **query: str) -> str:
    """A page in English."""
    answer = client.get(at(name, *arguments), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def send(client: Client, **data: object) -> str:
    """Send the scan form, and read what the page answers."""
    answer = client.post(at("desk_scan"), data, follow=True)
    return answer.content.decode()


def kept_nonce(page: str) -> str:
    found = re.search(r'name="nonce" value="([^"]+)"', page)
    assert found
    return found[1]


PAGES = ("desk_parcels", "desk_scan", "desk_held")
PARCEL_PAGES = ("desk_parcel", "parcel_label", "parcel_plan")


def test_a_visitor_is_asked_to_sign_in(client: Client, qidong: Stations) -> None:
    parcel = make_parcel(qidong.point, qidong.centre)
    paths = [at(name) for name in (*PAGES, "desk_pack")]
    paths += [at(name, parcel.ref) for name in PARCEL_PAGES] + [at("desk_settle", 1)]
    for path in paths:
        assert client.get(path).status_code == 302, path
        assert client.post(path).status_code == 302, path


def test_a_buyer_has_no_desk(qidong: Stations) -> None:
    parcel, buyer = make_parcel(qidong.point, qidong.centre), desk_of(cast.make_user(name="王芳"))
    for name in PAGES:
        assert buyer.get(at(name)).status_code == 403, name
    for name in ("desk_parcel", "parcel_label"):
        assert buyer.get(at(name, parcel.ref)).status_code == 404, name
    assert buyer.post(at("parcel_plan", parcel.ref)).status_code == 404
    scanned = held(parcel, ScanKind.IN, qidong.township)
    assert buyer.post(at("desk_settle", scanned.pk), {"outcome": "set_aside"}).status_code == 404


def test_a_parcel_is_seen_along_its_way_only(qidong: Stations, sangzhi: Stations, shanghai: Region) -> None:
    parcel = make_parcel(qidong.point, shanghai)
    for station, status in (
        (qidong.point, 200), (qidong.township, 200), (qidong.centre, 200),
        (qidong.second_point, 404), (qidong.other_township, 404), (sangzhi.centre, 404),
    ):  # fmt: skip
        client = desk_of(cast.make_clerk(station))
        assert client.get(at("desk_parcel", parcel.ref)).status_code == status, station
        assert client.get(at("parcel_label", parcel.ref)).status_code == status, station
    assert desk_of(cast.make_official()).get(at("desk_parcel", parcel.ref)).status_code == 200


def test_a_number_that_is_out_of_sight_is_not_found(qidong: Stations, shanghai: Region) -> None:
    parcel = make_parcel(qidong.other_point, shanghai)
    page = read(desk_of(cast.make_clerk(qidong.point)), "desk_parcels", q=parcel.number)
    assert "No parcel of your stations has this number." in page and parcel.number in page
    assert "No parcel of your stations" in read(desk_of(cast.make_clerk(qidong.point)), "desk_parcels", q="\0")
    found = desk_of(cast.make_clerk(qidong.other_point)).get(at("desk_parcels"), {"q": parcel.number.lower()})
    assert found["Location"] == at("desk_parcel", parcel.ref)


def test_the_work_list_says_what_to_do_at_each_station(qidong: Stations, shanghai: Region) -> None:
    here, moving = (
        make_parcel(qidong.point, shanghai, group_ref="a"),
        make_parcel(qidong.point, shanghai, group_ref="b"),
    )
    travel(here, qidong.point)
    travel(moving, qidong.point)
    done(moving, ScanKind.OUT, qidong.point)
    new = make_parcel(qidong.point, shanghai, group_ref="c")
    village = read(desk_of(cast.make_clerk(qidong.point)), "desk_parcels")
    assert section(village, "send") == [here.number] and section(village, "collect") == [new.number]
    assert section(village, "arriving") == []
    township = read(desk_of(cast.make_clerk(qidong.township)), "desk_parcels")
    assert section(township, "arriving") == [moving.number] and section(township, "send") == []
    travel(here, qidong.point, qidong.township, qidong.centre)
    centre = desk_of(cast.make_clerk(qidong.centre))
    assert section(read(centre, "desk_parcels"), "carrier") == [here.number]
    done(here, ScanKind.CARRIER, qidong.centre, carrier_number="1")
    assert section(read(centre, "desk_parcels"), "with-carrier") == [here.number]
    down = travel(make_parcel(qidong.centre, qidong.point), qidong.centre, qidong.township, qidong.point)
    assert section(read(desk_of(cast.make_clerk(qidong.point)), "desk_parcels"), "ready") == [down.number]


def section(page: str, key: str) -> list[str]:
    """The numbers under one heading of the work list."""
    found = re.search(rf'<h2 id="{key}">.*?</section>', page, re.DOTALL)
    return re.findall(r"<b>(QD26-\d+)", found[0]) if found else []


def test_the_centre_packs_what_one_buyer_bought(qidong: Stations, shanghai: Region) -> None:
    first, second = make_parcel(qidong.point, shanghai), make_parcel(qidong.other_point, shanghai)
    travel(first, qidong.point, qidong.township, qidong.centre)
    centre = desk_of(cast.make_clerk(qidong.centre))
    assert "1 more parcel of this buyer is still on its way here" in read(centre, "desk_parcels")
    travel(second, qidong.other_point, qidong.other_township, qidong.centre)
    page = read(centre, "desk_parcels")
    assert section(page, "pack") == [first.number, second.number] and section(page, "carrier") == []
    data = {"parcels": [first.pk, second.pk], "station": qidong.centre.pk, "nonce": kept_nonce(page)}
    for _ in range(2):
        answer = centre.post(at("desk_pack"), data)
        box = Parcel.objects.get(kind=ParcelKind.BOX)
        assert answer["Location"] == at("desk_parcel", box.ref)
    assert first.number in read(centre, "desk_parcel", box.ref)
    assert section(read(centre, "desk_parcels"), "carrier") == [box.number]


def test_only_the_centre_itself_packs(qidong: Stations, shanghai: Region, desk: Client) -> None:
    parcel = travel(make_parcel(qidong.point, shanghai), qidong.point, qidong.township, qidong.centre)
    data = {"parcels": [parcel.pk], "station": qidong.centre.pk, "nonce": nonce()}
    for client in (desk, desk_of(cast.make_official())):
        client.post(at("desk_pack"), data)
    assert not Parcel.objects.filter(kind=ParcelKind.BOX).exists()


def test_a_scan_by_number_by_reference_or_by_the_address_on_the_label(
    qidong: Stations, shanghai: Region, desk: Client
) -> None:
    for text in ("{number}", " {number} ", "{lower}", "{ref}", "https://daylily.example/trace/{ref}/", "{wide}"):
        parcel = travel(make_parcel(qidong.point, shanghai, group_ref=""), qidong.point)
        wide = parcel.number.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789QD-"})
        label = text.format(number=parcel.number, lower=parcel.number.lower(), ref=parcel.ref, wide=wide)
        page = send(desk, station=qidong.point.pk, parcel=label, kind="out", nonce=kept_nonce(read(desk, "desk_scan")))
        assert "Sent on from here" in page and parcel.number in page, label
        assert Parcel.objects.get(pk=parcel.pk).state == ParcelState.ON_THE_WAY


def test_a_page_sent_twice_counts_once_and_answers_the_same(qidong: Stations, shanghai: Region, desk: Client) -> None:
    parcel = travel(make_parcel(qidong.point, shanghai), qidong.point)
    data = {
        "station": qidong.point.pk,
        "parcel": parcel.number,
        "kind": "out",
        "nonce": kept_nonce(read(desk, "desk_scan")),
    }
    first, second = (desk.post(at("desk_scan"), data) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Handover.objects.filter(parcel=parcel, kind=ScanKind.OUT).count() == 1 and not HeldScan.objects.exists()


def test_a_scan_at_the_wrong_station_is_kept_and_the_page_says_why(qidong: Stations, shanghai: Region) -> None:
    parcel = travel(make_parcel(qidong.point, shanghai), qidong.point)
    done(parcel, ScanKind.OUT, qidong.point)
    client = desk_of(cast.make_clerk(qidong.other_township))
    page = send(client, station=qidong.other_township.pk, parcel=parcel.number, kind="in", nonce=nonce())
    assert "Kept for a person to look at" in page and qidong.township.name_en in page
    assert parcel.number in read(client, "desk_held")
    assert HeldScan.objects.get().parcel == parcel


def test_a_clerk_cannot_scan_at_another_station(qidong: Stations, shanghai: Region, desk: Client) -> None:
    parcel = travel(make_parcel(qidong.second_point, shanghai), qidong.second_point)
    for client in (desk, desk_of(cast.make_clerk(qidong.township)), desk_of(cast.make_official())):
        answer = client.post(
            at("desk_scan"),
            {"station": qidong.second_point.pk, "parcel": parcel.number, "kind": "out", "nonce": nonce()},
        )
        assert answer.status_code in (403, 422)
    assert Parcel.objects.get(pk=parcel.pk).state == ParcelState.COLLECTED and not HeldScan.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"parcel": "QD26-999999"}, "No parcel has this number"),
        ({"parcel": "<script>alert(1)</script>"}, "No parcel has this number"),
        ({"parcel": ""}, "Scan or type the parcel"),
        ({"kind": "collect"}, "not one of the available choices"),
        ({"kind": "pack"}, "not one of the available choices"),
        ({"kind": "carrier"}, "not one of the available choices"),
        ({"nonce": "a b"}, "This page is damaged"),
        ({"kind": "pickup"}, "Type the pickup code"),
    ],
)
def test_bad_input_keeps_what_was_typed_and_changes_nothing(
    qidong: Stations, shanghai: Region, desk: Client, wrong: dict[str, str], says: str
) -> None:
    parcel = travel(make_parcel(qidong.point, shanghai), qidong.point)
    data = {"station": qidong.point.pk, "parcel": parcel.number, "kind": "out", "nonce": nonce(), **wrong}
    answer = desk.post(at("desk_scan"), data)
    page = answer.content.decode()
    assert answer.status_code == 422 and says in page and "<script>alert" not in page
    assert not wrong.get("parcel", "").startswith("QD") or wrong["parcel"] in page
    assert Handover.objects.filter(parcel=parcel).count() == 1 and not HeldScan.objects.exists()


def test_the_carrier_takes_a_parcel_with_its_number_and_the_centre_records_the_delivery(
    qidong: Stations, shanghai: Region
) -> None:
    parcel = travel(make_parcel(qidong.point, shanghai), qidong.point, qidong.township, qidong.centre)
    client = desk_of(cast.make_clerk(qidong.centre))
    scan = {"station": qidong.centre.pk, "parcel": parcel.ref}
    assert "Type the number on the carrier" in send(client, kind="carrier", nonce=nonce(), **scan)
    send(client, kind="carrier", carrier_number="SF77", nonce=nonce(), **scan)
    assert Parcel.objects.get(pk=parcel.pk).carrier_number == "SF77"
    assert "The carrier delivered it" in read(client, "desk_parcel", parcel.ref)
    send(client, kind="deliver", nonce=nonce(), **scan)
    assert Parcel.objects.get(pk=parcel.pk).state == ParcelState.DELIVERED


def test_a_buyer_gets_the_parcel_for_the_code_alone(qidong: Stations, desk: Client) -> None:
    parcel = travel(make_parcel(qidong.centre, qidong.point), qidong.centre, qidong.township, qidong.point)
    scan = {"station": qidong.point.pk, "parcel": "", "kind": "pickup"}
    wrong = f"{(int(parcel.pickup_code) + 1) % 1_000_000:06d}"
    page = send(desk, pickup_code=wrong, nonce=nonce(), **scan)
    assert "Nothing here is ready for pickup under this code." in page and wrong in page
    one = nonce()
    for _ in range(2):
        assert "Picked up by the buyer" in send(desk, pickup_code=parcel.pickup_code, nonce=one, **scan)
    assert Parcel.objects.get(pk=parcel.pk).state == ParcelState.DELIVERED


def test_what_waited_too_long_for_its_buyer_is_marked(qidong: Stations, desk: Client) -> None:
    parcel = travel(make_parcel(qidong.centre, qidong.point), qidong.centre, qidong.township, qidong.point)
    assert "overdue" not in read(desk, "desk_parcels")
    Parcel.objects.filter(pk=parcel.pk).update(keep_until=timezone.localdate() - dt.timedelta(days=1))
    assert "overdue" in read(desk, "desk_parcels") and "overdue" in read(desk, "desk_parcel", parcel.ref)


def test_no_page_of_the_desk_shows_a_pickup_code(qidong: Stations, desk: Client) -> None:
    parcel = travel(make_parcel(qidong.centre, qidong.point), qidong.centre, qidong.township, qidong.point)
    for page in (
        read(desk, "desk_parcel", parcel.ref),
        read(desk, "parcel_label", parcel.ref),
        read(desk, "desk_parcels"),
    ):
        assert parcel.pickup_code not in page


def test_the_recipient_is_masked_except_where_the_parcel_is_delivered(qidong: Stations, shanghai: Region) -> None:
    parcel = travel(make_parcel(qidong.point, shanghai), qidong.point, qidong.township)
    centre, village = desk_of(cast.make_clerk(qidong.centre)), desk_of(cast.make_clerk(qidong.point))
    for client in (centre, village):
        page = read(client, "desk_parcel", parcel.ref)
        assert "139****5678" in page and "13912345678" not in page and "人民路" not in page and "王芳" not in page
    travel(parcel, qidong.township, qidong.centre)
    assert "13912345678" in read(centre, "desk_parcel", parcel.ref)
    assert "13912345678" not in read(village, "desk_parcel", parcel.ref)
    assert "13912345678" not in read(centre, "parcel_label", parcel.ref), "a label goes through every hand"
    done(parcel, ScanKind.CARRIER, qidong.centre, carrier_number="1")
    done(parcel, ScanKind.DELIVER, qidong.centre)
    assert "13912345678" not in read(centre, "desk_parcel", parcel.ref)


def test_the_pickup_points_clerk_may_call_the_buyer(qidong: Stations, desk: Client) -> None:
    parcel = travel(make_parcel(qidong.centre, qidong.point), qidong.centre, qidong.township)
    assert "13912345678" not in read(desk, "desk_parcel", parcel.ref)
    travel(parcel, qidong.township, qidong.point)
    assert "13912345678" in read(desk, "desk_parcel", parcel.ref)


def test_a_label_bears_the_code_the_number_and_the_way(qidong: Stations, shanghai: Region, desk: Client) -> None:
    parcel = make_parcel(qidong.point, shanghai)
    page = read(desk, "parcel_label", parcel.ref)
    assert "<svg" in page and f"/trace/{parcel.ref}/" in page and parcel.number in page
    assert qidong.township.name_en in page and "Shanghai" in page and "style=" not in page


def test_the_parcel_page_offers_what_fits_here_and_nothing_else(qidong: Stations, shanghai: Region) -> None:
    parcel = travel(make_parcel(qidong.point, shanghai), qidong.point)
    assert 'value="out"' in read(desk_of(cast.make_clerk(qidong.point)), "desk_parcel", parcel.ref)
    for user in (cast.make_clerk(qidong.township), cast.make_official()):
        assert 'name="kind"' not in read(desk_of(user), "desk_parcel", parcel.ref)


def test_a_broken_way_says_why_and_is_planned_again_by_hand(qidong: Stations, shanghai: Region, desk: Client) -> None:
    rates = list(qidong.centre.carrier_rates.all())
    qidong.centre.carrier_rates.all().delete()
    parcel = make_parcel(qidong.point, shanghai)
    assert "No carrier goes from" in read(desk, "desk_parcel", parcel.ref)
    type(rates[0]).objects.bulk_create(rates)
    desk.post(at("parcel_plan", parcel.ref))
    assert parcel.legs.count() == 3
    assert desk_of(cast.make_official()).post(at("parcel_plan", parcel.ref)).status_code == 403


def test_the_inbox_offers_to_apply_what_fits_by_now(qidong: Stations, shanghai: Region) -> None:
    parcel, clerk = make_parcel(qidong.point, shanghai), cast.make_clerk(qidong.township)
    travel(parcel, qidong.point)
    early = held(parcel, ScanKind.IN, qidong.township, clerk)
    client = desk_of(clerk)
    page = read(client, "desk_held")
    assert "doesn&#x27;t fit" in page and 'value="applied"' not in page
    done(parcel, ScanKind.OUT, qidong.point)
    page = read(client, "desk_held")
    assert "It fits by now." in page and 'value="applied"' in page
    for _ in range(2):
        client.post(at("desk_settle", early.pk), {"outcome": "applied"})
    early.refresh_from_db()
    assert early.outcome == Outcome.APPLIED and Handover.objects.filter(parcel=parcel).count() == 3
    assert "applied after all" in read(client, "desk_held")


def test_the_inbox_offers_to_take_in_only_what_can_be(qidong: Stations, shanghai: Region) -> None:
    client = desk_of(cast.make_clerk(qidong.other_township))
    parcel = make_parcel(qidong.point, shanghai)
    held(parcel, ScanKind.IN, qidong.other_township)
    assert 'value="taken_in"' not in read(client, "desk_held"), "it was never collected"
    travel(parcel, qidong.point)
    assert 'value="taken_in"' in read(client, "desk_held")


def test_another_stations_held_scan_is_not_there_and_an_official_may_not_settle(qidong: Stations) -> None:
    scanned = held(make_parcel(qidong.point, qidong.centre), ScanKind.IN, qidong.township)
    path = at("desk_settle", scanned.pk)
    assert desk_of(cast.make_clerk(qidong.other_township)).post(path, {"outcome": "set_aside"}).status_code == 404
    assert desk_of(cast.make_official()).post(path, {"outcome": "set_aside"}).status_code == 403
    scanned.refresh_from_db()
    assert scanned.settled_at is None
    desk_of(cast.make_clerk(qidong.centre)).post(path, {"outcome": "set_aside"})
    scanned.refresh_from_db()
    assert scanned.outcome == Outcome.SET_ASIDE


def test_the_work_list_takes_the_same_queries_however_many_parcels(qidong: Stations, shanghai: Region) -> None:
    client = desk_of(cast.make_clerk(qidong.centre))
    counts = []
    for number in range(2):
        for place in range(3):
            parcel = make_parcel(qidong.point, shanghai, group_ref=f"o{number}{place}")
            travel(parcel, qidong.point, qidong.township, qidong.centre)
        done(parcel, ScanKind.CARRIER, qidong.centre, carrier_number="1")
        pair = [make_parcel(qidong.centre, shanghai, group_ref=f"pair{number}") for _ in range(2)]
        for one in pair:
            done(one, ScanKind.COLLECT, qidong.centre)
        counts.append(queries_of(client))
    assert counts[0] == counts[1]


def queries_of(client: Client) -> int:
    read(client, "desk_parcels")
    with CaptureQueriesContext(connection) as captured:
        read(client, "desk_parcels")
    return len(captured)


def test_a_box_page_leads_to_its_contents(qidong: Stations, shanghai: Region) -> None:
    parcels = [make_parcel(qidong.centre, shanghai) for _ in range(2)]
    for parcel in parcels:
        done(parcel, ScanKind.COLLECT, qidong.centre)
    box = pack_box(parcels=parcels, centre=qidong.centre, by=None, nonce=nonce())
    client = desk_of(cast.make_clerk(qidong.centre))
    assert all(parcel.number in read(client, "desk_parcel", box.ref) for parcel in parcels)
    assert box.number in read(client, "desk_parcel", parcels[0].ref)
