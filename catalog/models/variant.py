"""Variants: one way to buy a product, with its price and its stock."""

from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models.product import Product


class SoldBy(models.TextChoices):
    """By the piece (a bag, a jar), or by weight: then one unit is a jin, 500 g, as every market stall in China prices it."""

    PIECE = "piece", _("by the piece")
    WEIGHT = "weight", _("by weight")


GRAMS_PER_JIN = 500
# A season's box: how often at least and at most (a box a week for a year), and how far apart.
FEWEST_DELIVERIES, MOST_DELIVERIES, MOST_WEEKS_BETWEEN = 2, 52, 8
_LAST_IF_BEGUN_AT_ONCE = ExpressionWrapper(
    F("season_from") + (F("deliveries") - 1) * F("weeks_between") * 7, output_field=models.DateField()
)


@pghistory.track(
    fields=[
        "product",
        "sku",
        "name",
        "name_en",
        "sold_by",
        "net_weight_g",
        "gross_weight_g",
        "price_fen",
        "tolerance_percent",
        "day",
        "least",
        "most",
        "deliveries",
        "weeks_between",
        "season_from",
        "season_until",
        "active",
    ],
    model_name="VariantEvent",
)
class Variant(models.Model):
    """One way to buy a product (SKU). Stock counts units: pieces, or jin of 500 g. `held` units are reserved by unpaid orders or
    sold and not yet collected; what can be bought is `on_hand - held`. Both are sums over catalog.models.Stock, which the database keeps.

    Of goods by weight, what a buyer gets may differ from the estimate by `tolerance_percent`. A visit (farm stay, picking day, tour) has
    one variant a `day`, whose stock is places. Of a pre-sale, `promised_week` is the Monday of the week in which it is sent
    and `deposit_percent` of its price is paid at once where the rest may wait (both kept by catalog.promises from the lots in stock).
    Until `apart_until` it is sold by a flash sale alone.

    A season's box is bought for the whole season: `deliveries` boxes, one every `weeks_between` weeks, in the weeks from the Monday
    `season_from` to the Monday `season_until` (catalog.season_boxes). Its price and its stock are those of one box.
    """

    product = models.ForeignKey(
        Product,
        on_delete=models.CASCADE,
        related_name="variants",
        verbose_name=_("product"),
    )
    sku = models.CharField("SKU", max_length=40, unique=True)
    name = models.CharField(_("pack"), max_length=40)
    name_en = models.CharField(_("pack in English"), max_length=80, blank=True)
    sold_by = models.CharField(_("sold"), max_length=10, choices=SoldBy, default=SoldBy.PIECE)
    net_weight_g = models.PositiveIntegerField(_("net weight in grams"))
    gross_weight_g = models.PositiveIntegerField(_("weight with packing in grams"))
    price_fen = models.BigIntegerField(_("price in fen"))
    on_hand = models.PositiveIntegerField(_("in stock"), default=0, editable=False)
    held = models.PositiveIntegerField(_("held"), default=0, editable=False)
    tolerance_percent = models.PositiveSmallIntegerField(_("weight may differ by, in percent"), default=5)
    length_mm = models.PositiveIntegerField(_("length in millimetres"), null=True, blank=True)
    width_mm = models.PositiveIntegerField(_("width in millimetres"), null=True, blank=True)
    height_mm = models.PositiveIntegerField(_("height in millimetres"), null=True, blank=True)
    least = models.PositiveSmallIntegerField(_("at least, in one order"), default=1)
    most = models.PositiveSmallIntegerField(_("at most, in one order"), null=True, blank=True)
    day = models.DateField(_("day of the visit"), null=True, blank=True)
    promised_week = models.DateField(_("promised for the week of"), null=True, blank=True, editable=False)
    deliveries = models.PositiveSmallIntegerField(_("season's box: deliveries"), null=True, blank=True)
    weeks_between = models.PositiveSmallIntegerField(_("season's box: one every so many weeks"), null=True, blank=True)
    season_from = models.DateField(_("season's box: first week (its Monday)"), null=True, blank=True)
    season_until = models.DateField(_("season's box: last week (its Monday)"), null=True, blank=True)
    deposit_percent = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    position = models.PositiveSmallIntegerField(default=0)
    apart_until = models.DateTimeField(null=True, blank=True, editable=False)
    active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        ordering = ("position", "id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(held__gte=0) & Q(held__lte=F("on_hand")),
                name="held_within_on_hand",
            ),
            models.CheckConstraint(condition=Q(price_fen__gt=0), name="price_positive"),
            models.CheckConstraint(
                condition=Q(net_weight_g__gt=0, gross_weight_g__gte=F("net_weight_g")),
                name="gross_at_least_net",
            ),
            models.CheckConstraint(
                condition=Q(sold_by=SoldBy.PIECE) | Q(net_weight_g=GRAMS_PER_JIN),
                name="by_weight_counts_jin",
            ),
            models.CheckConstraint(
                condition=Q(least__gte=1) & (Q(most=None) | Q(most__gte=F("least"))), name="most_at_least_least"
            ),
            models.CheckConstraint(condition=Q(tolerance_percent__lte=20), name="tolerance_within_a_fifth"),
            models.UniqueConstraint(
                fields=("product", "day", "name"), condition=Q(day__isnull=False), name="one_offer_a_day_and_name"
            ),
            models.CheckConstraint(
                condition=Q(promised_week=None) | Q(promised_week__iso_week_day=1), name="week_begins_on_monday"
            ),
            models.CheckConstraint(
                condition=Q(deliveries=None, weeks_between=None, season_from=None, season_until=None)
                | Q(
                    deliveries__isnull=False,
                    weeks_between__isnull=False,
                    season_from__isnull=False,
                    season_until__isnull=False,
                    sold_by=SoldBy.PIECE,
                    day=None,
                    promised_week=None,
                ),
                name="a_seasons_box_is_said_in_whole",
            ),
            models.CheckConstraint(
                condition=Q(deliveries=None)
                | Q(
                    deliveries__range=(FEWEST_DELIVERIES, MOST_DELIVERIES),
                    weeks_between__range=(1, MOST_WEEKS_BETWEEN),
                    season_from__iso_week_day=1,
                    season_until__iso_week_day=1,
                    season_until__gte=_LAST_IF_BEGUN_AT_ONCE,
                ),
                name="a_season_holds_its_boxes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.label}"

    @property
    def label(self) -> str:
        """The pack's name in the language of the page."""
        return (self.name_en or self.name) if get_language() == "en" else self.name

    @property
    def available(self) -> int:
        """Units that can be bought now; of a season's box, one that is bought takes a box for each delivery."""
        return (self.on_hand - self.held) // (self.deliveries or 1)
