"""Where a photograph is shown already, and stores that show the same one: often a sign that somebody copied another's picture."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from catalog.models import Product, ProductPicture
from pictures.likeness import pairs_alike, similar_to
from pictures.models import Picture

MOST_USES = 5


@dataclass(slots=True)
class Alike:
    """A photograph that goods of several stores show: its earliest picture, the goods (earliest first), which are the user's."""

    picture: Picture
    goods: list[Product]
    mine: set[int]


def goods_with(picture: Picture, *, besides: Product, user: User) -> list[Product]:
    """Other goods that show the same photograph: those on sale, and those of the user's regions; the earliest MOST_USES."""
    alike = list(similar_to(picture).values_list("pk", flat=True))
    if not alike:
        return []
    known = Product.objects.visible_to(user) | Product.objects.on_sale()
    found = known.filter(_showing(alike)).exclude(pk=besides.pk).select_related("store").distinct()
    return list(found.order_by("pk")[:MOST_USES])


def _showing(pictures: Iterable[int]) -> Q:
    more = ProductPicture.objects.filter(picture__in=list(pictures)).values("product")
    return Q(picture__in=list(pictures)) | Q(pk__in=more)


def stores_alike(user: User) -> list[Alike]:
    """The photographs that goods of several stores show, at least one of the user's regions; the latest found first.

    The other stores' goods are named when they are on sale. Five queries, whatever their number.
    """
    first_of = _first_of_each(pairs_alike())
    shown_by = _shown_by(first_of)
    mine = Product.objects.visible_to(user).filter(pk__in=shown_by)
    mine_found = set(mine.values_list("pk", flat=True))
    known = mine | Product.objects.on_sale().filter(pk__in=shown_by)
    groups: dict[int, list[Product]] = defaultdict(list)
    for product in known.select_related("store").distinct().order_by("pk"):
        for first in shown_by[product.pk]:
            groups[first].append(product)
    told = {
        first: goods
        for first, goods in groups.items()
        if len({one.store_id for one in goods}) > 1 and any(one.pk in mine_found for one in goods)
    }
    pictures = Picture.objects.in_bulk(told)
    return [
        Alike(pictures[first], told[first], mine_found) for first in sorted(told, reverse=True) if first in pictures
    ]


def _first_of_each(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The earliest picture of the group that each picture belongs to."""
    first: dict[int, int] = {}

    def root(key: int) -> int:
        while first.setdefault(key, key) != key:
            first[key] = first[first[key]]
            key = first[key]
        return key

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        first[high] = low
    return {key: root(key) for key in list(first)}


def _shown_by(first_of: dict[int, int]) -> dict[int, set[int]]:
    """By product, the groups of pictures that it shows."""
    found: dict[int, set[int]] = defaultdict(set)
    keys = list(first_of)
    pairs = [
        *Product.objects.filter(picture__in=keys).values_list("pk", "picture_id"),
        *ProductPicture.objects.filter(picture__in=keys).values_list("product_id", "picture_id"),
    ]
    for product, picture in pairs:
        found[product].add(first_of[picture or 0])
    return found
