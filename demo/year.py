"""The demo's year of orders: bought, paid, collected, carried and delivered through the same journeys that people use, each at its time."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Iterator

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog.models import Flow, Product, Variant
from delivery.boxing import pack_box
from delivery.models import Leg, Parcel, ParcelState, ScanKind
from delivery.routing import NoRoute
from delivery.scanning import scan
from demo import goods
from demo.harvests import Harvests
from demo.promotions import Codes
from orders.checkout import DeliveryChoice, place_order
from orders.collection import collect
from orders.models import Consignment, DeliveryWay, Order
from orders.parcels import plan_parcels
from orders.promotions import CouponRefused
from orders.settlement import settle_payment
from orders.weights import settle_weights
from payments.models import Payment, Provider
from stations.models import Posting, Region, Station, StationKind

DAYS = 365
# The desks have work today: of every thirteen orders one is of these days.
LAST_DAYS = 2
CITIES = (
    ("430104000000", "麓山南路", 6), ("430102000000", "五一大道", 4), ("430111000000", "韶山南路", 4), ("440305000000", "科苑路", 5),
    ("440106000000", "天河路", 5), ("310115000000", "张杨路", 5), ("310104000000", "漕溪北路", 3), ("110108000000", "中关村大街", 5),
    ("110105000000", "朝阳北路", 4), ("330106000000", "文三路", 4), ("320106000000", "汉口路", 2), ("420106000000", "东湖路", 3),
    ("510107000000", "人民南路", 3), ("500112000000", "金开大道", 2), ("610113000000", "小寨东路", 3), ("620102000000", "东岗西路", 2),
    ("370102000000", "解放路", 2), ("350203000000", "湖滨南路", 2), ("430405000000", "船山大道", 3), ("431302000000", "长青中街", 2),
)  # fmt: skip
# More is bought before New Year, on 18 June and 11 November, less in the heat.
SEASON = (1.5, 1.3, 0.7, 0.7, 0.8, 1.1, 0.9, 0.9, 1.2, 1.0, 1.5, 1.4)
TRIES = 20
GROWTH = 0.45  # how much busier the year's end is than its beginning
RECIPIENTS = (
    "陈静", "刘敏", "王磊", "李娜", "张伟", "赵倩", "周杰", "吴婷", "孙浩",
    "郑爽", "冯涛", "蒋欣", "沈括", "韩梅", "杨帆", "许晴", "何平", "吕岩",
)  # fmt: skip


def live_a_year(*, year: "Year", number: int, step: Callable[[str], None]) -> int:
    """Place `number` orders over the past year and let each go as far as it would have come by now; returns how many were placed."""
    moments = sorted([*_moments(number, year.chance, DAYS), *_moments(number // 12, year.chance, LAST_DAYS)])
    for start in range(0, len(moments), 25):
        with transaction.atomic():
            for when in moments[start : start + 25]:
                year.live_order(when)
                step(f"{timezone.localdate(when):%Y-%m-%d}")
    with transaction.atomic():
        year.harvests.clear()
    return len(moments)


def _moments(number: int, chance: random.Random, span: int) -> Iterator[dt.datetime]:
    now = timezone.now()
    days = [now - dt.timedelta(days=back) for back in range(span, -1, -1)]
    weights = [
        SEASON[timezone.localdate(day).month - 1] * (1 + GROWTH * place / span) for place, day in enumerate(days)
    ]
    for day in chance.choices(days, weights, k=number):
        morning = timezone.localtime(day).replace(hour=7, minute=0)
        yield min(
            morning + dt.timedelta(minutes=chance.randint(0, 900)), now - dt.timedelta(minutes=chance.randint(1, 30))
        )


class Year:
    """Orders and their ways. What does not change meanwhile: who serves where, what is for sale, who buys."""

    def __init__(self, buyers: list[User]) -> None:
        self.now = timezone.now()
        self.chance = random.Random(20260426)  # noqa: S311 - the same demo at every load
        self.buyers = buyers
        self.clerks = {
            posting.station_id: posting.user for posting in Posting.objects.exclude(station=None).select_related("user")
        }
        self.cities = {
            region.code: region for region in Region.objects.filter(code__in=[code for code, _, _ in CITIES])
        }
        points = Station.objects.filter(kind=StationKind.VILLAGE).select_related("region", "parent__parent")
        self.points = {county: list(group) for county, group in _by_county(points).items()}
        self.harvests = Harvests(self.chance)
        self.codes = Codes()
        self.outbound, self.inbound = self._for_sale(Flow.OUTBOUND), self._for_sale(Flow.INBOUND)

    def _for_sale(self, flow: Flow) -> tuple[list[Variant], list[int]]:
        liked = goods.popularity()
        ready = Variant.objects.filter(product__flow=flow, day=None, promised_week=None, deliveries=None, least=1)
        variants = list(ready.select_related("product__store").order_by("pk"))
        weights = [
            liked.get(f"{item.product.store.name}/{item.product.name}", 3) * (3 if item.position == 0 else 1)
            for item in variants
        ]
        return variants, weights

    def live_order(self, when: dt.datetime) -> None:
        """One order from the cart to wherever it is by now; a buyer whom the carrier brings no chilled goods gives way to another."""
        inward = bool(self.inbound[0]) and self.chance.random() < 0.18
        lines = self._basket(inward, timezone.localdate(when))
        delivery = self.to_a_point(lines) if inward else self.to_a_city()
        for _ in range(TRIES):
            try:
                order = self.buy(lines, delivery, when)
            except NoRoute:
                delivery = self.to_a_city()
            else:
                self.carry(order)
                return

    def buy(self, lines: list[tuple[int, int]], delivery: DeliveryChoice, when: dt.datetime) -> Order:
        """An order placed and paid, its parcels planned."""
        order = self._place(lines, delivery, when)
        paid = when + dt.timedelta(minutes=self.chance.randint(1, 8))
        settle_payment(Payment.objects.get(order_ref=order.ref).pk, at=min(paid, self.now))
        plan_parcels(order.pk, at=min(paid, self.now))
        return order

    def _basket(self, inward: bool, day: dt.date) -> list[tuple[int, int]]:
        variants, weights = self.inbound if inward else self.outbound
        weights = [weight * _there(item.product, day.month) for item, weight in zip(variants, weights, strict=True)]
        chosen = self.chance.choices(variants, weights, k=self.chance.choice((1, 1, 2, 2, 3)))
        if inward:  # what goes to one village point comes from its own county
            chosen = [item for item in chosen if item.product.county_code == chosen[0].product.county_code]
        lines = {item: self.chance.choice((1, 1, 1, 2, 2, 3)) for item in chosen}
        for variant, units in lines.items():
            station = variant.product.store.station_id
            assert station is not None
            self.harvests.bring(variant, units, by=self.clerks[station], day=day)
        return [(variant.pk, units) for variant, units in lines.items()]

    def _place(self, lines: list[tuple[int, int]], delivery: DeliveryChoice, when: dt.datetime) -> Order:
        buyer = self.chance.choice(self.buyers) if self.chance.random() < 0.6 else None
        inward = delivery.way == DeliveryWay.STATION
        pay_by = Provider.COUNTER if inward and self.chance.random() < 0.5 else Provider.STRIPE
        email = buyer.email if buyer and buyer.email else f"guest{self.chance.randint(1, 400)}@daylily.example"
        key = f"demo-{when:%Y%m%d%H%M%S}-{self.chance.randint(0, 10**9)}"
        coupon, *others = self.codes.next()

        def place(code: str) -> Order:
            return place_order(
                lines=lines, buyer=buyer, email=email, delivery=delivery, pay_by=pay_by, key=key, coupon=code, at=when
            )

        try:
            return place(coupon)
        except CouponRefused:  # not for these goods, or not yet
            return place(others[0])

    def to_a_city(self) -> DeliveryChoice:
        """Delivery by carrier to one of CITIES."""
        code, street, _weight = self.chance.choices(CITIES, [weight for *_, weight in CITIES])[0]
        return DeliveryChoice(
            way=DeliveryWay.CARRIER,
            recipient=self.chance.choice(RECIPIENTS),
            phone=f"139{self.chance.randint(0, 10**8 - 1):08d}",
            region=self.cities[code],
            address=f"{street}{self.chance.randint(1, 380)}号{self.chance.randint(1, 28)}栋{self.chance.randint(101, 2204)}",
        )

    def to_a_point(self, lines: list[tuple[int, int]], point: Station | None = None) -> DeliveryChoice:
        """Pickup at a village point of the goods' county."""
        county = Variant.objects.values_list("product__county_code", flat=True).get(pk=lines[0][0])
        point = point or self.chance.choice(self.points[county])
        return DeliveryChoice(
            way=DeliveryWay.STATION,
            recipient=self.chance.choice(RECIPIENTS),
            phone=f"138{self.chance.randint(0, 10**8 - 1):08d}",
            region=point.region,
            station=point,
        )

    def carry(self, order: Order, *, week: dt.date | None = None) -> None:
        """Collect, carry, pack and deliver, every scan at its planned time, until now; of a season's box what goes in one week."""
        own = Consignment.objects.filter(order=order, **({"promised_week": week} if week else {}))
        consignments = list(own.select_related("parcel", "station"))
        at_centre: dict[int, list[Parcel]] = defaultdict(list)
        for consignment in consignments:
            parcel = self.collect_now(consignment)
            if parcel is None or not self._ride(parcel):
                continue
            if parcel.station_id is not None and parcel.state != ParcelState.READY:
                at_centre[parcel.station_id].append(parcel)
            elif parcel.state == ParcelState.READY:
                self._hand_out(parcel)
        for parcels in at_centre.values():
            expected = [item for item in consignments if item.county_code == parcels[0].county_code]
            if len(parcels) == len(expected):
                self._send_away(parcels)

    def collect_now(self, consignment: Consignment) -> Parcel | None:
        """The parcel, collected before its first van leaves; None when that is still to come."""
        parcel = consignment.parcel
        assert parcel is not None
        first = parcel.legs.order_by("position").first()
        when = (first.depart_planned if first else parcel.created_at + dt.timedelta(hours=3)) - dt.timedelta(
            minutes=self.chance.randint(35, 55)
        )
        when = max(when, parcel.created_at + dt.timedelta(minutes=5))
        if when > self.now:
            return None
        weights = {
            line.pk: line.unit_weight_g * line.quantity + self.chance.randint(0, 20) for line in consignment.lines.all()
        }
        collect(
            consignment=consignment,
            by=self.clerks[consignment.station_id],
            weights=weights,
            nonce=self._nonce(),
            at=when,
        )
        settle_weights(consignment.pk, at=when)
        parcel.refresh_from_db()
        return parcel

    def _ride(self, parcel: Parcel) -> bool:
        """Every leg between stations; False while it is still on its way."""
        for leg in self.legs_of(parcel):
            if leg.to_station is None or leg.from_station is None:
                return True
            if not self.scan_in_time(parcel, ScanKind.OUT, leg.from_station, leg.depart_planned):
                return False
            if not self.scan_in_time(parcel, ScanKind.IN, leg.to_station, leg.arrive_planned):
                return False
        return True

    def legs_of(self, parcel: Parcel) -> list[Leg]:
        """The legs that a parcel has not begun, in order."""
        return list(
            parcel.legs.filter(departed_at=None).select_related("from_station", "to_station").order_by("position")
        )

    def _send_away(self, parcels: list[Parcel]) -> None:
        centre = parcels[0].station
        assert centre is not None
        load = parcels[0]
        if len(parcels) > 1:
            packed = max(
                parcel.legs.exclude(arrived_at=None).latest("position").arrive_planned for parcel in parcels
            ) + dt.timedelta(minutes=25)
            if packed > self.now:
                return
            load = pack_box(parcels=parcels, centre=centre, by=self.clerks[centre.pk], nonce=self._nonce(), at=packed)
        leg = self.legs_of(load)[0]
        if self.scan_in_time(load, ScanKind.CARRIER, centre, leg.depart_planned):
            self.scan_in_time(
                load, ScanKind.DELIVER, centre, leg.arrive_planned + dt.timedelta(hours=self.chance.randint(0, 6))
            )

    def _hand_out(self, parcel: Parcel) -> None:
        assert parcel.station is not None
        arrived = parcel.legs.latest("position").arrive_planned if parcel.legs.exists() else parcel.created_at
        self.scan_in_time(
            parcel, ScanKind.PICKUP, parcel.station, arrived + dt.timedelta(hours=self.chance.randint(2, 40))
        )

    def scan_in_time(self, parcel: Parcel, kind: ScanKind, station: Station, when: dt.datetime) -> bool:
        """One scan at its time; False when that is still to come."""
        if when > self.now:
            return False
        scan(parcel=parcel, kind=kind, station=station, by=self.clerks[station.pk], nonce=self._nonce(), at=when)
        parcel.refresh_from_db()
        return True

    def _nonce(self) -> str:
        return f"demo-{self.chance.getrandbits(96):024x}"


def _there(product: Product, month: int) -> int:
    """1 for what can be bought in a month, 0 for fresh goods out of season."""
    fresh = product.shelf_life_days is not None and product.shelf_life_days <= goods.FRESH_DAYS
    if not fresh or product.season_from is None or product.season_to is None:
        return 1
    return int(goods.in_season((product.season_from, product.season_to), month))


def _by_county(stations: object) -> dict[str, list[Station]]:
    groups: dict[str, list[Station]] = defaultdict(list)
    for station in stations:  # type: ignore[attr-defined]
        groups[station.region_id[:6]].append(station)
    return groups
