"""What goods of a county sold for: the middle of the last weeks' prices, where enough families sold that none can be read out of it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.category import Category


class PriceLevel(models.Model):
    """The prices of a category in a county, or of its goods of one name (`alike`, plain; empty for all), in the weeks before a Monday.

    Fen for 500 g, or for a piece of what is not sold by weight; a quarter was sold below `low_fen`, a quarter above `high_fen`. Rounded,
    and how many sold is not kept (orders.price_levels).
    """

    county_code = models.CharField(max_length=6)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="+")
    alike = models.CharField(max_length=60, blank=True)
    week = models.DateField(_("week"))
    low_fen = models.BigIntegerField()
    middle_fen = models.BigIntegerField()
    high_fen = models.BigIntegerField()

    class Meta:
        verbose_name = _("price level")
        verbose_name_plural = _("price levels")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("county_code", "category", "alike", "week"), name="one_level_a_week"),
            models.CheckConstraint(
                condition=Q(low_fen__gt=0, middle_fen__gte=F("low_fen"), high_fen__gte=F("middle_fen")),
                name="level_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.county_code} {self.category} {self.alike} {self.week}"
