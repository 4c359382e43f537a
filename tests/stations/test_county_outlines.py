"""The outlines behind the maps: small, plausible, and the same from the same package."""

import pytest

from stations.data.county_outlines import FILE, read_outline
from stations.data.outlines import Outline
from stations.data.simplifying import TOLERANCE, simplified, write_outlines
from stations.data.source import read_points

SEEDS = ("430426", "430822", "431322", "621202", "621221", "621226")


@pytest.mark.parametrize("county", SEEDS)
def test_the_seeds_counties_lie_within_their_outlines(county: str) -> None:
    rings = read_outline(county)
    assert all(len(ring) > 3 and ring[0] == ring[-1] for ring in rings)
    split = [([x for x, _y in ring], [y for _x, y in ring]) for ring in rings]
    everywhere = (-180.0, -90.0, 180.0, 90.0)
    assert Outline(split, everywhere).contains(*read_points()[f"{county}000000"])


def test_no_such_county_has_none() -> None:
    assert read_outline("999999") == []
    assert read_outline("430426; DROP") == []


def test_a_simplified_line_stays_near_the_points_it_leaves_out() -> None:
    wave = [(x, round(30 * (x % 40 - 20) ** 2 / 400)) for x in range(400)]
    kept = simplified(wave)
    assert kept[0] == wave[0]
    assert kept[-1] == wave[-1]
    assert len(kept) < len(wave) / 4
    for x, y in wave:
        before = max(point for point in kept if point[0] <= x)
        after = min(point for point in kept if point[0] >= x)
        share = (x - before[0]) / ((after[0] - before[0]) or 1)
        assert abs(before[1] + share * (after[1] - before[1]) - y) <= TOLERANCE * 2


def test_the_committed_file_is_what_the_package_gives(tmp_path: object) -> None:
    made = tmp_path / "outlines.csv.xz"  # type: ignore[operator]
    write_outlines(made)
    assert made.read_bytes() == FILE.read_bytes()
