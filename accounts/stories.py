"""Stories that sellers tell: plain text, or a few marks (paragraphs, emphasis, lists); cleaned when saved, and again when shown."""

import html
import re
from typing import Any, Final

import nh3
from django.db import models
from django.utils.html import linebreaks, strip_tags
from django.utils.safestring import SafeString

TAGS: Final = frozenset({"p", "br", "strong", "em", "ul", "ol", "li"})
# A tag or a comment as a browser reads it; "<30 度" is none.
_MARKED = re.compile(r"<(?:/?[A-Za-z][^<>]*|!--.*?--|![^<>]*|\?[^<>]*)/?>", re.DOTALL)
_BLOCK = re.compile(r"<(?:p|ul|ol)>")


def clean_story(text: str) -> str:
    """The story as it is kept: text without a tag stays as it was typed, of what has tags only TAGS are left, without attributes.

    What scripts and styles hold goes with them; the text of any other tag stays. Lines end with a line feed alone.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _MARKED.search(text):
        return text
    cleaned = _cleaned(text)
    # Nothing but text is left: kept as text, so that it is not escaped twice when it is shown. It may spell out another tag.
    return cleaned if _MARKED.search(cleaned) else clean_story(html.unescape(cleaned)).strip()


def _cleaned(text: str) -> str:
    return nh3.clean(text, tags=set(TAGS), attributes={})


def show_story(text: str) -> SafeString:
    """The story as HTML, whatever was kept: cleaned again, and plain text in paragraphs."""
    if not _MARKED.search(text):
        return SafeString(linebreaks(text, autoescape=True))
    cleaned = _cleaned(text)
    return SafeString(cleaned if _BLOCK.search(cleaned) else linebreaks(cleaned, autoescape=False))


def story_in_words(text: str) -> str:
    """The story as one line of text, for lists and for machines."""
    if not _MARKED.search(text):
        return " ".join(text.split())
    apart = re.sub(r"<(?:br|/p|/li)>", " ", _cleaned(text))
    return " ".join(html.unescape(strip_tags(apart)).split())


class StoryField(models.TextField):  # type: ignore[type-arg]
    """A story; every way to write one cleans it."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """The cleaned story, which the object then has too."""
        text = super().pre_save(model_instance, add)
        if isinstance(text, str):
            text = clean_story(text)
            setattr(model_instance, self.attname, text)
        return text

    def get_prep_value(self, value: Any) -> Any:
        """The cleaned story, also for updates of many rows at once."""
        text = super().get_prep_value(value)
        return clean_story(text) if isinstance(text, str) else text
