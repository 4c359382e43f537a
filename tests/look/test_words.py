"""Money, weights, days and pictures read as a Chinese or an English reader expects them."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.template import engines
from django.utils import timezone, translation

from shop.templatetags import daylily


@pytest.mark.parametrize(
    ("fen", "text"),
    [(1280, "¥12.80"), (0, "¥0.00"), (5, "¥0.05"), (123_456_789, "¥1,234,567.89"), (-1280, "−¥12.80"), (None, "")],
)
def test_money_is_exact_to_the_fen(fen: int | None, text: str) -> None:
    assert daylily.money(fen) == text


def test_money_takes_what_carries_fen() -> None:
    assert daylily.money(SimpleNamespace(fen=3880)) == "¥38.80"


@pytest.mark.parametrize(
    ("grams", "zh", "en"),
    [
        (500, "500\u00a0克", "500\u00a0g"),
        (1500, "1.5\u00a0公斤", "1.5\u00a0kg"),
        (1000, "1\u00a0公斤", "1\u00a0kg"),
        (2150, "2.15\u00a0公斤", "2.15\u00a0kg"),
    ],
)
def test_weight(grams: int, zh: str, en: str) -> None:
    with translation.override("zh-hans"):
        assert daylily.weight(grams) == zh
    with translation.override("en"):
        assert daylily.weight(grams) == en


def test_a_day_is_shanghais() -> None:
    """17:00 UTC is already the next day in Qidong."""
    year = timezone.localdate().year
    evening = dt.datetime(year, 11, 23, 17, 0, tzinfo=dt.UTC)
    weekday = dt.date(year, 11, 24).weekday()
    with translation.override("zh-hans"):
        assert daylily.day(evening) == f"11月24日 {daylily.WEEKDAYS_ZH[weekday]}"
        assert daylily.moment(evening).endswith(" 01:00")
    with translation.override("en"):
        assert daylily.day(evening) == f"{daylily.WEEKDAYS_EN[weekday]} 24 Nov"


def test_a_day_of_another_year_names_it() -> None:
    with translation.override("zh-hans"):
        assert daylily.day(dt.date(2019, 5, 1)) == "2019年5月1日 周三"
    with translation.override("en"):
        assert daylily.day(dt.date(2019, 5, 1)) == "Wed 1 May 2019"


def test_headline_figures_are_in_ten_thousands_in_chinese() -> None:
    with translation.override("zh-hans"):
        assert daylily.yuan(341_570_000) == "341.57\u00a0万元"
        assert daylily.yuan(99_900) == "¥999"
    with translation.override("en"):
        assert daylily.yuan(341_575_000) == "¥3,415,750"


def test_the_price_on_a_card_drops_a_whole_yuans_zeros_alone() -> None:
    assert ">¥</i>46</span>" in daylily.price(4600)
    assert ">¥</i>46.50</span>" in daylily.price(4650)


def _picture(**more: Any) -> SimpleNamespace:
    sources = {"avif": [[240, "/m/a.avif"], [480, "/m/b.avif"]], "jpeg": [[480, "/m/b.jpg"]]}
    return SimpleNamespace(
        **{
            "sources": sources,
            "width": 1200,
            "height": 900,
            "alt_zh": "黄花菜",
            "alt_en": 'a "bunch"',
            "title": "t",
            **more,
        }
    )


def test_a_picture_offers_its_renditions_and_keeps_its_room() -> None:
    with translation.override("en"):
        html = daylily.picture(_picture(), sizes="50vw")
    assert '<source type="image/avif" srcset="/m/a.avif 240w, /m/b.avif 480w" sizes="50vw">' in html
    assert 'width="480" height="360"' in html
    assert 'alt="a &quot;bunch&quot;"' in html
    assert 'loading="lazy"' in html


def test_the_first_picture_is_not_lazy_and_a_missing_one_is_paper() -> None:
    assert "lazy" not in daylily.picture(_picture(), eager=True)
    assert daylily.picture(None) == '<span class="no-picture"></span>'


def test_a_script_in_a_name_stays_text_on_a_card() -> None:
    card = SimpleNamespace(
        url="/p/1/",
        name="<script>x</script>",
        place="",
        farmer="",
        grams=500,
        fen=100,
        picture=None,
        seals=["<b>"],
        arrives=None,
        sold_out=False,
        several=False,
        note="",
    )
    html = engines["django"].from_string('{% include "components/product_card.html" %}').render({"card": card})
    assert "<script>" not in html
    assert "<b>" not in html


def test_bars_are_in_proportion() -> None:
    rows = daylily.bars([("祁东县", 200), ("桑植县", 50), ("新化县", 0)], unit="count")["rows"]
    assert [row["share"] for row in rows] == ["100.0%", "25.0%", "0.0%"]


def test_charts_of_nothing_do_not_divide_by_it() -> None:
    assert daylily.bars([])["rows"] == []
    assert daylily.columns([("1月", 0)])["months"][0]["marks"][0]["height"] == "0.00"


def test_a_form_says_in_plain_chinese_what_is_missing() -> None:
    """Wagtail's own Chinese for it, 必需字段 ('mandatory field'), is a programmer's word."""
    form = type("Form", (forms.Form,), {"kilograms": forms.IntegerField(label="多少公斤", min_value=1)})
    with translation.override("zh-hans"):
        assert "这一项必填。" in str(form({}))
        assert "多少公斤</a>：不能小于 1。" in str(form({"kilograms": "-1"}))
