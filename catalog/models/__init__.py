"""Goods: categories, products and their variants, lots with grades and tests, stock, certificates."""

from catalog.models.back_notice import BackNotice, Channel
from catalog.models.category import Category, Flow, GoodsKind
from catalog.models.certificate import SEALS, Certificate, CertificateKind
from catalog.models.details import CraftDetails, VisitDetails
from catalog.models.finding import MissedSearch, Phrase, PhraseForm, PhraseKind
from catalog.models.grade import Grade, GradeScheme
from catalog.models.lot import Lot, LotPart
from catalog.models.lot_test import LotTest
from catalog.models.product import Product, ProductPicture, ProductStatus, Temperature
from catalog.models.stock import Stock
from catalog.models.tally import Tally
from catalog.models.variant import GRAMS_PER_JIN, SoldBy, Variant

__all__ = [
    "GRAMS_PER_JIN",
    "SEALS",
    "BackNotice",
    "Category",
    "Certificate",
    "CertificateKind",
    "Channel",
    "CraftDetails",
    "Flow",
    "GoodsKind",
    "Grade",
    "GradeScheme",
    "Lot",
    "LotPart",
    "LotTest",
    "MissedSearch",
    "Phrase",
    "PhraseForm",
    "PhraseKind",
    "Product",
    "ProductPicture",
    "ProductStatus",
    "SoldBy",
    "Stock",
    "Tally",
    "Temperature",
    "Variant",
    "VisitDetails",
]
