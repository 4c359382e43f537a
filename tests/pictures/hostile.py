"""Five hundred files that somebody might send as a photograph: bombs, polyglots, broken ones, wrong ones, and telling ones.

`hostile_files()` makes the same files at every run. MARKERS stand wherever a file can carry something besides its pixels: none of
them may be found in what is kept.
"""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from tests.pictures.bombs import bombs
from tests.pictures.parts import (
    KINDS,
    MARKER,
    PLACE,
    SCRIPT,
    SIDE,
    SUFFIXES,
    Hostile,
    box,
    chunk,
    encoded,
    photograph,
    png,
    riff,
    segment,
)

CUTS, FLIPS = 20, 28


def hostile_files() -> list[Hostile]:
    """All of them, in a fixed order."""
    makers = (truncated, flipped, bombs, polyglots, telling, unusual, other_types, wrong_suffixes, strange_names)
    return [file for make in makers for file in make()]


def truncated() -> Iterator[Hostile]:
    """Photographs of which the end is missing."""
    for kind in KINDS:
        whole = photograph(kind)
        for number in range(CUTS):
            length = 4 + (len(whole) - 5) * number // (CUTS - 1)
            yield Hostile(f"{kind} cut at {length}", f"cut{number}.{SUFFIXES[kind]}", whole[:length], "either")


def flipped() -> Iterator[Hostile]:
    """Photographs with some wrong bits."""
    for kind in KINDS:
        chance = random.Random(kind)
        for number in range(FLIPS):
            broken = bytearray(photograph(kind))
            reach = 64 if number % 2 else len(broken)  # every other one is broken in its head
            for _bit in range(1 + number // 2):
                broken[chance.randrange(reach)] ^= 1 << chance.randrange(8)
            yield Hostile(f"{kind} with wrong bits {number}", f"f{number}.{SUFFIXES[kind]}", bytes(broken), "either")


def polyglots() -> Iterator[Hostile]:
    """Pictures that are something else too, behind, inside or before."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("META-INF/MANIFEST.MF", MARKER)
    behind = {
        "zip": archive.getvalue(),
        "html": b"<html><body>" + SCRIPT + MARKER,
        "php": b"<?php system($_GET['c']); /*" + MARKER + b"*/ ?>",
        "pdf": b"%PDF-1.4\n1 0 obj<</JS(app.alert(1))>>endobj\n" + MARKER,
        "java": b"\xca\xfe\xba\xbeCAFEBABE" + MARKER,
        "script": b"*/=1;alert(document.domain)//" + MARKER,
    }
    for kind in KINDS:
        for what, more in behind.items():
            yield Hostile(
                f"{kind} and {what} behind it",
                f"p.{SUFFIXES[kind]}",
                photograph(kind) + more,
                "taken" if kind in {"JPEG", "PNG"} else "either",
            )
    whole = photograph("JPEG")
    for what, more in behind.items():
        yield Hostile(
            f"JPEG with {what} as its comment", f"{what}.jpg", whole[:2] + segment(0xFE, more) + whole[2:], "taken"
        )
        yield Hostile(f"JPEG with {what} in APP1", f"{what}.jpg", whole[:2] + segment(0xE1, more) + whole[2:], "taken")
        yield Hostile(f"PNG with {what} in a chunk", f"{what}.png", _with_chunk(b"tEXt", b"Comment\0" + more), "taken")
        yield Hostile(f"{what} and a JPEG behind it", f"{what}.jpg", more + whole)
    gif = b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)//" + archive.getvalue()
    yield Hostile("GIF and an archive (GIFAR)", "gifar.gif", gif)
    yield Hostile("GIF and an archive, named .jpg", "gifar.jpg", gif)


def _with_chunk(kind: bytes, data: bytes) -> bytes:
    whole = photograph("PNG")
    return whole[:33] + chunk(kind, data) + whole[33:]


def telling() -> Iterator[Hostile]:
    """Pictures that tell where, when and with what they were taken."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0131], exif[0x8298] = MARKER, MARKER, SCRIPT.decode(), PLACE.decode()
    exif[0x0112] = 6
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (26.0, 47.0, 6.0), "E", (112.0, 7.0, 13.0)
    gps[27] = PLACE
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + MARKER
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF>" + PLACE + MARKER + SCRIPT + b"</rdf:RDF></x:xmpmeta>"
    image = Image.open(io.BytesIO(photograph("PNG")))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profiles = {
        "a profile with something behind it": profile + MARKER + SCRIPT,
        "a profile that lies about its length": struct.pack(">I", 2**31) + profile[4:],
        "a profile cut short": profile[:200],
        "a profile of nonsense": random.Random(7).randbytes(3000) + MARKER,
        "an empty profile": b"\0" * 128,
        "a profile for print": profile[:16] + b"CMYK" + profile[20:],
    }
    for kind in KINDS:
        suffix = SUFFIXES[kind]
        yield Hostile(f"{kind} with EXIF and GPS", f"gps.{suffix}", encoded(image, kind, exif=exif.tobytes()), "taken")
        known = {"pnginfo": _xmp_text(xmp)} if kind == "PNG" else {"xmp": xmp}
        yield Hostile(f"{kind} with XMP", f"xmp.{suffix}", encoded(image, kind, **known), "taken")
        for what, bytes_ in profiles.items():
            yield Hostile(f"{kind} with {what}", f"icc.{suffix}", encoded(image, kind, icc_profile=bytes_), "either")
        broken = b"Exif\0\0MM\0*" + b"\xff" * 40 + MARKER
        yield Hostile(f"{kind} with broken EXIF", f"e.{suffix}", encoded(image, kind, exif=broken), "either")
    loop = b"Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\x08" + MARKER
    yield Hostile("EXIF that points to itself", "loop.jpg", encoded(image, "JPEG", exif=loop), "taken")
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", 60) + b"\x1c\x02\x5a\0\x14" + PLACE + MARKER
    whole = photograph("JPEG")
    yield Hostile("JPEG with IPTC", "iptc.jpg", whole[:2] + segment(0xED, iptc) + whole[2:], "taken")
    thumbnail = b"JFXX\0\x10" + whole[:9000] + MARKER
    yield Hostile("JPEG with a thumbnail", "jfxx.jpg", whole[:2] + segment(0xE0, thumbnail) + whole[2:], "taken")


def _xmp_text(xmp: bytes) -> PngInfo:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", xmp.decode())
    info.add_text("Comment", MARKER.decode(), zip=True)
    info.add_text("Location", PLACE.decode())
    return info


def unusual() -> Iterator[Hostile]:
    """Honest pictures of a kind that seldom comes: modes, depths, sizes, animations."""
    picture = Image.open(io.BytesIO(photograph("PNG")))
    yield Hostile("CMYK JPEG", "cmyk.jpg", encoded(picture.convert("CMYK"), "JPEG"), "taken")
    adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\2")
    cmyk = encoded(picture.convert("CMYK"), "JPEG")
    yield Hostile("CMYK JPEG turned inside out", "ycck.jpg", cmyk[:2] + adobe + cmyk[2:], "either")
    yield Hostile("grey JPEG", "grey.jpg", encoded(picture.convert("L"), "JPEG"), "taken")
    sixteen = Image.new("I;16", SIDE, 40_000)
    yield Hostile("PNG of 16 bits", "deep.png", encoded(sixteen, "PNG"), "taken")
    yield Hostile(
        "PNG of 16 bits a colour", "rgb48.png", png(8, 8, depth=16, data=zlib.compress(bytes(49 * 8))), "taken"
    )
    yield Hostile("PNG of 1 bit", "bw.png", encoded(picture.convert("1"), "PNG"), "taken")
    palette = picture.quantize(8)
    yield Hostile("palette with one clear colour", "p.png", encoded(palette, "PNG", transparency=3), "taken")
    alphas = bytes(range(0, 256, 32))
    yield Hostile("palette with half clear colours", "pa.png", encoded(palette, "PNG", transparency=alphas), "taken")
    yield Hostile(
        "palette that misses its colours", "p.png", png(9, 9, colour=3, data=zlib.compress(bytes(90))), "either"
    )
    clear = picture.convert("RGBA")
    clear.putalpha(0)
    for kind in ("PNG", "WEBP", "AVIF", "HEIF"):
        yield Hostile(f"{kind} that is all clear", f"clear.{SUFFIXES[kind]}", encoded(clear, kind), "taken")
    yield Hostile("grey and clear PNG", "la.png", encoded(picture.convert("LA"), "PNG"), "taken")
    frames = [picture.rotate(angle) for angle in range(0, 360, 30)]
    for kind in ("WEBP", "PNG", "AVIF"):
        moving = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        yield Hostile(f"animated {kind}", f"moving.{SUFFIXES[kind]}", moving, "taken")
    yield Hostile("animated GIF", "moving.gif", encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    for width, height in ((1, 1), (1, 100_000), (100_000, 1), (2, 60_000), (10_000, 3), (40_000, 1000)):
        plain = Image.new("L", (width, height), 99)
        yield Hostile(f"PNG of {width} x {height}", "thin.png", encoded(plain, "PNG"), "taken")
    for width, height in ((1, 1), (1, 65_000), (65_000, 1), (3, 9000)):
        plain = Image.new("L", (width, height), 99)
        yield Hostile(f"JPEG of {width} x {height}", "thin.jpg", encoded(plain, "JPEG"), "taken")
    mpo = encoded(picture, "MPO", save_all=True, append_images=[picture.rotate(9)])
    yield Hostile("two views in one JPEG (MPO)", "portrait.jpg", mpo, "taken")
    for turn in range(10):
        exif = Image.Exif()
        exif[0x0112] = turn
        yield Hostile(f"JPEG held in way {turn}", "turn.jpg", encoded(picture, "JPEG", exif=exif), "taken")


def other_types() -> Iterator[Hostile]:
    """Files of another type under their own name."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><image href="file:///etc/passwd"/></svg>'
    picture = Image.open(io.BytesIO(photograph("PNG")))
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><svg>&b;</svg>'
    written = (
        "TIFF",
        "BMP",
        "ICO",
        "GIF",
        "PPM",
        "PCX",
        "TGA",
        "JPEG2000",
        "EPS",
        "PDF",
        "ICNS",
        "DDS",
        "SGI",
        "IM",
        "MSP",
    )
    for kind in written:
        mode = {"MSP": "1"}.get(kind, "RGB")
        yield Hostile(kind, f"picture.{kind.lower()}", encoded(picture.convert(mode), kind))
        yield Hostile(f"{kind} named .jpg", "picture.jpg", encoded(picture.convert(mode), kind))
    mp4 = box(b"ftyp", b"isomiso2mp41") + box(b"moov", bytes(100)) + box(b"mdat", bytes(500))
    for what, name, content in (
        *(("SVG", "drawing.svg", svg), ("SVG with a declaration", "d.svg", b'<?xml version="1.0"?>' + svg)),
        *(
            ("SVG of entities", "e.svg", entities),
            ("SVG packed", "d.svgz", zlib.compress(svg)),
            ("nothing", "empty.jpg", b""),
        ),
        *(("HTML", "page.html", b"<!doctype html>" + SCRIPT), ("PSD", "p.psd", b"8BPS\0\1" + bytes(300))),
        *(
            ("EPS that runs", "run.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) run\n"),
            ("MP4", "film.mp4", mp4),
        ),
        *(("MP4 named .heic", "film.heic", mp4), ("HEIC head alone", "h.heic", box(b"ftyp", b"heic\0\0\0\0mif1heic"))),
        *(("AVIF head alone", "h.avif", box(b"ftyp", b"avif\0\0\0\0mif1avif")), ("WebP head alone", "h.webp", riff())),
        *(
            ("one byte", "b.jpg", b"\xff"),
            ("JPEG's first bytes", "j.jpg", b"\xff\xd8\xff"),
            ("zeros", "z.jpg", bytes(100_000)),
        ),
        *(("noise", "n.jpg", random.Random(3).randbytes(50_000)), ("a shell script", "s.sh", b"#!/bin/sh\nrm -rf /\n")),
        *(
            ("ImageMagick's", "i.mvg", b"push graphic-context\nimage over 0,0 0,0 'https://x/'"),
            ("a URL file", "u.url", b"[InternetShortcut]"),
        ),
        *(
            ("RAR", "r.rar", b"Rar!\x1a\x07\0" + bytes(80)),
            ("ELF", "e.jpg", b"\x7fELF" + bytes(200)),
            ("EXE", "e.exe", b"MZ" + bytes(200)),
        ),
        *(
            ("MNG", "m.mng", b"\x8aMNG\r\n\x1a\n" + bytes(50)),
            ("JNG", "j.jng", b"\x8bJNG\r\n\x1a\n" + bytes(50)),
            ("Word", "w.docx", b"PK\x03\x04" + bytes(90)),
        ),
    ):
        yield Hostile(what, name, content)


def wrong_suffixes() -> Iterator[Hostile]:
    """What counts is the content: a photograph under another type's name is one, another type under a photograph's name is none."""
    for kind in KINDS:
        for suffix in ("jpg", "png", "webp", "heic", "avif", "svg", "html", "php"):
            if suffix != SUFFIXES[kind]:
                yield Hostile(f"{kind} named .{suffix}", f"photograph.{suffix}", photograph(kind), "taken")
    for suffix in ("jpg", "png", "webp", "heic", "avif"):
        yield Hostile(f"SVG named .{suffix}", f"drawing.{suffix}", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
        yield Hostile(f"HTML named .{suffix}", f"page.{suffix}", b"<!doctype html>" + SCRIPT)
        yield Hostile(f"script named .{suffix}", f"code.{suffix}", b"alert(document.cookie)")


def strange_names() -> Iterator[Hostile]:
    """Good photographs under names that a path, a page or a terminal might fall for."""
    names = (
        *(
            "../../../etc/passwd",
            "..\\..\\windows\\win.ini",
            "/etc/cron.d/x.jpg",
            "C:\\autoexec.bat",
            ".htaccess",
            ".jpg",
            "..",
            ".",
        ),
        *(
            "x" * 5000 + ".jpg",
            "图" * 5000,
            "\u202egpj.exe",
            "\u2066a\u2069.jpg",
            "a\x00.php",
            "a\x00b.jpg",
            "a\nSet-Cookie: x=1.jpg",
        ),
        *(
            "a;rm -rf ~.jpg",
            "$(id).jpg",
            "`id`.jpg",
            "a|b.jpg",
            "'; DROP TABLE pictures_picture; --.jpg",
            "<script>alert(1)</script>.jpg",
        ),
        *(
            '"><img src=x onerror=alert(1)>.jpg',
            "{{7*7}}.jpg",
            "{% debug %}.jpg",
            "%2e%2e%2fa.jpg",
            "CON.jpg",
            "nul",
            "a.jpg.php",
            "a.php;.jpg",
        ),
        *(
            "\ud7ff\ufffd.jpg",
            "👩🏽‍🌾" * 300 + ".jpg",
            "\ufeff.jpg",
            " .jpg",
            "a .jpg ",
            "-rf.jpg",
            "~root.jpg",
            "\x1b[2J.jpg",
            "\u0301" * 900,
        ),
    )
    for number, name in enumerate(names):
        yield Hostile(f"name {number}", name, photograph("JPEG"), "taken")
