"""Stripe's own books as rows: its movements, what of them does not fit the ledger, and each comparison that was made."""

from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from payments.append_only import append_only
from payments.models.ledger import Transfer
from payments.models.payment import Payment
from payments.models.refund import Refund


class MovementState(models.TextChoices):
    """Whether a movement at Stripe has its transfer in the ledger."""

    UNMATCHED = "unmatched", _("not in the ledger yet")
    MATCHED = "matched", _("agrees with the ledger")
    RESOLVED = "resolved", _("settled by a person")


class StripeMovement(models.Model):
    """One balance transaction of Stripe, in fen: `amount` less `fee` is `net`. Stripe's word never changes, its pairing does.

    `transfer` is its pair in the ledger: the sale or refund that was booked before, or what was booked because only Stripe knew it.
    `type` and `category` are Stripe's words (https://docs.stripe.com/reports/reporting-categories); `refund_key` is the key that we gave.
    `transfer_ref`: of a transfer to a connected account our reference (its group), of a reversal the transfer that it takes back.
    """

    txn_id = models.CharField(_("balance transaction"), max_length=120, unique=True)
    type = models.CharField(_("type"), max_length=60)
    category = models.CharField(_("category"), max_length=60)
    amount_fen = models.BigIntegerField(_("amount in fen"))
    fee_fen = models.BigIntegerField(_("Stripe's fee in fen"))
    net_fen = models.BigIntegerField(_("net in fen"))
    currency = models.CharField(_("currency"), max_length=3)
    source_id = models.CharField(_("object at Stripe"), max_length=120, blank=True)
    intent_id = models.CharField(max_length=120, blank=True)
    refund_key = models.CharField(max_length=120, blank=True)
    transfer_ref = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(_("moved at"), db_index=True)
    available_on = models.DateTimeField(_("available on"))
    read_at = models.DateTimeField(_("read at"), default=timezone.now)
    state = models.CharField(_("state"), max_length=12, choices=MovementState, default=MovementState.UNMATCHED)
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="movements")
    refund = models.ForeignKey(Refund, null=True, on_delete=models.PROTECT, related_name="movements")
    transfer = models.OneToOneField(Transfer, null=True, on_delete=models.PROTECT, related_name="movement")

    class Meta:
        verbose_name = _("movement at Stripe")
        verbose_name_plural = _("movements at Stripe")
        ordering = ("-created_at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(net_fen=F("amount_fen") - F("fee_fen")), name="movement_adds_up"),
            models.CheckConstraint(
                condition=~Q(state="matched") | Q(transfer__isnull=False), name="matched_movement_has_its_transfer"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("created_at",), condition=Q(state="unmatched"), name="movement_unmatched")
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.amount_fen} {self.txn_id}"


class MismatchKind(models.TextChoices):
    """How Stripe and the ledger differ."""

    STRIPE_ONLY = "stripe_only", _("Stripe moved money that the ledger does not know")
    LEDGER_ONLY = "ledger_only", _("the ledger has a movement that Stripe does not know")
    AMOUNT = "amount", _("Stripe and the ledger have different amounts")
    BALANCE = "balance", _("Stripe's balance is not what its movements come to")


class MismatchQuerySet(models.QuerySet["Mismatch"]):
    """Mismatches, in words of the domain."""

    def open(self) -> "MismatchQuerySet":
        """Those that neither time nor a person has settled."""
        return self.filter(ended_at=None)


@pghistory.track(fields=["ended_at", "resolved_by", "reason"], model_name="MismatchEvent")
class Mismatch(models.Model):
    """Something in which Stripe and the ledger still differ after a grace time; it stops payouts until it is settled.

    `stripe_fen` and `ledger_fen` are what each side says, in fen. It ends by itself when both agree later, or by a person with a reason.
    """

    kind = models.CharField(_("difference"), max_length=12, choices=MismatchKind)
    movement = models.ForeignKey(
        StripeMovement,
        null=True,
        on_delete=models.PROTECT,
        related_name="mismatches",
        verbose_name=_("movement at Stripe"),
    )
    transfer = models.ForeignKey(
        Transfer,
        null=True,
        on_delete=models.PROTECT,
        related_name="mismatches",
        verbose_name=_("transfer"),
    )
    stripe_fen = models.BigIntegerField(_("at Stripe, in fen"), default=0)
    ledger_fen = models.BigIntegerField(_("in the ledger, in fen"), default=0)
    found_at = models.DateTimeField(_("found at"), default=timezone.now)
    told_at = models.DateTimeField(_("operators told at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("settled by"),
    )
    reason = models.CharField(_("why it is settled"), max_length=300, blank=True)

    objects = MismatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("mismatch with Stripe")
        verbose_name_plural = _("mismatches with Stripe")
        ordering = ("-found_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("kind", "movement", "transfer"),
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="one_open_mismatch_a_difference",
            ),
            models.CheckConstraint(
                condition=Q(resolved_by=None, reason="")
                | (Q(resolved_by__isnull=False, ended_at__isnull=False) & ~Q(reason="")),
                name="mismatch_is_resolved_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.difference_fen}"

    @property
    def difference_fen(self) -> int:
        """What Stripe has more than the ledger, in fen."""
        return self.stripe_fen - self.ledger_fen

    @property
    def in_words(self) -> str:
        """Both sides in a sentence (load `movement`, `transfer`)."""
        values = {
            "stripe": _written(self.stripe_fen),
            "ledger": _written(self.ledger_fen),
            "movement": self.movement and f"{self.movement.category} {self.movement.txn_id}",
            "currency": self.movement and self.movement.currency,
            "transfer": self.transfer and str(self.transfer),
        }
        match self.kind:
            case MismatchKind.STRIPE_ONLY:
                return gettext("Stripe: %(stripe)s %(currency)s, %(movement)s. Ledger: nothing.") % values
            case MismatchKind.LEDGER_ONLY:
                return gettext("Stripe: nothing. Ledger: %(ledger)s CNY, %(transfer)s.") % values
            case MismatchKind.AMOUNT:
                text = gettext("Stripe: %(stripe)s %(currency)s, %(movement)s. Ledger: %(ledger)s CNY, %(transfer)s.")
                return text % values
        return gettext("Stripe's balance: %(stripe)s CNY. By its movements: %(ledger)s CNY.") % values


def _written(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


class ReconciliationRun(models.Model):
    """One comparison: from when on Stripe's movements were read, how many were new and how many have no pair yet.

    `balance_fen` is Stripe's balance in yuan, `opening_fen` what of it was there before the first movement that is compared, `off_fen`
    what neither explains. It stays as it is.
    """

    ran_at = models.DateTimeField(_("when"), default=timezone.now)
    read_from = models.DateTimeField(_("read from"))
    read = models.PositiveIntegerField(_("new movements"))
    waiting = models.PositiveIntegerField(_("without a pair"))
    balance_fen = models.BigIntegerField(_("Stripe's balance in fen"))
    opening_fen = models.BigIntegerField(_("from before, in fen"))
    off_fen = models.BigIntegerField(_("unexplained, in fen"))

    class Meta:
        verbose_name = _("comparison with Stripe")
        verbose_name_plural = _("comparisons with Stripe")
        ordering = ("-ran_at", "-pk")
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.ran_at:%Y-%m-%d %H:%M}"
