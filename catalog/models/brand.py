"""County brands (geographical indications), and who may use them: asked, granted, refused, ended, each with its reason and day."""

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models.category import Category
from catalog.models.guards import SEALS_FOLLOW_BRAND, SEALS_FOLLOW_PERMISSION
from sellers.models import Store
from stations.models import Region
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class CountyBrandQuerySet(models.QuerySet["CountyBrand"]):
    """Brands, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "CountyBrandQuerySet":
        """Those of the counties that the user's postings lie in or above, and of the county of the user's own store."""
        scope = scope_of(user)
        counties = [f"{posting.region_id[:6]}000000" for posting in scope.postings]
        own = Store.objects.filter(household__user_id=user.pk or 0).values_list("region_id", flat=True)
        counties += [f"{region[:6]}000000" for region in own] if user.is_authenticated else []
        return self.filter(scope.covers("county_id") | Q(county_id__in=counties))


@pghistory.track(model_name="CountyBrandEvent")
class CountyBrand(models.Model):
    """A brand that the county lets its sellers use for goods of a category: a registered geographical indication.

    `number` is that of the registration, `holder` whom it is registered for. `demo` marks a made-up number.
    """

    county = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="brands", verbose_name=_("county"))
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=100, blank=True)
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("for which goods")
    )
    number = models.CharField(_("number of the registration"), max_length=60)
    holder = models.CharField(_("registered for"), max_length=80)
    issuer = models.CharField(_("registered by"), max_length=80)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    terms = models.TextField(_("who may use it"), max_length=2000, blank=True)
    terms_en = models.TextField(_("who may use it, in English"), max_length=3000, blank=True)
    demo = models.BooleanField(_("sample"), default=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = CountyBrandQuerySet.as_manager()

    class Meta:
        verbose_name = _("county brand")
        verbose_name_plural = _("county brands")
        triggers: ClassVar = [SEALS_FOLLOW_BRAND]
        ordering = ("county", "name")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("county", "name"), name="one_brand_of_a_name"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="brand_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return (self.name_en or self.name) if get_language() == "en" else self.name

    @property
    def terms_label(self) -> str:
        """Who may use it, in the language of the page."""
        return (self.terms_en or self.terms) if get_language() == "en" else self.terms


class PermissionState(models.TextChoices):
    """The life of a permission to use a county's brand."""

    ASKED = "asked", _("asked for")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")
    ENDED = "ended", _("ended")


OPEN_PERMISSIONS = (PermissionState.ASKED, PermissionState.GRANTED)


class BrandPermissionQuerySet(models.QuerySet["BrandPermission"]):
    """Permissions, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "BrandPermissionQuerySet":
        """Those of stores in the user's regions, and of the user's own store."""
        return self.filter(scope_of(user).covers("store__region_id") | Q(store__household__user_id=user.pk or 0))

    def holding(self, on: dt.date | None = None) -> "BrandPermissionQuerySet":
        """Those that were granted and hold on a day (today)."""
        day = on or timezone.localdate()
        granted = self.filter(state=PermissionState.GRANTED, valid_from__lte=day)
        return granted.filter(Q(valid_until=None) | Q(valid_until__gte=day))


@pghistory.track(model_name="BrandPermissionEvent")
class BrandPermission(models.Model):
    """A store's permission to use a brand of its county. Whoever asked does not grant: the database says so too."""

    brand = models.ForeignKey(
        CountyBrand, on_delete=models.PROTECT, related_name="permissions", verbose_name=_("brand")
    )
    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="brand_permissions", verbose_name=_("store")
    )
    state = models.CharField(_("state"), max_length=10, choices=PermissionState, default=PermissionState.ASKED)
    why = models.CharField(_("why it is asked for"), max_length=300, blank=True)
    reason = models.CharField(_("why it was refused or ended"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = BrandPermissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("permission to use a brand")
        verbose_name_plural = _("permissions to use a brand")
        triggers: ClassVar = [SEALS_FOLLOW_PERMISSION]
        ordering = ("-asked_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("brand", "store"), condition=Q(state__in=OPEN_PERMISSIONS), name="one_open_permission_a_store"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(asked_by=None) | ~Q(decided_by=F("asked_by")),
                name="nobody_grants_their_own_permission",
            ),
            models.CheckConstraint(
                condition=~Q(state=PermissionState.GRANTED) | Q(valid_from__isnull=False, decided_at__isnull=False),
                name="a_granted_permission_says_from_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(PermissionState.REFUSED, PermissionState.ENDED)) | ~Q(reason=""),
                name="refused_and_ended_say_why",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="permission_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} {self.store}"
