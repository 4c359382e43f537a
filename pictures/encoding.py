"""Reading a picture that somebody sent, and writing it again: nothing of the file itself survives but its pixels."""

import io
import math
import struct
import warnings
from dataclasses import dataclass
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from pillow_heif import register_heif_opener

from pictures.scans import has_too_many_scans
from pictures.trial import decodes_within_bounds

register_heif_opener()

READ_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF")
MOST_PIXELS = 40_000_000
# What is kept of a picture: more than any page shows, and a phone's twelve megapixels become a fifth of the bytes.
LONGEST_SIDE = 2400
PAPER = (251, 246, 236)
WIDTHS = (400, 800, 1200)
FALLBACK_WIDTH = 800
# Measured on the demo's drawings and on photographs: AVIF below speed 8 takes three times as long for 3 % fewer bytes.
AVIF_OPTIONS = {"quality": 50, "speed": 8}
WEBP_OPTIONS = {"quality": 72, "method": 4}
JPEG_OPTIONS = {"quality": 76, "optimize": True, "progressive": True}
# The blurred placeholder: sharp enough to tell a bowl from a field, and never as long as a hundred bytes.
MOST_BLUR_BYTES = 99
_BLUR_STEPS = ((16, 60), (16, 40), (16, 20), (12, 20), (12, 0), (8, 0), (4, 0))
# What Pillow's decoders raise for a broken file; AVIF's raises RuntimeError.
_UNREADABLE = (RuntimeError, OSError, SyntaxError, ValueError, EOFError, struct.error, IndexError, KeyError, TypeError)


class PictureRefused(ValueError):
    """A file that is not taken in as a picture; the message is for whoever sent it, in their language."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What is known of a picture at first sight: `blur` is a tiny WebP of at most MOST_BLUR_BYTES, `likeness` its fingerprint."""

    blur: bytes
    likeness: int


@dataclass(frozen=True, slots=True)
class Rendition:
    """One size and format of a picture: `kind` is avif, webp or jpeg, `width` and `height` are pixels."""

    kind: str
    width: int
    height: int
    content: bytes


def read_picture(file: IO[bytes]) -> Image.Image:
    """The pixels of a picture file in sRGB, upright, at most LONGEST_SIDE long; raises PictureRefused.

    What counts is the content, not the name or the declared type. The size is read from the header before a pixel is decoded:
    a small file may unfold to gigabytes.
    """
    most_bytes = settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE
    file.seek(0)
    raw = file.read(most_bytes + 1)
    if len(raw) > most_bytes:
        raise PictureRefused(
            _("The file is larger than %(most)s MB. Please choose a smaller picture.") % {"most": most_bytes // 2**20}
        )
    if has_too_many_scans(raw):
        raise _damaged()
    image = _opened(raw)
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels(image.width * image.height)
    if image.format == "AVIF" and not decodes_within_bounds(raw):
        raise _damaged()
    try:
        return _upright(image)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(None) from error
    except _UNREADABLE as error:
        raise _damaged() from error


def _damaged() -> PictureRefused:
    return PictureRefused(_("The picture is damaged or incomplete. Please take or choose it again."))


def _opened(raw: bytes) -> Image.Image:
    if not raw:
        raise PictureRefused(_("The file is empty. Please take or choose the picture again."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is the lower one
            return Image.open(io.BytesIO(raw), formats=READ_FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(None) from error
    except (UnidentifiedImageError, *_UNREADABLE) as error:
        raise PictureRefused(
            _("This file is not a picture that we can use. Please choose a photograph: JPEG, PNG, WebP, HEIC or AVIF.")
        ) from error


def _too_many_pixels(pixels: int | None) -> PictureRefused:
    if pixels is None:
        return PictureRefused(_("The picture has more than 40 megapixels. Please choose a smaller one."))
    return PictureRefused(
        _("The picture has %(size)s megapixels; 40 are the most. Please choose a smaller one.")
        % {"size": math.ceil(pixels / 1_000_000)}
    )


def _upright(image: Image.Image) -> Image.Image:
    """Decoded, turned as the camera was held, in sRGB without transparency, and no longer than LONGEST_SIDE."""
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG alone: decodes at a fraction where that is enough
    image.load()
    turned = ImageOps.exif_transpose(image)
    turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return _flat(_in_srgb(turned))


def _in_srgb(image: Image.Image) -> Image.Image:
    """Colours of a phone's wide gamut turned into the web's; a profile that can't be read is passed over."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA"}:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError):
        return image
    return turned or image


def _flat(image: Image.Image) -> Image.Image:
    """Plain RGB; where the picture was transparent, our paper shows."""
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        ground = Image.new("RGB", image.size, PAPER)
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    if image.mode.startswith("I"):  # sixteen bits of grey
        image = image.point(lambda value: value / 256).convert("L")
    plain = image.convert("RGB")
    plain.info.clear()
    return plain


def encode_original(image: Image.Image) -> bytes:
    """The picture that is kept, as a JPEG without any metadata."""
    return _encoded(image, "JPEG", {"quality": 88, "optimize": True})


def glance_at(image: Image.Image) -> Glance:
    """The placeholder and the fingerprint of a picture that read_picture returned."""
    return Glance(blur=_blurred(image), likeness=_fingerprint(image))


def _blurred(image: Image.Image) -> bytes:
    for side, quality in _BLUR_STEPS:
        small = image.resize(_within(image.size, side), Image.Resampling.BOX, reducing_gap=2)
        made = _encoded(small, "WEBP", {"quality": quality, "method": 6})
        if len(made) <= MOST_BLUR_BYTES:
            break
    return made


def _within(size: tuple[int, int], side: int) -> tuple[int, int]:
    width, height = size
    longest = max(size)
    return max(1, round(width * side / longest)), max(1, round(height * side / longest))


def _fingerprint(image: Image.Image) -> int:
    """64 bits as a signed number: whether each of 8 x 8 places is brighter than its right neighbour (a difference hash).

    The same photograph smaller, brighter or encoded again differs in a few bits, another one in about 32.
    See https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html
    """
    grey = image.resize((9, 8), Image.Resampling.BOX, reducing_gap=2).convert("L")
    dots = grey.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            here = row * 9 + column
            bits = bits << 1 | (dots[here] > dots[here + 1])
    return bits - (1 << 64) if bits >> 63 else bits


def encode_renditions(image: Image.Image) -> list[Rendition]:
    """What the pages show, narrow to wide: AVIF and WebP at WIDTHS, one JPEG; never wider than the picture itself."""
    renditions = []
    for width in _widths(image.width):
        small = _narrowed(image, width)
        renditions.append(_rendition(small, "avif", AVIF_OPTIONS))
        renditions.append(_rendition(small, "webp", WEBP_OPTIONS))
    fallback = _narrowed(image, min(FALLBACK_WIDTH, image.width))
    return [*renditions, _rendition(fallback, "jpeg", JPEG_OPTIONS)]


def _widths(width: int) -> list[int]:
    return [known for known in WIDTHS if known <= width] or [width]


def _narrowed(image: Image.Image, width: int) -> Image.Image:
    if width == image.width:
        return image
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _rendition(image: Image.Image, kind: str, options: dict[str, Any]) -> Rendition:
    return Rendition(kind, image.width, image.height, _encoded(image, kind.upper(), options))


def _encoded(image: Image.Image, kind: str, options: dict[str, Any]) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()
