"""Orders: carts, orders with their consignments and lines, and the facts of sale that reports read."""

from orders.models.cart import Cart, CartLine
from orders.models.order import Consignment, DeliveryWay, Order, OrderLine, OrderState
from orders.models.sale import Channel, LeftOut, Sale, SaleKind, Verification

__all__ = [
    "Cart",
    "CartLine",
    "Channel",
    "Consignment",
    "DeliveryWay",
    "LeftOut",
    "Order",
    "OrderLine",
    "OrderState",
    "Sale",
    "SaleKind",
    "Verification",
]
