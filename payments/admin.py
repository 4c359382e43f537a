"""Money in the operator's pages: to read. What is booked is never changed by hand; rate cards are entered in orders.rate_cards_admin."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from payments.models import (
    Dispute,
    Entry,
    LedgerAccount,
    Mismatch,
    Payment,
    ReconciliationRun,
    Refund,
    StripeMovement,
    Transfer,
    WebhookEvent,
)
from payments.read_only import ReadOnly
from payments.reconciling import CannotSettle, settle_mismatch


@admin.register(Payment)
class PaymentAdmin(ReadOnly, admin.ModelAdmin[Payment]):
    """Payments, found by order, session or intent."""

    list_display = ("order_ref", "provider", "purpose", "state", "amount_fen", "created_at", "paid_at")
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


@admin.register(StripeMovement)
class StripeMovementAdmin(ReadOnly, admin.ModelAdmin[StripeMovement]):
    """What moved at Stripe, and whether the ledger has it."""

    list_display = ("created_at", "category", "amount_fen", "fee_fen", "net_fen", "currency", "state", "source_id")
    list_filter = ("state", "category")
    search_fields = ("txn_id", "source_id", "intent_id", "payment__order_ref")
    date_hierarchy = "created_at"


@admin.register(ReconciliationRun)
class ReconciliationRunAdmin(ReadOnly, admin.ModelAdmin[ReconciliationRun]):
    """The hourly comparisons with Stripe, the newest first."""

    list_display = ("ran_at", "read", "waiting", "balance_fen", "opening_fen", "off_fen")


@admin.register(Dispute)
class DisputeAdmin(ReadOnly, admin.ModelAdmin[Dispute]):
    """Payments that buyers' banks dispute."""

    list_display = (
        "dispute_id",
        "payment",
        "amount_fen",
        "reason_label",
        "state",
        "opened_at",
        "closed_at",
        "settled_at",
    )
    list_filter = ("state",)
    search_fields = ("dispute_id", "payment__order_ref")
    list_select_related = ("payment",)


class Settled(admin.SimpleListFilter):
    """Whether it is settled; open ones come first in any case."""

    title = _("settled")
    parameter_name = "settled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Open, or settled."""
        return [("no", _("no")), ("yes", _("yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mismatch]) -> QuerySet[Mismatch]:
        """Those chosen."""
        if self.value() in ("yes", "no"):
            return queryset.filter(ended_at__isnull=self.value() == "no")
        return queryset


@admin.register(Mismatch)
class MismatchAdmin(admin.ModelAdmin[Mismatch]):
    """Where Stripe and the ledger differ. As long as one is open nobody is paid out; an operator settles it with a reason."""

    list_display = ("both_sides", "kind", "found_at", "age", "ended_at", "resolved_by")
    list_filter = (Settled, "kind")
    list_select_related = ("movement", "transfer", "resolved_by")
    ordering = ("ended_at", "-found_at")
    fields: ClassVar = (
        "kind", "both_sides", "movement", "transfer", "found_at", "ended_at", "resolved_by", "reason", "what_follows"
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Mismatch | None = None) -> list[str]:
        """Everything but the reason, and that too once it is settled."""
        settled = obj is None or obj.ended_at is not None
        return [name for name in self.fields if name != "reason" or settled]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: the comparison finds them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    @admin.display(description=_("both sides"))
    def both_sides(self, mismatch: Mismatch) -> str:
        """What Stripe says, and what the ledger says."""
        return mismatch.in_words

    @admin.display(description=_("open for"))
    def age(self, mismatch: Mismatch) -> str:
        """How long it has been open; a dash once it is settled."""
        return timesince(mismatch.found_at) if mismatch.ended_at is None else "–"

    @admin.display(description=_("what follows"))
    def what_follows(self, mismatch: Mismatch) -> str:
        """What settling does, in a sentence."""
        return gettext(
            "When you save a reason, the ledger follows Stripe, and the difference is kept as what is not explained yet."
        )

    def save_model(self, request: HttpRequest, obj: Mismatch, form: ModelForm[Mismatch], change: bool) -> None:
        """Settle it, once."""
        assert request.user.pk is not None
        try:
            settle_mismatch(mismatch=Mismatch.objects.get(pk=obj.pk), by_id=request.user.pk, reason=obj.reason)
        except CannotSettle as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
