"""Orders for the operator: to read. What changes an order are its journeys, not a form."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from orders.models import Cart, Consignment, Order, OrderLine, Sale
from orders.rate_cards_admin import RateCardAdmin as RateCardAdmin
from payments.models import Dispute
from payments.read_only import ReadOnly


class LinesInline(admin.TabularInline[OrderLine, Consignment]):
    """The lines of a consignment."""

    model = OrderLine
    extra = 0
    can_delete = False
    fields = ("name", "pack", "sku", "unit_price_fen", "quantity", "amount_fen", "weighed_g")
    readonly_fields = fields


class ConsignmentsInline(admin.TabularInline[Consignment, Order]):
    """The consignments of an order."""

    model = Consignment
    extra = 0
    can_delete = False
    show_change_link = True
    fields = ("number", "store", "station", "goods_fen", "freight_fen", "commission_fen", "station_fee_fen", "parcel")
    readonly_fields = fields


@admin.register(Order)
class OrderAdmin(ReadOnly, admin.ModelAdmin[Order]):
    """Orders by number; whoever looks one up has it by its number, its e-mail or its telephone."""

    list_display = ("number", "state", "pay_by", "delivery_way", "total_fen", "placed_at", "paid_at")
    list_filter = ("state", "pay_by", "delivery_way")
    search_fields = ("number", "email", "phone")
    date_hierarchy = "placed_at"
    inlines = (ConsignmentsInline,)
    # The reference opens a guest's order: it stays out of the operator's screen.
    exclude = ("ref",)
    readonly_fields = ("disputes",)

    @admin.display(description=_("disputed by the buyer's bank"))
    def disputes(self, order: Order) -> str:
        """Each dispute of its payments: where it stands, and why."""
        disputes = Dispute.objects.filter(payment__order_ref=order.ref)
        lines = [f"{one.dispute_id}: {one.get_state_display()}, {one.reason_label}" for one in disputes]
        return "\n".join(lines) or "–"


@admin.register(Consignment)
class ConsignmentAdmin(ReadOnly, admin.ModelAdmin[Consignment]):
    """One store's part of an order."""

    list_display = ("number", "store", "station", "county_code", "goods_fen", "freight_fen", "released_at")
    search_fields = ("number", "store__name")
    list_select_related = ("store", "station")
    inlines = (LinesInline,)


@admin.register(Sale)
class SaleAdmin(ReadOnly, admin.ModelAdmin[Sale]):
    """The facts of sale."""

    list_display = ("key", "kind", "channel", "flow", "county_code", "month", "amount_fen", "left_out")
    list_filter = ("kind", "channel", "flow")
    search_fields = ("key", "order_ref")


@admin.register(Cart)
class CartAdmin(ReadOnly, admin.ModelAdmin[Cart]):
    """Carts, by whom they are and when they were touched; the cookie's value opens a cart and is not shown."""

    list_display = ("id", "user", "touched_at")
    exclude = ("ref",)
