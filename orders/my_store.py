"""What a farmer sees of their own store: what to bring, what it earns, what was sold, and who did what in their name."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Count, Sum

from accounts.models import User
from catalog.models import Product
from delivery.models import ParcelState
from orders.models import Consignment, OrderLine, OrderState
from payments.ledger import owed
from payments.models import AccountKind
from sellers.models import Household, Store

RECENT_SALES = 12
RECENT_DEEDS = 12


@dataclass(frozen=True, slots=True)
class Earnings:
    """Fen that are the store's: still on the way to it, and ready to be paid out."""

    pending_fen: int
    available_fen: int


@dataclass(frozen=True, slots=True)
class ToBring:
    """Units of one pack to bring to the service point, over all paid orders; `orders` is how many orders they are for."""

    name: str
    quantity: int
    orders: int


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was entered (`new`) or changed about the store or its goods, and by whom; `own` when by the farmer."""

    when: dt.datetime
    what: str
    new: bool
    by: str
    own: bool


def earnings_of(store: Store) -> Earnings:
    """The store's balances in the ledger."""
    return Earnings(
        pending_fen=owed(AccountKind.SELLER_PENDING, store.slug),
        available_fen=owed(AccountKind.SELLER_AVAILABLE, store.slug),
    )


def to_bring(store: Store) -> list[ToBring]:
    """What the farmer has to bring: sold, paid and not collected yet."""
    lines = OrderLine.objects.filter(
        consignment__store=store,
        consignment__order__state=OrderState.PAID,
        consignment__parcel__state=ParcelState.PLANNED,
    )
    sums = (
        lines.values("variant_id", "name", "name_en", "pack", "pack_en")
        .annotate(units=Sum("quantity"), orders=Count("consignment", distinct=True))
        .order_by("name", "pack")
    )
    return [
        ToBring(
            OrderLine(name=row["name"], name_en=row["name_en"], pack=row["pack"], pack_en=row["pack_en"]).label,
            row["units"],
            row["orders"],
        )
        for row in sums
    ]


def recent_sales(store: Store) -> Sequence[Consignment]:
    """The newest paid consignments with their lines. The buyer's name, telephone and address are not read."""
    return list(
        Consignment.objects.filter(store=store, order__state__in=(OrderState.PAID, OrderState.REFUNDED))
        .select_related("order", "parcel")
        .defer("order__recipient", "order__phone", "order__address", "order__email")
        .prefetch_related("lines")
        .order_by("-order__paid_at", "-id")[:RECENT_SALES]
    )


# Event table, the condition on its rows, what to call the thing, and who entered it where the history has no request to name.
_HISTORIES: tuple[tuple[str, str, str, str], ...] = (
    ("sellers.StoreEvent", "pgh_obj_id", "name", "submitted_by_id"),
    ("catalog.ProductEvent", "store_id", "name", "listed_by_id"),
    ("catalog.VariantEvent", "pgh_obj__product__store_id", "pgh_obj__product__name", "pgh_obj__product__listed_by_id"),
)


def deeds_of(store: Store) -> list[Deed]:
    """What was entered about the store, its goods and their prices, newest first, from the history that the database keeps."""
    found: list[tuple[dt.datetime, str, str, int]] = []
    for model, owner, name, entered_by in _HISTORIES:
        events = apps.get_model(model).objects.filter(**{owner: store.pk}).order_by("-pgh_created_at")
        rows = events.values_list("pgh_created_at", "pgh_label", name, "pgh_context__metadata", entered_by)
        for when, label, what, metadata, person in rows[:RECENT_DEEDS]:
            who = (metadata or {}).get("user") or (person if label == "insert" else None)
            if who is not None:
                found.append((when, label, what, who))
    found.sort(key=lambda row: row[0], reverse=True)
    people = User.objects.in_bulk({who for *_event, who in found})
    return [
        Deed(when, what, label == "insert", str(people[who]), who == store.household.user_id)
        for when, label, what, who in found[:RECENT_DEEDS]
        if who in people
    ]


def stores_of(household: Household) -> list[Store]:
    """The household's stores, the one that was opened last first."""
    return list(household.stores.select_related("station", "household").order_by("-opened_at", "-id"))


def goods_of(store: Store) -> list[Product]:
    """The store's goods with their packs."""
    return list(store.products.select_related("picture").prefetch_related("variants").order_by("-listed_at")[:60])
