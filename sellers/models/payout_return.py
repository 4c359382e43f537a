"""Money that the bank sends back after it had said 'paid' (银行退汇): entered by one person with the bank's slip, confirmed by another."""

from typing import TYPE_CHECKING, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sellers.models.paying import Payout
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class PayoutReturnState(models.TextChoices):
    """Where a return stands."""

    PROPOSED = "proposed", _("waits for a second person")
    CONFIRMED = "confirmed", _("given back to the household")
    DECLINED = "declined", _("it did not come back")


class PayoutReturnQuerySet(models.QuerySet["PayoutReturn"]):
    """Returns of payouts, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "PayoutReturnQuerySet":
        """Those of households in the user's regions."""
        return self.filter(scope_of(user).covers("payout__household__region_id"))


@pghistory.track(model_name="PayoutReturnEvent")
class PayoutReturn(models.Model):
    """That a payout which the bank called paid came back: the number of the bank's slip (退汇凭证), and the bank's reason."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="returns", verbose_name=_("payout"))
    slip_number = models.CharField(_("number of the bank's slip"), max_length=40)
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=PayoutReturnState, default=PayoutReturnState.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by")
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

    objects = PayoutReturnQuerySet.as_manager()

    class Meta:
        verbose_name = _("payout that came back")
        verbose_name_plural = _("payouts that came back")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(slip_number="") & ~Q(reason=""), name="return_has_slip_and_reason"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="nobody_confirms_their_own_return"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by=None, decided_at=None)
                | (~Q(state="proposed") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="decided_return_has_two_people",
            ),
            models.UniqueConstraint(fields=("payout",), condition=~Q(state="declined"), name="one_return_a_payout"),
            models.UniqueConstraint(fields=("slip_number",), condition=~Q(state="declined"), name="one_return_a_slip"),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="nobody_returns_their_own",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("proposed_by_id", "decided_by_id"),  # type: ignore[no-untyped-call]
                func="""
                IF EXISTS (SELECT 1 FROM sellers_payout p JOIN sellers_household h ON h.id = p.household_id
                           WHERE p.id = NEW.payout_id AND h.user_id IN (NEW.proposed_by_id, NEW.decided_by_id)) THEN
                    RAISE EXCEPTION 'Nobody moves money of their own household.' USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
                """,
            ),
            pgtrigger.Protect(
                name="what_came_back_stays",
                operation=pgtrigger.UpdateOf("payout_id", "slip_number", "proposed_by_id", "proposed_at")  # type: ignore[no-untyped-call]
                | pgtrigger.Delete,
            ),
            pgtrigger.FSM(
                name="return_is_decided_once",
                field="state",
                transitions=[("proposed", "confirmed"), ("proposed", "declined")],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payout_id} {self.slip_number}"
