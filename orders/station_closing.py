"""Closing a station: where its stores, orders and parcels go, shown before it happens, and moved all at once or not at all.

What goes to the heir: the stores (not those that closed before), openings under way, offline forms that still wait, goods that the
farmers have not brought yet, parcels that are planned through it, parcels that buyers will pick up there (they get a new code and a
mail), the stations below it with their vans. The postings of its people end; the county gives them new ones.

What stays: its history, its days, and what was booked there. A paid consignment keeps its station, whose service fee is in the ledger,
and a paid order the point whose village reports the sale; only their parcels begin and end at the heir.

Mandates stay where the farmer gave them. A farmer trusted the people of this station, and nobody passes such a trust on. A mandate holds
for its station and those above it (sellers.mandates.mandate_for reads it by region), so an heir in the same village or above it may go on
under it, with no word of it changed, and the township and the county keep what they had. A neighbouring point has no right to it: until
the farmer gives it a mandate of its own, it collects the farmer's goods and does nothing in the farmer's name. An opening that rests on
such a mandate goes back to the screen where the farmer is asked.

Goods are never moved by a row: as long as parcels stand there or are on a van to it, the station can't close (delivery.handing_on).
"""

from dataclasses import dataclass, replace

import pghistory
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from delivery import handing_on
from delivery.models import HeldScan, Parcel, ParcelState, Run
from orders.checkout import counter_for
from orders.informing import tell
from orders.models import WAITING, Consignment, NoticeStep, Order, OrderState
from orders.models.order import OrderQuerySet
from payments import ledger
from payments.models import AccountKind, Payment, PaymentState
from payments.providers import at_counters
from sellers.models import Mandate, Opening, OpeningStep, Store, StoreStatus, Submission, SubmissionState
from stations.keeping import KEEPERS, strike_off
from stations.models import CashHandover, Posting, Station, StationKind, StationStatus
from stations.models.region import code_range
from stations.scope import scope_of

NAMED = 10  # parcels and stores that a refusal names; the rest is counted
RANKS = {StationKind.VILLAGE.value: 0, StationKind.TOWNSHIP.value: 1, StationKind.CENTRE.value: 2}
WAITING_FORMS = (SubmissionState.KEPT, SubmissionState.CONFLICT)


class HeirUnfit(ValueError):
    """The station that would take over can't."""


class NotEmpty(ValueError):
    """Something has to be finished at the station before it closes; its text says what, `obstacles` each with its pages."""

    def __init__(self, obstacles: list["Obstacle"]) -> None:
        super().__init__(" ".join(obstacle.text for obstacle in obstacles))
        self.obstacles = obstacles


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What is in the way, and the pages where it is dealt with, as (label, address)."""

    text: str
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Closing:
    """What would move from a station to its heir, in numbers, and what is in the way.

    `farmers` have a mandate in force here; `to_ask` of them have to be asked again before the heir may act for them.
    """

    stores: int
    openings: int
    forms: int
    to_collect: int
    pickups: int
    passing: int
    below: int
    runs: int
    people: int
    farmers: int
    to_ask: int
    obstacles: list[Obstacle]
    stuck: int = 0

    @property
    def moving(self) -> int:
        """How much goes to the heir: its people go home, and a van alone is no work that is handed on."""
        return sum((self.stores, self.openings, self.forms, self.to_collect, self.pickups, self.passing, self.below))


def heirs_of(station: Station) -> list[Station]:
    """The stations that could take over, those nearest first: the one above and its others, then the rest of the county."""
    rank = RANKS[station.kind]
    county = Station.objects.active().within(f"{station.county_code}000000").exclude(pk=station.pk)
    below = Station.objects.filter(parent=station).exclude(status=StationStatus.CLOSED).exists()
    fitting = [kind for kind, level in RANKS.items() if level == rank or (level > rank and not below)]
    found = county.filter(kind__in=fitting).select_related("region", "parent__region")
    return sorted(found, key=lambda one: (one.pk != station.parent_id, one.parent_id != station.parent_id, one.code))


def in_the_way(station: Station) -> list[Obstacle]:
    """What has to be done first, whoever takes over, each in one line."""
    return _obstacles(station, list(handing_on.standing(station).order_by("number")))


def plan_closing(*, by: User, station: Station, heir: Station) -> Closing:
    """What closing would move, for the page that asks. Changes nothing. Raises NotAllowed, HeirUnfit."""
    scope_of(by).require(KEEPERS, station.region_id)
    _require_heir(station, heir)
    return Closing(
        stores=_stores(station).count(),
        openings=Opening.objects.filter(station=station).count(),
        forms=_forms(station).count(),
        to_collect=handing_on.to_be_collected(station).count(),
        pickups=_unpaid(station).count() + _paid(station).count(),
        passing=handing_on.passing(station).count(),
        below=Station.objects.filter(parent=station).exclude(status=StationStatus.CLOSED).count(),
        runs=Run.objects.filter(Q(from_station=station) | Q(to_station=station), active=True).count(),
        people=Posting.objects.current().filter(station=station).values("user").distinct().count(),
        farmers=_mandates(station).values("household").distinct().count(),
        to_ask=0 if _covers(heir, station) else _mandates(station).values("household").distinct().count(),
        obstacles=[*in_the_way(station), *_without_a_counter(station, heir)],
    )


def close_station(*, by: User, station: Station, heir: Station, reason: str) -> Closing:
    """Move all that hangs on the station to the heir, and close it, in one transaction; returns what moved.

    Raises NotAllowed, HeirUnfit, NotEmpty, and keeping's ReasonMissing and StationMoved, having changed nothing.
    """
    with transaction.atomic():
        list(Station.objects.select_for_update(no_key=True).filter(pk__in=(station.pk, heir.pk)).order_by("pk"))
        for each in (station, heir):
            each.refresh_from_db()
        plan = plan_closing(by=by, station=station, heir=heir)
        if plan.obstacles:
            raise NotEmpty(plan.obstacles)
        unpaid = list(_unpaid(station).select_for_update(no_key=True).order_by("pk"))
        told = [*unpaid, *_paid(station)]
        try:
            parcels = handing_on.lock_parcels(station)
        except handing_on.GoodsStand as stand:  # scanned in since the look above
            raise NotEmpty(_obstacles(station, stand.parcels)) from stand
        handing_on.redirect_runs(station=station, heir=heir)
        _move_sellers(station, heir)
        with pghistory.context(moved=plan.moving):  # its page says so (stations.history.moved_at_closing)
            strike_off(by=by, station=station, heir=heir, reason=reason)
        heir.refresh_from_db()
        _move_unpaid(station, heir, unpaid)
        stuck = handing_on.hand_on(station=station, heir=heir, parcels=parcels)
        for order in told:
            tell(order.pk, NoticeStep.POINT, station.pk)
    return replace(plan, stuck=stuck)


def _covers(heir: Station, station: Station) -> bool:
    """Whether the heir's people have their mandates already: it serves the same village, or stands above it."""
    first, last = code_range(heir.region_id)
    return first <= station.region_id <= last


def _require_heir(station: Station, heir: Station) -> None:
    if station.kind == StationKind.CENTRE:
        raise HeirUnfit(_("A county keeps its centre: suspend it, or give it another address."))
    if heir.pk == station.pk or heir.county_code != station.county_code or not heir.is_active:
        raise HeirUnfit(_("Choose an active station of the same county."))
    below = Station.objects.filter(parent=station).exclude(status=StationStatus.CLOSED).exists()
    if RANKS[heir.kind] < RANKS[station.kind] or (below and heir.kind != station.kind):
        raise HeirUnfit(_("The stations below it need a township station above them: choose one."))


def _obstacles(station: Station, here: list[Parcel]) -> list[Obstacle]:
    """What no heir changes; `here` are the parcels that stand there or are on their way to it."""
    found = []
    if here:
        text = ngettext(
            "%(count)s parcel stands here or is on its way here. Scan it out first: nothing new comes while the station is suspended.",
            "%(count)s parcels stand here or are on their way here. Scan them out first: nothing new comes while the station is suspended.",
            len(here),
        )
        links = [(one.number, reverse("desk_parcel", args=[one.ref])) for one in here[:NAMED]]
        found.append(Obstacle(text % {"count": len(here)}, (*links, (_("Scan"), reverse("desk_scan")))))
    if ledger.balance(AccountKind.STATION_CASH, station.code) or _cash_under_way(station):
        text = _(
            "Cash lies in its till by the books, or is on its way. Have it handed over to the county centre and counted first."
        )
        found.append(Obstacle(text, ((_("Tills"), reverse("desk_tills", args=[station.county_code])),)))
    if HeldScan.objects.filter(station=station, settled_at=None).exists():
        text = _("Scans of this station wait for a person to look at them.")
        found.append(Obstacle(text, ((_("Held scans"), reverse("desk_held")),)))
    own = list(Store.objects.filter(household__station=station).exclude(status=StoreStatus.CLOSED)[:NAMED])
    if own:
        text = _("The station sells in a store of its own. Close that store first: nobody else can sell in its name.")
        found.append(Obstacle(text, tuple((store.label, reverse("desk_store", args=[store.slug])) for store in own)))
    return found


def _without_a_counter(station: Station, heir: Station) -> list[Obstacle]:
    if not _cash_orders(station).exists() or counter_for(heir) is not None:
        return []
    text = _("Buyers may still pay orders in cash here, and there is no other counter. Wait until their time is over.")
    return [Obstacle(text)]


def _stores(station: Station) -> QuerySet[Store]:
    return Store.objects.filter(station=station).exclude(status=StoreStatus.CLOSED)


def _forms(station: Station) -> QuerySet[Submission]:
    return Submission.objects.filter(station=station, state__in=WAITING_FORMS)


def _unpaid(station: Station) -> OrderQuerySet:
    """Orders that nobody has paid yet and that would be picked up here."""
    return Order.objects.filter(state__in=WAITING, pickup_station=station)


def _paid(station: Station) -> OrderQuerySet:
    """Paid orders with a parcel on its way to be picked up here, or not planned yet."""
    gone = (ParcelState.DELIVERED, ParcelState.CANCELLED)
    coming = Consignment.objects.filter(parcel__destination_station=station).exclude(parcel__state__in=gone)
    unplanned = Consignment.objects.left().filter(order__pickup_station=station, parcel=None)
    return Order.objects.filter(
        Q(pk__in=coming.values("order_id")) | Q(pk__in=unplanned.values("order_id")), state=OrderState.PAID
    )


def _mandates(station: Station) -> QuerySet[Mandate]:
    today = timezone.localdate()
    return Mandate.objects.filter(
        station=station,
        confirmed_at__isnull=False,
        withdrawn_at=None,
        refused_at=None,
        starts_on__lte=today,
        ends_on__gte=today,
    )


def _cash_under_way(station: Station) -> bool:
    moving = CashHandover.objects.filter(Q(from_station=station) | Q(to_station=station))
    return moving.unfinished().exists()


def _cash_orders(station: Station) -> QuerySet[Payment]:
    return Payment.objects.filter(provider__in=at_counters(), state=PaymentState.OPEN, station_code=station.code)


def _move_sellers(station: Station, heir: Station) -> None:
    _stores(station).update(station=heir)
    openings = Opening.objects.filter(station=station)
    if not _covers(heir, station):
        openings.exclude(mandate=None).update(step=OpeningStep.MANDATE, mandate=None)
    openings.update(station=heir)
    _forms(station).update(station=heir)


def _move_unpaid(station: Station, heir: Station, orders: list[Order]) -> None:
    """What is paid from now on is sold at the heir, and its cash is taken at the counter that serves it."""
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(pickup_station=heir, region=heir.region_id)
    Consignment.objects.filter(station=station, order__state__in=WAITING).update(station=heir)
    counter = counter_for(heir)
    if counter is not None:
        _cash_orders(station).update(station_code=counter.code)
