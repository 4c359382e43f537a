"""A spreadsheet that somebody brings in: what became of it, row by row."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.references import public_reference
from stations.models.region import Region

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class SheetKind(models.TextChoices):
    """What stands in its rows."""

    STATIONS = "stations", _("stations")
    HOUSEHOLDS = "households", _("households")
    PRODUCTS = "products", _("goods")


class SheetState(models.TextChoices):
    """Only `written` has changed anything, and then all of it."""

    WAITING = "waiting", _("waiting")
    READING = "reading", _("being read")
    CHECKED = "checked", _("checked: nothing was changed")
    FAULTY = "faulty", _("faulty: nothing was changed")
    WRITTEN = "written", _("taken in: all of it")


class SheetQuerySet(models.QuerySet["Sheet"]):
    """Spreadsheets, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "SheetQuerySet":
        """Those that the user brought in; all for an operator."""
        if user.is_authenticated and user.is_superuser:
            return self
        return self.filter(Q(by_id=user.pk or 0))


class Sheet(models.Model):
    """A CSV or XLSX file brought in for a region. `faults` holds the first ones as [row, column, message] in `language`.

    The file, and the ZIP of `pictures` that its rows name, lie in the private store, and are deleted once its rows are in, or after a day.
    """

    ref = models.CharField(max_length=24, unique=True, default=public_reference, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=SheetKind)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+", verbose_name=_("region"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("file"), max_length=120)
    file = models.CharField(max_length=200, blank=True)
    pictures = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    dry_run = models.BooleanField(_("check only"), default=True)
    state = models.CharField(_("state"), max_length=10, choices=SheetState, default=SheetState.WAITING)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    rows_done = models.PositiveIntegerField(_("rows read"), default=0)
    added = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    same = models.PositiveIntegerField(_("unchanged"), default=0)
    fault_count = models.PositiveIntegerField(_("faults"), default=0)
    faults = models.JSONField(default=list)
    brought_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = SheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("spreadsheet")
        verbose_name_plural = _("spreadsheets")
        ordering = ("-brought_at",)

    def __str__(self) -> str:
        return self.name
