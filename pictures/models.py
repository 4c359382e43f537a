"""Pictures: Wagtail's image with what our pages need at once (sizes, formats, a blurred placeholder, whether it is a drawing)."""

import base64
import contextlib
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import models, transaction
from django.db.models.fields.json import KT
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app
from wagtail.images.models import (
    AbstractImage,
    AbstractRendition,
    Filter,
    Image,
    ImageQuerySet,
    WagtailImageField,
    get_upload_to,
)

from pictures.encoding import MOST_BLUR_BYTES, Glance, Rendition, encode_renditions, glance_at, read_picture

# What Wagtail's `original` asks for is public: then it is the widest that pages show, and the original stays where it is.
WIDEST_SHOWN = "max-1200x1200"
MOST_BLUR_CHARACTERS = -(-MOST_BLUR_BYTES // 3) * 4  # in base64


def private_storage() -> Storage:
    """Where originals lie: never under a public address."""
    return storages["private"]


class PictureQuerySet(ImageQuerySet):
    """Pictures by what is still to be done for them."""

    def waiting(self) -> "PictureQuerySet":
        """Those whose renditions are not made yet."""
        waits: PictureQuerySet = self.filter(sources__jpeg__isnull=True).exclude(file="")
        return waits


class Picture(AbstractImage):
    """One picture; its original is private, its renditions are public.

    `sources` holds the addresses of its renditions, so that a card needs no further query:
    {"avif": [[width, url], ...], "webp": [[width, url], ...], "jpeg": [[width, url]]}, narrow to wide. While a job makes them it
    holds the placeholder alone: {"blur": a WebP of at most MOST_BLUR_BYTES in base64}.
    """

    file = WagtailImageField(
        verbose_name=_("file"),
        storage=private_storage,
        upload_to=get_upload_to,
        width_field="width",
        height_field="height",
    )
    alt_zh = models.CharField(_("description (Chinese)"), max_length=200, blank=True)
    alt_en = models.CharField(_("description (English)"), max_length=200, blank=True)
    is_illustration = models.BooleanField(_("an illustration, not a photograph"), default=False)
    sources = models.JSONField(default=dict, blank=True, editable=False)
    # The fingerprint of 64 bits by which the same photograph is found again (likeness.py).
    likeness = models.BigIntegerField(null=True, editable=False)

    objects = PictureQuerySet.as_manager()

    admin_form_fields = (
        *Image.admin_form_fields,
        "alt_zh",
        "alt_en",
        "is_illustration",
    )

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        indexes = [models.Index(fields=["likeness", "id"], name="picture_likeness")]
        constraints = [
            models.CheckConstraint(
                name="picture_blur_is_tiny",
                condition=LessThanOrEqual(Length(KT("sources__blur")), MOST_BLUR_CHARACTERS),
            ),
        ]

    @property
    def default_alt_text(self) -> Any:
        """What Wagtail's own tags say of the picture."""
        return self.alt_zh or self.title

    @property
    def is_ready(self) -> bool:
        """Whether its renditions are there."""
        return "jpeg" in self.sources

    def save(self, *args: Any, at_once: bool = False, **kwargs: Any) -> None:
        """Saves the picture; a new file gets its placeholder, and its renditions by a job of the same transaction (or `at_once`).

        Raises encoding.PictureRefused for a file it can't read.
        """
        is_new_file = bool(self.file) and (not self.file._committed or not self.sources)
        if not is_new_file:
            super().save(*args, **kwargs)
            return
        seen = self._glance()
        self.likeness = seen.likeness
        self.sources = {"blur": base64.b64encode(seen.blur).decode()}
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "likeness", "sources"}
        with transaction.atomic():
            super().save(*args, **kwargs)
            if at_once:
                self.make_renditions()
            else:
                app.configure_task("pictures.make_renditions").defer(picture_id=self.pk)

    def _glance(self) -> Glance:
        known = getattr(self.file.file, "glance", None)  # intake.CleanPicture has it already
        if isinstance(known, Glance):
            return known
        with self.open_file() as file:
            seen = glance_at(read_picture(file))
            file.seek(0)
        return seen

    def make_renditions(self) -> None:
        """Writes the files and rows of the renditions, named as Wagtail names its own (it finds and deletes them so).

        However often it runs, one file of each size is there. A picture that got another file meanwhile, or was deleted, is left
        to that. Raises encoding.PictureRefused or OSError when the original can't be read; then nothing is left behind.
        """
        with self.open_file() as file:
            image = read_picture(file)
        made = encode_renditions(image)
        written: list[str] = []
        try:
            with transaction.atomic():
                now = Picture.objects.select_for_update().filter(pk=self.pk).first()
                if now is None or now.file.name != self.file.name:
                    return
                self.sources = self._write(made, written)
                self.likeness = glance_at(image).likeness
                super().save(update_fields=["sources", "likeness"])
        except BaseException:
            storage = PictureRendition._meta.get_field("file").storage
            for name in written:
                with contextlib.suppress(OSError):
                    storage.delete(name)
            raise

    def _write(self, made: list[Rendition], written: list[str]) -> dict[str, list[list[int | str]]]:
        """Their addresses as in `sources`; the names of the files are added to `written` as they come into being."""
        stem = self.file.name.rpartition("/")[2].rpartition(".")[0]
        sources: dict[str, list[list[int | str]]] = {}
        rows = []
        for one in made:
            row = PictureRendition(image=self, filter_spec=f"width-{one.width}|format-{one.kind}")
            name = row.file.field.generate_filename(row, f"{stem}.{one.width}.{one.kind}")
            row.file.storage.delete(name)  # a job that was cut off may have left it
            row.file = row.file.storage.save(name, ContentFile(one.content))
            written.append(row.file.name)
            row.width, row.height = one.width, one.height
            sources.setdefault(one.kind, []).append([one.width, row.file.url])
            rows.append(row)
        PictureRendition.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["image", "filter_spec", "focal_point_key"],
            update_fields=["file", "width", "height"],
        )
        return sources

    def generate_rendition_file(self, filter: Filter, *, source: Any = None) -> Any:
        """Wagtail's, but `original` never copies the original to where everybody reads."""
        if "original" in filter.spec.split("|"):
            filter = Filter(WIDEST_SHOWN)
        return super().generate_rendition_file(filter, source=source)


class PictureRendition(AbstractRendition):
    """One size and format of a picture, named and kept as Wagtail keeps its own."""

    image = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)
