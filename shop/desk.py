"""The desk's front page: what waits at the stations of whoever is signed in, phone first."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from accounts.models import User
from aftersales.models import Case, CaseState
from catalog.missed import reads_wanted
from catalog.models import BrandPermission, PermissionState, Product, ProductStatus, Review
from catalog.recalls import reads_recalls
from catalog.reviewing import is_reviewer
from catalog.views.review import DUE_DAYS
from delivery.access import stations_served, stations_watched
from delivery.worklist import Worklist, what_waits
from orders.collection import to_collect
from orders.copied_codes import KEEPERS as COPY_KEEPERS
from orders.models import Order, OrderState
from orders.promoting import MAY_PROMOTE
from orders.visits import visits_for
from payments.models import Provider
from sellers.mandates import ending_soon
from sellers.models import LicenceState, PayoutRun, RunState, SellerLicence, Store, StoreStatus
from sellers.paying_cash import waiting_at_counters
from sellers.payout_runs import APPROVES
from sellers.payouts import changes_that_wait
from sellers.queues import COUNTY_DAYS, TOWNSHIP_DAYS, late_before
from sellers.taking_over import taken_over_lately
from stations.cash import SETTLERS
from stations.models import CashHandover, CashState, Role
from stations.models.posting import STAFF_ROLES
from stations.scope import Scope, scope_of
from stations.workplace import counters_of, desk_frame

MOST_TAKEN_OVER = 6


@dataclass(frozen=True, slots=True)
class Tile:
    """One big button: how many wait, of what, and where to go."""

    count: int
    label: str
    note: str
    url: str


@never_cache
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """What waits at the stations of the user's postings. 403 for whoever has none."""
    user = request.user
    assert isinstance(user, User)
    work = what_waits(stations_watched(user))
    staff = bool(stations_served(user))  # an official looks on, and does none of it
    tiles = [
        *_parcels(work),
        *_stores(user, scope_of(user)),
        _goods(user),
        _guests(user),
        *_cash(user),
        *_farmers(user),
        _cases(user),
    ]
    if is_reviewer(user):
        tiles.append(_reviews(user))
    if staff:
        tiles.insert(0, _collecting(user))
    waiting = [tile for tile in tiles if tile.url and tile.count]
    quiet = [tile for tile in tiles if tile.url and not tile.count]
    return render(
        request,
        "shop/desk.html",
        {
            **desk_frame(user),
            "waiting": waiting,
            "quiet": quiet,
            "actions": _actions(user) if staff else [],
            "more": _more(user),
            "taken_over": taken_over_lately(user)[:MOST_TAKEN_OVER],
        },
    )


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _collecting(user: User) -> Tile:
    farmers = list(to_collect(user).values_list("store__household_id", flat=True))
    count = len(set(farmers))
    note = (
        ngettext("from %(farmers)s farmer", "from %(farmers)s farmers", count) % {"farmers": count} if farmers else ""
    )
    return Tile(len(farmers), _("To collect"), note, _address("desk_collect"))


def _parcels(work: Worklist) -> list[Tile]:
    parcels = _address("desk_parcels")
    return [
        Tile(len(work.to_send_on), _("To send on"), "", parcels),
        Tile(len(work.to_pack), _("Boxes to pack"), "", parcels),
        Tile(len(work.to_carrier), _("For the carrier"), "", parcels),
        Tile(len(work.arriving), _("Arriving"), "", parcels),
        Tile(len(work.ready), _("Waiting for pickup"), "", parcels),
        Tile(len(work.without_way), _("Without a way"), "", parcels),
        Tile(work.held, _("Scans to look at"), "", _address("desk_held")),
    ]


def _stores(user: User, scope: Scope) -> list[Tile]:
    """What the user's own role does next with stores; nobody is asked to judge what they submitted themselves."""
    stores = Store.objects.visible_to(user)
    others = stores.exclude(submitted_by=user)
    roles = {posting.role for posting in scope.postings}
    url = _address("desk_stores")
    tiles = []
    if scope.everywhere or roles & {Role.VILLAGE_STAFF}:
        tiles.append(Tile(stores.filter(status=StoreStatus.DRAFT).count(), _("Stores to submit"), "", url))
    if scope.everywhere or roles & {Role.TOWNSHIP_STAFF}:
        waiting, late = _waiting(others.filter(status=StoreStatus.SUBMITTED), "submitted_at", TOWNSHIP_DAYS)
        tiles.append(Tile(waiting, _("Stores to recommend"), late, url))
    if scope.everywhere or roles & {Role.CENTRE_STAFF}:
        waiting, late = _waiting(others.filter(status=StoreStatus.RECOMMENDED), "recommended_at", COUNTY_DAYS)
        tiles.append(Tile(waiting, _("Stores to approve"), late, url))
    return tiles


def _waiting(stores: QuerySet[Any], since: str, days: int) -> tuple[int, str]:
    """How many wait, and in words how many of them longer than they should."""
    overdue = Count("pk", filter=Q(**{f"{since}__lt": late_before(days)}))
    found = stores.aggregate(waiting=Count("pk"), late=overdue)
    late = ngettext("%(number)s overdue", "%(number)s overdue", found["late"]) % {"number": found["late"]}
    return found["waiting"], late if found["late"] else ""


def _guests(user: User) -> Tile:
    today = visits_for(user).filter(visit_day=timezone.localdate(), visited_at=None)
    return Tile(today.count(), _("Guests today"), "", _address("desk_visits"))


def _goods(user: User) -> Tile:
    drafts = Product.objects.visible_to(user).filter(status__in=(ProductStatus.DRAFT, ProductStatus.RETURNED))
    return Tile(drafts.count(), _("Goods to put on sale"), "", _address("desk_goods"))


def _reviews(user: User) -> Tile:
    """Goods, certificates, licences and brands that wait for the county's word, and how many of the goods are overdue."""
    waiting, late = _waiting(Review.objects.visible_to(user).waiting(), "asked_at", DUE_DAYS)
    waiting += SellerLicence.objects.visible_to(user).filter(state=LicenceState.WAITING).count()
    waiting += BrandPermission.objects.visible_to(user).filter(state=PermissionState.ASKED).count()
    return Tile(waiting, _("Goods to review"), late, _address("desk_reviews"))


def _farmers(user: User) -> list[Tile]:
    """The mandates that end within thirty days, which the farmers are asked to renew; for the centre, accounts that are changing."""
    tiles = [Tile(ending_soon(user).count(), _("Mandates that end soon"), "", _address("desk_households"))]
    if any(posting.role == Role.CENTRE_STAFF for posting in scope_of(user).postings):
        tiles.append(
            Tile(changes_that_wait(user).count(), _("Changes of payout accounts"), "", _address("desk_payouts"))
        )
    if any(posting.role in APPROVES for posting in scope_of(user).postings):
        runs = PayoutRun.objects.visible_to(user).filter(state=RunState.DRAFT).exclude(prepared_by=user)
        tiles.append(Tile(runs.count(), _("Payout runs to approve"), "", _address("desk_runs")))
    return tiles


def _cash(user: User) -> list[Tile]:
    """Orders that are waited for at a counter where the user serves."""
    if not counters_of(user):
        return []
    orders = Order.objects.filter(
        scope_of(user).covers("pickup_station__region_id"),
        state=OrderState.RESERVED,
        pay_by=Provider.COUNTER,
        reserved_until__gt=timezone.now(),
    )
    coming = CashHandover.objects.visible_to(user).filter(to_station__in=counters_of(user), state=CashState.GIVEN)
    bags = coming.exclude(given_by=user)
    return [
        Tile(orders.count(), _("Cash orders waiting"), "", _address("desk_cash")),
        Tile(waiting_at_counters(user).count(), _("Farmers waiting to be paid"), "", _address("desk_pay")),
        Tile(bags.count(), _("Cash to be counted"), "", _address("desk_till")),
    ]


def _cases(user: User) -> Tile:
    """Buyers who wait for the seller's or the county's answer, and how many of them are nearly out of time."""
    cases = Case.objects.visible_to(user).filter(state__in=(CaseState.OPEN, CaseState.SENT_BACK, CaseState.COUNTY))
    soon = cases.filter(due_at__lt=timezone.now() + dt.timedelta(hours=12)).count()
    note = ngettext("%(number)s due today", "%(number)s due today", soon) % {"number": soon} if soon else ""
    return Tile(cases.count(), _("After-sales to answer"), note, _address("desk_cases"))


def _actions(user: User) -> list[tuple[str, str]]:
    """What one begins oneself, whatever waits."""
    wanted = [
        (_("Scan a parcel"), "desk_scan"),
        (_("List new goods"), "desk_goods"),
        (_("Open a store"), "desk_opening_begin"),
        (_("Open a store offline"), "desk_offline"),
    ]
    if counters_of(user):
        wanted += [(_("Receive cash"), "desk_cash"), (_("Pay farmers"), "desk_pay")]
    return [(label, _address(name)) for label, name in wanted if _address(name)]


def _more(user: User) -> list[tuple[str, str]]:
    """What one looks up and keeps, whatever waits: each only where there is a page and the user may open it."""
    scope = scope_of(user)
    roles = {posting.role for posting in scope.postings}
    serves = scope.everywhere or bool(roles & set(STAFF_ROLES))
    wanted = [(_("Orders: what to do"), "desk_today", serves), (_("Packing list"), "desk_packing", serves)]
    wanted += [(_("Stations"), "desk_stations", True), (_("People"), "desk_people", True)]
    wanted.append((_("Households"), "desk_households", True))
    wanted.append((_("Payout runs"), "desk_runs", scope.everywhere or bool(roles & set(APPROVES))))
    wanted.append((_("Promotions"), "desk_promotions", scope.everywhere or bool(roles & set(MAY_PROMOTE))))
    wanted.append((_("Goods to review"), "desk_reviews", is_reviewer(user)))
    wanted.append((_("After-sales"), "desk_cases", bool(roles & set(STAFF_ROLES)) or scope.everywhere))
    wanted.append((_("Till"), "desk_till", bool(roles & {*STAFF_ROLES, *SETTLERS})))
    wanted.append((_("What buyers say"), "desk_buyer_reviews", True))
    wanted.append((_("Recalls"), "desk_recalls", reads_recalls(user)))
    wanted.append((_("Codes that seem to be copied"), "desk_copied", bool(roles & set(COPY_KEEPERS))))
    wanted.append((_("Lists in and out"), "desk_sheets", scope.everywhere or Role.CENTRE_STAFF in roles))
    wanted.append((_("Looked for and not found"), "desk_wanted", reads_wanted(user)))
    wanted.append((_("Forms from phones"), "desk_submissions", bool(roles & set(STAFF_ROLES)) or scope.everywhere))
    return [(label, _address(name)) for label, name, may in wanted if may and _address(name)]
