"""Hill and hearth: mushroom and wood ear, camellia oil, honey, eggs, cured meat."""

import math

from demo.pictures import palette, vessels
from demo.pictures.kit import Subject, fruit, leaf, merged, pricks, twig
from demo.pictures.plate import Plate
from demo.pictures.strokes import Pebble, Points, arc, ellipse, pebble, ribbon, spline, turned, wobble
from demo.pictures.subjects import tea

CAP = palette.mix(palette.EARTH, palette.TEA, 0.3)
EAR = palette.mix(palette.TEA, palette.PLUM, 0.25)
HONEY = palette.mix(palette.ORANGE, palette.STRAW, 0.45)
EGG = palette.mix(palette.STRAW, palette.ORANGE_PALE, 0.55)
LEAN = palette.mix(palette.RED, palette.TEA, 0.45)


def shiitake(plate: Plate, at: complex, radius: float) -> None:
    """A mushroom: a domed cap cracked pale on top, gills and stalk below."""
    rng = plate.rng
    tone = palette.mix(CAP, palette.STRAW, rng.uniform(0, 0.25))
    with plate.place(at, radius, rng.uniform(-24, 24)):
        stem = ribbon(arc(0.15j, 0.86j, rng.uniform(-0.12, 0.12), steps=10), 0.2, lambda t: 1 - 0.25 * t)
        plate.fill(stem.outline(), palette.mix(palette.PAPER_DEEP, palette.STRAW, 0.3))
        plate.fill(stem.band(-1, -0.1), palette.mix(palette.STRAW, palette.EARTH, 0.4))
        plate.ink(stem.outline(), 3.2)
        under = ellipse(0.16j, 0.86, 0.24)
        plate.shape(under, palette.mix(palette.PAPER_DEEP, palette.STRAW, 0.35), 3)
        plate.lines([[complex(0.2 * math.cos(a), 0.16 + 0.05 * math.sin(a)), complex(0.84 * math.cos(a), 0.16 + 0.23 * math.sin(a))] for a in (math.tau * k / 26 for k in range(14))], 1.8, palette.EARTH)
        rough = wobble(rng, 0.03)
        dome = [complex(1.0 * math.cos(a), 0.1 + 0.74 * math.sin(a) * (1 + rough(a / math.tau))) for a in (math.pi + math.pi * k / 24 for k in range(25))]
        lip = [complex(1 - 2 * k / 12, 0.1 + 0.13 * math.sin(math.pi * k / 12)) for k in range(1, 12)]
        cap = dome + lip
        plate.fill(cap, tone)
        plate.fill([*dome[16:], *lip[:5], complex(0.5, -0.2)], palette.mix(tone, palette.INK, 0.35))
        cracks = []
        for _ in range(9):
            x, y = rng.uniform(-0.5, 0.42), rng.uniform(-0.5, -0.12)
            star = [complex(x, y) + turned(72 * k + rng.uniform(-20, 20)) * (0.13 if k % 2 else 0.06) for k in range(5)]
            cracks.append(star)
        plate.fills(cracks, palette.mix(palette.STRAW, palette.PAPER, 0.4))
        plate.line([complex(-0.8 * math.cos(0.3 * k), -0.2 - 0.3 * math.sin(0.3 * k)) for k in range(1, 4)], max(2.4, radius * 0.05), palette.lighter(tone, 0.4))
        plate.ink(cap, 3.8)


def wood_ear(plate: Plate, at: complex, radius: float) -> None:
    """A dried wood ear: a dark ruffled cup with a pale underside."""
    rng = plate.rng
    with plate.place(at, radius, rng.uniform(0, 360)):
        wave, fold = wobble(rng, 0.14, 5), rng.uniform(0.2, 0.45)
        rim: Points = [turned(360 * k / 30) * (0.92 + wave(k / 30)) for k in range(30)]
        plate.shape(rim, palette.mix(EAR, rng.choice((palette.INK, palette.EARTH)), 0.35), 2.8)
        plate.fill([z * 0.74 + complex(fold * 0.2, -0.06) for z in rim], palette.mix(EAR, palette.INK_SOFT, 0.28))
        plate.fill([z * 0.4 + complex(fold * 0.4, -0.1) for z in rim], palette.mix(EAR, palette.INK, 0.5))
        plate.lines([[rim[k] * 0.5, rim[k] * 0.72, rim[k] * 0.93] for k in range(0, 30, 4)], 1.8, palette.INK)
        plate.line([z * 0.86 for z in rim[17:26]], max(2, radius * 0.07), palette.mix(palette.INK_SOFT, palette.STRAW, 0.3))


def fungus(plate: Plate, at: complex, radius: float) -> None:
    """Shiitake when there is room, wood ear in small."""
    shiitake(plate, at, radius)


def plant_mushroom(plate: Plate) -> None:
    """Shiitake and wood ears on a leaning log."""
    rng = plate.rng
    log = ribbon(arc(complex(-520, 300), complex(480, 90), 0.03, steps=24), 105, lambda _t: 1.0, wobble(rng, 0.04, 4))
    for x, y, r in ((-300, 40, 105), (-90, -40, 140), (180, -60, 118), (350, -40, 78)):
        with plate.place(complex(x + rng.uniform(-12, 12), y + rng.uniform(-10, 10)), 1, -8):
            shiitake(plate, 0j, r)
    bark = palette.mix(palette.EARTH, palette.INK_SOFT, 0.3)
    plate.fill(log.outline(), bark)
    plate.fill(log.band(0.2, 1), palette.mix(bark, palette.INK, 0.4))
    lines = [log.edge(u, t, t + rng.uniform(0.06, 0.18), 6) for u, t in ((rng.uniform(-0.85, 0.85), rng.uniform(0.02, 0.8)) for _ in range(44))]
    plate.lines(lines, 3, palette.mix(palette.INK, bark, 0.2))
    plate.ink(log.outline(), 4.6)
    end = log.at(1, 0)
    face = [end + complex(z.real * 0.42, z.imag) for z in pebble(rng, 106, rough=0.02).outline()]
    plate.shape(face, palette.mix(palette.STRAW, palette.PAPER, 0.3), 4.4)
    for k in (0.75, 0.5, 0.26):
        plate.ink([end + (z - end) * k for z in face], 2.2, palette.EARTH)
    for t, u, r in ((0.16, 0.1, 62), (0.3, 0.5, 78), (0.36, 0.2, 58), (0.62, 0.35, 70), (0.7, 0.62, 54), (0.84, 0.1, 50)):
        wood_ear(plate, log.at(t, u), r)


def sprig_mushroom(plate: Plate, at: complex, size: float) -> None:
    """A fern."""
    rng = plate.rng
    way = arc(at + complex(60, size), at + complex(-50, -size), 0.14, steps=14)
    for k in range(2, 14):
        run = (way[k] - way[k - 1]) / abs(way[k] - way[k - 1])
        for s in (-1, 1):
            size_k = size * 0.72 * math.sin(math.pi * (k / 15) ** 0.7)
            leaf(plate, way[k], way[k] + run * turned(s * 66) * size_k, size_k * 0.12, bend=-s * 0.06, veins=0, tone=rng.uniform(0.2, 0.45), ink=2.4)
    plate.line(way, 6, palette.LEAF_DEEP, "end")


def capsule(plate: Plate, at: complex, radius: float) -> None:
    """A camellia capsule, brown-green and downy."""
    rng = plate.rng
    tone = palette.mix(palette.OLIVE, rng.choice((palette.RED, palette.EARTH, palette.STRAW)), rng.uniform(0.15, 0.45))
    body = fruit(plate, at, radius, tone, rough=0.02, shine=0.4)
    plate.lines([[body.at(a, 0.94), body.at(a, 0.55), body.at(a, 0.12)] for a in (250, 20, 130)], max(2, radius * 0.04), palette.TEA)
    pricks(plate, body, 14, palette.lighter(tone, 0.4), max(1.4, radius * 0.03))


def camellia_seed(plate: Plate, at: complex, radius: float) -> None:
    """A dark angular oil seed."""
    rng = plate.rng
    body = [at + turned(a + rng.uniform(-12, 12)) * radius * rng.uniform(0.85, 1.05) for a in range(0, 360, 60)]
    outline = spline(body, steps=4, closed=True)
    plate.fill(outline, palette.mix(palette.TEA, palette.EARTH, rng.uniform(0, 0.3)))
    plate.fill([at, *body[3:6]], palette.lighter(palette.TEA, 0.25))
    plate.ink(outline, 2.8)


def plant_camellia(plate: Plate) -> None:
    """The oil camellia: flower and fruit on one branch, as it grows."""
    rng = plate.rng
    tea.bough(plate, tone=0.08, flowers=0, flushes=0)
    tea.blossom(plate, complex(150, -170), 158, heart=palette.ORANGE_LIGHT)
    tea.blossom(plate, complex(-190, -140), 118, heart=palette.ORANGE_LIGHT)
    for x, y in ((70, 70), (170, 30), (-60, 40)):
        capsule(plate, complex(x + rng.uniform(-10, 10), y + rng.uniform(-10, 10)), rng.uniform(56, 66))


def sprig_camellia(plate: Plate, at: complex, size: float) -> None:
    """A flower with leaves and a capsule."""
    for angle in (-160, -70, 130):
        leaf(plate, at, at + turned(angle) * size * 1.05, size * 0.24, tone=0.12, veins=6)
    tea.blossom(plate, at, size * 0.55, heart=palette.ORANGE_LIGHT)


def bee(plate: Plate, at: complex, size: float, turn: float) -> None:
    """A honey bee."""
    with plate.place(at, size, turn, mirror=plate.rng.random() < 0.5):
        for angle in (-118, -72):
            wing = ribbon(arc(-0.05 - 0.3j, -0.05 - 0.3j + turned(angle) * 1.05, 0.1, steps=12), 0.26, lambda t: math.sin(math.pi * t**0.6) ** 0.8)
            plate.shape(wing.outline(), palette.mix(palette.LAKE, palette.WHITE, 0.7), 2.4)
            plate.lines([wing.edge(u, 0.1, 0.8) for u in (-0.3, 0.3)], 1.2, palette.INK_SOFT)
        abdomen = ribbon(arc(-0.15 - 0.05j, 1.05 + 0.2j, -0.08, steps=16), 0.36, lambda t: math.sin(math.pi * (0.12 + 0.88 * t) ** 0.8) ** 0.7)
        plate.fill(abdomen.outline(), HONEY)
        for t in (0.26, 0.48, 0.7, 0.9):
            plate.fill(abdomen.band(-1, 1, t, min(1.0, t + 0.11)), palette.TEA)
        plate.ink(abdomen.outline(), 3)
        plate.shape(pebble(plate.rng, 0.33, centre=-0.3 - 0.1j, rough=0.05).outline(), palette.mix(palette.STRAW, palette.EARTH, 0.5), 2.8)
        plate.shape(pebble(plate.rng, 0.22, centre=-0.72 + 0j).outline(), palette.TEA, 2.6)
        for dx in (-0.1, 0.04):
            plate.line(arc(complex(-0.8, -0.15), complex(-1.15 + dx, -0.5), 0.2), 2.6, palette.INK)
        legs = [arc(complex(x, 0.2), complex(x + 0.1, 0.62), 0.2, steps=5) for x in (-0.4, -0.2, 0.05)]
        plate.lines(legs, 3, palette.INK)


def comb(plate: Plate, at: complex, radius: float) -> None:
    """A piece of honeycomb, some cells full."""
    rng = plate.rng
    edge = pebble(rng, radius, centre=at, rough=0.05, squash=0.86)
    plate.shape(edge.outline(), palette.mix(palette.STRAW, palette.EARTH, 0.2), 4)
    cell = max(9.0, radius * 0.155)
    full: list[Points] = []
    empty: list[Points] = []
    rows = int(radius / (cell * 1.5)) + 1
    for r in range(-rows, rows + 1):
        for c in range(-rows - 1, rows + 2):
            z = complex((c + 0.5 * (r % 2)) * cell * 1.78, r * cell * 1.54)
            if abs(complex(z.real, z.imag / 0.86)) < radius - cell * 1.15:
                hexagon = [at + z + turned(30 + 60 * k) * cell * 0.86 for k in range(6)]
                (full if rng.random() < 0.68 else empty).append(hexagon)
    plate.fills(full, HONEY)
    plate.fills(empty, palette.mix(palette.EARTH, palette.TEA, 0.3))
    plate.lines([[*h, h[0]] for h in full + empty], 2.2, palette.EARTH, "none")
    plate.fills([[h[3], h[4], (h[4] + h[5]) / 2, (h[3] * 2 + h[0]) / 3] for h in full[::2]], palette.lighter(HONEY, 0.5))


def plant_honey(plate: Plate) -> None:
    """A comb among flowers, with bees."""
    rng = plate.rng
    for x, y, s in ((-330, -140, 1), (330, -170, -1), (-360, 170, 1), (340, 190, -1)):
        foot = complex(x, y + 130)
        for angle in (-150, -35, 160, 20):
            leaf(plate, foot, foot + turned(angle + rng.uniform(-10, 10)) * 160, 38, tone=rng.uniform(0.2, 0.5), veins=5)
        tea.blossom(plate, foot + complex(s * 20, -30), rng.uniform(84, 104), heart=palette.ORANGE_LIGHT)
    comb(plate, complex(0, 50), 265)
    drip = ribbon(spline([complex(60, 200), complex(62, 290), complex(58, 372)], steps=8), 24, lambda t: 0.5 + 0.5 * t if t < 0.9 else 0.95 * math.sqrt(max(0.0, 1 - ((t - 0.9) / 0.1) ** 2)))
    plate.shape(drip.outline(), HONEY, 3.6)
    plate.line(drip.edge(-0.4, 0.3, 0.9), 5, palette.lighter(HONEY, 0.6))
    for x, y, size in ((-190, -300, 66), (160, -330, 58), (40, -30, 62)):
        bee(plate, complex(x + rng.uniform(-26, 26), y + rng.uniform(-20, 20)), size, rng.uniform(-30, 30))


def honey_jar(plate: Plate) -> None:
    """A jar of honey with a wooden dipper and a comb."""
    rng = plate.rng
    half, top = rng.uniform(195, 225), -rng.uniform(200, 235)
    comb(plate, complex(-250, 210), 150)
    sprig_honey(plate, complex(-240, -40), 150)
    vessels.liquid_jar(plate, half, top, HONEY, comb_mark, palette.ORANGE)
    dipper(plate, complex(250, 290), 210, -38)
    bee(plate, complex(rng.uniform(230, 290), -rng.uniform(180, 260)), 58, rng.uniform(-30, 20))


def dipper(plate: Plate, at: complex, size: float, turn: float) -> None:
    """A wooden honey dipper."""
    wood = palette.mix(palette.EARTH, palette.STRAW, 0.4)
    with plate.place(at, size, turn):
        plate.shape(ribbon([0j, 0.5 + 0j, 1.3 + 0j], 0.05, lambda _t: 1.0).outline(), wood, 3.4)
        for i in range(6):
            x = -0.06 - 0.09 * i
            r = 0.2 * math.sin(math.pi * (i + 1.1) / 7.2) ** 0.6
            plate.shape(ellipse(complex(x, 0), 0.045, r), palette.mix(wood, HONEY, 0.35), 3)
    plate.disc(at + complex(-size * 0.32, size * 0.27), size * 0.34, size * 0.06, HONEY, 3)


def comb_mark(plate: Plate, at: complex, size: float) -> None:
    """A bee over three cells, for a label."""
    cells = [[at + turned(a) * size * 0.46 + turned(30 + 60 * k) * size * 0.42 for k in range(6)] for a in (30, 150, 270)]
    for cell in cells:
        plate.shape(cell, HONEY, 2.6)
    bee(plate, at + complex(0, size * 0.05), size * 0.5, -12)


def sprig_honey(plate: Plate, at: complex, size: float) -> None:
    """A flowering twig."""
    for angle in (-150, -80, 150):
        leaf(plate, at, at + turned(angle) * size, size * 0.22, tone=0.35, veins=5)
    tea.blossom(plate, at, size * 0.5, heart=palette.ORANGE_LIGHT)


def egg(plate: Plate, at: complex, radius: float) -> None:
    """A hen's egg, brown, cream or faintly blue."""
    rng = plate.rng
    tone = rng.choice((EGG, palette.mix(EGG, palette.EARTH, 0.25), palette.PAPER_DEEP, palette.mix(palette.LAKE, palette.WHITE, 0.68)))
    radii = [radius * (0.86 + 0.2 * math.exp(-(((i / 60 * math.tau) - math.pi * 1.5) ** 2) / 0.7)) for i in range(60)]
    with plate.place(at, 1, rng.uniform(-40, 40)):
        body = Pebble(0j, radii, 1 + 0j, 1.04)
        plate.fill(body.outline(), tone)
        plate.fill(body.crescent(-30, 140, 0.36), palette.mix(tone, palette.EARTH, 0.3))
        plate.fill(ellipse(complex(-radius * 0.32, -radius * 0.4), radius * 0.13, radius * 0.2), palette.lighter(tone, 0.6))
        pricks(plate, body, 16, palette.mix(tone, palette.EARTH, 0.5), max(1.2, radius * 0.02))
        plate.ink(body.outline(), 3.6)


def plant_egg(plate: Plate) -> None:
    """Eggs in a nest of straw."""
    nest(plate, 0j)


def nest(plate: Plate, at: complex) -> None:
    """A nest of straw with six eggs."""
    rng = plate.rng
    tones = (palette.STRAW, palette.mix(palette.STRAW, palette.EARTH, 0.35), palette.mix(palette.STRAW, palette.PAPER, 0.3))

    def straws(count: int, low: float, high: float) -> None:
        for _ in range(count):
            a = rng.uniform(low, high)
            mid = at + complex(360 * math.cos(math.radians(a)), 110 + 180 * math.sin(math.radians(a)))
            run = turned(math.degrees(math.atan2(180 * math.cos(math.radians(a)), -360 * math.sin(math.radians(a)))) + rng.uniform(-28, 28))
            line = arc(mid - run * 110, mid + run * 110, rng.uniform(-0.12, 0.12), steps=8)
            off = complex(0, rng.uniform(-34, 34))
            plate.line([z + off for z in line], 12, palette.INK, "none")
            plate.line([z + off for z in line], 8, rng.choice(tones), "none")

    plate.disc(at + 120j, 370, 190, palette.mix(palette.STRAW, palette.EARTH, 0.55), 4)
    straws(46, 180, 360)
    for x, y in ((-150, 20), (20, -10), (180, 30), (-80, 110), (100, 120), (10, 190)):
        egg(plate, at + complex(x + rng.uniform(-10, 10), y), 108)
    straws(70, 0, 180)


def sprig_egg(plate: Plate, at: complex, size: float) -> None:
    """A tail feather."""
    rng = plate.rng
    quill = arc(at + complex(40, size), at + complex(-50, -size), 0.12, steps=20)
    body = ribbon(quill, size * 0.24, lambda t: 0.0 if t < 0.12 else math.sin(math.pi * ((t - 0.12) / 0.88) ** 0.8) ** 0.6, wobble(rng, 0.06, 6))
    plate.fill(body.outline(), palette.mix(palette.ORANGE_DEEP, palette.TEA, 0.3))
    plate.fill(body.band(0, 1), palette.TEA)
    plate.lines([[body.at(0.15 + 0.06 * k, 0), body.at(0.2 + 0.06 * k, s * 0.5), body.at(0.23 + 0.06 * k, s * 0.95)] for k in range(12) for s in (-1, 1)], 1.8, palette.ORANGE_LIGHT)
    plate.line(quill, 5, palette.PAPER_DEEP, "end")
    plate.ink(body.outline(), 3.2)


def slab(plate: Plate, foot: complex, size: float, lean: float) -> None:
    """A strip of cured belly: rind, fat and lean in bands, hung by a cord."""
    rng = plate.rng
    body = ribbon(arc(foot, foot + turned(90 + lean) * size, rng.uniform(-0.04, 0.04), steps=22), size * 0.145, lambda t: min(1.0, 0.78 + t) * (1.0 if t < 0.94 else 0.93), wobble(rng, 0.05, 4))
    fat = palette.mix(palette.STRAW, palette.ORANGE_PALE, 0.45)
    plate.fill(body.outline(), LEAN)
    wave = wobble(rng, 0.08, 3)
    for left, right, tone in ((-1, -0.74, palette.mix(palette.EARTH, palette.TEA, 0.4)), (-0.74, -0.3, fat), (0.02, 0.26, fat), (0.62, 0.8, palette.mix(fat, palette.ORANGE, 0.25))):
        ts = [k / 20 for k in range(21)]
        band = [body.at(t, left + (wave(t) if left > -0.9 else 0)) for t in ts] + [body.at(t, right + wave(t + 0.2)) for t in ts[::-1]]
        plate.fill(band, tone)
    plate.fill(body.crescent(1, 0.7), palette.mix(LEAN, palette.INK, 0.5))
    plate.line(body.edge(-0.55, 0.1, 0.8), 5, palette.WHITE, "both", 0.6)
    plate.lines([body.edge(u, 0.05, 0.95) for u in (0.4, -0.1)], 2, palette.TEA)
    plate.ink(body.outline(), 4.4)
    hole = body.at(0.06, 0)
    plate.disc(hole, 8, 8, palette.INK)


def rack(plate: Plate) -> None:
    """Strips of cured meat hung on a pole over the hearth."""
    rng = plate.rng
    y = -330
    pole = ribbon(arc(complex(-520, y + rng.uniform(-14, 14)), complex(520, y), 0.0), 20, lambda _t: 1.0)
    xs = [-280, -95, 90, 270]
    for i, x in enumerate(xs):
        foot = complex(x + rng.uniform(-16, 16), y + 95)
        lean = rng.uniform(-4, 4)
        for dx in (-12, 12):
            plate.line(arc(complex(foot.real + dx, y - 22), foot + 34j, 0.02), 8, palette.EARTH, "none")
        slab(plate, foot, rng.uniform(430, 540) - 40 * (i % 2), lean)
    plate.fill(pole.outline(), palette.mix(palette.LEAF_LIGHT, palette.STRAW, 0.5))
    plate.fill(pole.band(0.1, 1), palette.mix(palette.OLIVE, palette.STRAW, 0.3))
    plate.ink(pole.outline(), 4.2)
    for x in (-400, -180, 0, 180, 400):
        plate.line([complex(x, y - 21), complex(x + 4, y), complex(x, y + 21)], 5, palette.INK)
    for x in xs:
        for dx in (-14, 2, 14):
            plate.line(arc(complex(x + dx, y - 24), complex(x + dx + 4, y + 24), 0.1), 8, palette.STRAW, "none")


def meat_piece(plate: Plate, at: complex, radius: float) -> None:
    """A short piece of cured belly, cut."""
    rng = plate.rng
    with plate.place(at, 1, rng.uniform(-24, 24)):
        slab(plate, complex(-radius * 1.2, 0), radius * 2.4, -90)


def sprig_meat(plate: Plate, at: complex, size: float) -> None:
    """A pine twig, as burnt for smoke."""
    rng = plate.rng
    way = [at + complex(60, size * 0.9), at + complex(0, 0), at + complex(-50, -size * 0.9)]
    line = spline(way, steps=10)
    needles = [arc(z, z + turned(-90 + s * rng.uniform(24, 60)) * size * 0.5, 0.05, steps=6) for z in line[3:] for s in (-1, 1) for _ in range(2)]
    plate.lines(needles, 7, palette.LEAF_DEEP, "end")
    plate.lines(needles[::2], 4, palette.LEAF_LIGHT, "end")
    twig(plate, way, 8)
    merged(plate, [ellipse(at + complex(-10, 40 - 18 * k), 34 - 5 * k, 20, steps=20) for k in range(4)], palette.EARTH, 3)


def hen_mark(plate: Plate, at: complex, size: float) -> None:
    """Three eggs, for a label."""
    for x, y in ((-0.4, 0.2), (0.42, 0.2), (0.0, -0.15)):
        egg(plate, at + complex(x, y) * size, size * 0.52)


MUSHROOM = Subject(
    forms=("plant", "loose", "dried", "bag", "jar", "basket"), plant=plant_mushroom, piece=fungus, dry=shiitake, sprig=sprig_mushroom,
    mark=lambda plate, at, size: shiitake(plate, at, size * 0.85), label=palette.EARTH,
    tints=(palette.LEAF_PALE, palette.PAPER, palette.PAPER_DEEP, palette.mix(palette.LAKE, palette.PAPER, 0.7)),
    grain=70, step=1.2, dry_grain=48, dry_step=1.25,
)
WOOD_EAR = Subject(
    forms=("plant", "loose", "dried", "bag", "jar"), plant=plant_mushroom, piece=wood_ear, dry=wood_ear, sprig=sprig_mushroom,
    mark=lambda plate, at, size: wood_ear(plate, at, size * 0.85), label=palette.PLUM,
    tints=(palette.PAPER, palette.LEAF_PALE, palette.mix(palette.STRAW, palette.PAPER, 0.6), palette.PAPER_DEEP),
    grain=60, step=1.3, dry_grain=44, dry_step=1.3,
)
CAMELLIA_OIL = Subject(
    forms=("plant", "bottle", "basket", "dried"), plant=plant_camellia, piece=capsule, dry=camellia_seed, sprig=sprig_camellia,
    mark=tea.mark_blossom, label=palette.mix(palette.RED, palette.ORANGE, 0.35), liquid=palette.mix(palette.STRAW, palette.ORANGE_LIGHT, 0.45),
    tints=(palette.PAPER, palette.ORANGE_PALE, palette.LEAF_PALE, palette.PAPER_DEEP),
    grain=54, step=1.4, dry_grain=34, dry_step=1.4,
)
HONEY_POT = Subject(
    forms=("plant", "jar", "loose"), plant=plant_honey, piece=comb, dry=comb, sprig=sprig_honey, mark=comb_mark, label=palette.ORANGE,
    tints=(palette.mix(palette.STRAW, palette.PAPER, 0.55), palette.PAPER, palette.ORANGE_PALE, palette.LEAF_PALE),
    grain=60, own={"jar": honey_jar},
)
EGGS = Subject(
    forms=("plant", "basket", "box", "loose"), plant=plant_egg, piece=egg, dry=egg, sprig=sprig_egg, mark=hen_mark, label=palette.ORANGE,
    tints=(palette.LEAF_PALE, palette.ORANGE_PALE, palette.mix(palette.LAKE, palette.PAPER, 0.66), palette.mix(palette.STRAW, palette.PAPER, 0.6)),
    grain=64, step=1.5,
)
CURED_MEAT = Subject(
    forms=("bunch", "loose", "box"), plant=rack, piece=meat_piece, dry=meat_piece, sprig=sprig_meat,
    mark=lambda plate, at, size: meat_piece(plate, at, size * 0.75), label=palette.RED,
    tints=(palette.ORANGE_PALE, palette.PAPER_DEEP, palette.PAPER, palette.mix(palette.STRAW, palette.PAPER, 0.6)),
    grain=92, step=0.9, own={"bunch": rack},
)
