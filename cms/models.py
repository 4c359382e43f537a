"""Wagtail pages: the home page and the counties' brand halls."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from stations.models import Region


class HomePage(Page):
    """The front of the shop; its children are the counties' brand halls."""

    max_count_per_parent = 1

    class Meta:
        verbose_name = _("home page")


class HallPage(Page):
    """A county's brand hall, edited by that county's officials alone."""

    county = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="halls", verbose_name=_("county"))

    class Meta:
        verbose_name = _("brand hall")
