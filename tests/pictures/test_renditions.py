"""What pages show of a picture: a blur at once, the renditions by a job; the original stays private, and files go with their picture."""

import base64
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob
from wagtail.images.forms import get_image_form
from wagtail.models import Collection

from pictures import jobs
from pictures.encoding import MOST_BLUR_BYTES
from pictures.intake import clean_file, take_in
from pictures.models import Picture, PictureRendition
from shop.templatetags import daylily
from tests.cast import make_operator, signed_in_client
from tests.pictures.conftest import Folders, photograph

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folders")]
KINDS = {"avif", "webp", "jpeg"}


def queued() -> list[int]:
    """The pictures whose renditions are asked for."""
    found = ProcrastinateJob.objects.filter(task_name="pictures.make_renditions", status="todo")
    return [job.args["picture_id"] for job in found]


def test_the_upload_makes_a_blur_and_the_job_the_renditions(folders: Folders, run_jobs: Callable[[], None]) -> None:
    picture = take_in(photograph(), title="黄花菜", alt_zh="晒干的黄花菜")
    blur = base64.b64decode(Picture.objects.get(pk=picture.pk).sources["blur"])
    assert len(blur) <= MOST_BLUR_BYTES
    tiny = Image.open(io.BytesIO(blur)).convert("RGB")
    assert max(tiny.size) <= 16
    left, right = tiny.getpixel((0, 0)), tiny.getpixel((tiny.width - 1, 0))
    assert left[0] > left[1] and right[1] > right[0], "red on the left, green on the right"  # type: ignore[index]
    assert [path.split("/")[0] for path in folders.files()] == ["private"]
    run_jobs()
    picture.refresh_from_db()
    assert set(picture.sources) == KINDS
    for width, url in [pair for made in picture.sources.values() for pair in made]:
        with default_storage.open(url.removeprefix("/media/")) as file:
            assert Image.open(file).size == (width, width * 3 // 4)


def test_a_page_shows_the_blur_in_the_picture_s_own_room_and_then_the_picture() -> None:
    picture = take_in(photograph(size=(1500, 1000)), title="黄花菜", alt_zh='晒干的"黄花菜"')
    page = daylily.picture(picture)
    assert 'src="data:image/webp;base64,UklGR' in page and 'width="1500" height="1000"' in page
    assert 'alt="晒干的&quot;黄花菜&quot;"' in page and "style=" not in page
    picture.make_renditions()
    page = daylily.picture(picture)
    assert "data:" not in page and 'type="image/avif"' in page
    assert 'width="800" height="533"' in page


@pytest.mark.parametrize("kind", ["grain", "one colour", "very wide", "very tall", "a dot"])
def test_every_blur_has_less_than_a_hundred_bytes(kind: str) -> None:
    images = {
        "grain": Image.effect_noise((1200, 900), 200).convert("RGB").quantize(64, dither=Image.Dither.FLOYDSTEINBERG),
        "one colour": Image.new("RGB", (500, 500), (1, 2, 3)),
        "very wide": Image.radial_gradient("L").resize((2000, 3)),
        "very tall": Image.radial_gradient("L").resize((3, 2000)),
        "a dot": Image.new("RGB", (1, 1)),
    }
    file = io.BytesIO()
    images[kind].convert("RGB").save(file, "PNG")
    assert len(clean_file(file).glance.blur) < 100


def test_the_database_keeps_no_longer_blur() -> None:
    picture = take_in(photograph(), title="黄花菜")
    too_long = base64.b64encode(bytes(MOST_BLUR_BYTES + 1)).decode()
    with pytest.raises(IntegrityError, match="picture_blur_is_tiny"), transaction.atomic():
        Picture.objects.filter(pk=picture.pk).update(sources={"blur": too_long})


def test_no_picture_no_job() -> None:
    """The job is queued by the transaction that keeps the picture."""
    with pytest.raises(RuntimeError), transaction.atomic():
        take_in(photograph(), title="黄花菜")
        assert len(queued()) == 1
        raise RuntimeError
    assert not queued() and not Picture.objects.exists()


def test_a_job_that_fails_leaves_no_file_and_its_next_try_makes_them(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = take_in(photograph(), title="黄花菜")
    before = folders.files()
    save = FileSystemStorage.save
    calls: list[str | None] = []

    def full_disk(self: FileSystemStorage, name: str | None, content: Any, max_length: int | None = None) -> str:
        calls.append(name)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")
        return save(self, name, content, max_length)

    monkeypatch.setattr(FileSystemStorage, "save", full_disk)
    with pytest.raises(OSError, match="No space"):
        jobs.make_renditions(picture.pk)
    assert folders.files() == before
    assert list(Picture.objects.get(pk=picture.pk).sources) == ["blur"]
    jobs.make_renditions(picture.pk)
    assert Picture.objects.get(pk=picture.pk).is_ready and len(folders.files()) == len(before) + 7


def test_the_job_is_tried_again() -> None:
    assert jobs.make_renditions.retry_strategy is not None
    assert jobs.make_renditions.retry_strategy.max_attempts == 7  # type: ignore[attr-defined]


def test_however_often_the_job_runs_each_size_is_there_once(folders: Folders) -> None:
    picture = take_in(photograph(), title="黄花菜", at_once=True)
    files = folders.files()
    picture.make_renditions()
    jobs.make_renditions(picture.pk)
    assert folders.files() == files and len(files) == 8
    assert picture.renditions.count() == 7


def test_a_picture_deleted_meanwhile_leaves_nothing(folders: Folders) -> None:
    picture = take_in(photograph(), title="黄花菜")
    late = Picture.objects.get(pk=picture.pk)
    with late.open_file() as file:
        original = file.read()
    picture.delete()
    assert folders.files() == []
    storages["private"].save(late.file.name, ContentFile(original))  # the job had opened it before
    late.make_renditions()
    assert [path.split("/")[0] for path in folders.files()] == ["private"]


def test_the_sweep_queues_what_was_left_once() -> None:
    old, fresh, asked = (take_in(photograph(seed=seed), title="黄花菜") for seed in (1, 2, 3))
    ready = take_in(photograph(seed=4), title="黄花菜", at_once=True)
    ProcrastinateJob.objects.filter(args__picture_id=old.pk).delete()
    hour_ago = timezone.now() - dt.timedelta(hours=1)
    Picture.objects.filter(pk__in=[old.pk, asked.pk, ready.pk]).update(created_at=hour_ago)
    assert jobs.queue_left_pictures() == 1
    assert jobs.queue_left_pictures() == 0
    assert sorted(queued()) == sorted([old.pk, fresh.pk, asked.pk])


def test_the_sweep_finds_the_fingerprints_that_older_pictures_lack(folders: Folders) -> None:
    picture = take_in(photograph(seed=1), title="黄花菜")
    lost = take_in(photograph(seed=2), title="黄花菜")
    storages["private"].delete(lost.file.name)
    known = picture.likeness
    Picture.objects.update(likeness=None)
    assert jobs.find_missing_likenesses() == 1
    picture.refresh_from_db()
    assert picture.likeness == known is not None


def test_deleting_a_picture_deletes_its_files(folders: Folders) -> None:
    kept = take_in(photograph(seed=1), title="茶", at_once=True)
    files = folders.files()
    picture = take_in(photograph(seed=2), title="黄花菜", at_once=True)
    picture.get_rendition("max-165x165")
    assert len(folders.files()) == len(files) + 9
    picture.delete()
    assert folders.files() == files
    Picture.objects.filter(pk=kept.pk).delete()
    assert folders.files() == []


def test_originals_are_never_under_a_public_address(folders: Folders) -> None:
    picture = take_in(photograph(), title="黄花菜", at_once=True)
    assert (folders.private / picture.file.name).exists()
    assert Client().get(f"/media/{picture.file.name}").status_code == 404
    assert Client().get(picture.file.url).status_code == 404
    shown = picture.get_rendition("original")
    assert shown.width == 1200, "Wagtail's 'original' is no wider than what pages show"
    with picture.open_file() as file, shown.open_file() as copy:
        assert file.read() != copy.read()


def test_the_office_shows_chooses_edits_and_deletes_a_private_original(folders: Folders) -> None:
    picture = take_in(photograph(), title="黄花地", at_once=True)
    office = signed_in_client(make_operator())
    for name, args in (("edit", [picture.pk]), ("index", [])):
        page = office.get(reverse(f"wagtailimages:{name}", args=args))
        assert page.status_code == 200 and "/media/images/" in page.content.decode()
    chooser = office.get(reverse("wagtailimages_chooser:choose"))
    assert "/media/images/" in chooser.json()["html"]
    chosen = office.get(reverse("wagtailimages_chooser:chosen", args=[picture.pk])).json()["result"]
    assert Client().get(chosen["preview"]["url"]).status_code == 200
    office.post(reverse("wagtailimages:delete", args=[picture.pk]))
    assert folders.files() == []


def test_a_new_file_in_the_office_gets_new_renditions_and_the_old_files_go(
    folders: Folders, run_jobs: Callable[[], None]
) -> None:
    picture = take_in(photograph(seed=1), title="黄花地", at_once=True)
    old, seen = folders.files(), picture.likeness
    fields = {"title": "黄花地", "collection": Collection.get_first_root_node().pk, "tags": ""}
    upload = SimpleUploadedFile("IMG_1.jpg", photograph(size=(900, 600), seed=2).getvalue(), "image/jpeg")
    form = get_image_form(Picture)(fields, {"file": upload}, instance=Picture.objects.get(pk=picture.pk))
    assert form.is_valid(), form.errors
    form.save()
    run_jobs()
    picture.refresh_from_db()
    assert set(picture.sources) == KINDS and picture.likeness != seen
    assert not set(old) & set(folders.files())
    assert PictureRendition.objects.filter(image=picture).count() == 5 and len(folders.files()) == 6


def test_older_originals_are_moved_and_again_is_safe(folders: Folders) -> None:
    picture = take_in(photograph(), title="黄花菜")
    name = picture.file.name
    with picture.open_file() as file:
        content = file.read()
    default_storage.save(name, ContentFile(content))
    storages["private"].delete(name)
    storages["private"].save(name, ContentFile(content[:100]))  # an earlier move was cut off
    for _time in range(2):
        call_command("make_originals_private", verbosity=0)
        assert not default_storage.exists(name)
        with Picture.objects.get(pk=picture.pk).open_file() as file:
            assert file.read() == content
