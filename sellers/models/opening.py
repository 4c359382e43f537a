"""A store that is being opened: where its screens stand, and forms that came from a phone without a line."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.references import public_reference
from accounts.stories import StoryField
from pictures.models import Picture
from sellers.models.household import Household, HouseholdKind
from sellers.models.mandate import Mandate
from sellers.models.store import Store
from stations.models import Region, Station
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class OpeningStep(models.TextChoices):
    """The five screens between a farmer's consent and a submitted store, in their order."""

    FARMER = "farmer", _("Consent, name and phone")
    IDENTITY = "identity", _("Who they are")
    MANDATE = "mandate", _("What you may do")
    STORE = "store", _("The store")
    REVIEW = "review", _("Check and submit")


class OpeningQuerySet(models.QuerySet["Opening"]):
    """Openings, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "OpeningQuerySet":
        """Those begun at the user's stations or below them."""
        return self.filter(scope_of(user).covers("station__region_id"))


class Opening(models.Model):
    """A store that is being opened and not yet submitted: where the screens stand, on whatever phone they go on.

    Until the household is registered it holds name and phone; an identity number is never kept here. What was typed for the store
    waits here until the farmer has given their word: only then may a draft be made in their name.
    """

    ref = models.CharField(max_length=32, unique=True, default=public_reference, editable=False)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="openings")
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(auto_now=True)
    step = models.CharField(max_length=10, choices=OpeningStep, default=OpeningStep.FARMER)
    consent_version = models.CharField(max_length=20)
    kind = models.CharField(max_length=12, choices=HouseholdKind, default=HouseholdKind.HOUSEHOLD)
    name = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    region = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="+")
    licence_paper = models.CharField(max_length=200, blank=True)
    household = models.ForeignKey(Household, null=True, on_delete=models.CASCADE, related_name="openings")
    mandate = models.ForeignKey(Mandate, null=True, on_delete=models.SET_NULL, related_name="+")
    store_name = models.CharField(max_length=40, blank=True)
    store_name_en = models.CharField(max_length=80, blank=True)
    story = StoryField(max_length=2000, blank=True)
    story_en = StoryField(max_length=4000, blank=True)
    picture = models.ForeignKey(Picture, null=True, on_delete=models.SET_NULL, related_name="+")
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


class SubmissionState(models.TextChoices):
    """What became of a form that was filled in without a line."""

    KEPT = "kept", _("received")
    APPLIED = "applied", _("done")
    CONFLICT = "conflict", _("to be looked at")
    SETTLED = "settled", _("settled")


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Submissions, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "SubmissionQuerySet":
        """Those of the user's stations or below, and what the user sent."""
        return self.filter(scope_of(user).covers("station__region_id") | Q(by_id=user.pk or 0))


class Submission(models.Model):
    """A form that a phone kept while it had no line. Its `nonce` makes it count once, however often the phone sends it.

    What was entered is sealed (JSON); photographs lie in the private store under `folder`. It is emptied once it is applied or settled.
    """

    nonce = models.UUIDField(unique=True)
    # Which form it is (sellers.form_kinds), and the reference of what came of it, where that is neither an opening nor a store.
    kind = models.CharField(_("form"), max_length=10, default="opening")
    made = models.CharField(max_length=24, blank=True)
    seal_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="submissions")
    opening = models.ForeignKey(Opening, null=True, on_delete=models.SET_NULL, related_name="submissions")
    store = models.ForeignKey(Store, null=True, on_delete=models.SET_NULL, related_name="+")
    # Who the form is about, so that nothing of it stays when they are forgotten: the family that stood in the way, and the phone
    # number in it as a blind index.
    household = models.ForeignKey(Household, null=True, on_delete=models.SET_NULL, related_name="+")
    phone_index = models.CharField(max_length=64, blank=True, db_index=True)
    sealed = models.BinaryField(null=True, editable=False)
    folder = models.CharField(max_length=60, blank=True)
    request_hash = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=SubmissionState, default=SubmissionState.KEPT)
    message = models.CharField(_("message"), max_length=300, blank=True)
    filled_in_at = models.DateTimeField(_("filled in"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("form filled in offline")
        verbose_name_plural = _("forms filled in offline")
        ordering = ("-received_at",)

    def __str__(self) -> str:
        return str(self.nonce)

    @property
    def seal_place(self) -> str:
        """Where what was entered is sealed for (see accounts.sealing)."""
        return f"sellers_submission.sealed:{self.seal_id}"
