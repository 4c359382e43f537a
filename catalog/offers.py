"""What a pack says of itself on the product's page: its price by the jin, how it is weighed, when it is sent, how many one may have."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from catalog.campaigns import Goods, holding_now, prices_of_pack
from catalog.cards import account_price, short_day
from catalog.models import GRAMS_PER_JIN, GoodsKind, SoldBy
from catalog.season_boxes import Season, rhythm_text, season_weeks, span_text
from catalog.weeks import deposit_text, promise_text

# Of what is eaten or sown, prices are compared by weight; nobody compares a thermos flask by the jin.
BY_THE_JIN = (GoodsKind.FARM, GoodsKind.INPUT)


@dataclass(slots=True)
class Offer:
    """One variant as the add-to-cart form shows it; `fen` is the price of one unit (a piece, a jin, a place), `left` how many there are.

    `notes` are short lines below its name; `least` is where the quantity begins; `day` is a visit's; one that is `apart` is sold by a
    flash sale; of a season's box there are `deliveries`, and `left` counts whole seasons. While a campaign holds `fen` is its price,
    `was_fen` the ordinary one, `until` its last day, and `campaign` says what, by whom and until when.
    """

    pk: int
    name: str
    fen: int
    left: int
    sold_out: bool
    chosen: bool
    notes: list[str]
    promise: str
    least: int
    day: dt.date | None
    apart: bool
    deliveries: int | None
    was_fen: int | None = None
    campaign: str = ""
    until: dt.date | None = None


def make_offers(variants: list[dict[str, Any]], sort: str) -> list[Offer]:
    """The packs in order; the first that is to be had is chosen. `sort` is the category's kind."""
    offers: list[Offer] = []
    for variant in variants:
        left = max(variant["left"], 0)
        weeks = _weeks(variant)
        # What is left may be less than one order must hold, and of a season too little.
        too_late = bool(variant["deliveries"] and not weeks)
        sold_out = left < variant["least"] or bool(variant["apart"]) or too_late
        chosen = not sold_out and not any(offer.chosen for offer in offers)
        day = dt.date.fromisoformat(variant["day"]) if variant["day"] else None
        promise = promise_text(dt.date.fromisoformat(variant["week"])) if variant["week"] else _season(variant, weeks)
        if variant["week"] and variant["deposit"]:
            promise = f"{promise} · {deposit_text(variant['deposit'])}"
        offers.append(
            Offer(variant["pk"], _name(variant), variant["fen"], left, sold_out, chosen, _notes(variant, sort), promise,
                  variant["least"], day, bool(variant["apart"]), variant["deliveries"], variant.get("was_fen"),
                  variant.get("campaign", ""), variant.get("until"))
        )  # fmt: skip
    return offers


def reduce_prices(variants: list[dict[str, Any]], goods: Goods) -> None:
    """Put the campaign prices that hold on a product's packs, before offers are made of them; one query at most."""
    holding = holding_now()
    for variant in variants if holding else ():
        prices = prices_of_pack(holding, goods, variant_id=variant["pk"], fen=variant["fen"])
        if prices.with_account:
            variant["account_price"] = account_price(prices.with_account)
        if prices.open:
            campaign = prices.open.campaign
            variant["was_fen"], variant["fen"] = variant["fen"], prices.open.fen
            variant["until"] = campaign.last_day
            variant["campaign"] = _("%(name)s, %(giver)s, until %(day)s") % {
                "name": campaign.label,
                "giver": campaign.given_by,
                "day": short_day(campaign.last_day),
            }


def _weeks(variant: dict[str, Any]) -> list[dt.date]:
    """The weeks of a season's box that is ordered today."""
    if not variant["deliveries"]:
        return []
    begins, ends = (dt.date.fromisoformat(variant[name]) for name in ("season_from", "season_until"))
    return season_weeks(Season(variant["deliveries"], variant["weeks_between"], begins, ends), timezone.localdate())


def _season(variant: dict[str, Any], weeks: list[dt.date]) -> str:
    """How often a season's box comes, from when to when, and what all of them cost together."""
    if not weeks:
        return ""
    words = _("Season's box: %(rhythm)s, %(span)s; ¥%(yuan)s in all, freight apart")
    rhythm = rhythm_text(variant["deliveries"], variant["weeks_between"])
    yuan = f"{variant['fen'] * variant['deliveries'] / 100:.2f}"
    return words % {"rhythm": rhythm, "span": span_text(weeks), "yuan": yuan}


def _name(variant: dict[str, Any]) -> str:
    name = str((variant["name_en"] if get_language() == "en" else "") or variant["name"])
    return _("%(pack)s, price for one jin (500 g)") % {"pack": name} if variant["sold_by"] == SoldBy.WEIGHT else name


def _notes(variant: dict[str, Any], sort: str) -> list[str]:
    notes = []
    by_weight = variant["sold_by"] == SoldBy.WEIGHT
    if by_weight:
        notes.append(_("weighed for you: up to %(percent)s %% more or less") % {"percent": variant["tolerance"]})
    elif sort in BY_THE_JIN and not variant["day"] and variant["grams"] != GRAMS_PER_JIN:
        notes.append(_("¥%(yuan)s per 500 g") % {"yuan": f"{jin_fen(variant['fen'], variant['grams']) / 100:.2f}"})
    if variant["day"] and variant["left"] > 0:
        notes.append(
            ngettext("%(count)d place left", "%(count)d places left", variant["left"]) % {"count": variant["left"]}
        )
    if variant.get("account_price"):
        notes.append(variant["account_price"])
    if variant["deliveries"]:
        notes.append(_("the price is for one box"))
    if variant["least"] > 1:
        notes.append(_("at least %(least)s in one order") % {"least": variant["least"]})
    if variant["most"]:
        notes.append(_("at most %(most)s in one order") % {"most": variant["most"]})
    return notes


def jin_fen(fen: int, grams: int) -> int:
    """The price of 500 g in fen, rounded half up, of a pack of so many grams."""
    return (2 * fen * GRAMS_PER_JIN + grams) // (2 * grams)
