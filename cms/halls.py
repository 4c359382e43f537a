"""Making a county's hall, in both languages at once, and beginning its English page from the Chinese one."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.text import slugify
from wagtail.models import Locale

from accounts.models import User
from cms.models import HallPage, HallsPage, HomePage
from cms.permissions import open_rights
from pictures.models import Picture
from stations.models import Level, Region


class NotACounty(ValueError):
    """Halls are of counties; the region is of another level."""


class Hall(NamedTuple):
    """A county's hall: one page a language."""

    zh: HallPage
    en: HallPage


@transaction.atomic
def make_hall(*, county: Region, title: str = "", title_en: str = "", slug: str = "", by: User | None = None) -> Hall:
    """Prepares a county's hall: an unpublished page in Chinese and one in English, and the rights of the county's editors.

    Called again for the same county it changes nothing, and returns the pages. Raises NotACounty.
    """
    if county.level != Level.COUNTY:
        raise NotACounty(county.code)
    slug = slug or _free_slug(county)
    zh = _page(county, "zh-hans", title=title or f"{county.name}品牌馆", slug=slug, by=by)
    en = _page(county, "en", title=title_en or f"The hall of {county.latin}", slug=slug, by=by, sister=zh)
    open_rights(county)
    return Hall(zh, en)


def _free_slug(county: Region) -> str:
    """'qidong'; with the county's code where another county of that name has it (启东 is Qidong too)."""
    slug = slugify(county.latin) or county.short_code
    taken = HallPage.objects.filter(slug=slug).exclude(county=county).exists()
    return f"{slug}-{county.short_code}" if taken else slug


def _page(
    county: Region, language: str, *, title: str, slug: str, by: User | None, sister: HallPage | None = None
) -> HallPage:
    known: HallPage | None = HallPage.objects.filter(county=county, locale__language_code=language).first()
    if known:
        return known
    page = HallPage(title=title, slug=slug, county=county, live=False, has_unpublished_changes=True, owner=by)
    page.locale = Locale.objects.get(language_code=language)
    if sister:
        page.translation_key = sister.translation_key
    HallsPage.objects.get(locale=page.locale).add_child(instance=page)
    page.save_revision(user=by)
    return page


@transaction.atomic
def fill_hall(
    *,
    page: HallPage,
    line: str,
    intro: str,
    picture: Picture | None,
    body: Sequence[dict[str, Any]],
    by: User,
    publish: bool = False,
) -> HallPage:
    """Writes a page's content as a new draft, and publishes it when `publish`; `body` is raw blocks {"type": ..., "value": ...}.

    Raises ValidationError for goods or stores of another county.
    """
    page.line, page.intro, page.hero_picture, page.body = line, intro, picture, json.dumps(list(body))
    page.full_clean()
    revision = page.save_revision(user=by, clean=False, log_action=True)
    if publish:
        revision.publish(user=by)
        page.refresh_from_db()
    return page


@transaction.atomic
def begin_english(*, page: HallPage, by: User) -> HallPage:
    """Puts the Chinese page's latest parts, goods, pictures and times into a new draft of the English page, to be translated there.

    The English title, line and welcome stay where they are written already.
    """
    zh = HallPage.objects.get(county_id=page.county_id, locale__language_code="zh-hans").get_latest_revision_as_object()
    draft: HallPage = page.get_latest_revision_as_object()
    draft.body = json.dumps(list(zh.body.get_prep_value()))
    draft.hero_picture = zh.hero_picture
    draft.line, draft.intro = draft.line or zh.line, draft.intro or zh.intro
    draft.save_revision(user=by, clean=False, log_action=True)
    return draft


@transaction.atomic
def dress_home(*, picture: Picture, caption: str, caption_en: str, by: User | None = None) -> None:
    """Puts a picture at the head of both home pages, and publishes them."""
    for language, words in (("zh-hans", caption), ("en", caption_en)):
        page = HomePage.objects.get(locale__language_code=language)
        page.hero_picture, page.hero_caption = picture, words
        page.save_revision(user=by).publish(user=by)
