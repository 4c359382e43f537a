"""The demo's payouts: where each family's money goes, what was released week by week, and a run to bank cards for every month.

One payout of the last month came back, some cash waits at the counters, some was fetched, and one seller is below zero.
"""

import calendar
import datetime as dt
import io
from collections.abc import Callable, Iterator

from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from accounts import codes
from accounts.models import User
from orders.models import OrderLine, OrderState
from orders.portions import Portion
from orders.refunding import refund_lines
from orders.release import release_delivered
from payments.tills import TillShort
from sellers import bank_files, paying_cash, payout_runs, payouts
from sellers.bank_returns import enter_return
from sellers.models import Household, HouseholdKind, Payout, PayoutRun, PayoutState, PayoutWay
from sellers.paying import available_of
from stations.models import Posting, Region, Role, Station
from stations.scope import scope_of

MONTHS, WEEK = 12, dt.timedelta(days=7)
# Made up, as of no bank; the last digit fits (Luhn).
CARD_HEAD, BANKS = "6217000000000", ("农村商业银行（演示）", "邮政储蓄银行（演示）")
ONE_IN = 4  # so many families fetch their money in cash: every fourth
CODE = "000000"
MOST_REFUNDS = 8
Step = Callable[[str], None]


def name_accounts() -> None:
    """Where the money of each family goes that has a clerk to help it and has not said so itself: to a card, every fourth in cash."""
    clerks = {
        posting.station_id: posting.user for posting in Posting.objects.exclude(station=None).select_related("user")
    }
    families = Household.objects.exclude(kind=HouseholdKind.STATION).filter(user=None, payout_accounts=None)
    for place, household in enumerate(families.order_by("pk")):
        mandate = household.mandates.filter(confirmed_at__isnull=False).order_by("pk").first()
        if mandate is None:
            continue
        in_cash = place % ONE_IN == 0 and mandate.may_receive_cash and household.kind == HouseholdKind.HOUSEHOLD
        where = {"way": PayoutWay.COUNTER} if in_cash else {
            "way": PayoutWay.BANK, "holder": household.name, "bank": BANKS[place % 2], "number": _card(place),
        }  # fmt: skip
        account = payouts.propose_payout(by=clerks[mandate.station_id], household=household, **where)
        codes.keep_code(CODE, purpose="payout", subject=str(account.pk))
        payouts.confirm_payout_by_code(account=account, code=CODE, at=mandate.confirmed_at)


def _card(place: int) -> str:
    for digit in range(10):
        try:
            return payouts.checked_card(f"{CARD_HEAD}{place:05d}{digit}")
        except payouts.BadCardNumber:
            continue
    raise AssertionError("One of ten digits fits.")


def pay_a_year(*, operator: User, officials: list[User], step: Step) -> None:
    """Release what is due week by week, and pay it out on the third of every month; who approves is the first that may."""
    name_accounts()
    now = timezone.now()
    when = now - dt.timedelta(days=31 * MONTHS + 31)
    for first, last, paid_at in _months(now):
        while when < paid_at:
            release_delivered(at=when)
            when += WEEK
        for county in _counties():
            is_last = last >= timezone.localdate(now).replace(day=1) - dt.timedelta(days=1)
            answered = "but one" if is_last else "paid"
            _pay(county, PayoutWay.BANK, first, last, paid_at, [*officials, operator], answered=answered)
            if is_last:
                _pay(county, PayoutWay.COUNTER, first, last, paid_at, [*officials, operator], answered=None)
        step(f"{last:%Y-%m}")
    release_delivered(at=now - dt.timedelta(hours=30))
    release_delivered()
    _hand_out(now)
    _send_one_back(now)
    _fall_below_zero(now, [*officials, operator])


def _months(now: dt.datetime) -> Iterator[tuple[dt.date, dt.date, dt.datetime]]:
    """(first day, last day, moment of the payout) of the last months whose payout day has come, the oldest first."""
    day = timezone.localdate(now).replace(day=1)
    found: list[tuple[dt.date, dt.date, dt.datetime]] = []
    while len(found) < MONTHS:
        last = day - dt.timedelta(days=1)
        paid_at = timezone.make_aware(dt.datetime.combine(day.replace(day=3), dt.time(9)))
        if paid_at + dt.timedelta(days=2) < now:
            found.append((last.replace(day=1), last, paid_at))
        day = last.replace(day=1)
        assert calendar.monthrange(day.year, day.month)[1] == last.day
    yield from reversed(found)


def _counties() -> list[Region]:
    codes_ = {code[:6] for code in Station.objects.values_list("region_id", flat=True)}
    return list(Region.objects.filter(code__in=[f"{code}000000" for code in codes_]).order_by("code"))


def _pay(
    county: Region,
    way: PayoutWay,
    first: dt.date,
    last: dt.date,
    at: dt.datetime,
    above: list[User],
    *,
    answered: str | None,
) -> None:
    """One run: prepared by the centre, approved an hour later, sent after three, answered by the bank two days after.

    `answered` is 'paid', 'but one' or None: not yet.
    """
    centre = Posting.objects.filter(role=Role.CENTRE_STAFF, region=county).select_related("user").order_by("pk").first()
    if centre is None:
        return
    try:
        run = payout_runs.prepare_run(by=centre.user, county=county, way=way, first_day=first, last_day=last, at=at)
    except payout_runs.RunRefused:  # nothing was earned
        return
    second = next(user for user in above if scope_of(user).may(payout_runs.APPROVES, county.code))
    payout_runs.approve_run(by=second, run=run, at=at + dt.timedelta(hours=1))
    if way == PayoutWay.BANK:
        bank_files.take_file(by=centre.user, run=run, at=at + dt.timedelta(hours=3))
        answer = _answer(run, fails=answered == "but one")
        if answer and answered:
            bank_files.take_in_answer(
                by=centre.user, run=run, data=answer, name=f"{run.number}-回单.csv", at=at + dt.timedelta(days=2)
            )


def _answer(run: PayoutRun, *, fails: bool) -> bytes:
    """What the bank says: all paid; in the last month the first family without an account of its own has closed its card."""
    sent = list(run.payouts.filter(state=PayoutState.IN_TRANSIT).select_related("household").order_by("number"))
    lines = [",".join(column.zh for column in bank_files.ANSWER[:4])]
    failed = next((payout for payout in sent if fails and payout.household.user_id is None), None)
    for payout in sent:
        result = "失败,收款账号已销户" if payout is failed else "成功,"
        lines.append(f"{payout.number},{payout.amount_fen / 100:.2f},{result}")
    return "\n".join(lines).encode("gb18030") if sent else b""


def _hand_out(now: dt.datetime) -> None:
    """The cash that waits is fetched where the till holds it, against a signed slip; the rest still waits."""
    postings = Posting.objects.filter(station__cash_counter=True).select_related("station", "user")
    counters = {posting.region_id: posting for posting in postings}
    for payout in Payout.objects.filter(state=PayoutState.IN_TRANSIT, account__way=PayoutWay.COUNTER).order_by("pk"):
        village = payout.household.region_id
        posting = counters.get(village) or counters.get(f"{village[:9]}000") or counters.get(f"{village[:6]}000000")
        if posting is None or posting.station is None:
            continue
        try:
            paying_cash.pay_by_slip(
                by=posting.user, payout=payout, counter=posting.station, slip=_slip(), at=now - dt.timedelta(hours=5)
            )
        except TillShort:
            continue


def _send_one_back(now: dt.datetime) -> None:
    """The bank sends a payout of the last month back that it had called paid: entered by the centre, for a second person to confirm."""
    paid = Payout.objects.filter(state=PayoutState.PAID, account__way=PayoutWay.BANK, household__user=None)
    payout = paid.select_related("household", "account").order_by("-ended_at", "pk").first()
    if payout is None:
        return
    county = f"{payout.household.region_id[:6]}000000"
    centre = (
        Posting.objects.filter(role=Role.CENTRE_STAFF, region_id=county).select_related("user").order_by("pk").first()
    )
    if centre is not None:
        slip = f"TH{timezone.localdate(now):%Y%m%d}0317"
        enter_return(
            by=centre.user, payout=payout, slip_number=slip, reason="收款账户状态异常", at=now - dt.timedelta(hours=2)
        )


def _slip() -> ContentFile[bytes]:
    """A white sheet: the demo photographs no signature."""
    file = io.BytesIO()
    Image.new("RGB", (640, 400), "white").save(file, "JPEG")
    return ContentFile(file.getvalue())


def _fall_below_zero(now: dt.datetime, above: list[User]) -> None:
    """A seller whose money of this month has just set out gives money back for goods, until it owes us."""
    lines = OrderLine.objects.filter(
        consignment__order__state=OrderState.PAID,
        consignment__order__deposit_fen=0,
        consignment__released_at__isnull=False,
        payee=None,
    ).select_related("consignment__order", "consignment__store__household")
    found = list(lines.order_by("consignment__store__household_id", "-amount_fen", "pk"))
    if not found:
        return
    county = Region.objects.get(code=f"{found[0].consignment.store.household.region_id[:6]}000000")
    yesterday = timezone.localdate(now) - dt.timedelta(days=1)
    _pay(county, PayoutWay.BANK, yesterday.replace(day=1), yesterday, now - dt.timedelta(hours=4), above, answered=None)
    sellers = {line.consignment.store.household for line in found}
    household = min(sellers, key=lambda seller: (available_of(seller), seller.pk))
    for line in [line for line in found if line.consignment.store.household_id == household.pk][:MOST_REFUNDS]:
        if available_of(household) < 0:
            return
        order = line.consignment.order
        order.refresh_from_db()
        if order.state == OrderState.PAID:
            refund_lines(
                order=order, portions=[Portion(line.pk)], by=None, reason="包装破损", at=now - dt.timedelta(minutes=30)
            )
