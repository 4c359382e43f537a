"""The double-entry ledger: accounts, transfers and their entries. Accounts name their owner by a code."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.append_only import append_only


class AccountKind(models.TextChoices):
    """The ledger's kinds of accounts. Debits are positive, credits negative: what we hold is a sum above zero, what we owe below."""

    STRIPE = "stripe", _("Money at Stripe")
    STATION_CASH = "station_cash", _("Cash at a station")
    CASH_TRANSIT = "cash_transit", _("Cash handed over and not counted yet")
    CASH_DIFFERENCE = "cash_difference", _("Cash differences")
    BUYER_CREDIT = "buyer_credit", _("Owed to buyers")
    DEPOSIT = "deposit", _("Deposits on orders whose balance is due")
    SELLER_PENDING = "seller_pending", _("Payable to sellers, pending")
    SELLER_AVAILABLE = "seller_available", _("Payable to sellers, available")
    COMMISSION = "commission", _("Commission")
    STATION_FEE = "station_fee", _("Station service fee")
    FREIGHT = "freight", _("Freight")
    PAYOUT_TRANSIT = "payout_transit", _("Payouts on their way")
    BANK = "bank", _("Bank account: Stripe pays into it, payouts leave from it")
    WRITE_OFF = "write_off", _("Debts of sellers written off")
    STRIPE_FEE = "stripe_fee", _("Stripe's fees")
    DISPUTE = "dispute", _("Disputed by buyers' banks")
    SUSPENSE = "suspense", _("Not explained yet")
    PLATFORM_SUBSIDY = "platform_subsidy", _("Promotions paid by the platform")
    COUNTY_FUND = "county_fund", _("Promotions paid by a county fund")


class LedgerAccount(models.Model):
    """One account: its kind, and whose it is (a store's or payout's reference, a station's or county's code, or nobody's)."""

    kind = models.CharField(max_length=20, choices=AccountKind)
    owner = models.CharField(max_length=40, blank=True)
    currency = models.CharField(max_length=3, default="CNY")

    class Meta:
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("kind", "owner", "currency"),
                name="one_account_a_kind_and_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.owner}".strip()


class TransferKind(models.TextChoices):
    """Why money moved."""

    SALE = "sale", _("Sale")
    DEPOSIT = "deposit", _("Deposit")
    DEPOSIT_KEPT = "deposit_kept", _("Deposit kept, as the balance was not paid")
    REFUND = "refund", _("Refund")
    RELEASE = "release", _("Released to the seller")
    LATE_PAYMENT = "late_payment", _("Payment after the reservation ended")
    REFUND_FAILED = "refund_failed", _("Refund that did not reach the buyer")
    REFUND_PAID = "refund_paid", _("Refund paid out at a counter")
    PAYOUT = "payout", _("On its way to the seller")
    PAYOUT_PAID = "payout_paid", _("Paid to the seller")
    PAYOUT_FAILED = "payout_failed", _("Payout that did not reach the seller")
    PAYOUT_RETURNED = "payout_returned", _("Payout that came back after it was paid")
    WRITE_OFF = "write_off", _("Debt of a seller written off")
    STRIPE_FEE = "stripe_fee", _("Stripe's fee")
    DISPUTE = "dispute", _("Dispute of a payment")
    DISPUTE_LOSS = "dispute_loss", _("Loss of a dispute, borne by")
    STRIPE_PAYOUT = "stripe_payout", _("Stripe's payout to our bank")
    SUSPENSE = "suspense", _("Difference settled by a person")
    CASH_HANDED_OVER = "cash_handed_over", _("Cash handed over")
    CASH_RECEIVED = "cash_received", _("Cash counted and received")
    CASH_DIFFERENCE = "cash_difference", _("Cash difference settled")


class Transfer(models.Model):
    """One movement of money; its `parts` entries sum to zero in each currency, and it never changes, nor do others join them later. `key`
    makes it happen once.
    """

    kind = models.CharField(max_length=20, choices=TransferKind)
    key = models.CharField(max_length=120, unique=True)
    order_ref = models.CharField(max_length=40, blank=True, db_index=True)
    parts = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    happened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        triggers: ClassVar = [
            *append_only(),
            pgtrigger.Trigger(
                name="has_entries",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                IF NOT EXISTS (SELECT 1 FROM payments_entry WHERE transfer_id = NEW.id) THEN
                    RAISE EXCEPTION 'Transfer % has no entries.', NEW.id USING ERRCODE = 'check_violation';
                END IF;
                RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key}"


class Entry(models.Model):
    """One account's part of a transfer, in fen: a debit above zero, a credit below. `county_code` has six digits."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="entries")
    amount_fen = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    county_code = models.CharField(max_length=6, blank=True)
    happened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(amount_fen=0), name="entry_moves_money")]
        indexes: ClassVar = [models.Index(fields=("account", "happened_at"), name="entry_by_account")]
        triggers: ClassVar = [
            *append_only(),
            pgtrigger.Trigger(
                name="balanced",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                IF EXISTS (
                    SELECT 1 FROM payments_entry WHERE transfer_id = NEW.transfer_id GROUP BY currency HAVING sum(amount_fen) <> 0
                ) THEN
                    RAISE EXCEPTION 'Transfer % does not balance.', NEW.transfer_id USING ERRCODE = 'check_violation';
                END IF;
                IF (SELECT count(*) FROM payments_entry WHERE transfer_id = NEW.transfer_id)
                    <> (SELECT parts FROM payments_transfer WHERE id = NEW.transfer_id) THEN
                    RAISE EXCEPTION 'Transfer % has other entries than it was posted with.', NEW.transfer_id
                        USING ERRCODE = 'check_violation';
                END IF;
                RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_fen}"

    @property
    def debit_fen(self) -> int | None:
        """The amount as the debit column shows it; None on a credit."""
        return self.amount_fen if self.amount_fen > 0 else None

    @property
    def credit_fen(self) -> int | None:
        """The amount as the credit column shows it; None on a debit."""
        return -self.amount_fen if self.amount_fen < 0 else None
