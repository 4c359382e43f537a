"""A season's box of the Qidong store, and orders of it, for tests."""

import datetime as dt

from django.utils import timezone

from catalog.models import Variant
from catalog.weeks import WEEK, monday_of
from orders.models import Consignment, Order
from tests.cast import make_product, make_variant
from tests.orders.scene import Scene, order_of, paid


def monday(weeks: int = 0) -> dt.date:
    """The Monday so many weeks from now; of 0, this week's."""
    return monday_of(timezone.localdate()) + WEEK * weeks


def make_box(scene: Scene, *, deliveries: int = 4, weeks_between: int = 2, spare: int = 2, **fields: object) -> Variant:
    """A box of winter vegetables: four, one every two weeks, in a season that begins in three weeks and has two weeks to spare."""
    begins = monday(3)
    product = make_product(scene.store, name="冬季蔬菜", name_en="Winter vegetables")
    known = {
        "price_fen": 3900,
        "on_hand": 40,
        "grams": 3_000,
        "deliveries": deliveries,
        "weeks_between": weeks_between,
        "season_from": begins,
        "season_until": begins + WEEK * (weeks_between * (deliveries - 1) + spare),
        **fields,
    }
    return make_variant(product, **known)  # type: ignore[arg-type]


def subscribed(scene: Scene, box: Variant, units: int = 1, **fields: object) -> Order:
    """A paid order of a season's box."""
    return paid(order_of(scene, lines=[(box.pk, units)], **fields))


def weeks_of(order: Order) -> list[dt.date]:
    """The weeks of an order's boxes, in order; each line says the same week as its consignment."""
    parts = list(Consignment.objects.filter(order=order, subscription__isnull=False).prefetch_related("lines"))
    assert all(line.promised_week == part.promised_week for part in parts for line in part.lines.all())
    return sorted(part.promised_week for part in parts if part.promised_week)


def box_in(order: Order, week: dt.date) -> Consignment:
    """The box of an order that comes in a week."""
    return Consignment.objects.get(order=order, promised_week=week, subscription__isnull=False)


def evening_before(week: dt.date) -> dt.datetime:
    """The last moment at which a box of this week may be moved: Thursday of the week before, just before six."""
    return timezone.make_aware(dt.datetime.combine(week - dt.timedelta(days=4), dt.time(17, 59)))
