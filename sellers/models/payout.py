"""Where a farmer's money goes: named by the farmer, confirmed by the farmer, and slow to change."""

import uuid
from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sellers.models.household import Household
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class PayoutWay(models.TextChoices):
    """How a farmer is paid."""

    BANK = "bank", _("to a bank card")
    COUNTER = "counter", _("in cash at the service point")
    CONNECT = "connect", _("to an account at Stripe")


class PayoutAccountQuerySet(models.QuerySet["PayoutAccount"]):
    """Payout accounts, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "PayoutAccountQuerySet":
        """Those of households in the user's regions, and the user's own."""
        return self.filter(scope_of(user).covers("household__region_id") | Q(household__user_id=user.pk or 0))


@pghistory.track(exclude=["number_sealed"], model_name="PayoutAccountEvent")
class PayoutAccount(models.Model):
    """One place that a farmer's money goes to, usable from `usable_from` until `ended_at`; the card's number is sealed.

    `connected_id` is the number of an account at Stripe (acct_...). Nobody but the farmer confirms an account (a code to their phone, or
    their own account here). The first one holds at once, a change after 48 hours.
    """

    seal_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="payout_accounts")
    way = models.CharField(_("way"), max_length=8, choices=PayoutWay)
    holder = models.CharField(_("account holder"), max_length=60, blank=True)
    bank = models.CharField(_("bank"), max_length=60, blank=True)
    number_sealed = models.BinaryField(null=True, editable=False)
    number_tail = models.CharField(max_length=4, blank=True, editable=False)
    connected_id = models.CharField(_("account at Stripe"), max_length=80, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed by the farmer"), null=True, blank=True)
    usable_from = models.DateTimeField(_("usable from"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = PayoutAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("payout account")
        verbose_name_plural = _("payout accounts")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(usable_from=None)
                | Q(confirmed_at__isnull=False, usable_from__gte=models.F("confirmed_at")),
                name="payout_account_is_confirmed_first",
            ),
            models.CheckConstraint(
                condition=~Q(way=PayoutWay.BANK) | ~Q(number_tail=""), name="bank_account_has_its_number"
            ),
            models.CheckConstraint(
                condition=Q(way=PayoutWay.CONNECT) ^ Q(connected_id=""), name="connected_account_has_its_number"
            ),
            models.UniqueConstraint(
                fields=("household",),
                condition=Q(confirmed_at=None, ended_at=None),
                name="one_proposed_payout_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.household} {self.get_way_display()}"

    @property
    def seal_place(self) -> str:
        """Where its number is sealed for (see accounts.sealing)."""
        return f"sellers_payoutaccount.number:{self.seal_id}"
