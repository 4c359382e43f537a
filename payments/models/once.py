"""What is done once: Stripe's events, and what a page asks."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WebhookEvent(models.Model):
    """An event that Stripe sent, kept once. It is a hint: the job re-reads the object from Stripe before anything moves."""

    event_id = models.CharField(max_length=120, unique=True)
    type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120)
    received_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Stripe event")
        verbose_name_plural = _("Stripe events")

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class IdempotencyKey(models.Model):
    """What one actor asked once: the same key answers the same, and refuses another request. `answer` is set when it is done."""

    actor = models.CharField(max_length=80)
    operation = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    answer = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("actor", "operation", "key"), name="one_request_a_key")
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"
