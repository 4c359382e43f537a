"""Over five hundred hostile files through the real door: refused in plain words, or taken in without what they carried."""

import contextlib
import io
import os
import re
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from pictures.intake import PictureRefused, take_in
from pictures.models import Picture, PictureRendition
from tests.cast import Stations, make_clerk, make_operator, make_product, make_store, signed_in_client
from tests.pictures.bombs import many_scans
from tests.pictures.conftest import Folders
from tests.pictures.hostile import hostile_files
from tests.pictures.parts import MARKERS, Hostile, photograph

pytestmark = [pytest.mark.django_db(transaction=True)]
# On the two processors of a small server, with every rendition; a file alone takes about half of it.
MOST_SECONDS = 12.0
MOST_MEGABYTES = 450
CHINESE = re.compile("[\u4e00-\u9fff]{6}")


@pytest.fixture(scope="module")
def files() -> list[Hostile]:
    """Made once: the large ones take some seconds."""
    return hostile_files()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where uploads and decoders would leave something."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@contextlib.contextmanager
def watched(file: Hostile) -> Iterator[list[str]]:
    """Faults of one file: too long, or too much memory (where Linux lets a process set its own peak back)."""
    faults: list[str] = []
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    before, start = _megabytes("VmRSS"), time.monotonic()
    yield faults
    took, grew = time.monotonic() - start, _megabytes("VmHWM") - before
    if took > MOST_SECONDS:
        faults.append(f"{file.what}: {took:.1f} s")
    if grew > MOST_MEGABYTES:
        faults.append(f"{file.what}: {grew} MB")


def _megabytes(name: str) -> int:
    try:
        found = re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())
    except OSError:
        return 0
    return int(found[1]) // 1024 if found else 0


def upload(file: Hostile) -> SimpleUploadedFile:
    """As Django hands it to a view."""
    sent = SimpleUploadedFile("x", file.content, "image/jpeg")
    sent._name = file.name  # type: ignore[attr-defined]
    return sent


def what_is_kept(picture: Picture, folders: Folders) -> Iterator[str]:
    """What is wrong with the files of a picture that was taken in: anything in them but pixels."""
    for path in folders.files():
        content = (folders.public.parent / path).read_bytes()
        yield from (f"{path} holds {marker!r}" for marker in MARKERS if marker in content)
        shown = Image.open(io.BytesIO(content))
        if shown.getexif() or {"xmp", "icc_profile", "comment", "exif", "XML:com.adobe.xmp"} & shown.info.keys():
            yield f"{path} keeps {sorted(shown.info)}"
        if max(shown.size) > 2400 or shown.mode != "RGB":
            yield f"{path} is {shown.size} in {shown.mode}"
    if not re.fullmatch(r"original_images/[0-9a-f]{16}\.jpg", picture.file.name):
        yield f"The original is called {picture.file.name}"


def one_through_the_door(file: Hostile, folders: Folders) -> tuple[str, list[str]]:
    """'refused' or 'taken', and what went wrong."""
    with watched(file) as faults:
        try:
            picture = take_in(upload(file), title=file.name.replace("\x00", ""), at_once=True)
        except PictureRefused as refused:
            fate = "refused"
            if not CHINESE.search(str(refused)):
                faults.append(f"{file.what}: told {refused!s}")
        except Exception as error:  # whatever else it raises would be a 500
            return "broken", [f"{file.what}: {error!r}"]
        else:
            fate = "taken"
            faults += [f"{file.what}: {fault}" for fault in what_is_kept(picture, folders)]
            picture.delete()
    if file.fate not in {fate, "either"}:
        faults.append(f"{file.what}: {fate}")
    if left := folders.files():
        faults.append(f"{file.what} left {left}")
    return fate, faults


def test_none_of_them_leaves_a_trace_but_pixels(files: list[Hostile], folders: Folders, temporary: Path) -> None:
    fates: Counter[str] = Counter()
    faults: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow thinks of them
        for file in files:
            fate, wrong = one_through_the_door(file, folders)
            fates[fate] += 1
            faults += wrong
    assert faults == []
    assert len(files) >= 500 and min(fates["refused"], fates["taken"]) > 150, fates
    assert list(temporary.iterdir()) == [] and not Picture.objects.exists() and not PictureRendition.objects.exists()


def test_what_they_carry_would_be_found(files: list[Hostile]) -> None:
    """The markers stand in the files that are sent, as they are: a search that finds nothing has looked for the right thing."""
    carrying = [file for file in files if any(marker in file.content for marker in MARKERS)]
    assert len(carrying) > 90 and len({file.what for file in carrying if file.fate == "taken"}) > 30


def test_the_desk_s_page_answers_each_in_plain_words(files: list[Hostile], folders: Folders, temporary: Path) -> None:
    point = Stations().point
    product = make_product(make_store(point))
    desk = signed_in_client(make_clerk(point, "周小兰"))
    sample = [file for file in files if file.what.startswith("name") and len(file.name) < 200] + files[::9]
    refused = 0
    for file in sample:
        kept = product.pictures.count()
        Product = type(product)
        had = Product.objects.get(pk=product.pk).picture_id
        address = reverse("desk_goods_photographs", args=[product.ref])
        answer = desk.post(address, {"photographs": [_named(file)]})
        # Django itself turns away a part whose header is longer than a kilobyte.
        assert answer.status_code in ({200, 302} if len(file.name.encode()) < 900 else {400}), file.what
        if answer.status_code == 200:
            page = answer.content.decode()
            assert "<script>alert" not in page and "onerror=alert" not in page.replace(
                "&lt;img src=x onerror=alert", ""
            )
            assert 'class="error' in page or "errors" in page, file.what
            assert product.pictures.count() == kept and Product.objects.get(pk=product.pk).picture_id == had
            refused += 1
    assert 20 < refused < len(sample) - 20
    assert len(folders.files()) == Picture.objects.count() and list(temporary.iterdir()) == []


def _named(file: Hostile) -> SimpleUploadedFile:
    """What a browser may put into a header: the test client writes the name as it is."""
    sent = SimpleUploadedFile("x", file.content, "image/jpeg")
    sent._name = file.name.replace("\n", "").replace('"', "")  # type: ignore[attr-defined]
    return sent


def test_the_office_takes_pictures_alone(files: list[Hostile], folders: Folders) -> None:
    office = signed_in_client(make_operator())
    wanted = re.compile(r"SVG|HTML|script|behind|EXIF|scans|bomb|JPEG named|cut at|TIFF|GIF|says")
    sample = [file for file in files if wanted.search(file.what) and len(file.content) < 2_000_000][::5]
    taken = 0
    for file in sample:
        form = {"title": "馆", "collection": "1", "file": SimpleUploadedFile(file.name, file.content, "image/jpeg")}
        answer = office.post(reverse("wagtailimages:add"), form)
        assert answer.status_code in {200, 302}, file.what
        if answer.status_code == 302:
            taken += 1
            picture = Picture.objects.latest("pk")
            assert file.fate != "refused", file.what
            assert list(what_is_kept(picture, folders)) == []
            picture.delete()
        assert folders.files() == [], file.what
    assert 5 < taken < len(sample) - 5


def test_the_office_refuses_drawings_that_run(folders: Folders) -> None:
    office = signed_in_client(make_operator())
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for name, kind in (("a.svg", "image/svg+xml"), ("a.jpg", "image/jpeg"), ("a.png", "image/svg+xml")):
        form = {"title": "馆", "collection": "1", "file": SimpleUploadedFile(name, drawing, kind)}
        assert "图片" in office.post(reverse("wagtailimages:add"), form).content.decode()
    assert not Picture.objects.exists() and folders.files() == []


def test_a_picture_of_thousands_of_scans_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = io.BytesIO(many_scans(60, (640, 480)))
    monkeypatch.setattr(Image.Image, "load", lambda _self: pytest.fail("decoded"))
    with pytest.raises(PictureRefused):
        take_in(sent, title="x")


def test_a_progressive_photograph_is_taken(folders: Folders) -> None:
    image = Image.open(io.BytesIO(photograph("PNG")))
    file = io.BytesIO()
    image.save(file, "JPEG", progressive=True)
    assert take_in(file, title="x").pk


def test_a_large_upload_leaves_no_temporary_file(client: Client, folders: Folders, temporary: Path) -> None:
    """Above 2.5 MB Django writes an upload to the disk first."""
    sent = TemporaryUploadedFile("large.jpg", "image/jpeg", 0, None)
    sent.write(os.urandom(3_000_000))
    with pytest.raises(PictureRefused):
        take_in(sent, title="x")
    sent.close()
    assert list(temporary.iterdir()) == []
