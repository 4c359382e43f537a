"""Certificates of products and stores. None shows before the county has accepted it, nor after its end."""

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models.brand import BrandPermission, PermissionState
from catalog.models.category import Category
from catalog.models.guards import SEALS_FOLLOW_CERTIFICATE
from catalog.models.product import Product
from sellers.models import Store
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class CertificateKind(models.TextChoices):
    """The certificates that Chinese buyers know."""

    GREEN = "green", _("green food")
    ORGANIC = "organic", _("organic")
    GEOGRAPHICAL = "geographical", _("geographical indication")


# One bit a kind: a product's valid certificates are one small number, which a list can filter and count. The database's function
# catalog_seals knows the same bits.
SEALS = {CertificateKind.GREEN: 1, CertificateKind.ORGANIC: 2, CertificateKind.GEOGRAPHICAL: 4}


class CertificateState(models.TextChoices):
    """Entered, then looked at by the county."""

    WAITING = "waiting", _("waits for the county")
    ACCEPTED = "accepted", _("accepted")
    RETURNED = "returned", _("returned")


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """Certificates, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "CertificateQuerySet":
        """Those of the user's regions, and of the user's own store."""
        scope, own = scope_of(user), user.pk or 0
        mine = Q(product__store__household__user_id=own) | Q(store__household__user_id=own)
        return self.filter(scope.covers("product__origin_id") | scope.covers("store__region_id") | mine)

    def valid(self, on: dt.date | None = None) -> "CertificateQuerySet":
        """Those that hold on a day (today): accepted, within their dates, and a brand's with the county's permission to use it.

        No other may be shown. The database's function catalog_papers says the same.
        """
        day = on or timezone.localdate()
        held = self.filter(state=CertificateState.ACCEPTED, valid_from__lte=day, valid_until__gte=day)
        granted = Q(permission__state=PermissionState.GRANTED, permission__valid_from__lte=day)
        granted &= Q(permission__valid_until=None) | Q(permission__valid_until__gte=day)
        granted &= Q(permission__brand__valid_until=None) | Q(permission__brand__valid_until__gte=day)
        return held.filter(~Q(kind=CertificateKind.GEOGRAPHICAL) | granted)

    def of(self, product: Product) -> "CertificateQuerySet":
        """Those of a product, and of its store for goods of the product's category."""
        kinds = [pk for pk in (product.category_id, product.category.parent_id) if pk]
        of_store = Q(store=product.store_id) & (Q(category=None) | Q(category__in=kinds))
        return self.filter(Q(product=product) | of_store)


@pghistory.track(exclude=["paper"], model_name="CertificateEvent")
class Certificate(models.Model):
    """A certificate held for a product, or by a store for its goods (of a `category`, or all). `demo` marks a number that no agency issued.

    A geographical indication is the county's: it rests on the county's permission to use the brand. `paper` names the photograph in
    the private store. `reminded_for` is the last day of validity for which, and `reminded_days` how long before it, a reminder went out.
    """

    product = models.ForeignKey(
        Product, null=True, blank=True, on_delete=models.CASCADE, related_name="certificates", verbose_name=_("product")
    )
    store = models.ForeignKey(
        Store, null=True, blank=True, on_delete=models.CASCADE, related_name="certificates", verbose_name=_("store")
    )
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("for which goods")
    )
    permission = models.ForeignKey(
        BrandPermission, null=True, blank=True, on_delete=models.CASCADE, related_name="certificates", editable=False
    )
    kind = models.CharField(_("kind"), max_length=14, choices=CertificateKind)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=100, blank=True)
    number = models.CharField(_("number"), max_length=60)
    holder = models.CharField(_("holder"), max_length=80)
    issuer = models.CharField(_("issued by"), max_length=80, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    paper = models.CharField(_("photograph of the certificate"), max_length=200, blank=True)
    demo = models.BooleanField(_("sample"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=CertificateState, default=CertificateState.WAITING)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    entered_at = models.DateTimeField(default=timezone.now, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    reminded_for = models.DateField(null=True, blank=True, editable=False)
    reminded_days = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        triggers: ClassVar = [SEALS_FOLLOW_CERTIFICATE]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")),
                name="certificate_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(product__isnull=False, store=None) | Q(product=None, store__isnull=False),
                name="certificate_of_a_product_or_a_store",
            ),
            models.CheckConstraint(
                condition=(Q(kind=CertificateKind.GEOGRAPHICAL) & Q(permission__isnull=False))
                | (~Q(kind=CertificateKind.GEOGRAPHICAL) & Q(permission=None)),
                name="a_county_brand_rests_on_its_permission",
            ),
            models.CheckConstraint(
                condition=~Q(state=CertificateState.ACCEPTED) | Q(accepted_at__isnull=False),
                name="an_accepted_certificate_says_when",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by=None) | Q(entered_by=None) | ~Q(accepted_by=F("entered_by")),
                name="nobody_accepts_their_own_certificate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return (self.name_en or self.name) if get_language() == "en" else self.name
