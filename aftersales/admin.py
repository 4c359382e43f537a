"""The operator's look at after-sales; nothing is changed here."""

from django.contrib import admin

from aftersales.models import Case
from payments.read_only import ReadOnly


@admin.register(Case)
class CaseAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Cases."""

    list_display = ("consignment", "reason", "wish", "state", "opened_at", "due_at", "ended_at")
    list_filter = ("state", "reason")
