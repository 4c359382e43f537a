"""The demo's drawings: one family of botanical plates, each composed anew from its seed."""

import zlib
from collections.abc import Callable
from random import Random

import resvg_py

from demo.pictures import firm, glass, grounds, kraft, palette, scenes, woven
from demo.pictures.kit import Subject, mound, shadow
from demo.pictures.plate import Plate
from demo.pictures.subjects import SUBJECTS

FORMS: dict[str, tuple[str, ...]] = {name: subject.forms for name, subject in SUBJECTS.items()}

SCENES: tuple[str, ...] = tuple(scenes.SCENES)


class NoSuchDrawing(ValueError):
    """Asked for a subject, a form or a scene that is not drawn."""


def draw(subject: str, form: str, seed: int, size: tuple[int, int] = (1200, 900)) -> str:
    """Draw a subject in one of its forms and return SVG text.

    The same arguments always give the same text; another seed gives another composition and ground. `size` is in
    pixels; the drawing is composed for 4:3 and keeps its subject inside the middle square. Raises NoSuchDrawing.
    """
    if form not in FORMS.get(subject, ()):
        raise NoSuchDrawing(f"{subject}, {form}")
    rng = Random(zlib.crc32(f"{subject}/{form}/{seed}".encode()))  # noqa: S311 - it draws, it guards nothing
    plate = Plate(size[0], size[1], rng)
    good = SUBJECTS[subject]
    scale = min(size[0] / 1200, size[1] / 900)
    with plate.place(complex(size[0] / 2, size[1] / 2), scale):
        plate.fine = scale
        half = complex(size[0] / 2, size[1] / 2) / scale
        ground = grounds.lay(
            plate, half, good.tints, growing=form == "plant", turn=seed + zlib.crc32(f"{form} {subject}".encode()) % 96
        )
        with plate.place(complex(0, 0 if form == "plant" else -14)):
            _compose(plate, good, form, ground)
        grounds.seal(plate, half)
    return plate.svg()


def scene(name: str, seed: int) -> str:
    """Draw one of SCENES and return SVG text, 1600 by 700 (a portrait: 900 by 1200). Raises NoSuchDrawing."""
    if name not in SCENES:
        raise NoSuchDrawing(name)
    return scenes.paint(name, seed)


def rasterise(svg: str, width: int) -> bytes:
    """Render SVG text to PNG bytes, `width` pixels wide, the height in proportion."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True))


def _compose(plate: Plate, good: Subject, form: str, ground: str) -> None:
    own: Callable[[Plate], None] | None = (good.own or {}).get(form)
    if form == "plant":
        shift = complex(plate.rng.uniform(-34, 34), plate.rng.uniform(-10, 10))
        with plate.place(
            shift, plate.rng.uniform(0.97, 1.07), plate.rng.uniform(-4, 4), mirror=plate.rng.random() < 0.5
        ):
            good.plant(plate)
    elif own:
        with plate.place(0j, 1.0, mirror=plate.rng.random() < 0.5):
            own(plate)
    else:
        with plate.place(complex(0, 4), 1.0 if form in ("dried", "basket", "box") else 1.09):
            _still_life(plate, good, form, ground)


def _still_life(plate: Plate, good: Subject, form: str, ground: str) -> None:
    """A vessel with a sprig behind it and a few loose pieces before it."""
    rng = plate.rng
    side = rng.choice((-1, 1))
    if form == "dried":
        woven.tray(plate, good.dry, grain=good.dry_grain, step=good.dry_step, ground=ground)
        if rng.random() < 0.6:
            with plate.place(complex(side * rng.uniform(225, 265), -70), 1, mirror=side > 0):
                good.sprig(plate, 0j, 165)
        return
    if form == "loose":
        _loose(plate, good, ground)
        return
    aside = form not in ("basket", "box")
    shift = complex(side * rng.uniform(20, 60), 0) if aside else 0j
    if aside:
        with plate.place(shift + complex(-side * rng.uniform(265, 295), rng.uniform(-70, 40)), 1, mirror=side < 0):
            good.sprig(plate, 0j, rng.uniform(185, 210))
    with plate.place(shift):
        _vessel(plate, good, form, ground)
    _scatter(plate, good, form, ground, shift, side)


def _vessel(plate: Plate, good: Subject, form: str, ground: str) -> None:
    dried = form in ("bag", "jar")
    piece, grain, step = (good.dry, good.dry_grain, good.dry_step) if dried else (good.piece, good.grain, good.step)
    if form == "basket":
        bulk = good.bulk or palette.mix(good.label, palette.TEA, 0.5)
        woven.basket(plate, piece, grain=grain, step=step, bulk=bulk, ground=ground)
    elif form == "bag":
        kraft.bag(plate, piece, good.mark, grain=grain, step=step, colour=good.label, ground=ground)
    elif form == "jar":
        glass.jar(plate, piece, good.mark, grain=grain, step=step, colour=good.label, ground=ground)
    elif form == "tin":
        firm.tin(plate, good.mark, colour=good.label, ground=ground)
    elif form == "bottle":
        glass.bottle(plate, good.mark, liquid=good.liquid, colour=good.label, ground=ground)
    else:
        firm.box(plate, piece, good.mark, grain=grain, step=step, colour=good.label, ground=ground)


def _scatter(plate: Plate, good: Subject, form: str, ground: str, shift: complex, side: int) -> None:
    """A few pieces lying before the vessel."""
    rng = plate.rng
    if form == "tin" and good.extra and rng.random() < 0.6:
        good.extra(plate, shift + complex(side * rng.uniform(300, 330), 236), 1.0)
        return
    if form in ("bag", "jar", "tin"):
        spots = mound(rng, 120, 36, 22, good.dry_grain * good.dry_step * 1.05)
        heap = shift + complex(side * rng.uniform(235, 275), 306)
        shadow(plate, heap + 16j, 150, 34, ground)
        for at in spots:
            good.dry(plate, heap + at, good.dry_grain * 0.92)
        return
    far = 390 if form in ("basket", "box") else 270
    places = (
        [complex(-side * far * 0.95, 312), complex(-side * far * 0.72, 346)]
        if rng.random() < 0.75
        else [complex(side * far, 330)]
    )
    for at in places:
        shadow(plate, shift + at + complex(0, good.grain * 0.55), good.grain * 0.95, good.grain * 0.28, ground)
        good.piece(plate, shift + at, good.grain)


def _loose(plate: Plate, good: Subject, ground: str) -> None:
    """Large pieces laid out on the table."""
    rng = plate.rng
    radius = rng.uniform(124, 142)
    plans = (
        (-215 - 40j, 60 - 120j, 250 + 30j, -90 + 150j, 190 + 200j),
        (-150 - 130j, 160 - 110j, -265 + 110j, 20 + 120j, 280 + 130j),
        (-240 + 40j, -20 - 110j, 230 - 60j, 40 + 160j, 300 + 170j),
        (-290 + 60j, -30 - 30j, 260 - 20j, 90 + 190j),
        (-130 - 150j, 150 - 150j, -290 + 20j, 10 + 20j, 300 + 10j, -140 + 190j, 160 + 190j),
    )
    spots = sorted(
        (z + complex(rng.uniform(-18, 18), rng.uniform(-18, 18)) for z in rng.choice(plans)), key=lambda z: z.imag
    )
    with plate.place(complex(rng.choice((-1, 1)) * 250, -190)):
        good.sprig(plate, 0j, 175)
    for at in spots:
        shadow(plate, at + complex(10, radius * good.lie), radius * 0.95, radius * 0.3, ground)
        with plate.finer(1.15):
            good.piece(plate, at, radius * rng.uniform(0.92, 1.08))
