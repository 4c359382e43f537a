"""Money in the operator's pages: everything to read, only rate cards to write. What is booked is never changed by hand."""

from typing import ClassVar

from django.contrib import admin

from payments.models import Entry, LedgerAccount, Payment, RateCard, Refund, Transfer, WebhookEvent
from payments.read_only import ReadOnly


@admin.register(RateCard)
class RateCardAdmin(admin.ModelAdmin[RateCard]):
    """What is taken off a sale; a new card takes over on its day, an old one stays for the orders of its time."""

    list_display = ("county_code", "commission_bp", "station_fee_bp", "valid_from")
    list_filter = ("county_code",)


@admin.register(Payment)
class PaymentAdmin(ReadOnly, admin.ModelAdmin[Payment]):
    """Payments, found by order, session or intent."""

    list_display = ("order_ref", "provider", "state", "amount_fen", "created_at", "paid_at")
    list_filter = ("provider", "state")
    search_fields = ("order_ref", "session_id", "intent_id")


@admin.register(Refund)
class RefundAdmin(ReadOnly, admin.ModelAdmin[Refund]):
    """Refunds and where they stand at the provider."""

    list_display = ("payment", "amount_fen", "state", "reason", "created_at")
    list_filter = ("state",)
    list_select_related = ("payment",)


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnly, admin.ModelAdmin[WebhookEvent]):
    """What Stripe sent, and whether its job is done."""

    list_display = ("event_id", "type", "object_id", "received_at", "handled_at")
    list_filter = ("type",)
    search_fields = ("event_id", "object_id")


class EntryInline(ReadOnly, admin.TabularInline[Entry, Transfer]):
    """The entries of one transfer."""

    model = Entry
    extra = 0
    fields: ClassVar = ("account", "amount_fen", "currency", "county_code")


@admin.register(Transfer)
class TransferAdmin(ReadOnly, admin.ModelAdmin[Transfer]):
    """The ledger, transfer by transfer."""

    list_display = ("key", "kind", "order_ref", "happened_at")
    list_filter = ("kind",)
    search_fields = ("key", "order_ref")
    inlines = (EntryInline,)


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnly, admin.ModelAdmin[LedgerAccount]):
    """The ledger's accounts."""

    list_display = ("kind", "owner", "currency")
    list_filter = ("kind",)
    search_fields = ("owner",)
