"""What tests of orders start from: two counties with carriers and runs, and open stores whose goods are in stock."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from catalog.models import Product, Variant
from delivery.models import CarrierRate, Run
from orders.checkout import DeliveryChoice, place_order
from orders.informing import send_notice
from orders.models import DeliveryWay, Notice, NoticeStep, Order
from orders.settlement import settle_payment
from payments.models import Payment, Provider
from sellers.models import Store
from stations.models import Region, Station
from tests.cast import (
    SANGZHI,
    Stations,
    make_category,
    make_household,
    make_product,
    make_rates,
    make_store,
    make_variant,
)

CHANGSHA_YUELU = "430104000000"  # 岳麓区, where the buyer lives


def make_carrier(centre: Station, province_code: str = "430000000000", **fields: Any) -> CarrierRate:
    """A carrier that collects at the centre at five in the afternoon and takes two days."""
    known = {
        "carrier": "中国邮政",
        "collects_at": dt.time(17),
        "days": 2,
        "first_kg_fen": 600,
        "next_kg_fen": 150,
        "chilled": True,
        "chilled_extra_fen": 800,
        **fields,
    }
    return CarrierRate.objects.create(centre=centre, province=Region.objects.get(code=province_code), **known)


def make_run(from_station: Station, to_station: Station, departs_at: dt.time = dt.time(8), **fields: Any) -> Run:
    """A van every day."""
    known = {"minutes": 40, "capacity_kg": 800, "cost_fen_per_kg": 30, "chilled": True, **fields}
    return Run.objects.create(from_station=from_station, to_station=to_station, departs_at=departs_at, **known)


def make_county(county_code: str) -> Stations:
    """A county's stations with vans up and down and a carrier."""
    stations = Stations(county_code)
    for point in (stations.point, stations.second_point):
        make_run(point, stations.township, dt.time(8))
        make_run(stations.township, point, dt.time(15))
    make_run(stations.other_township, stations.other_point, dt.time(15))
    for township in (stations.township, stations.other_township):
        make_run(township, stations.centre, dt.time(10))
        make_run(stations.centre, township, dt.time(13))
    make_carrier(stations.centre)
    return stations


@dataclass
class Scene:
    """Three stores of two counties: daylily of Li and of Wang in Qidong, tea of Tian in Sangzhi."""

    qidong: Stations
    sangzhi: Stations
    daylily: Variant
    more_daylily: Variant
    tea: Variant

    @property
    def store(self) -> Store:
        return self.daylily.product.store

    @property
    def three(self) -> list[tuple[int, int]]:
        """Three lines of three stores of two counties."""
        return [(self.tea.pk, 1), (self.daylily.pk, 2), (self.more_daylily.pk, 1)]


def make_scene() -> Scene:
    """The scene, with the general rate card."""
    make_rates()
    qidong, sangzhi = make_county("430426000000"), make_county(SANGZHI)
    wang = make_household(qidong.second_point, name="王建国")
    tian = make_household(sangzhi.point, name="田大山")
    tea = make_category("tea", "茶叶", "Tea")
    return Scene(
        qidong=qidong,
        sangzhi=sangzhi,
        daylily=make_variant(make_product(make_store(qidong.point)), price_fen=3880),
        more_daylily=make_variant(
            make_product(make_store(qidong.second_point, household=wang), name="黄花菜干", name_en="Daylily buds"),
            price_fen=2650,
            grams=250,
        ),
        tea=make_variant(
            make_product(
                make_store(sangzhi.point, household=tian), name="桑植白茶", name_en="Sangzhi white tea", category=tea
            ),
            price_fen=12800,
            grams=200,
        ),
    )


def make_goods(scene: Scene, number: int) -> list[Variant]:
    """Further goods of the Qidong store."""
    made: list[Variant] = []
    for position in range(number):
        product: Product = make_product(
            scene.store, name=f"黄花菜{position + 1}号", name_en=f"Daylily no. {position + 1}"
        )
        made.append(make_variant(product, price_fen=1000 + position))
    return made


def to_the_door(**fields: Any) -> DeliveryChoice:
    """By carrier to Changsha."""
    known = {
        "way": DeliveryWay.CARRIER,
        "recipient": "刘敏",
        "phone": "13907310000",
        "region": Region.objects.get(code=CHANGSHA_YUELU),
        "address": "麓山南路2号3栋502",
        **fields,
    }
    return DeliveryChoice(**known)


def to_the_point(station: Station, **fields: Any) -> DeliveryChoice:
    """To a village point, with a pickup code."""
    return to_the_door(way=DeliveryWay.STATION, region=station.region, station=station, address="", **fields)


def order_of(scene: Scene, **fields: Any) -> Order:
    """An order of two bags of daylily by a guest, reserved."""
    known = {
        "lines": [(scene.daylily.pk, 2)],
        "buyer": None,
        "email": "liumin@daylily.example",
        "delivery": to_the_door(),
        "pay_by": Provider.STRIPE,
        "key": f"key-{Order.objects.count()}",
        **fields,
    }
    return place_order(**known)


def paid(order: Order, *, at: dt.datetime | None = None) -> Order:
    """The order, its payment settled."""
    settle_payment(Payment.objects.get(order_ref=order.ref).pk, at=at)
    order.refresh_from_db()
    return order


def tell_all(order: Order, step: NoticeStep | None = None) -> int:
    """Send what the buyer is still to be told of an order (of one step), as the worker does; how many notices."""
    waiting = Notice.objects.filter(order=order, told_at=None).order_by("pk")
    keys = [notice.pk for notice in waiting if step in (None, notice.step)]
    for key in keys:
        send_notice(key)
    return len(keys)
