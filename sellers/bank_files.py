"""A run to bank cards: the file that the bank takes in, and the bank's answer to it.

The file holds card numbers in clear. It is given out once an approval, to one person, on record for every family in it; whoever lost it
asks a colleague to let it out again. Taking it puts the run in transit: nothing leaves for a bank that the ledger does not know of.

The answer is taken in whole or not at all: each row by its payout's number and sum, each payout once. The file itself is kept for good.
"""

import csv
import datetime as dt
import hashlib
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pghistory
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.references import public_reference
from accounts.sealing import unseal
from payments.ledger import Part
from payments.models import AccountKind
from sellers.models import BankAnswer, Payout, PayoutRun, PayoutState, PayoutWay, RevealPurpose, RunState, Sealed
from sellers.paying import book_failed, book_paid, refuse_own, why_payouts_stop
from sellers.payout_runs import APPROVES, PREPARES, RunRefused, close_if_done, send_run
from sellers.revealing import record_opening
from stations.scope import NotAllowed, scope_of
from stations.sheets import Column, Fault, Reading, SheetRefused, escaped, read_sheet

# What the batch forms of Chinese rural banks ask for; the words are theirs, in any language of the page.
HEADINGS: Final = ("序号", "收款人姓名", "收款银行", "收款账号", "金额(元)", "附言")
ANSWER: Final[Sequence[Column]] = (
    Column("number", "附言", "Payout", required=True, longest=40),
    Column("amount", "金额(元)", "Amount", required=True, longest=20),
    Column("result", "结果", "Result", required=True, longest=20),
    Column("reason", "原因", "Reason", longest=200),
    # The bank sends the lines back with what it was given; they are not read.
    Column("line", "序号", "Line"),
    Column("holder", "收款人姓名", "Account holder"),
    Column("bank", "收款银行", "Bank"),
    Column("card", "收款账号", "Card number"),
)
PAID_WORDS: Final = frozenset({"成功", "已付", "paid", "success", "succeeded", "ok"})
FAILED_WORDS: Final = frozenset({"失败", "退回", "退票", "failed", "returned", "rejected"})
NO_REASON: Final = gettext_noop("The bank gave no reason.")
_AMOUNT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?")


class AnswerRefused(ValueError):
    """A bank's answer that does not fit; `faults` are its rows, and nothing was booked."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = list(faults)


class AnswerChanged(ValueError):
    """The file that is kept has not the digest of the one that was taken in."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the answer that fits: the payout, and why it failed (None where it was paid)."""

    payout: Payout
    failed: str | None


def take_file(*, by: User, run: PayoutRun, at: dt.datetime | None = None) -> bytes:
    """The run's file for the bank; at the first time the run is in transit from that moment. Each card in it is on record as opened.

    Raises NotAllowed, OwnHousehold, RunRefused where the run is not approved or the file was taken. Not for use inside a transaction:
    who took it is committed before a number is read.
    """
    scope_of(by).require(PREPARES, run.county_id)
    when = at or timezone.now()
    with transaction.atomic():
        kept = PayoutRun.objects.select_for_update(no_key=True).get(pk=run.pk)
        if kept.way != PayoutWay.BANK or kept.state not in (RunState.APPROVED, RunState.SENT):
            raise RunRefused(_("Only a run to bank cards that was approved has a file."))
        if kept.file_by_id is not None:
            raise RunRefused(
                _("The file was taken on %(when)s by %(who)s. If it was lost, a colleague can let it out again.")
                % {"when": timezone.localtime(kept.file_at).strftime("%Y-%m-%d %H:%M"), "who": str(kept.file_by)}
            )
        if told := why_payouts_stop():
            raise RunRefused(told)
        for payout in kept.payouts.select_related("household"):
            refuse_own(by, payout.household)
        if kept.state == RunState.APPROVED:
            send_run(kept, at=at)
        PayoutRun.objects.filter(pk=kept.pk).update(file_by=by, file_at=when)
        sent = list(_in_transit(kept))
        for payout in sent:
            record_opening(
                by=by,
                household=payout.household,
                what=Sealed.PAYOUT,
                purpose=RevealPurpose.PAY,
                note=kept.number,
                limited=None,
                at=when,
            )
    run.refresh_from_db()
    return _written(sent)


def _in_transit(run: PayoutRun) -> "list[Payout]":
    rows = run.payouts.filter(state=PayoutState.IN_TRANSIT).select_related("household", "account")
    return list(rows.order_by("number"))


def _written(payouts: Sequence[Payout]) -> bytes:
    """A CSV in UTF-8 with a byte order mark; no name in it is taken for a formula."""
    text = io.StringIO(newline="")
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for line, payout in enumerate(payouts, start=1):
        account = payout.account
        card = unseal(bytes(account.number_sealed or b""), place=account.seal_place)
        yuan = f"{payout.amount_fen // 100}.{payout.amount_fen % 100:02d}"
        writer.writerow([line, escaped(account.holder), escaped(account.bank), card, yuan, payout.number])
    return text.getvalue().encode()


def let_out_again(*, by: User, run: PayoutRun, why: str) -> None:
    """Let the file of a run in transit be taken once more; not by whoever took it. Raises NotAllowed, RunRefused."""
    scope_of(by).require(APPROVES, run.county_id)
    if run.file_by_id == by.pk:
        raise NotAllowed(_("You took the file: somebody else lets it out again."))
    if not why.strip():
        raise RunRefused(_("Please write why it is needed again."))
    with pghistory.context(why=why.strip()[:200]):
        waiting = PayoutRun.objects.filter(pk=run.pk, state=RunState.SENT, file_by=run.file_by_id)
        if run.file_by_id is None or not waiting.update(file_by=None, file_at=None):
            raise RunRefused(_("This file is not out, or the run is closed."))
    run.refresh_from_db()


def take_in_answer(*, by: User, run: PayoutRun, data: bytes, name: str, at: dt.datetime | None = None) -> BankAnswer:
    """Book what the bank says of a run: paid, or back to the household with the bank's reason. Payouts without a row stay in transit.

    Raises NotAllowed, OwnHousehold, and AnswerRefused with a message for each row that does not fit; then nothing is booked.
    """
    scope_of(by).require(PREPARES, run.county_id)
    digest = hashlib.sha256(data).hexdigest()
    try:
        reading = read_sheet(data, name, ANSWER)
    except SheetRefused as refused:
        raise AnswerRefused(str(refused)) from refused
    file = storages["private"].save(
        f"bank_answers/{public_reference()}{Path(name).suffix[:5].lower()}", ContentFile(data)
    )
    try:
        with transaction.atomic():
            kept = PayoutRun.objects.select_for_update(no_key=True).get(pk=run.pk)
            _refuse_known(kept, digest)
            rows = _fitting(kept, reading)
            answer = BankAnswer.objects.create(
                run=kept, digest=digest, name=name[:120], file=file, rows=len(rows), by=by, at=at or timezone.now()
            )
            for row in rows:
                refuse_own(by, row.payout.household)
                _book(row, at)
            close_if_done(kept, at=at)
    except BaseException as failed:
        storages["private"].delete(file)
        if isinstance(failed, IntegrityError):
            raise AnswerRefused(_("This file was taken in already. Nothing was booked.")) from failed
        raise
    run.refresh_from_db()
    return answer


def open_answer(*, by: User, answer: BankAnswer) -> bytes:
    """The bank's file as it was taken in. It may hold card numbers: each family of the run is on record as opened.

    Raises NotAllowed, and AnswerChanged for a file that is not there (answers from before files were kept), or is not the one that
    was taken in. Not for use inside a transaction.
    """
    scope_of(by).require(PREPARES, answer.run.county_id)
    if not answer.file:
        raise AnswerChanged(_("This answer's file is not in the storage. The operator looks for it in the backups."))
    with storages["private"].open(answer.file) as kept:
        data: bytes = kept.read()
    if hashlib.sha256(data).hexdigest() != answer.digest:
        raise AnswerChanged(_("The file in the storage is not the one that was taken in."))
    with transaction.atomic():
        for payout in answer.run.payouts.select_related("household"):
            record_opening(
                by=by,
                household=payout.household,
                what=Sealed.PAYOUT,
                purpose=RevealPurpose.PAY,
                note=answer.run.number,
                limited=None,
            )
    return data


def _refuse_known(run: PayoutRun, digest: str) -> None:
    known = BankAnswer.objects.filter(digest=digest).select_related("run").first()
    if known is not None:
        raise AnswerRefused(
            _("This file was taken in already, on %(day)s for run %(number)s. Nothing was booked.")
            % {"day": timezone.localdate(known.at).isoformat(), "number": known.run.number}
        )
    if run.way != PayoutWay.BANK or run.state != RunState.SENT:
        raise AnswerRefused(_("This run waits for no answer. Nothing was booked."))


def _fitting(run: PayoutRun, reading: Reading) -> list[_Row]:
    """The rows with their payouts. Raises AnswerRefused with every row that does not fit."""
    numbers = {values["number"].strip().upper() for _line, values in reading.rows}
    known = Payout.objects.filter(number__in=numbers).select_related("run", "household", "account")
    payouts = {payout.number: payout for payout in known}
    faults = list(reading.faults)
    rows: list[_Row] = []
    seen: set[str] = set()
    for line, values in reading.rows:
        number = values["number"].strip().upper()
        told = _("This payout stands in the file twice.") if number in seen else ""
        seen.add(number)
        payout = payouts.get(number)
        told = told or _misfit(run, payout, values)
        if told:
            faults.append(Fault(line, "number", told))
        elif payout is not None:
            rows.append(_Row(payout, _failure(values)))
    if faults:
        raise AnswerRefused(
            _("The file does not fit this run. Nothing was booked."), sorted(faults, key=lambda one: one.row)
        )
    return rows


def _misfit(run: PayoutRun, payout: Payout | None, values: dict[str, str]) -> str:
    """Why a row can't be booked for this run; empty where it can."""
    if payout is None:
        return _("No payout has this number.")
    if payout.run_id != run.pk:
        other = payout.run
        if other is None:
            return _("This payout is none of a run: it was paid at a counter.")
        return _("This payout belongs to run %(number)s, %(first)s to %(last)s.") % {
            "number": other.number,
            "first": other.first_day.isoformat(),
            "last": other.last_day.isoformat(),
        }
    if payout.state != PayoutState.IN_TRANSIT:
        return _("The bank has answered for this payout already, or it was never sent.")
    if _fen(values["amount"]) != payout.amount_fen:
        return _("The sum is another: %(sum)s yuan were sent.") % {"sum": f"{payout.amount_fen / 100:,.2f}"}
    if _word(values["result"]) not in PAID_WORDS | FAILED_WORDS:
        return _("The result has to be %(paid)s (paid) or %(failed)s (failed).") % {"paid": "成功", "failed": "失败"}
    return ""


def _fen(text: str) -> int | None:
    """'1,280.50' as 128050; None for what is no sum."""
    found = _AMOUNT.fullmatch(unicodedata.normalize("NFKC", text).replace(",", "").strip().removesuffix("元"))
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else None


def _word(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _failure(values: dict[str, str]) -> str | None:
    if _word(values["result"]) in PAID_WORDS:
        return None
    return values.get("reason", "").strip() or NO_REASON


def _book(row: _Row, at: dt.datetime | None) -> None:
    payout = row.payout
    if row.failed is not None:
        book_failed(payout, row.failed, at=at)
        return
    county = payout.household.region_id[:6]
    book_paid(payout, Part(AccountKind.BANK, "", -payout.amount_fen, county), at=at)
