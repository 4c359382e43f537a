"""Pictures: Wagtail's image with what our pages need at once (sizes, formats, whether it is a drawing)."""

from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import AbstractImage, AbstractRendition, Image

from pictures.encoding import encode_renditions, read_picture


class Picture(AbstractImage):
    """One picture. `sources` holds the addresses of its ready renditions, so that a card needs no further query:
    {"avif": [[width, url], ...], "webp": [[width, url], ...], "jpeg": [[width, url]]}, narrow to wide.
    """

    alt_zh = models.CharField(_("description (Chinese)"), max_length=200, blank=True)
    alt_en = models.CharField(_("description (English)"), max_length=200, blank=True)
    is_illustration = models.BooleanField(_("an illustration, not a photograph"), default=False)
    sources = models.JSONField(default=dict, blank=True, editable=False)

    admin_form_fields = (
        *Image.admin_form_fields,
        "alt_zh",
        "alt_en",
        "is_illustration",
    )

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    @property
    def default_alt_text(self) -> Any:
        """What Wagtail's own tags say of the picture."""
        return self.alt_zh or self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saves the picture, and makes its renditions when it has none. Raises encoding.PictureRefused for a file it can't read."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            if self.file and not self.sources:
                self._make_renditions()

    def _make_renditions(self) -> None:
        """Files and rows of the renditions, named as Wagtail names its own (it finds and deletes them so), and their addresses."""
        with self.open_file() as file:
            made = encode_renditions(read_picture(file))
        self.renditions.all().delete()
        stem = self.file.name.rpartition("/")[2].rpartition(".")[0]
        sources: dict[str, list[list[int | str]]] = {}
        rows = []
        for one in made:
            row = PictureRendition(image=self, filter_spec=f"width-{one.width}|format-{one.kind}")
            row.file.save(f"{stem}.{one.width}.{one.kind}", one.content, save=False)
            row.width, row.height = one.width, one.height
            sources.setdefault(one.kind, []).append([one.width, row.file.url])
            rows.append(row)
        PictureRendition.objects.bulk_create(rows)
        self.sources = sources
        super().save(update_fields=["sources"])


class PictureRendition(AbstractRendition):
    """One size and format of a picture, named and kept as Wagtail keeps its own."""

    image = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)
