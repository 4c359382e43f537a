"""Form fields for what station staff type: plain texts, prices in yuan, weights in kilograms."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from accounts.fixed_point import FixedPointField
from accounts.plain_text import refuse_invisible
from accounts.stories import clean_story

MOST_KILOGRAMS = 1_000_000
MOST_CENTIMETRES = 500
GRAMS_A_KILOGRAM, MILLIMETRES_A_CENTIMETRE = 1000, 10
# What one entry of stock may weigh in all.
MOST_GRAMS = MOST_KILOGRAMS * GRAMS_A_KILOGRAM


class PlainText(forms.CharField):
    """A text without control or directional characters; anything else is kept as it was typed, and shown as text."""

    def __init__(self, **options: Any) -> None:
        lines = options.pop("lines", 0)
        if lines:
            options["widget"] = forms.Textarea(attrs={"rows": lines})
        super().__init__(validators=[refuse_invisible], **options)
        for validator in self.validators:
            if isinstance(validator, MaxLengthValidator):
                validator.message = _("At most %(limit_value)s characters; these are %(show_value)s.")


def refuse_wordless(text: str) -> None:
    """A validator: raises ValidationError for a text of signs and pictures alone, without one letter or Chinese character."""
    if not any(unicodedata.category(character).startswith("L") for character in text):
        raise ValidationError(
            _("Please write a name in words: pictures and signs alone can't be found."), code="wordless"
        )


class NameText(PlainText):
    """A name: plain text with at least one word in it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators.append(refuse_wordless)


class StoryText(PlainText):
    """A story: plain text, or with the few marks that stories may hold; any other is taken out."""

    def clean(self, value: Any) -> Any:
        """The cleaned story."""
        return clean_story(super().clean(value))


class KilogramField(FixedPointField):
    """A weight that is typed in kilograms and kept in grams."""

    decimals = 3
    most = MOST_KILOGRAMS * GRAMS_A_KILOGRAM
    wrong = _("Write the weight in kilograms, such as 25 or 0.5.")
    too_fine = _("A weight has three decimals at most: grams.")
    too_much = _("This weight is above 1,000 tonnes; please check.")


class CentimetreField(FixedPointField):
    """A length that is typed in centimetres and kept in millimetres."""

    decimals = 1
    most = MOST_CENTIMETRES * MILLIMETRES_A_CENTIMETRE
    wrong = _("Write the length in centimetres, such as 30 or 12.5.")
    too_fine = _("A length has one decimal at most: millimetres.")
    too_much = _("This is longer than 5 metres; please check.")


class PhotographsInput(forms.ClearableFileInput):
    """Takes several files at once; a phone offers its camera."""

    allow_multiple_selected = True


class Photographs(forms.FileField):
    """Several photographs; a list of files, each checked when it is taken in."""

    def __init__(self, *, most: int, **options: Any) -> None:
        self.most = most
        super().__init__(widget=PhotographsInput(attrs={"accept": "image/*", "multiple": True}), **options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The files; an error for none, or for more than `most`."""
        files = data if isinstance(data, list) else [data] if data else []
        if len(files) > self.most:
            raise ValidationError(_("Choose %(most)s photographs at most.") % {"most": self.most})
        if not files:
            super().clean(None, initial)
        return [super(Photographs, self).clean(file, initial) for file in files]
