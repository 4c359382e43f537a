"""The operator's pages of households, mandates and stores. States are moved at the desk, by their journeys, not here."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.phones import masked_phone
from payments.read_only import ReadOnly
from sellers.mandates import withdraw_mandate
from sellers.models import (
    Consent,
    DebtWriteOff,
    Household,
    Mandate,
    Opening,
    Payout,
    PayoutRun,
    Reveal,
    Store,
)


class LookedUp:
    """Pages where nothing is added or deleted by hand: records come from journeys, and history needs them."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is added here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted here."""
        return False


@admin.register(Household)
class HouseholdAdmin(LookedUp, admin.ModelAdmin[Household]):
    """Households; the phone and the identity number are shown masked."""

    list_display = ("name", "name_latin", "kind", "region", "masked_phone", "masked_identity", "registered_at")
    list_filter = ("kind", "women_led", "youth_led")
    list_select_related = ("region",)
    search_fields = ("name", "name_latin", "phone", "region__code__startswith")
    fields = (
        "name", "name_latin", "kind", "region", "masked_phone", "masked_identity", "poverty_registered_year", "women_led",
        "youth_led", "user", "registered_by", "registered_at",
    )  # fmt: skip
    # The own account comes by taking the store over (sellers.taking_over): it decides where the money goes.
    readonly_fields = (
        "kind", "region", "masked_phone", "masked_identity", "user", "registered_by", "registered_at",
    )  # fmt: skip

    @admin.display(description=_("mobile number"))
    def masked_phone(self, household: Household) -> str:
        """138****8000."""
        return masked_phone(household.phone)

    @admin.display(description=_("Identity number"))
    def masked_identity(self, household: Household) -> str:
        """Its last four characters."""
        return f"****{household.identity_tail}" if household.identity_tail else "–"


@admin.register(Mandate)
class MandateAdmin(LookedUp, admin.ModelAdmin[Mandate]):
    """Mandates: read, and withdrawn when a farmer calls."""

    list_display = ("household", "station", "evidence", "starts_on", "ends_on", "confirmed_at", "withdrawn_at")
    list_filter = ("evidence",)
    list_select_related = ("household", "station")
    search_fields = ("household__name", "household__phone", "station__code__startswith")
    actions = ("withdraw",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What a farmer allowed is not rewritten."""
        return obj is None and super().has_change_permission(request)

    @admin.action(description=_("Withdraw the chosen mandates, at the farmer's word"), permissions=["view"])
    def withdraw(self, request: HttpRequest, chosen: QuerySet[Mandate]) -> None:
        """End them at once."""
        assert isinstance(request.user, User)
        for mandate in chosen.select_related("station"):
            withdraw_mandate(by=request.user, mandate=mandate)
        done = ngettext("%(count)d mandate was withdrawn.", "%(count)d mandates were withdrawn.", len(chosen))
        messages.success(request, done % {"count": len(chosen)})


@admin.register(Store)
class StoreAdmin(LookedUp, admin.ModelAdmin[Store]):
    """Stores: texts can be mended here; the state, and who moved it, only read."""

    list_display = ("name", "household", "region", "station", "status", "submitted_at", "opened_at")
    list_filter = ("status",)
    list_select_related = ("household", "region", "station")
    search_fields = ("slug", "name", "name_en", "household__name", "region__code__startswith")
    readonly_fields = (
        "slug", "household", "station", "region", "picture", "status", "return_reason", "drafted_at", "submitted_at",
        "recommended_at", "opened_at", "submitted_by", "recommended_by", "approved_by",
    )  # fmt: skip


@admin.register(Opening)
class OpeningAdmin(LookedUp, admin.ModelAdmin[Opening]):
    """Openings under way: how far they are, nothing about the farmer."""

    list_display = ("station", "begun_by", "step", "begun_at", "changed_at")
    list_select_related = ("station", "begun_by")
    fields = ("station", "begun_by", "step", "begun_at", "changed_at", "household", "store")
    readonly_fields = fields


@admin.register(Reveal)
class RevealAdmin(ReadOnly, admin.ModelAdmin[Reveal]):
    """Who opened which masked value, what for and from where."""

    list_display = ("at", "by", "station", "household", "what", "purpose", "note")
    list_filter = ("what", "purpose")
    list_select_related = ("by", "station", "household")
    date_hierarchy = "at"


@admin.register(Consent)
class ConsentAdmin(ReadOnly, admin.ModelAdmin[Consent]):
    """What farmers agreed to, in which words, and what they took back."""

    list_display = ("household", "purpose", "version", "given_at", "recorded_by", "withdrawn_at")
    list_filter = ("purpose", "version")
    list_select_related = ("household", "recorded_by")


@admin.register(PayoutRun)
class PayoutRunAdmin(ReadOnly, admin.ModelAdmin[PayoutRun]):
    """Payout runs, who prepared and who approved them."""

    list_display = (
        "number",
        "county",
        "way",
        "first_day",
        "last_day",
        "state",
        "prepared_by",
        "approved_by",
        "file_by",
    )
    list_filter = ("way", "state")
    list_select_related = ("county", "prepared_by", "approved_by", "file_by")
    search_fields = ("number",)


@admin.register(Payout)
class PayoutAdmin(ReadOnly, admin.ModelAdmin[Payout]):
    """What was paid to whom, and how it ended."""

    list_display = ("number", "household", "amount_fen", "state", "run", "paid_by", "station", "sent_at", "ended_at")
    list_filter = ("state",)
    list_select_related = ("household", "run", "paid_by", "station")
    search_fields = ("number", "household__name", "run__number")
    exclude = ("ref", "slip")


@admin.register(DebtWriteOff)
class DebtWriteOffAdmin(ReadOnly, admin.ModelAdmin[DebtWriteOff]):
    """Debts that were proposed to be written off, and who decided."""

    list_display = ("household", "amount_fen", "state", "reason", "proposed_by", "decided_by", "decided_at")
    list_filter = ("state",)
    list_select_related = ("household", "proposed_by", "decided_by")
