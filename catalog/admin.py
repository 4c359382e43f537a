"""The operator's view of goods."""

from typing import ClassVar

from django.contrib import admin

from catalog.models import Category, Certificate, Grade, GradeScheme, Lot, LotTest, Product, Variant
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
    """The certificates of a product."""

    model = Certificate
    extra = 0


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin[Product]):
    """Products; what lists show follows when one is saved."""

    list_display = ("name", "store", "category", "county_code", "status", "price_from_fen", "in_stock", "sold_units")
    list_filter = ("status", "category", "temperature")
    list_select_related = ("store", "category")
    search_fields = ("name", "name_en", "ref")
    raw_id_fields = ("store", "origin", "picture", "listed_by", "mandate")
    inlines: ClassVar = [VariantInline, CertificateInline]

    def save_related(self, request, form, formsets, change):  # type: ignore[no-untyped-def]
        """Indexes the product once its packs and certificates are saved."""
        super().save_related(request, form, formsets, change)
        index_product(Product.objects.select_related("store", "category__parent").get(pk=form.instance.pk))


class LotTestInline(admin.TabularInline[LotTest, Lot]):
    """The tests of a lot."""

    model = LotTest
    extra = 0


@admin.register(Lot)
class LotAdmin(admin.ModelAdmin[Lot]):
    """Lots with their tests."""

    list_display = ("code", "product", "harvested_on", "quantity_g", "grade", "recalled_at")
    list_select_related = ("product", "grade")
    search_fields = ("code", "product__name")
    raw_id_fields = ("product", "region", "entered_by")
    inlines: ClassVar = [LotTestInline]


class GradeInline(admin.TabularInline[Grade, GradeScheme]):
    """The grades of a scheme, best first."""

    model = Grade
    extra = 0


@admin.register(GradeScheme)
class GradeSchemeAdmin(admin.ModelAdmin[GradeScheme]):
    """Schemes of grades."""

    list_display = ("title", "standard", "category", "county_code")
    list_select_related = ("category",)
    inlines: ClassVar = [GradeInline]
