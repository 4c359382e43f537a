"""The pages of lots: what the list shows, what bad input gets, and that the balance stands there."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.lots import Found, record_test
from catalog.models import GradeLimit, GradeScheme, Grading, Lot, LotTest, WriteOff
from tests.cast import Stations, make_clerk, make_lot, make_official, make_product, make_store
from tests.catalog.schemes import make_scheme

pytestmark = pytest.mark.django_db


class Scene:
    """Forty lots of one store, and the clerk."""

    def __init__(self) -> None:
        self.stations = Stations()
        self.clerk: User = make_clerk(self.stations.point)
        self.product = make_product(make_store(self.stations.point))
        self.lots = [make_lot(self.product) for _number in range(40)]
        self.lot: Lot = self.lots[0]

    def page(self, name: str = "") -> str:
        return f"/desk/lots/{self.lot.code}/{name}"


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def desk(scene: Scene, client: Client) -> Client:
    client.force_login(scene.clerk)
    return client


def codes(answer: object) -> list[str]:
    return [lot.code for lot in answer.context["lots"]]  # type: ignore[attr-defined]


def test_the_list_goes_on_by_key_and_keeps_what_was_asked(scene: Scene, desk: Client) -> None:
    first = desk.get("/desk/lots/", {"q": "祁东"})
    assert len(codes(first)) == 30
    second = desk.get("/desk/lots/" + first.context["next_url"])
    assert sorted(codes(first) + codes(second)) == sorted(lot.code for lot in scene.lots)
    assert second.context["q"] == "祁东" and not second.context["next_url"]
    assert codes(desk.get("/desk/lots/", {"q": scene.lot.code})) == [scene.lot.code]
    for odd in ("%' OR 1=1", "\x00", "a" * 10_000, "💥"):
        assert desk.get("/desk/lots/", {"q": odd, "before": "9" * 40}).status_code == 200


def test_only_what_is_held_back(scene: Scene, desk: Client) -> None:
    record_test(
        by=scene.clerk, lot=scene.lot, agency="检测中心", standard="GB 2763-2021", tested_on=dt.date(2026, 7, 20),
        items=[Found("铅", "0.3", "0.2", "mg/kg")],
    )  # fmt: skip
    assert codes(desk.get("/desk/lots/?held")) == [scene.lot.code]


@pytest.mark.parametrize("value", ["-1", "NaN", "Infinity", "1e9", "12,5", "1" * 30, "", "１２.3x"])
def test_bad_measurements_are_refused_and_keep_what_was_typed(scene: Scene, desk: Client, value: str) -> None:
    length, moisture, colour, broken = make_scheme(county_code="430426").criteria.order_by("position")
    sent = {f"c{length.pk}": value, f"c{moisture.pk}": "13", f"c{colour.pk}": "0", f"c{broken.pk}": "1"}
    answer = desk.post(scene.page("grade/"), sent)
    assert answer.status_code == 200 and f"c{length.pk}" in answer.context["form"].errors
    assert not Grading.objects.exists()
    assert desk.post(scene.page("grade/"), {**sent, f"c{length.pk}": "12", f"c{colour.pk}": "7"}).status_code == 200
    assert not Grading.objects.exists()
    assert desk.post(scene.page("grade/"), {**sent, f"c{length.pk}": "１２"}).status_code == 302
    assert Grading.objects.get().grade.name == "特级"  # type: ignore[union-attr]


@pytest.mark.parametrize("grams", ["-3", "0", "1e9", "51", "99999999999"])
def test_bad_weights_change_nothing(scene: Scene, desk: Client, grams: str) -> None:
    for name, sent in (
        ("write-off/", {"grams": grams, "reason": "spoiled"}),
        ("sort/", {"g1": grams}),
        ("together/", {f"g{scene.lot.pk}": grams}),
    ):
        assert desk.post(scene.page(name), sent).status_code == 200
    assert Lot.objects.count() == 40 and not WriteOff.objects.exists()


def test_too_much_sorted_out_is_told_at_the_first_line(scene: Scene, desk: Client) -> None:
    """Whatever the lot's own number, which names a field of the form beside it that puts lots together."""
    Lot.objects.all().delete()
    scene.lot = make_lot(scene.product, pk=3)
    errors = desk.post(scene.page("sort/"), {"g1": "30", "g2": "30"}).context["form"].errors
    assert list(errors) == ["g1"] and "只剩 50 公斤。" in errors["g1"][0]


def test_a_test_in_the_future_or_half_an_item(scene: Scene, desk: Client) -> None:
    address = f"/desk/goods/{scene.product.ref}/lots/{scene.lot.pk}/test/"
    rows = {"items-TOTAL_FORMS": "2", "items-INITIAL_FORMS": "0", "items-0-name": "铅"}
    known = {"agency": "检测中心", "standard": "GB 2763-2021", "tested_on": "2026-07-20", "passed": "yes"}
    ahead = (timezone.localdate() + dt.timedelta(days=1)).isoformat()
    for sent in (
        {**known, **rows},
        {**known, "tested_on": ahead, "items-TOTAL_FORMS": "0", "items-INITIAL_FORMS": "0"},
        {**known, "sampled_on": "2026-07-21", "items-TOTAL_FORMS": "0", "items-INITIAL_FORMS": "0"},
        {**known, "passed": "", "items-TOTAL_FORMS": "0", "items-INITIAL_FORMS": "0"},
        {**known, **rows, "items-TOTAL_FORMS": "9999999"},
    ):
        answer = desk.post(address, sent)
        assert answer.status_code == 200 and not LotTest.objects.exists()
    found = {"items-0-found": "ND", "items-0-limit": "0.2"}
    nameless = {**known, **rows, **found, "items-0-name": "", "items-0-name_en": "lead"}
    assert desk.post(address, nameless).status_code == 200 and not LotTest.objects.exists()
    assert desk.post(address, {**known, **rows, **found}).status_code == 302
    assert LotTest.objects.get().passed


def test_an_item_bears_its_english_name_on_english_pages_alone(scene: Scene, desk: Client) -> None:
    rows = {"items-TOTAL_FORMS": "2", "items-INITIAL_FORMS": "0"}
    for place, name, english in ((0, "水分", "moisture"), (1, "色泽", "")):
        item = f"items-{place}-"
        rows |= {f"{item}name": name, f"{item}name_en": english, f"{item}found": "ND", f"{item}limit": "0.2"}
    known = {"agency": "检测中心", "standard": "GB 2763-2021", "tested_on": "2026-07-20", **rows}
    assert desk.post(f"/desk/goods/{scene.product.ref}/lots/{scene.lot.pk}/test/", known).status_code == 302
    for page in (scene.page(), f"/trace/{scene.lot.ref}/"):
        chinese, english = (desk.get(start + page, follow=True).content.decode() for start in ("", "/en"))
        assert "水分" in chinese and "moisture" not in chinese
        assert "moisture" in english and "水分" not in english and "色泽" in english


def test_an_officials_scheme_and_odd_limits(scene: Scene, client: Client) -> None:
    client.force_login(make_official())
    head = {
        "category": scene.product.category_id,
        "county": "430426",
        "title": "等级",
        "valid_from": "2026-01-01",
        "grades": "特级\n一级",
        "labelled": "特级\n一级",
    }
    for first, third, told in (
        *((odd, "", "limit_1") for odd in ("x", "NaN", "-1", "1e30", "")), ("1", "2", "limit_3"),
    ):  # fmt: skip
        rows = {
            "criteria-TOTAL_FORMS": "1",
            "criteria-INITIAL_FORMS": "0",
            "criteria-0-name": "水分",
            "criteria-0-kind": "most",
        }
        asked = {"criteria-0-limit_1": first, "criteria-0-limit_3": third}
        answer = client.post("/desk/grades/new/", {**head, **rows, **asked})
        assert answer.status_code == 200 and list(answer.context["rows"].forms[0].errors) == [told]
    asked = {"criteria-0-limit_1": "", "criteria-0-limit_2": "14", "criteria-0-limit_3": "-"}
    assert client.post("/desk/grades/new/", {**head, **rows, **asked}).status_code == 302
    assert [limit.grade.name for limit in GradeLimit.objects.select_related("grade")] == ["一级"]
    moved = {**head, "grades": "珍品\n特级\n一级", "labelled": "特级\n一级", **rows, **asked}
    again = client.post("/desk/grades/new/", moved)
    assert "请核对下面各等级的要求" in again.content.decode() and GradeScheme.objects.count() == 1
    assert [str(field.label) for field in again.context["rows"].forms[0].limits][:3] == ["珍品", "特级", "一级"]
    seen = {**moved, "labelled": again.context["form"]["labelled"].value()}
    assert client.post("/desk/grades/new/", seen).status_code == 302
    other = client.post(
        "/desk/grades/new/", {**head, "county": "430822", "criteria-TOTAL_FORMS": "0", "criteria-INITIAL_FORMS": "0"}
    )
    assert other.status_code == 200 and "county" in other.context["form"].errors
