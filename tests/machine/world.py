"""Where the machine plays: three stores of two counties and goods by weight, the people who act, and what there is to act upon."""

import json
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from django.db import connection
from PIL import Image

from accounts.models import User
from catalog.models import SoldBy, Temperature, Variant
from orders.models import Consignment
from pictures.intake import CleanPicture, clean_file
from sellers.mandates import MandateMissing, mandate_for
from stations.models import Station
from tests.cast import make_clerk, make_mandate, make_official, make_product, make_user, make_variant
from tests.orders.scene import Scene, make_scene

JIN = 500
# What may be acted upon, each a list of keys.
_SEEN = """
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
  'jobs', (SELECT json_agg(id ORDER BY id) FROM procrastinate_jobs WHERE status = 'todo')
)
"""


@dataclass
class World:
    """The scene, committed once: each sequence ends with a rollback to it."""

    scene: Scene
    packs: list[Variant]
    buyer: User
    clerks: dict[str, User]
    centres: dict[str, User]
    official: User
    counter: User
    seen: dict[str, list[Any]] = field(default_factory=dict)

    def look(self) -> None:
        """Read anew what may be acted upon."""
        connection.ensure_connection()
        raw: Any = connection.connection
        (found,) = raw.execute(_SEEN, prepare=True).fetchone()
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
    return World(
        scene=scene,
        packs=packs,
        buyer=make_user("chen.yu@daylily.example", name="陈雨"),
        clerks={point.code: make_clerk(point) for point in points},
        centres={
            centre.county_code: make_clerk(centre, name="邹丽")
            for centre in (scene.qidong.centre, scene.sangzhi.centre)
        },
        official=make_official(),
        counter=make_clerk(scene.qidong.township, name="刘国平"),
    )


def photograph() -> CleanPicture:
    """What a buyer shows of what went wrong."""
    file = BytesIO()
    Image.new("RGB", (64, 48), "tan").save(file, "JPEG")
    file.seek(0)
    return clean_file(file)
