"""Pictures that officials send in the office: re-encoded as everywhere else, and each county's apart."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from accounts.models import User
from cms.halls import Hall
from cms.permissions import pictures_of
from pictures.models import Picture
from stations.models import Region
from tests.cms.conftest import signed_in

PLACE = b"26.7997N 112.0900E"


def photograph() -> bytes:
    """A JPEG that says where it was taken."""
    exif = Image.Exif()
    exif[0x010E] = PLACE.decode()
    target = io.BytesIO()
    Image.new("RGB", (900, 700), (217, 96, 26)).save(target, "JPEG", exif=exif)
    return target.getvalue()


def send(user: User, county: Region, content: bytes, name: str = "me.jpg") -> Picture | None:
    """Upload as the office's form does; the picture that came of it."""
    form = {"title": "黄花地", "collection": pictures_of(county).pk, "file": SimpleUploadedFile(name, content)}
    signed_in(user).post(reverse("wagtailimages:add"), form)
    picture: Picture | None = Picture.objects.first()
    return picture


def test_an_upload_is_written_anew(editor: User, qidong: Region) -> None:
    picture = send(editor, qidong, photograph())
    assert picture is not None
    assert set(picture.sources) == {"blur"}, "a job makes the rest"
    assert "me" not in picture.file.name.rpartition("/")[2]
    with picture.file.open() as kept:
        assert PLACE not in kept.read()


@pytest.mark.parametrize("name", ["drawing.svg", "page.jpg"])
def test_what_is_no_picture_is_refused(editor: User, qidong: Region, name: str) -> None:
    assert (
        send(editor, qidong, b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", name) is None
    )


def test_several_at_once_pass_the_same_door(editor: User, qidong: Region) -> None:
    url = reverse("wagtailimages:add_multiple")
    ajax = {"X-Requested-With": "XMLHttpRequest"}
    collection = pictures_of(qidong).pk
    bad = signed_in(editor).post(
        url, {"collection": collection, "files[]": SimpleUploadedFile("a.jpg", b"nonsense")}, headers=ajax
    )
    assert not bad.json()["success"]
    good = signed_in(editor).post(
        url, {"collection": collection, "files[]": SimpleUploadedFile("b.jpg", photograph())}, headers=ajax
    )
    assert good.json()["success"]
    picture = Picture.objects.get()
    with picture.file.open() as kept:
        assert PLACE not in kept.read()


def test_each_county_sees_its_own_pictures(
    editor: User, stranger: User, hall: Hall, qidong: Region, sangzhi: Region
) -> None:
    mine = send(editor, qidong, photograph())
    assert mine is not None
    send(stranger, qidong, photograph())
    assert not Picture.objects.exclude(pk=mine.pk).filter(collection=pictures_of(qidong)).exists()
    for user, status in ((editor, 200), (stranger, 302)):
        assert signed_in(user).get(reverse("wagtailimages:edit", args=[mine.pk])).status_code == status
    chooser = reverse("wagtailimages_chooser:choose_results")
    chosen = reverse("wagtailimages_chooser:chosen", args=[mine.pk])
    assert chosen in signed_in(editor).get(chooser).content.decode()
    assert chosen not in signed_in(stranger).get(chooser).content.decode()
