"""My data on a page: the parts and fields of orders.my_data with their names, and each value as a reader wants it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.my_data import Data, Record

PARTS: Mapping[str, Promise] = {
    "account": _("Account"),
    "consents": _("What you agreed to"),
    "addresses": _("Kept addresses"),
    "sign_in": _("Ways to sign in"),
    "sessions": _("Where you are signed in"),
    "orders": _("Orders"),
    "cases": _("After-sales"),
    "reviews": _("Reviews you wrote"),
    "cart": _("In the cart"),
    "coupons": _("My coupons"),
    "notices": _("Goods that you are waiting for"),
    "flash_sales": _("Places in flash sales"),
    "postings": _("Postings"),
    "household": _("Seller's record"),
    "household_consents": _("What the seller agreed to"),
    "opened": _("Who opened masked values"),
    "mandates": _("Mandates"),
    "stores": _("Stores"),
    "goods": _("Goods"),
    "members": _("Members of the co-operative"),
    "payout_accounts": _("Where the money goes"),
    "payouts": _("Payouts"),
    "sales": _("Sold"),
    "money": _("Statement of money"),
    "history": _("What was changed, and by whom"),
}
FIELDS: Mapping[str, Promise] = {
    "account": _("account"), "address": _("address"), "after": _("after"), "answer": _("answer"), "allows": _("allows"),
    "amount_fen": _("amount"),
    "balance_fen": _("balance"), "bank": _("bank"), "before": _("before"),
    "browser": _("what the browser says of itself"),
    "closed": _("closed"), "confirmed": _("confirmed by the farmer"), "cooperative": _("co-operative"),
    "came_back": _("came back"), "delivered": _("delivered"), "deposit_fen": _("deposit"), "deposit_paid": _("deposit paid"),
    "device": _("device"), "earned_fen": _("earned"), "email": _("e-mail"), "evidence": _("evidence"), "field": _("what"),
    "fields": _("changed"), "freight_fen": _("freight"),
    "full_name": _("full name"), "from": _("from"), "given": _("given"), "goods": _("goods"),
    "goods_fen": _("goods"), "grade": _("grade"), "grows": _("grows"), "holder": _("account holder"),
    "identity_number": _("identity number"), "kind": _("kind"), "language": _("language"), "last_sign_in": _("last sign-in"),
    "last_used": _("last used"), "licence_code": _("unified social credit code"), "lines": _("goods"), "member": _("member"),
    "mu": _("mu of land"), "name": _("name"), "name_en": _("name in English"), "name_latin": _("name in Latin letters"),
    "network_address": _("network address"), "note": _("note"), "number": _("number"), "on_hand": _("on hand"), "opened": _("opened"),
    "packs": _("packs"), "paid": _("paid"), "parcels": _("parcels"), "phone": _("mobile number"), "phone_before": _("mobile number before"),
    "picture": _("has a picture"), "pictures": _("photographs"), "said": _("what was said"), "stars": _("stars"), "text": _("text"),
    "place": _("place"), "placed": _("ordered"), "poverty_registered_year": _("registered as poor in"),
    "price_fen": _("price"), "proved": _("proved"), "purpose": _("purpose"), "quantity": _("quantity"), "recipient": _("recipient"),
    "region": _("region"), "registered": _("registered"), "representative": _("legal representative"), "role": _("role"),
    "second_factor": _("second factor"), "since": _("since"), "state": _("state"), "station": _("station"), "store": _("store"),
    "story": _("story"), "story_en": _("story in English"), "told_by": _("told"), "total_fen": _("in all"), "until": _("until"),
    "used": _("used"),
    "version": _("version of the consent's text"), "village_point": _("village point"), "way": _("way"), "what": _("what"),
    "when": _("when"), "who": _("who"), "why": _("why"), "withdrawn": _("withdrawn"), "women_led": _("led by a woman"),
    "youth_led": _("led by a young person"),
}  # fmt: skip
LANGUAGES = {"zh-hans": "简体中文", "en": "English"}


@dataclass(slots=True)
class Field:
    """One field of a record: a text, a moment, fen, a yes or no, or records of its own."""

    label: str
    text: str = ""
    moment: dt.datetime | None = None
    fen: int | None = None
    yes: bool | None = None
    records: "list[list[Field]]" = field(default_factory=list)


@dataclass(slots=True)
class Part:
    """A part of the data with its records; `long` ones are folded up."""

    key: str
    title: str
    records: list[list[Field]]

    @property
    def long(self) -> bool:
        """Whether it is better folded up."""
        return len(self.records) > 3


def parts_of(data: Data) -> list[Part]:
    """The parts that hold anything, in their order, each field named; what is empty is left out."""
    return [Part(key, str(PARTS[key]), [_fields(one) for one in data[key]]) for key in PARTS if data.get(key)]


def _fields(record: Record) -> list[Field]:
    return [_field(key, value) for key, value in record.items() if value not in ("", None, [])]


def _field(key: str, value: Any) -> Field:
    label = str(FIELDS[key])
    if isinstance(value, list):
        return Field(label, records=[_fields(one) for one in value])
    if isinstance(value, bool):
        return Field(label, yes=value)
    if isinstance(value, dt.datetime):
        return Field(label, moment=value)
    if key.endswith("_fen"):
        return Field(label, fen=value)
    return Field(label, text=LANGUAGES.get(str(value), str(value)) if key == "language" else str(value))
