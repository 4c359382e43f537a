"""Wagtail's pages: the home page, the list of halls, and the counties' brand halls."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Left, Length
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.blocks import StreamBlockValidationError
from wagtail.fields import StreamField
from wagtail.models import Page, PageViewRestriction
from wagtail.query import PageQuerySet

from cms.blocks import HallBody
from cms.sections import foreign_choices, read_sections
from pictures.models import Picture
from stations.models import Region


def _form(*panels: Any) -> Any:
    """An editor's page: one tab, without Wagtail's tabs for slugs, menus and privacy, which are the operator's affair."""
    return TabbedInterface([ObjectList(list(panels), heading=_("Content"))])


def _picture(label: Any) -> Any:
    return models.ForeignKey(
        Picture, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=label
    )


def in_both_languages(name: str, *args: str) -> dict[str, str]:
    """The addresses of a route in both languages, as base.html's `alternates` takes them."""
    addresses = {}
    for code in ("zh-hans", "en"):
        with override(code):
            addresses[code] = reverse(name, args=args)
    return addresses


class HomePage(Page):
    """The front of the shop: a picture and a few words of its own; the rest is what stands in the shop today."""

    hero_title = models.CharField(_("headline"), max_length=40, default="")
    hero_lead = models.CharField(_("below the headline"), max_length=160, default="")
    hero_picture = _picture(_("picture"))
    hero_caption = models.CharField(_("words below the picture"), max_length=80, blank=True)

    template = "cms/home.html"
    max_count_per_parent = 1
    parent_page_types: ClassVar = ["wagtailcore.Page"]
    subpage_types: ClassVar = ["cms.HallsPage"]
    is_creatable = False
    show_in_menus_default = True
    edit_handler = _form(
        FieldPanel("title"),
        MultiFieldPanel(
            [FieldPanel(name) for name in ("hero_title", "hero_lead", "hero_picture", "hero_caption")],
            heading=_("Head of the page"),
        ),
    )

    class Meta:
        verbose_name = _("home page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """What the shop has today."""
        from cms.home import read_home

        return {
            **super().get_context(request, *args, **kwargs),
            "home": read_home(),
            "alternates": in_both_languages("home"),
        }


class HallsPage(Page):
    """All brand halls, under one address."""

    template = "cms/halls.html"
    max_count_per_parent = 1
    parent_page_types: ClassVar = ["cms.HomePage"]
    subpage_types: ClassVar = ["cms.HallPage"]
    is_creatable = False
    edit_handler = _form(FieldPanel("title"))

    class Meta:
        verbose_name = _("list of halls")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Every hall that is open to visitors."""
        from cms.home import hall_cards

        return {
            **super().get_context(request, *args, **kwargs),
            "halls": hall_cards(),
            "alternates": in_both_languages("halls"),
        }


class HallPage(Page):
    """A county's brand hall, edited by that county's officials alone. Made by cms.halls.make_hall, in both languages at once."""

    county = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="halls", verbose_name=_("county"))
    line = models.CharField(_("in one line"), max_length=60, blank=True, help_text=_("Shown on the hall's card."))
    intro = models.TextField(_("welcome"), max_length=400, blank=True)
    hero_picture = _picture(_("large picture"))
    body = StreamField(HallBody(), blank=True, verbose_name=_("parts of the hall"))

    template = "cms/hall.html"
    parent_page_types: ClassVar = ["cms.HallsPage"]
    subpage_types: ClassVar[list[str]] = []
    is_creatable = False
    edit_handler = _form(
        FieldPanel("title"),
        FieldPanel("county", read_only=True),
        FieldPanel("line"),
        FieldPanel("intro"),
        FieldPanel("hero_picture"),
        FieldPanel("body"),
    )

    class Meta:
        verbose_name = _("brand hall")

    def clean(self) -> None:
        """Shows goods and stores of its own county only. Raises ValidationError at the parts that don't."""
        super().clean()
        wrong = foreign_choices(self.body.raw_data, county_code=self.county_id[:6])
        if wrong:
            raise ValidationError({"body": StreamBlockValidationError(block_errors=wrong)})
        others = HallPage.objects.filter(county_id=self.county_id, locale_id=self.locale_id).exclude(pk=self.pk)
        if others.exists():
            raise ValidationError(gettext("This county has a hall already."))

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The hall's parts, read in a fixed number of queries."""
        province = self.county.parent.parent if self.county.parent else None
        return {
            **super().get_context(request, *args, **kwargs),
            "sections": read_sections(self.body.raw_data),
            "province": province.label if province else "",
            "goods_url": f"{reverse('search')}?county={self.county.county_code}",
            "trail": [(gettext("Brand halls"), reverse("halls")), (self.title, "")],
            "alternates": in_both_languages("hall", self.slug),
        }


def open_to_visitors(pages: PageQuerySet, language: str) -> PageQuerySet:
    """Those of `pages` that are published in a language and shown to everybody."""
    # As Wagtail's public(), which asks for the restrictions first, whole pages with them: here they are part of the one statement.
    above = PageViewRestriction.objects.filter(page__path=Left(OuterRef("path"), Length("page__path")))
    return pages.live().filter(~Exists(above), locale__language_code=language)
