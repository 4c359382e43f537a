"""The people of the scenes, and what they do that nobody is killed in: goods are brought and delivered, a buyer complains, a family earns.

They act by the site's own functions, in the process that leads the run.
"""

import datetime as dt
import time
from dataclasses import dataclass

from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.references import public_reference
from accounts.sealing import seal
from aftersales.models import Case, Reason, Side, Wish
from aftersales.opening import open_case
from aftersales.talking import Said
from catalog.models import Variant
from delivery.custody import RECIPIENT, append_handover
from delivery.models import Parcel, ParcelState, ScanKind
from orders.checkout import DeliveryChoice, place_order
from orders.collection import collect, to_weigh
from orders.counter import receive_cash
from orders.models import Consignment, DeliveryWay, Order
from orders.parcels import plan_parcels
from orders.release import release_delivered
from orders.verification import verify_delivered
from payments.models import Provider
from sellers.models import Household, PayoutAccount, PayoutWay
from stations.models import Posting, Region, Role, Station
from stations.models.posting import STAFF_ROLES

CARD = "6228480402564890018"
AGO = dt.timedelta(days=60)
ROLES = {"centre": Role.CENTRE_STAFF, "township": Role.TOWNSHIP_STAFF, "village": Role.VILLAGE_STAFF}


@dataclass
class Cast:
    """Who acts: `variants` are packs of two stores of one county; the money is that of the first store's family."""

    variants: list[int]
    household: Household
    farmer: User
    centre: User
    official: User


def seat(variants: list[int]) -> Cast:
    """The people of these goods' county, made where they are missing; the family has a card."""
    first = Variant.objects.select_related("product__store__household", "product__store__station").get(pk=variants[0])
    store = first.product.store
    household, county = store.household, Region.objects.get(code=f"{store.station.county_code}000000")
    if household.user is None:
        household.user = _account("farmer")
        household.save(update_fields=["user"])
    if not household.payout_accounts.exists():
        since = timezone.now() - 2 * AGO
        account = PayoutAccount(
            household=household, way=PayoutWay.BANK, holder=household.name, bank="中国农业银行", number_tail=CARD[-4:],
            confirmed_at=since, usable_from=since,
        )  # fmt: skip
        account.number_sealed = seal(CARD, place=account.seal_place)
        account.save()
    centre = Station.objects.within(county.code).filter(kind="centre")[0]
    return Cast(
        variants=variants,
        household=household,
        farmer=household.user,
        centre=_clerk(centre),
        official=_posted("official", Role.COUNTY_OFFICIAL, county),
    )


def _account(name: str) -> User:
    email = f"{name}.torture@daylily.example"
    return User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)


def _posted(name: str, role: str, region: Region, station: Station | None = None) -> User:
    user = _account(name)
    Posting.objects.get_or_create(user=user, role=role, region=region, station=station)
    return user


def _clerk(station: Station) -> User:
    role = ROLES[station.kind]
    assert role in STAFF_ROLES
    return _posted(station.code.lower(), role, station.region, station)


def session_of(user: User) -> str:
    """The key of a session in which this user has just signed in."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return str(session.session_key)


def deliver(order_ref: str, *, at: dt.datetime | None = None) -> None:
    """Every parcel of an order is brought with the weight that was sold, and reaches its buyer."""
    when = at or timezone.now()
    parts = Consignment.objects.filter(order__ref=order_ref, parcel__state=ParcelState.PLANNED)
    for part in parts.select_related("station__region", "parcel__origin"):
        assert part.parcel is not None
        by = _clerk(part.station)
        weights = {line.pk: line.unit_weight_g * line.left_units for line in to_weigh(part)}
        collect(consignment=part, by=by, weights=weights, nonce=f"tc{part.pk}", at=at)
        append_handover(
            parcel=part.parcel, kind=ScanKind.DELIVER, station=part.station, taker=RECIPIENT, by=by,
            nonce=f"td{part.pk}", device_time=when, server_time=when,
        )  # fmt: skip
        Parcel.objects.filter(pk=part.parcel.pk).update(state=ParcelState.DELIVERED, delivered_at=when)
    verify_delivered(at=when)


def complain(order_ref: str) -> Case:
    """The buyer of an order says that one pack of the first store's was missing, and wants its money back."""
    order = Order.objects.get(ref=order_ref)
    part = Consignment.objects.filter(order=order).order_by("number")[0]
    line = part.lines.order_by("pk")[0]
    said = Said(Side.BUYER, None, public_reference(), "少了一袋")
    return open_case(
        order=order, number=part.number, reason=Reason.SHORT, wish=Wish.REFUND, units={line.pk: 1}, said=said
    )


def earn(cast: Cast) -> None:
    """Weeks ago somebody bought a pack at the family's store for cash, it came, and what it brought became available."""
    when = timezone.now() - AGO
    store = Variant.objects.select_related("product__store__station__region").get(pk=cast.variants[0]).product.store
    counter = store.station.parent if store.station.parent and store.station.parent.cash_counter else store.station
    delivery = DeliveryChoice(
        way=DeliveryWay.STATION, recipient="刘敏", phone="13907310000", region=store.station.region, address="",
        station=store.station,
    )  # fmt: skip
    order = place_order(
        lines=[(cast.variants[0], 1)], buyer=None, email="liumin@daylily.example", delivery=delivery,
        pay_by=Provider.COUNTER, key=public_reference(), actor="torture", at=when,
    )  # fmt: skip
    with transaction.atomic():
        receive_cash(order=order, by=_clerk(counter), counter=counter, at=when + dt.timedelta(hours=1))
        plan_parcels(order.pk, at=when + dt.timedelta(hours=1))
    deliver(order.ref, at=when + dt.timedelta(hours=5))
    release_delivered(at=when + dt.timedelta(days=10))
