"""The cart: one for a guest (by a cookie) or for an account, over many stores."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.references import public_reference
from catalog.models import Variant

MOST_UNITS = 999


class Cart(models.Model):
    """What a buyer means to buy; `ref` is the value of the guest's cookie."""

    ref = models.CharField(max_length=24, unique=True, default=public_reference)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="cart",
    )
    touched_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")

    def __str__(self) -> str:
        return str(self.user or self.ref[:6])


class CartLine(models.Model):
    """Units of one variant; `seen_price_fen` is the price that the buyer last saw, so that a change is shown and not slipped in."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    seen_price_fen = models.BigIntegerField()

    class Meta:
        verbose_name = _("cart line")
        verbose_name_plural = _("cart lines")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("cart", "variant"), name="one_line_a_variant"),
            models.CheckConstraint(condition=Q(quantity__range=(1, MOST_UNITS)), name="cart_quantity_sane"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} x {self.quantity}"
