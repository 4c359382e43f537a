"""The same photograph is found again, another one is not, and 50,000 are searched in no time."""

import io
import random
import time

import pytest
from django.db import connection
from PIL import Image, ImageEnhance, ImageFilter

from pictures.intake import take_in
from pictures.likeness import MOST_BITS, pairs_alike, similar_to
from pictures.models import Picture
from tests.pictures.conftest import photograph

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]
MANY = 50_000


def as_file(image: Image.Image, kind: str = "JPEG", **options: object) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file


def test_a_photograph_that_was_changed_a_little_is_found_again() -> None:
    image = Image.open(photograph(seed=5)).filter(ImageFilter.GaussianBlur(3))
    first = take_in(as_file(image, quality=95), title="一")
    copies = [
        as_file(image.resize((640, 480)), quality=40),
        as_file(image, "WEBP", quality=30),
        as_file(ImageEnhance.Brightness(image).enhance(1.15)),
        as_file(ImageEnhance.Contrast(image).enhance(0.85)),
        as_file(image.filter(ImageFilter.GaussianBlur(4))),
    ]
    taken = [take_in(copy, title="二") for copy in copies]
    other = take_in(photograph(seed=6), title="三")
    assert list(similar_to(first)) == taken
    assert not similar_to(other).exists()
    assert {key for pair in pairs_alike() for key in pair} == {first.pk, *(picture.pk for picture in taken)}


def test_a_plain_sheet_and_a_drawing_are_like_nothing() -> None:
    for _time in range(2):
        take_in(as_file(Image.new("RGB", (900, 600), (200, 90, 10))), title="空")
        take_in(photograph(seed=7), title="插画", is_illustration=True)
    assert pairs_alike() == []
    assert not any(similar_to(picture).exists() for picture in Picture.objects.all())


def likenesses(chance: random.Random) -> list[int]:
    """Random ones, and ten copies with as many wrong bits as are allowed."""
    found = [chance.getrandbits(64) for _number in range(MANY - 10)]
    for origin in found[:10]:
        copy = origin
        for bit in chance.sample(range(64), MOST_BITS):
            copy ^= 1 << bit
        found.append(copy)
    return [bits - (1 << 64) if bits >> 63 else bits for bits in found]


def test_fifty_thousand_are_searched_fast_and_completely() -> None:
    filler = {"padding": [[1200, "/media/images/0123456789abcdef.1200.avif"]] * 7}
    Picture.objects.bulk_create(
        [
            Picture(title=f"p{number}", width=4, height=3, likeness=likeness, sources=filler)
            for number, likeness in enumerate(likenesses(random.Random(1)))
        ],
        batch_size=5000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE pictures_picture")
    pictures = list(Picture.objects.order_by("pk"))
    begun = time.perf_counter()
    for origin, copy in zip(pictures[:10], pictures[-10:], strict=True):
        assert list(similar_to(origin)) == [copy] and list(similar_to(copy)) == [origin]
    one = (time.perf_counter() - begun) / 20
    begun = time.perf_counter()
    pairs = pairs_alike()
    both = time.perf_counter() - begun
    assert set(zip((p.pk for p in pictures[:10]), (p.pk for p in pictures[-10:]), strict=True)) <= set(pairs)
    assert one < 0.15 and both < 10
