"""Money that leaves for farmers: a payout to one household, the run that many of them leave in, and a bank's answer to it."""

from typing import TYPE_CHECKING, Any, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.references import public_reference
from payments.append_only import append_only
from sellers.models.household import Household
from sellers.models.payout import PayoutAccount, PayoutWay
from stations.models import Region, Station
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

# Above this a second person says yes before cash is handed out (docs/adr/0032).
SECOND_PERSON_FEN = 200_000
UNFINISHED = ("planned", "in_transit")


def not_for_oneself(name: str, *columns: str) -> pgtrigger.Trigger:
    """The trigger of a row with a household: nobody who stands in these columns is the household's own user."""
    people = ", ".join(f"NEW.{column}" for column in columns)
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("household_id", *columns),  # type: ignore[no-untyped-call]
        func=f"""
        IF EXISTS (SELECT 1 FROM sellers_household WHERE id = NEW.household_id AND user_id IN ({people})) THEN
            RAISE EXCEPTION 'Nobody moves money of their own household.' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
        """,
    )


def _person(label: Any) -> "models.ForeignKey[User | None, User | None]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=label
    )


class RunState(models.TextChoices):
    """Where a payout run stands."""

    DRAFT = "draft", _("waits for a second person")
    APPROVED = "approved", _("approved")
    SENT = "sent", _("on its way")
    CLOSED = "closed", _("finished")
    DROPPED = "dropped", _("given up")


class PayoutRunQuerySet(models.QuerySet["PayoutRun"]):
    """Payout runs, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "PayoutRunQuerySet":
        """Those of counties at or below the user's postings."""
        return self.filter(scope_of(user).covers("county_id"))


@pghistory.track(model_name="PayoutRunEvent")
class PayoutRun(models.Model):
    """What a county pays its households for a period, all of them one way. Who prepared it does not approve it.

    The bank's file is given out once an approval: to `file_by`; only somebody else lets it out once more.
    """

    number = models.CharField(_("number"), max_length=24, unique=True)
    county = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+", verbose_name=_("county"))
    way = models.CharField(_("way"), max_length=8, choices=PayoutWay)
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("until"))
    state = models.CharField(_("state"), max_length=10, choices=RunState, default=RunState.DRAFT)
    prepared_by = _person(_("prepared by"))
    prepared_at = models.DateTimeField(default=timezone.now)
    approved_by = _person(_("approved by"))
    approved_at = models.DateTimeField(null=True, blank=True)
    file_by = _person(_("file taken by"))
    file_at = models.DateTimeField(_("file taken"), null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = PayoutRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("payout run")
        verbose_name_plural = _("payout runs")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="payout_run_has_a_period"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("prepared_by")), name="nobody_approves_their_own_run"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("draft", "dropped")) | Q(approved_by__isnull=False, prepared_by__isnull=False),
                name="payout_run_has_two_people",
            ),
            models.UniqueConstraint(
                fields=("county", "way"), condition=Q(state__in=("draft", "approved")), name="one_payout_run_at_a_time"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("county", "-id"), name="payout_run_by_county")]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="what_it_is_stays",
                operation=pgtrigger.UpdateOf("number", "county_id", "way", "first_day", "last_day", "prepared_by_id")  # type: ignore[no-untyped-call]
                | pgtrigger.Delete,
            ),
            pgtrigger.FSM(
                name="run_goes_forward",
                field="state",
                transitions=[
                    ("draft", "approved"),
                    ("draft", "dropped"),
                    ("approved", "sent"),
                    ("approved", "dropped"),
                    ("sent", "closed"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PayoutState(models.TextChoices):
    """Where a payout stands; the farmer reads these words."""

    PLANNED = "planned", _("not sent yet")
    IN_TRANSIT = "in_transit", _("on its way")
    PAID = "paid", _("paid out")
    FAILED = "failed", _("came back")
    RETURNED = "returned", _("came back after it was paid")
    CANCELLED = "cancelled", _("not paid")


class Proof(models.TextChoices):
    """What says that the farmer has the cash."""

    CODE = "code", _("code from the farmer's phone")
    SLIP = "slip", _("signed slip, photographed")


class PayoutQuerySet(models.QuerySet["Payout"]):
    """Payouts, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "PayoutQuerySet":
        """Those to households in the user's regions, and to the user's own."""
        return self.filter(scope_of(user).covers("household__region_id") | Q(household__user_id=user.pk or 0))

    def at_a_counter(self) -> "PayoutQuerySet":
        """Those that a counter has still to hand out, or that wait for a second person's yes."""
        return self.filter(
            Q(state=PayoutState.PLANNED, run=None) | Q(state=PayoutState.IN_TRANSIT, account__way=PayoutWay.COUNTER)
        )


@pghistory.track(model_name="PayoutEvent")
class Payout(models.Model):
    """A sum in fen for one household, to the place that its money went to when this was planned.

    In a run, or by itself at a counter (`run` is none). Money leaves the household's account when it goes in transit, not before. Paid in
    cash: at `station`, by `paid_by`, on a code or a slip (`slip` names its photograph). Paid at Stripe: by the transfer `transfer_id`.
    `returned_at`: what was paid, and what the bank or Stripe sent back later.
    """

    ref = models.CharField(max_length=24, unique=True, default=public_reference, editable=False)
    number = models.CharField(_("number"), max_length=24, unique=True)
    run = models.ForeignKey(
        PayoutRun, null=True, blank=True, on_delete=models.PROTECT, related_name="payouts", verbose_name=_("payout run")
    )
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="payouts")
    account = models.ForeignKey(PayoutAccount, on_delete=models.PROTECT, related_name="payouts")
    amount_fen = models.BigIntegerField(_("amount"))
    currency = models.CharField(max_length=3, default="CNY")
    state = models.CharField(_("state"), max_length=10, choices=PayoutState, default=PayoutState.PLANNED)
    station = models.ForeignKey(
        Station, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("station")
    )
    prepared_by = _person(_("prepared by"))
    prepared_at = models.DateTimeField(default=timezone.now)
    approved_by = _person(_("approved by"))
    approved_at = models.DateTimeField(null=True, blank=True)
    paid_by = _person(_("paid by"))
    proof = models.CharField(_("evidence"), max_length=5, choices=Proof, blank=True)
    slip = models.CharField(max_length=200, blank=True)
    transfer_id = models.CharField(_("transfer at Stripe"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    returned_at = models.DateTimeField(_("came back"), null=True, blank=True)

    objects = PayoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payout_is_of_money"),
            models.UniqueConstraint(
                fields=("household",), condition=Q(state__in=UNFINISHED), name="one_unfinished_payout_a_household"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("prepared_by")),
                name="nobody_approves_their_own_payout",
            ),
            # In a run always two people; by itself above the limit.
            models.CheckConstraint(
                condition=Q(state__in=("planned", "cancelled"))
                | Q(approved_by__isnull=False)
                | Q(run=None, amount_fen__lte=SECOND_PERSON_FEN),
                name="payout_has_its_second_person",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=("planned", "cancelled")) & Q(sent_at=None))
                | (~Q(state__in=("planned", "cancelled")) & Q(sent_at__isnull=False)),
                name="payout_in_transit_has_its_time",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=UNFINISHED) & Q(ended_at=None))
                | (~Q(state__in=UNFINISHED) & Q(ended_at__isnull=False)),
                name="ended_payout_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("failed", "cancelled", "returned")) | ~Q(reason=""),
                name="unpaid_payout_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state="returned") ^ Q(returned_at=None), name="returned_payout_has_its_time"
            ),
            models.CheckConstraint(
                condition=Q(transfer_id="") | Q(state__in=("paid", "returned")), name="transfer_at_stripe_was_paid"
            ),
            models.UniqueConstraint(
                fields=("transfer_id",), condition=~Q(transfer_id=""), name="one_payout_a_transfer_at_stripe"
            ),
            models.CheckConstraint(
                condition=Q(proof="") | Q(state=PayoutState.PAID, paid_by__isnull=False, station__isnull=False),
                name="cash_was_paid_by_somebody_somewhere",
            ),
            models.CheckConstraint(condition=Q(proof="slip") ^ Q(slip=""), name="signed_slip_has_its_photograph"),
        ]
        indexes: ClassVar = [
            models.Index(fields=("household", "-id"), name="payout_by_household"),
            models.Index(fields=("run", "id"), name="payout_by_run"),
        ]
        triggers: ClassVar = [
            not_for_oneself("nobody_pays_themselves", "prepared_by_id", "approved_by_id", "paid_by_id"),
            pgtrigger.Protect(
                name="sum_and_place_stay",
                operation=pgtrigger.UpdateOf(  # type: ignore[no-untyped-call]
                    "ref", "number", "run_id", "household_id", "account_id", "amount_fen", "currency", "prepared_by_id"
                )
                | pgtrigger.Delete,
            ),
            pgtrigger.FSM(
                name="payout_goes_forward",
                field="state",
                transitions=[
                    ("planned", "in_transit"),
                    ("planned", "cancelled"),
                    ("in_transit", "paid"),
                    ("in_transit", "failed"),
                    ("paid", "returned"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def why(self) -> str:
        """The reason in the language of the page, where it is one of ours; a bank's as the bank wrote it."""
        return gettext(self.reason) if self.reason else ""


class BankAnswer(models.Model):
    """A file in which the bank said what became of a run: taken in whole, once (`digest` is its SHA-256).

    `file` is where it lies in the private storage, for good; empty for those from before files were kept.
    """

    run = models.ForeignKey(PayoutRun, on_delete=models.PROTECT, related_name="answers")
    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(_("file"), max_length=120)
    file = models.CharField(max_length=200, blank=True)
    rows = models.PositiveIntegerField(_("rows"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("bank's answer")
        verbose_name_plural = _("bank's answers")
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return self.name


class DebtState(models.TextChoices):
    """Where a proposal to write a debt off stands."""

    PROPOSED = "proposed", _("waits for a second person")
    CONFIRMED = "confirmed", _("written off")
    DECLINED = "declined", _("not written off")


class DebtWriteOffQuerySet(models.QuerySet["DebtWriteOff"]):
    """Debts written off, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "DebtWriteOffQuerySet":
        """Those of households in the user's regions."""
        return self.filter(scope_of(user).covers("household__region_id"))


@pghistory.track(model_name="DebtWriteOffEvent")
class DebtWriteOff(models.Model):
    """What a household owes and will not bring again, in fen: proposed by the county with a reason, confirmed by the level above."""

    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="debts_written_off")
    amount_fen = models.BigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=DebtState, default=DebtState.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = _person(_("decided by"))
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = DebtWriteOffQuerySet.as_manager()

    class Meta:
        verbose_name = _("debt written off")
        verbose_name_plural = _("debts written off")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0) & ~Q(reason=""), name="debt_has_sum_and_reason"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="nobody_confirms_their_own_write_off",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by=None) | (~Q(state="proposed") & Q(decided_by__isnull=False)),
                name="decided_debt_has_two_people",
            ),
            models.UniqueConstraint(
                fields=("household",), condition=Q(state="proposed"), name="one_proposed_write_off_a_household"
            ),
        ]
        triggers: ClassVar = [
            not_for_oneself("nobody_writes_off_their_own", "proposed_by_id", "decided_by_id"),
            pgtrigger.Protect(
                name="what_was_proposed_stays",
                operation=pgtrigger.UpdateOf("household_id", "amount_fen", "reason", "proposed_by_id", "proposed_at")  # type: ignore[no-untyped-call]
                | pgtrigger.Delete,
            ),
            pgtrigger.FSM(
                name="debt_is_decided_once",
                field="state",
                transitions=[("proposed", "confirmed"), ("proposed", "declined")],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.household} {self.amount_fen}"
