"""Licences of sellers: for pesticides, seed, veterinary medicine and prepared food the law wants one, and the county looks at it."""

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sellers.models.household import Household
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class LicenceKind(models.TextChoices):
    """Licences and filings that a seller needs for some goods."""

    PESTICIDE = "pesticide", _("pesticide trading licence")
    SEED = "seed", _("crop seed production and trading licence")
    SEED_FILING = "seed_filing", _("filing as a seed trader")
    VETERINARY = "veterinary", _("veterinary medicine trading licence")
    FEED = "feed", _("feed production licence")
    FOOD = "food", _("food business licence")
    FOOD_FILING = "food_filing", _("filing for pre-packed food")
    FOOD_MAKING = "food_making", _("food production licence")
    FOOD_WORKSHOP = "food_workshop", _("registration as a small food workshop")
    LIVESTOCK = "livestock", _("breeding stock licence")


# One of these is enough where the first is asked for (Seed Law, article 38: whoever sells packed seed that is not packed anew files it;
# Food Safety Law, article 35: pre-packed food alone is filed, and whoever makes food sells it under the licence to make it).
INSTEAD: dict[str, tuple[str, ...]] = {
    LicenceKind.SEED: (LicenceKind.SEED, LicenceKind.SEED_FILING),
    LicenceKind.FOOD: (
        LicenceKind.FOOD,
        LicenceKind.FOOD_FILING,
        LicenceKind.FOOD_MAKING,
        LicenceKind.FOOD_WORKSHOP,
    ),
}
# A filing has no end of its own.
ENDLESS = (LicenceKind.SEED_FILING, LicenceKind.FOOD_FILING)


class LicenceState(models.TextChoices):
    """Entered, then looked at by the county."""

    WAITING = "waiting", _("waits for the county")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("returned")


class LicenceQuerySet(models.QuerySet["SellerLicence"]):
    """Licences, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "LicenceQuerySet":
        """Those of the user's regions, and of the user's own family."""
        return self.filter(scope_of(user).covers("household__region_id") | Q(household__user_id=user.pk or 0))

    def holding(self, on: dt.date | None = None) -> "LicenceQuerySet":
        """Those that the county accepted and that hold on a day (today)."""
        day = on or timezone.localdate()
        valid = self.filter(state=LicenceState.ACCEPTED, valid_from__lte=day)
        return valid.filter(Q(valid_until=None) | Q(valid_until__gte=day))


@pghistory.track(exclude=["paper"], model_name="SellerLicenceEvent")
class SellerLicence(models.Model):
    """A licence of a seller. `paper` names its photograph in the private store; `demo` marks a made-up number.

    Whoever entered it does not accept it: the database says so too.
    """

    household = models.ForeignKey(
        Household, on_delete=models.CASCADE, related_name="licences", verbose_name=_("household")
    )
    kind = models.CharField(_("kind of licence"), max_length=16, choices=LicenceKind)
    number = models.CharField(_("number"), max_length=60)
    holder = models.CharField(_("holder"), max_length=80)
    issuer = models.CharField(_("issued by"), max_length=80)
    covers = models.CharField(_("what it covers"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    paper = models.CharField(_("photograph of the licence"), max_length=200, blank=True)
    demo = models.BooleanField(_("sample"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=LicenceState, default=LicenceState.WAITING)
    reason = models.CharField(_("why it was returned"), max_length=200, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reminded_for = models.DateField(null=True, blank=True, editable=False)
    reminded_days = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)

    objects = LicenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("licence of a seller")
        verbose_name_plural = _("licences of sellers")
        ordering = ("kind", "-valid_from", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="licence_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=False) | Q(kind__in=ENDLESS), name="only_a_filing_has_no_end"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(asked_by=None) | ~Q(decided_by=F("asked_by")),
                name="nobody_accepts_their_own_licence",
            ),
            models.CheckConstraint(
                condition=Q(state=LicenceState.WAITING, decided_at=None)
                | (~Q(state=LicenceState.WAITING) & Q(decided_at__isnull=False)),
                name="a_decided_licence_says_when",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("asked_at", "id"), condition=Q(state=LicenceState.WAITING), name="licences_that_wait"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"
