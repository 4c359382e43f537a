"""Campaign prices on cards and product pages: what goods cost while a promotion of the app above holds, until when, and who gives it.

Goods don't know promotions. The app that has them says how they are read (`read_with`); each process keeps what it read for some
seconds and asks the time at every page, so that a price ends on time (docs/adr/0044). The checkout's price is the truth.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.kept import KeptByProcess
from catalog.models import Category, all_categories
from payments.money import share_fen

KEPT_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack with a price of its own in a campaign: its product, its ordinary and its campaign price, and the grams of one unit.

    `alone` says that its product has no other pack on sale.
    """

    variant_id: int
    product_id: int
    fen: int
    grams: int
    price_fen: int
    alone: bool


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign price as goods need to know it: `percent_bp` off all packs or prices of `packs` by variant; for what; by whom.

    `giver` is the county or store that pays, empty for the platform. `county_code` (six digits), `store_id` and `category_slug` narrow
    what it is for. What has `most_per_buyer` is for buyers with an account. `left_fen` is what its budget still holds.
    """

    pk: int
    name: str
    name_en: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    left_fen: int
    percent_bp: int = 0
    packs: Mapping[int, Pack] = field(default_factory=dict)
    county_code: str = ""
    store_id: int | None = None
    category_slug: str = ""
    most_per_buyer: int | None = None
    giver: str = ""
    giver_en: str = ""

    def off_fen(self, goods: "Goods", fen: int, variant_id: int | None) -> int:
        """What it takes off a unit that costs `fen`; nothing where it isn't for these goods, or its budget has too little left."""
        if not self._holds_for(goods):
            return 0
        pack = self.packs.get(variant_id or 0)
        off = off_a_unit(fen, self.percent_bp, (pack.fen, pack.price_fen) if pack else None)
        return off if off <= self.left_fen else 0

    def _holds_for(self, goods: "Goods") -> bool:
        return (
            self.county_code in ("", goods.county_code)
            and self.store_id in (None, goods.store_id)
            and (not self.category_slug or self.category_slug in _slugs_of(goods.category_id))
        )

    @property
    def label(self) -> str:
        """Its name in the language of the page."""
        return (self.name_en or self.name) if get_language() == "en" else self.name

    @property
    def given_by(self) -> str:
        """'祁东县补贴' ('from Qidong County'): who pays what the buyer does not."""
        giver = (self.giver_en or self.giver) if get_language() == "en" else self.giver
        if self.store_id is not None:
            return _("from the store")
        return _("from %(county)s") % {"county": giver} if giver else _("from the platform")

    @property
    def last_day(self) -> dt.date:
        """The last day on which it holds."""
        return timezone.localdate(self.ends_at - dt.timedelta(microseconds=1))


@dataclass(frozen=True, slots=True)
class Goods:
    """What decides which campaigns are for a product."""

    product_id: int
    county_code: str
    store_id: int
    category_id: int


@dataclass(frozen=True, slots=True)
class Reduced:
    """A unit's price in fen while a campaign holds, its ordinary price, and the pack whose price it is, where it has one of its own."""

    fen: int
    was_fen: int
    campaign: Campaign
    pack: Pack | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """The lowest price for everybody, and a still lower one for buyers with an account; None where there is none."""

    open: Reduced | None = None
    with_account: Reduced | None = None


NO_CAMPAIGN: Final = Prices()


def off_a_unit(fen: int, percent_bp: int, own: tuple[int, int] | None = None) -> int:
    """What a campaign takes off a unit that costs `fen`: a share, or down to a pack's own price, which stands beside its ordinary one as
    (ordinary, campaign) in `own`. Something is always left to pay.
    """
    if own is not None:
        return max(0, fen * (own[0] - own[1]) // own[0])
    return min(share_fen(fen, percent_bp), fen - 1)


_reader: list[Callable[[], Iterable[Campaign]]] = []


def read_with(reader: Callable[[], Iterable[Campaign]]) -> None:
    """Say how campaigns are read: those that hold now or begin within a minute, by one query."""
    _reader[:] = [reader]


def _read() -> tuple[Campaign, ...]:
    return tuple(_reader[0]()) if _reader else ()


known_campaigns: Final = KeptByProcess(KEPT_SECONDS, _read)


def holding_now() -> list[Campaign]:
    """The campaigns that hold at this moment; one query at most, none for some seconds after it."""
    known = known_campaigns()
    if not known:
        return []
    now = timezone.now()
    return [campaign for campaign in known if campaign.starts_at <= now < campaign.ends_at]


def stamp() -> str:
    """What holds now, in a word: a page that is kept for visitors is theirs as long as it is the same. Empty where nothing holds."""
    try:
        return ",".join(str(campaign.pk) for campaign in holding_now())
    except DatabaseError:  # the page that says so is made further on
        return ""


def prices_of_pack(holding: Iterable[Campaign], goods: Goods, *, variant_id: int, fen: int) -> Prices:
    """The campaign prices of one pack that costs `fen`, of these campaigns."""
    return _best([_reduced(campaign, goods, fen, variant_id) for campaign in holding])


def prices_of_product(holding: Iterable[Campaign], goods: Goods, *, fen: int) -> Prices:
    """The lowest campaign prices of a product whose cheapest pack costs `fen`."""
    holding = list(holding)
    if not holding:
        return NO_CAMPAIGN
    own = {
        pack.variant_id: pack for one in holding for pack in one.packs.values() if pack.product_id == goods.product_id
    }
    found = [_reduced(campaign, goods, fen, None) for campaign in holding if not campaign.packs]
    for pack in own.values():
        found += [_reduced(campaign, goods, pack.fen, pack.variant_id, pack) for campaign in holding]
    return _best([one for one in found if one is None or one.fen < fen])


def _reduced(
    campaign: Campaign, goods: Goods, fen: int, variant_id: int | None, pack: Pack | None = None
) -> Reduced | None:
    off = campaign.off_fen(goods, fen, variant_id)
    return Reduced(fen - off, fen, campaign, pack) if off else None


def _best(found: Iterable[Reduced | None]) -> Prices:
    """The lowest of each sort. One for accounts alone counts where it is lower than what everybody pays."""
    best: dict[bool, Reduced] = {}
    for one in found:
        if one is None:
            continue
        limited = one.campaign.most_per_buyer is not None
        if limited not in best or one.fen < best[limited].fen:
            best[limited] = one
    everybody, account = best.get(False), best.get(True)
    if account and everybody and account.fen >= everybody.fen:
        account = None
    return Prices(everybody, account)


def _slugs_of(category_id: int) -> set[str]:
    """The slug of a category and of the one above it."""
    known: dict[int, Category] = {category.pk: category for category in all_categories()}
    category = known.get(category_id)
    above = known.get(category.parent_id or 0) if category else None
    return {one.slug for one in (category, above) if one}
