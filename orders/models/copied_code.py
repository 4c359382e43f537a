"""Codes that somebody seems to have copied."""

from typing import TYPE_CHECKING

import pghistory
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stations.models import Region
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class CopiedCodeQuerySet(models.QuerySet["CopiedCode"]):
    """Copied codes, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "CopiedCodeQuerySet":
        """Those of the user's counties."""
        return self.filter(scope_of(user).covers("county_id"))


@pghistory.track()
class CopiedCode(models.Model):
    """A code of a parcel or lot (`ref`) scanned from more `places` than its bags explain; cleared where the county found it in order."""

    ref = models.CharField(max_length=24, unique=True)
    county = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+", verbose_name=_("county"))
    places = models.PositiveIntegerField(_("places"))
    noticed_at = models.DateTimeField(_("noticed"), default=timezone.now)
    cleared_at = models.DateTimeField(_("found in order"), null=True, blank=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = CopiedCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("copied code")
        verbose_name_plural = _("copied codes")
        ordering = ("-noticed_at", "-id")

    def __str__(self) -> str:
        return self.ref
