"""Buyers' reviews of what was delivered to them, and what the reviews, cases and collections of a store come to."""

from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from orders.models import OrderLine
from sellers.models import Store
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class BuyerReviewQuerySet(models.QuerySet["BuyerReview"]):
    """Reviews, in words of the domain."""

    def shown(self) -> "BuyerReviewQuerySet":
        """Those that the county has not hidden."""
        return self.filter(hidden_at=None)

    def visible_to(self, user: "User | AnonymousUser") -> "BuyerReviewQuerySet":
        """Of stores in the user's regions, and of the user's own store; hidden ones too."""
        mine = Q(store__household__user_id=user.pk or 0)
        return self.filter(scope_of(user).covers("store__region_id") | mine)


@pghistory.track(model_name="BuyerReviewEvent")
class BuyerReview(models.Model):
    """What a buyer says of one line after it was delivered: stars from 1 to 5, and words; the seller answers once. The county hides what
    breaks the rules, and says why. Earlier words are kept in its history.
    """

    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="buyer_review")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="buyer_reviews")
    product = models.ForeignKey(Product, null=True, on_delete=models.SET_NULL, related_name="buyer_reviews")
    stars = models.PositiveSmallIntegerField(_("stars"))
    text = models.CharField(_("what you want to say"), max_length=1000, blank=True)
    written_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_reason = models.CharField(_("why it is hidden"), max_length=200, blank=True)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = BuyerReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("buyer's review")
        verbose_name_plural = _("buyers' reviews")
        ordering = ("-written_at", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="one_to_five_stars"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="an_answer_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(hidden_reason="", hidden_at=None) | (~Q(hidden_reason="") & Q(hidden_at__isnull=False)),
                name="what_is_hidden_has_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("product", "-written_at"), condition=Q(hidden_at=None), name="review_of_product"),
            models.Index(fields=("store", "-written_at"), name="review_of_store"),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.stars}"


class ReviewPhoto(models.Model):
    """One photograph of a review, re-encoded; shown as long as the review is."""

    review = models.ForeignKey(BuyerReview, on_delete=models.PROTECT, related_name="photos")
    file = models.CharField(max_length=100)

    class Meta:
        verbose_name = _("photograph of a review")
        verbose_name_plural = _("photographs of reviews")

    def __str__(self) -> str:
        return self.file


class StoreScore(models.Model):
    """A store's score as of a night, and the numbers that it comes from (aftersales.scoring): hundredths of a star; None for too few.

    `reviews` count with `stars` altogether; of `delivered` consignments, `cases` went back in part or in full or were sent once more; of
    `collected` ones, `on_time` were there before their van left.
    """

    store = models.OneToOneField(Store, on_delete=models.CASCADE, related_name="score")
    score = models.PositiveSmallIntegerField(null=True)
    reviews = models.PositiveIntegerField()
    stars = models.PositiveIntegerField()
    delivered = models.PositiveIntegerField()
    cases = models.PositiveIntegerField()
    collected = models.PositiveIntegerField()
    on_time = models.PositiveIntegerField()
    reckoned_at = models.DateTimeField()

    class Meta:
        verbose_name = _("store's score")
        verbose_name_plural = _("stores' scores")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(score=None) | Q(score__lte=500), name="score_up_to_five_stars"),
        ]

    def __str__(self) -> str:
        return f"{self.store} {self.score}"

    @property
    def stars_text(self) -> str:
        """4.6; empty without a score."""
        tenths = (self.score + 5) // 10 if self.score is not None else 0
        return f"{tenths // 10}.{tenths % 10}" if self.score is not None else ""
