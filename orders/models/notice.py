"""What a buyer is told of an order: one row a step, written with the step, so that it is told once."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order


class NoticeStep(models.TextChoices):
    """What happened, as the list of messages says it."""

    PAID = "paid", _("Your payment has arrived")
    LATE = "late", _("Your payment came late")
    DEPOSIT = "deposit", _("Your deposit has arrived")
    BALANCE = "balance", _("The balance can be paid now")
    BALANCE_ENDS = "balance_ends", _("The balance is due tomorrow")
    LAPSED = "lapsed", _("The balance was not paid in time")
    DEPOSIT_BACK = "deposit_back", _("Called off: your deposit comes back")
    COLLECTED = "collected", _("Collected from the farmer")
    READY = "ready", _("Ready for pickup")
    DELIVERED = "delivered", _("Delivered")
    REFUNDED = "refunded", _("Money has gone back to you")
    REFUND_FAILED = "refund_failed", _("Money could not go back")
    CANCELLED = "cancelled", _("Cancelled")
    WEIGHT = "weight", _("Weighs less than ordered: please decide")
    PROMISE = "promise", _("Sent in another week")
    BOXES = "boxes", _("The weeks of your season's boxes")
    SHORT = "short", _("The harvest was too small")
    POINT = "point", _("Pickup at another point")
    CASE = "case", _("After-sales: an answer")
    INVOICE = "invoice", _("Invoice issued")
    REVIEW = "review", _("Your review was hidden")


class NoticeWay(models.TextChoices):
    """How it left. What is not pressing goes to nobody's phone: who gave no e-mail address reads it on the site."""

    EMAIL = "email", _("e-mail")
    TEXT = "text", _("text message")
    SITE = "site", _("on this page")


class Notice(models.Model):
    """One step of an order, told once. `part` says of what: a consignment's number, a refund's key; empty where it is the whole order.

    Untold (`told_at` empty) it is tried again at `try_at`, which a worker moves ahead while it writes; `tries` and `trouble` say how
    often, and what went wrong. Told without a way (`told_by` empty): nothing was left to say by then.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="notices")
    step = models.CharField(_("what happened"), max_length=14, choices=NoticeStep)
    part = models.CharField(max_length=40, blank=True)
    happened_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(_("told"), null=True, blank=True)
    told_by = models.CharField(_("told by"), max_length=5, choices=NoticeWay, blank=True)
    try_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("message to a buyer")
        verbose_name_plural = _("messages to buyers")
        ordering = ("-happened_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("order", "step", "part"), name="one_notice_an_order_step_and_part"),
            models.CheckConstraint(condition=Q(told_by="") | Q(told_at__isnull=False), name="notice_told_by_at_a_time"),
        ]
        indexes: ClassVar = [models.Index(fields=("try_at",), condition=Q(told_at=None), name="notice_to_send")]

    def __str__(self) -> str:
        return f"{self.order} {self.get_step_display()}"
