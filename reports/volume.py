"""Transaction volume: sums of the facts of sale of a region in a period, under a numbered definition.

Definition 1: the goods' amount of paid lines after refunds, freight apart, by the day of payment in Shanghai; what the seller's own
family bought and what was flagged is left out. Columns stay apart: outbound on Daylily, inbound, other platforms; verified is the
part of outbound whose goods went from a village point to the buyer by an unbroken chain of handovers. Farmer income is outbound less
commission and station fee.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Sum, Value
from django.db.models.functions import Coalesce, Left, RPad

from catalog.models import Category, Flow
from orders.models import Channel, Sale, SaleKind, Verification
from reports.months import show_month
from stations.models import Level, Region
from stations.models.region import DIGITS, code_range

DEFINITION = "daylily-volume-1"
GROUPINGS = ("month", "region", "category", "channel")


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums in fen, and the number of orders they come from."""

    outbound_fen: int = 0
    inbound_fen: int = 0
    other_platforms_fen: int = 0
    verified_fen: int = 0
    farmer_income_fen: int = 0
    orders: int = 0


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """The figures of one month (2026-01), region (twelve digits), category (slug) or channel."""

    key: str
    label: str
    figures: Figures

    def as_dict(self) -> dict[str, Any]:
        """Flat, as JSON and CSV give it."""
        return {"key": self.key, "label": self.label, **asdict(self.figures)}


@dataclass(frozen=True, slots=True)
class Volume:
    """The volume of `region` (None: the whole country) from month to month, both included."""

    region: Region | None
    first_month: int
    last_month: int
    by: str
    rows: tuple[VolumeRow, ...]
    total: Figures

    def as_dict(self) -> dict[str, Any]:
        """The shape of `manage.py volume --format json`."""
        region = {"code": self.region.code, "name": self.region.name} if self.region else {"code": "", "name": ""}
        return {
            "definition": DEFINITION,
            "region": region,
            "from": show_month(self.first_month),
            "to": show_month(self.last_month),
            "by": self.by,
            "rows": [row.as_dict() for row in self.rows],
            "total": asdict(self.total),
        }


def volume_of(region: Region | None, *, first_month: int, last_month: int, by: str = "month") -> Volume:
    """The volume of a region (None: the country) between two months, in rows by month, region below, category or channel.

    Two queries on the facts whatever their number, and one for the labels. Months without a sale stand as rows of zero.
    """
    facts = counted_facts(region).filter(month__range=(first_month, last_month))
    grouped = facts.annotate(group=_group(by, region)).values("group").annotate(**_SUMS).order_by("group")
    found = {row.pop("group"): _figures(row) for row in grouped}
    if by == "month":
        found = {number: found.get(number, Figures()) for number in range(first_month, last_month + 1)}
    keys = [_key(by, group) for group in found]
    labels = _LABELS[by](keys)
    rows = tuple(
        VolumeRow(key, labels.get(key, key), figures) for key, figures in zip(keys, found.values(), strict=True)
    )
    return Volume(region, first_month, last_month, by, rows, _figures(facts.aggregate(**_SUMS)))


def counted_facts(region: Region | None) -> Any:
    """The facts that count as volume in a region, found by its narrowest index."""
    facts = Sale.objects.filter(left_out="")
    if region is None:
        return facts
    first, last = code_range(region.code)
    if region.level <= Level.COUNTY:
        return facts.filter(county_code__range=(int(first[:6]), int(last[:6])))
    return facts.filter(county_code=int(region.code[:6]), village_code__range=(first, last))


_OURS = ~Q(channel=Channel.OTHER_PLATFORM)
_OUTBOUND = Q(flow=Flow.OUTBOUND) & _OURS
# What went back of a verified sale is taken from what was verified.
_GIVEN_BACK = Verification.objects.filter(sale__line=OuterRef("line"), sale__kind=SaleKind.SALE)
_VERIFIED = Q(verification__isnull=False) | (Q(kind=SaleKind.REFUND) & Q(Exists(_GIVEN_BACK)))
_SUMS: Mapping[str, Any] = {
    "outbound_fen": Coalesce(Sum("amount_fen", filter=_OUTBOUND), Value(0)),
    "inbound_fen": Coalesce(Sum("amount_fen", filter=Q(flow=Flow.INBOUND) & _OURS), Value(0)),
    "other_platforms_fen": Coalesce(Sum("amount_fen", filter=Q(channel=Channel.OTHER_PLATFORM)), Value(0)),
    "verified_fen": Coalesce(Sum("amount_fen", filter=_OUTBOUND & _VERIFIED), Value(0)),
    "farmer_income_fen": Coalesce(Sum("farmer_income_fen", filter=_OUTBOUND), Value(0)),
    "orders": Count("order_ref", distinct=True),
}


def _figures(row: Mapping[str, Any]) -> Figures:
    return Figures(**{field.name: int(row[field.name]) for field in fields(Figures)})


def level_below(region: Region | None) -> Level:
    """The level that a region is drilled into; a village stays a village."""
    return Level.PROVINCE if region is None else Level(min(region.level + 1, Level.VILLAGE))


def _group(by: str, region: Region | None) -> Any:
    if by == "month":
        return F("month")
    if by == "category":
        return F("category_slug")
    if by == "channel":
        return F("channel")
    digits = DIGITS[level_below(region)]
    return RPad(Left("village_code", digits), 12, Value("0"))


def _key(by: str, group: Any) -> str:
    return show_month(group) if by == "month" else str(group)


def _region_labels(keys: Iterable[str]) -> dict[str, str]:
    return {region.code: region.label for region in Region.objects.filter(code__in=list(keys))}


def _category_labels(keys: Iterable[str]) -> dict[str, str]:
    return {category.slug: category.label for category in Category.objects.filter(slug__in=list(keys))}


def _channel_labels(keys: Iterable[str]) -> dict[str, str]:
    return {key: str(Channel(key).label) for key in keys}


_LABELS: dict[str, Callable[[Iterable[str]], dict[str, str]]] = {
    "month": lambda keys: {},
    "region": _region_labels,
    "category": _category_labels,
    "channel": _channel_labels,
}
