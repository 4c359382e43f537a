"""Recalls: a lot that may not be eaten, with every lot made of it; or a drill, which only counts."""

from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models.lot import Lot
from stations.models import Region
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class RecallReason(models.TextChoices):
    """Why goods come back (the grounds of the Measures for the administration of food recalls, in words that a buyer reads)."""

    RESIDUE = "residue", _("too much pesticide was found in it")
    MICROBES = "microbes", _("mould or germs were found in it")
    ADDITIVE = "additive", _("something was added that may not be")
    FOREIGN = "foreign", _("something is in it that does not belong there")
    LABEL = "label", _("its label is wrong")
    SPOILED = "spoiled", _("it may have spoiled")
    ORDERED = "ordered", _("the market supervision office asks for it")
    OTHER = "other", _("another reason")


class Advice(models.TextChoices):
    """What buyers should do with what they have."""

    DESTROY = "destroy", _("Do not eat it. Throw it away where no child and no animal finds it.")
    BRING_BACK = "bring_back", _("Do not eat it. Bring it back to the village point, or keep it until we call you.")
    KEEP_APART = "keep_apart", _("Do not eat it for now. Keep it closed and apart until we write again.")


class RecallQuerySet(models.QuerySet["Recall"]):
    """Recalls, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "RecallQuerySet":
        """Those of counties that the user's postings cover whole."""
        return self.filter(scope_of(user).covers("county_id"))

    def in_force(self) -> "RecallQuerySet":
        """Those that are meant, and not ended."""
        return self.filter(drill=False, ended_at=None)


@pghistory.track(exclude=["handled_count"])
class Recall(models.Model):
    """One recall of a lot and of all that was made of it. A `drill` finds and counts the same, and changes nothing else.

    `listed_at` is when the list of lines and buyers stood, `done_at` when every order on it was dealt with. Counts are of that list,
    `goods_fen` what its goods cost; `handled_count` says how many of its orders are dealt with so far.
    """

    number = models.CharField(_("number"), max_length=24, unique=True)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="recalls", verbose_name=_("lot"))
    county = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+", verbose_name=_("county"))
    drill = models.BooleanField(_("drill"), default=False)
    reason = models.CharField(_("reason"), max_length=12, choices=RecallReason)
    words = models.CharField(_("in a few words"), max_length=300, blank=True)
    words_en = models.CharField(_("the same in English"), max_length=300, blank=True)
    advice = models.CharField(_("what buyers should do"), max_length=12, choices=Advice, default=Advice.DESTROY)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    listed_at = models.DateTimeField(_("list stood"), null=True, blank=True)
    done_at = models.DateTimeField(_("carried out"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    ended_why = models.CharField(_("why it ended"), max_length=300, blank=True)
    lots_count = models.PositiveIntegerField(default=0)
    orders_count = models.PositiveIntegerField(default=0)
    lines_count = models.PositiveIntegerField(default=0)
    buyers_count = models.PositiveIntegerField(default=0)
    parcels_count = models.PositiveIntegerField(default=0)
    goods_fen = models.BigIntegerField(default=0)
    handled_count = models.PositiveIntegerField(default=0)

    objects = RecallQuerySet.as_manager()

    class Meta:
        verbose_name = _("recall")
        verbose_name_plural = _("recalls")
        ordering = ("-started_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("lot",), condition=Q(drill=False, ended_at=None), name="one_recall_in_force_a_lot"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def in_force(self) -> bool:
        """Whether it is meant, and not ended."""
        return not self.drill and self.ended_at is None

    @property
    def why(self) -> str:
        """The reason with the words that were written to it, in the language of the page."""
        words = (self.words_en or self.words) if get_language() == "en" else self.words
        return f"{self.get_reason_display()} · {words}" if words else self.get_reason_display()

    @property
    def seconds_to_list(self) -> float | None:
        """How long it took until the list stood; None while it doesn't."""
        return (self.listed_at - self.started_at).total_seconds() if self.listed_at else None


class RecalledLot(models.Model):
    """A lot that a recall found: the lot itself, or one that holds some of it."""

    recall = models.ForeignKey(Recall, on_delete=models.CASCADE, related_name="found_lots")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="recalled_by")

    class Meta:
        verbose_name = _("recalled lot")
        verbose_name_plural = _("recalled lots")
        constraints: ClassVar = [models.UniqueConstraint(fields=("recall", "lot"), name="one_row_a_recall_and_lot")]

    def __str__(self) -> str:
        return f"{self.recall} {self.lot}"
