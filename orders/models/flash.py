"""Flash sales: so many units of one pack at a price of its own, one a buyer; and the places that buyers took."""

from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from orders.models.order import Order
from orders.models.promotion import Promotion

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class FlashSaleQuerySet(models.QuerySet["FlashSale"]):
    """Flash sales, in words of the domain."""

    def announced(self) -> "FlashSaleQuerySet":
        """Those that buyers may know of: approved. One that is over still has a page that says so."""
        return self.filter(promotion__approved_at__isnull=False)


class FlashSale(models.Model):
    """`units` of one pack for `price_fen` each, one a buyer, while its promotion (kind flash) holds; of them `taken` are promised.

    Until the sale is over and nobody's place waits any more, the pack is sold in no other way (catalog's Variant.apart_until).
    """

    promotion = models.OneToOneField(Promotion, on_delete=models.PROTECT, related_name="flash_sale")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("pack"))
    price_fen = models.BigIntegerField(_("price in fen"))
    units = models.PositiveIntegerField(_("units"))
    taken = models.PositiveIntegerField(default=0, editable=False)

    objects = FlashSaleQuerySet.as_manager()

    class Meta:
        verbose_name = _("flash sale")
        verbose_name_plural = _("flash sales")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(units__gte=1, price_fen__gt=0, taken__gte=0, taken__lte=F("units")),
                name="flash_sale_within_its_units",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.ReadOnly(name="flash_terms_stay", fields=["promotion", "variant", "price_fen", "units"])
        ]

    def __str__(self) -> str:
        return str(self.promotion)

    @property
    def left(self) -> int:
        """Units that are promised to nobody."""
        return self.units - self.taken


class ClaimState(models.TextChoices):
    """What became of a place: waiting for its order, ordered, or given on to somebody else."""

    CLAIMED = "claimed", _("kept for the order")
    ORDERED = "ordered", _("ordered")
    LAPSED = "lapsed", _("given on")


class FlashClaimQuerySet(models.QuerySet["FlashClaim"]):
    """Places in flash sales, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "FlashClaimQuerySet":
        """The buyer's own."""
        return self.filter(user_id=user.pk or 0)


class FlashClaim(models.Model):
    """One buyer's place in a flash sale: kept until `until` by the database's clock, then by its order. A buyer has one a sale, once."""

    sale = models.ForeignKey(FlashSale, on_delete=models.PROTECT, related_name="claims")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=ClaimState, default=ClaimState.CLAIMED)
    claimed_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    order = models.OneToOneField(
        Order, null=True, blank=True, on_delete=models.PROTECT, related_name="flash_claim", editable=False
    )

    objects = FlashClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("place in a flash sale")
        verbose_name_plural = _("places in flash sales")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("sale", "user"), name="one_place_a_buyer_and_flash_sale"),
            models.CheckConstraint(
                condition=Q(state=ClaimState.CLAIMED, order=None)
                | Q(state=ClaimState.ORDERED, order__isnull=False)
                | Q(state=ClaimState.LAPSED),
                name="ordered_place_has_its_order",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("until",), condition=Q(state="claimed"), name="flash_claim_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.sale_id} {self.user_id} {self.state}"
