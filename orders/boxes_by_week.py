"""How many season's boxes are to be packed in which week, by store and pack: what buyers can't move any more, and what they still may."""

import datetime as dt
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import Count, F, Sum
from django.utils import timezone
from django.utils.translation import get_language

from catalog.weeks import week_text
from orders.models import OrderLine
from orders.models.order import ConsignmentQuerySet
from orders.postponing import cut_off


@dataclass(frozen=True, slots=True)
class Packed:
    """So many boxes of one pack, for so many orders."""

    label: str
    store: str
    units: int
    orders: int


@dataclass(slots=True)
class BoxWeek:
    """One week: `fixed` once no buyer may move its boxes any more, `until` is that moment."""

    week: str
    until: dt.datetime
    fixed: bool
    rows: list[Packed] = field(default_factory=list)

    @property
    def units(self) -> int:
        """All boxes of the week."""
        return sum(row.units for row in self.rows)


def boxes_by_week(parts: ConsignmentQuerySet, *, at: dt.datetime | None = None) -> list[BoxWeek]:
    """The season's boxes of these parts of orders (orders.to_do.open_parts) whose parcels are not planned yet, week by week. One query."""
    now = at or timezone.now()
    coming = parts.filter(subscription__isnull=False, parcel=None).order_by().values("pk")
    lines = OrderLine.objects.left().filter(consignment__in=coming, short_since=None, promised_week__isnull=False)
    names = (
        "promised_week",
        "consignment__store__name",
        "consignment__store__name_en",
        "name",
        "name_en",
        "pack",
        "pack_en",
    )
    found = lines.order_by(*names).values(*names)
    counted = found.annotate(units=Sum(F("quantity") - F("back_units")), orders=Count("consignment", distinct=True))
    weeks = []
    for monday, rows in groupby(counted, key=lambda row: row["promised_week"]):
        until = cut_off(monday)
        packed = [
            Packed(
                f"{_say(row, 'name')} {_say(row, 'pack')}",
                _say(row, "consignment__store__name"),
                row["units"],
                row["orders"],
            )
            for row in rows
        ]
        weeks.append(BoxWeek(week_text(monday), until, now >= until, packed))
    return weeks


def _say(row: dict[str, object], name: str) -> str:
    return str((row[f"{name}_en"] if get_language() == "en" else "") or row[name])
