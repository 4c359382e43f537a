"""Where the machine plays: three stores of two counties and goods by weight, the people who act, and what there is to act upon."""

import datetime as dt
import json
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any

from django.db import connection
from django.utils import timezone
from PIL import Image

from accounts.models import User
from catalog.models import GoodsKind, SoldBy, Temperature, Variant
from catalog.visits import offer_days
from delivery.custody import RECIPIENT, append_handover
from delivery.models import Parcel, ParcelState, ScanKind
from orders.collection import collect, to_weigh
from orders.counter import receive_cash
from orders.models import Consignment, Payer
from orders.parcels import plan_parcels
from orders.release import release_delivered
from orders.verification import verify_delivered
from payments.models import Provider
from pictures.intake import CleanPicture, clean_file
from sellers.mandates import MandateMissing, mandate_for
from sellers.models import Household, PayoutWay
from stations.models import Station
from tests.cast import make_category, make_clerk, make_mandate, make_official, make_product, make_user, make_variant
from tests.machine import books
from tests.orders.promoting import make_coupon, make_promotion
from tests.orders.scene import Scene, make_scene, order_of, to_the_point
from tests.sellers.money import pays_to

JIN = 500
COUPON = "HUANGHUA10"
CARDS = ["6228480402564890018", "6222021908012345677"]
# What may be acted upon, each a list of keys; `taken` is what the site thinks that it was paid at Stripe. Of the jobs those that move
# money, stock or parcels: letters are nobody's money.
SEEN = """
SELECT json_build_object(
  'orders', (SELECT json_agg(id ORDER BY id) FROM orders_order),
  'card', (SELECT json_agg(id ORDER BY id) FROM orders_order WHERE state = 'reserved' AND pay_by = 'stripe'),
  'cash', (SELECT json_agg(id ORDER BY id) FROM orders_order WHERE state = 'reserved' AND pay_by = 'counter'),
  'reserved', (SELECT json_agg(id ORDER BY id) FROM orders_order WHERE state = 'reserved'),
  'paid', (SELECT json_agg(id ORDER BY id) FROM orders_order WHERE state = 'paid'),
  'parts', (SELECT json_agg(c.id ORDER BY c.id) FROM orders_consignment c JOIN orders_order o ON o.id = c.order_id WHERE o.state = 'paid'),
  'planned', (SELECT json_agg(c.id ORDER BY c.id) FROM orders_consignment c JOIN orders_order o ON o.id = c.order_id
              JOIN delivery_parcel p ON p.id = c.parcel_id WHERE o.state = 'paid' AND p.state = 'planned'),
  'collected', (SELECT json_agg(c.id ORDER BY c.id) FROM orders_consignment c JOIN delivery_parcel p ON p.id = c.parcel_id
                WHERE p.collected_at IS NOT NULL AND p.state NOT IN ('delivered', 'cancelled')),
  'delivered', (SELECT json_agg(c.id ORDER BY c.id) FROM orders_consignment c JOIN orders_order o ON o.id = c.order_id
                JOIN delivery_parcel p ON p.id = c.parcel_id
                WHERE o.state = 'paid' AND p.state = 'delivered' AND c.after_sales_since IS NULL AND c.replaces_id IS NULL),
  'lines', (SELECT json_agg(l.id ORDER BY l.id) FROM orders_orderline l JOIN orders_consignment c ON c.id = l.consignment_id
            JOIN orders_order o ON o.id = c.order_id WHERE o.state = 'paid' AND l.amount_fen > 0),
  'questions', (SELECT json_agg(line_id ORDER BY line_id) FROM orders_weightquestion WHERE answer = ''),
  'cases', (SELECT json_agg(id ORDER BY id) FROM aftersales_case WHERE state NOT IN ('settled', 'closed')),
  'failed', (SELECT json_agg(r.id ORDER BY r.id) FROM payments_refund r WHERE r.state = 'failed'),
  'owed', (SELECT json_agg(DISTINCT p.order_ref) FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id
           WHERE r.state = 'pending' AND p.provider = 'counter'),
  'recalls', (SELECT json_agg(id ORDER BY id) FROM catalog_recall WHERE ended_at IS NULL),
  'visits', (SELECT json_agg(c.id ORDER BY c.id) FROM orders_consignment c JOIN orders_order o ON o.id = c.order_id
             WHERE o.state = 'paid' AND c.visit_code <> '' AND c.visited_at IS NULL),
  'open_runs', (SELECT json_agg(id ORDER BY id) FROM sellers_payoutrun WHERE state IN ('draft', 'approved')),
  'drafts', (SELECT json_agg(id ORDER BY id) FROM sellers_payoutrun WHERE state = 'draft'),
  'bank_runs', (SELECT json_agg(id ORDER BY id) FROM sellers_payoutrun
                WHERE way = 'bank' AND state IN ('approved', 'sent') AND file_by_id IS NULL),
  'sent', (SELECT json_agg(id ORDER BY id) FROM sellers_payoutrun WHERE way = 'bank' AND state = 'sent'),
  'at_counters', (SELECT json_agg(p.id ORDER BY p.id) FROM sellers_payout p JOIN sellers_payoutaccount a ON a.id = p.account_id
                  WHERE p.state = 'planned' AND p.run_id IS NULL OR p.state = 'in_transit' AND a.way = 'counter'),
  'carried', (SELECT json_agg(id ORDER BY id) FROM stations_cashhandover WHERE state = 'given'),
  'differing', (SELECT json_agg(id ORDER BY id) FROM stations_cashhandover WHERE state = 'disputed'),
  'taken', (SELECT json_agg(json_build_array(session_id, intent_id, amount_fen)) FROM payments_payment
            WHERE provider = 'stripe' AND state IN ('succeeded', 'refunded')),
  'jobs', (SELECT json_agg(id ORDER BY id) FROM procrastinate_jobs WHERE status = 'todo' AND task_name IN (
           'orders.settle_session', 'orders.ask_before_ending', 'orders.end_session', 'orders.plan_parcels', 'orders.settle_weights',
           'orders.carry_out_recall', 'orders.follow_dispute', 'payments.send_refund', 'payments.follow_refund'))
)
"""


@dataclass
class World:
    """The scene, committed once: each sequence ends with a rollback to it.

    `households` are Li, who fetches cash, and Wang, who has a card.
    """

    scene: Scene
    packs: list[Variant]
    buyer: User
    clerks: dict[str, User]
    centres: dict[str, User]
    official: User
    counter: User
    second_centre: User
    households: list[Household]
    seen: dict[str, list[Any]] = field(default_factory=dict)

    def look(self) -> None:
        """Read anew what may be acted upon."""
        ((found,),) = books.ask("acted_upon")
        found = json.loads(found) if isinstance(found, str) else found
        self.seen = {name: keys or [] for name, keys in found.items()}

    def seller(self, part: Consignment) -> User:
        """Somebody who answers for the store of a part."""
        clerk = self.clerks[part.store.station.code]
        try:
            mandate_for(clerk, part.store.household, "answer")
        except MandateMissing as missing:
            raise AssertionError("the cast may answer") from missing
        return clerk


def make_world() -> World:
    """Daylily of two stores of Qidong, fresh daylily by the jin, tea of Sangzhi; with clerks that have their farmers' mandates."""
    scene = make_scene()
    Station.objects.update(cold_store=True)
    fresh = make_product(
        scene.store,
        name="鲜黄花菜",
        name_en="Fresh daylily buds",
        temperature=Temperature.CHILLED,
        shelf_life_days=5,
    )
    by_weight = make_variant(fresh, price_fen=2333, grams=JIN, sold_by=SoldBy.WEIGHT, tolerance_percent=10)
    packs = [scene.daylily, scene.more_daylily, scene.tea, by_weight]
    for pack in packs:
        store = pack.product.store
        if not store.household.mandates.exists():
            make_mandate(store.household, store.station)
    points = [scene.qidong.point, scene.qidong.second_point, scene.sangzhi.point]
    clerks = {point.code: make_clerk(point) for point in points}
    kind = make_category("visits", "乡村体验", "Farm stays and visits", kind=GoodsKind.BOOKING)
    stay = make_product(scene.store, name="黄花菜地里住一晚", name_en="A night among the daylilies", category=kind)
    in_days = timezone.localdate() + dt.timedelta(days=3)
    packs += offer_days(
        by=clerks[scene.qidong.point.code], product=stay, days=[in_days], places=6, price_fen=16800, name="双人房"
    )
    world = World(
        scene=scene,
        packs=packs,
        buyer=make_user("chen.yu@daylily.example", name="陈雨"),
        clerks=clerks,
        centres={
            centre.county_code: make_clerk(centre, name="邹丽")
            for centre in (scene.qidong.centre, scene.sangzhi.centre)
        },
        official=make_official(),
        counter=make_clerk(scene.qidong.township, name="刘国平"),
        second_centre=make_clerk(scene.qidong.centre, name="肖建军"),
        households=[pack.product.store.household for pack in (scene.daylily, scene.more_daylily)],
    )
    for household, way in zip(world.households, (PayoutWay.COUNTER, PayoutWay.BANK), strict=True):
        household.user = make_user(f"farmer{household.pk}@daylily.example", name=household.name)
        household.save()
        pays_to(household, way)
    make_coupon(COUPON, most_uses=3, most_per_buyer=2, budget_fen=2_500)
    make_promotion(payer=Payer.COUNTY, percent_bp=1_000, budget_fen=2_000)
    _past(world)
    return world


def _past(world: World) -> None:
    """Before the first step: forty days ago both families sold for cash, which lies in the township's till, and what they earned became
    available; and two parts have come just now, about which their buyer may complain.
    """
    now = timezone.now()
    for days, units in ((40, 4), (0, 2)):
        when = now - dt.timedelta(days=days, hours=4)
        order = order_of(
            world.scene,
            lines=[(world.scene.daylily.pk, units), (world.scene.more_daylily.pk, units)],
            delivery=to_the_point(world.scene.qidong.second_point),
            pay_by=Provider.COUNTER,
            key=f"past-{days}",
            at=when,
        )
        receive_cash(
            order=order, by=world.counter, counter=world.scene.qidong.township, at=when + dt.timedelta(hours=1)
        )
        plan_parcels(order.pk, at=when + dt.timedelta(hours=1))
        brought, came = when + dt.timedelta(hours=2), when + dt.timedelta(hours=3)
        for part in Consignment.objects.filter(order=order).select_related("station", "parcel"):
            by = world.clerks[part.station.code]
            weights = {line.pk: line.unit_weight_g * line.left_units for line in to_weigh(part)}
            collect(consignment=part, by=by, weights=weights, nonce=f"past-c{part.pk}", at=brought)
            assert part.parcel is not None
            append_handover(
                parcel=part.parcel, kind=ScanKind.DELIVER, station=part.station, taker=RECIPIENT, by=by,
                nonce=f"past-d{part.pk}", device_time=came, server_time=came,
            )  # fmt: skip
            Parcel.objects.filter(pk=part.parcel.pk).update(state=ParcelState.DELIVERED, delivered_at=came)
        verify_delivered(at=came)
        if days:
            release_delivered(at=when + dt.timedelta(days=8))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


@cache
def _picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (64, 48), "tan").save(file, "JPEG")
    return file.getvalue()


def photograph() -> CleanPicture:
    """What a buyer shows of what went wrong, or a farmer has signed."""
    return clean_file(BytesIO(_picture()))
