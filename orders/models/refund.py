"""Refunds of order lines: how much of what a line's sale moved went back, once each."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Recall
from orders.models.order import OrderLine
from payments.append_only import append_only
from payments.models import Refund


class CancelReason(models.TextChoices):
    """Why a part of an order is not sent; what is not the buyer's wish is told to the buyer in these words."""

    BUYER = "buyer", _("The buyer cancelled it.")
    SHORT = "short", _("There is less of it than was thought.")
    SPOILED = "spoiled", _("It is spoiled or damaged.")
    FARM = "farm", _("The farm cannot deliver it at this time.")


class LineRefund(models.Model):
    """What went back of one line at one time, in fen: of its goods' amount (`commission_fen` and `station_fee_fen` are parts of it), and of
    the freight; `quantity` units of it are not sent, or came back, the others stay with the buyer. `funded_fen` goes back to the funds
    that paid it, and `borne_fen` of freight no longer falls on the seller.

    `key` is its fact's key (orders.Sale). `released`: the seller's share was taken from what was available already; otherwise from what
    was pending. Append-only; PostgreSQL adds it to what went back of its line, which is never more than the line had.
    """

    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="refunds")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="lines")
    recall = models.ForeignKey(Recall, null=True, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=60, unique=True)
    amount_fen = models.BigIntegerField()
    commission_fen = models.BigIntegerField()
    station_fee_fen = models.BigIntegerField()
    freight_fen = models.BigIntegerField()
    funded_fen = models.BigIntegerField(default=0, db_default=0)
    borne_fen = models.BigIntegerField(default=0, db_default=0)
    quantity = models.PositiveIntegerField()
    released = models.BooleanField(default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    happened_at = models.DateTimeField()

    class Meta:
        verbose_name = _("refund of a line")
        verbose_name_plural = _("refunds of lines")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_fen__gte=0, commission_fen__gte=0, station_fee_fen__gte=0, freight_fen__gte=0)
                & (Q(amount_fen__gt=0) | Q(freight_fen__gt=0)),
                name="line_refund_amounts_sane",
            ),
        ]
        triggers: ClassVar = [
            *append_only(),
            pgtrigger.Trigger(
                name="counted_on_its_line",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="""
                UPDATE orders_orderline SET back_units = back_units + NEW.quantity, back_fen = back_fen + NEW.amount_fen
                WHERE id = NEW.line_id;
                UPDATE orders_consignment SET back_freight_fen = back_freight_fen + NEW.freight_fen
                WHERE NEW.freight_fen > 0 AND id = (SELECT consignment_id FROM orders_orderline WHERE id = NEW.line_id);
                RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.amount_fen}"

    @property
    def seller_fen(self) -> int:
        """The seller's share of it."""
        return self.amount_fen + self.funded_fen - self.commission_fen - self.station_fee_fen - self.borne_fen
