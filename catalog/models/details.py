"""What only some sorts of goods have to say: a piece of craft who made it, a visit how to get there and when it may be called off."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models.product import Product


class CraftDetails(models.Model):
    """Who made a piece of folk craft, of what, how large it is, and how long one takes to make."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="craft")
    maker = models.CharField(_("made by"), max_length=60, blank=True)
    maker_en = models.CharField(_("made by, in English"), max_length=100, blank=True)
    material = models.CharField(_("material"), max_length=80, blank=True)
    material_en = models.CharField(_("material in English"), max_length=120, blank=True)
    size = models.CharField(_("size"), max_length=60, blank=True)
    days_to_make = models.PositiveSmallIntegerField(_("days to make one"), null=True, blank=True)

    class Meta:
        verbose_name = _("details of a craft")
        verbose_name_plural = _("details of crafts")

    def __str__(self) -> str:
        return str(self.product)


class VisitDetails(models.Model):
    """How to get to the farm, what to know of the day, and until when and at what cost a visit may be called off."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="visit")
    directions = models.TextField(_("how to get there"), max_length=600, blank=True)
    directions_en = models.TextField(_("how to get there, in English"), max_length=900, blank=True)
    hours = models.CharField(_("from when to when"), max_length=40, blank=True)
    calling_off = models.TextField(_("if a guest can't come"), max_length=400, blank=True)
    calling_off_en = models.TextField(_("if a guest can't come, in English"), max_length=600, blank=True)

    class Meta:
        verbose_name = _("details of a visit")
        verbose_name_plural = _("details of visits")

    def __str__(self) -> str:
        return str(self.product)

    @property
    def directions_label(self) -> str:
        """How to get there, in the language of the page."""
        return (self.directions_en or self.directions) if get_language() == "en" else self.directions

    @property
    def calling_off_label(self) -> str:
        """What holds when a guest can't come, in the language of the page."""
        return (self.calling_off_en or self.calling_off) if get_language() == "en" else self.calling_off
