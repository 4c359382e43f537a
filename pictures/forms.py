"""The form behind every upload in the office: it sends pictures through the same door as the desk."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from pictures.intake import PictureRefused, clean_file


class CheckedImageField(WagtailImageField):
    """A file field whose value is the re-encoded picture. It comes before Wagtail's own checks, which a truncated file breaks."""

    def to_python(self, data: Any) -> Any:
        """The re-encoded file. Raises ValidationError for a file that is refused."""
        if not data:
            return super().to_python(data)
        try:
            return super().to_python(clean_file(data))
        except PictureRefused as refused:
            raise ValidationError(str(refused)) from refused


class PictureForm(BaseImageForm):
    """Checks and re-encodes a new file; a job makes its renditions (pictures.models)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if field := self.fields.get("file"):
            self.fields["file"] = CheckedImageField(label=field.label, required=field.required, widget=field.widget)

    @transaction.atomic
    def save(self, commit: bool = True) -> Any:
        """Wagtail removes every rendition of the old file after saving the new one: the job shall not make any before that."""
        return super().save(commit)
