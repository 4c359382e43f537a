"""Cards: what a list shows of each product, worked out in one go. A list of 24 costs one query, not one a card."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.campaigns import Campaign, Goods, Reduced, holding_now, prices_of_product
from catalog.models import SEALS, CertificateKind, Product
from catalog.places import county_and_township, name_of, read_names, short_places
from catalog.weeks import week_text
from stations.statements import Keys, read, read_named

# Where cards reckon the arrival to, until a buyer says where they live: 长沙市, the capital of the first counties' province.
USUAL_CITY = "430100000000"

_COLUMNS = (
    "pk", "ref", "name", "name_en", "origin_id", "county_code", "store_id", "category_id", "store__name",
    "store__name_en", "price_from_fen", "price_from_g", "several_prices",
    "in_stock", "promised_week", "seals", "arrives_in_days", "sold_units", "picture__sources", "picture__width",
    "picture__height",
)  # fmt: skip


@dataclass(slots=True)
class Shown:
    """What the `picture` tag needs of a picture; `sources` may be the JSON of them, as a statement reads it."""

    sources: dict[str, Any] | str
    width: int
    height: int
    title: str = ""
    alt_zh: str = ""
    alt_en: str = ""


@dataclass(slots=True)
class Card:
    """One product in a list; `fen` is the lowest price, for `grams`; `note` stands where the arrival is not known.

    While a campaign holds `fen` is its price, `was_fen` the ordinary one, and `campaign` says by whom and until when; a price for
    buyers with an account alone is told in `account_price`.
    """

    url: str
    name: str
    place: str
    farmer: str
    grams: int
    fen: int
    several: bool
    sold_out: bool
    picture: Shown | None = None
    arrives: dt.date | None = None
    note: str = ""
    seals: list[str] = field(default_factory=list)
    was_fen: int | None = None
    campaign: str = ""
    account_price: str = ""


def card_rows(products: "QuerySet[Product]", *more: str) -> list[dict[str, Any]]:
    """The rows that cards are made of, in the order of `products`; one query. `more` names further columns."""
    return list(products.values(*_COLUMNS, *more))


# The same rows by their keys. As a queryset it takes longer to put together than to read, and what a list sorts stays narrow: texts and
# pictures are read for the rows of one page alone, by a statement that PostgreSQL plans once.
_OF_KEYS: Final = """
SELECT p.id AS pk, p.ref, p.name, p.name_en, p.origin_id, p.county_code, p.store_id, p.category_id,
  s.name AS store__name, s.name_en AS store__name_en, p.price_from_fen,
  p.price_from_g, p.several_prices, p.in_stock, p.promised_week, p.seals, p.arrives_in_days, p.sold_units,
  i.sources AS picture__sources, i.width AS picture__width, i.height AS picture__height
FROM catalog_product AS p JOIN sellers_store AS s ON s.id = p.store_id LEFT JOIN pictures_picture AS i ON i.id = p.picture_id
WHERE p.id = ANY(%s::bigint[])
"""


def keys_of(products: "QuerySet[Product]", columns: Sequence[str]) -> Keys | None:
    """The statement that finds the products' `columns` (as rows_in_order takes them), not yet run; None where nothing can be found."""
    try:
        return products.values_list(*(column.lstrip("-") for column in columns)).query.sql_with_params()
    except EmptyResultSet:
        return None


def rows_in_order(found_by: Keys | None, columns: Sequence[str]) -> list[dict[str, Any]]:
    """The rows that cards are made of for what `keys_of` finds with these `columns`, in its order; two queries, one that finds nothing.

    Each row has the columns that were found by too, under their names: `relevance` and `near` are no columns of a product.
    """
    return [] if found_by is None else rows_of(read(*found_by), columns)


def rows_of(keys: Iterable[tuple[Any, ...]], columns: Sequence[str]) -> list[dict[str, Any]]:
    """The same for keys that were found: the values of `columns` of each product; one query, none without any."""
    names = [column.lstrip("-") for column in columns]
    found = [dict(zip(names, row, strict=True)) for row in keys]
    if not found:
        return []
    cards = {row["pk"]: row for row in read_named(_OF_KEYS, [[keys["pk"] for keys in found]])}
    return [cards[keys["pk"]] | keys for keys in found if keys["pk"] in cards]


def make_cards(rows: Iterable[dict[str, Any]]) -> list[Card]:
    """Cards of the rows of card_rows, in the language of the page; one query at most, for names of places not yet read."""
    rows = list(rows)
    read_names([USUAL_CITY, *(code for row in rows for code in county_and_township(row["origin_id"]))])
    english, today, address = get_language() == "en", timezone.localdate(), reverse("product", args=["-"])
    texts = {bit: seal_text(kind) for kind, bit in SEALS.items()}
    # Cards of one page share a few places and days.
    places = short_places({row["origin_id"] for row in rows})
    days = {row["arrives_in_days"] for row in rows}
    notes = {number: arrival_note(number, today) if number is not None else "" for number in days}
    cards = [_card(row, english=english, address=address, seals=texts, places=places, notes=notes) for row in rows]
    if holding := holding_now():
        for row, card in zip(rows, cards, strict=True):
            _reduce(card, row, holding)
    return cards


def _reduce(card: Card, row: dict[str, Any], holding: list[Campaign]) -> None:
    """Put the campaign price that holds on a card."""
    goods = Goods(row["pk"], row["county_code"], row["store_id"], row["category_id"])
    prices = prices_of_product(holding, goods, fen=card.fen)
    if prices.with_account:
        card.account_price = account_price(prices.with_account)
    if (reduced := prices.open) is None:
        return
    card.fen, card.was_fen = reduced.fen, reduced.was_fen
    card.campaign = _("%(giver)s, until %(day)s") % {
        "giver": reduced.campaign.given_by,
        "day": short_day(reduced.campaign.last_day),
    }
    if reduced.pack is not None:
        card.grams, card.several = reduced.pack.grams, card.several or not reduced.pack.alone


def account_price(reduced: Reduced) -> str:
    """'登录后¥30.00，每人限2件' ('¥30.00 with an account, at most 2 each'): a price that a guest does not have."""
    most = reduced.campaign.most_per_buyer or 0
    return _("¥%(yuan)s with an account, at most %(most)s each") % {"yuan": f"{reduced.fen / 100:.2f}", "most": most}


def seal_text(kind: CertificateKind) -> str:
    """What a certificate's seal says: four characters at most in Chinese."""
    return {
        CertificateKind.GREEN: _("Green food"),
        CertificateKind.ORGANIC: _("Organic"),
        CertificateKind.GEOGRAPHICAL: _("Origin mark"),
    }[kind]


def _card(
    row: dict[str, Any],
    *,
    english: bool,
    address: str,
    seals: dict[int, str],
    places: dict[str, str],
    notes: dict[int | None, str],
) -> Card:
    return Card(
        url=address.replace("/-/", f"/{row['ref']}/"),
        name=(row["name_en"] or row["name"]) if english else row["name"],
        place=places[row["origin_id"]],
        farmer=(row["store__name_en"] or row["store__name"]) if english else row["store__name"],
        grams=row["price_from_g"],
        fen=row["price_from_fen"],
        several=row["several_prices"],
        sold_out=not row["in_stock"],
        picture=Shown(row["picture__sources"], row["picture__width"], row["picture__height"])
        if row["picture__sources"]
        else None,
        note=promise_note(row["promised_week"]) if row["promised_week"] else notes[row["arrives_in_days"]],
        seals=[text for bit, text in seals.items() if row["seals"] & bit],
    )


def arrival_note(days: int, today: dt.date) -> str:
    """'11月24日到长沙' ('in Changsha by 24 Nov'): an order of today, at the city that pages reckon with."""
    return _("in %(city)s by %(day)s") % {
        "city": name_of(USUAL_CITY).removesuffix("市"),
        "day": short_day(today + dt.timedelta(days=days)),
    }


def promise_note(monday: dt.date) -> str:
    """'预售，7月6日至12日发货' ('pre-sale, sent 6 to 12 July')."""
    return _("pre-sale, sent %(week)s") % {"week": week_text(monday)}


def short_day(day: dt.date) -> str:
    """A day without its weekday, in the language of the page: '11月24日', '24 Nov'."""
    return f"{day.day} {day:%b}" if get_language() == "en" else f"{day.month}月{day.day}日"
