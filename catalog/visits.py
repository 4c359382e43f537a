"""Visits: farm stays, picking days and tours. A day with its places is a pack of its own, whose stock is places; nothing is sent.

Who booked, and who came, is orders.visits'.
"""

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.acting import acting_for
from catalog.growing import GrowerMissing, gathers
from catalog.models import CraftDetails, GoodsKind, Product, Stock, Variant, VisitDetails
from catalog.packing import change_price, count_stock
from catalog.search import index_product

MOST_DAYS = 200
LONGEST_AHEAD = dt.timedelta(days=366)
# The database wants a weight of every pack; a place has none, and no order line carries this one.
_NO_WEIGHT = 1


class NoVisit(ValueError):
    """Days are offered of goods that are visits alone."""


class NoSuchDays(ValueError):
    """No day to come lies in what was asked for, or too many do."""


def days_between(first: dt.date, last: dt.date, weekdays: Iterable[int]) -> list[dt.date]:
    """The days from `first` to `last` on these weekdays (0 is Monday)."""
    wanted = set(weekdays)
    count = min(max((last - first).days + 1, 0), LONGEST_AHEAD.days + 1)
    days = (first + dt.timedelta(days=number) for number in range(count))
    return [day for day in days if day.weekday() in wanted]


def offer_days(
    *,
    by: User,
    product: Product,
    days: Iterable[dt.date],
    places: int,
    price_fen: int,
    name: str = "",
    name_en: str = "",
    most: int | None = None,
) -> list[Variant]:
    """Offers `places` at `price_fen` each on every one of these days that has no such offer yet; the packs that are new.

    `name` says what is booked, where there is more than one thing ('double room'). Raises NoVisit, NoSuchDays, GrowerMissing for a
    store that sells the goods of many, mandates.MandateMissing, ValidationError.
    """  # fmt: skip
    today = timezone.localdate()
    wanted = sorted({day for day in days if today <= day <= today + LONGEST_AHEAD})
    if not wanted or len(wanted) > MOST_DAYS:
        raise NoSuchDays
    with acting_for(by, product.store, "list", "price"):
        if product.category.kind != GoodsKind.BOOKING:
            raise NoVisit
        if gathers(product.store):
            raise GrowerMissing(_("A station can't offer visits: the family does, in a store of its own."))
        Product.objects.select_for_update(no_key=True).values_list("pk").get(pk=product.pk)
        known = set(product.variants.filter(day__in=wanted).values_list("day", "name"))
        number = product.variants.count()
        made = []
        for day in wanted:
            if (day, _named(day, name)) in known:
                continue
            number += 1
            variant = Variant(
                product=product, day=day, name=_named(day, name), name_en=_named_en(day, name_en or name), price_fen=price_fen,
                most=most, net_weight_g=_NO_WEIGHT, gross_weight_g=_NO_WEIGHT, sku=f"{product.county_code}-{product.pk}-{number}",
            )  # fmt: skip
            variant.full_clean()
            made.append(variant)
        Variant.objects.bulk_create(made)
        Stock.objects.bulk_create(Stock(variant=variant, on_hand=places) for variant in made)
        index_product(product)
    return made


def _named(day: dt.date, name: str) -> str:
    return f"{day.year}年{day.month}月{day.day}日 {name}".strip()


def _named_en(day: dt.date, name: str) -> str:
    return f"{day.day} {day:%B %Y} {name}".strip()


def change_day(*, by: User, variant: Variant, places: int, price_fen: int) -> None:
    """Sets the places and the price of one day; 0 places where nobody has booked closes it.

    Raises NoVisit, packing.StockBelowHeld (more are booked), mandates.MandateMissing, ValidationError.
    """
    if variant.day is None:
        raise NoVisit
    if variant.day < timezone.localdate():
        raise ValidationError(_("This day is over."))
    with transaction.atomic():
        change_price(by=by, variant=variant, price_fen=price_fen)
        count_stock(by=by, variant=variant, on_hand=places)


def coming_days(product: Product) -> list[Variant]:
    """The days that are offered from today on, in order."""
    return list(product.variants.filter(active=True, day__gte=timezone.localdate()).order_by("day", "position", "pk"))


def end_past_days(*, today: dt.date | None = None) -> int:
    """Takes the days that are over off sale; how many. (Nobody can book them meanwhile: catalog.stock looks at the day itself.)"""
    over = Variant.objects.filter(active=True, day__lt=today or timezone.localdate())
    products = Product.objects.filter(variants__in=over).distinct().order_by("pk")
    count = 0
    for product in list(products):
        with transaction.atomic():
            count += over.filter(product=product).update(active=False)
            index_product(product)
    return count


def say_of_visit(*, by: User, product: Product, **texts: str) -> None:
    """Keeps how to get there, the hours, and what holds when a guest can't come (fields of VisitDetails). Raises as acting_for does."""
    with acting_for(by, product.store):
        details, _new = VisitDetails.objects.get_or_create(product=product)
        _save(details, texts)


def say_of_craft(*, by: User, product: Product, **facts: str | int | None) -> None:
    """Keeps who made it, of what, its size and how long one takes (fields of CraftDetails). Raises as acting_for does."""
    with acting_for(by, product.store):
        details, _new = CraftDetails.objects.get_or_create(product=product)
        _save(details, facts)


def _save(details: VisitDetails | CraftDetails, facts: dict[str, str] | dict[str, str | int | None]) -> None:
    for field, value in facts.items():
        setattr(details, field, value)
    details.full_clean()
    details.save()
