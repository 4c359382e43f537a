"""Disputes: what a buyer's bank takes back."""

from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models.payment import Payment


class DisputeState(models.TextChoices):
    """Where a dispute stands, in our words; Stripe has more of them."""

    OPEN = "open", _("the bank has not decided")
    WON = "won", _("decided for us")
    LOST = "lost", _("decided for the buyer")


# What the buyer's bank gave as its reason (https://docs.stripe.com/api/disputes/object#dispute_object-reason).
DISPUTE_REASONS = {
    "credit_not_processed": _("the buyer was promised the money back and did not get it"),
    "duplicate": _("the buyer says it was charged twice"),
    "fraudulent": _("the buyer says it was not them who paid"),
    "general": _("the bank gives no reason"),
    "product_not_received": _("the buyer says the goods did not come"),
    "product_unacceptable": _("the buyer says the goods were not as described"),
    "subscription_canceled": _("the buyer says it was cancelled"),
    "unrecognized": _("the buyer does not know the payment"),
}


class DisputeQuerySet(models.QuerySet["Dispute"]):
    """Disputes, in words of the domain."""

    def standing(self) -> "DisputeQuerySet":
        """Those for which nobody is paid: the bank has not decided, or the loss was not shared out yet."""
        return self.filter(Q(state=DisputeState.OPEN) | Q(state=DisputeState.LOST, settled_at=None))


@pghistory.track(fields=["state", "settled_at"], model_name="DisputeEvent")
class Dispute(models.Model):
    """The buyer's bank disputes a payment: its money is with the bank until it decides, and the sellers' money waits.

    `status` is Stripe's word, `known_at` when we heard of it. `settled_at`: a lost one was taken from those who earned by it.
    """

    dispute_id = models.CharField(_("dispute at Stripe"), max_length=120, unique=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    amount_fen = models.BigIntegerField(_("amount in fen"))
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    status = models.CharField(_("Stripe's word for its state"), max_length=40)
    state = models.CharField(_("state"), max_length=8, choices=DisputeState, default=DisputeState.OPEN)
    opened_at = models.DateTimeField(_("opened at"))
    known_at = models.DateTimeField(_("known since"), default=timezone.now)
    closed_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ("-opened_at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="dispute_amount_positive"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="dispute_is_decided_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.dispute_id

    @property
    def reason_label(self) -> str:
        """Why, in the language of the page; Stripe's word for a reason that we have no words for."""
        return str(DISPUTE_REASONS.get(self.reason, self.reason))
