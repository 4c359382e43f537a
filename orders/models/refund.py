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
    """What went back of one line, in fen: of its goods' amount (`commission_fen` and `station_fee_fen` are parts of it), and of
    the freight.

    `key` makes it happen once, and is its fact's key (orders.Sale). `released`: the seller's share was taken from what was available
    already; otherwise from what was pending. Append-only.
    """

    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="refunds")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="lines")
    recall = models.ForeignKey(Recall, null=True, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=60, unique=True)
    amount_fen = models.BigIntegerField()
    commission_fen = models.BigIntegerField()
    station_fee_fen = models.BigIntegerField()
    freight_fen = models.BigIntegerField()
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
                condition=Q(amount_fen__gt=0, commission_fen__gte=0, station_fee_fen__gte=0, freight_fen__gte=0),
                name="line_refund_amounts_sane",
            ),
        ]
        triggers: ClassVar = [
            *append_only(),
            pgtrigger.Trigger(
                name="never_more_than_was_sold",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                IF EXISTS (
                    SELECT FROM orders_orderline l WHERE l.id = NEW.line_id AND (
                        SELECT coalesce(sum(r.amount_fen), 0) FROM orders_linerefund r WHERE r.line_id = l.id
                    ) + NEW.amount_fen > l.amount_fen
                ) THEN
                    RAISE EXCEPTION 'More of line % would go back than was sold.', NEW.line_id USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.amount_fen}"

    @property
    def seller_fen(self) -> int:
        """The seller's share of it."""
        return self.amount_fen - self.commission_fen - self.station_fee_fen
