"""Who bears what a lost dispute took above what was left of its order: proposed by one person, confirmed by another."""

from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.order import Consignment
from payments.models import Dispute


class LossBearer(models.TextChoices):
    """Who bears it."""

    PLATFORM = "platform", _("the platform (written off)")
    SELLER = "seller", _("the seller (taken from what it earns)")


class LossState(models.TextChoices):
    """Where the proposal stands."""

    PROPOSED = "proposed", _("waits for a second person")
    CONFIRMED = "confirmed", _("booked")
    DECLINED = "declined", _("declined")


@pghistory.track(model_name="DisputeLossEvent")
class DisputeLoss(models.Model):
    """`amount_fen` of a lost dispute that no refund of its order covers: written off, or charged to the seller of `consignment`."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="losses", verbose_name=_("dispute"))
    amount_fen = models.BigIntegerField(_("amount"))
    bearer = models.CharField(_("who bears it"), max_length=8, choices=LossBearer)
    consignment = models.ForeignKey(
        Consignment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("part of the order"),
    )
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=LossState, default=LossState.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("loss of a dispute")
        verbose_name_plural = _("losses of disputes")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0) & ~Q(reason=""), name="loss_has_sum_and_reason"),
            models.CheckConstraint(
                condition=Q(bearer="seller") ^ Q(consignment=None), name="a_seller_that_bears_is_named"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="nobody_confirms_their_own_loss"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by=None, decided_at=None)
                | (~Q(state="proposed") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="decided_loss_has_two_people",
            ),
            models.UniqueConstraint(fields=("dispute",), condition=~Q(state="declined"), name="one_loss_a_dispute"),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="what_is_lost_stays",
                operation=pgtrigger.UpdateOf(  # type: ignore[no-untyped-call]
                    "dispute_id", "amount_fen", "bearer", "consignment_id", "reason", "proposed_by_id", "proposed_at"
                )
                | pgtrigger.Delete,
            ),
            pgtrigger.FSM(
                name="loss_is_decided_once",
                field="state",
                transitions=[("proposed", "confirmed"), ("proposed", "declined")],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id} {self.amount_fen}"
