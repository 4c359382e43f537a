"""Every drawing of the demo: valid, of the wanted size, its own for each seed and the same for the same seed."""

import io
import xml.etree.ElementTree as ET

import pytest
from PIL import Image

from demo.pictures.draw import FORMS, SCENES, NoSuchDrawing, draw, rasterise, scene
from demo.pictures.ornaments import FOLDER, ORNAMENTS

EVERY = [(subject, form) for subject, forms in FORMS.items() for form in forms]
SVG = "{http://www.w3.org/2000/svg}"
WANTED = {
    *(
        "daylily",
        "sichuan_pepper",
        "white_tea",
        "black_tea",
        "walnut",
        "olive",
        "apple",
        "ginger",
        "lily_bulb",
        "potato",
    ),
    *("honey", "rice", "chili", "camellia_oil", "bamboo_shoot", "mushroom", "kiwi", "orange", "peanut", "sweet_potato"),
    *("cured_meat", "codonopsis", "soybean", "brocade", "farm_stay", "seed_packet", "hoe", "washing_powder", "thermos"),
}


def _pixels(svg: str, width: int) -> Image.Image:
    return Image.open(io.BytesIO(rasterise(svg, width))).convert("RGB")


def _assert_plain(svg: str) -> None:
    """Only shapes and clips: no words, no pictures, nothing fetched, no broken number."""
    tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()}
    assert tags <= {"svg", "path", "g", "clipPath"}
    assert "nan" not in svg
    assert "inf" not in svg


@pytest.mark.parametrize(("subject", "form"), EVERY)
def test_a_drawing_is_plain_of_the_wanted_size_and_its_own_for_each_seed(subject: str, form: str) -> None:
    first, again, other = draw(subject, form, 1), draw(subject, form, 1), draw(subject, form, 2)
    _assert_plain(first)
    assert first == again
    picture = _pixels(first, 160)
    assert picture.size == (160, 120)
    colours = picture.getcolors(160 * 120)
    assert colours is not None
    assert len(colours) > 200
    assert _difference(picture, _pixels(other, 160)) > 0.04


def _difference(a: Image.Image, b: Image.Image) -> float:
    """The part of the pixels which differ visibly."""
    one, two = a.convert("L").tobytes(), b.convert("L").tobytes()
    return sum(abs(x - y) > 8 for x, y in zip(one, two, strict=True)) / len(one)


def test_every_wanted_subject_is_drawn() -> None:
    assert set(FORMS) >= WANTED
    assert all(FORMS.values())


def test_a_square_keeps_the_subject_whole() -> None:
    assert _pixels(draw("daylily", "plant", 3, size=(600, 600)), 300).size == (300, 300)


def test_an_unknown_drawing_is_refused() -> None:
    with pytest.raises(NoSuchDrawing):
        draw("apple", "bottle", 1)
    with pytest.raises(NoSuchDrawing):
        draw("durian", "plant", 1)
    with pytest.raises(NoSuchDrawing):
        scene("paris", 1)


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_plain_svg_and_its_own_for_each_seed(name: str) -> None:
    first, again, other = scene(name, 1), scene(name, 1), scene(name, 2)
    _assert_plain(first)
    assert first == again
    portrait = name == "station_point"
    picture = _pixels(first, 300 if portrait else 400)
    assert picture.size == ((300, 400) if portrait else (400, 175))
    assert _difference(picture, _pixels(other, picture.width)) > 0.02


@pytest.mark.parametrize("name", ORNAMENTS)
def test_an_ornament_on_disk_is_small_and_as_drawn(name: str) -> None:
    written = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert written == ORNAMENTS[name]() + "\n"
    assert len(written.encode()) < 2000
    ET.fromstring(written)


def test_the_pictures_stay_light() -> None:
    heaviest = [
        ("daylily", "dried"),
        ("sichuan_pepper", "plant"),
        ("lily_bulb", "loose"),
        ("chili", "bunch"),
        ("olive", "plant"),
    ]
    for subject, form in heaviest:
        card, page = io.BytesIO(), io.BytesIO()
        picture = _pixels(draw(subject, form, 1), 1200)
        picture.save(page, "JPEG", quality=82)
        picture.resize((400, 300)).save(card, "AVIF", quality=55)
        assert len(page.getvalue()) < 170_000, (subject, form)
        assert len(card.getvalue()) < 14_000, (subject, form)
