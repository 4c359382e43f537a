"""What the cart's page and the checkout show: lines by county and store, what changed since, and each county's box."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.models import User
from catalog.models import Variant
from delivery.routing import find_route
from orders.boxes import CountyBox, pack_boxes, quote_freight
from orders.cart import CART_COOKIE, cart_line_owner, full_name, is_on_sale
from orders.models import Cart, CartLine
from sellers.models import Store
from stations.models import Region, Station
from stations.models.region import full_code


@dataclass(slots=True)
class Item:
    """One line as it stands now; `gone`, `short` and `changed` are what the buyer must be told."""

    line: CartLine
    variant: Variant
    gone: bool
    left: int

    @property
    def quantity(self) -> int:
        """How many units the line asks for."""
        return self.line.quantity

    @property
    def short(self) -> bool:
        """Whether fewer are left than the line asks for."""
        return not self.gone and self.left < self.quantity

    @property
    def changed(self) -> bool:
        """Whether the price is another than when the line was filled."""
        return not self.gone and self.variant.price_fen != self.line.seen_price_fen

    @property
    def buyable(self) -> bool:
        """Whether it can be ordered as it is."""
        return not self.gone and not self.short

    @property
    def name(self) -> str:
        """The goods and their pack."""
        return full_name(self.variant)

    @property
    def weight_g(self) -> int:
        """What it weighs with packing."""
        return self.variant.gross_weight_g * self.quantity

    @property
    def amount_fen(self) -> int:
        """What the line comes to at today's price."""
        return self.variant.price_fen * self.quantity


@dataclass(slots=True)
class CountyPart:
    """One county's goods: by store, and the box they travel in (of what can be bought; None where nothing can)."""

    county: Region
    stores: list[tuple[Store, list[Item]]]
    box: CountyBox | None
    freight_fen: int | None = None
    arrives: dt.datetime | None = None

    @property
    def items(self) -> list[Item]:
        """The lines of the county."""
        return [item for _, items in self.stores for item in items]


@dataclass(slots=True)
class Basket:
    """A whole cart; amounts are fen of what can be bought."""

    counties: list[CountyPart] = field(default_factory=list)
    cart: Cart | None = None

    @property
    def items(self) -> list[Item]:
        """All lines."""
        return [item for county in self.counties for item in county.items]

    @property
    def buyable(self) -> list[Item]:
        """The lines that can be ordered as they are."""
        return [item for item in self.items if item.buyable]

    @property
    def blocked(self) -> bool:
        """Whether something has to be taken out or reduced before the order can be placed."""
        return any(not item.buyable for item in self.items)

    @property
    def changed(self) -> bool:
        """Whether a price has moved."""
        return any(item.changed for item in self.items)

    @property
    def goods_fen(self) -> int:
        """What the goods come to."""
        return sum(item.amount_fen for item in self.buyable)

    @property
    def boxes(self) -> list[CountyBox]:
        """One box a county."""
        return [county.box for county in self.counties if county.box]

    @property
    def freight_fen(self) -> int | None:
        """All freight, or None where it is not known yet."""
        known = [county.freight_fen for county in self.counties if county.box]
        return None if None in known else sum(fen for fen in known if fen is not None)

    @property
    def total_fen(self) -> int:
        """Goods and the freight that is known."""
        return self.goods_fen + (self.freight_fen or 0)

    def set_freight(self, by_county: dict[str, int]) -> None:
        """Show each county's freight."""
        for county in self.counties:
            county.freight_fen = by_county.get(county.county.county_code)

    def quote(self, to: Station | Region) -> None:
        """Show each county's freight to a place, and the day when the last of its goods would arrive. Raises delivery's NoRoute."""
        self.set_freight(quote_freight(self.boxes, to))
        for county in self.counties:
            ways = {
                store.station_id: (store.station, sum(item.weight_g for item in items if item.buyable))
                for store, items in county.stores
            }
            chilled = bool(county.box and county.box.chilled)
            arrivals = [
                find_route(origin=station, to=to, weight_g=weight, chilled=chilled).arrive
                for station, weight in ways.values()
                if weight
            ]
            county.arrives = max(arrivals, default=None)


_RELATED = (
    "variant__product__store__household",
    "variant__product__store__station",
    "variant__product__picture",
)


def read_basket(user: User | AnonymousUser, ref: str) -> Basket:
    """The cart of whoever is signed in, or else of the cookie, as it stands now; by two queries."""
    if not user.is_authenticated and not ref:
        return Basket()
    lines = list(CartLine.objects.filter(cart_line_owner(user, ref)).select_related("cart", *_RELATED))
    basket = make_basket(lines)
    basket.cart = lines[0].cart if lines else None
    return basket


def basket_of(request: HttpRequest) -> Basket:
    """The cart of a request as it stands now."""
    return read_basket(request.user, request.COOKIES.get(CART_COOKIE, ""))


def make_basket(lines: Iterable[CartLine]) -> Basket:
    """The page's view of lines whose variants, products and stores are loaded."""
    items = [Item(line, line.variant, not is_on_sale(line.variant), line.variant.available) for line in lines]
    items.sort(key=lambda item: (item.variant.product.county_code, item.variant.product.store_id, item.variant.pk))
    codes = {full_code(item.variant.product.county_code) for item in items}
    names = Region.objects.in_bulk(codes) if codes else {}
    counties = []
    for county, group in groupby(items, key=lambda item: item.variant.product.county_code):
        own = list(group)
        boxes = pack_boxes((item.variant, item.quantity) for item in own if item.buyable)
        stores = [
            (mine[0].variant.product.store, mine)
            for mine in (list(part) for _, part in groupby(own, key=lambda item: item.variant.product.store_id))
        ]
        counties.append(CountyPart(names[full_code(county)], stores, boxes[0] if boxes else None))
    return Basket(counties)
