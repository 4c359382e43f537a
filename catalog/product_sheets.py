"""Goods as a spreadsheet: one row a pack, rows of one store and name (or one goods number) are one product.

New goods wait for the county's review, like any others; goods that are on record keep every rule of the desk's forms (a new name or a
price beyond the band waits). Photographs come in a ZIP and are named by the rows.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog import rules
from catalog.acting import authorise
from catalog.growing import GrowerMissing, NotAGrower, authorise_grower, gathers
from catalog.models import GoodsKind, GoodsRule, Product, ProductStatus, Review, ReviewKind
from catalog.product_changes import Change, compare_goods, compare_pack
from catalog.product_rows import COLUMNS, OF_GOODS, Cells, PackRow, words_for
from catalog.product_writing import NewGoods, Photographs, write_changes, write_new
from pictures.packed import PackedPictures, ZipRefused
from sellers.mandates import MandateMissing
from sellers.models import Household, Store, StoreStatus
from stations.models import Region, Sheet
from stations.scope import NotAllowed
from stations.sheets import Column, SheetRefused
from stations.taking_in import Intake, Places, RowFaulty


@dataclass(slots=True)
class Seen:
    """The goods that earlier rows spoke of: where they stand, and the cells that were about the goods."""

    row: int
    cells: dict[str, str]
    goods: NewGoods | Change
    packs: set[str] = field(default_factory=set)


class ProductIntake(Intake):
    """The goods of one county's stores."""

    columns: ClassVar[Sequence[Column]] = COLUMNS
    told_every: ClassVar[int] = 50

    def __init__(self, by: User, region: Region, packed: PackedPictures | None = None) -> None:
        super().__init__(by, region)
        self.cells = Cells(Places(region).find)
        self.photographs = Photographs(packed)
        self.left.callback(self.photographs.close)
        stores = Store.objects.visible_to(by).filter(region__in=Region.objects.within(region.code))
        self.stores = words_for(stores.select_related("household", "station__region", "region"))
        goods = Product.objects.visible_to(by).filter(origin__in=Region.objects.within(region.code))
        kept = goods.select_related(
            "store__household", "store__station__region", "category__parent", "origin", "picture"
        )
        self.known = {one.ref: one for one in kept.prefetch_related("variants__stock__lot").defer("search")}
        packs = Review.objects.waiting().filter(
            kind=ReviewKind.PACK, product__in=[one.pk for one in self.known.values()]
        )
        self.waiting_packs = set(packs.values_list("product_id", "variant__name"))
        self.names = {(one.store_id, one.name) for one in self.known.values() if one.status != ProductStatus.WITHDRAWN}
        self.rules = list(GoodsRule.objects.holding_in(region.code[:6]))
        self.seen: dict[str, Seen] = {}
        self.allowed: dict[int, str] = {}
        self.new: list[NewGoods] = []
        self.changes: list[Change] = []

    @classmethod
    def of(cls, sheet: Sheet) -> Self:
        """With the photographs that came beside it. Raises SheetRefused for a ZIP that can't be taken."""
        if not sheet.pictures:
            return cls(by=sheet.by, region=sheet.region)
        try:
            return cls(
                by=sheet.by, region=sheet.region, packed=PackedPictures(storages["private"].open(sheet.pictures))
            )
        except ZipRefused as refused:
            raise SheetRefused(str(refused)) from refused

    def take(self, number: int, row: dict[str, str]) -> str:
        """New goods or a new pack, a change of what is on record, or nothing new."""
        store = self._store(row)
        pack, faults = self._pack(row)
        key = row.get("number") or f"{store.pk} {row['name']}"
        seen = self.seen.get(key)
        try:
            if seen is None:
                seen = self._begin(number, row, store)
                self.seen[key] = seen
            else:
                self._refuse_other_words(seen, row)
        except RowFaulty as faulty:
            raise RowFaulty(*faulty.faults, *faults) from faulty
        if faults:
            raise RowFaulty(*faults)
        if pack is not None:
            if pack.name in seen.packs:
                raise RowFaulty(("pack", _("This pack stands in the list twice.")))
            seen.packs.add(pack.name)
        if isinstance(seen.goods, NewGoods):
            self._take_new(number, seen.goods, pack)
            return "added"
        return self._take_known(number, seen.goods, pack)

    def _pack(self, row: dict[str, str]) -> tuple[PackRow | None, list[tuple[str, str]]]:
        """The pack of a row, or what is wrong with it: told with what is wrong with its goods."""
        try:
            return self.cells.pack(row), []
        except RowFaulty as faulty:
            return None, list(faulty.faults)

    def _store(self, row: dict[str, str]) -> Store:
        found = self.stores.get(row["store"], [])
        # An address means its store alone, whatever another is called.
        found = [store for store in found if store.slug == row["store"]] or found
        if len(found) != 1:
            told = (
                _("Two stores bear this name. Please write the address.")
                if found
                else _("No store of this county bears this name.")
            )
            raise RowFaulty(("store", told))
        store = found[0]
        if store.pk not in self.allowed:
            self.allowed[store.pk] = self._why_not(store)
        if told := self.allowed[store.pk]:
            raise RowFaulty(("store", told))
        return store

    def _why_not(self, store: Store) -> str:
        if store.status == StoreStatus.CLOSED:
            return _("This store is closed.")
        try:
            authorise(by=self.by, store=store)
            authorise(by=self.by, store=store, allowed="price")
        except (MandateMissing, NotAllowed) as missing:
            return str(missing) or _("You may not enter goods for this store.")
        return ""

    def _begin(self, number: int, row: dict[str, str], store: Store) -> Seen:
        facts = self.cells.goods(row)
        said = {key: row.get(key, "") for key in OF_GOODS}
        goods: NewGoods | Change
        if row.get("number"):
            goods = change = self._known(row["number"], store)
            compare_goods(change, facts)
            self._refuse_texts(change)
            self.changes.append(change)
        else:
            if (store.pk, facts["name"]) in self.names:
                raise RowFaulty(
                    (
                        "name",
                        _("The store lists goods of this name already: write their number, or choose another name."),
                    )
                )
            goods = new = self._new(store, facts)
            self.new.append(new)
        goods.photographs = self.photographs.ready(number, store, self.cells.photographs(row))
        return Seen(number, said, goods)

    def _known(self, ref: str, store: Store) -> Change:
        product = self.known.get(ref)
        if product is None or product.status == ProductStatus.WITHDRAWN:
            raise RowFaulty(("number", _("No goods of this county bear this number. Leave it empty for new ones.")))
        if product.store_id != store.pk:
            raise RowFaulty(("store", _("These goods belong to another store.")))
        return Change(product)

    def _new(self, store: Store, facts: dict[str, Any]) -> NewGoods:
        first, last = facts.pop("season", None) or (None, None)
        origin = facts.pop("origin", store.region)
        product = Product(
            store=store, origin=origin, county_code=origin.code[:6], flow=facts["category"].flow, season_from=first, season_to=last,
            listed_by=self.by, listed_at=timezone.now(), **facts,
        )  # fmt: skip
        self._refuse(product)
        return NewGoods(product)

    def _refuse_texts(self, change: Change) -> None:
        """What the desk's form would refuse of changed texts."""
        if change.texts:
            wanted = copy.copy(change.product)
            for name, value in change.texts.items():
                if name != "season":
                    setattr(wanted, name, value)
            self._refuse(wanted)

    def _refuse(self, product: Product) -> None:
        """Raises RowFaulty for texts that the model or a rule for goods refuses."""
        known = self.rules if product.county_code == self.region.code[:6] else None
        texts = {name: str(getattr(product, name)) for name in rules.TEXTS}
        try:
            product.clean_fields(exclude=["store", "origin", "category", "listed_by", "mandate", "picture"])
            rules.refuse_forbidden(rules.fitting(product.county_code, product.category, texts, known))
        except ValidationError as refused:
            raise RowFaulty(_told(refused)) from refused

    def _refuse_other_words(self, seen: Seen, row: dict[str, str]) -> None:
        other = [key for key in OF_GOODS if row.get(key) and row[key] != seen.cells[key]]
        if other:
            told = _("Row %(row)s says otherwise of the same goods.") % {"row": seen.row}
            raise RowFaulty(*((key, told) for key in other))

    def _take_new(self, number: int, goods: NewGoods, pack: PackRow | None) -> None:
        if pack is None:
            return
        if pack.sku:
            raise RowFaulty(("sku", _("A new pack gets its number by itself: leave this empty.")))
        self._need_harvest(goods.product, pack)
        goods.packs.append(pack)

    def _take_known(self, number: int, change: Change, pack: PackRow | None) -> str:
        before = change.size
        if pack is not None:
            if not pack.sku and (change.product.pk, pack.name) in self.waiting_packs:
                raise RowFaulty(("pack", _("A pack of this name waits for the county.")))
            compare_pack(change, pack)
            if change.added and change.added[-1] is pack:
                self._need_harvest(change.product, pack)
                return "added"
        first = not change.told
        change.told = True
        return "changed" if change.size > before or (first and before) else "same"

    def _need_harvest(self, product: Product, pack: PackRow) -> None:
        """A harvest stands behind what is in stock of farm goods, and the family behind what a station gathers."""
        if not pack.stock:
            return
        if pack.harvested_on is None and (product.category.kind == GoodsKind.FARM or gathers(product.store)):
            raise RowFaulty(("harvested_on", _("Write the day of the harvest: a lot stands behind the stock.")))
        grower = Household.objects.visible_to(self.by).filter(pk=pack.grower).first() if pack.grower else None
        if pack.grower and grower is None:
            raise RowFaulty(("grower", _("No family of this county bears this number.")))
        try:
            authorise_grower(by=self.by, store=product.store, grower=grower)
        except (GrowerMissing, NotAGrower, MandateMissing) as refused:
            raise RowFaulty(("grower", str(refused))) from refused

    def write(self) -> None:
        """New goods store by store, then what changed of others, all in the caller's transaction."""
        written: list[str] = []
        try:
            write_new(by=self.by, goods=self.new, photographs=self.photographs, written=written)
            write_changes(by=self.by, changes=self.changes, photographs=self.photographs, written=written)
        except BaseException:
            for name in written:
                storages["private"].delete(name)
            raise


_COLUMN_OF = {"season_from": "season_from", "shelf_life_days": "shelf_life", "origin": "place"}


def _told(refused: ValidationError) -> tuple[str, str]:
    """The column and message of what a model or a rule refuses."""
    name, errors = next(iter(refused.message_dict.items()))
    known = {column.key for column in COLUMNS}
    column = _COLUMN_OF.get(name, name)
    return (column if column in known else "name", str(errors[0]))
