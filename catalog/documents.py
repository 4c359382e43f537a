"""The report of a test: taken in as a hostile file, kept private, and shown to the public as pictures with a watermark.

A PDF is looked at and drawn in a process of its own (catalog.pdf_pages); a photograph comes through the same door as every picture.
Once a job has drawn the pages, what is kept is a PDF of ours, made of their pixels: the file that was sent is gone.
"""

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, ImageFont
from procrastinate.contrib.django import app

from accounts.models import User
from accounts.references import public_reference
from catalog import pdf_pages
from catalog.models import LotTest, ReportOpening, ReportState, TestPage
from catalog.pdf_pages import PdfRefused, count_pages, draw_pages
from pictures.intake import PictureRefused, clean_file, take_in

logger = logging.getLogger("daylily.catalog")

MOST_BYTES: Final = 12 * 1024 * 1024
MOST_PHOTOGRAPHS: Final = 6
# A PDF says so somewhere in its first kilobyte (ISO 32000-1, annex H.3.4.1).
_SIGN, _WITHIN = b"%PDF-", 1024
FONT: Final = Path(__file__).parent / "fonts" / "report.otf"
_SLANT, _FAINT, _INK = 28, 62, (150, 60, 20)
RESOLUTION: Final = 150


class ReportRefused(ValueError):
    """A report that can't be taken in; it says why to whoever sent it."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report that was looked at: one PDF, and how many pages it has."""

    pdf: bytes
    pages: int


def read_report(files: Sequence[File[bytes]]) -> Report:
    """A report from what was sent: one PDF, or photographs of its pages in order. Raises ReportRefused."""
    if not files:
        raise ReportRefused(_("Choose a file."))
    if sum(file.size for file in files) > MOST_BYTES * (1 if len(files) == 1 else 2):
        raise ReportRefused(_("The file is larger than 12 MB. A photograph of each page will do."))
    data = [file.read() for file in files]
    documents = [_SIGN in content[:_WITHIN] for content in data]
    if any(documents):
        if len(files) > 1:
            raise ReportRefused(_("Choose one PDF, or photographs of the pages; not both."))
        return Report(data[0], _looked_at(data[0]))
    if len(files) > MOST_PHOTOGRAPHS:
        raise ReportRefused(_("Choose %(most)s photographs at most.") % {"most": MOST_PHOTOGRAPHS})
    pages = []
    for file, content in zip(files, data, strict=True):
        try:
            pages.append(Image.open(clean_file(io.BytesIO(content))).convert("RGB"))
        except PictureRefused as refused:
            raise ReportRefused(f"{file.name}: {refused}") from refused
    return Report(_as_pdf(pages), len(pages))


def _looked_at(pdf: bytes) -> int:
    try:
        return count_pages(pdf)
    except PdfRefused as refused:
        raise ReportRefused(_said(refused)) from refused


def _said(refused: PdfRefused) -> str:
    return {
        pdf_pages.LOCKED: _("This PDF is locked with a password. Ask for one that opens, or photograph the pages."),
        pdf_pages.TOO_MANY: _("This PDF has more than %(most)s pages. Send the pages with the results.")
        % {"most": pdf_pages.MOST_PAGES},
        pdf_pages.TOO_LARGE: _(
            "The pages of this PDF have no size that a sheet of paper has. Photograph the pages instead."
        ),
        pdf_pages.EMPTY: _("This PDF has no page."),
    }.get(refused.why, _("This PDF can't be read. Ask for it again, or photograph the pages."))


def keep_report(test: LotTest, report: Report) -> None:
    """Keeps a report in the private store and has its pages drawn by a job. Inside the transaction that wants it."""
    test.report = storages["private"].save(f"reports/{public_reference()}.pdf", ContentFile(report.pdf))
    test.report_state = ReportState.WAITING
    test.save(update_fields=["report", "report_state"])
    app.configure_task("catalog.draw_report").defer(test_id=test.pk)


def draw_report(test_id: int) -> None:
    """Draws the pages of a test's report with the watermark, and keeps of the file no more than they show.

    A report that is drawn already, or gone, is left alone; one that can't be drawn says so (ReportState.FAILED).
    """
    test = LotTest.objects.filter(pk=test_id, report_state=ReportState.WAITING).select_related("lot__product").first()
    if test is None:
        return
    private, sent = storages["private"], test.report
    with private.open(sent) as file:
        data = file.read()
    try:
        pages = [Image.open(io.BytesIO(page)).convert("RGB") for page in draw_pages(data)]
    except PdfRefused as refused:
        logger.warning("The report of test %s can't be drawn: %s", test.pk, refused.why)
        LotTest.objects.filter(pk=test.pk, report=sent).update(report_state=ReportState.FAILED)
        return
    ours = private.save(f"reports/{public_reference()}.pdf", ContentFile(_as_pdf(pages)))
    with transaction.atomic():
        found = LotTest.objects.select_for_update(no_key=True).filter(
            pk=test.pk, report=sent, report_state=ReportState.WAITING
        )
        if not found.exists():
            transaction.on_commit(lambda: private.delete(ours))
            return
        test.pages.all().delete()
        for position, page in enumerate(pages, 1):
            shown = take_in(_jpeg(watermarked(page, watermark_of(test))), at_once=True, **_told(test, position))
            TestPage.objects.create(test=test, position=position, picture=shown)
        found.update(report=ours, report_state=ReportState.READY)
        transaction.on_commit(lambda: private.delete(sent))


def open_report(*, by: User, test: LotTest) -> IO[bytes] | None:
    """The report without its watermark, for the staff; None while there is none. That it was opened is written down first."""
    private = storages["private"]
    if test.report_state != ReportState.READY or not private.exists(test.report):
        return None
    ReportOpening.objects.create(test=test, by=by)
    return private.open(test.report)


def watermark_of(test: LotTest) -> str:
    """What stands across each page: the shop, the lot and the day of the test; in the demo that it is a sample."""
    text = f"萱草集 Daylily {test.lot.code} {test.tested_on:%Y-%m-%d} 仅供查验"
    return f"{text} 演示样品" if test.demo else text


def watermarked(page: Image.Image, text: str) -> Image.Image:
    """A page with the text slanting across it, again and again, so that no part can be cut out without it."""
    font = _font(max(18, page.width // 38))
    left, top, right, bottom = font.getbbox(text)
    wide, high = int(right - left), int(bottom - top)
    side = int((page.width**2 + page.height**2) ** 0.5)
    cover = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pen = ImageDraw.Draw(cover)
    for row, y in enumerate(range(0, side, high * 7)):
        for x in range(-(row % 2) * (wide + high * 3) // 2, side, wide + high * 3):
            pen.text((x, y), text, font=font, fill=(*_INK, _FAINT))
    cover = cover.rotate(_SLANT, Image.Resampling.BICUBIC)
    x, y = (side - page.width) // 2, (side - page.height) // 2
    cover = cover.crop((x, y, x + page.width, y + page.height))
    return Image.alpha_composite(page.convert("RGBA"), cover).convert("RGB")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)


def _told(test: LotTest, position: int) -> dict[str, Any]:
    code = test.lot.code
    return {
        "title": f"检测报告 {code} 第{position}页",
        "alt_zh": f"批次{code}检测报告第{position}页",
        "alt_en": f"Test report of lot {code}, page {position}",
    }


def _jpeg(page: Image.Image) -> io.BytesIO:
    file = io.BytesIO()
    page.save(file, "JPEG", quality=90)
    file.seek(0)
    return file


def _as_pdf(pages: Sequence[Image.Image]) -> bytes:
    file = io.BytesIO()
    pages[0].save(file, "PDF", save_all=True, append_images=pages[1:], resolution=RESOLUTION, quality=88)
    return file.getvalue()
