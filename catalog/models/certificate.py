"""Certificates of products."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models.product import Product


class CertificateKind(models.TextChoices):
    """The certificates that Chinese buyers know."""

    GREEN = "green", _("green food")
    ORGANIC = "organic", _("organic")
    GEOGRAPHICAL = "geographical", _("geographical indication")


# One bit a kind: a product's valid certificates are one small number, which a list can filter and count.
SEALS = {CertificateKind.GREEN: 1, CertificateKind.ORGANIC: 2, CertificateKind.GEOGRAPHICAL: 4}


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """Certificates, in words of the domain."""

    def valid(self) -> "CertificateQuerySet":
        """Those that hold today; no other may be shown."""
        today = timezone.localdate()
        return self.filter(valid_from__lte=today, valid_until__gte=today)


class Certificate(models.Model):
    """A certificate held for a product; `demo` marks a sample number that no agency issued."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="certificates")
    kind = models.CharField(_("kind"), max_length=14, choices=CertificateKind)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=100, blank=True)
    number = models.CharField(_("number"), max_length=60)
    holder = models.CharField(_("holder"), max_length=80)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    demo = models.BooleanField(_("sample"), default=False)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")),
                name="certificate_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return (self.name_en or self.name) if get_language() == "en" else self.name
