"""The solar terms begin on the days that China's calendar gives them."""

import datetime as dt

import pytest

from shop.almanac import solar_term

# First days in China's published calendars.
FIRST_DAYS = [
    (dt.date(2024, 2, 4), "立春"),
    (dt.date(2024, 3, 20), "春分"),
    (dt.date(2024, 8, 7), "立秋"),
    (dt.date(2025, 4, 4), "清明"),
    (dt.date(2025, 12, 21), "冬至"),
    (dt.date(2026, 6, 21), "夏至"),
    (dt.date(2026, 11, 22), "小雪"),
]


@pytest.mark.parametrize(("day", "term"), FIRST_DAYS)
def test_a_term_begins_on_its_day(day: dt.date, term: str) -> None:
    assert solar_term(day)[0] == term
    assert solar_term(day - dt.timedelta(days=1))[0] != term


def test_a_year_has_all_twenty_four() -> None:
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(365)]
    assert len({solar_term(day) for day in days}) == 24
