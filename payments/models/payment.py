"""Payments. They know no orders: `order_ref` is the order's public reference."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.providers import provider_of


class Provider(models.TextChoices):
    """Who takes the buyer's money: the names of the ways that this site comes with (payments.providers says how each works)."""

    STRIPE = "stripe", _("Stripe (card, Alipay, WeChat Pay)")
    COUNTER = "counter", _("Cash at a station's counter")


class PaymentState(models.TextChoices):
    """Where a payment stands."""

    OPEN = "open", _("Waiting for payment")
    SUCCEEDED = "succeeded", _("Paid")
    EXPIRED = "expired", _("Not paid in time")
    REFUNDED = "refunded", _("Refunded")


class PaymentPurpose(models.TextChoices):
    """What of an order is paid with it."""

    WHOLE = "whole", _("All of it")
    DEPOSIT = "deposit", _("The deposit")
    BALANCE = "balance", _("The balance")


class Payment(models.Model):
    """One attempt to collect what an order costs, or the deposit or balance of it (`purpose`), by a provider of payments.providers.

    `session_id` and `intent_id` are the provider's (Stripe's); `station_code` is the counter's.
    """

    order_ref = models.CharField(max_length=40, db_index=True)
    provider = models.CharField(max_length=10, choices=Provider)
    state = models.CharField(max_length=12, choices=PaymentState, default=PaymentState.OPEN)
    purpose = models.CharField(
        max_length=8, choices=PaymentPurpose, default=PaymentPurpose.WHOLE, db_default=PaymentPurpose.WHOLE
    )
    amount_fen = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    session_id = models.CharField(max_length=120, blank=True)
    session_url = models.URLField(max_length=500, blank=True)
    intent_id = models.CharField(max_length=120, blank=True)
    station_code = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payment_amount_positive"),
            models.UniqueConstraint(
                fields=("session_id",),
                condition=~Q(session_id=""),
                name="one_payment_a_session",
            ),
            models.UniqueConstraint(
                fields=("order_ref",),
                condition=Q(state="open"),
                name="one_open_payment_an_order",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("intent_id",), condition=~Q(intent_id=""), name="payment_by_intent")]

    def __str__(self) -> str:
        return f"{provider_of(self.provider).label} {self.amount_fen}"
