"""What farmers see of their own: what to bring, what was sold and what it brings, their goods, and who did what in their name.

A family may have several stores, and may bring its goods to a station whose store gathers them: both are shown as one.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Count, Exists, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, When
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import BackNotice, Product, ProductStatus, Variant
from delivery.models import Leg, ParcelState
from orders.models import WAITING, Consignment, OrderLine, OrderState
from orders.release import AFTER_SALES_WINDOW
from payments.ledger import owed
from payments.models import AccountKind, Dispute
from sellers.history import told
from sellers.models import Household, Mandate, PayoutAccount, Store, StoreStatus
from stations.history import Change, Difference, changes_of, next_key
from stations.models import Station

RECENT_SALES = 20
GOODS_SHOWN = 60
DEEDS_SHOWN = 30
MAIN_VALUES = 5
GOODS_MOVED = {
    ProductStatus.LISTED: _("Put goods on sale"),
    ProductStatus.WITHDRAWN: _("Took goods off sale"),
    ProductStatus.DRAFT: _("Made goods a draft again"),
    ProductStatus.IN_REVIEW: _("Sent goods to the county for review"),
    ProductStatus.RETURNED: _("The county returned goods"),
}
_TIMES = re.compile(r"([0-9]{1,2})[:：]([0-9]{2})")  # '8:30-12:00 14:30-18:00'
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Earnings:
    """Fen that are the family's: still on the way to it, and ready to be paid out."""

    pending_fen: int
    available_fen: int

    @property
    def earned_fen(self) -> int:
        """Both: what was earned and has not been paid out."""
        return self.pending_fen + self.available_fen


@dataclass(frozen=True, slots=True)
class ToBring:
    """Units of one pack to bring, over all paid orders; `orders` is how many orders they are for."""

    name: str
    quantity: int
    orders: int


@dataclass(slots=True)
class Errand:
    """What to bring to one station, and when the van takes the first of it (None where no van is planned)."""

    station: Station
    until: dt.datetime | None
    goods: list[ToBring] = field(default_factory=list)

    @property
    def closing_before(self) -> dt.datetime | None:
        """When the point last closes before the van leaves, where it opens only afterwards on the van's day; else None.

        Somebody told 'before 8:30' of a point that opens at 8:30 comes the evening before, or in vain.
        """
        if self.until is None:
            return None
        times = _TIMES.findall(self.station.hours)
        leaves = timezone.localtime(self.until)
        minutes = [int(hour) * 60 + int(minute) for hour, minute in times]
        if not minutes or len(minutes) % 2 or max(minutes) > _DAY or leaves.hour * 60 + leaves.minute > min(minutes):
            return None
        day = leaves.replace(hour=0, minute=0, second=0, microsecond=0) - dt.timedelta(days=1)
        closes = day + dt.timedelta(minutes=max(minutes))
        return closes if closes > timezone.now() else None

    @property
    def units(self) -> int:
        """How many units altogether."""
        return sum(one.quantity for one in self.goods)


@dataclass(frozen=True, slots=True)
class Sold:
    """One consignment as its farmer sees it, in fen: what buyers and funds paid, what was taken off for what, what is left, and when it
    is ready.

    `through` is the station's store that sold it for the family; `ready_on` the day when it is or was ready, None on the way.
    `disputed`: it waits until the buyer's bank has decided.
    """

    when: dt.datetime
    goods: list[str]
    amount_fen: int
    commission_fen: int
    station_fee_fen: int
    funded_fen: int
    borne_fen: int
    state: str
    through: str
    ready: bool
    refunded: bool
    disputed: bool
    ready_on: dt.date | None

    @property
    def mine_fen(self) -> int:
        """What is left for the family."""
        return self.amount_fen + self.funded_fen - self.commission_fen - self.station_fee_fen - self.borne_fen


@dataclass(frozen=True, slots=True)
class Deed:
    """One change in the farmer's name: what happened to what, by whom (`own` when by the farmer), from where, before and after."""

    when: dt.datetime
    title: str
    thing: str
    who: str
    station: str
    own: bool
    is_new: bool
    fields: list[Difference]


def stores_of(household: Household) -> list[Store]:
    """The household's stores, the one that was opened last first, closed ones last."""
    found = household.stores.select_related("station", "household").order_by("-opened_at", "-id")
    return sorted(found, key=lambda store: store.status == StoreStatus.CLOSED)


def earned_by(household: Household, prefix: str = "") -> Q:
    """The condition on order lines whose money is this household's: of its own stores, or of its lots in a station's store.

    `prefix` is the way to the line, such as 'line__'.
    """
    own = {f"{prefix}payee": None, f"{prefix}consignment__store__household": household}
    return Q(**{f"{prefix}payee": household}) | Q(**own)


def earnings_of(household: Household, stores: Sequence[Store]) -> Earnings:
    """The household's balances in the ledger, over its stores and what stations sold for it."""
    owners = [*(store.slug for store in stores), household.account]
    return Earnings(
        pending_fen=sum(owed(AccountKind.SELLER_PENDING, owner) for owner in owners),
        available_fen=sum(owed(AccountKind.SELLER_AVAILABLE, owner) for owner in owners),
    )


def to_bring(household: Household) -> list[Errand]:
    """What the farmer has to bring, station by station: sold, paid and not collected yet. Three queries."""
    lines = OrderLine.objects.left().filter(
        earned_by(household),
        consignment__order__state=OrderState.PAID,
        consignment__parcel__state=ParcelState.PLANNED,
        lot__recalled_at=None,
    )
    sums = lines.values("consignment__station_id", "variant_id", "name", "name_en", "pack", "pack_en").annotate(
        units=Sum(F("quantity") - F("back_units"))
    )
    orders: dict[tuple[int, int | None], set[int]] = defaultdict(set)
    for station, variant, consignment in lines.values_list("consignment__station_id", "variant_id", "consignment_id"):
        orders[station, variant].add(consignment)
    errands: dict[int, Errand] = {}
    stations = Station.objects.in_bulk({station for station, _variant in orders})
    first_van = _first_vans(lines.values("consignment__parcel_id"))
    for row in sums.order_by("consignment__station__code", "name", "pack"):
        station_id = row["consignment__station_id"]
        errand = errands.setdefault(station_id, Errand(stations[station_id], first_van.get(station_id)))
        errand.goods.append(_to_bring(dict(row), len(orders[station_id, row["variant_id"]])))
    return list(errands.values())


def _first_vans(parcels: QuerySet[Any]) -> dict[int, dt.datetime]:
    """When the first of these parcels is to leave, by the station that it leaves from."""
    legs = Leg.objects.filter(parcel_id__in=parcels, from_station=F("parcel__origin"), departed_at=None)
    rows = legs.order_by().values_list("from_station_id").annotate(first=Min("depart_planned"))
    return {station_id: first for station_id, first in rows if station_id is not None}


def _to_bring(row: dict[str, Any], orders: int) -> ToBring:
    named = OrderLine(**{name: row[name] for name in ("name", "name_en", "pack", "pack_en")})
    return ToBring(named.label, row["units"], orders)


def recent_sales(household: Household) -> list[Sold]:
    """The newest paid consignments with what was taken off. The buyer's name, telephone and address are not read. Three queries."""
    mine = OrderLine.objects.filter(earned_by(household))
    consignments = (
        Consignment.objects.filter(
            Exists(mine.filter(consignment=OuterRef("pk"))),
            order__state__in=(OrderState.PAID, OrderState.REFUNDED),
        )
        .for_sellers()
        .annotate(disputed=Exists(Dispute.objects.standing().filter(payment__order_ref=OuterRef("order__ref"))))
        .select_related("order", "parcel", "store")
        .prefetch_related(Prefetch("lines", mine.order_by("pk"), to_attr="mine"))
        .order_by("-order__paid_at", "-id")[:RECENT_SALES]
    )
    return [_sold(consignment, household) for consignment in consignments]


def _sold(consignment: Consignment, household: Household) -> Sold:
    sold: list[OrderLine] = consignment.mine  # type: ignore[attr-defined]
    assert consignment.order.paid_at is not None
    kept = [line for line in sold if line.left_fen]
    refunded = not kept
    disputed = consignment.disputed and not (consignment.released_at or refunded)  # type: ignore[attr-defined]
    parcel = consignment.parcel
    delivered = parcel.delivered_at if parcel else consignment.visited_at
    ready_on = consignment.released_at or (delivered + AFTER_SALES_WINDOW if delivered else None)
    state = OrderState.REFUNDED.label if refunded else parcel.get_state_display() if parcel else ""
    return Sold(
        when=consignment.order.paid_at,
        goods=[f"{line.label} × {line.left_units or line.quantity}" for line in kept or sold],
        amount_fen=sum(line.left_fen or line.amount_fen for line in kept or sold),
        commission_fen=sum(line.left_commission_fen if kept else line.commission_fen for line in kept or sold),
        station_fee_fen=sum(line.left_station_fee_fen if kept else line.station_fee_fen for line in kept or sold),
        funded_fen=sum(line.left_funded_fen if kept else line.funded_fen for line in kept or sold),
        borne_fen=sum(line.left_borne_fen if kept else line.borne_fen for line in kept or sold),
        state=str(state),
        through=consignment.store.label if consignment.store.household_id != household.pk else "",
        ready=consignment.released_at is not None and not refunded,
        refunded=refunded,
        disputed=disputed,
        ready_on=timezone.localdate(ready_on) if ready_on and not (refunded or disputed) else None,
    )


def open_orders_of(store: Store) -> tuple[int, int]:
    """How many orders of a store are paid and not yet delivered, and how many wait for their money and may still be paid."""
    over = Q(parcel__isnull=False, parcel__state__in=(ParcelState.DELIVERED, ParcelState.CANCELLED))
    over |= Q(visit_day__lt=timezone.localdate()) | Q(visited_at__isnull=False)
    paid = Consignment.objects.left().filter(store=store, order__state=OrderState.PAID).exclude(over)
    reserved = Consignment.objects.filter(store=store, order__state__in=WAITING)
    return paid.count(), reserved.count()


def buyers_waiting(household: Household) -> int:
    """How many parts of orders from the household's stores have an after-sales case that is open."""
    return Consignment.objects.filter(store__household=household, after_sales_since__isnull=False).count()


def goods_of(household: Household) -> list[Product]:
    """The goods of the household's stores that are not closed; their packs on offer, and how many wait for each. On sale first."""
    waits = BackNotice.objects.filter(variant=OuterRef("pk"), sent_at=None, confirmed_at__isnull=False)
    count = waits.order_by().values("variant").annotate(n=Count("pk")).values("n")
    # The days of a visit have pages of their own.
    packs = Variant.objects.filter(active=True, day=None).annotate(waiting=Subquery(count)).order_by("position", "pk")
    goods = Product.objects.filter(store__household=household).exclude(store__status=StoreStatus.CLOSED)
    return list(
        goods.select_related("picture", "store", "category")
        .prefetch_related(Prefetch("variants", packs))
        .order_by(Case(When(status=ProductStatus.LISTED, then=0), default=1), "-listed_at", "-pk")[:GOODS_SHOWN]
    )


def deeds_of(household: Household, *, older_than: int = 0) -> tuple[list[Deed], int]:
    """What was entered or changed about the family, its stores, goods, mandates and money, newest first; and the key of what is older.

    A change in which nothing can be told (a counter, a key) is left out. The key is 0 where nothing is older.
    """
    things: list[Any] = [household, *household.stores.all(), *Mandate.objects.filter(household=household)]
    things += PayoutAccount.objects.filter(household=household)
    goods = Product.objects.filter(store__household=household).select_related("store__household").order_by("-pk")
    things += goods[:GOODS_SHOWN]
    things += Variant.objects.filter(product__in=goods[:GOODS_SHOWN].values("pk")).select_related("product")
    changes = changes_of(*things, older_than=older_than, most=DEEDS_SHOWN)
    shown = told([change for change in changes if change.fields or change.before is None])
    return [_deed(change, household) for change in shown], next_key(changes, most=DEEDS_SHOWN)


def _deed(change: Change, household: Household) -> Deed:
    thing = change.thing
    return Deed(
        when=change.when,
        title=_title(change),
        thing=str(thing) if isinstance(thing, Product | Variant | Store) else "",
        who=change.who,
        station=change.station,
        own=change.user is not None and change.user.pk == household.user_id,
        is_new=change.before is None,
        fields=change.fields if change.before is not None else _main(change.fields),
    )


def _main(fields: list[Difference]) -> list[Difference]:
    """The first few short values of something new; the rest is on its own page."""
    return [one for one in fields if not one.is_long][:MAIN_VALUES]


def _title(change: Change) -> str:
    """What was done with goods and packs, as one says it; sellers.history has the words for all else."""
    before, after = change.before, change.after
    if isinstance(change.thing, Variant):
        return gettext("Changed a pack") if before else gettext("Added a pack")
    if not isinstance(change.thing, Product):
        return change.title
    if before is None:
        return gettext("Listed goods") if after.status == ProductStatus.LISTED else gettext("Entered goods")
    if before.status != after.status:
        return str(GOODS_MOVED[after.status])
    return gettext("Changed goods")
