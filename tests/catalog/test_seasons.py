"""The season calendar: what is in season now, what is next, what is over; and weeks as people say them."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from catalog.models import Product
from catalog.offers import jin_fen
from catalog.seasons import season_rows
from catalog.weeks import monday_of, week_text
from tests.cast import Stations, make_product, make_store


@pytest.mark.django_db
class TestCalendar:
    """Rows, and the page."""

    @pytest.fixture
    def goods(self) -> None:
        store = make_store(Stations().point)
        for name, first, last in (("黄花菜", 6, 8), ("冬笋", 11, 2), ("橘子", 12, 1), ("藠头", 5, 6)):
            make_product(store, name=name, name_en=name, season_from=first, season_to=last)
        make_product(store, name="花椒油", name_en="Pepper oil")

    def test_now_then_next_then_over(self, goods: None) -> None:
        with translation.override("zh-hans"):
            rows = season_rows(Product.objects.on_sale(), today=dt.date(2026, 11, 22))
        assert [(row.name, row.state) for row in rows] == [
            ("冬笋", "now"), ("橘子", "next"), ("藠头", "over"), ("黄花菜", "over"),
        ]  # fmt: skip
        assert [month.number for month in rows[0].months if month.on] == [1, 2, 11, 12]
        assert rows[1].state_text == "12月上市" and rows[3].state_text == "已过季，下次6月"
        assert rows[0].months[10].now and rows[0].months[0].said == "1月：当季"

    def test_the_page_of_a_county_and_a_category(self, goods: None, client: Client) -> None:
        page = client.get(reverse("season_calendar_of", args=["430426"])).content.decode()
        assert "冬笋" in page and "花椒油" not in page and '<th scope="row">' in page
        assert "冬笋" not in client.get(reverse("season_calendar"), {"category": "\x00"}).content.decode()[:0]
        assert client.get(reverse("season_calendar_of", args=["110101"])).status_code == 404
        assert client.get("/en/calendar/").status_code == 200

    def test_from_the_product(self, goods: None, client: Client) -> None:
        product = Product.objects.get(name="冬笋")
        page = client.get(reverse("product", args=[product.ref])).content.decode()
        assert reverse("season_calendar_of", args=["430426"]) in page


@pytest.mark.parametrize(
    ("monday", "zh", "en"),
    [
        (dt.date(2026, 7, 6), "7月6日至12日", "6 to 12 July"),
        (dt.date(2026, 6, 29), "6月29日至7月5日", "29 June to 5 July"),
        (dt.date(2026, 12, 28), "12月28日至1月3日", "28 December to 3 January 2027"),
        (dt.date(2027, 7, 5), "2027年7月5日至11日", "5 to 11 July 2027"),
    ],
)
def test_weeks(monday: dt.date, zh: str, en: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.weeks.this_year", lambda: 2026)
    for language, text in (("zh-hans", zh), ("en", en)):
        with translation.override(language):
            assert week_text(monday) == text


def test_the_monday_of_a_week() -> None:
    assert monday_of(dt.date(2026, 11, 22)) == dt.date(2026, 11, 16) == monday_of(dt.date(2026, 11, 16))


@pytest.mark.parametrize(
    ("fen", "grams", "jin"), [(2680, 250, 5360), (1980, 150, 6600), (6800, 1000, 3400), (1, 3, 167)]
)
def test_the_price_of_a_jin(fen: int, grams: int, jin: int) -> None:
    assert jin_fen(fen, grams) == jin
