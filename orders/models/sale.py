"""The facts of sale: append-only rows that every figure of transaction volume is summed from."""

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Flow
from orders.models.order import OrderLine
from payments.append_only import append_only


class SaleKind(models.TextChoices):
    """What made the fact."""

    SALE = "sale", _("sale")
    REFUND = "refund", _("refund")


class Channel(models.TextChoices):
    """Where it was sold."""

    DAYLILY = "daylily", _("Daylily")
    COUNTER = "counter", _("station counter")
    OTHER_PLATFORM = "other_platform", _("another platform")


class LeftOut(models.TextChoices):
    """Why a fact does not count as transaction volume."""

    SELF_PURCHASE = "self_purchase", _("bought by the seller's own family")
    TEST = "test", _("a test of the system")


class Sale(models.Model):
    """One paid line (positive) or one refunded line (negative). Written in the same transaction as the money.

    `month` is a small integer, year * 12 + month - 1 in Shanghai's calendar; `village_code` and `county_code` (an integer of six
    digits, so that a county's months are one narrow index range) are the region that reports the fact: outbound where the goods come
    from, inbound where they go. `farmer_income_fen` is the amount less commission and fee. A fact with a reason in `left_out` counts
    in no figure.
    """

    line = models.ForeignKey(OrderLine, null=True, on_delete=models.PROTECT, related_name="sales")
    kind = models.CharField(max_length=8, choices=SaleKind)
    key = models.CharField(max_length=60, unique=True)
    order_ref = models.CharField(max_length=24, db_index=True)
    county_code = models.IntegerField()
    village_code = models.CharField(max_length=12)
    buyer_county_code = models.IntegerField()
    category_slug = models.CharField(max_length=40)
    flow = models.CharField(max_length=10, choices=Flow)
    channel = models.CharField(max_length=16, choices=Channel)
    happened_at = models.DateTimeField()
    month = models.SmallIntegerField()
    amount_fen = models.BigIntegerField()
    farmer_income_fen = models.BigIntegerField()
    quantity = models.IntegerField()
    weight_g = models.BigIntegerField()
    left_out = models.CharField(max_length=16, choices=LeftOut, blank=True)

    class Meta:
        verbose_name = _("sale")
        verbose_name_plural = _("sales")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="sale", amount_fen__gt=0) | Q(kind="refund", amount_fen__lt=0),
                name="refunds_are_negative",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("county_code", "month"), name="sale_by_county_and_month"),
            models.Index(fields=("village_code", "month"), name="sale_by_village_and_month"),
            BrinIndex(fields=("happened_at",), name="sale_by_time"),
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.key} {self.amount_fen}"


class Verification(models.Model):
    """Custody proved a sale: its parcel went from a village point to the buyer by handovers that chain. Append-only."""

    sale = models.OneToOneField(Sale, on_delete=models.PROTECT, related_name="verification")
    verified_at = models.DateTimeField()

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return str(self.sale)
