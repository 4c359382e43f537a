"""What hostile files are put together from: photographs, and the chunks, segments and boxes of their formats."""

import io
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PIL import Image

SIDE = (320, 240)
MARKER, PLACE, SCRIPT = b"PlantedMarker5f2c", b"26.7851N112.1203E", b"<script>alert(7)</script>"
MARKERS = (MARKER, PLACE, SCRIPT, b"<?php", b"PK\x03\x04", b"PK\x05\x06", b"%PDF", b"CAFEBABE")
KINDS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")
SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "AVIF": "avif", "HEIF": "heic"}


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file as it is sent; `fate` is 'refused', 'taken', or 'either' where a damaged file may still show a picture."""

    what: str
    name: str
    content: bytes
    fate: str = "refused"


@lru_cache(maxsize=32)
def photograph(kind: str, size: tuple[int, int] = SIDE) -> bytes:
    """A picture with some detail."""
    image = Image.radial_gradient("L").resize(size).convert("RGB")
    image.paste((40, 140, 60), (size[0] // 2, size[1] // 3, size[0], size[1]))
    return encoded(image, kind)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The image as a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *more: bytes, data: bytes = b"", depth: int = 8, colour: int = 2) -> bytes:
    """A PNG with any header, further chunks, and (compressed) data."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = [chunk(b"IHDR", header), *more, chunk(b"IDAT", data or zlib.compress(bytes(1000))), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP of these chunks."""
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def box(kind: bytes, data: bytes) -> bytes:
    """A box of an ISO media file (HEIC, AVIF, MP4)."""
    return struct.pack(">I", len(data) + 8) + kind + data


def segment(marker: int, data: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data
