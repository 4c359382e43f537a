"""The farmers' calendar: which of the 24 solar terms (节气) a day belongs to.

A term begins when the sun's apparent longitude passes a multiple of 15 degrees, by China's clock (GB/T 33661-2017). The longitude is
the low-accuracy series of Jean Meeus, Astronomical Algorithms, 2nd edition, chapter 25: good to 0.01 degrees, a quarter of an hour.
"""

import datetime as dt
import math
from functools import lru_cache

J2000_DAY = dt.date(2000, 1, 1).toordinal()
DAYS_A_CENTURY = 36_525
CHINA_AHEAD = 8 / 24  # days ahead of universal time
TERM_DEGREES = 15

# By the sun's longitude, from 0 degrees (the spring equinox) on.
TERMS = (
    ("春分", "Spring Equinox"),
    ("清明", "Clear and Bright"),
    ("谷雨", "Grain Rain"),
    ("立夏", "Summer Begins"),
    ("小满", "Grain Fills"),
    ("芒种", "Grain in Ear"),
    ("夏至", "Summer Solstice"),
    ("小暑", "Lesser Heat"),
    ("大暑", "Greater Heat"),
    ("立秋", "Autumn Begins"),
    ("处暑", "Heat Ends"),
    ("白露", "White Dew"),
    ("秋分", "Autumn Equinox"),
    ("寒露", "Cold Dew"),
    ("霜降", "First Frost"),
    ("立冬", "Winter Begins"),
    ("小雪", "Lesser Snow"),
    ("大雪", "Greater Snow"),
    ("冬至", "Winter Solstice"),
    ("小寒", "Lesser Cold"),
    ("大寒", "Greater Cold"),
    ("立春", "Spring Begins"),
    ("雨水", "Rain Water"),
    ("惊蛰", "Insects Awaken"),
)


def sun_longitude(days: float) -> float:
    """The sun's apparent longitude in degrees, `days` after 2000-01-01 12:00 universal time (Meeus, chapter 25)."""
    century = days / DAYS_A_CENTURY
    mean = 280.46646 + 36000.76983 * century + 0.0003032 * century**2
    anomaly = math.radians(357.52911 + 35999.05029 * century - 0.0001537 * century**2)
    centre = (1.914602 - 0.004817 * century) * math.sin(anomaly) + 0.019993 * math.sin(2 * anomaly)
    centre += 0.000289 * math.sin(3 * anomaly)
    node = math.radians(125.04 - 1934.136 * century)
    return (mean + centre - 0.00569 - 0.00478 * math.sin(node)) % 360


@lru_cache(maxsize=8)
def solar_term(date: dt.date) -> tuple[str, str]:
    """The term that a day in China belongs to, in Chinese and English; a term's first day is the one on which it begins."""
    midnight_after = date.toordinal() + 1 - J2000_DAY - 0.5 - CHINA_AHEAD
    return TERMS[int(sun_longitude(midnight_after) // TERM_DEGREES)]
