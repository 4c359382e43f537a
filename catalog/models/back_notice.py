"""Whom to tell when sold-out goods are there again."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.references import public_reference
from catalog.models.variant import Variant


class Channel(models.TextChoices):
    """How somebody is told."""

    MAIL = "mail", _("by e-mail")
    TEXT = "text", _("by text message")


class BackNotice(models.Model):
    """Somebody asked to be told, once, when a pack is there again. `ref` opens it, to confirm it or to take it back.

    Of an account nothing but the account is kept: the address is read when the message goes out. A guest leaves an e-mail address,
    which counts from `confirmed_at` on. What was sent is deleted a day later (until then it limits how many more are told).
    """

    ref = models.CharField(max_length=24, unique=True, default=public_reference, editable=False)
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="back_notices", verbose_name=_("pack"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    email = models.EmailField(_("e-mail"), blank=True)
    channel = models.CharField(max_length=4, choices=Channel, default=Channel.MAIL)
    language = models.CharField(max_length=10, default="zh-hans")
    asked_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notice that goods are back")
        verbose_name_plural = _("notices that goods are back")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("variant", "user"), condition=Q(user__isnull=False, sent_at=None), name="one_notice_an_account"
            ),
            models.UniqueConstraint(
                fields=("variant", "email"), condition=Q(user=None, sent_at=None), name="one_notice_an_address"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, email="") | (Q(user=None, channel="mail") & ~Q(email="")),
                name="notice_knows_whom",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("variant", "asked_at"), condition=Q(sent_at=None), name="back_notice_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} {self.channel}"
