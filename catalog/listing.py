"""Listing goods for a farmer: the product, its packs, its lots and tests, its pictures, and putting it on sale.

Everything here is done under the store's mandate, or by the farmer: history keeps who did it and on whose behalf.
"""

import datetime as dt
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.references import public_reference
from catalog.growing import GrowerMissing, authorise_grower, gathers
from catalog.models import (
    GRAMS_PER_JIN,
    Category,
    Grade,
    Lot,
    LotTest,
    Product,
    ProductPicture,
    ProductStatus,
    SoldBy,
    Temperature,
    Variant,
)
from catalog.search import index_product
from pictures.models import Picture
from sellers.mandates import mandate_for
from sellers.models import Household, Mandate, Store, StoreStatus
from stations.models import Region
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of

Allowed = Literal["list", "price"]
# Letters of a lot's number that nobody misreads on a sack.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
PACKING_G = 60


class PackKnown(Exception):
    """The product has a pack of this name already."""


class StoreNotOpen(Exception):
    """Goods are for sale in open stores alone."""


class NothingToSell(Exception):
    """A product without a pack and its price can't be put on sale."""


class StockBelowHeld(Exception):
    """Buyers hold more units than were entered; `held` says how many."""

    def __init__(self, held: int) -> None:
        super().__init__(held)
        self.held = held


def authorise(*, by: User, store: Store, allowed: Allowed = "list") -> Mandate | None:
    """The mandate on which `by` may act for the store's farmer; None for the farmer.

    Raises scope.NotAllowed for whoever doesn't serve at a station of the store, and mandates.MandateMissing.
    """
    if store.household.user_id != by.pk:
        scope_of(by).require(STAFF_ROLES, store.station.region_id)
    return mandate_for(by, store.household, scope=allowed)


@contextmanager
def _acting(by: User, store: Store, *scopes: Allowed) -> Iterator[Mandate | None]:
    """A transaction under the mandate that `by` acts on (for listing, where no scope is named), which history records with the farmer.

    Raises as authorise does.
    """
    with transaction.atomic():
        # In the transaction: a withdrawal waits until what is done here is done, or came before it and is seen.
        mandate = [authorise(by=by, store=store, allowed=allowed) for allowed in scopes or ("list",)][0]
        behalf = {"on_behalf_of": store.household.pk, "mandate": mandate.pk} if mandate else {}
        behalf["user"] = by.pk  # also where no request says so
        # Whoever shuts the store meanwhile comes before or after: what is indexed below must not show the goods of a shut store.
        store.status = Store.objects.select_for_update(no_key=True).values_list("status", flat=True).get(pk=store.pk)
        with pghistory.context(**behalf):
            yield mandate


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

    Raises StoreNotOpen for a closed store, mandates.MandateMissing, and ValidationError for texts or figures that the model refuses.
    """
    with _acting(by, store) as mandate:
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
        product.save()
        index_product(product)
    return product


def edit_product(*, by: User, product: Product, **texts: Any) -> Product:
    """Changes what is said of a product: any field that list_product takes, but its store. Raises as list_product does."""
    if "season" in texts:
        texts["season_from"], texts["season_to"] = texts.pop("season") or (None, None)
    with _acting(by, product.store):
        for field, value in texts.items():
            setattr(product, field, value)
        product.full_clean()
        product.save(update_fields=[*texts])
        index_product(product)
    return product


def add_variant(
    *,
    by: User,
    product: Product,
    name: str,
    price_fen: int,
    net_weight_g: int = GRAMS_PER_JIN,
    name_en: str = "",
    gross_weight_g: int | None = None,
    sold_by: SoldBy | str = SoldBy.PIECE,
    on_hand: int = 0,
    lot: Lot | None = None,
    sku: str = "",
) -> Variant:
    """A pack of a product: by the piece (`price_fen` a piece), or by weight (`price_fen` a jin of 500 g, whatever `net_weight_g` says).

    `gross_weight_g` is with packing, PACKING_G more when left out.
    Raises PackKnown, growing.GrowerMissing, mandates.MandateMissing, ValidationError.
    """
    if gathers(product.store) and (lot is None or lot.household_id is None):
        raise GrowerMissing(_("Choose the lot: it says whose goods these are, and who is paid."))
    with _acting(by, product.store, "list", "price"):
        Product.objects.select_for_update(no_key=True).values_list("pk").get(pk=product.pk)
        if product.variants.filter(name=name, active=True).exists():
            raise PackKnown
        position = product.variants.count()
        net = GRAMS_PER_JIN if sold_by == SoldBy.WEIGHT else net_weight_g
        variant = Variant(
            product=product, name=name, name_en=name_en, sold_by=sold_by, net_weight_g=net, price_fen=price_fen,
            gross_weight_g=gross_weight_g or net + PACKING_G, on_hand=on_hand, lot=lot, position=position,
            sku=sku or f"{product.county_code}-{product.pk}-{position + 1}",
        )  # fmt: skip
        variant.full_clean()
        variant.save()
        index_product(product)
    return variant


def change_pack(*, by: User, variant: Variant, price_fen: int, on_hand: int) -> None:
    """Sets a variant's price (fen, above 0) and how many units are there, counted with those that buyers hold.

    Orders keep the price that they were placed at. Raises StockBelowHeld when buyers hold more than `on_hand`.
    """
    allowed: Allowed = "list" if price_fen == variant.price_fen else "price"
    with _acting(by, variant.product.store, allowed):
        if price_fen <= 0:
            raise ValidationError({"price_fen": _("It must be more than 0.")})
        changed = Variant.objects.filter(pk=variant.pk, held__lte=on_hand).update(price_fen=price_fen, on_hand=on_hand)
        variant.refresh_from_db()
        if not changed:
            raise StockBelowHeld(variant.held)
        index_product(variant.product)


def add_stock(*, by: User, variant: Variant, units: int) -> None:
    """Counts so many units more (less when below 0) of a variant, whoever counts at the same moment. Raises StockBelowHeld."""
    with _acting(by, variant.product.store):
        kept = Variant.objects.filter(pk=variant.pk, on_hand__gte=F("held") - units)
        changed = kept.update(on_hand=F("on_hand") + units)
        variant.refresh_from_db()
        if not changed:
            raise StockBelowHeld(variant.held)
        index_product(variant.product)


def enter_lot(
    *,
    by: User,
    product: Product,
    harvested_on: dt.date,
    quantity_g: int,
    grade: Grade | None = None,
    household: Household | None = None,
    region: Region | None = None,
    code: str = "",
    at: dt.datetime | None = None,
) -> Lot:
    """A lot of a product: harvested on a day, in a village (the grower's or the product's when left out), so many grams, graded or not yet.

    `household` grew it, where that isn't the store's own (see catalog.growing, whose errors it raises).
    `code` is its number for people; made from the county, the day and four letters when left out.
    """
    if harvested_on > timezone.localdate():
        raise ValidationError({"harvested_on": _("This day has not come yet.")})
    if grade and grade.scheme.category_id not in {product.category_id, product.category.parent_id}:
        raise ValidationError({"grade": _("This grade belongs to other goods.")})
    with _acting(by, product.store):
        authorise_grower(by=by, store=product.store, grower=household)
        home = household.region if household else product.origin
        lot = Lot(
            code=code or f"{product.county_code}-{harvested_on:%y%m%d}-{''.join(secrets.choice(_LETTERS) for _i in range(4))}",
            product=product, household=household, region=region or home, harvested_on=harvested_on, quantity_g=quantity_g,
            grade=grade, entered_by=by, entered_at=at or timezone.now(),
        )  # fmt: skip
        lot.full_clean()
        lot.save()
        index_product(product)
    return lot


def record_test(
    *,
    by: User,
    lot: Lot,
    agency: str,
    standard: str,
    tested_on: dt.date,
    passed: bool,
    finding: str = "",
    finding_en: str = "",
) -> LotTest:
    """A test of a lot by an agency under a standard; one that failed is recorded and shown as well."""
    if tested_on > timezone.localdate():
        raise ValidationError({"tested_on": _("This day has not come yet.")})
    with _acting(by, lot.product.store):
        test = LotTest(
            lot=lot,
            agency=agency,
            standard=standard,
            tested_on=tested_on,
            passed=passed,
            finding=finding,
            finding_en=finding_en,
        )
        test.full_clean()
        test.save()
    return test


def add_picture(*, by: User, product: Product, picture: Picture) -> None:
    """Shows one more picture of a product; the first one also stands on its card."""
    with _acting(by, product.store):
        if product.picture_id is None:
            product.picture = picture
            product.save(update_fields=["picture"])
        else:
            ProductPicture.objects.create(product=product, picture=picture, position=product.pictures.count() + 1)


def put_on_sale(*, by: User, product: Product, at: dt.datetime | None = None) -> None:
    """Shows a product to buyers. Raises StoreNotOpen and NothingToSell. `at` is when it was first shown, for the demo's past year."""
    with _acting(by, product.store):
        if product.store.status != StoreStatus.OPEN:
            raise StoreNotOpen
        if not product.variants.filter(active=True).exists():
            raise NothingToSell
        product.status = ProductStatus.LISTED
        product.listed_at = at or timezone.now()
        product.save(update_fields=["status", "listed_at"])
        index_product(product)


def withdraw(*, by: User, product: Product) -> None:
    """Takes a product off sale; what was ordered before stays ordered."""
    with _acting(by, product.store):
        product.status = ProductStatus.WITHDRAWN
        product.save(update_fields=["status"])
