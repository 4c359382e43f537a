"""Pictures: Wagtail's image with what our pages need at once (sizes, formats, whether it is a drawing)."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import AbstractImage, AbstractRendition, Image


class Picture(AbstractImage):
    """One picture. `sources` holds the addresses of its ready renditions, so that a card needs no further query:
    {"avif": [[width, url], ...], "webp": [[width, url], ...], "jpeg": [[width, url]]}, narrow to wide.
    """

    alt_zh = models.CharField(_("description (Chinese)"), max_length=200, blank=True)
    alt_en = models.CharField(_("description (English)"), max_length=200, blank=True)
    is_illustration = models.BooleanField(
        _("an illustration, not a photograph"), default=False
    )
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
        return self.alt_zh or self.title


class PictureRendition(AbstractRendition):
    """One size and format of a picture, made by Wagtail."""

    image = models.ForeignKey(
        Picture, on_delete=models.CASCADE, related_name="renditions"
    )

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)
