"""Stores and their life."""

from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q, Subquery
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.stories import StoryField
from pictures.models import Picture
from sellers.models.household import Household
from stations.models import Region, Role, Station
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class StoreStatus(models.TextChoices):
    """The life of a store. See sellers.onboarding for who may move it."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RECOMMENDED = "recommended", _("recommended by the township")
    OPEN = "open", _("open")
    PAUSED = "paused", _("paused")
    CLOSED = "closed", _("closed")


class PauseReason(models.TextChoices):
    """Why a store takes no orders for a while; buyers read it."""

    HARVEST = "harvest", _("busy with the harvest")
    ILLNESS = "illness", _("illness in the family")
    SEASON = "season", _("between seasons")
    OTHER = "other", _("a break")


class StoreQuerySet(models.QuerySet["Store"]):
    """Stores, in words of the domain."""

    def open(self) -> "StoreQuerySet":
        """Those a buyer can buy from."""
        return self.filter(status=StoreStatus.OPEN)

    def visible_to(self, user: "User | AnonymousUser") -> "StoreQuerySet":
        """Those of the user's regions, the user's own, and for the people of a village point those that it took over from another."""
        # A scalar sub-query, and no join: so the two halves can each use their index (26 times faster for a county among 6,000 stores).
        own = Household.objects.filter(user_id=user.pk or 0).values("pk")[:1]
        scope = scope_of(user)
        seen = scope.covers("region_id") | Q(household_id=Subquery(own))
        # What townships and counties serve lies in their own regions: their lists keep to the one index.
        points = [posting.station_id for posting in scope.postings if posting.role == Role.VILLAGE_STAFF]
        if points and len(points) == len(scope.postings) and not scope.everywhere:
            seen |= Q(station_id__in=points)
        return self.filter(seen)


@pghistory.track()
class Store(models.Model):
    """A household's shop. Whoever submitted it neither recommends nor approves it, and nobody does both: the database says so too."""

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
    story = StoryField(_("store's story"), max_length=2000, blank=True)
    story_en = StoryField(_("store's story in English"), max_length=4000, blank=True)
    picture = models.ForeignKey(
        Picture,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("picture"),
    )
    status = models.CharField(_("status"), max_length=12, choices=StoreStatus, default=StoreStatus.DRAFT)
    return_reason = models.CharField(_("why it was returned"), max_length=2000, blank=True)
    drafted_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    recommended_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(_("why it is paused"), max_length=10, choices=PauseReason, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateField(_("paused until"), null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    county_note = models.CharField(_("why the county centre paused or closed it"), max_length=200, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    drafted_by = models.ForeignKey(
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
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(recommended_by=None) | ~Q(approved_by=F("recommended_by")),
                name="two_people_decide",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("region", "status"), name="store_by_region"),
            models.Index(
                fields=("-opened_at", "-id"), condition=Q(status=StoreStatus.OPEN), name="open_stores_newest_first"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return (self.name_en or self.name) if get_language() == "en" else self.name

    @property
    def story_label(self) -> str:
        """The story in the language of the page."""
        return str((self.story_en or self.story) if get_language() == "en" else self.story)


class ReturnedField(models.TextChoices):
    """What of a submitted store can be given back to be mended."""

    FARMER = "farmer", _("name or phone")
    IDENTITY = "identity", _("identity number")
    VILLAGE = "village", _("village")
    LICENCE = "licence", _("licence")
    PAPER = "paper", _("photograph of the signed paper")
    NAME = "name", _("name of the store")
    STORY = "story", _("store's story")
    PICTURE = "picture", _("picture")


class ReturnReason(models.Model):
    """What has to be mended of a store that was given back, field by field; gone when the store is submitted again."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="return_reasons")
    field = models.CharField(_("what"), max_length=10, choices=ReturnedField)
    text = models.CharField(_("why"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    # When the village point answered it on its screen; a store is not submitted again before all are.
    mended_at = models.DateTimeField(_("mended"), null=True, blank=True)

    class Meta:
        verbose_name = _("reason for a return")
        verbose_name_plural = _("reasons for a return")
        constraints: ClassVar = [models.UniqueConstraint(fields=("store", "field"), name="one_reason_a_field")]

    def __str__(self) -> str:
        return f"{self.get_field_display()}: {self.text}"
