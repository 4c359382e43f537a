"""Sellers' stories on a page: cleaned once more, whatever is kept."""

from django import template
from django.utils.safestring import SafeString

from accounts.stories import show_story, story_in_words

register = template.Library()


@register.filter
def story(text: str | None) -> SafeString:
    """A story in its paragraphs."""
    return show_story(text or "")


@register.filter
def in_words(text: str | None) -> str:
    """A story as one line of text."""
    return story_in_words(text or "")
