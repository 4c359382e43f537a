"""Invoices that companies ask for: the title and the tax number, and that the seller has issued it."""

from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.order import Consignment


@pghistory.track(model_name="InvoiceRequestEvent")
class InvoiceRequest(models.Model):
    """A company's wish for an invoice about one consignment, whose seller issues it: `title` and `tax_number` (a unified social credit
    code) as the invoice is to bear them; `number` of the invoice once it is `issued_at`. `file`: the invoice itself as a PDF of ours in the
    private storage, where the seller attached it.
    """

    consignment = models.OneToOneField(Consignment, on_delete=models.PROTECT, related_name="invoice")
    title = models.CharField(_("company (invoice title)"), max_length=100)
    tax_number = models.CharField(_("tax number (unified social credit code)"), max_length=18)
    asked_at = models.DateTimeField(default=timezone.now)
    number = models.CharField(_("invoice number"), max_length=20, blank=True)
    file = models.CharField(max_length=200, blank=True)
    issued_at = models.DateTimeField(_("issued"), null=True, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("invoice request")
        verbose_name_plural = _("invoice requests")
        ordering = ("asked_at", "id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(issued_at=None, number="") | (Q(issued_at__isnull=False) & ~Q(number="")),
                name="an_issued_invoice_has_its_number",
            ),
            models.CheckConstraint(
                condition=Q(file="") | Q(issued_at__isnull=False), name="only_an_issued_invoice_has_its_file"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("asked_at",), condition=Q(issued_at=None), name="invoice_waits")]

    def __str__(self) -> str:
        return f"{self.consignment.number} {self.title}"
