"""Small files that unfold to gigabytes or hours."""

import base64
import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.pictures.parts import MARKER, SUFFIXES, Hostile, chunk, encoded, photograph, png, riff

# An AVIF of 16,000 x 16,000 in one colour, whose container says 64 x 48; it takes a minute to make.
VAST_AVIF = """
eNpjYGBQSCupLEgsy0xjAAIQnZuZZpibmZjm62joCBR6nZtaksgAAYoZKTlFUDZDQWZyCQMa4CvILMkFsxiBWC4zJz8ZxHEB8RkhoozCDAw8U4BsjczMvDS4
WikgJ5UJykssMzB0zs/JB9uVlVlQVACkvTMLkvOBtEhmcUEq1D4HIDYAYoGCzIpMkAAzBwcHkOJJLDN0brQHqxFOzs8pykvOqQCazMvA1gAUEs8syIX5Cegw
FkamZhagpjm5KYklQgxc3Pbf6+p//l3CYiLlYNQkKaCUaDjJoYlDfQLQusTz5wLXav4/tfQP85Y1ZZcOfY8ITbpw8dmVhcvFmc+5iL5drfduFzdb7/M/6zcJ
6HtLFa+ftumVw9/f/w2emWWlpdY5mMbuPXnm1tatbCyF3SE81ZO4mveevXSGrdzYsUHg+V9LFT1+i+Tz5yLKmb5slL5/vWBLypt8A8ezOxyTTdZ8C3+00Lex
WyBwYnPOJSGeUtvZTlnzvU7efMHg9O9YmHhakCy7m9Wdaz1VW+Z8db1U3x9bYCxW9GDfhN1qL2e9O331txST86EPG0tesX2ekLWBLpYkkWWJgsex/4uflmrX
Hv24LGXuHb4DUy81uGccrp1eWVR58oq/S0jLIvWqU+eFrxSub1h5YPiE1miUjEbJaJSMRslolIxGyWiUjEbJYI2SaBp65M3QNZx2IX8EAH/9suY=
"""


def bombs() -> Iterator[Hostile]:
    """Small files that unfold to gigabytes or hours."""
    for width, height in (
        *((10_000, 10_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1), (2**31 - 1, 1), (1, 100_000_000), (8000, 5001)),
        *((0, 0), (0, 100), (100, 0), (2**32 - 1, 2**32 - 1), (1, 40_000_001), (200_000, 200_000)),
    ):
        yield Hostile(f"PNG that says {width} x {height}", "bomb.png", png(width, height))
    zeros = zlib.compress(bytes(100_000_000), 6)
    yield Hostile("PNG whose data unfold to 100 MB", "bomb.png", png(100, 100, data=zeros), "either")
    yield Hostile("PNG of 40 megapixels that holds none", "bomb.png", png(8000, 5000))
    for name, data in (
        (b"zTXt", b"Comment\0\0" + zeros),
        (b"iCCP", b"profile\0\0" + zeros),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zeros),
    ):
        yield Hostile(f"PNG with a bomb in {name.decode()}", "t.png", png(4, 4, chunk(name, data)), "either")
    many = [chunk(b"tEXt", b"Comment\0" + MARKER * 50)] * 3000
    yield Hostile("PNG with 3,000 texts", "t.png", png(4, 4, *many, data=zlib.compress(bytes(52))), "either")
    frames = [chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))]
    yield Hostile("APNG of 2,147,483,647 frames", "a.png", png(4, 4, *frames, data=zlib.compress(bytes(52))), "either")
    yield from _jpeg_bombs()
    yield from _webp_bombs()
    for boxed in ("AVIF", "HEIF"):
        yield from _box_bombs(boxed)
    yield Hostile("AVIF of 16,000 x 16,000 that says 64 x 48", "b.avif", vast_avif())
    yield Hostile("GIF that says 65,535 x 65,535", "bomb.gif", b"GIF89a" + struct.pack("<HH", 65535, 65535) + bytes(30))


def _jpeg_bombs() -> Iterator[Hostile]:
    whole = photograph("JPEG")
    start = whole.index(b"\xff\xc0") + 5
    for width, height in (
        (65_500, 65_500),
        (65_535, 65_535),
        (8000, 5001),
        (0, 0),
        (1, 65_535),
        (65_535, 1),
        (7000, 5700),
    ):
        sized = whole[:start] + struct.pack(">HH", height, width) + whole[start + 4 :]
        fate = "either" if 0 < width * height <= 40_000_000 else "refused"
        yield Hostile(f"JPEG that says {width} x {height}", "bomb.jpg", sized, fate)
    for scans in (101, 1000, 20_000):
        yield Hostile(f"JPEG of {scans:,} scans", "scans.jpg", many_scans(scans, (7900, 5000)))


def many_scans(scans: int, size: tuple[int, int]) -> bytes:
    """A progressive JPEG that repeats its last scan: a decoder goes over every pixel each time."""
    whole = encoded(Image.new("L", size, 128), "JPEG", progressive=True, optimize=True)
    last = whole.rindex(b"\xff\xda")
    repeated = whole[last:-2]
    return whole[:last] + repeated * scans + b"\xff\xd9"


def _webp_bombs() -> Iterator[Hostile]:
    canvas = struct.pack("<I", 0x02) + struct.pack("<I", 16_382)[:3] + struct.pack("<I", 16_382)[:3]
    frame = photograph("WEBP")[12:]
    animation = (b"ANIM", struct.pack("<IH", 0, 0))
    anmf = bytes(12) + struct.pack("<I", 100)[:3] + b"\0" + frame
    yield Hostile("animated WebP of 16,383 x 16,383", "b.webp", riff((b"VP8X", canvas), animation, (b"ANMF", anmf)))
    lossless = b"\x2f" + struct.pack("<I", 16_382 | 16_382 << 14) + bytes(60)
    yield Hostile("lossless WebP of 16,383 x 16,383", "b.webp", riff((b"VP8L", lossless)))
    lossy = bytearray(photograph("WEBP"))
    place = lossy.index(b"\x9d\x01\x2a") + 3
    lossy[place : place + 4] = struct.pack("<HH", 16_383, 16_383)
    yield Hostile("WebP of 16,383 x 16,383", "b.webp", bytes(lossy))


def _box_bombs(kind: str) -> Iterator[Hostile]:
    whole = photograph(kind)
    place = whole.index(b"ispe") + 8
    for width, height in (
        (65_535, 65_535),
        (16_384, 16_384),
        (2**32 - 1, 2**32 - 1),
        (0, 0),
        (8000, 5001),
        (1, 100_000),
    ):
        sized = whole[:place] + struct.pack(">II", width, height) + whole[place + 8 :]
        yield Hostile(f"{kind} that says {width} x {height}", f"b.{SUFFIXES[kind]}", sized, "either")
    # It says that it is small, and is not.
    large = encoded(Image.new("RGB", (7200, 6000), (9, 99, 9)), kind, **({"speed": 10} if kind == "AVIF" else {}))
    place = large.index(b"ispe") + 8
    small = large[:place] + struct.pack(">II", 64, 48) + large[place + 8 :]
    yield Hostile(f"{kind} of 43 megapixels that says 64 x 48", f"b.{SUFFIXES[kind]}", small, "either")


def vast_avif() -> bytes:
    """3,495 bytes whose decoder asks for 800 MB."""
    return zlib.decompress(base64.b64decode(VAST_AVIF))
