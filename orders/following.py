"""Following an order: what happened to each store's parcel, what comes next, and where its money stands. For the buyer's eyes."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.models import VisitDetails
from catalog.weeks import week_text
from delivery.custody import side_names
from delivery.models import Handover, Leg, Parcel, ParcelState
from orders.cancelling import Offer
from orders.deposits import balance_is_open
from orders.models import Consignment, Order, OrderLine, OrderState
from orders.models.order import OrderQuerySet


def orders_open_to(user: User | AnonymousUser) -> OrderQuerySet:
    """The orders whose page this user may open by its reference: their own, and those of guests. Anyone else's is not there."""
    return Order.objects.filter(Q(user=None) | Q(user_id=user.pk or 0))


@dataclass(slots=True)
class Event:
    """One line of a timeline; `state` is done, now, ahead or trouble."""

    title: str
    when: dt.datetime | None = None
    who: str = ""
    text: str = ""
    state: str = "done"


@dataclass(slots=True)
class Part:
    """One store's part of an order with its way."""

    consignment: Consignment
    lines: list[OrderLine]
    events: list[Event]
    # What cancelling it would bring back, where that is still possible (orders.cancelling).
    cancelling: Offer | None = None
    # Whether the buyer may confirm that it has come (orders.receiving).
    receivable: bool = False
    # Until when a visit can be called off and all its money comes back (orders.calling_off).
    call_off_until: dt.datetime | None = None
    # Whether something may be wrong with it: collected, or visited.
    contestable: bool = False
    # Which delivery of a season's box it is, in words (orders.season_list).
    box: str = ""

    @property
    def parcel(self) -> Parcel | None:
        """Its parcel, once the order is paid."""
        return self.consignment.parcel

    @property
    def week(self) -> str:
        """The week in which a pre-sale is sent, as long as it is waited for: the last one of its lines, which all travel together."""
        weeks = [line.promised_week for line in self.lines if line.promised_week and line.short_since is None]
        return week_text(max(weeks)) if weeks and self.parcel is None else ""

    @property
    def wished(self) -> dt.date | None:
        """Not before which day the buyer wants it, as long as it is not there."""
        return (
            self.consignment.wished_day if self.parcel is None or self.parcel.state != ParcelState.DELIVERED else None
        )

    @property
    def visit(self) -> VisitDetails | None:
        """What guests must know of a visit, where somebody wrote it (load product)."""
        products = [line.product for line in self.lines if line.product and self.consignment.visit_day]
        return VisitDetails.objects.filter(product=products[0]).first() if products else None

    @property
    def visit_code(self) -> str:
        """The code to show at the farm, in two groups that are easily read out."""
        code = self.consignment.visit_code
        return f"{code[:4]} {code[4:]}" if code else ""

    @property
    def pickup_code(self) -> str:
        """The code to show at the village point, as soon as the parcel is there."""
        return self.parcel.pickup_code if self.parcel and self.parcel.state == ParcelState.READY else ""


def follow(order: Order) -> list[Part]:
    """The order's parts in order of their numbers. Six queries, however many parts."""
    lines = OrderLine.objects.select_related("product__picture", "lot__grade", "variant").order_by("id")
    handovers = Handover.objects.select_related("station").order_by("position")
    legs = Leg.objects.select_related("to_station", "to_region").order_by("position")
    consignments = list(
        Consignment.objects.filter(order=order)
        .select_related(
            "store__household",
            "store__region",
            "station",
            "replaces",
            "subscription",
            "parcel__destination_station__region",
        )
        .prefetch_related(
            Prefetch("lines", lines), Prefetch("parcel__handovers", handovers), Prefetch("parcel__legs", legs)
        )
        .order_by("id")
    )
    chains = [hand for part in consignments if part.parcel for hand in part.parcel.handovers.all()]
    names = side_names(hand.taker for hand in chains) if chains else {}
    doors = _at_the_door(consignments)
    return [
        Part(part, list(part.lines.all()), _events(part, names, doors.get(part.county_code))) for part in consignments
    ]


def _at_the_door(consignments: list[Consignment]) -> dict[str, dt.datetime]:
    """When each county's box is due: its parcels leave the centre together, so the last of them says the day."""
    due: dict[str, dt.datetime] = {}
    for part in consignments:
        for leg in part.parcel.legs.all() if part.parcel else ():
            if leg.to_station is None and leg.arrived_at is None:
                due[part.county_code] = max(leg.arrive_planned, due.get(part.county_code, leg.arrive_planned))
    return due


def _events(consignment: Consignment, names: dict[str, str], door: dt.datetime | None) -> list[Event]:
    parcel = consignment.parcel
    if parcel is None:
        return []
    done = [
        Event(capfirst(hand.get_kind_display()), min(hand.device_time, hand.server_time), names.get(hand.taker, ""))
        for hand in parcel.handovers.all()
    ]
    if done and parcel.state != ParcelState.DELIVERED:
        done[-1].state = "now"
    if parcel.state == ParcelState.CANCELLED:
        return [*done, Event(_("Cancelled"), state="trouble")]
    if parcel.stop:
        return [*done, Event(_("Stopped: it is not handed on"), state="trouble")]
    if parcel.state == ParcelState.PLANNED:
        done.append(Event(_("Will be collected from the farmer"), state="now"))
    return [*done, *_ahead(parcel, door)]


def _ahead(parcel: Parcel, door: dt.datetime | None) -> list[Event]:
    """The stretches that it still has to travel, as planned; the last one to the buyer's door with all of its county's box."""
    if parcel.state in (ParcelState.DELIVERED, ParcelState.READY):
        return []
    return [
        Event(
            _("Arrives at %(place)s") % {"place": leg.to_station} if leg.to_station else _("Arrives at your door"),
            leg.arrive_planned if leg.to_station else door or leg.arrive_planned,
            state="ahead",
        )
        for leg in parcel.legs.all()
        if leg.arrived_at is None
    ]


def order_state(order: Order) -> "MoneyState":
    """What a list says of an order in one word: its money until it is paid, then its parcels (load consignments and parcels)."""
    if order.state == OrderState.PAID and any(part.awaits_its_week for part in order.consignments.all()):
        return MoneyState(_("Season's box"), "busy")
    parcels = [part.parcel for part in order.consignments.all() if part.parcel]
    parcels = [parcel for parcel in parcels if parcel.state != ParcelState.CANCELLED]
    if order.state != OrderState.PAID or not parcels:
        return _visit_state(order) or money_state(order)
    states = {parcel.state for parcel in parcels}
    if states == {ParcelState.DELIVERED}:
        return MoneyState(_("Delivered"), "good")
    if ParcelState.READY in states:
        return MoneyState(_("Ready for pickup"), "busy")
    if states <= {ParcelState.PLANNED}:
        return MoneyState(_("Paid"), "good")
    return MoneyState(_("On its way"), "busy")


def _visit_state(order: Order) -> "MoneyState | None":
    """What to say of an order of visits alone; None of any other, or before it is paid."""
    visits = [part for part in order.consignments.all() if part.visit_day]
    if order.state != OrderState.PAID or not visits or len(visits) < len(order.consignments.all()):
        return None
    over = all(visit.visited_at or visit.visit_day < timezone.localdate() for visit in visits if visit.visit_day)
    return MoneyState(_("Visited"), "good") if over else MoneyState(_("Booked"), "good")


@dataclass(frozen=True, slots=True)
class MoneyState:
    """Where an order's money stands, in one word for the page and its pill."""

    label: str
    kind: str
    waits: bool = False


def money_state(order: Order, *, back_from_payment: bool = False) -> MoneyState:
    """What to say of the payment; a reservation that ended says so even before the job that closes it has run."""
    if order.state == OrderState.PAID:
        return MoneyState(_("Paid"), "good")
    if order.state == OrderState.REFUNDED:
        return MoneyState(_("Refunded"), "")
    if order.state == OrderState.CALLED_OFF:
        return MoneyState(_("Called off"), "")
    if order.state == OrderState.LAPSED or (
        order.state == OrderState.DEPOSIT and order.reserved_until <= timezone.now() and not back_from_payment
    ):
        return MoneyState(_("Balance not paid in time"), "bad")
    if order.state == OrderState.DEPOSIT and not back_from_payment:
        due = balance_is_open(order)
        return MoneyState(_("Balance due") if due else _("Deposit paid"), "busy", waits=due)
    if order.state == OrderState.EXPIRED or (order.reserved_until <= timezone.now() and not back_from_payment):
        return MoneyState(_("Not paid in time"), "bad")
    if back_from_payment:
        return MoneyState(_("Waiting for Stripe's word"), "busy", waits=True)
    return MoneyState(_("Waiting for payment"), "busy", waits=True)
