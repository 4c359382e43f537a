"""Drawing the pages of a PDF that somebody sent, in a process of its own: `python -m catalog.pdf_pages look|draw`, the PDF on stdin.

PDFium is C++ and the file may be hostile, so it never runs in a process that serves or that holds a connection to the database: this one
has a bounded memory and time, knows no secret, and what it gives back is pixels. Nothing else of the file (scripts, attachments, links,
form fields, metadata) comes out of here.
"""

import ctypes
import json
import os
import resource
import struct
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO, Final

MOST_PAGES: Final = 12
LONGEST_SIDE: Final = 1800  # pixels of a drawn page: an A4 sheet at 150 points an inch
MOST_INCHES: Final = 60  # of a page's longest side; a plan or a trap, not a report
SECONDS: Final = 40
MEMORY: Final = 1500 * 1024 * 1024
# How the process ends when it refuses.
LOCKED, BROKEN, TOO_MANY, TOO_LARGE, EMPTY = 11, 12, 13, 14, 15


class PdfRefused(ValueError):
    """A PDF that can't be drawn; `why` is one of LOCKED, BROKEN, TOO_MANY, TOO_LARGE, EMPTY."""

    def __init__(self, why: int) -> None:
        super().__init__(str(why))
        self.why = why


def count_pages(data: bytes) -> int:
    """How many pages a PDF has. Raises PdfRefused for one that can't or may not be drawn."""
    return int(json.loads(_run("look", data)))


def draw_pages(data: bytes) -> list[bytes]:
    """The pages of a PDF as JPEG pictures, in order. Raises PdfRefused."""
    out, pages, place = _run("draw", data), [], 0
    while place < len(out):
        (size,) = struct.unpack_from(">I", out, place)
        pages.append(out[place + 4 : place + 4 + size])
        place += 4 + size
    return pages


def _run(what: str, data: bytes) -> bytes:
    root = Path(__file__).resolve().parent.parent
    known = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "catalog.pdf_pages", what],
            input=data, capture_output=True, cwd=root, env={**known, "PYTHONPATH": str(root)}, timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as slow:
        raise PdfRefused(BROKEN) from slow
    if done.returncode:
        why = done.returncode
        raise PdfRefused(why if why in (LOCKED, BROKEN, TOO_MANY, TOO_LARGE, EMPTY) else BROKEN)
    return done.stdout


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _main(what: str, source: BinaryIO, target: BinaryIO) -> int:
    import pypdfium2  # type: ignore[import-untyped]

    _bounded()
    try:
        pdf = pypdfium2.PdfDocument(source.read())
    except pypdfium2.PdfiumError as refused:
        return LOCKED if "assword" in str(refused) else BROKEN
    try:
        if why := _refusal(pdf):
            return why
        if what == "look":
            target.write(json.dumps(len(pdf)).encode())
            return 0
        for number in range(len(pdf)):
            drawn = _draw(pdf, number)
            target.write(struct.pack(">I", len(drawn)) + drawn)
    except (pypdfium2.PdfiumError, ctypes.ArgumentError, MemoryError, ValueError, OSError):
        return BROKEN
    return 0


def _refusal(pdf) -> int:  # type: ignore[no-untyped-def]
    if len(pdf) == 0:
        return EMPTY
    if len(pdf) > MOST_PAGES:
        return TOO_MANY
    sides = [side for number in range(len(pdf)) for side in pdf.get_page_size(number)]
    return TOO_LARGE if max(sides) > MOST_INCHES * 72 or min(sides) < 36 else 0


def _draw(pdf, number: int) -> bytes:  # type: ignore[no-untyped-def]
    import io

    page = pdf[number]
    scale = LONGEST_SIDE / max(page.get_size())
    image = page.render(scale=scale, may_draw_forms=False, draw_annots=True).to_pil().convert("RGB")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer))
