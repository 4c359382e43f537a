"""Scenes of the village station: wide, and the portrait of a service point."""

from demo.pictures import palette, scenery, village
from demo.pictures.plate import Plate
from demo.pictures.strokes import arc, ellipse, spline, turned
from demo.pictures.subjects import daylily_flower


def village_station(plate: Plate, w: float, h: float) -> None:
    """A village service point in the morning: parcels on the step, the van loading, hills and fields behind."""
    rng = plate.rng
    scenery.sky(
        plate,
        w,
        h,
        palette.mix(palette.LAKE, palette.WHITE, 0.62),
        palette.mix(palette.ORANGE_PALE, palette.WHITE, 0.35),
        5,
    )
    scenery.sun(plate, complex(-rng.uniform(420, 560), -190), 70, palette.ORANGE_LIGHT)
    scenery.ridge(plate, w, h, -110, 60, palette.mix(palette.LAKE, palette.PAPER, 0.3))
    scenery.mist(plate, w, -56, palette.PAPER, 4)
    scenery.ridge(plate, w, h, -30, 42, palette.mix(palette.LEAF, palette.LAKE, 0.35))
    scenery.ridge(plate, w, h, 60, 20, palette.LEAF_LIGHT)
    for x in (-690, -590, 640, 730):
        village.cottage(plate, complex(x + rng.uniform(-14, 14), 86), rng.uniform(96, 124))
    for r in range(5):
        row = spline(
            [complex(-w - 20, 104 + 17 * r), complex(-500, 98 + 18 * r), complex(-260, 108 + 18 * r)], steps=16
        )
        scenery.bush_row(plate, row, 9 + 1.6 * r, palette.mix(palette.LEAF, palette.LEAF_LIGHT, 0.4))
    plate.fill(
        [
            *spline([complex(-w - 20, 212), complex(-100, 196), complex(w + 20, 214)], steps=8),
            complex(w + 20, h + 20),
            complex(-w - 20, h + 20),
        ],
        palette.mix(palette.PAPER_DEEP, palette.STRAW, 0.3),
    )
    plate.lines(
        [
            arc(complex(x, 250 + 24 * (k % 4)), complex(x + 130, 250 + 24 * (k % 4)), 0.0)
            for k, x in enumerate(range(-760, 700, 140))
        ],
        3,
        palette.STRAW,
    )
    village.tree(plate, complex(-190, 214), 330, palette.mix(palette.LEAF, palette.LEAF_LIGHT, 0.25))
    with plate.place(complex(110, 214), 1.0):
        station(plate)
    village.van(plate, complex(545, 262), 390)
    for x, y, size in ((-118, 262, 84), (-60, 276, 72), (-96, 214, 62), (330, 270, 78)):
        village.parcel(plate, complex(x, y), size, tape=rng.choice((palette.ORANGE, palette.LEAF)))
    village.farmer(plate, complex(-290, 282), 170, palette.mix(palette.LAKE, palette.INK, 0.25))
    village.farmer(plate, complex(385, 272), 150, palette.mix(palette.ORANGE, palette.RED, 0.3))
    for x in (-760, -660, 720, 790):
        village.clump(plate, complex(x, h + 6), 200, flowers=4)


def station(plate: Plate) -> None:
    """The service point itself: white walls, grey tile with upswept gables, a wide counter under an orange awning."""
    tile = village.TILE
    plate.shape([-250 + 0j, -250 - 210j, 250 - 210j, 250 + 0j], village.PLASTER, 4.4)
    plate.fill([-250 + 0j, -250 - 46j, 250 - 46j, 250 + 0j], palette.mix(tile, palette.PAPER, 0.45))
    roof = spline([-302 - 196j, -270 - 226j, -246 - 292j], steps=6) + spline(
        [246 - 292j, 270 - 226j, 302 - 196j], steps=6
    )
    plate.fill(roof, tile)
    plate.lines(
        [[complex(x * 0.84, -290), complex(x * 0.95, -236), complex(x * 1.03, -200)] for x in range(-285, 286, 19)],
        4,
        palette.mix(tile, palette.INK, 0.5),
        "none",
    )
    plate.ink(roof, 4.4)
    cap = spline([-286 - 318j, -246 - 296j, 0 - 294j, 246 - 296j, 286 - 318j], steps=8)
    plate.line(cap, 17, palette.INK, "none")
    plate.line(cap, 10, palette.mix(tile, palette.INK, 0.2), "none")
    plate.shape([-112 - 190j, 112 - 190j, 112 - 142j, -112 - 142j], palette.LEAF, 3.6)
    daylily_sign(plate, -166j, 17)
    plate.lines(
        [[complex(x, -166), complex(x + 26 * s, -166), complex(x + 52 * s, -166)] for x, s in ((-34, -1), (34, 1))],
        7,
        palette.LEAF_PALE,
        "both",
    )
    plate.shape([-208 - 112j, 32 - 112j, 32 + 0j, -208 + 0j], palette.mix(palette.TEA, palette.EARTH, 0.35), 4)
    for r in range(2):
        for k in range(4):
            village.parcel(plate, complex(-176 + 58 * k, -58 + 50 * r), 48)
    plate.shape([-216 - 6j, 40 - 6j, 40 + 20j, -216 + 20j], palette.mix(palette.STRAW, palette.EARTH, 0.3), 3.8)
    stripes = 10
    for k in range(stripes):
        a, b = -222 + 268 * k / stripes, -222 + 268 * (k + 1) / stripes
        scallop = [
            complex(a, -130),
            complex(b, -130),
            complex(b + (k + 1 - 5) * 2, -98),
            *ellipse(complex((a + b) / 2 + (k - 4.5) * 2, -98), 13, 11, start=0, stop=180, steps=8),
            complex(a + (k - 5) * 2, -98),
        ]
        plate.shape(scallop, palette.ORANGE if k % 2 else palette.PAPER, 2.6)
    plate.shape([92 - 118j, 164 - 118j, 164 + 0j, 92 + 0j], palette.mix(palette.RED, palette.EARTH, 0.4), 4)
    plate.shape([102 - 106j, 154 - 106j, 154 - 54j, 102 - 54j], palette.mix(palette.LAKE, palette.WHITE, 0.5), 3)
    plate.shape([186 - 112j, 232 - 112j, 232 - 60j, 186 - 60j], palette.mix(palette.LAKE, palette.WHITE, 0.45), 3.4)
    plate.lines([[complex(209, -112), complex(209, -86), complex(209, -60)]], 3, palette.INK, "none")


def daylily_sign(plate: Plate, at: complex, size: float) -> None:
    """The mark of six petals on a signboard."""
    petals = [
        arc(at + turned(60 * k - 90) * size * 0.15, at + turned(60 * k - 90) * size, 0.1, steps=6) for k in range(6)
    ]
    plate.lines(petals, size * 0.46, palette.ORANGE_LIGHT, "both")


def station_point(plate: Plate, w: float, h: float) -> None:
    """The portrait: a service point close by, with tree, hills and a stack of parcels among daylilies."""
    rng = plate.rng
    scenery.sky(plate, w, h, palette.mix(palette.ORANGE_PALE, palette.PAPER, 0.4), palette.PAPER, 5)
    scenery.sun(plate, complex(rng.choice((-1, 1)) * rng.uniform(150, 240), -330), 96, palette.ORANGE_LIGHT)
    scenery.ridge(plate, w, h, -200, 80, palette.mix(palette.LAKE, palette.PAPER, 0.25))
    scenery.mist(plate, w, -90, palette.PAPER, 4)
    scenery.ridge(plate, w, h, -60, 50, palette.mix(palette.LEAF, palette.LAKE, 0.35))
    scenery.ridge(plate, w, h, 60, 26, palette.LEAF_LIGHT)
    village.tree(plate, complex(-310, 214), 430, palette.mix(palette.LEAF, palette.LEAF_LIGHT, 0.25))
    plate.fill(
        [
            *spline([complex(-w - 20, 222), complex(0, 206), complex(w + 20, 224)], steps=8),
            complex(w + 20, h + 20),
            complex(-w - 20, h + 20),
        ],
        palette.mix(palette.PAPER_DEEP, palette.STRAW, 0.3),
    )
    with plate.place(complex(40, 240), 1.28):
        station(plate)
    for x, y, size in ((-250, 350, 150), (-120, 372, 120), (-214, 262, 112), (200, 362, 138)):
        village.parcel(plate, complex(x, y), size, tape=rng.choice((palette.ORANGE, palette.LEAF)))
    village.farmer(plate, complex(330, 400), 250, palette.mix(palette.LAKE, palette.INK, 0.25))
    for x in (-400, -240, 60, 260, 420):
        village.clump(plate, complex(x + rng.uniform(-20, 20), h + 20), rng.uniform(200, 250), flowers=4)
    daylily_flower.flower(plate, complex(rng.uniform(-120, 60), h - 130), 92, roll=rng.uniform(-15, 15), lean=46)
