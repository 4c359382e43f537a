"""Camera first: a photograph, a name, a weight, a price, how many. One step makes goods that can be sold; the rest may follow."""

import contextlib
import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, Value, When
from django.utils import timezone

from accounts.models import User
from catalog.acting import acting_for
from catalog.growing import gathers
from catalog.listing import StoreNotOpen, add_picture, list_product, put_on_sale
from catalog.lots import enter_lot
from catalog.models import (
    GRAMS_PER_JIN,
    Category,
    Flow,
    GoodsKind,
    Product,
    ProductStatus,
    SoldBy,
    Temperature,
    Variant,
)
from catalog.packing import add_variant
from catalog.rules import LicenceMissing
from pictures.intake import take_in
from pictures.models import Picture
from sellers.models import Household, Store

MOST_SUGGESTIONS = 40
MOST_ROWS = 400
# What has a harvest: a lot stands behind it, and its buyers are told when it was.
HARVESTED = (GoodsKind.FARM,)


class NameKnown(Exception):
    """The store lists goods of this name already; `product` are those."""

    def __init__(self, product: Product) -> None:
        super().__init__(product.name)
        self.product = product


@dataclass(frozen=True)
class Pack:
    """How goods are offered: a piece of so many grams, or loose, by the jin."""

    grams: int
    sold_by: SoldBy = SoldBy.PIECE

    @property
    def name(self) -> str:
        """As a farmer would write it on the bag."""
        return "散装" if self.sold_by == SoldBy.WEIGHT else f"{_amount(self.grams, '克', '公斤')}装"

    @property
    def name_en(self) -> str:
        """The same in English."""
        return "loose" if self.sold_by == SoldBy.WEIGHT else f"{_amount(self.grams, ' g', ' kg')} pack"


def _amount(grams: int, small: str, large: str) -> str:
    return f"{grams}{small}" if grams < 1000 else f"{grams / 1000:g}{large}"


LOOSE = Pack(GRAMS_PER_JIN, SoldBy.WEIGHT)


@dataclass(frozen=True)
class Suggestion:
    """A name that goods of the county go by, and what goes with it: its kind, and the pack that it is mostly sold in."""

    name: str
    category: int
    pack: Pack
    stores: int = 0


def list_quickly(
    *,
    by: User,
    store: Store,
    ref: str,
    name: str,
    category: Category,
    pack: Pack,
    price_fen: int,
    on_hand: int,
    picture: Picture,
    harvested_on: dt.date | None = None,
    household: Household | None = None,
    beside: bool = False,
) -> Product:
    """Lists goods with their photograph, pack and stock, and sends them on: to the county's review, from a store that is open.

    `ref` was made by the page: sent twice, the goods are there once. Goods with a harvest come from a lot of `harvested_on` (today when
    left out) that `household` grew, where that isn't the store's own. `beside` lists them although the store has goods of this name.

    Raises NameKnown, and as list_product, enter_lot and add_variant do (rules.GoodsForbidden among them).
    """
    with acting_for(by, store, "list", "price"):
        Store.objects.select_for_update(no_key=True).get(pk=store.pk)
        if known := Product.objects.filter(ref=ref, store=store).first():
            return known
        if not beside and (twin := twin_of(store, name)):
            raise NameKnown(twin)
        product = list_product(
            by=by, store=store, ref=ref, category=category, origin=household.region if household else store.region,
            name=name, temperature=_usual_temperature(store.region_id[:6], category),
        )  # fmt: skip
        add_picture(by=by, product=product, picture=picture)
        lot = None
        if category.kind in HARVESTED or gathers(store):
            lot = enter_lot(
                by=by, product=product, harvested_on=harvested_on or timezone.localdate(), quantity_g=on_hand * pack.grams,
                household=household,
            )  # fmt: skip
        add_variant(
            by=by, product=product, name=pack.name, name_en=pack.name_en, price_fen=price_fen, net_weight_g=pack.grams,
            sold_by=pack.sold_by, on_hand=on_hand, lot=lot,
        )  # fmt: skip
        # Without an open store, or the licence for it, it waits as a draft; refuse_unsellable says why.
        with contextlib.suppress(StoreNotOpen, LicenceMissing):
            put_on_sale(by=by, product=product)
    return product


def list_from(
    *, by: User, store: Store, given: Mapping[str, Any], facts: Mapping[str, Any], beside: bool = False
) -> Product:
    """List what a valid form says: its photograph is taken in with the goods, or with neither. Raises as list_quickly does."""
    with transaction.atomic():
        picture = take_in(given["photograph"], title=given["name"], alt_zh=given["name"])
        return list_quickly(by=by, store=store, picture=picture, beside=beside, **facts)


def twin_of(store: Store, name: str) -> Product | None:
    """The goods of this name that the store lists already, however the name was spaced."""
    wanted = plain(name)
    for product in store.products.exclude(status=ProductStatus.WITHDRAWN).only("ref", "name", "name_en", "store"):
        if plain(product.name) == wanted:
            return product
    return None


def plain(name: str) -> str:
    """A name without its spaces and capitals: what two names are compared by."""
    return re.sub(r"\s+", "", name).casefold()


def suggestions(store: Store) -> list[Suggestion]:
    """Names to choose from, what the store is likeliest to list first; not what it lists already.

    First names that it sold under before, then what others in the county sell of its kinds of goods, by how many stores do, then those
    kinds themselves; after that the county's other goods and the other kinds. Inbound goods only for a store that sells some.
    """
    own = store.products.all()
    listed = {plain(name) for name in own.exclude(status=ProductStatus.WITHDRAWN).values_list("name", flat=True)}
    mine = set(own.values_list("category", flat=True))
    inward = own.filter(flow=Flow.INBOUND).exists()
    sold, kinds = _sold_in(store.region_id[:6], mine, inward=inward), _kinds(mine, inward=inward)
    near, far = ([one for one in sold if (one.category in mine) is here] for here in (True, False))
    near_kinds, far_kinds = ([one for one in kinds if (one.category in mine) is here] for here in (True, False))
    found: dict[str, Suggestion] = {}
    for suggestion in (*_sold_before(store), *near, *near_kinds, *far, *far_kinds):
        if plain(suggestion.name) not in listed:
            found.setdefault(plain(suggestion.name), suggestion)
    return list(found.values())[:MOST_SUGGESTIONS]


def _sold_before(store: Store) -> list[Suggestion]:
    """What the store has withdrawn, the latest first: with the next harvest it comes back."""
    rows = Variant.objects.filter(product__store=store, product__status=ProductStatus.WITHDRAWN)
    rows = rows.exclude(product__category__kind=GoodsKind.BOOKING).order_by("-product", "position", "pk")
    values = rows.values_list("product__name", "product__category", "net_weight_g", "sold_by")[:MOST_ROWS]
    return [Suggestion(name, kind, Pack(grams, SoldBy(sold_by)), 1) for name, kind, grams, sold_by in values]


def _sold_in(county_code: str, mine: Collection[int], *, inward: bool) -> list[Suggestion]:
    """One row a name and pack, kinds of goods among `mine` first, then the most usual; the first of a name is how it is mostly sold."""
    goods = Product.objects.on_sale().filter(county_code=county_code)
    if not inward:
        goods = goods.filter(flow=Flow.OUTBOUND)
    rows = (
        Variant.objects.filter(active=True, product__in=goods)
        .exclude(product__category__kind=GoodsKind.BOOKING)
        .annotate(near=Case(When(product__category__in=mine, then=Value(0)), default=Value(1)))
        .values_list("product__name", "product__category", "net_weight_g", "sold_by", "near")
        .annotate(stores=Count("product__store", distinct=True))
        .order_by("near", "-stores", "product__name", "net_weight_g")[:MOST_ROWS]
    )
    return [Suggestion(name, kind, Pack(grams, SoldBy(by)), stores) for name, kind, grams, by, _near, stores in rows]


def _kinds(mine: Collection[int], *, inward: bool) -> list[Suggestion]:
    return [
        Suggestion(one.name, one.pk, Pack(GRAMS_PER_JIN))
        for one in listable_categories()
        if inward or one.flow == Flow.OUTBOUND or one.pk in mine
    ]


def listable_categories() -> list[Category]:
    """The kinds of goods that can be listed with a photograph and a price: all but visits."""
    return list(Category.objects.filter(children=None).exclude(kind=GoodsKind.BOOKING).select_related("parent"))


def category_for(name: str, offered: list[Suggestion], categories: list[Category]) -> Category | None:
    """The kind of goods that a name speaks of: that of goods of the same name, else the kind whose name or other words are in it."""
    by_key = {category.pk: category for category in categories}
    for suggestion in offered:
        if plain(suggestion.name) == plain(name):
            return by_key.get(suggestion.category)
    spoken = [(len(word), -place) for place, one in enumerate(categories) for word in _words(one) if word in name]
    return categories[-max(spoken)[1]] if spoken else None


def _words(category: Category) -> list[str]:
    return [category.name, *category.aliases.split()]


def _usual_temperature(county_code: str, category: Category) -> str:
    """How goods of this kind mostly travel from this county; at room temperature where there are none."""
    rows = Product.objects.on_sale().filter(county_code=county_code, category=category).values_list("temperature")
    usual = rows.annotate(number=Count("pk")).order_by("-number").first()
    return str(usual[0]) if usual else str(Temperature.AMBIENT)
