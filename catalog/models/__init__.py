"""Goods: categories, products and their variants, lots with grades and tests, certificates."""

from catalog.models.category import Category, Flow
from catalog.models.certificate import SEALS, Certificate, CertificateKind
from catalog.models.lot import Grade, GradeScheme, Lot, LotTest
from catalog.models.product import Product, ProductPicture, ProductStatus, Temperature
from catalog.models.variant import GRAMS_PER_JIN, SoldBy, Variant

__all__ = [
    "GRAMS_PER_JIN",
    "SEALS",
    "Category",
    "Certificate",
    "CertificateKind",
    "Flow",
    "Grade",
    "GradeScheme",
    "Lot",
    "LotTest",
    "Product",
    "ProductPicture",
    "ProductStatus",
    "SoldBy",
    "Temperature",
    "Variant",
]
