"""Categories of goods, and which way they flow."""

from typing import Any, Final

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.kept import KeptByProcess
from sellers.models import LicenceKind


class Flow(models.TextChoices):
    """Out of the village, or into it."""

    OUTBOUND = "outbound", _("farm goods out of the village")
    INBOUND = "inbound", _("goods into the village")


class GoodsKind(models.TextChoices):
    """What sort of thing a category sells: it decides what a listing asks for, and whether a parcel goes out."""

    FARM = "farm", _("farm goods")
    CRAFT = "craft", _("folk craft")
    BOOKING = "booking", _("visits: farm stays, picking days, tours")
    CONSUMER = "consumer", _("consumer goods")
    INPUT = "input", _("farm inputs")


class Category(models.Model):
    """A kind of goods; `aliases` are other words that buyers use for it, split by spaces; `licence` is what its sellers need."""

    slug = models.SlugField(_("address"), max_length=40, unique=True)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name=_("parent"),
    )
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("name in English"), max_length=60)
    aliases = models.CharField(_("other words for it"), max_length=200, blank=True)
    flow = models.CharField(_("flow"), max_length=10, choices=Flow, default=Flow.OUTBOUND)
    kind = models.CharField(_("sort of goods"), max_length=10, choices=GoodsKind, default=GoodsKind.FARM)
    licence = models.CharField(_("licence that sellers need"), max_length=16, choices=LicenceKind, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("position", "slug")

    def __str__(self) -> str:
        return self.label

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Lists know of it at once in this process, within ten seconds in the others."""
        super().save(*args, **kwargs)
        all_categories.forget()

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return self.name_en if get_language() == "en" else self.name


def _read_all() -> tuple[Category, ...]:
    return tuple(Category.objects.all())


# Every category in its order, to be read and not changed: every list asks for them, and an office changes them once a year.
all_categories: Final = KeptByProcess(10, _read_all)
