"""The demo's reviews: every third delivered line of the last months has one, most of them good, some answered, one hidden; and scores."""

import datetime as dt
from contextlib import suppress
from typing import Final

from django.utils import timezone

from aftersales.models import BuyerReview
from aftersales.reviewing import CannotReview, answer_review, hide_review, may_moderate, write_review
from aftersales.scoring import reckon_scores
from delivery.models import ParcelState
from orders.models import OrderLine, OrderState
from sellers.mandates import MandateMissing
from stations.models import Posting, Role

EVERY: Final = 3
MOST: Final = 240
SINCE: Final = dt.timedelta(days=150)
ADVERT: Final = "想便宜拿货的可以找我，价格好商量。"
# (stars, what the buyer says, what the seller answers)
SAID: Final = (
    (5, "包装严实，打开就闻到香味，家里老人很喜欢。", "谢谢您，下一季采收后欢迎再来。"),
    (5, "和照片上一样，扫码能看到是哪个村、哪天采的，放心。", ""),
    (4, "东西不错，就是路上多走了一天。", "抱歉让您久等，那几天下大雨，班车晚点了。"),
    (5, "回购第三次了，品质一直稳定。", ""),
    (5, "", ""),
    (3, "味道可以，分量和说明一致，有几份大小不太均匀。", "谢谢提醒，下一批我们分拣得更细。"),
    (4, "Good quality and well packed. The trace page is a nice touch.", ""),
    (5, ADVERT, ""),
    (2, "有一袋封口没压紧，有点受潮。", "对不起，已按售后处理，封口机也换了新的。"),
)


def write_reviews() -> int:
    """Write, answer and hide reviews as the people of the demo would have, and reckon the scores; how many reviews."""
    now = timezone.now()
    clerks = {posting.station_id: posting.user for posting in Posting.objects.current().select_related("user")}
    lines = OrderLine.objects.filter(
        consignment__order__state=OrderState.PAID,
        consignment__parcel__state=ParcelState.DELIVERED,
        consignment__parcel__delivered_at__range=(now - SINCE, now - dt.timedelta(days=2)),
        consignment__replaces=None,
    ).select_related("consignment__order__user", "consignment__parcel", "consignment__store")
    written: list[BuyerReview] = []
    for place, line in enumerate(lines.order_by("-consignment__parcel__delivered_at", "pk")[: MOST * EVERY : EVERY]):
        stars, text, answer = SAID[place % len(SAID)]
        order, parcel = line.consignment.order, line.consignment.parcel
        assert parcel is not None and parcel.delivered_at is not None
        when = parcel.delivered_at + dt.timedelta(days=1)
        try:
            review = write_review(order=order, line_id=line.pk, stars=stars, text=text, by=order.user, at=when)
        except CannotReview:  # of one's own goods, or a case is open
            continue
        clerk = clerks.get(line.consignment.store.station_id)
        if answer and clerk is not None and clerk.pk != order.user_id:
            with suppress(MandateMissing):
                answer_review(by=clerk, review=review, text=answer, at=when + dt.timedelta(hours=20))
        written.append(review)
    _hide_adverts(written)
    reckon_scores()
    return len(written)


def _hide_adverts(reviews: list[BuyerReview]) -> None:
    """The county centres do it, as long as it is not their own goods."""
    centres = Posting.objects.current().filter(role=Role.CENTRE_STAFF).select_related("user")
    keepers = {posting.region_id[:6]: posting.user for posting in centres}
    for review in reviews:
        keeper = keepers.get(review.store.region_id[:6])
        if review.text == ADVERT and keeper is not None and may_moderate(keeper, review):
            hide_review(
                by=keeper, review=review, reason="广告，与商品无关", at=review.written_at + dt.timedelta(days=1)
            )
