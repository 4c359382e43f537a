"""Wide scenes for the halls and the home page, and the portrait of a station point."""

import math
import zlib
from collections.abc import Callable
from random import Random

from demo.pictures import palette, scenery, village
from demo.pictures.plate import Plate
from demo.pictures.scenes_station import station_point, village_station
from demo.pictures.strokes import Points, arc, ellipse, ribbon, spline, turned
from demo.pictures.subjects import pepper, rice, tea

WIDE = (1600, 700)


PORTRAIT = (900, 1200)


def paint(name: str, seed: int) -> str:
    """Draw a scene by its name and return SVG text; raises KeyError for a name not in SCENES."""
    size, painter = SCENES[name]
    rng = Random(zlib.crc32(f"{name}/{seed}".encode()))  # noqa: S311 - it draws, it guards nothing
    plate = Plate(size[0], size[1], rng)
    with plate.place(complex(size[0] / 2, size[1] / 2)):
        painter(plate, size[0] / 2, size[1] / 2)
        spots = [
            complex(plate.rng.uniform(-1, 1) * size[0] / 2, plate.rng.uniform(-1, 1) * size[1] / 2) for _ in range(120)
        ]
        plate.dots(spots, 1.8, palette.PAPER, 0.5)
    return plate.svg()


def daylily_field(plate: Plate, w: float, h: float) -> None:
    """Qidong at dawn: rows of daylilies run to the hills, pickers among them."""
    rng = plate.rng
    scenery.sky(
        plate,
        w,
        h,
        palette.mix(palette.ORANGE_PALE, palette.PAPER, 0.35),
        palette.mix(palette.ORANGE_LIGHT, palette.ORANGE_PALE, 0.45),
        5,
    )
    vanish = complex(rng.uniform(80, 260), -70)
    scenery.sun(plate, complex(vanish.real + 40, -128), 104, palette.mix(palette.ORANGE, palette.ORANGE_LIGHT, 0.35))
    scenery.ridge(plate, w, h, -120, 46, palette.mix(palette.LAKE, palette.PLUM, 0.22))
    scenery.mist(plate, w, -62, palette.ORANGE_PALE, 4)
    scenery.ridge(plate, w, h, -62, 24, palette.mix(palette.LEAF, palette.LAKE, 0.4))
    for x in (-560, -500, -420, 560):
        village.cottage(plate, complex(x + rng.uniform(-14, 14), -24), rng.uniform(62, 80))
    soil = palette.mix(palette.EARTH, palette.RED, 0.22)
    plate.fill(
        [
            *spline([complex(-w - 20, -22), complex(-200, -34), vanish + 44j, complex(w + 20, -26)], steps=8),
            complex(w + 20, h + 20),
            complex(-w - 20, h + 20),
        ],
        palette.mix(soil, palette.STRAW, 0.35),
    )
    _lily_rows(plate, w, h, vanish + 30j, soil)


def _lily_rows(plate: Plate, w: float, h: float, vanish: complex, soil: str) -> None:
    """Rows of clumps in perspective, the farthest first, two pickers standing between them."""
    rng = plate.rng
    for k in range(-9, 10):
        foot = complex(vanish.real + (k + 0.5) * 400, h + 120)
        edge = complex(foot.real + 150, foot.imag)
        plate.fill([vanish + 2j, foot, edge], palette.mix(soil, palette.INK, 0.2), 0.55)
    pickers = {5: (-2.5, palette.mix(palette.LAKE, palette.INK, 0.2)), 7: (1.5, palette.RED)}
    for depth in range(13):
        f = ((depth + 1) / 13) ** 2.0
        y = vanish.imag + (h + 60 - vanish.imag) * f
        scale = (y - vanish.imag) / (h + 120 - vanish.imag)
        size = 30 + 265 * scale
        for k in range(-9, 10):
            x = vanish.real + k * 400 * scale
            if abs(x) < w + 120:
                with plate.finer(0.75):
                    village.clump(
                        plate,
                        complex(x + rng.uniform(-10, 10) * scale, y),
                        size * rng.uniform(0.9, 1.1),
                        flowers=3 if depth > 2 else 2,
                    )
        if depth in pickers:
            k_at, coat = pickers[depth]
            village.farmer(plate, complex(vanish.real + k_at * 400 * scale, y + 6), size * 1.55, coat)


def tea_mountain(plate: Plate, w: float, h: float) -> None:
    """Sangzhi: clipped rows of tea wind round the hills below the stone pillars."""
    rng = plate.rng
    scenery.sky(
        plate,
        w,
        h,
        palette.mix(palette.LAKE, palette.WHITE, 0.66),
        palette.mix(palette.LEAF_PALE, palette.PAPER, 0.4),
        5,
    )
    scenery.sun(
        plate, complex(rng.uniform(-480, -300), -210), 66, palette.mix(palette.ORANGE_PALE, palette.ORANGE_LIGHT, 0.4)
    )
    scenery.pillars(plate, w, -40, palette.mix(palette.LAKE, palette.PAPER, 0.42), 300)
    scenery.mist(plate, w, -110, palette.PAPER, 5)
    scenery.pillars(plate, w, -20, palette.mix(palette.LAKE, palette.STRAW, 0.5), 225)
    scenery.mist(plate, w, -60, palette.PAPER, 6)
    scenery.ridge(plate, w, h, -36, 26, palette.mix(palette.LEAF_LIGHT, palette.LAKE, 0.45))
    scenery.mist(plate, w, -10, palette.mix(palette.PAPER, palette.LEAF_PALE, 0.5), 4)
    hills = ((-520, 10, 640, 360), (620, -14, 680, 380), (30, 96, 800, 330))
    for n, (place, top, wide, tall) in enumerate(hills):
        x = place + rng.uniform(-30, 30)
        _tea_hill(plate, h, complex(x, top + tall), wide, tall)
        if n < 2:
            village.farmer(
                plate,
                complex(x + rng.uniform(-130, 130), top + 92),
                92,
                (palette.RED, palette.mix(palette.LAKE, palette.INK, 0.2))[n],
            )
    for at, way, size in ((complex(w - 130, h + 30), -112, 330), (complex(w - 40, h + 10), -138, 270)):
        tea.flush(plate, at, turned(way), size)


def _tea_hill(plate: Plate, h: float, centre: complex, wide: float, tall: float) -> None:
    """One round hill, its rows of tea following the slope like the lines of a map."""
    ground = palette.mix(palette.LEAF_LIGHT, palette.STRAW, 0.35)
    crown = ellipse(centre, wide, tall, start=180, stop=360, steps=48)
    plate.fill([*crown, complex(centre.real + wide, h + 20), complex(centre.real - wide, h + 20)], ground)
    plate.line(crown, 3, palette.mix(ground, palette.LEAF_DEEP, 0.6), "none")
    for r in range(14):
        f = r / 13
        sink = 20 + 25 * r + 1.6 * r * r
        ring = ellipse(
            centre + complex(0, sink), wide * (0.985 - 0.03 * f), tall * (1 - 0.05 * r), start=184, stop=356, steps=170
        )
        way = [z for z in ring if z.imag < h + 50]
        scenery.bush_row(plate, way, 11 + 11 * f, palette.mix(palette.LEAF, palette.LEAF_LIGHT, 0.62 - 0.42 * f))


def terraces(plate: Plate, w: float, h: float) -> None:
    """Xinhua: the flooded steps of Ziquejie, a hamlet on the spur."""
    rng = plate.rng
    scenery.sky(
        plate,
        w,
        h,
        palette.mix(palette.LAKE, palette.WHITE, 0.62),
        palette.mix(palette.ORANGE_PALE, palette.WHITE, 0.1),
        5,
    )
    scenery.sun(plate, complex(rng.uniform(260, 460), -228), 62, palette.ORANGE_LIGHT)
    scenery.ridge(plate, w, h, -170, 48, palette.mix(palette.LAKE, palette.PAPER, 0.25))
    scenery.mist(plate, w, -120, palette.PAPER, 6)
    scenery.ridge(plate, w, h, -112, 34, palette.mix(palette.LEAF, palette.LAKE, 0.35))
    spur = rng.uniform(180, 340)
    for x in range(5):
        village.tree(plate, complex(spur - 150 + 86 * x, -74), rng.uniform(80, 110), palette.LEAF)
    for x, y in ((-80, -66), (10, -56), (96, -64), (180, -54)):
        village.cottage(
            plate, complex(spur + x, y + 6), rng.uniform(84, 98), palette.mix(palette.STRAW, palette.EARTH, 0.4)
        )
    rows = 14
    lips = [_terrace_line(w, -62 + 420 * (r / rows) ** 1.15, r / rows, spur, rng) for r in range(rows + 2)]
    for r in range(rows + 1):
        _terrace(plate, lips[r], lips[r + 1], 6 + 11 * r / rows)
    village.farmer(plate, complex(spur - 330, 176), 120, palette.mix(palette.RED, palette.ORANGE, 0.3))
    for k in range(5):
        with plate.place(complex(-w + 90 + 74 * k, h - rng.uniform(40, 70)), rng.uniform(0.6, 0.72)):
            rice.sprig_rice(plate, 0j, 190)


def _terrace(plate: Plate, upper: Points, lower: Points, wall: float) -> None:
    """One step of the hillside: fields parted by dikes, flooded or green, and the bank which holds them."""
    rng = plate.rng
    water = (
        palette.mix(palette.LAKE, palette.WHITE, 0.55),
        palette.mix(palette.LAKE, palette.WHITE, 0.72),
        palette.mix(palette.ORANGE_PALE, palette.WHITE, 0.25),
    )
    green = (palette.LEAF_LIGHT, palette.mix(palette.LEAF_LIGHT, palette.STRAW, 0.3))
    last = len(upper) - 1
    cuts = [0, *sorted(rng.sample(range(8, last - 6), 5)), last]
    for a, b in zip(cuts, cuts[1:], strict=False):
        flooded = rng.random() < 0.62
        plate.fill(upper[a : b + 1] + lower[a : b + 1][::-1], rng.choice(water if flooded else green))
        middle = [(p + q) / 2 for p, q in zip(upper[a : b + 1], lower[a : b + 1], strict=True)]
        if flooded and len(middle) > 10:
            k = rng.randrange(3, len(middle) - 6)
            plate.line(middle[k : k + 6], 2.6, palette.WHITE, "both", 0.9)
        elif not flooded:
            tufts = [
                arc(z + complex(d, 4), z + complex(d + 3, -wall * 0.5), 0.1, steps=3)
                for z in middle
                for d in (-12, 0, 12)
            ]
            plate.lines(tufts, 2.4, palette.LEAF, "end")
        plate.line(
            [upper[a], (upper[a] + lower[a]) / 2 + 3, lower[a]],
            wall * 0.42,
            palette.mix(palette.LEAF, palette.EARTH, 0.35),
            "none",
        )
    bank = upper + [z + complex(0, wall) for z in upper[::-1]]
    plate.fill(bank, palette.mix(palette.LEAF, palette.EARTH, 0.42))
    blades = [arc(z + complex(d, wall), z + complex(d + 2, 2), 0.08, steps=3) for z in upper for d in (-10, 0, 10)]
    plate.lines(blades, 2.0, palette.mix(palette.LEAF_DEEP, palette.EARTH, 0.3), "end")
    plate.line(upper, wall * 0.34, palette.LEAF_LIGHT, "none")
    plate.line([z + complex(0, wall) for z in upper], 2.2, palette.mix(palette.LEAF_DEEP, palette.INK, 0.5), "none")


def _terrace_line(w: float, y: float, f: float, spur: float, rng: Random) -> Points:
    """One lip of a terrace: it bulges at the spurs and falls back into the hollow between them."""
    knots = []
    for k in range(15):
        x = -w - 20 + (2 * w + 40) * k / 14
        bulge = math.exp(-(((x - spur) / 300) ** 2))
        hollow = math.exp(-(((x - spur + 560) / 210) ** 2))
        second = math.exp(-(((x + 640) / 260) ** 2))
        reach = math.sin(math.pi * min(1.0, 0.1 + f * 0.95)) + 0.3 * f
        swing = reach * (112 * bulge - 66 * hollow + 84 * second)
        knots.append(complex(x, y + swing + rng.uniform(-5, 5) * (0.3 + f)))
    return spline(knots, steps=8)


def pepper_slope(plate: Plate, w: float, h: float) -> None:
    """Longnan: dry mountains in folds, pepper trees in red fruit on the steps, the river below."""
    rng = plate.rng
    scenery.sky(
        plate,
        w,
        h,
        palette.mix(palette.STRAW, palette.PAPER, 0.55),
        palette.mix(palette.ORANGE_PALE, palette.PAPER, 0.3),
        5,
    )
    scenery.sun(plate, complex(rng.uniform(-420, -220), -190), 74, palette.mix(palette.RED, palette.ORANGE_LIGHT, 0.45))
    for y, swing, tone in (
        (-70, 250, palette.mix(palette.LAKE, palette.PAPER, 0.35)),
        (0, 210, palette.mix(palette.LAKE, palette.STRAW, 0.5)),
        (90, 170, palette.mix(palette.EARTH, palette.STRAW, 0.5)),
    ):
        scenery.peaks(plate, w, h, y, swing, tone)
        scenery.mist(plate, w, y + 40, palette.mix(palette.PAPER, tone, 0.25), 3)
    river = ribbon(
        spline(
            [complex(-w - 20, 150), complex(-420, 128), complex(-180, 176), complex(120, 150), complex(420, 190)],
            steps=9,
        ),
        15,
        lambda t: 1 - 0.5 * t,
    )
    plate.fill(river.outline(), palette.mix(palette.LAKE, palette.WHITE, 0.3))
    for r in range(5):
        f = r / 4
        y = 92 + 62 * r
        edge = spline(
            [
                complex(-w - 20, y + 120 - 40 * f),
                complex(-w * 0.45, y + 84),
                complex(0, y + 36 + 16 * math.sin(r)),
                complex(w * 0.5, y - 22),
                complex(w + 20, y - 70 + 30 * f),
            ],
            steps=12,
        )
        tone = palette.mix(palette.mix(palette.STRAW, palette.EARTH, 0.38), palette.LEAF_LIGHT, 0.25 + 0.1 * (r % 2))
        plate.fill([*edge, complex(w + 20, h + 20), complex(-w - 20, h + 20)], tone)
        plate.line(edge, 3.4, palette.mix(palette.EARTH, palette.INK, 0.4), "none")
        stones = [ellipse(z + complex(rng.uniform(-6, 6), 9), rng.uniform(8, 15), 6, steps=9) for z in edge[::2]]
        plate.fills(stones, palette.mix(palette.EARTH, palette.PAPER_DEEP, 0.4))
        for k in range(2 + (3 * r) % 5, len(edge) - 2, 6 if r < 3 else 9):
            _pepper_tree(plate, edge[k] + complex(rng.uniform(-14, 14), 8), 54 + 24 * r)
        if r == 2:
            village.farmer(plate, edge[16] + 14j, 96, palette.mix(palette.LAKE, palette.INK, 0.2))
    with plate.place(complex(w - 60, -h - 10), 0.86):
        for angle in (158, 128, 196):
            pepper.pinnate(plate, complex(-60, 40), turned(angle), 250, 4)
        pepper.cluster(plate, complex(-150, 60), 250, 98)
        pepper.cluster(plate, complex(-10, 40), 230, 84)


def _pepper_tree(plate: Plate, foot: complex, tall: float) -> None:
    rng = plate.rng
    for lean in (-0.2, 0.05, 0.24):
        plate.line(arc(foot, foot + complex(lean, -0.6) * tall, 0.08), max(3, tall * 0.06), palette.TEA, "end")
    crown = foot - complex(0, tall * 0.66)
    tufts = [
        ellipse(
            crown + complex(rng.uniform(-0.32, 0.32), rng.uniform(-0.2, 0.2)) * tall, tall * 0.19, tall * 0.14, steps=12
        )
        for _ in range(13)
    ]
    for tuft in tufts[::2]:
        plate.ink(tuft, 3)
    plate.fills(tufts, palette.mix(palette.LEAF, palette.LEAF_LIGHT, rng.uniform(0, 0.3)))
    plate.fills(
        [
            [
                z - complex(tall * 0.04, tall * 0.05)
                for z in ellipse((t[0] + t[6]) / 2, tall * 0.11, tall * 0.06, steps=9)
            ]
            for t in tufts[::2]
        ],
        palette.LEAF_LIGHT,
    )
    berries = [crown + complex(rng.uniform(-0.3, 0.3), rng.uniform(-0.2, 0.22)) * tall for _ in range(30)]
    plate.dots(berries, tall * 0.042, palette.RED)


Painter = Callable[[Plate, float, float], None]


SCENES: dict[str, tuple[tuple[int, int], Painter]] = {
    "qidong_daylily_field": (WIDE, daylily_field),
    "sangzhi_tea_mountain": (WIDE, tea_mountain),
    "xinhua_terraces": (WIDE, terraces),
    "longnan_pepper_slope": (WIDE, pepper_slope),
    "village_station": (WIDE, village_station),
    "station_point": (PORTRAIT, station_point),
}
