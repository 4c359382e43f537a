"""What a farm buys in: packets of seed, tools."""

import math
from collections.abc import Callable

from demo.pictures import palette
from demo.pictures.plate import Plate
from demo.pictures.strokes import arc, ellipse, ribbon, spline, wobble
from demo.pictures.subjects import chili, kiwi, pepper, potato, rice
from demo.pictures.subjects.craft import STEEL, WOOD, goods
from demo.pictures.woven import CANE


def seed_packet(plate: Plate) -> None:
    """Paper packets of seed, each with a picture of what it grows into."""
    rng = plate.rng
    pictures: list[tuple[Callable[[Plate], None], str]] = [
        (lambda p: chili.chili(p, 0j, 74), palette.RED),
        (lambda p: potato.potato(p, 0j, 84), palette.EARTH),
        (lambda p: rice.mark_rice(p, 10j, 84), palette.LEAF),
        (lambda p: kiwi.kiwi_half(p, 0j, 78), palette.OLIVE),
        (lambda p: pepper.mark(p, 0j, 84), palette.PLUM),
    ]
    rng.shuffle(pictures)
    for (x, y, turn), (picture, colour) in zip(((-215, 10, -13), (215, 20, 12), (0, -10, -1)), pictures, strict=False):
        with plate.place(complex(x + rng.uniform(-10, 10), y), 1, turn + rng.uniform(-3, 3)):
            sheet = [-150 - 240j, 150 - 240j, 150 + 240j, -150 + 240j]
            plate.fill([z + complex(12, 12) for z in sheet], palette.EARTH, 0.25)
            plate.shape(sheet, palette.PAPER, 4.6)
            plate.fill([-150 - 240j, 150 - 240j, 150 - 176j, -150 - 176j], colour)
            plate.line([-150 - 204j, 0 - 202j, 150 - 204j], 3, palette.PAPER, "none")
            plate.fill([-150 + 186j, 150 + 186j, 150 + 240j, -150 + 240j], colour)
            plate.fills(
                [
                    [complex(x, 200), complex(x + 11, 213), complex(x, 226), complex(x - 11, 213)]
                    for x in range(-120, 121, 30)
                ],
                palette.PAPER,
            )
            plate.disc(-6j, 122, 130, palette.mix(colour, palette.PAPER, 0.78))
            picture(plate)
            plate.ink(sheet, 4.6)
    seeds = [complex(rng.gauss(0, 150), 318 + rng.gauss(0, 24)) for _ in range(24)]
    for z in seeds:
        plate.shape(ellipse(z, 11, 8, steps=14), palette.mix(palette.STRAW, palette.EARTH, rng.random() * 0.6), 2.6)


def hoe(plate: Plate) -> None:
    """A hoe and a sickle crossed, with a straw hat."""
    rng = plate.rng
    tip = rng.uniform(-6, 6)
    with plate.place(0j, 1, 33 + tip):
        _handle(plate, 430)
        plate.shape(
            [
                -30 - 440j,
                30 - 440j,
                112 - 392j,
                *spline([118 - 300j, 120 - 236j], steps=4),
                *spline([60 - 222j, 0 - 218j, -60 - 222j], steps=4),
                -120 - 236j,
                -118 - 300j,
                -112 - 392j,
            ],
            STEEL,
            4.6,
        )
        plate.fill(
            [-116 - 262j, 116 - 262j, 120 - 236j, *spline([60 - 222j, 0 - 218j, -60 - 222j], steps=4), -120 - 236j],
            palette.mix(STEEL, palette.WHITE, 0.55),
        )
        plate.line([-90 - 380j, -96 - 320j, -100 - 270j], 8, palette.mix(STEEL, palette.WHITE, 0.5))
        plate.shape([-30 - 470j, 30 - 470j, 34 - 400j, -34 - 400j], palette.darker(STEEL, 0.4), 4)
    with plate.place(0j, 1, -36 + tip):
        _handle(plate, 330)
        outer = spline([-10 - 330j, -60 - 430j, 40 - 500j, 190 - 470j, 270 - 370j], steps=9)
        inner = spline([270 - 370j, 170 - 420j, 60 - 430j, 16 - 390j, 18 - 330j], steps=9)
        plate.shape(outer + inner, STEEL, 4.6)
        plate.line([z + complex(3, -8) for z in inner[2:30]], 7, palette.mix(STEEL, palette.WHITE, 0.6))
        plate.shape([-26 - 346j, 26 - 346j, 24 - 286j, -24 - 286j], palette.darker(STEEL, 0.4), 4)
    _straw_hat(plate, complex(rng.uniform(-16, 16), 190))


def _handle(plate: Plate, length: float) -> None:
    body = ribbon(
        spline([complex(0, -length), complex(4, 0), complex(0, length)], steps=10),
        17,
        lambda _t: 1.0,
        wobble(plate.rng, 0.05, 4),
    )
    plate.fill(body.outline(), WOOD)
    plate.fill(body.band(0.15, 1), palette.mix(WOOD, palette.EARTH, 0.6))
    plate.lines(
        [body.edge(u, 0.3 + 0.1 * k, 0.55 + 0.1 * k) for k, u in enumerate((-0.4, 0.0, 0.4))], 1.8, palette.EARTH
    )
    plate.ink(body.outline(), 4.2)


def _straw_hat(plate: Plate, at: complex) -> None:
    plate.shape(ellipse(at + 34j, 265, 84), CANE, 4.6)
    for k in (0.86, 0.7, 0.54):
        plate.ink(ellipse(at + complex(0, 34 - 10 * (1 - k)), 265 * k, 84 * k), 2.2, palette.EARTH, steady=True)
    plate.lines(
        [
            [
                at + complex(150 * math.cos(a), 30 + 46 * math.sin(a)),
                at + complex(258 * math.cos(a + 0.05), 34 + 80 * math.sin(a + 0.05)),
            ]
            for a in (math.tau * k / 44 for k in range(44))
        ],
        1.8,
        palette.EARTH,
    )
    crown = spline(
        [
            at + complex(-140, 24),
            at + complex(-112, -70),
            at + complex(-50, -128),
            at + complex(0, -136),
            at + complex(50, -128),
            at + complex(112, -70),
            at + complex(140, 24),
        ],
        steps=6,
    )
    plate.shape([*crown, *ellipse(at + 24j, 140, 42, start=0, stop=180, steps=16)], palette.lighter(CANE, 0.18), 4.4)
    for k in range(1, 5):
        plate.line(
            arc(at + complex(-138 + 16 * k, 20 - 32 * k), at + complex(138 - 16 * k, 20 - 32 * k), -0.13),
            2.2,
            palette.EARTH,
        )
    band = ribbon(arc(at + complex(-141, 12), at + complex(141, 12), -0.14, steps=16), 15, lambda _t: 1.0)
    plate.shape(band.outline(), palette.RED, 3)


SEED_PACKET = goods(
    {"packet": seed_packet}, (palette.LEAF_PALE, palette.PAPER, palette.mix(palette.STRAW, palette.PAPER, 0.6))
)


HOE = goods({"tool": hoe}, (palette.PAPER, palette.LEAF_PALE, palette.ORANGE_PALE, palette.PAPER_DEEP))
