"""People and things of a village scene: farmers, cottages, trees, parcels, the van, the service point, lilies."""

import math

from demo.pictures import palette
from demo.pictures.plate import Plate
from demo.pictures.strokes import arc, ellipse, pebble, rect, ribbon, spline, turned
from demo.pictures.subjects import daylily
from demo.pictures.subjects.daylily_flower import flower

TILE = palette.mix(palette.INK_SOFT, palette.LAKE, 0.3)


PLASTER = palette.mix(palette.PAPER, palette.WHITE, 0.4)


def farmer(plate: Plate, at: complex, size: float, coat: str) -> None:
    """A person in a straw hat seen from behind, a basket on the back; the feet are at `at`, `size` is the height."""
    with plate.place(at, size / 100):
        for s in (-1, 1):
            plate.shape(
                [complex(s * 3, -34), complex(s * 15, -34), complex(s * 14, 0), complex(s * 3, 0)],
                palette.INK_SOFT,
                2.2,
            )
        coat_line = spline([-21 - 28j, -24 - 52j, -15 - 76j, 0 - 80j, 15 - 76j, 24 - 52j, 21 - 28j], steps=6)
        plate.shape(coat_line, coat, 2.8)
        basket = [-14 - 70j, 14 - 70j, 11 - 36j, -11 - 36j]
        plate.shape(basket, palette.STRAW, 2.6)
        plate.lines(
            [[complex(-13 + k, y), complex(0, y), complex(13 - k, y)] for k, y in enumerate((-62, -54, -46))],
            1.8,
            palette.EARTH,
            "none",
        )
        for s in (-1, 1):
            arm = ribbon(arc(complex(s * 20, -70), complex(s * 32, -42), 0.14 * s), 6, lambda _t: 1.0)
            plate.shape(arm.outline(), coat, 2.4)
        plate.shape(
            spline([-34 - 78j, -16 - 92j, 0 - 108j, 16 - 92j, 34 - 78j], steps=6)
            + spline([34 - 78j, 0 - 70j, -34 - 78j], steps=6),
            palette.STRAW,
            2.8,
        )
        plate.lines([arc(-24 - 84j, 24 - 84j, -0.1), arc(-13 - 94j, 13 - 94j, -0.12)], 1.6, palette.EARTH)


def cottage(plate: Plate, at: complex, size: float, wall: str = PLASTER) -> None:
    """A small tiled house; `size` is its width, `at` the middle of its foot."""
    with plate.place(at, size / 100, mirror=plate.rng.random() < 0.5):
        plate.shape([-40 + 0j, -40 - 40j, 40 - 40j, 40 + 0j], wall, 2.6)
        plate.fill([22 - 40j, 40 - 40j, 40 + 0j, 22 + 0j], palette.mix(wall, palette.LAKE, 0.35))
        plate.shape([-7 + 0j, -7 - 26j, 9 - 26j, 9 + 0j], palette.mix(palette.RED, palette.EARTH, 0.5), 2)
        for x in (-30, 20):
            plate.shape(rect(x, -28, x + 13, -15), palette.TEA, 1.8)
        roof = spline([-54 - 36j, -44 - 50j, -34 - 68j], steps=4) + spline([34 - 68j, 44 - 50j, 54 - 36j], steps=4)
        plate.shape(roof, TILE, 2.8)
        plate.lines(
            [[complex(x * 0.72, -66), complex(x * 0.92, -50), complex(x * 1.1, -38)] for x in range(-40, 41, 10)],
            1.5,
            palette.INK,
            "none",
            0.7,
        )


def tree(plate: Plate, foot: complex, tall: float, colour: str) -> None:
    """A round village tree."""
    rng = plate.rng
    trunk = ribbon(
        spline([foot, foot - complex(tall * 0.04, tall * 0.3), foot - complex(-tall * 0.02, tall * 0.62)], steps=6),
        tall * 0.05,
        lambda t: 1 - 0.4 * t,
    )
    plate.shape(trunk.outline(), palette.EARTH, 3)
    crown = foot - complex(0, tall * 0.72)
    bodies = [
        pebble(rng, tall * rng.uniform(0.17, 0.23), centre=crown + turned(60 * k) * tall * 0.17, rough=0.07).outline(26)
        for k in range(6)
    ]
    for body in bodies:
        plate.ink(body, 6)
    plate.fills([*bodies, pebble(rng, tall * 0.25, centre=crown).outline()], colour)
    shade = [
        ellipse(
            crown + complex(rng.uniform(0, 0.22), rng.uniform(-0.02, 0.22)) * tall, tall * 0.06, tall * 0.04, steps=10
        )
        for _ in range(9)
    ]
    plate.fills(shade, palette.mix(colour, palette.LEAF_DEEP, 0.55))
    light = [
        ellipse(
            crown + complex(rng.uniform(-0.26, 0.02), rng.uniform(-0.26, 0.0)) * tall,
            tall * 0.05,
            tall * 0.032,
            steps=10,
        )
        for _ in range(9)
    ]
    plate.fills(light, palette.lighter(colour, 0.22))


def parcel(plate: Plate, at: complex, size: float, *, tape: str = palette.ORANGE) -> None:
    """A cardboard parcel seen from the corner; `at` is the middle of its foot."""
    card = palette.mix(palette.STRAW, palette.EARTH, plate.rng.uniform(0.2, 0.4))
    with plate.place(at, size / 100, mirror=plate.rng.random() < 0.5):
        plate.shape([-50 - 62j, 14 - 50j, 14 + 0j, -50 - 10j], card, 3)
        plate.shape([14 - 50j, 52 - 64j, 52 - 14j, 14 + 0j], palette.mix(card, palette.EARTH, 0.5), 3)
        plate.shape([-50 - 62j, -10 - 76j, 52 - 64j, 14 - 50j], palette.lighter(card, 0.35), 3)
        plate.fill([-24 - 57j, 18 - 71j, 28 - 69j, -12 - 55j], tape)
        plate.fill([-24 - 57j, -12 - 55j, -12 - 40j, -24 - 42j], tape)
        plate.shape([-42 - 34j, -22 - 30j, -22 - 14j, -42 - 18j], palette.PAPER, 1.8)


def van(plate: Plate, at: complex, size: float) -> None:
    """The station's delivery van with a lily on its side; `at` is the ground below its middle, `size` its length."""
    with plate.place(at, size / 200):
        plate.disc(4j, 104, 7, palette.INK, opacity=0.18)
        body = spline([-98 - 14j, -99 - 60j, -94 - 82j, -82 - 88j], steps=5) + spline(
            [24 - 88j, 46 - 84j, 66 - 56j, 94 - 46j, 100 - 34j, 99 - 14j], steps=5
        )
        plate.fill(body, palette.LEAF)
        plate.fill([-98 - 40j, 99 - 40j, 99 - 14j, -98 - 14j], palette.mix(palette.LEAF, palette.LEAF_DEEP, 0.7))
        plate.fill([-98 - 46j, 98 - 46j, 98 - 39j, -98 - 39j], palette.ORANGE_LIGHT)
        plate.shape(
            spline([29 - 78j, 43 - 76j, 58 - 55j], steps=5) + [29 - 55j],
            palette.mix(palette.LAKE, palette.WHITE, 0.5),
            2.6,
        )
        plate.ink(body, 3.6)
        plate.lines([[22 - 84j, 22 - 50j, 22 - 16j]], 2.4, palette.INK, "none")
        plate.disc(-38 - 62j, 21, 19, palette.PAPER, 2.4)
        petals = [
            arc(-38 - 62j + turned(60 * k - 90) * 3, -38 - 62j + turned(60 * k - 90) * 15, 0.1, steps=6)
            for k in range(6)
        ]
        plate.lines(petals, 6.5, palette.ORANGE, "both")
        plate.shape(ellipse(95 - 32j, 4, 5), palette.STRAW, 2)
        for x in (-58, 58):
            plate.disc(complex(x, -12), 19, 19, palette.INK)
            plate.disc(complex(x, -12), 9.5, 9.5, palette.mix(palette.LAKE, palette.WHITE, 0.5), 2)


def clump(plate: Plate, foot: complex, size: float, *, flowers: int) -> None:
    """A daylily clump in the field, drawn simply and, when small, more simply still; `size` is its height."""
    rng = plate.rng
    far = size < 90
    for s in (-0.8, -0.2, 0.5, 0.9) if far else (-1.0, -0.6, -0.25, 0.3, 0.65, 1.0):
        reach = complex(s * size * 0.55, -size * rng.uniform(0.36, 0.56))
        body = ribbon(
            spline(
                [
                    foot,
                    foot + reach * 0.6 - complex(0, size * 0.14),
                    foot + reach,
                    foot + reach * 1.25 + complex(0, size * 0.2),
                ],
                steps=3 if far else 6,
            ),
            size * 0.04,
            lambda t: (0.8 + 0.2 * t) * max(0.0, 1 - t**3),
        )
        tone = palette.mix(palette.LEAF, palette.LEAF_LIGHT, rng.uniform(0.0, 0.55))
        plate.fill(body.outline(), tone)
        if not far:
            plate.fill(body.band(0, 1), palette.mix(tone, palette.LEAF_DEEP, 0.5))
            plate.ink(body.outline(), max(1.4, size * 0.016))
    for k in range(flowers):
        top = foot + complex(size * rng.uniform(-0.3, 0.3), -size * rng.uniform(0.75, 1.0))
        plate.line(arc(foot - complex(0, size * 0.1), top, 0.04), max(2.4, size * 0.03), palette.LEAF_DEEP, "none")
        if size > 185:
            _near_bloom(plate, top, size, open_flower=k % 2 == 0)
        else:
            small_bloom(plate, top, size * rng.uniform(0.15, 0.19), open_flower=k % 2 == 0)


def _near_bloom(plate: Plate, top: complex, size: float, *, open_flower: bool) -> None:
    """A flower or a fan of buds drawn in full, for the plants in front."""
    rng = plate.rng
    if not open_flower:
        for angle in (-34, 28, -4):
            way = turned(-90 + angle + rng.uniform(-6, 6)) * size * rng.uniform(0.2, 0.27)
            daylily.bud(plate, top, top + way, ripe=rng.random(), width=size * 0.022)
        return
    with plate.finer(0.72):
        lift = complex(0, -size * 0.06)
        flower(plate, top + lift, size * rng.uniform(0.2, 0.23), roll=rng.uniform(-34, 34), lean=rng.uniform(44, 60))


def small_bloom(plate: Plate, at: complex, size: float, *, open_flower: bool) -> None:
    """A daylily of a few strokes, for the distance."""
    lean = plate.rng.uniform(-30, 30)
    if not open_flower:
        for angle in (-28, 4, 30):
            body = ribbon(
                arc(at, at + turned(-90 + angle) * size * 1.25, 0.05, steps=6),
                size * 0.14,
                lambda t: math.sin(math.pi * (0.1 + 0.9 * t)) ** 0.6,
            )
            plate.shape(body.outline(), palette.mix(palette.STRAW, palette.LEAF_LIGHT, 0.35), max(1.2, size * 0.06))
        return
    with plate.place(at, size, lean):
        for k, angle in enumerate((-160, -20, -90, -125, -55, 92)):
            far = 1.0 if k < 5 else 0.5
            body = ribbon(
                spline([0.1j, turned(angle) * 0.5 - 0.16j, turned(angle) * far + (0.12j if k < 2 else 0)], steps=5),
                0.25 if k < 5 else 0.15,
                lambda t: math.sin(math.pi * (0.08 + 0.92 * t) ** 0.9) ** 0.8,
            )
            plate.fill(body.outline(), palette.mix(palette.ORANGE_LIGHT, palette.ORANGE, 0.25 + 0.12 * (k % 3)))
            plate.line(body.edge(0, 0.1, 0.8), max(1.0, size * 0.05), palette.ORANGE_PALE)
            plate.ink(body.outline(), max(1.2, size * 0.07), palette.mix(palette.ORANGE_DEEP, palette.INK, 0.5))
