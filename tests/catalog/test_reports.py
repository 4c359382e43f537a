"""Reports of agencies are hostile files until they are pixels: what is refused, what is kept, what the public sees, who sees the rest."""

import datetime as dt
import io
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager

import pypdfium2  # type: ignore[import-untyped]
import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from PIL import Image, ImageChops

from accounts.models import User
from catalog import documents, pdf_pages
from catalog.documents import ReportRefused, draw_report, read_report, watermarked
from catalog.lots import record_test
from catalog.models import LotTest, ReportOpening, ReportState
from tests.cast import Stations, make_clerk, make_lot, make_official, make_product, make_store, make_user
from tests.pictures.conftest import Folders, folders

__all__ = ["folders"]
Capture = Callable[..., AbstractContextManager[object]]
pytestmark = pytest.mark.django_db


def pdf(pages: int = 1, size: tuple[int, int] = (620, 877)) -> bytes:
    file, page = io.BytesIO(), Image.new("RGB", size, "white")
    page.save(file, "PDF", save_all=True, append_images=[page] * (pages - 1))
    return file.getvalue()


def hand_made(objects: list[bytes]) -> bytes:
    """A PDF of these objects, the first of them its catalogue."""
    body, places = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n" % end
    return body + head + rows + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (end, len(body))


def with_script() -> bytes:
    """A page that would run a script on opening and carries another file."""
    return hand_made(
        [
            b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"
            b" /Names << /EmbeddedFiles << /Names [(evil.exe) 4 0 R] >> >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
            b"<< /Type /Filespec /F (evil.exe) /EF << /F 5 0 R >> >>",
            b"<< /Type /EmbeddedFile /Length 4 >>\nstream\nMZMZ\nendstream",
        ]
    )


def bomb() -> bytes:
    """A page whose picture unpacks to 4 GB."""
    packed = zlib.compress(zlib.compress(b"\0" * 8_000_000))
    side = b"<< /Type /XObject /Subtype /Image /Width 65000 /Height 65000 /BitsPerComponent 8 /ColorSpace /DeviceGray"
    return hand_made(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>",
            b"<< /Length 29 >>\nstream\nq 595 0 0 842 0 0 cm /X Do Q\nendstream",
            side
            + b" /Filter [/FlateDecode /FlateDecode] /Length %d >>\nstream\n" % len(packed)
            + packed
            + b"\nendstream",
        ]
    )


def sheet(size: int) -> bytes:
    return hand_made(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] >>" % (size, size),
        ]
    )


def photo(name: str = "a.jpg") -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (900, 1200), "white").save(file, "JPEG")
    return SimpleUploadedFile(name, file.getvalue())


def upload(data: bytes, name: str = "report.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


class Scene:
    """A lot, its clerk, and a test with a report."""

    def __init__(self) -> None:
        self.stations = Stations()
        self.clerk: User = make_clerk(self.stations.point)
        self.lot = make_lot(make_product(make_store(self.stations.point)))

    def test(self, *files: SimpleUploadedFile, **facts: object) -> LotTest:
        return record_test(
            by=self.clerk, lot=self.lot, agency="检测中心", standard="GB 2763-2021", tested_on=dt.date(2026, 7, 20),
            passed=True, report=read_report(files), **facts,  # type: ignore[arg-type]
        )  # fmt: skip


@pytest.fixture
def scene(folders: Folders) -> Scene:
    return Scene()


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ([upload(b"%PDF-1.7 and nothing more")], "读取"),
        ([upload(pdf()[:-900])], "读取|没有内容"),
        ([upload(b"")], "."),
        ([upload(b"MZ" + b"\0" * 500)], "."),
        ([upload(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg")], "."),
        ([upload(b"GIF89a%PDF-1.4 both")], "读取"),
        ([upload(pdf(pdf_pages.MOST_PAGES + 1))], "超过"),
        ([upload(sheet(14_400))], "尺寸"),
        ([upload(pdf()), photo()], "混用"),
        ([photo()] * 7, "6"),
        ([], "选择"),
        ([upload(b"%PDF-" + b"\0" * documents.MOST_BYTES)], "12 MB"),
    ],
)
def test_files_that_are_refused_leave_nothing(folders: Folders, files: list[SimpleUploadedFile], says: str) -> None:
    with pytest.raises(ReportRefused, match=says):
        read_report(files)
    assert folders.files() == []


def drawn(test: LotTest, capture: Capture) -> None:
    """What the job does, up to what it leaves to the end of its transaction."""
    with capture(execute=True):
        draw_report(test.pk)


def test_a_pdf_with_a_script_and_a_file_becomes_pixels(
    scene: Scene, folders: Folders, django_capture_on_commit_callbacks: Capture
) -> None:
    test = scene.test(upload(with_script()))
    drawn(test, django_capture_on_commit_callbacks)
    test.refresh_from_db()
    assert test.report_state == ReportState.READY and test.pages.count() == 1
    kept = storages["private"].open(test.report).read()
    assert b"JavaScript" not in kept and b"evil" not in kept and b"MZMZ" not in kept
    assert pypdfium2.PdfDocument(kept).count_attachments() == 0
    everything = b"".join(path.read_bytes() for root in folders for path in root.rglob("*") if path.is_file())
    assert b"MZMZ" not in everything and b"app.alert" not in everything


def test_a_bomb_ends_its_own_process_alone(scene: Scene) -> None:
    test = scene.test(upload(bomb()))
    draw_report(test.pk)
    test.refresh_from_db()
    assert test.report_state in {ReportState.FAILED, ReportState.READY}  # refused, or drawn without the picture


def test_the_public_sees_a_watermark_and_the_original_is_nowhere_public(
    scene: Scene, folders: Folders, django_capture_on_commit_callbacks: Capture
) -> None:
    test = scene.test(photo("page1.jpg"), photo("page2.jpg"))
    assert not list(folders.public.rglob("*.pdf")) and test.report_state == ReportState.WAITING
    drawn(test, django_capture_on_commit_callbacks)
    drawn(test, django_capture_on_commit_callbacks)  # a second time changes nothing
    test.refresh_from_db()
    assert [page.position for page in test.pages.all()] == [1, 2]
    assert not list(folders.public.rglob("*.pdf")) and len(list(folders.private.rglob("*.pdf"))) == 1
    shown = Image.open(test.pages.get(position=1).picture.file).convert("L").histogram()
    assert sum(shown[:235]) > 10_000 and shown[255] > 100_000


def test_no_part_can_be_cut_out_without_the_watermark() -> None:
    page = Image.new("RGB", (1200, 1700), "white")
    marked = watermarked(page, "萱草集 430426-260712-ABCD 2026-07-20")
    gone = ImageChops.difference(page, marked)
    boxes = [(x, y, x + 400, y + 425) for x in range(0, 1200, 400) for y in range(0, 1700, 425)]
    assert all(gone.crop(box).getbbox() for box in boxes)


def test_who_opens_the_original_and_that_it_is_recorded(scene: Scene, client: Client) -> None:
    test = scene.test(upload(pdf()))
    address = f"/desk/tests/{test.pk}/report.pdf"
    client.force_login(scene.clerk)
    assert client.get(address).status_code == 404  # not before it is ours
    draw_report(test.pk)
    answer = client.get(address)
    assert answer.status_code == 200 and answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"] and "sandbox" in answer["Content-Security-Policy"]
    assert ReportOpening.objects.get().by == scene.clerk
    for stranger in (make_user(name="刘敏"), make_official(), make_clerk(scene.stations.other_point, "彭小玲")):
        client.force_login(stranger)
        assert client.get(address).status_code == 404
    client.logout()
    assert client.get(address).status_code == 404
    assert ReportOpening.objects.count() == 1
    with pytest.raises(Exception, match="Cannot .*delete"), transaction.atomic():
        ReportOpening.objects.all().delete()
