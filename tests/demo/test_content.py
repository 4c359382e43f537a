"""The demo's texts and figures: whole in both languages, within the models' limits, and free of words that advertising may not use."""

import re
import tomllib
from typing import Any

import pytest

from catalog.certifying import NAMES as CERTIFICATES
from catalog.models import Certificate, CertificateKind, Product, Variant
from demo.goods import CONTENT, county_files, in_season, store_rows
from demo.halls import HALLS
from demo.pictures.draw import FORMS, SCENES
from demo.stations import PLANS
from sellers.models import HouseholdKind, Store

ROWS = store_rows()
GOODS = [(row, goods) for row in ROWS for goods in row.get("products", [])]
# Superlatives that the Advertising Law (art. 9) forbids, and claims of healing that food may not make (art. 17).
FORBIDDEN = re.compile(
    "最|第一|国家级|顶级|极品|唯一|首选|绝对|万能|祖传|疗效|治疗|治愈|养生|保健|抗癌|降血|美容|补血|延年|百分之百|100%|特供|全网"
)
CLAIMS = re.compile(r"\b(best|finest|number one|cures?|heals?|healthy|superfood|guaranteed|miracle)\b", re.IGNORECASE)


def categories() -> dict[str, Any]:
    with (CONTENT / "categories.toml").open("rb") as file:
        return {row["slug"]: row for row in tomllib.load(file)["categories"]}


def limit(model: Any, field: str) -> int:
    length: int = model._meta.get_field(field).max_length
    return length


def words(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(words(item) for item in value.values())
    if isinstance(value, list):
        return " ".join(words(item) for item in value)
    return str(value)


def test_there_is_enough_of_it() -> None:
    per_county = {path.stem: sum(row["county"] == path.stem for row in ROWS) for path in county_files()}
    assert set(per_county) == {plan.code[:6] for plan in PLANS}
    assert len(ROWS) >= 44 and len(GOODS) >= 125
    for county in per_county:
        flows = {goods["category"] in {"household", "farm-inputs"} for row, goods in GOODS if row["county"] == county}
        assert flows == {True, False}, f"{county} sells in one direction only"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_store(row: dict[str, Any]) -> None:
    for field in ("name", "name_en", "story", "story_en"):
        assert 0 < len(row[field]) <= limit(Store, field), field
    assert 40 <= len(row["story"]) <= 130
    plan = next(plan for plan in PLANS if plan.code.startswith(row["county"]))
    assert not plan.townships or row["township"] in plan.townships
    assert row["picture"][1] in FORMS[row["picture"][0]]
    assert row.get("kind", "household") in HouseholdKind.values
    assert row.get("stage", "open") in {"open", "submitted", "recommended", "returned"}
    assert bool(row.get("reason")) == (row.get("stage") == "returned")


@pytest.mark.parametrize(("row", "goods"), GOODS, ids=lambda item: item["name"])
def test_goods(row: dict[str, Any], goods: dict[str, Any]) -> None:
    for field in ("name", "name_en", "summary", "summary_en", "story", "story_en"):
        assert 0 < len(goods[field]) <= limit(Product, field), field
    assert len(goods["summary"]) <= 40
    assert 50 <= len(goods["story"]) <= 135
    kinds = categories()
    category = kinds[goods["category"]]
    if "grade" in goods:
        assert 1 <= goods["grade"] <= len(category["scheme"]["grades"])
    assert 1 <= len(goods["picture"]) <= 3
    for subject, form in goods["picture"]:
        assert form in FORMS[subject], (subject, form)
    assert set(goods.get("certificates", [])) <= set(CERTIFICATES) <= set(CertificateKind.values)
    assert all(1 <= month <= 12 for month in goods.get("season", []))


@pytest.mark.parametrize(("row", "goods"), GOODS, ids=lambda item: item["name"])
def test_packs(row: dict[str, Any], goods: dict[str, Any]) -> None:
    packs = goods.get("packs", goods.get("days", []))  # a visit has days
    names = [pack["name"] for pack in packs]
    assert len(set(names)) == len(names) > 0
    assert "presale" not in goods or goods["presale"]["pack"] in names
    for pack in goods.get("days", []):
        assert (
            0 < len(pack["name"]) <= 20
            and pack["name_en"]
            and set(pack["weekdays"]) <= set(range(7))
            and pack["places"] > 0
        )
    for pack in goods.get("packs", []):
        assert 0 < len(pack["name"]) <= limit(Variant, "name") and 0 < len(pack["name_en"]) <= limit(Variant, "name_en")
        assert 3 <= pack["yuan"] <= 1000 and round(pack["yuan"] * 100, 6) % 1 == 0
        assert 40 <= pack["stock"] <= 400 * pack.get("boxes", {}).get("deliveries", 1) or "presale" in goods
        assert pack.get("by_weight") or 30 <= pack["grams"] <= 6000


def test_names_are_not_said_twice() -> None:
    names = [(row["name"], goods["name"]) for row, goods in GOODS]
    assert len(set(names)) == len(names)
    assert len({row["name"] + row["county"] for row in ROWS}) == len(ROWS)


def test_no_word_that_advertising_may_not_use() -> None:
    for row in [*ROWS, *HALLS]:
        said = words({key: value for key, value in row.items() if key != "picture"})
        assert not FORBIDDEN.search(said), (row.get("name"), FORBIDDEN.search(said))
        assert not CLAIMS.search(said), (row.get("name"), CLAIMS.search(said))


def test_raw_daylilies_come_with_the_warning() -> None:
    fresh = [goods for _row, goods in GOODS if goods["category"] == "daylily" and goods.get("chilled")]
    assert fresh
    for goods in fresh:
        assert "鲜黄花菜须焯水、浸泡后食用" in goods["story"] and "blanched" in goods["story_en"]


def test_halls_name_what_the_county_sells() -> None:
    assert {hall["county"] for hall in HALLS} == {row["county"] for row in ROWS}
    for hall in HALLS:
        stores = {row["name"] for row in ROWS if row["county"] == hall["county"] and "stage" not in row}
        named = {goods["name"] for row, goods in GOODS if row["county"] == hall["county"]}
        assert hall.get("scene", SCENES[0]) in SCENES
        for part in hall["parts"]:
            assert set(part.get("stores", [])) <= stores and set(part.get("goods", [])) <= named


def test_seasons_run_over_the_turn_of_the_year() -> None:
    assert in_season((11, 2), 1) and in_season((6, 8), 8) and not in_season((11, 2), 3)
    assert Certificate._meta.get_field("demo")
