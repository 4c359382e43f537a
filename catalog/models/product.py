"""Products, their variants (stock and price) and their pictures."""

from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.references import public_reference
from accounts.stories import StoryField
from catalog.models.category import Category, Flow
from catalog.models.guards import GUARDS
from catalog.models.sales_marks import SALES_MARKING
from catalog.models.tally import COUNTING
from pictures.models import Picture
from sellers.models import Mandate, Store
from stations.models import Region
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Temperature(models.TextChoices):
    """How goods must travel."""

    AMBIENT = "ambient", _("room temperature")
    CHILLED = "chilled", _("chilled")
    FROZEN = "frozen", _("frozen")


class ProductStatus(models.TextChoices):
    """Only a listed product of an open store is for sale. A new listing waits for the county's review, which may return it."""

    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("waits for review")
    RETURNED = "returned", _("returned")
    LISTED = "listed", _("on sale")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ProductQuerySet(models.QuerySet["Product"]):
    """Products, in words of the domain."""

    def on_sale(self) -> "ProductQuerySet":
        """What buyers see: listed, in an open store (`store_open` is kept with the store's status, so that one index serves)."""
        return self.filter(status=ProductStatus.LISTED, store_open=True)

    def visible_to(self, user: "User | AnonymousUser") -> "ProductQuerySet":
        """Those of the user's regions, and of the user's own store."""
        return self.filter(scope_of(user).covers("origin_id") | Q(store__household__user_id=user.pk or 0))


_HISTORY_FIELDS = [
    "store", "category", "origin", "name", "name_en", "summary", "summary_en", "story", "story_en", "temperature",
    "season_from", "season_to", "shelf_life_days", "status", "listed_by", "mandate",
]  # fmt: skip


# What a list's facets ask of a product: the index of a category's sales answers it without reading the goods.
_CHOSEN_BY = (
    "county_code", "price_from_fen", "grade_name", "temperature", "season_from", "season_to", "seals", "from_poverty", "arrives_in_days",
)  # fmt: skip


@pghistory.track(fields=_HISTORY_FIELDS, model_name="ProductEvent")
class Product(models.Model):
    """What a store offers. `search` holds our own tokens. `price_from_fen` (for `price_from_g` grams), `several_prices`,
    `in_stock`, the grade's name, `seals` (a sum of certificate.SEALS) and `from_poverty` (a household that was registered as poor and
    lets buyers know) serve lists; catalog.indexing.index_product keeps them.
    `promised_week` is the Monday of the pre-sale's week, where nothing is offered but a harvest to come (kept by catalog.presale).
    `arrives_in_days` is how long an order of today takes to the city that pages reckon with; orders.arrival renews it by the hour.
    """

    ref = models.CharField(max_length=24, unique=True, default=public_reference, editable=False)
    store = models.ForeignKey(
        Store,
        on_delete=models.PROTECT,
        related_name="products",
        verbose_name=_("store"),
    )
    category = models.ForeignKey(
        Category,
        on_delete=models.PROTECT,
        related_name="products",
        verbose_name=_("category"),
    )
    origin = models.ForeignKey(
        Region,
        on_delete=models.PROTECT,
        related_name="products",
        verbose_name=_("village of origin"),
    )
    county_code = models.CharField(max_length=6, editable=False)
    flow = models.CharField(max_length=10, choices=Flow, default=Flow.OUTBOUND, editable=False)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    summary = models.CharField(_("in one line"), max_length=120, blank=True)
    summary_en = models.CharField(_("in one line, in English"), max_length=200, blank=True)
    story = StoryField(_("story of the goods"), max_length=4000, blank=True)
    story_en = StoryField(_("story of the goods in English"), max_length=6000, blank=True)
    temperature = models.CharField(
        _("temperature"),
        max_length=10,
        choices=Temperature,
        default=Temperature.AMBIENT,
    )
    season_from = models.PositiveSmallIntegerField(_("season from month"), null=True, blank=True)
    season_to = models.PositiveSmallIntegerField(_("season to month"), null=True, blank=True)
    shelf_life_days = models.PositiveIntegerField(_("shelf life in days"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=ProductStatus, default=ProductStatus.DRAFT)
    # What the goods' category and the rules ask of the seller (values of LicenceKind); and why they were taken off sale by themselves.
    licences = ArrayField(models.CharField(max_length=16), default=list, blank=True, editable=False)
    stopped_for = models.CharField(_("taken off sale because of"), max_length=16, blank=True, editable=False)
    store_open = models.BooleanField(default=False, editable=False)
    picture = models.ForeignKey(
        Picture,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("first picture"),
    )
    price_from_fen = models.BigIntegerField(default=0, editable=False)
    price_from_g = models.PositiveIntegerField(default=0, editable=False)
    several_prices = models.BooleanField(default=False, editable=False)
    in_stock = models.BooleanField(default=False, editable=False)
    promised_week = models.DateField(null=True, editable=False)
    grade_name = models.CharField(max_length=20, blank=True, editable=False)
    grade_name_en = models.CharField(max_length=40, blank=True, editable=False)
    seals = models.PositiveSmallIntegerField(default=0, editable=False)
    from_poverty = models.BooleanField(default=False, editable=False)
    arrives_in_days = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    sold_units = models.PositiveIntegerField(default=0, editable=False)
    search = SearchVectorField(null=True, editable=False)
    # Counts the edits of what is said of it: whoever edits an older version is shown what changed (catalog.editing).
    version = models.PositiveIntegerField(default=0, editable=False)
    listed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    mandate = models.ForeignKey(Mandate, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    listed_at = models.DateTimeField(default=timezone.now)

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(season_from=None, season_to=None)
                | Q(
                    season_from__isnull=False,
                    season_to__isnull=False,
                    season_from__range=(1, 12),
                    season_to__range=(1, 12),
                ),
                name="season_is_two_months",
            ),
        ]
        triggers: ClassVar = [*COUNTING, *GUARDS, *SALES_MARKING]
        indexes: ClassVar = [
            GinIndex(fields=["search"], name="product_search", fastupdate=False),
            models.Index(
                fields=("category", "-listed_at", "-id"),
                condition=Q(status="listed", store_open=True),
                name="product_by_category",
            ),
            models.Index(
                fields=("category", "-sold_units", "-id"),
                include=_CHOSEN_BY,
                condition=Q(status="listed", store_open=True),
                name="product_by_category_sales",
            ),
            models.Index(
                fields=("-sold_units", "-id"),
                include=("season_from", "season_to", "in_stock"),
                condition=Q(status="listed", store_open=True),
                name="product_by_sales",
            ),
            models.Index(
                fields=("-listed_at", "-id"),
                condition=Q(status="listed", store_open=True),
                name="product_by_newest",
            ),
            models.Index(
                fields=("category", "price_from_fen", "id"),
                condition=Q(status="listed", store_open=True),
                name="product_by_category_price",
            ),
            models.Index(
                fields=("price_from_fen", "id"),
                condition=Q(status="listed", store_open=True),
                name="product_by_price",
            ),
            models.Index(
                fields=("category", "county_code", "-sold_units", "-id"),
                condition=Q(status="listed", store_open=True),
                name="product_by_category_county",
            ),
            models.Index(
                fields=("county_code", "-sold_units", "-id"),
                condition=Q(status="listed", store_open=True),
                name="product_by_county_sales",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return (self.name_en or self.name) if get_language() == "en" else self.name

    @property
    def summary_label(self) -> str:
        """The one line in the language of the page."""
        return (self.summary_en or self.summary) if get_language() == "en" else self.summary

    @property
    def story_label(self) -> str:
        """The story in the language of the page."""
        return str((self.story_en or self.story) if get_language() == "en" else self.story)


class ProductPicture(models.Model):
    """A further picture of a product, in order."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="pictures")
    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("product picture")
        verbose_name_plural = _("product pictures")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return f"{self.product} {self.position}"
