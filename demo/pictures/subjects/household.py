"""What a household buys in: washing powder, the vacuum flask."""

from demo.pictures import palette
from demo.pictures.kit import leaf, shadow
from demo.pictures.plate import Plate
from demo.pictures.strokes import ellipse, rect, spline, turned
from demo.pictures.subjects import daylily, daylily_flower
from demo.pictures.subjects.craft import STEEL, goods


def washing(plate: Plate) -> None:
    """A box of washing powder, a bar of soap and a folded cloth."""
    rng = plate.rng
    colour = rng.choice((palette.LAKE, palette.LEAF_LIGHT, palette.ORANGE, palette.RED))
    shadow(plate, complex(10, 326), 330, 36, palette.PAPER_DEEP)
    x0, x1, top, low = -210.0, 110.0, -300.0, 322.0
    plate.shape(
        [complex(x1, top), complex(x1 + 92, top + 34), complex(x1 + 92, low - 40), complex(x1, low)],
        palette.darker(colour, 0.35),
        4.6,
    )
    plate.shape(
        [complex(x0, top), complex(x0 + 110, top - 52), complex(x1 + 92, top + 34), complex(x1, top)],
        palette.lighter(colour, 0.45),
        4.6,
    )
    front = rect(x0, top, x1, low)
    plate.fill(front, colour)
    wave = spline([complex(x0, 90), complex(-130, 40), complex(-40, 110), complex(50, 60), complex(x1, 96)], steps=8)
    plate.fill([*wave, complex(x1, low), complex(x0, low)], palette.PAPER)
    plate.line(wave, 9, palette.lighter(colour, 0.5), "none")
    for _ in range(16):
        r = rng.uniform(10, 34)
        z = complex(rng.uniform(x0 + 40, x1 - 40), rng.uniform(-240, 40))
        plate.disc(z, r, r, palette.WHITE, 2.6, 0.9)
        plate.line(ellipse(z, r * 0.62, r * 0.62, start=190, stop=260, steps=8), 3, colour)
    star = [complex(-50, 200) + turned(30 * k) * (78 if k % 2 == 0 else 52) for k in range(12)]
    plate.shape(star, palette.ORANGE, 3.4)
    plate.ink(front, 5)
    for k, tone in enumerate((palette.PAPER, palette.mix(palette.LAKE, palette.PAPER, 0.4), palette.ORANGE_PALE)):
        y = 318 - 46 * k
        fold = [
            complex(140, y - 44),
            *ellipse(complex(372, y - 22), 22, 22, start=-90, stop=90, steps=8),
            complex(140, y),
        ]
        plate.shape(fold, tone, 4)
        plate.line(
            [complex(150, y - 14), complex(250, y - 12), complex(360, y - 14)],
            3,
            palette.mix(tone, palette.RED, 0.5),
            "none",
        )
    soap = [
        complex(170, 130),
        *ellipse(complex(340, 152), 24, 24, start=-90, stop=90, steps=8),
        *ellipse(complex(180, 152), 24, 24, start=90, stop=270, steps=8),
    ]
    plate.shape(soap, palette.mix(palette.LEAF_LIGHT, palette.PAPER, 0.5), 4)
    plate.ink(ellipse(complex(260, 152), 50, 12), 2.6, palette.LEAF)


def thermos(plate: Plate) -> None:
    """An enamelled vacuum flask with a painted daylily, and two mugs."""
    rng = plate.rng
    coat = rng.choice((palette.RED, palette.LEAF, palette.mix(palette.LAKE, palette.INK, 0.2), palette.ORANGE_PALE))
    shadow(plate, complex(30, 326), 200, 38, palette.PAPER_DEEP)
    handle = spline([complex(126, -170), complex(232, -150), complex(240, 60), complex(134, 110)], steps=10)
    plate.line(handle, 38, palette.INK, "none")
    plate.line(handle, 27, palette.mix(coat, palette.INK, 0.25), "none")
    side = spline([complex(-86, -236), complex(-132, -180), complex(-140, 60), complex(-140, 300)], steps=9)
    body = side + [complex(-z.real, z.imag) for z in side[::-1]]
    plate.fill(body, coat)
    plate.fill(
        [*[complex(-z.real, z.imag) for z in side], *[complex(-z.real * 0.56, z.imag) for z in side[::-1]]],
        palette.INK,
        0.2,
    )
    plate.line([complex(z.real * 0.78, z.imag) for z in side[8:24]], 13, palette.WHITE, "both", 0.6)
    plate.ink(body, 5)
    for y, half in ((-236, 92), (296, 146)):
        plate.shape(rect(-half, y - 18, half, y + 20), palette.mix(STEEL, palette.WHITE, 0.4), 4.2)
    cap = spline([complex(-72, -254), complex(-70, -330), complex(-40, -352)], steps=6)
    plate.shape(cap + [complex(-z.real, z.imag) for z in cap[::-1]], palette.mix(STEEL, palette.WHITE, 0.55), 4.4)
    plate.lines(
        [[complex(x, -330), complex(x, -296), complex(x, -262)] for x in (-46, -22, 4, 30, 54)], 2.2, palette.INK_SOFT
    )
    plate.disc(complex(-8, 70), 108, 124, palette.PAPER, 3)
    for angle in (120, 60):
        leaf(plate, complex(-8, 176), complex(-8, 176) + turned(-angle) * 120, 14, veins=0)
    daylily.bud(plate, complex(-8, 130), complex(60, -20), width=10)
    with plate.finer(0.7):
        daylily_flower.flower(plate, complex(-16, 66), 84, roll=rng.uniform(-12, 12), lean=46)
    for x in (-290, 300):
        _mug(plate, complex(x, 230), rng.choice((palette.PAPER, palette.WHITE)), coat)


def _mug(plate: Plate, at: complex, body: str, band: str) -> None:
    handle = spline(
        [at + complex(66, -34), at + complex(124, -40), at + complex(120, 44), at + complex(62, 48)], steps=8
    )
    plate.line(handle, 24, palette.INK, "none")
    plate.line(handle, 15, body, "none")
    wall = [
        at + complex(-76, -80),
        at + complex(-72, 84),
        *ellipse(at + 84j, 72, 16, start=180, stop=0, steps=12),
        at + complex(76, -80),
    ]
    plate.fill(wall, body)
    plate.fill(
        [at + complex(34, -80), at + complex(76, -80), at + complex(72, 88), at + complex(34, 98)],
        palette.mix(palette.LAKE, palette.WHITE, 0.55),
    )
    plate.ink(wall, 4.4)
    plate.disc(at - 80j, 76, 19, palette.mix(body, palette.LAKE, 0.3), 4.2)
    plate.line(ellipse(at - 80j, 76, 19, steps=24), 6, band, "none")
    petals = [
        [
            at + 10j,
            at + 10j + turned(60 * k - 18) * 22,
            at + 10j + turned(60 * k) * 34,
            at + 10j + turned(60 * k + 18) * 22,
        ]
        for k in range(6)
    ]
    plate.fills(petals, palette.ORANGE)


_HOME_TINTS = (palette.mix(palette.LAKE, palette.PAPER, 0.66), palette.PAPER, palette.LEAF_PALE, palette.PAPER_DEEP)


WASHING_POWDER = goods({"box": washing}, _HOME_TINTS)


THERMOS = goods({"flask": thermos}, _HOME_TINTS)
