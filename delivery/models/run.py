"""What moves: scheduled runs between stations, and the carrier's service from a county centre."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stations.models import Region, Station

GRAMS_A_KILOGRAM = 1000


def started_kilograms(weight_g: int) -> int:
    """How many kilograms a carrier or a run charges for: each started one, one at least."""
    return max(1, -(-weight_g // GRAMS_A_KILOGRAM))


class Run(models.Model):
    """A scheduled trip between two stations. `days` is a mask, bit 0 Monday to bit 6 Sunday; times are Shanghai's."""

    from_station = models.ForeignKey(
        Station,
        on_delete=models.CASCADE,
        related_name="runs_out",
        verbose_name=_("from"),
    )
    to_station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="runs_in", verbose_name=_("to"))
    days = models.PositiveSmallIntegerField(_("days"), default=0b1111111)
    departs_at = models.TimeField(_("departs at"))
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    capacity_kg = models.PositiveIntegerField(_("kilograms"))
    chilled = models.BooleanField(_("chilled"), default=False)
    cost_fen_per_kg = models.PositiveIntegerField(_("cost in fen per started kilogram"))
    active = models.BooleanField(_("running"), default=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(from_station=F("to_station")), name="run_goes_somewhere"),
            models.CheckConstraint(condition=Q(days__range=(1, 127)), name="run_has_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.from_station} -> {self.to_station} {self.departs_at:%H:%M}"

    def cost_fen(self, *, weight_g: int) -> int:
        """What the run costs for this weight, by started kilograms."""
        return self.cost_fen_per_kg * started_kilograms(weight_g)


class CarrierRate(models.Model):
    """A carrier's service between a county centre and a province: days, and fen for the first and each further kilogram."""

    centre = models.ForeignKey(
        Station,
        on_delete=models.CASCADE,
        related_name="carrier_rates",
        verbose_name=_("county centre"),
    )
    province = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+", verbose_name=_("province"))
    carrier = models.CharField(_("carrier"), max_length=40)
    carrier_en = models.CharField(_("carrier in English"), max_length=40, blank=True)
    collects_at = models.TimeField(_("collects at"))
    days = models.PositiveSmallIntegerField(_("days on the way"))
    first_kg_fen = models.PositiveIntegerField(_("first kilogram in fen"))
    next_kg_fen = models.PositiveIntegerField(_("each further kilogram in fen"))
    chilled = models.BooleanField(_("takes chilled goods"), default=False)
    chilled_extra_fen = models.PositiveIntegerField(_("extra for chilled goods in fen"), default=0)

    class Meta:
        verbose_name = _("carrier rate")
        verbose_name_plural = _("carrier rates")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("centre", "province"), name="one_carrier_rate_a_province")
        ]

    def __str__(self) -> str:
        return f"{self.centre} -> {self.province} {self.carrier}"

    def freight_fen(self, *, weight_g: int, chilled: bool) -> int:
        """What the carrier asks for one box, by started kilograms."""
        further = (started_kilograms(weight_g) - 1) * self.next_kg_fen
        return self.first_kg_fen + further + (self.chilled_extra_fen if chilled else 0)
