"""The demo's promotions: Qidong's daylily weeks from the county fund, the platform's coupon, one of a farmer's own store, and
the county's thanks to a buyer."""

import datetime as dt
import random
from collections.abc import Mapping

from accounts.models import User
from orders.giving_coupons import give_coupon
from orders.models import Promotion, PromotionKind
from orders.promoting import Terms, approve, promote_everywhere, promote_store, propose_for_county
from sellers.models import Store
from stations.models import Region

PLATFORM_CODE, STORE_CODE = "NEWHARVEST", "LIXIUYING5"
WEEKS, AHEAD = dt.timedelta(days=75), dt.timedelta(days=21)


def open_promotions(accounts: Mapping[str, User], *, now: dt.datetime) -> list[Promotion]:
    """Four that began some weeks ago and run on for three more; of the last one the demo's buyer was given a coupon."""
    begin, until = now - WEEKS, now + AHEAD
    proposed = begin - dt.timedelta(days=3)
    county = Region.objects.get(code="430426000000")
    weeks = Terms(
        PromotionKind.PRICE, "祁东黄花菜季", "Qidong daylily weeks", begin, until, 2_000_000, percent_bp=1_000
    )
    campaign = propose_for_county(by=accounts["county"], county=county, terms=weeks, at=proposed)
    approve(by=accounts["official"], promotion=campaign, at=proposed + dt.timedelta(days=1))
    harvest = Terms(
        PromotionKind.COUPON, "丰收季优惠券", "Harvest coupon", begin, until, 1_000_000, off_fen=800, minimum_fen=6_000,
        code=PLATFORM_CODE, most_uses=2_000,
    )  # fmt: skip
    found = [campaign, promote_everywhere(by=accounts["operator"], terms=harvest, at=proposed)]
    store = Store.objects.filter(household__user=accounts["farmer"]).order_by("pk").first()
    if store is not None:
        own = Terms(
            PromotionKind.COUPON, "老顾客券", "For those who come again", begin, until, 50_000, percent_bp=500, code=STORE_CODE,
            most_uses=200,
        )  # fmt: skip
        found.append(promote_store(by=accounts["farmer"], store=store, terms=own, at=proposed))
    thanks = Terms(
        PromotionKind.COUPON,
        "答谢券",
        "Thank you",
        begin,
        until,
        50_000,
        off_fen=1_000,
        minimum_fen=8_000,
        personal=True,
    )
    thank_you = propose_for_county(by=accounts["county"], county=county, terms=thanks, at=proposed)
    approve(by=accounts["official"], promotion=thank_you, at=proposed + dt.timedelta(days=1))
    thank_you.refresh_from_db()
    give_coupon(by=accounts["county"], promotion=thank_you, to=accounts["buyer"], at=begin)
    found.append(thank_you)
    return found


class Codes:
    """Which orders of the year name a coupon: some of those that may."""

    def __init__(self) -> None:
        self.chance = random.Random(37)  # noqa: S311 - the same demo at every load

    def next(self) -> list[str]:
        """The codes that a buyer tries, the last one none."""
        drawn = self.chance.random()
        return [STORE_CODE, ""] if drawn < 0.1 else [PLATFORM_CODE, ""] if drawn < 0.3 else [""]
