"""Reviews: a new listing, a change that buyers would notice, a pack or a certificate waits for the county, which approves or returns it."""

from typing import TYPE_CHECKING, ClassVar, Final

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.certificate import Certificate
from catalog.models.product import Product
from catalog.models.variant import Variant
from sellers.models import Store
from stations.models import Region
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class ReviewKind(models.TextChoices):
    """What waits."""

    NEW = "new", _("new goods")
    CHANGE = "change", _("change of the description")
    PRICE = "price", _("price beyond the band")
    PACK = "pack", _("new pack beyond the band")
    CERTIFICATE = "certificate", _("certificate")


# What is about one pack: a new price for it, or the pack itself, which nobody can buy while it waits.
OF_A_PACK: Final = (ReviewKind.PRICE, ReviewKind.PACK)


class ReviewState(models.TextChoices):
    """The life of a review; whoever asked may take it back while it waits."""

    WAITING = "waiting", _("waits")
    APPROVED = "approved", _("approved")
    RETURNED = "returned", _("returned")
    TAKEN_BACK = "taken_back", _("taken back")


class WhyReturned(models.TextChoices):
    """Why a review was returned; words of the reviewer's own may follow."""

    PICTURES = "pictures", _("The photographs do not show the goods clearly.")
    NAME = "name", _("The name promises something that the goods are not.")
    CATEGORY = "category", _("These goods belong to another kind.")
    PRICE = "price", _("The price looks wrong, or its reason is missing.")
    CLAIM = "claim", _("The text claims what the law does not allow, such as healing an illness.")
    PAPER = "paper", _("A paper is missing, or can't be read.")
    FORBIDDEN = "forbidden", _("These goods may not be sold here.")
    OTHER = "other", _("Something else")


class ReviewQuerySet(models.QuerySet["Review"]):
    """Reviews, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "ReviewQuerySet":
        """Those of the user's regions, and of the user's own store."""
        return self.filter(scope_of(user).covers("region_id") | Q(store__household__user_id=user.pk or 0))

    def waiting(self) -> "ReviewQuerySet":
        """Those that nobody has decided."""
        return self.filter(state=ReviewState.WAITING)


@pghistory.track(model_name="ReviewEvent")
class Review(models.Model):
    """What the county looks at. `before` and `proposed` are the fields of a change (price in fen, category by key).

    `fired` are the rules that fit: effect, word, where it stands, reason and source in both languages, as they were then.
    `revision` counts what was changed while it waited: a reviewer decides on what they saw, and on nothing newer.
    """

    kind = models.CharField(_("what waits"), max_length=12, choices=ReviewKind)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="reviews", verbose_name=_("store"))
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(
        Product, null=True, blank=True, on_delete=models.CASCADE, related_name="reviews", verbose_name=_("product")
    )
    variant = models.ForeignKey(Variant, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    certificate = models.ForeignKey(
        Certificate, null=True, blank=True, on_delete=models.CASCADE, related_name="reviews"
    )
    before = models.JSONField(default=dict, blank=True)
    proposed = models.JSONField(default=dict, blank=True)
    fired = models.JSONField(default=list, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ReviewState, default=ReviewState.WAITING)
    revision = models.PositiveIntegerField(default=1)
    reason = models.CharField(_("why it was returned"), max_length=10, choices=WhyReturned, blank=True)
    words = models.CharField(_("in the reviewer's words"), max_length=300, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ("asked_at", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("product", "kind", "variant", "certificate"),
                condition=Q(state=ReviewState.WAITING),
                nulls_distinct=False,
                name="one_review_waits_for_a_thing",
            ),
            models.CheckConstraint(
                condition=Q(state=ReviewState.WAITING, decided_at=None)
                | (~Q(state=ReviewState.WAITING) & Q(decided_at__isnull=False)),
                name="a_decided_review_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReviewState.RETURNED) | ~Q(reason=""), name="a_returned_review_says_why"
            ),
            models.CheckConstraint(
                condition=Q(state=ReviewState.TAKEN_BACK)
                | Q(decided_by=None)
                | Q(asked_by=None)
                | ~Q(decided_by=F("asked_by")),
                name="nobody_reviews_their_own",
            ),
            models.CheckConstraint(
                condition=(Q(kind=ReviewKind.CERTIFICATE) & Q(certificate__isnull=False))
                | (~Q(kind=ReviewKind.CERTIFICATE) & Q(certificate=None, product__isnull=False)),
                name="a_review_is_of_something",
            ),
            models.CheckConstraint(
                condition=(Q(kind__in=OF_A_PACK) & Q(variant__isnull=False))
                | (~Q(kind__in=OF_A_PACK) & Q(variant=None)),
                name="a_price_is_that_of_a_pack",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=("asked_at", "id"),
                include=("region", "kind"),
                condition=Q(state=ReviewState.WAITING),
                name="reviews_that_wait",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="a_decision_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("state", "proposed", "reason", "words"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Q(old__state__in=("approved", "returned", "taken_back")),
                func="RAISE EXCEPTION 'Review % is decided.', OLD.id USING ERRCODE = 'check_violation';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.product or self.certificate}"
