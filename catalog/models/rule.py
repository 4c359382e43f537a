"""Rules for what may be sold: forbidden goods, goods that need a licence, and goods that somebody should look at; and the price band."""

from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models.category import Category
from sellers.models import LicenceKind
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class Effect(models.TextChoices):
    """What a rule does to goods that it fits."""

    FORBIDDEN = "forbidden", _("may not be sold here")
    LICENSED = "licensed", _("needs a licence")
    LOOK = "look", _("the reviewer looks closely")


class GoodsRuleQuerySet(models.QuerySet["GoodsRule"]):
    """Rules, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "GoodsRuleQuerySet":
        """Those of everywhere, and of the user's counties, for whoever has a posting; none for others."""
        scope = scope_of(user)
        if scope.everywhere:
            return self.filter(~Q(pk__in=()))
        counties = {posting.region_id[:6] for posting in scope.postings}
        return self.filter(county_code__in=["", *counties]) if counties else self.none()

    def holding_in(self, county_code: str) -> "GoodsRuleQuerySet":
        """Those in force in a county (six digits): its own and those of everywhere."""
        return self.filter(active=True, county_code__in=["", county_code])


@pghistory.track(model_name="GoodsRuleEvent")
class GoodsRule(models.Model):
    """A rule that fits goods by words (one a line, in Chinese or English) or by their category.

    `unless` are words in which the others do not count (象牙芒 is a mango). `source` names the law or list: name, year, article.
    """

    slug = models.SlugField(max_length=60, unique=True, null=True, blank=True, editable=False)
    county_code = models.CharField(_("county"), max_length=6, blank=True)
    effect = models.CharField(_("what it does"), max_length=10, choices=Effect)
    words = models.TextField(_("words, one a line"), max_length=4000, blank=True)
    unless = models.TextField(_("but not within these words"), max_length=2000, blank=True)
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("category")
    )
    licence = models.CharField(_("which licence"), max_length=16, choices=LicenceKind, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    reason_en = models.CharField(_("reason in English"), max_length=300, blank=True)
    source = models.CharField(_("source: law or list, year, article"), max_length=200)
    source_en = models.CharField(_("source in English"), max_length=300, blank=True)
    active = models.BooleanField(_("in force"), default=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    entered_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = GoodsRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule for goods")
        verbose_name_plural = _("rules for goods")
        ordering = ("county_code", "effect", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(Q(effect=Effect.LICENSED) & ~Q(licence="")) | (~Q(effect=Effect.LICENSED) & Q(licence="")),
                name="a_licensed_rule_names_the_licence",
            ),
            models.CheckConstraint(condition=~Q(words="") | Q(category__isnull=False), name="a_rule_fits_something"),
            models.CheckConstraint(condition=~Q(source="") & ~Q(reason=""), name="a_rule_has_its_source"),
        ]

    def __str__(self) -> str:
        return self.reason_label

    @property
    def reason_label(self) -> str:
        """The reason in the language of the page."""
        return (self.reason_en or self.reason) if get_language() == "en" else self.reason

    @property
    def source_label(self) -> str:
        """The source in the language of the page."""
        return (self.source_en or self.source) if get_language() == "en" else self.source


class PriceBand(models.Model):
    """How far a price may move within how many days before the county looks; a county without a row has that of everywhere."""

    USUAL_PERCENT, USUAL_DAYS = 30, 30

    county_code = models.CharField(_("county"), max_length=6, blank=True, unique=True)
    up_percent = models.PositiveSmallIntegerField(_("up, in percent"), default=USUAL_PERCENT)
    down_percent = models.PositiveSmallIntegerField(_("down, in percent"), default=USUAL_PERCENT)
    days = models.PositiveSmallIntegerField(_("within how many days"), default=USUAL_DAYS)

    class Meta:
        verbose_name = _("price band")
        verbose_name_plural = _("price bands")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(up_percent__range=(1, 1000), down_percent__range=(1, 99), days__range=(1, 365)),
                name="a_price_band_is_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.county_code} +{self.up_percent} % −{self.down_percent} % / {self.days}"
