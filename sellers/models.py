"""Households, the mandates they give to station staff, and their stores."""

import uuid
from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.references import public_reference
from pictures.models import Picture
from stations.models import Region, Station
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


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
    """A family (or co-operative, enterprise, station) that sells. Its identity number is sealed; only its last four digits show."""

    seal_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=HouseholdKind, default=HouseholdKind.HOUSEHOLD)
    region = models.ForeignKey(
        Region,
        on_delete=models.PROTECT,
        related_name="households",
        verbose_name=_("village"),
    )
    name = models.CharField(_("name"), max_length=60)
    name_latin = models.CharField(_("name in Latin letters"), max_length=80, blank=True)
    phone = models.CharField(_("mobile number"), max_length=20, unique=True)
    identity_sealed = models.BinaryField(null=True, blank=True, editable=False)
    identity_index = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    identity_tail = models.CharField(max_length=4, blank=True, editable=False)
    poverty_registered_year = models.PositiveSmallIntegerField(_("registered as poor in"), null=True, blank=True)
    women_led = models.BooleanField(_("led by a woman"), default=False)
    youth_led = models.BooleanField(_("led by a young person"), default=False)
    consented_at = models.DateTimeField(_("consent to the use of personal data"), null=True, blank=True)
    consent_version = models.CharField(_("version of the consent's text"), max_length=20, blank=True)
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

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return (self.name_latin or self.name) if get_language() == "en" else self.name

    @property
    def seal_place(self) -> str:
        """Where its identity number is sealed for (see accounts.sealing)."""
        return f"sellers_household.identity:{self.seal_id}"


class Evidence(models.TextChoices):
    """What a mandate rests on."""

    CODE = "code", _("one-time code to the farmer's phone")
    PAPER = "paper", _("signed paper, photographed")


@pghistory.track(model_name="MandateEvent")
class Mandate(models.Model):
    """What a farmer allows a station's staff to do for them, until when, and on what evidence."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="mandates")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="mandates")
    may_list = models.BooleanField(_("list and describe goods"), default=True)
    may_price = models.BooleanField(_("set prices"), default=True)
    may_receive_cash = models.BooleanField(_("receive cash"), default=False)
    may_answer = models.BooleanField(_("answer buyers"), default=True)
    starts_on = models.DateField(_("from"), default=timezone.localdate)
    ends_on = models.DateField(_("until"))
    evidence = models.CharField(_("evidence"), max_length=10, choices=Evidence)
    paper = models.CharField(_("photograph of the paper"), max_length=200, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed by the farmer"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="mandate_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(evidence=Evidence.CODE) | ~Q(paper=""),
                name="paper_mandate_has_its_photograph",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.household} -> {self.station}"


class MandateCode(models.Model):
    """A one-time code sent to a farmer's phone for one mandate; only its hash is kept."""

    mandate = models.OneToOneField(Mandate, on_delete=models.CASCADE, related_name="code")
    code_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField(default=5)

    class Meta:
        verbose_name = _("mandate code")
        verbose_name_plural = _("mandate codes")

    def __str__(self) -> str:
        return str(self.mandate)


class StoreStatus(models.TextChoices):
    """The life of a store. See sellers.onboarding for who may move it."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RECOMMENDED = "recommended", _("recommended by the township")
    OPEN = "open", _("open")
    PAUSED = "paused", _("paused")
    CLOSED = "closed", _("closed")


class StoreQuerySet(models.QuerySet["Store"]):
    """Stores, in words of the domain."""

    def open(self) -> "StoreQuerySet":
        """Those a buyer can buy from."""
        return self.filter(status=StoreStatus.OPEN)

    def visible_to(self, user: "User | AnonymousUser") -> "StoreQuerySet":
        """Those of the user's regions, and the user's own."""
        return self.filter(scope_of(user).covers("region_id") | Q(household__user_id=user.pk or 0))


@pghistory.track()
class Store(models.Model):
    """A household's shop. Whoever submitted it neither recommends nor approves it: the database says so too."""

    slug = models.SlugField(_("address"), max_length=40, unique=True)
    household = models.ForeignKey(
        Household,
        on_delete=models.PROTECT,
        related_name="stores",
        verbose_name=_("household"),
    )
    station = models.ForeignKey(
        Station,
        on_delete=models.PROTECT,
        related_name="stores",
        verbose_name=_("service point"),
    )
    region = models.ForeignKey(
        Region,
        on_delete=models.PROTECT,
        related_name="stores",
        verbose_name=_("village"),
    )
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    story = models.TextField(_("story"), max_length=2000, blank=True)
    story_en = models.TextField(_("story in English"), max_length=4000, blank=True)
    picture = models.ForeignKey(
        Picture,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("picture"),
    )
    status = models.CharField(_("status"), max_length=12, choices=StoreStatus, default=StoreStatus.DRAFT)
    return_reason = models.CharField(_("why it was returned"), max_length=300, blank=True)
    drafted_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    recommended_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    recommended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects = StoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(submitted_by=None) | ~Q(approved_by=F("submitted_by")),
                name="nobody_approves_their_own_entry",
            ),
            models.CheckConstraint(
                condition=Q(recommended_by=None) | Q(submitted_by=None) | ~Q(recommended_by=F("submitted_by")),
                name="nobody_recommends_their_own_entry",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("region", "status"), name="store_by_region")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return (self.name_en or self.name) if get_language() == "en" else self.name

    @property
    def story_label(self) -> str:
        """The story in the language of the page."""
        return (self.story_en or self.story) if get_language() == "en" else self.story


class OpeningStep(models.TextChoices):
    """The screens between a farmer's consent and a submitted store, in their order."""

    PERSON = "person", _("Name and phone")
    VILLAGE = "village", _("Village")
    IDENTITY = "identity", _("Identity number")
    ABOUT = "about", _("About the family")
    MANDATE = "mandate", _("What you may do")
    PROOF = "proof", _("The farmer's word")
    NAME = "name", _("Name of the store")
    STORY = "story", _("Story")
    PICTURE = "picture", _("Picture")
    REVIEW = "review", _("Check and submit")


class OpeningQuerySet(models.QuerySet["Opening"]):
    """Openings, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "OpeningQuerySet":
        """Those begun at the user's stations or below them."""
        return self.filter(scope_of(user).covers("station__region_id"))


class Opening(models.Model):
    """A store that is being opened and not yet submitted: where the screens stand, on whatever phone they go on.

    Until the household is registered it holds what was typed, the identity number sealed; afterwards only the links.
    """

    ref = models.CharField(max_length=32, unique=True, default=public_reference, editable=False)
    seal_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="openings")
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(auto_now=True)
    step = models.CharField(max_length=10, choices=OpeningStep, default=OpeningStep.PERSON)
    consent_version = models.CharField(max_length=20)
    name = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    region = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="+")
    identity_sealed = models.BinaryField(null=True, editable=False)
    identity_tail = models.CharField(max_length=4, blank=True, editable=False)
    household = models.ForeignKey(Household, null=True, on_delete=models.CASCADE, related_name="openings")
    mandate = models.ForeignKey(Mandate, null=True, on_delete=models.SET_NULL, related_name="+")
    store = models.OneToOneField(Store, null=True, on_delete=models.CASCADE, related_name="opening")

    objects = OpeningQuerySet.as_manager()

    class Meta:
        verbose_name = _("opening of a store")
        verbose_name_plural = _("openings of stores")
        ordering = ("-changed_at",)

    def __str__(self) -> str:
        return self.farmer or str(self.station)

    @property
    def farmer(self) -> str:
        """Whose store it will be."""
        return self.household.label if self.household else self.name

    @property
    def seal_place(self) -> str:
        """Where its identity number is sealed for (see accounts.sealing)."""
        return f"sellers_opening.identity:{self.seal_id}"
