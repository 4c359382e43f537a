"""Listings that a phone kept without a line: each taken in once, or kept for a person with both versions."""

import datetime as dt
import io
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django.fixtures import Settings

from accounts.references import public_reference
from catalog.models import Product, ProductStatus
from sellers.filled import submissions_about
from sellers.models import Household, HouseholdKind, Mandate, Store, StoreStatus, Submission, SubmissionState
from sellers.offline import phone_owner
from stations.models import Posting
from tests import cast

pytestmark = pytest.mark.django_db


class Scene:
    """A clerk whose phone kept a listing for a farmer's store."""

    def __init__(self) -> None:
        self.stations = cast.Stations()
        self.store: Store = cast.make_store(self.stations.point)
        self.clerk = cast.make_clerk(self.stations.point, "周小兰")
        cast.make_category()

    def form(self, **changes: Any) -> dict[str, Any]:
        file = io.BytesIO()
        Image.new("RGB", (800, 600), (214, 150, 60)).save(file, "JPEG")
        fields = {
            "store": self.store.slug, "ref": public_reference(), "name": "祁东黄花菜", "pack": "500", "price_fen": "38.8",
            "on_hand": "20", "harvest": "day", "harvested_on": timezone.localdate().isoformat(),
            "photograph": SimpleUploadedFile("a.jpg", file.getvalue(), "image/jpeg"), **changes,
        }  # fmt: skip
        head = {
            "kind": "listing", "nonce": str(uuid.uuid4()), "owner": phone_owner(self.clerk), "station": self.store.station_id,
            "filled_in_at": timezone.now().isoformat(),
        }  # fmt: skip
        return {**head, **{f"listing-{name}": value for name, value in fields.items()}}


@pytest.fixture
def scene(settings: Settings, tmp_path: Path) -> Scene:
    settings.MEDIA_ROOT = str(tmp_path)
    return Scene()


@pytest.fixture
def phone(scene: Scene, client: Client) -> Client:
    client.force_login(scene.clerk)
    return client


def sync(phone: Client, form: dict[str, Any]) -> dict[str, str]:
    for value in form.values():
        if isinstance(value, SimpleUploadedFile):
            value.seek(0)
    response = phone.post("/desk/sync/", form)
    assert response.status_code == 200, response.content.decode()
    answer: dict[str, str] = response.json()
    return answer


def test_it_is_listed_once_however_often_it_is_sent(scene: Scene, phone: Client) -> None:
    form = scene.form()
    answers = [sync(phone, form) for _ in range(3)]
    product = Product.objects.get()
    assert product.status in (ProductStatus.IN_REVIEW, ProductStatus.LISTED) and product.listed_by == scene.clerk
    assert answers[0] == answers[1] == answers[2]
    assert (answers[0]["state"], answers[0]["url"]) == ("applied", f"/desk/goods/{product.ref}/")
    kept = Submission.objects.get()
    assert (kept.sealed, kept.folder, kept.store, kept.made) == (None, "", scene.store, product.ref)


def test_the_same_listing_by_two_ways_is_there_once(scene: Scene, phone: Client) -> None:
    """The page got through, its answer did not: the phone sends it again from its queue."""
    form = scene.form()
    fields = {name: value for name, value in form.items() if name.startswith("listing-")}
    assert phone.post(f"/desk/stores/{scene.store.slug}/quick/", fields).status_code == 302
    assert sync(phone, form)["state"] == "applied"
    assert Product.objects.count() == 1


def test_another_form_under_a_known_number_is_refused(scene: Scene, phone: Client) -> None:
    form = scene.form()
    sync(phone, form)
    other = scene.form(name="另一种黄花菜") | {"nonce": form["nonce"]}
    assert phone.post("/desk/sync/", other).status_code == 409
    assert Product.objects.count() == 1


def inbox(phone: Client) -> str:
    text: str = phone.get(f"/desk/submissions/{Submission.objects.get().pk}/").content.decode()
    return text


def settle(phone: Client, **sent: str) -> Submission:
    phone.post(f"/desk/submissions/{Submission.objects.get().pk}/", sent)
    return Submission.objects.get()


def test_goods_of_the_same_name_wait_with_both_versions(scene: Scene, phone: Client) -> None:
    twin = cast.make_product(scene.store, name="祁东黄花菜")
    cast.make_variant(twin, price_fen=4200, on_hand=7)
    assert sync(phone, scene.form())["state"] == "conflict"
    text = inbox(phone)
    assert "38.8" in text and "42" in text and Product.objects.count() == 1
    assert settle(phone, act="phones").state == SubmissionState.SETTLED
    assert Product.objects.exclude(pk=twin.pk).get().variants.get().price_fen == 3880


def test_a_store_that_closed_meanwhile(scene: Scene, phone: Client) -> None:
    Store.objects.update(status=StoreStatus.CLOSED)
    assert sync(phone, scene.form())["state"] == "conflict"
    assert "店铺已关闭" in inbox(phone)
    assert settle(phone, act="discard").message == "discarded" and not Product.objects.exists()


def test_a_mandate_that_ended_meanwhile(scene: Scene, phone: Client) -> None:
    Mandate.objects.update(withdrawn_at=timezone.now())
    assert sync(phone, scene.form())["state"] == "conflict"
    assert "授权" in inbox(phone)
    Mandate.objects.update(withdrawn_at=None)
    assert settle(phone, act="correct").state == SubmissionState.SETTLED
    assert Product.objects.count() == 1


def test_bad_answers_are_corrected_in_the_inbox(scene: Scene, phone: Client) -> None:
    assert sync(phone, scene.form(price_fen="-1", name="🌼🌼"))["state"] == "conflict"
    assert "文字" in inbox(phone)
    settle(phone, act="correct", **{"listing-name": "祁东黄花菜", "listing-price_fen": "40"})
    product = Product.objects.get()
    assert (product.name, product.variants.get().price_fen, product.picture is not None) == ("祁东黄花菜", 4000, True)


def test_somebody_posted_elsewhere_since_gives_it_to_the_station(scene: Scene, phone: Client) -> None:
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    Posting.objects.update(starts_on=yesterday, ends_on=yesterday)
    assert sync(phone, scene.form())["state"] == "conflict"
    successor = cast.make_clerk(scene.stations.point, "彭小玲")
    client = Client()
    client.force_login(successor)
    assert settle(client, act="correct").state == SubmissionState.SETTLED
    assert Product.objects.get().listed_by == successor


def test_a_store_of_others_is_not_found(scene: Scene, phone: Client) -> None:
    foreign = cast.make_store(scene.stations.other_point)
    assert sync(phone, scene.form(store=foreign.slug))["state"] == "conflict"
    assert "找不到" in inbox(phone) and foreign.label not in inbox(phone)
    assert not Product.objects.exists()


def test_an_unknown_kind_of_form_is_refused(scene: Scene, phone: Client) -> None:
    assert phone.post("/desk/sync/", scene.form() | {"kind": "cake"}).status_code == 400
    assert not Submission.objects.exists()


def test_a_form_about_a_family_is_known_as_theirs(scene: Scene, phone: Client) -> None:
    cast.make_product(scene.store, name="祁东黄花菜")
    sync(phone, scene.form())
    assert submissions_about(scene.store.household).count() == 1


def test_the_offline_page_offers_the_stores_of_the_desk(scene: Scene, phone: Client) -> None:
    foreign = cast.make_store(
        scene.stations.other_point, household=cast.make_household(scene.stations.other_point, "王建国")
    )
    point = scene.stations.point
    household = Household.objects.create(kind=HouseholdKind.STATION, station=point, region=point.region, name="集货")
    gathering = cast.make_store(point, household=household)
    text = phone.get("/desk/offline/").content.decode()
    assert f'value="{scene.store.slug}"' in text and "离线上架商品" in text
    assert foreign.slug not in text and f'value="{gathering.slug}"' not in text
    assert "catalog/offline_listing.js" in phone.get("/service-worker.js").content.decode()
