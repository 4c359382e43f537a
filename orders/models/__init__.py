"""Orders: carts, orders with their consignments and lines, and the facts of sale that reports read."""

from orders.models.cart import Cart, CartLine
from orders.models.copied_code import CopiedCode
from orders.models.dispute_loss import DisputeLoss, LossBearer, LossState
from orders.models.flash import ClaimState, FlashClaim, FlashSale
from orders.models.invoice import InvoiceRequest
from orders.models.notice import Notice, NoticeStep, NoticeWay
from orders.models.order import Consignment, DeliveryWay, Order, OrderLine
from orders.models.order_state import UNSOLD, WAITING, OrderState
from orders.models.promotion import (
    Coupon,
    LineDiscount,
    Payer,
    Promotion,
    PromotionKind,
    PromotionPrice,
    PromotionUse,
)
from orders.models.recall import Found, RecalledBuyer, RecalledLine, RecallExport, ToldBy
from orders.models.refund import CancelReason, LineRefund
from orders.models.sale import Channel, LeftOut, Sale, SaleKind, Verification
from orders.models.subscription import Subscription
from orders.models.weight import WeightAnswer, WeightQuestion

__all__ = [
    "UNSOLD",
    "WAITING",
    "CancelReason",
    "Cart",
    "CartLine",
    "Channel",
    "ClaimState",
    "Consignment",
    "CopiedCode",
    "Coupon",
    "DeliveryWay",
    "DisputeLoss",
    "FlashClaim",
    "FlashSale",
    "Found",
    "InvoiceRequest",
    "LeftOut",
    "LineDiscount",
    "LineRefund",
    "LossBearer",
    "LossState",
    "Notice",
    "NoticeStep",
    "NoticeWay",
    "Order",
    "OrderLine",
    "OrderState",
    "Payer",
    "Promotion",
    "PromotionKind",
    "PromotionPrice",
    "PromotionUse",
    "RecallExport",
    "RecalledBuyer",
    "RecalledLine",
    "Sale",
    "SaleKind",
    "Subscription",
    "ToldBy",
    "Verification",
    "WeightAnswer",
    "WeightQuestion",
]
