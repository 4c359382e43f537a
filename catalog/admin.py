"""The operator's view of goods."""

from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest

from catalog.models import (
    Category,
    Certificate,
    CountyBrand,
    GoodsRule,
    Grade,
    GradeScheme,
    Lot,
    LotTest,
    PriceBand,
    Product,
    Variant,
)
from catalog.ruling import keep_rule
from catalog.search import index_product


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin[Category]):
    """Categories in their order."""

    list_display = ("name", "name_en", "slug", "parent", "flow", "position")
    list_editable = ("position",)
    search_fields = ("name", "name_en", "aliases")


class VariantInline(admin.TabularInline[Variant, Product]):
    """The packs of a product; stock moves by orders, and is counted at the desk."""

    model = Variant
    extra = 0
    fields = (
        "sku",
        "name",
        "name_en",
        "sold_by",
        "net_weight_g",
        "gross_weight_g",
        "price_fen",
        "on_hand",
        "held",
        "active",
    )
    readonly_fields = ("on_hand", "held")


class CertificateInline(admin.TabularInline[Certificate, Product]):
    """The certificates of a product; they are entered at the desk and accepted by the county."""

    model = Certificate
    extra = 0
    fields = ("kind", "number", "holder", "issuer", "valid_from", "valid_until", "state", "demo")
    readonly_fields = fields
    can_delete = False

    def has_add_permission(self, request, obj=None):  # type: ignore[no-untyped-def]
        """Not here: a certificate comes with its paper."""
        return False


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin[Product]):
    """Products; what lists show follows when one is saved."""

    list_display = ("name", "store", "category", "county_code", "status", "price_from_fen", "in_stock", "sold_units")
    list_filter = ("status", "category", "temperature")
    list_select_related = ("store", "category")
    search_fields = ("name", "name_en", "ref")
    raw_id_fields = ("store", "origin", "picture", "listed_by", "mandate")
    # What is on sale was approved: goods are moved by their journeys.
    readonly_fields = ("status",)
    inlines: ClassVar = [VariantInline, CertificateInline]

    def save_related(self, request, form, formsets, change):  # type: ignore[no-untyped-def]
        """Indexes the product once its packs and certificates are saved."""
        super().save_related(request, form, formsets, change)
        index_product(Product.objects.select_related("store", "category__parent").get(pk=form.instance.pk))


class LotTestInline(admin.TabularInline[LotTest, Lot]):
    """The tests of a lot, to read: they are entered with their items at the desk, and struck out by the county."""

    model = LotTest
    extra = 0
    can_delete = False

    def has_add_permission(self, *_given: object) -> bool:
        """At the desk."""
        return False

    def has_change_permission(self, *_given: object) -> bool:
        """Never: a wrong one is struck out."""
        return False


@admin.register(Lot)
class LotAdmin(admin.ModelAdmin[Lot]):
    """Lots with their tests."""

    list_display = ("code", "product", "harvested_on", "quantity_g", "grade", "recalled_at")
    list_select_related = ("product", "grade")
    search_fields = ("code", "product__name")
    raw_id_fields = ("product", "region", "entered_by")
    readonly_fields = ("used_g", "grade", "held_back_at")
    inlines: ClassVar = [LotTestInline]


class GradeInline(admin.TabularInline[Grade, GradeScheme]):
    """The grades of a scheme, best first, to read."""

    model = Grade
    extra = 0
    can_delete = False

    def has_add_permission(self, *_given: object) -> bool:
        """With its scheme, at the desk."""
        return False

    def has_change_permission(self, *_given: object) -> bool:
        """A change is a new version."""
        return False


@admin.register(GradeScheme)
class GradeSchemeAdmin(admin.ModelAdmin[GradeScheme]):
    """Schemes of grades, to read: they are entered and replaced at the desk, with their criteria and limits."""

    list_display = ("title", "standard", "category", "county_code", "version", "valid_from")
    list_select_related = ("category",)
    inlines: ClassVar = [GradeInline]

    def has_add_permission(self, *_given: object) -> bool:
        """At the desk."""
        return False

    def has_change_permission(self, *_given: object) -> bool:
        """A change is a new version."""
        return False


@admin.register(GoodsRule)
class GoodsRuleAdmin(admin.ModelAdmin[GoodsRule]):
    """Rules for goods: those of everywhere are kept here, counties keep their own at the desk."""

    list_display = ("reason", "effect", "licence", "county_code", "active")
    list_filter = ("effect", "active", "county_code")
    search_fields = ("words", "reason", "source")

    def save_model(self, _request: HttpRequest, obj: GoodsRule, _form: object, _change: bool) -> None:
        """Goods on sale are met with it too."""
        keep_rule(obj)

    def has_delete_permission(self, _request: HttpRequest, _obj: GoodsRule | None = None) -> bool:
        """A rule is switched off: what was refused by it says so for ever."""
        return False


@admin.register(PriceBand)
class PriceBandAdmin(admin.ModelAdmin[PriceBand]):
    """Price bands; the one without a county holds everywhere else."""

    list_display = ("county_code", "up_percent", "down_percent", "days")


@admin.register(CountyBrand)
class CountyBrandAdmin(admin.ModelAdmin[CountyBrand]):
    """The brands of counties, to look at: counties keep them at the desk."""

    list_display = ("name", "county", "category", "number", "valid_until", "demo")
    list_select_related = ("county", "category")
    raw_id_fields = ("county", "entered_by")
