"""Promotions: what is cheaper, for whom, until when, and who pays the difference; and the append-only rows of what was taken off."""

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant, all_categories
from orders.models.order import OrderLine
from payments.append_only import append_only
from sellers.models import Store
from stations.models import Region
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class PromotionKind(models.TextChoices):
    """What a promotion makes cheaper."""

    PRICE = "price", _("campaign price")
    COUPON = "coupon", _("coupon")
    FREIGHT = "freight", _("free freight")
    FLASH = "flash", _("flash sale")


class Payer(models.TextChoices):
    """Who pays what the buyer does not."""

    SELLER = "seller", _("the seller")
    PLATFORM = "platform", _("the platform")
    COUNTY = "county", _("the county fund")


# What holds for everybody's goods by itself: a coupon asks for its code, a flash sale for a place in it.
BY_ITSELF = (PromotionKind.PRICE, PromotionKind.FREIGHT)


class PromotionQuerySet(models.QuerySet["Promotion"]):
    """Promotions, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "PromotionQuerySet":
        """Those of the user's regions, of stores there, and of the user's own store."""
        scope = scope_of(user)
        return self.filter(
            scope.covers("region_id") | scope.covers("store__region_id") | Q(store__household__user_id=user.pk or 0)
        )

    def running(self, at: dt.datetime | None = None) -> "PromotionQuerySet":
        """Those that hold now, by the database's clock, or at a time of the past."""
        now = at or Now()
        return self.filter(approved_at__isnull=False, ended_at=None, starts_at__lte=now, ends_at__gt=now)


@pghistory.track(exclude=["spent_fen"], model_name="PromotionEvent")
class Promotion(models.Model):
    """Cheaper goods or freight: a campaign price, a coupon, or free freight above a sum; of a county (`region`), a store, or everywhere.

    `percent_bp` or `off_fen` is taken off; a campaign may name prices by pack instead (PromotionPrice). A flash sale (FlashSale) holds
    for whoever has a place in it. `minimum_fen` is what the goods must come to. `most_per_buyer` limits units of campaign goods, or uses
    of a coupon, and asks for an account. `spent_fen` of `budget_fen` is promised to orders that are reserved or paid; PostgreSQL lets it
    pass the budget for nobody.
    It holds once it is approved; money of a county fund by somebody else than who proposed it.
    """

    kind = models.CharField(_("kind"), max_length=8, choices=PromotionKind)
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    payer = models.CharField(_("who pays"), max_length=8, choices=Payer)
    region = models.ForeignKey(
        Region, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("county")
    )
    store = models.ForeignKey(
        Store, null=True, blank=True, on_delete=models.PROTECT, related_name="promotions", verbose_name=_("store")
    )
    category_slug = models.CharField(_("category"), max_length=40, blank=True)
    percent_bp = models.PositiveIntegerField(null=True, blank=True)
    off_fen = models.BigIntegerField(null=True, blank=True)
    minimum_fen = models.BigIntegerField(default=0)
    most_per_buyer = models.PositiveIntegerField(_("most per buyer"), null=True, blank=True)
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    budget_fen = models.BigIntegerField(_("budget"))
    spent_fen = models.BigIntegerField(default=0, editable=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = PromotionQuerySet.as_manager()

    class Meta:
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(spent_fen__gte=0, budget_fen__gt=0, spent_fen__lte=F("budget_fen")),
                name="promotion_within_its_budget",
            ),
            models.CheckConstraint(
                condition=~Q(payer=Payer.COUNTY)
                | Q(region__isnull=False) & (Q(approved_by=None) | ~Q(approved_by=F("proposed_by"))),
                name="county_fund_needs_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(payer=Payer.SELLER) | Q(store__isnull=False), name="sellers_pay_for_their_own_store_alone"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="promotion_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(minimum_fen__gte=0, ends_at__gt=F("starts_at"))
                & (Q(percent_bp=None) | Q(percent_bp__gte=1, percent_bp__lte=9_000))
                & (Q(off_fen=None) | Q(off_fen__gt=0))
                & (
                    Q(kind=PromotionKind.PRICE, off_fen=None)
                    | Q(kind=PromotionKind.COUPON, percent_bp=None, off_fen__isnull=False)
                    | Q(kind=PromotionKind.COUPON, percent_bp__isnull=False, off_fen=None)
                    | Q(
                        kind=PromotionKind.FREIGHT, percent_bp=None, off_fen=None, most_per_buyer=None, category_slug=""
                    )
                    | Q(kind=PromotionKind.FLASH, percent_bp=None, off_fen=None, most_per_buyer=1)
                ),
                name="promotion_terms_sane",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=("ends_at",),
                condition=Q(approved_at__isnull=False, ended_at=None),
                name="promotion_running",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """Its name in the language of the page."""
        return (self.name_en or self.name) if get_language() == "en" else self.name

    @property
    def category_label(self) -> str:
        """The category that it is for, in the language of the page."""
        return next((one.label for one in all_categories() if one.slug == self.category_slug), self.category_slug)

    @property
    def county_code(self) -> str:
        """Six digits; empty for one that holds everywhere."""
        return self.region_id[:6] if self.region_id else ""

    @property
    def left_fen(self) -> int:
        """What of the budget is promised to nobody."""
        return self.budget_fen - self.spent_fen


class PromotionPrice(models.Model):
    """The price of one pack while a campaign holds, in fen."""

    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, related_name="prices")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+")
    price_fen = models.BigIntegerField()

    class Meta:
        verbose_name = _("campaign price")
        verbose_name_plural = _("campaign prices")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("promotion", "variant"), name="one_campaign_price_a_pack"),
            models.CheckConstraint(condition=Q(price_fen__gt=0), name="campaign_price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.promotion_id} {self.variant_id} {self.price_fen}"


class Coupon(models.Model):
    """A code for a promotion: for all, or for the account it was given to (`user`); it is good for `most_uses` orders."""

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="coupons")
    code = models.CharField(_("code"), max_length=20, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="coupons"
    )
    most_uses = models.PositiveIntegerField(_("how many orders"))
    used = models.PositiveIntegerField(default=0, editable=False)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("given by"),
    )
    given_at = models.DateTimeField(_("given on"), null=True, blank=True)

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(used__lte=F("most_uses")), name="coupon_used_as_often_as_it_may"),
            models.CheckConstraint(
                condition=Q(given_by=None) | Q(user=None) | ~Q(given_by=F("user")),
                name="nobody_gives_a_coupon_to_themselves",
            ),
            models.UniqueConstraint(
                fields=("promotion", "user"), condition=Q(user__isnull=False), name="one_coupon_a_promotion_and_buyer"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PromotionUse(models.Model):
    """How much of a promotion one buyer has had: units of campaign goods, or orders with its coupon."""

    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, related_name="uses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    used = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("use of a promotion")
        verbose_name_plural = _("uses of promotions")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("promotion", "user"), name="one_count_a_buyer_and_promotion")
        ]

    def __str__(self) -> str:
        return f"{self.promotion_id} {self.used}"


class LineDiscount(models.Model):
    """What one promotion took off one line, in fen: off its goods, or (kind freight) off its share of the freight. Append-only.

    `payer` and `county_code` say whose account pays; `units` counts against what one buyer may have.
    """

    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="discounts")
    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="+")
    coupon = models.ForeignKey(Coupon, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    kind = models.CharField(max_length=8, choices=PromotionKind)
    payer = models.CharField(max_length=8, choices=Payer)
    fen = models.BigIntegerField()
    units = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("discount of a line")
        verbose_name_plural = _("discounts of lines")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("line", "kind"), name="one_discount_a_line_and_kind"),
            models.CheckConstraint(condition=Q(fen__gt=0), name="discount_is_of_money"),
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.line_id} {self.fen}"
