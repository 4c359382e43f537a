"""Whom a recall concerns: the lines that were sold of its lots, and their buyers."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Recall
from orders.models.order import Order, OrderLine
from payments.append_only import append_only


class Found(models.TextChoices):
    """Where the goods of a line were when the list was made."""

    UNPAID = "unpaid", _("reserved, not paid")
    AT_FARM = "at_farm", _("not collected yet")
    UNDER_WAY = "under_way", _("under way")
    DELIVERED = "delivered", _("delivered")


class ToldBy(models.TextChoices):
    """How a buyer was reached."""

    EMAIL = "email", _("e-mail")
    TEXT = "text", _("text message")


class RecalledBuyer(models.Model):
    """One buyer on a recall's list, however many orders it concerns. `key` is a keyed hash of the address: who it is, the orders know.

    `told_at` once a message left; while it is empty, `tries` and `trouble` say how often it was tried and what went wrong. `ended_told_at`
    is the same for the word that the recall is over.
    """

    recall = models.ForeignKey(Recall, on_delete=models.CASCADE, related_name="buyers")
    key = models.CharField(max_length=64)
    told_at = models.DateTimeField(null=True, blank=True)
    told_by = models.CharField(max_length=5, choices=ToldBy, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=120, blank=True)
    try_at = models.DateTimeField(default=timezone.now)
    ended_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("buyer on a recall's list")
        verbose_name_plural = _("buyers on a recall's list")
        constraints: ClassVar = [models.UniqueConstraint(fields=("recall", "key"), name="one_row_a_recall_and_buyer")]
        indexes: ClassVar = [
            models.Index(fields=("recall", "try_at"), name="buyer_to_tell", condition=models.Q(told_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.recall} {self.key[:8]}"


class RecalledLine(models.Model):
    """One line on a recall's list. `handled_at` once what it asks for was done: the order ended, or the money on its way back."""

    recall = models.ForeignKey(Recall, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="recalls")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    buyer = models.ForeignKey(RecalledBuyer, on_delete=models.CASCADE, related_name="lines")
    found = models.CharField(max_length=10, choices=Found)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("line on a recall's list")
        verbose_name_plural = _("lines on a recall's list")
        constraints: ClassVar = [models.UniqueConstraint(fields=("recall", "line"), name="one_row_a_recall_and_line")]
        indexes: ClassVar = [
            models.Index(fields=("recall", "order"), name="recalled_line_by_order"),
            models.Index(fields=("recall",), name="recalled_line_to_handle", condition=models.Q(handled_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.recall} {self.line}"


class RecallExport(models.Model):
    """A list of buyers that left in a file, with their numbers in clear: who took it, when, and for whom. Append-only."""

    recall = models.ForeignKey(Recall, on_delete=models.PROTECT, related_name="exports")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    purpose = models.CharField(_("which authority asks, and under which paper"), max_length=120)
    rows = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("list of buyers that was taken out")
        verbose_name_plural = _("lists of buyers that were taken out")
        ordering = ("-at",)
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.recall} {self.purpose}"
