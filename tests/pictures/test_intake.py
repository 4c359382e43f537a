"""The door for pictures: what comes in leaves everything but its pixels outside, and what is no picture stays outside."""

import io
import struct
import zlib

import pytest
from django.core.files.storage import default_storage
from django.utils import translation
from PIL import Image
from pytest_django.fixtures import Settings

from pictures.encoding import MOST_PIXELS
from pictures.forms import PictureForm
from pictures.intake import PictureRefused, take_in
from pictures.models import Picture
from tests.pictures.conftest import photograph

ORIENTATION, GPS, LATITUDE, MODEL = 0x0112, 0x8825, 2, 0x0110


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]


def bomb(width: int, height: int) -> io.BytesIO:
    """A PNG of a few hundred bytes that says it has width x height pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + body)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_each_raster_type_becomes_renditions_that_exist(kind: str) -> None:
    picture = take_in(photograph(kind), title="黄花菜", alt_zh="晒干的黄花菜", alt_en="Dried daylily", at_once=True)
    sources = Picture.objects.get(pk=picture.pk).sources
    assert [width for width, _url in sources["avif"]] == [400, 800, 1200]
    assert [width for width, _url in sources["webp"]] == [400, 800, 1200]
    assert [width for width, _url in sources["jpeg"]] == [800]
    for kind_made, made in sources.items():
        for width, url in made:
            with default_storage.open(url.removeprefix("/media/")) as file:
                shown = Image.open(file)
                assert (shown.format, shown.size) == (kind_made.upper(), (width, width * 3 // 4))


def test_a_small_picture_is_not_blown_up() -> None:
    picture = take_in(photograph(size=(300, 200)), title="核桃", at_once=True)
    assert {width for made in picture.sources.values() for width, _url in made} == {300}


def test_metadata_is_gone_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera was turned by a quarter
    exif[MODEL] = "Farmer's phone"
    exif.get_ifd(GPS)[LATITUDE] = (26.0, 47.0, 59.0)
    sent = photograph(exif=exif, icc_profile=b"", comment=b"behind the red house")
    assert b"Farmer" in sent.getvalue()
    picture = take_in(sent, title="花椒")
    assert (picture.width, picture.height) == (1200, 1600)
    with picture.open_file() as file:
        raw = file.read()
    kept = Image.open(io.BytesIO(raw))
    assert not kept.getexif() and "comment" not in kept.info
    assert b"Farmer" not in raw and b"red house" not in raw
    red, green, _blue = kept.convert("RGB").getpixel((600, 200))  # type: ignore[misc]
    assert red > green, "the red half was on the left, so after the turn it is on top"


def test_the_sender_s_file_name_is_not_kept() -> None:
    file = photograph()
    file.name = "李秀英 身份证.jpg"
    assert "_" not in take_in(file, title="茶").file.name.rpartition("/")[2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"),
        (b"this is a letter, not a photograph", "不是我们能用的图片"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "不是我们能用的图片"),
        (b"GIF89a" + b"\0" * 40, "不是我们能用的图片"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 20, "不是我们能用的图片"),
    ],
)
def test_what_is_no_picture_is_refused_in_the_user_s_language(content: bytes, words: str) -> None:
    with translation.override("zh-hans"), pytest.raises(PictureRefused, match=words):
        take_in(io.BytesIO(content), title="x.jpg")
    assert not Picture.objects.exists()


def test_a_hundred_megapixels_are_refused_before_a_pixel_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda _self: pytest.fail("decoded"))
    with translation.override("en"), pytest.raises(PictureRefused, match="100 megapixels; 40 are the most"):
        take_in(bomb(10_000, 10_000), title="bomb")
    with translation.override("en"), pytest.raises(PictureRefused, match="more than 40 megapixels"):
        take_in(bomb(60_000, 60_000), title="a bomb that Pillow itself refuses")


def test_forty_megapixels_pass_and_one_row_more_does_not() -> None:
    with pytest.raises(PictureRefused, match="damaged"), translation.override("en"):
        take_in(bomb(8000, MOST_PIXELS // 8000), title="within the limit, but without its pixels")
    with pytest.raises(PictureRefused, match="40"):
        take_in(bomb(8000, MOST_PIXELS // 8000 + 1), title="one row too many")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_picture_is_refused(kind: str) -> None:
    noisy = Image.effect_noise((600, 600), 80)
    file = io.BytesIO()
    noisy.save(file, kind)
    with translation.override("en"), pytest.raises(PictureRefused, match="damaged|can use"):
        take_in(io.BytesIO(file.getvalue()[: len(file.getvalue()) // 2]), title="half")


def test_a_file_too_large_is_refused(settings: Settings) -> None:
    settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE = 1000
    with translation.override("en"), pytest.raises(PictureRefused, match="larger than"):
        take_in(photograph(), title="heavy")


def test_transparency_becomes_paper() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (500, 500), (0, 0, 0, 0)).save(file, "PNG")
    picture = take_in(file, title="see-through")
    with picture.open_file() as kept:
        red, green, blue = Image.open(kept).getpixel((10, 10))  # type: ignore[misc]
    assert min(red, green, blue) > 225


def test_an_upload_in_the_office_goes_through_the_same_door() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile
    from wagtail.images.forms import get_image_form
    from wagtail.models import Collection

    form_class = get_image_form(Picture)
    assert issubclass(form_class, PictureForm)
    exif = Image.Exif()
    exif[MODEL] = "Official's camera"
    fields = {"title": "馆", "collection": Collection.get_first_root_node().pk, "tags": ""}
    upload = SimpleUploadedFile("IMG_1.jpg", photograph(exif=exif).getvalue(), "image/jpeg")
    form = form_class(fields, {"file": upload})
    assert form.is_valid(), form.errors
    picture = form.save()
    assert list(picture.sources) == ["blur"]
    with picture.open_file() as file:
        assert b"Official" not in file.read()
    half = SimpleUploadedFile("IMG_2.jpg", photograph().getvalue()[:3000], "image/jpeg")
    assert "file" in form_class(fields, {"file": half}).errors
