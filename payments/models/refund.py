"""Refunds: money that goes back to a buyer."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models.dispute import Dispute
from payments.models.payment import Payment


class RefundState(models.TextChoices):
    """Where a refund stands; the provider is called after the commit that made it."""

    PENDING = "pending", _("On its way")
    SUCCEEDED = "succeeded", _("Returned")
    FAILED = "failed", _("Failed")


class Refund(models.Model):
    """Money that goes back to the buyer, in fen; `key` is the idempotency key given to the provider.

    One that failed stays so, and may be sent again as another refund, which `replaces` it. Cash is paid out at the counter of the station
    `station_code` by `paid_out_by`. What a buyer's bank took back in a `dispute` that was lost has gone already.
    Of an order that was paid in two parts, one may be more than is left of the second payment: the rest goes back from the first, as
    another refund `beside` this one.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount_fen = models.BigIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=120, unique=True)
    state = models.CharField(max_length=12, choices=RefundState, default=RefundState.PENDING)
    provider_ref = models.CharField(max_length=120, blank=True)
    replaces = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
        verbose_name=_("sent again"),
    )
    beside = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="rest", verbose_name=_("together with")
    )
    dispute = models.ForeignKey(
        Dispute, null=True, blank=True, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("dispute")
    )
    station_code = models.CharField(max_length=16, blank=True)
    paid_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="refund_amount_positive")]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="never_more_than_was_paid",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("amount_fen", "payment_id"),  # type: ignore[no-untyped-call]
                declare=[("paid", "bigint")],
                # Locked first: two refunds of one payment come one after the other.
                func="""
                SELECT amount_fen INTO paid FROM payments_payment WHERE id = NEW.payment_id FOR NO KEY UPDATE;
                IF NEW.amount_fen + coalesce((
                    SELECT sum(amount_fen) FROM payments_refund
                    WHERE payment_id = NEW.payment_id AND state <> 'failed' AND id IS DISTINCT FROM NEW.id
                ), 0) > paid THEN
                    RAISE EXCEPTION 'More would go back than payment % brought.', NEW.payment_id USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.amount_fen}"

    @property
    def together_fen(self) -> int:
        """All that goes back at once: this refund and the rest beside it."""
        rest = Refund.objects.filter(beside=self).first()
        return self.amount_fen + (rest.amount_fen if rest else 0)
