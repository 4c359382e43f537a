"""Taking in a picture: checked, re-encoded and shown blurred at once; a job makes the sizes and formats that the pages use."""

import secrets
from typing import IO, Any

from django.core.files.base import ContentFile

from pictures.encoding import Glance, PictureRefused, encode_original, glance_at, read_picture
from pictures.models import Picture

__all__ = ["CleanPicture", "PictureRefused", "clean_file", "take_in"]


class CleanPicture(ContentFile[bytes]):
    """A picture file of ours, made by clean_file: no need to look at it twice."""

    def __init__(self, content: bytes, *, glance: Glance) -> None:
        super().__init__(content, name=f"{secrets.token_hex(8)}.jpg")
        self.glance = glance


def take_in(
    file: IO[bytes],
    *,
    title: str,
    alt_zh: str = "",
    alt_en: str = "",
    is_illustration: bool = False,
    at_once: bool = False,
) -> Picture:
    """A saved picture, whose renditions a job makes (`at_once`: they are there on return; it takes a second or two).

    Raises PictureRefused with a message for whoever sent the file. Nothing of the file itself is kept but its pixels: no name,
    place, time or camera (a farm's location is personal data).
    """
    picture = Picture(title=title[:255], alt_zh=alt_zh[:200], alt_en=alt_en[:200], is_illustration=is_illustration)
    picture.file = clean_file(file)
    picture._set_image_file_metadata()
    picture.save(at_once=at_once)
    return picture


def clean_file(file: IO[bytes] | CleanPicture | Any) -> CleanPicture:
    """The same picture as a new file of ours, a JPEG without metadata and with a name that says nothing. Raises PictureRefused.

    One that came through this door before is returned as it is.
    """
    if isinstance(file, CleanPicture):
        file.seek(0)
        return file
    image = read_picture(file)
    return CleanPicture(encode_original(image), glance=glance_at(image))
