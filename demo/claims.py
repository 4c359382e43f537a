"""After-sales in the demo: some cases of the past year that are over, and some of these days that wait for each side."""

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping

from django.utils import timezone

from accounts.models import User
from aftersales.answering import grant, offer, refuse
from aftersales.models import Case, Reason, Side, Wish
from aftersales.opening import open_case, reasons_for
from aftersales.replying import accept, ask_county
from aftersales.talking import Said
from delivery.models import ParcelState
from orders.models import Consignment, OrderLine, OrderState
from pictures.intake import CleanPicture, clean_file
from sellers.mandates import mandates_in_force

# What was wrong, what the buyer asked for and wrote, and what became of it.
STORIES = (
    (Reason.SHORT, Wish.REFUND, "少了一袋，箱子里只有单子上的一部分。", "offered"),
    (Reason.NOT_AS_SHOWN, Wish.REFUND, "有几根发黑，和照片上颜色不一样。", "open"),
    (Reason.SPOILED, Wish.REFUND, "袋子破了，里面受潮。", "county"),
    (Reason.SPOILED, Wish.REPLACEMENT, "路上压坏了，请补一份。", "granted"),
    (Reason.SHORT, Wish.REFUND, "称了一下，少了一两多。", "accepted"),
)
OFFER_PERCENT = 30
# Time enough for all that is told here to have been said.
SETTLED_BEFORE = dt.timedelta(hours=8)


def leave_claims(*, clerks: Mapping[int | None, User]) -> int:
    """Open a case about as many of the latest deliveries as there are stories; how many. `clerks` answer at each station (its key)."""
    now, nonces = timezone.now(), (f"demo-{number}" for number in itertools.count())
    delivered = Consignment.objects.filter(
        order__state=OrderState.PAID,
        parcel__state=ParcelState.DELIVERED,
        parcel__delivered_at__lte=now - SETTLED_BEFORE,
        released_at=None,
        after_sales_since=None,
    ).order_by("-parcel__delivered_at", "pk")
    stories, done = list(STORIES), 0
    for consignment in delivered.select_related("order", "parcel", "store__household", "station")[:60]:
        if not stories:
            break
        parcel = consignment.parcel
        assert parcel is not None
        assert parcel.delivered_at is not None
        when = min(parcel.delivered_at + dt.timedelta(hours=3), now)
        lines = list(consignment.lines.select_related("product__picture").order_by("pk"))
        reason, wish, text, outcome = stories[0]
        clerk = clerks.get(consignment.station_id)
        if clerk is None or reason not in reasons_for(consignment.order, consignment, lines, at=when):
            continue
        if (
            not mandates_in_force(consignment.store.household)
            .filter(may_answer=True, station=consignment.station)
            .exists()
        ):
            continue
        said = Said(Side.BUYER, consignment.order.user, next(nonces), text, photos=_photos(lines[0]))
        case = open_case(
            order=consignment.order, number=consignment.number, reason=reason, wish=wish, units={lines[0].pk: 1}, said=said, at=when
        )  # fmt: skip
        _go_on(case, outcome, clerk, nonces, when + dt.timedelta(hours=2))
        stories.pop(0)
        done += 1
    return done


def _photos(line: OrderLine) -> list[CleanPicture]:
    """The photograph that the buyer adds: here the goods' own picture."""
    picture = line.product.picture if line.product else None
    if picture is None:
        return []
    with picture.file.open() as file:
        return [clean_file(file)]


def _go_on(case: Case, outcome: str, clerk: User, nonces: Iterator[str], when: dt.datetime) -> None:
    """What the station answers in the farmer's name, and what the buyer says to that."""
    case.refresh_from_db()
    if not case.is_open or when > timezone.now():
        return

    def by_clerk(text: str) -> Said:
        return Said(Side.SELLER, clerk, next(nonces), text)

    def by_buyer(text: str) -> Said:
        return Said(Side.BUYER, case.consignment.order.user, next(nonces), text)

    later = min(when + dt.timedelta(hours=1), timezone.now())
    if outcome in ("offered", "accepted"):
        part = max(case.goods_fen * OFFER_PERCENT // 100, 1)
        offer(case=case, goods_fen=part, freight_fen=0, said=by_clerk("对不起，先补您一部分。"), at=when)
    if outcome == "accepted":
        accept(case=case, said=by_buyer("可以，谢谢。"), at=later)
    if outcome == "granted":
        grant(case=case, said=by_clerk("马上给您补发。"), at=when)
    if outcome == "county":
        refuse(case=case, said=by_clerk("发货时包装完好，称重和封箱都有记录。"), at=when)
        ask_county(case=case, said=by_buyer("照片里看得很清楚，请县里评评理。"), at=later)
