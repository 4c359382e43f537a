"""Listing goods for a farmer: the product, its texts and pictures, and putting it on sale (packs: catalog.packing; lots: catalog.lots;
the county's review: catalog.reviewing and catalog.changes).

Everything here is done under the store's mandate, or by the farmer: history keeps who did it and on whose behalf.
"""

import datetime as dt
from typing import Any

from django.utils import timezone

from accounts.models import User
from accounts.references import public_reference
from catalog import rules
from catalog.acting import acting_for
from catalog.changes import held_back
from catalog.editing import claim
from catalog.models import Category, Product, ProductPicture, ProductStatus, ReviewKind, Temperature
from catalog.reviewing import NothingToSell as NothingToSell
from catalog.reviewing import StoreNotOpen as StoreNotOpen
from catalog.reviewing import refuse_unsellable, submit_listing, take_back, touched
from catalog.search import index_product
from pictures.models import Picture
from sellers.models import Store, StoreStatus
from stations.models import Region


def list_product(
    *,
    by: User,
    store: Store,
    category: Category,
    origin: Region,
    name: str,
    name_en: str = "",
    summary: str = "",
    summary_en: str = "",
    story: str = "",
    story_en: str = "",
    temperature: Temperature | str = Temperature.AMBIENT,
    season: tuple[int, int] | None = None,
    shelf_life_days: int | None = None,
    ref: str = "",
    at: dt.datetime | None = None,
) -> Product:
    """A draft product of `store`; `season` is its first and last month (1 to 12), which may run over the turn of the year.

    `ref` is the reference that the page made for it: sent twice, the product is there once.

    Raises StoreNotOpen for a closed store, mandates.MandateMissing, rules.GoodsForbidden for goods that may not be sold, and
    ValidationError for texts or figures that the model refuses.
    """
    with acting_for(by, store) as mandate:
        if store.status == StoreStatus.CLOSED:
            raise StoreNotOpen
        if ref and (known := Product.objects.filter(ref=ref, store=store).first()):
            return known
        product = Product(
            ref=ref or public_reference(),
            store=store, category=category, origin=origin, county_code=origin.code[:6], flow=category.flow, name=name, name_en=name_en,
            summary=summary, summary_en=summary_en, story=story, story_en=story_en, temperature=temperature,
            shelf_life_days=shelf_life_days, listed_by=by, mandate=mandate, listed_at=at or timezone.now(),
        )  # fmt: skip
        product.season_from, product.season_to = season or (None, None)
        product.full_clean()
        rules.refuse_forbidden(rules.fitting_product(product))
        product.save()
        index_product(product)
    return product


def edit_product(*, by: User, product: Product, version: int | None = None, **texts: Any) -> Product:
    """Changes what is said of a product: any field that list_product takes, but its store; `version` is the one that was edited.

    Raises editing.ChangedMeanwhile for a version that is not the newest any more, and as list_product does.
    Of goods that buyers have seen, a new name or kind, and texts that a rule fits, wait for the county (catalog.changes).
    """
    if "season" in texts:
        texts["season_from"], texts["season_to"] = texts.pop("season") or (None, None)
    with acting_for(by, product.store):
        claim(product, product.version if version is None else version)
        texts = held_back(by=by, product=product, texts=texts)
        for field, value in texts.items():
            setattr(product, field, value)
        product.full_clean()
        product.save(update_fields=[*texts])
        touched(product)
        index_product(product)
    return product


def add_picture(*, by: User, product: Product, picture: Picture) -> None:
    """Shows one more picture of a product; the first one also stands on its card."""
    with acting_for(by, product.store):
        if product.picture_id is None:
            product.picture = picture
            product.save(update_fields=["picture"])
        else:
            ProductPicture.objects.create(product=product, picture=picture, position=product.pictures.count() + 1)
        touched(product)


def put_on_sale(*, by: User, product: Product, at: dt.datetime | None = None) -> None:
    """Shows a product to buyers: new goods go to the county's review first, goods that were on sale before are back at once.

    `product.status` says which. Raises StoreNotOpen, NothingToSell, rules.GoodsForbidden and rules.LicenceMissing.
    `at` is when it was asked for, for the demo's past year.
    """
    with acting_for(by, product.store):
        if product.store.status != StoreStatus.OPEN:
            raise StoreNotOpen
        if product.status == ProductStatus.LISTED:
            return
        if product.status != ProductStatus.WITHDRAWN:
            submit_listing(by=by, product=product, at=at)
            return
        refuse_unsellable(product)
        product.status, product.stopped_for = ProductStatus.LISTED, ""
        product.listed_at = at or timezone.now()
        product.save(update_fields=["status", "stopped_for", "listed_at", "licences"])
        index_product(product)


def withdraw(*, by: User, product: Product) -> None:
    """Takes a product off sale, or back from the county's review; what was ordered before stays ordered."""
    with acting_for(by, product.store):
        waiting = product.reviews.waiting().filter(kind=ReviewKind.NEW).first()
        if waiting:
            take_back(by=by, review=waiting)
            product.refresh_from_db(fields=["status"])
        elif product.status in (ProductStatus.LISTED, ProductStatus.WITHDRAWN):
            product.status, product.stopped_for = ProductStatus.WITHDRAWN, ""
            product.save(update_fields=["status", "stopped_for"])
