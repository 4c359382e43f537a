"""The nightly audits in the operator's pages: to read, the newest first."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from payments.read_only import ReadOnly
from reports.models import AuditRun


@admin.register(AuditRun)
class AuditRunAdmin(ReadOnly, admin.ModelAdmin[AuditRun]):
    """Whether ledger and volume add up, night by night, and what differs where they don't."""

    list_display = ("ran_at", "audited", "checks", "agrees", "differences")
    list_filter = ("audited",)
    fields = readonly_fields = ("ran_at", "audited", "checks", "in_lines")

    @admin.display(description=_("agrees"), boolean=True)
    def agrees(self, run: AuditRun) -> bool:
        """Whether nothing differs."""
        return not run.found

    @admin.display(description=_("differences"))
    def differences(self, run: AuditRun) -> int:
        """How many lines it found."""
        return len(run.found)

    @admin.display(description=_("differences"))
    def in_lines(self, run: AuditRun) -> str:
        """The differences, one a line."""
        return "\n".join(run.found) or "–"
