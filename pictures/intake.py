"""Taking in a picture: checked, re-encoded, and ready in every size and format that the pages use."""

import secrets
from typing import IO

from django.core.files.base import ContentFile

from pictures.encoding import PictureRefused, encode_original, read_picture
from pictures.models import Picture

__all__ = ["PictureRefused", "clean_file", "take_in"]


def take_in(
    file: IO[bytes],
    *,
    title: str,
    alt_zh: str = "",
    alt_en: str = "",
    is_illustration: bool = False,
) -> Picture:
    """A saved picture with its renditions in `sources`. Raises PictureRefused with a message for whoever sent the file.

    Nothing of the file itself is kept but its pixels: no name, place, time or camera (a farm's location is personal data).
    """
    picture = Picture(title=title[:255], alt_zh=alt_zh[:200], alt_en=alt_en[:200], is_illustration=is_illustration)
    picture.file = clean_file(file)
    picture._set_image_file_metadata()
    picture.save()
    return picture


def clean_file(file: IO[bytes]) -> ContentFile[bytes]:
    """The same picture as a new file of ours, a JPEG without metadata and with a name that says nothing. Raises PictureRefused."""
    return ContentFile(encode_original(read_picture(file)), name=f"{secrets.token_hex(8)}.jpg")
