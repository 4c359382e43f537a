"""What the demo sells ahead or by the day: a harvest to come, the days of a visit; and what crafts and visits say of themselves."""

import datetime as dt
from typing import Any

from django.utils import timezone

from accounts.models import User
from catalog import visits
from catalog.models import Product, Variant
from catalog.presale import open_presale
from catalog.weeks import WEEK, monday_of

# The days of a visit are offered from tomorrow on, for so long.
OFFERED = dt.timedelta(weeks=10)
# A season that has begun a quarter ago and goes on for long enough that it can be bought on any day the demo is loaded.
BEGAN, GOES_ON = WEEK * 13, WEEK * 30


def sell_ahead(row: dict[str, Any], product: Product, clerk: User) -> None:
    """What a row says besides its packs: `presale` (pack, month, kg, deposit in percent), `days` (weekdays, places, yuan), `visit` and
    `craft` texts.
    """
    if presale := row.get("presale"):
        variant = Variant.objects.get(product=product, name=presale["pack"])
        open_presale(
            by=clerk,
            variant=variant,
            promised_week=_week_in(presale["month"]),
            cap_g=presale["kg"] * 1000,
            deposit_percent=presale.get("deposit"),
        )
    if days := row.get("days"):
        tomorrow = timezone.localdate() + dt.timedelta(days=1)
        for offer in days:
            visits.offer_days(
                by=clerk,
                product=product,
                days=visits.days_between(tomorrow, tomorrow + OFFERED, offer["weekdays"]),
                places=offer["places"],
                price_fen=round(offer["yuan"] * 100),
                name=offer["name"],
                name_en=offer["name_en"],
            )
    if said := row.get("visit"):
        visits.say_of_visit(by=clerk, product=product, **said)
    if said := row.get("craft"):
        visits.say_of_craft(by=clerk, product=product, **said)


def season_of(pack: dict[str, Any]) -> dict[str, Any]:
    """What a pack's `boxes` (deliveries, weeks_between) say to packing.add_variant, in the season of these months."""
    said = pack.get("boxes")
    if not said:
        return {}
    monday = monday_of(timezone.localdate())
    return {**said, "season_from": monday - BEGAN, "season_until": monday + GOES_ON}


def _week_in(month: int) -> dt.date:
    """The second week of the next such month that is more than a week away."""
    today = timezone.localdate()
    for year in (today.year, today.year + 1):
        monday = monday_of(dt.date(year, month, 1)) + WEEK
        if monday > today + WEEK:
            return monday
    raise ValueError(month)
