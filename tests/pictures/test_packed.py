"""ZIPs of photographs: what they can do besides holding photographs is refused, and nothing is unpacked to the disk."""

import io
import stat
import struct
import zipfile

import pytest

from pictures import packed as packing
from pictures.intake import PictureRefused
from pictures.packed import PackedPictures, ZipRefused
from tests.pictures.conftest import photograph


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        for name, content in entries:
            made.writestr(name, content, method)
    return target


def test_photographs_are_found_by_name_wherever_they_lie() -> None:
    shot = photograph(seed=1).getvalue()
    found = PackedPictures(
        zipped(("a/b/IMG_1.JPG", shot), ("..\\..\\x.jpg", shot), ("/etc/y.jpg", shot), (".hidden.jpg", b""))
    )
    assert "img_1.jpg" in found and "X.jpg" in found and "y.jpg" in found and ".hidden.jpg" not in found
    assert found.read("IMG_1.jpg").name != "IMG_1.jpg" and not found.doubled


def test_names_of_chinese_windows_are_read() -> None:
    file = zipped(("xxxx.jpg", photograph(seed=1).getvalue()))
    raw = file.getvalue().replace(b"xxxx.jpg", "黄花".encode("gb18030") + b".jpg")
    assert "黄花.jpg" in PackedPictures(io.BytesIO(raw))


def test_what_is_no_plain_zip_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    locked = bytearray(zipped(("a.jpg", b"x")).getvalue())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = locked.index(mark) + place
        locked[at : at + 2] = struct.pack("<H", 1)
    for file, told in (
        (io.BytesIO(b"nothing"), "ZIP"),
        (io.BytesIO(b""), "ZIP"),
        (zipped((link, b"/etc/passwd")), "链接"),
        (io.BytesIO(bytes(locked)), "密码"),
        (zipped(*((f"{number}.jpg", b"") for number in range(5001))), "5000"),
    ):
        with pytest.raises(ZipRefused, match=told):
            PackedPictures(file)
    monkeypatch.setattr(packing, "MOST_UNZIPPED", 1000)
    with pytest.raises(ZipRefused, match="解压后太大"):
        PackedPictures(zipped(("a.jpg", bytes(2000))))
    monkeypatch.setattr(packing, "MOST_ZIPPED", 10)
    with pytest.raises(ZipRefused, match="请拆分"):
        PackedPictures(zipped(("a.jpg", bytes(2000))))


def test_bombs_and_zips_in_zips_are_no_photographs() -> None:
    bomb = zipped(("bomb.jpg", bytes(10_000_000)), ("inner.zip", zipped(("a.jpg", b"x")).getvalue()))
    found = PackedPictures(bomb)
    for name in ("bomb.jpg", "inner.zip"):
        with pytest.raises(PictureRefused):
            found.read(name)


def test_an_entry_that_says_less_than_it_holds_is_read_no_further() -> None:
    raw = bytearray(zipped(("a.jpg", bytes(30_000_000))).getvalue())
    at = raw.index(b"PK\x01\x02") + 24
    raw[at : at + 4] = struct.pack("<I", 50_000)
    with pytest.raises(PictureRefused):
        PackedPictures(io.BytesIO(bytes(raw))).read("a.jpg")
