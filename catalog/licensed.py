"""Goods that need a licence: off sale from the day on which the seller's licence no longer holds, back when it holds again."""

from typing import Final

import pghistory
from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.models import User
from catalog.indexing import index_products
from catalog.models import Product, ProductStatus
from sellers import licensing
from sellers.models import Household, SellerLicence

LAPSED: Final = "licence"
_LICENSED: Final = "(SELECT coalesce(bool_and(catalog_licensed(p.store_id, wanted.kind)), true) FROM unnest(p.licences) AS wanted (kind))"


def accept_licence(*, by: User, licence: SellerLicence) -> SellerLicence:
    """The county accepts a licence, and goods that waited for it are on sale again. Raises as licensing.accept_licence does."""
    with transaction.atomic():
        kept = licensing.accept_licence(by=by, licence=licence)
        follow_licences(kept.household)
    return kept


def refuse_licence(*, by: User, licence: SellerLicence, reason: str) -> SellerLicence:
    """The county gives a licence back, and goods that rest on it leave the shop. Raises as licensing.refuse_licence does."""
    with transaction.atomic():
        kept = licensing.refuse_licence(by=by, licence=licence, reason=reason)
        follow_licences(kept.household)
    return kept


def follow_licences(household: Household | None = None) -> tuple[int, int]:
    """Takes goods off sale whose licence does not hold today, and puts back those that went so and whose licence holds; how many.

    Of one seller, or of all (every night). What the farmer took off sale themselves stays off.
    """
    goods = Product.objects.all() if household is None else Product.objects.filter(store__household=household)
    wanting = goods.filter(status=ProductStatus.LISTED).exclude(licences=[])
    gone = _move(wanting, ProductStatus.WITHDRAWN, LAPSED, licensed=False)
    stopped = goods.filter(status=ProductStatus.WITHDRAWN, stopped_for=LAPSED)
    return gone, _move(stopped, ProductStatus.LISTED, "", licensed=True)


def _move(goods: "QuerySet[Product]", status: ProductStatus, reason: str, *, licensed: bool) -> int:
    """Moves those of `goods` that are (not) licensed, locked in the order of their keys; inside one transaction."""
    with transaction.atomic(), pghistory.context(reason="licence"), connection.cursor() as cursor:
        ids = list(goods.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
        if not ids:
            return 0
        wanted = _LICENSED if licensed else f"NOT {_LICENSED}"
        cursor.execute(
            f"UPDATE catalog_product AS p SET status = %s, stopped_for = %s WHERE id = ANY(%s) AND {wanted} RETURNING id",
            [status, reason, ids],
        )
        moved = [pk for (pk,) in cursor.fetchall()]
        index_products(moved)
    return len(moved)
