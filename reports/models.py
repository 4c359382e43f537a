"""What the nightly audits found, night by night."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.append_only import append_only


class Audited(models.TextChoices):
    """What is recomputed."""

    LEDGER = "ledger", _("Ledger")
    VOLUME = "volume", _("Transaction volume")


class AuditRun(models.Model):
    """One audit: how many checks it ran, and a line for each difference (reports.audit.differences). It stays as it is."""

    audited = models.CharField(_("what was audited"), max_length=10, choices=Audited)
    ran_at = models.DateTimeField(_("when"), default=timezone.now)
    checks = models.PositiveSmallIntegerField(_("checks"))
    found = models.JSONField(_("differences"), default=list, blank=True)

    class Meta:
        verbose_name = _("audit")
        verbose_name_plural = _("audits")
        ordering = ("-ran_at", "-pk")
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.get_audited_display()} {self.ran_at:%Y-%m-%d}"
