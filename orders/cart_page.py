"""What the cart's page and the checkout show: lines by county and store, what changed since, and each county's boxes."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.models import SoldBy, Variant
from catalog.season_boxes import rhythm_text, season_weeks, span_text
from catalog.weeks import deposit_text, promise_text, week_text
from orders.amounts import what_is_wrong
from orders.boxes import BoxKey, CountyBox, box_keys, pack_boxes, quote_freight
from orders.cart import CART_COOKIE, full_name, is_on_sale
from orders.deposits import Priced, deposit_of, group_of
from orders.margins import charged_fen
from orders.models import Cart, CartLine, Promotion
from orders.promotions import Off, Offer, Piece, any_running, read_offer
from orders.wishes import BoxArrival, arrival_of_box
from sellers.models import Store
from stations.models import Region, Station
from stations.models.region import full_code
from stations.statements import fetch


@dataclass(slots=True)
class Item:
    """One line as it stands now; `gone`, `short`, `refused` and `changed` are what the buyer must be told."""

    line: CartLine
    variant: Variant
    gone: bool
    left: int
    offs: list[Off] = field(default_factory=list)
    weeks: list[dt.date] = field(default_factory=list)  # of a season's box

    @property
    def quantity(self) -> int:
        """How many units the line asks for."""
        return self.line.quantity

    @property
    def short(self) -> bool:
        """Whether fewer are left than the line asks for."""
        return not self.gone and self.left < self.quantity

    @property
    def refused(self) -> str:
        """Why so many of it can't be in one order; empty where they can."""
        return "" if self.gone or self.short else what_is_wrong(self.variant, self.quantity)

    @property
    def promise(self) -> str:
        """When a pre-sale is sent, and how often a season's box comes; empty for what is there."""
        if self.weeks:
            return f"{rhythm_text(len(self.weeks), self.variant.weeks_between or 1)}{_(', ')}{span_text(self.weeks)}"
        if self.variant.promised_week is None:
            return ""
        percent = self.variant.deposit_percent
        text = promise_text(self.variant.promised_week)
        return f"{text} · {deposit_text(percent)}" if percent else text

    @property
    def week_texts(self) -> list[str]:
        """The weeks of a season's boxes, one by one."""
        return [week_text(week) for week in self.weeks]

    @property
    def pieces(self) -> int:
        """How many units are sent in all: of a season's box the quantity in each delivery."""
        return self.quantity * (len(self.weeks) or 1)

    @property
    def changed(self) -> bool:
        """Whether the price is another than when the line was filled."""
        return not self.gone and self.variant.price_fen != self.line.seen_price_fen

    @property
    def buyable(self) -> bool:
        """Whether it can be ordered as it is."""
        return not self.gone and not self.short and not self.refused

    @property
    def name(self) -> str:
        """The goods and their pack."""
        return full_name(self.variant)

    @property
    def weight_g(self) -> int:
        """What it weighs with packing; of a season's box one delivery."""
        return self.variant.gross_weight_g * self.quantity

    @property
    def amount_fen(self) -> int:
        """What the line comes to at today's price, less what is taken off."""
        return self.full_fen - self.off_fen

    @property
    def full_fen(self) -> int:
        """The same without any discount."""
        return charged_fen(self.variant, self.pieces)

    @property
    def off_fen(self) -> int:
        """What is taken off."""
        return sum(off.fen for off in self.offs)

    @property
    def by_weight(self) -> bool:
        """Whether that is the most it can come to: the scale decides."""
        return self.variant.sold_by == SoldBy.WEIGHT


@dataclass(frozen=True, slots=True)
class ShownBox:
    """A box, of how many stores its goods are, its freight in fen (None where not known), and the week that it waits for.

    `times` boxes of a season are alike: then `freight_fen` is each one's, and `week` says the first and the last.
    """

    box: CountyBox
    stores: int
    freight_fen: int | None
    week: str
    names: str = ""
    arrival: BoxArrival | None = None
    times: int = 1


@dataclass(slots=True)
class CountyPart:
    """One county's goods: by store, and the boxes they travel in (of what can be bought).

    `arrivals` says how and when those boxes come that are ready.
    """

    county: Region
    stores: list[tuple[Store, list[Item]]]
    boxes: list[CountyBox]
    freight: dict[CountyBox, int] | None = None
    arrivals: dict[CountyBox, BoxArrival | None] = field(default_factory=dict)
    free: Promotion | None = None

    @property
    def freight_fen(self) -> int | None:
        """What the buyer pays for the freight of all boxes; None where it is not known yet."""
        return 0 if self.free else self.full_freight_fen

    @property
    def full_freight_fen(self) -> int | None:
        """The same where nobody else pays it."""
        known = [(self.freight or {}).get(box) for box in self.boxes]
        return None if None in known else sum(fen for fen in known if fen is not None)

    @property
    def shown_boxes(self) -> list["ShownBox"]:
        """The boxes as the pages list them; what is alike in each week of a season's box is one."""
        alike: dict[tuple[object, ...], list[CountyBox]] = {}
        for box in self.boxes:
            inside = [item for item in self.items if _inside([item], box)]
            same = (
                tuple(item.variant.pk for item in inside) if any(item.weeks for item in inside) else box.promised_week
            )
            alike.setdefault((same, box.weight_g, box.chilled, box.frozen), []).append(box)
        return [self._shown(boxes) for boxes in alike.values()]

    def _shown(self, boxes: list[CountyBox]) -> ShownBox:
        box, weeks = boxes[0], [box.promised_week for box in boxes if box.promised_week]
        stores = [store for store, items in self.stores if _inside(items, box)]
        week = span_text(weeks) if len(weeks) > 1 else week_text(weeks[0]) if weeks else ""
        names = _(", ").join(store.label for store in stores)
        freight = (self.freight or {}).get(box)
        return ShownBox(box, len(stores), freight, week, names, self.arrivals.get(box), len(boxes))

    @property
    def items(self) -> list[Item]:
        """The lines of the county."""
        return [item for _store, items in self.stores for item in items]


@dataclass(slots=True)
class Basket:
    """A whole cart; amounts are fen of what can be bought."""

    counties: list[CountyPart] = field(default_factory=list)
    cart: Cart | None = None
    offer: Offer = field(default_factory=Offer)
    # How many other lines the cart has that are ordered apart from these (orders.apart), and which these are.
    others: int = 0
    group: str = ""

    def apply(self, offer: Offer) -> None:
        """Take off what holds for what can be bought; freight follows when it is known. Raises CouponRefused, and changes nothing."""
        offs = offer.take_off([Piece(item.variant, item.pieces, item.full_fen) for item in self.buyable])
        for item, some in zip(self.buyable, offs, strict=True):
            item.offs = some
        self.offer = offer

    @property
    def discounts(self) -> list[tuple[Promotion, int]]:
        """What is taken off, by promotion, in fen; freight too."""
        sums: dict[int, tuple[Promotion, int]] = {}
        for off in (off for item in self.buyable for off in item.offs):
            sums[off.promotion.pk] = (off.promotion, sums.get(off.promotion.pk, (off.promotion, 0))[1] + off.fen)
        return list(sums.values())

    @property
    def off_fen(self) -> int:
        """All that is taken off, free freight too."""
        freight = sum(county.full_freight_fen or 0 for county in self.counties if county.free)
        return sum(item.off_fen for item in self.buyable) + freight

    @property
    def full_fen(self) -> int:
        """What the goods come to without discounts."""
        return sum(item.full_fen for item in self.buyable)

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
    def deposit_fen(self) -> int:
        """What of it is paid first, in fen; 0 where all is paid at once."""
        return deposit_of(Priced(item.full_fen, item.amount_fen, item.variant.deposit_percent) for item in self.buyable)

    @property
    def boxes(self) -> list[CountyBox]:
        """All boxes."""
        return [box for county in self.counties for box in county.boxes]

    @property
    def farm(self) -> Region | None:
        """Where to, where nothing is bought but visits: the first one's place; None where something travels."""
        visits = [item.variant for item in self.items]
        return visits[0].product.store.region if visits and all(variant.day for variant in visits) else None

    @property
    def freight_fen(self) -> int | None:
        """All freight, or None where it is not known yet."""
        known = [county.freight_fen for county in self.counties]
        return None if None in known else sum(fen for fen in known if fen is not None)

    @property
    def total_fen(self) -> int:
        """Goods and the freight that is known."""
        return self.goods_fen + (self.freight_fen or 0)

    def set_freight(self, by_box: dict[CountyBox, int] | None) -> None:
        """Show each box's freight; None shows none."""
        for county in self.counties:
            county.freight, county.free = by_box, None
            goods = [item for item in county.items if item.buyable and item.variant.day is None]
            stores = {item.variant.product.store_id for item in goods}
            freight, paid = county.full_freight_fen or 0, sum(item.amount_fen for item in goods)
            if goods and by_box is not None:
                code = goods[0].variant.product.county_code
                county.free = self.offer.free_freight(code, stores, paid, freight)

    def quote(self, to: Station | Region, days: Mapping[BoxKey, dt.date] | None = None) -> None:
        """Show each box's freight to a place, and the day when it would arrive, not before the wished one. Raises delivery's NoRoute."""
        self.set_freight(quote_freight(self.boxes, to))
        for county in self.counties:
            county.arrivals = {box: _arrival(county, box, to, (days or {}).get(box.key)) for box in county.boxes}


def _arrival(county: CountyPart, box: CountyBox, to: Station | Region, wished: dt.date | None) -> BoxArrival | None:
    """When a box would arrive; nothing for one that waits for its week."""
    if box.promised_week and box.promised_week > timezone.localdate():
        return None
    weights: dict[Station, int] = {}
    for store, items in county.stores:
        weights[store.station] = weights.get(store.station, 0) + sum(item.weight_g for item in _inside(items, box))
    return arrival_of_box(box, weights.items(), to=to, wished=wished)


def _inside(items: list[Item], box: CountyBox) -> list[Item]:
    return [item for item in items if item.buyable and box.key in box_keys(item.variant)]


_RELATED = (
    "variant__product__store__household",
    "variant__product__store__station",
    "variant__product__store__region",
    "variant__product__picture",
    "variant__product__category__parent",
)
# Goods, stores and households carry texts and papers that no cart shows; a household's are not a buyer's to read.
_SHOWN = (
    "quantity", "seen_price_fen", "variant_id", "cart__ref", "cart__user", "cart__touched_at",
    *(f"variant__{name}" for name in (
        "sku", "name", "name_en", "sold_by", "net_weight_g", "gross_weight_g", "price_fen", "on_hand", "held", "tolerance_percent",
        "least", "most", "day", "promised_week", "deposit_percent", "active", "apart_until", "deliveries", "weeks_between", "season_from",
        "season_until",
    )),
    *(f"variant__product__{name}" for name in (
        "ref", "name", "name_en", "temperature", "flow", "county_code", "status", "store_open", "category__slug",
        "category__parent__slug", "store__slug", "store__name", "store__name_en", "store__household__kind", "store__station__region",
        "store__region__name", "store__region__latin", "store__region__level",
        *(f"picture__{name}" for name in ("title", "width", "height", "file", "alt_zh", "alt_en")),
    )),
)  # fmt: skip


def _of_account(user_id: int) -> QuerySet[CartLine]:
    return _shown_lines().filter(cart__user_id=user_id)


def _of_guest(ref: str) -> QuerySet[CartLine]:
    return _shown_lines().filter(cart__user=None, cart__ref=ref)


def _shown_lines() -> QuerySet[CartLine]:
    return CartLine.objects.select_related("cart", *_RELATED).only(*_SHOWN).annotate(promoted=any_running())


def read_basket(user: User | AnonymousUser, ref: str, group: str | None = None) -> Basket:
    """The cart of whoever is signed in, or else of the cookie, as it stands now; by two queries, and two more while a promotion runs.

    `group` leaves out what has to be ordered apart from it (orders.deposits.group_of); the first group where there is no such one.
    """
    if not user.is_authenticated and not ref:
        return Basket()
    lines = fetch(_of_account, user.pk) if user.is_authenticated else fetch(_of_guest, ref)
    everything = len(lines)
    if group is not None and lines:
        groups = {group_of(line.variant) for line in lines}
        group = group if group in groups else min(groups)
        lines = [line for line in lines if group_of(line.variant) == group]
    basket = make_basket(lines)
    basket.others, basket.group = everything - len(lines), group or ""
    basket.cart = lines[0].cart if lines else None
    if lines and getattr(lines[0], "promoted", False):
        basket.apply(read_offer([line.variant for line in lines], buyer=user if isinstance(user, User) else None))
    return basket


def use_coupon(basket: Basket, *, buyer: User | None, code: str) -> None:
    """Take off what a coupon takes, too. Raises CouponRefused, and the basket stays as it was."""
    basket.apply(read_offer([item.variant for item in basket.items], buyer=buyer, code=code))


def basket_of(request: HttpRequest, group: str | None = None) -> Basket:
    """The cart of a request as it stands now, or one group of its goods."""
    return read_basket(request.user, request.COOKIES.get(CART_COOKIE, ""), group)


def make_basket(lines: Iterable[CartLine], *, has_place: bool = False) -> Basket:
    """The page's view of lines whose variants, products and stores are loaded; `has_place` in the flash sale of their pack."""
    today = timezone.localdate()
    items = [
        Item(
            line,
            line.variant,
            not is_on_sale(line.variant, has_place=has_place),
            line.variant.available,
            weeks=season_weeks(line.variant, today),
        )
        for line in lines
    ]
    items.sort(key=lambda item: (item.variant.product.county_code, item.variant.product.store_id, item.variant.pk))
    codes = {full_code(item.variant.product.county_code) for item in items}
    names = Region.objects.in_bulk(codes) if codes else {}
    counties = []
    for county, group in groupby(items, key=lambda item: item.variant.product.county_code):
        own = list(group)
        boxes = pack_boxes((item.variant, item.quantity) for item in own if item.buyable)
        stores = [
            (mine[0].variant.product.store, mine)
            for mine in (list(part) for _key, part in groupby(own, key=lambda item: item.variant.product.store_id))
        ]
        counties.append(CountyPart(names[full_code(county)], stores, boxes))
    return Basket(counties)
