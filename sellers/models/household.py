"""Who sells, what they agreed to, who belongs to a co-operative, and who opened a masked value."""

import uuid
from typing import TYPE_CHECKING, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from payments.append_only import append_only
from stations.models import Region, Station
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class HouseholdKind(models.TextChoices):
    """Who sells."""

    HOUSEHOLD = "household", _("household")
    COOPERATIVE = "cooperative", _("co-operative")
    ENTERPRISE = "enterprise", _("enterprise")
    STATION = "station", _("station")


class HouseholdQuerySet(models.QuerySet["Household"]):
    """Households, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "HouseholdQuerySet":
        """Those of the user's regions, and the user's own."""
        return self.filter(scope_of(user).covers("region_id") | Q(user_id=user.pk or 0))


@pghistory.track(exclude=["identity_sealed", "identity_index"], model_name="HouseholdEvent")
class Household(models.Model):
    """A family (or co-operative, enterprise, station) that sells. Its identity number is sealed; only its last four digits show.

    A co-operative and an enterprise have a licence and a representative; a station that gathers the goods of many families is `station`.
    """

    seal_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=HouseholdKind, default=HouseholdKind.HOUSEHOLD)
    region = models.ForeignKey(
        Region,
        on_delete=models.PROTECT,
        related_name="households",
        verbose_name=_("village"),
    )
    station = models.OneToOneField(
        Station,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="as_seller",
        verbose_name=_("station"),
    )
    name = models.CharField(_("name"), max_length=60)
    name_latin = models.CharField(_("name in Latin letters"), max_length=80, blank=True)
    phone = models.CharField(_("mobile number"), max_length=20, blank=True)
    phone_before = models.CharField(_("mobile number before"), max_length=20, blank=True)
    phone_changed_at = models.DateTimeField(null=True, blank=True)
    licence_code = models.CharField(_("unified social credit code"), max_length=18, null=True, blank=True, unique=True)
    licence_paper = models.CharField(_("photograph of the licence"), max_length=200, blank=True)
    representative = models.CharField(_("legal representative"), max_length=60, blank=True)
    identity_sealed = models.BinaryField(null=True, blank=True, editable=False)
    identity_index = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    identity_tail = models.CharField(max_length=4, blank=True, editable=False)
    poverty_registered_year = models.PositiveSmallIntegerField(_("registered as poor in"), null=True, blank=True)
    women_led = models.BooleanField(_("led by a woman"), default=False)
    youth_led = models.BooleanField(_("led by a young person"), default=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="household",
        verbose_name=_("own account"),
    )
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    registered_at = models.DateTimeField(default=timezone.now)
    forgotten_at = models.DateTimeField(_("personal data deleted"), null=True, blank=True)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("phone",), condition=~Q(phone=""), name="one_household_a_phone"),
            models.CheckConstraint(
                condition=Q(kind=HouseholdKind.STATION) ^ Q(station=None), name="only_a_station_sells_as_a_station"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("region", "id"), name="household_by_region")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return (self.name_latin or self.name) if get_language() == "en" else self.name

    @property
    def account(self) -> str:
        """The owner of its account in the ledger, for goods that a station's store sells for it."""
        return f"household-{self.pk}"

    @property
    def seal_place(self) -> str:
        """Where its identity number is sealed for (see accounts.sealing)."""
        return f"sellers_household.identity:{self.seal_id}"


class ConsentPurpose(models.TextChoices):
    """What a farmer agrees to, each on its own (PIPL art. 14 and 29)."""

    RECORD = "record", _("keeping name, mobile number and village to run the store")
    IDENTITY = "identity", _("keeping the identity number")
    NAME = "name", _("telling buyers the farmer's full name")
    POVERTY = "poverty", _("telling buyers that the family was registered as poor")


class Consent(models.Model):
    """What a farmer agreed to, in which words (`version`), and when they took it back."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=10, choices=ConsentPurpose)
    version = models.CharField(_("version of the consent's text"), max_length=20)
    given_at = models.DateTimeField(_("given"), default=timezone.now)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("household", "purpose"), condition=Q(withdrawn_at=None), name="one_consent_a_purpose"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.household} {self.get_purpose_display()}"


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "MembershipQuerySet":
        """Those in co-operatives of the user's regions, and in the user's own."""
        return self.filter(scope_of(user).covers("cooperative__region_id") | Q(cooperative__user_id=user.pk or 0))


@pghistory.track(model_name="MembershipEvent")
class Membership(models.Model):
    """A household's place in a co-operative, and what it grows there."""

    cooperative = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="memberships")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="member_of")
    grows = models.CharField(_("grows"), max_length=80)
    grows_en = models.CharField(_("grows, in English"), max_length=120, blank=True)
    mu = models.DecimalField(_("mu of land"), max_digits=6, decimal_places=1, null=True, blank=True)
    joined_on = models.DateField(_("member since"), default=timezone.localdate)
    left_on = models.DateField(_("member until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("cooperative", "household"), condition=Q(left_on=None), name="one_membership_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(cooperative=F("household")), name="no_member_of_itself"),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="only_a_cooperative_has_members",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("cooperative_id", "household_id"),  # type: ignore[no-untyped-call]
                func="""
                IF NOT EXISTS (SELECT 1 FROM sellers_household WHERE id = NEW.cooperative_id AND kind = 'cooperative')
                   OR NOT EXISTS (SELECT 1 FROM sellers_household WHERE id = NEW.household_id AND kind = 'household') THEN
                    RAISE EXCEPTION 'Members are households, of a co-operative.' USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.household} · {self.cooperative}"


class Sealed(models.TextChoices):
    """What is masked on every page and can be opened for a purpose."""

    IDENTITY = "identity", _("identity number")
    PHONE = "phone", _("mobile number")
    PAYOUT = "payout", _("payout account")
    PAPER = "paper", _("signed mandate")
    LICENCE = "licence", _("photograph of the licence")


class RevealPurpose(models.TextChoices):
    """Why somebody opens a masked value."""

    CALL = "call", _("to call the farmer")
    VERIFY = "verify", _("to compare with a document")
    PAY = "pay", _("to pay the farmer")
    DISPUTE = "dispute", _("to settle a complaint")
    AUTHORITY = "authority", _("an authority asks by law")


class Reveal(models.Model):
    """Somebody opened a masked value: who, which, why, from where. Never changed, never deleted."""

    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="reveals")
    what = models.CharField(_("opened"), max_length=10, choices=Sealed)
    purpose = models.CharField(_("purpose"), max_length=10, choices=RevealPurpose)
    note = models.CharField(_("note"), max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey(Station, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("opening of a masked value")
        verbose_name_plural = _("openings of masked values")
        indexes: ClassVar = [models.Index(fields=("by", "at"), name="reveal_by_person")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.household} {self.get_what_display()}"
