"""The seller's statement of a month: what was owed before, what was sold, what was taken off and for what, what was paid, what is to come.

The frame is the ledger's: balance before, movements by kind, balance after, over all accounts of the household. Lines and refunds explain
what sales and refunds moved; should they not explain all of it, the rest stands in a row of its own, so that the page always adds up. A
fixed number of queries, whatever was sold. Amounts are fen; what is the household's is above zero.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Case, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.fields import BooleanField, DateField, DateTimeField
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.models import ParcelState
from orders.models import LineDiscount, LineRefund, OrderLine, OrderState, Payer, PromotionKind
from orders.models.refund import CancelReason
from orders.my_store import earned_by
from orders.rate_words import cards_in_words, percent
from orders.release import AFTER_SALES_WINDOW
from payments.models import AccountKind, Entry, RateCard, TransferKind
from sellers.models import Household

SELLERS = (AccountKind.SELLER_PENDING, AccountKind.SELLER_AVAILABLE)
EARLIEST = dt.date(2020, 1, 1)
# What a seller reads of a movement that is neither sale nor refund nor release, by the kind of its transfer.
MOVED: dict[str, Promise] = {
    "payout": gettext_lazy("Paid out to you"),
    "payout_failed": gettext_lazy("Payout that did not arrive, yours again"),
    "payout_returned": gettext_lazy("Payout that came back later, yours again"),
    "write_off": gettext_lazy("Written off"),
    "dispute_loss": gettext_lazy("Loss of a payment that the buyer's bank took back"),
    "deposit_kept": gettext_lazy("Deposits that are yours, as the buyer did not pay the balance"),
}
# What the household's own promotions took off, by their kind; and who else paid for the buyers.
OWN: dict[str, Promise] = {
    PromotionKind.PRICE: gettext_lazy("Campaign price of your store"),
    PromotionKind.COUPON: gettext_lazy("Coupon of your store"),
    PromotionKind.FREIGHT: gettext_lazy("Freight that you pay for the buyer"),
    PromotionKind.FLASH: gettext_lazy("Flash sale of your store"),
}
FUNDED: dict[str, Promise] = {
    Payer.COUNTY: gettext_lazy("Of this, paid by the county fund"),
    Payer.PLATFORM: gettext_lazy("Of this, paid by the platform"),
}
_FULL = Sum(F("amount_fen") + F("discount_fen"))
REASONS: dict[str, Promise] = {
    **{f"cancelled: {reason.value}": reason.label for reason in CancelReason},
    "harvest too small": gettext_lazy("The harvest was too small."),
    "weight": gettext_lazy("Charged at most, and weighed less."),
    "too light": gettext_lazy("Too light: the buyer did not want it."),
}


class BadMonth(ValueError):
    """No month of a statement: not written as 2026-01, or not begun yet."""


class Row(NamedTuple):
    """One row of a statement: what it is, in words, and what it adds or (below zero) takes, in fen; `small` says more."""

    words: str
    fen: int
    small: str = ""


class Goods(NamedTuple):
    """One pack of goods: units sold, and what they would have cost without discounts, in fen."""

    words: str
    units: int
    fen: int


class Coming(NamedTuple):
    """Fen that are still to come, and the day when they are ready; None before the delivery, and while an after-sales case is open
    (`held`).
    """

    on: dt.date | None
    fen: int
    held: bool = False


@dataclass(slots=True)
class Statement:
    """A household's month. `opening_fen` and all rows sum to `closing_fen`, which is `ready_fen` and `waiting_fen`."""

    household: Household
    month: dt.date
    opening_fen: int = 0
    goods: list[Goods] = field(default_factory=list)
    funded: list[Row] = field(default_factory=list)
    taken: list[Row] = field(default_factory=list)
    returned: list[Row] = field(default_factory=list)
    moved: list[Row] = field(default_factory=list)
    released_fen: int = 0
    ready_fen: int = 0
    waiting_fen: int = 0
    coming: list[Coming] = field(default_factory=list)

    @property
    def sold_fen(self) -> int:
        """What buyers and funds paid for the goods, and what the household's own discounts took off."""
        return sum(one.fen for one in self.goods)

    @property
    def units(self) -> int:
        """Units sold."""
        return sum(one.units for one in self.goods)

    @property
    def taken_fen(self) -> int:
        """What was taken off, below zero."""
        return sum(one.fen for one in self.taken)

    @property
    def closing_fen(self) -> int:
        """What is owed to the household at the end."""
        return self.ready_fen + self.waiting_fen

    @property
    def is_empty(self) -> bool:
        """Whether nothing moved, not even from waiting to ready."""
        return not (self.goods or self.returned or self.moved or self.taken or self.released_fen)

    @property
    def is_over(self) -> bool:
        """Whether the month is over, so that it does not change any more."""
        return next_month(self.month) <= timezone.localdate()


def read_month(text: str) -> dt.date:
    """The first day of the month written as 2026-01; this month for an empty text. Raises BadMonth."""
    today = timezone.localdate()
    if not text.strip():
        return today.replace(day=1)
    try:
        day = dt.datetime.strptime(text.strip(), "%Y-%m").date()
    except ValueError as error:
        raise BadMonth(_("%(text)s is not a month. Write it as 2026-01.") % {"text": text[:20]}) from error
    if not EARLIEST <= day <= today:
        raise BadMonth(_("There is no statement for this month."))
    return day


def next_month(month: dt.date) -> dt.date:
    """The first day of the month after."""
    return (month + dt.timedelta(days=31)).replace(day=1)


def span(month: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """When the month begins and when the next one does, in Shanghai."""
    first, after = (dt.datetime.combine(day, dt.time()) for day in (month, next_month(month)))
    return timezone.make_aware(first), timezone.make_aware(after)


def owners_of(household: Household) -> list[str]:
    """Whose accounts in the ledger are the household's: its stores, and itself for what a station sells for it."""
    return [*household.stores.order_by("slug").values_list("slug", flat=True), household.account]


def state_month(household: Household, month: dt.date) -> Statement:
    """The statement of a household for the month that begins on this day."""
    start, end = span(month)
    stated = Statement(household, month)
    moved = _ledger_sums(stated, owners_of(household), start, end)
    _tell_sales(stated, start, end)
    stated.returned = _returned(household, start, end)
    _tell_the_rest(stated, moved)
    stated.coming = _coming(household, end, stated.waiting_fen)
    return stated


def sold_lines(household: Household, start: dt.datetime, end: dt.datetime) -> QuerySet[OrderLine]:
    """The household's lines that were paid in this time."""
    return _paid_lines(household, end).filter(consignment__order__paid_at__gte=start)


def returned_lines(household: Household, start: dt.datetime, end: dt.datetime) -> QuerySet[LineRefund]:
    """What went back of the household's lines in this time."""
    refunds = LineRefund.objects.filter(earned_by(household, "line__"), happened_at__gte=start, happened_at__lt=end)
    return refunds.filter(amount_fen__gt=0)  # freight alone was never the seller's


def other_entries(household: Household, start: dt.datetime, end: dt.datetime) -> QuerySet[Entry]:
    """The entries of its accounts in this time that are neither sale nor refund nor release."""
    explained = (TransferKind.SALE, TransferKind.REFUND, TransferKind.RELEASE)
    entries = _entries(owners_of(household), end).filter(happened_at__gte=start)
    return entries.exclude(transfer__kind__in=explained)


def reason_in_words(reason: str) -> str:
    """Why money went back to a buyer, as a seller reads it."""
    if reason.startswith("recall "):
        return _("Recall %(number)s") % {"number": reason.removeprefix("recall ")}
    if reason.startswith("after-sales "):
        return _("After-sales")
    return str(REASONS.get(reason, reason or _("Paid back to the buyer")))


def kind_in_words(kind: str) -> str:
    """What moved the balance, as a seller reads it."""
    labels: dict[str, Any] = dict(TransferKind.choices)
    return str(MOVED.get(kind) or labels.get(kind, kind))


def _entries(owners: Iterable[str], end: dt.datetime) -> QuerySet[Entry]:
    return Entry.objects.filter(account__kind__in=SELLERS, account__owner__in=owners, happened_at__lt=end)


def _paid_lines(household: Household, end: dt.datetime) -> QuerySet[OrderLine]:
    return OrderLine.objects.filter(
        earned_by(household),
        consignment__order__paid_at__lt=end,
        consignment__order__state__in=(OrderState.PAID, OrderState.REFUNDED),
    )


def _ledger_sums(stated: Statement, owners: list[str], start: dt.datetime, end: dt.datetime) -> dict[str, int]:
    """Fills in the balances; returns what each kind of transfer added in the month."""
    before = Case(When(happened_at__lt=start, then=Value(True)), default=Value(False), output_field=BooleanField())
    rows = _entries(owners, end).order_by().annotate(before=before)
    moved: dict[str, int] = defaultdict(int)
    sums = rows.values_list("account__kind", "transfer__kind", "before").annotate(fen=-Sum("amount_fen"))
    for account, kind, earlier, fen in sums:
        if account == AccountKind.SELLER_PENDING:
            stated.waiting_fen += fen
        else:
            stated.ready_fen += fen
        if earlier:
            stated.opening_fen += fen
        else:
            moved[kind] += fen
            if kind == TransferKind.RELEASE and account == AccountKind.SELLER_AVAILABLE:
                stated.released_fen += fen
    return moved


def _tell_sales(stated: Statement, start: dt.datetime, end: dt.datetime) -> None:
    lines = sold_lines(stated.household, start, end).order_by()
    names = ("name", "name_en", "pack", "pack_en")
    for row in lines.values(*names).annotate(units=Sum("quantity"), fen=_FULL).order_by("-fen", "name"):
        label = OrderLine(**{name: row[name] for name in names}).label
        stated.goods.append(Goods(label, row["units"], row["fen"]))
    rates = lines.values_list("rate_card_id", "commission_bp", "station_fee_bp")
    sums = list(rates.annotate(commission=Sum("commission_fen"), fee=Sum("station_fee_fen")))
    cards = RateCard.objects.in_bulk([pk for pk, *_rest in sums if pk])
    words = cards_in_words(cards.values())
    begun = {pk: card.valid_from for pk, card in cards.items()}
    for pk, commission_bp, fee_bp, commission, fee in sorted(sums, key=lambda one: (begun.get(one[0], EARLIEST), one)):
        small = words.get(pk, "")
        stated.taken.append(Row(_("Commission %(rate)s") % {"rate": percent(commission_bp)}, -commission, small))
        stated.taken.append(Row(_("Service of the station %(rate)s") % {"rate": percent(fee_bp)}, -fee, small))
    stated.taken = [row for row in stated.taken if row.fen]
    _tell_discounts(stated, lines)


def _tell_discounts(stated: Statement, lines: QuerySet[OrderLine]) -> None:
    """What the household's own promotions took off, and of what was sold, what funds paid."""
    rows = LineDiscount.objects.filter(line__in=lines).order_by().values_list("payer", "kind").annotate(fen=Sum("fen"))
    for payer, kind, fen in sorted(rows):
        if payer == Payer.SELLER:
            stated.taken.append(Row(str(OWN[kind]), -fen))
        elif kind != PromotionKind.FREIGHT:  # freight is no seller's money
            stated.funded.append(Row(str(FUNDED[payer]), fen))


def _returned(household: Household, start: dt.datetime, end: dt.datetime) -> list[Row]:
    rows = returned_lines(household, start, end).order_by().values_list("refund__reason")
    kept = Sum(F("commission_fen") + F("station_fee_fen") + F("borne_fen"))
    sums = rows.annotate(fen=Sum(F("amount_fen") + F("funded_fen")), off=kept).order_by("-fen")
    found: dict[str, list[int]] = {}
    for reason, fen, off in sums:
        both = found.setdefault(reason_in_words(reason), [0, 0])
        both[0], both[1] = both[0] + fen, both[1] + off
    return [Row(words, off - fen, _paid_back(fen, off) if off else "") for words, (fen, off) in found.items()]


def _paid_back(fen: int, off: int) -> str:
    text = _("%(goods)s yuan to the buyer, less %(off)s yuan of commission and service that are not charged")
    return text % {"goods": in_yuan(fen), "off": in_yuan(off)}


def in_yuan(fen: int) -> str:
    """'1,234.50', exact."""
    whole, part = divmod(abs(fen), 100)
    return f"{'−' if fen < 0 else ''}{whole:,}.{part:02d}"


def _tell_the_rest(stated: Statement, moved: dict[str, int]) -> None:
    """Rows for all other kinds of transfers, and for what lines and refunds do not explain."""
    moved = dict(moved)
    moved.pop(TransferKind.RELEASE, None)  # from waiting to ready: the sum stays
    sales = moved.pop(TransferKind.SALE, 0) - stated.sold_fen - stated.taken_fen
    refunds = moved.pop(TransferKind.REFUND, 0) - sum(row.fen for row in stated.returned)
    stated.moved = [Row(kind_in_words(kind), fen) for kind, fen in sorted(moved.items()) if fen]
    stated.moved += [Row(_("Other entries of sales"), sales)] if sales else []
    stated.moved += [Row(_("Other entries of refunds"), refunds)] if refunds else []


def _coming(household: Household, end: dt.datetime, waiting_fen: int) -> list[Coming]:
    """What waited at the end of the month, by the day on which it was or will be ready, the first one first."""
    still = Q(consignment__released_at=None) | Q(consignment__released_at__gte=end)
    lines = _paid_lines(household, end).filter(still)
    share = F("amount_fen") + F("funded_fen") - F("commission_fen") - F("station_fee_fen") - F("borne_fen")
    days: dict[tuple[bool, dt.date | None], int] = defaultdict(int)
    for *when, fen in (
        lines.order_by().annotate(held=_by_case(""), day=_day("")).values_list("held", "day").annotate(fen=Sum(share))
    ):
        days[when[0], when[1]] += fen
    back = LineRefund.objects.filter(Exists(lines.filter(pk=OuterRef("line_id"))), happened_at__lt=end)
    for *when, fen in (
        back.order_by()
        .annotate(held=_by_case("line__"), day=_day("line__"))
        .values_list("held", "day")
        .annotate(fen=Sum(share))
    ):
        days[when[0], when[1]] -= fen
    # What waits and no line explains waits without a day.
    days[False, None] += waiting_fen - sum(days.values())
    found = [Coming(day, fen, held) for (held, day), fen in days.items() if fen]
    return sorted(found, key=lambda one: (one.on is None, one.held, one.on))


def _held(prefix: str) -> Q:
    at = f"{prefix}consignment__"
    return Q(**{f"{at}after_sales_since__isnull": False, f"{at}released_at": None})


def _by_case(prefix: str) -> Case:
    """Whether an after-sales case holds a line's money."""
    return Case(When(_held(prefix), then=Value(True)), default=Value(False), output_field=BooleanField())


def _day(prefix: str) -> Case:
    """The day on which a line is ready; none while a case holds it."""
    return Case(When(_held(prefix), then=Value(None)), default=_ready_on(prefix), output_field=DateField(null=True))


def _ready_on(prefix: str) -> TruncDate:
    """The day on which a line is ready: it was released, or the time for returns after its delivery or its visit is over."""
    at = f"{prefix}consignment__"
    delivered = When(
        **{f"{at}parcel__state": ParcelState.DELIVERED},
        then=ExpressionWrapper(F(f"{at}parcel__delivered_at") + AFTER_SALES_WINDOW, output_field=DateTimeField()),
    )
    visited = ExpressionWrapper(F(f"{at}visited_at") + AFTER_SALES_WINDOW, output_field=DateTimeField())
    ready = Coalesce(F(f"{at}released_at"), Case(delivered, output_field=DateTimeField()), visited)
    return TruncDate(ready)
