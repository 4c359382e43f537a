"""Goods: categories, products and their variants, lots with grades and tests, stock, certificates."""

from catalog.models.back_notice import BackNotice, Channel
from catalog.models.brand import OPEN_PERMISSIONS, BrandPermission, CountyBrand, PermissionState
from catalog.models.category import Category, Flow, GoodsKind, all_categories
from catalog.models.certificate import SEALS, Certificate, CertificateKind, CertificateState
from catalog.models.details import CraftDetails, VisitDetails
from catalog.models.finding import MissedSearch, Opening, Phrase, PhraseForm, PhraseKind
from catalog.models.grade import Criterion, CriterionKind, Grade, GradeLimit, GradeScheme
from catalog.models.grading import Grading, Measurement
from catalog.models.lot import Lot, LotPart
from catalog.models.lot_test import LotTest, ReportOpening, ReportState, TestItem, TestPage
from catalog.models.price_level import PriceLevel
from catalog.models.product import Product, ProductPicture, ProductStatus, Temperature
from catalog.models.recall import Advice, Recall, RecalledLot, RecallReason
from catalog.models.review import OF_A_PACK, Review, ReviewKind, ReviewState, WhyReturned
from catalog.models.rule import Effect, GoodsRule, PriceBand
from catalog.models.stock import Stock
from catalog.models.tally import Tally
from catalog.models.variant import GRAMS_PER_JIN, SoldBy, Variant
from catalog.models.write_off import LossReason, WriteOff

__all__ = [
    "GRAMS_PER_JIN",
    "OF_A_PACK",
    "OPEN_PERMISSIONS",
    "SEALS",
    "Advice",
    "BackNotice",
    "BrandPermission",
    "Category",
    "Certificate",
    "CertificateKind",
    "CertificateState",
    "Channel",
    "CountyBrand",
    "CraftDetails",
    "Criterion",
    "CriterionKind",
    "Effect",
    "Flow",
    "GoodsKind",
    "GoodsRule",
    "Grade",
    "GradeLimit",
    "GradeScheme",
    "Grading",
    "LossReason",
    "Lot",
    "LotPart",
    "LotTest",
    "Measurement",
    "MissedSearch",
    "Opening",
    "PermissionState",
    "Phrase",
    "PhraseForm",
    "PhraseKind",
    "PriceBand",
    "PriceLevel",
    "Product",
    "ProductPicture",
    "ProductStatus",
    "Recall",
    "RecallReason",
    "RecalledLot",
    "ReportOpening",
    "ReportState",
    "Review",
    "ReviewKind",
    "ReviewState",
    "SoldBy",
    "Stock",
    "Tally",
    "Temperature",
    "TestItem",
    "TestPage",
    "Variant",
    "VisitDetails",
    "WhyReturned",
    "WriteOff",
    "all_categories",
]
