"""The brand halls among what the search finds: each under its title, its county and its county's name without the word for county."""

from collections.abc import Iterator
from typing import Any

from django.dispatch import receiver
from wagtail.signals import page_published, page_unpublished

from catalog import finding_jobs  # noqa: F401 - its jobs are known to the worker by this
from catalog.models import PhraseKind
from catalog.phrases import Named, also_from, name_anew, short_place_name
from cms.models import HallPage, open_to_visitors


@also_from
def hall_phrases() -> Iterator[Named]:
    """The halls that visitors may see; the English label is empty where there is no English page."""
    english = dict(open_to_visitors(HallPage.objects.all(), "en").values_list("slug", "title"))
    for hall in open_to_visitors(HallPage.objects.select_related("county"), "zh-hans").order_by("path"):
        other = (hall.county.name, short_place_name(hall.county.name), hall.county.latin)
        yield Named(PhraseKind.HALL, hall.title, english.get(hall.slug, ""), hall.slug, 0, other)


@receiver([page_published, page_unpublished], sender=HallPage)
def name_hall(instance: HallPage, **_more: Any) -> None:
    """A new hall, or a new title, is found at once; one that was taken off leads nowhere, so nothing names it."""
    name_anew(PhraseKind.HALL, instance.slug, (named for named in hall_phrases() if named.target == instance.slug))
