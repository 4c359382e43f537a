"""Writing what a list of goods says: new goods store by store in few statements, what changed by the same steps as the desk's forms."""

import datetime as dt
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog import listing, packing, rules
from catalog.acting import acting_for
from catalog.editing import ChangedMeanwhile as EditedMeanwhile
from catalog.growing import GrowerMissing, NotAGrower
from catalog.indexing import index_products
from catalog.lots import enter_lot, new_code
from catalog.models import (
    GRAMS_PER_JIN,
    GoodsRule,
    Lot,
    Product,
    ProductPicture,
    ProductStatus,
    Review,
    ReviewKind,
    SoldBy,
    Stock,
    Variant,
)
from catalog.product_changes import Change
from catalog.product_rows import PackRow
from pictures.encoding import Glance
from pictures.intake import CleanPicture, PictureRefused, take_in
from pictures.models import Picture
from pictures.packed import PackedPictures
from sellers.mandates import MandateMissing
from sellers.models import Household, Store, StoreStatus
from stations.scope import NotAllowed
from stations.taking_in import ChangedMeanwhile, RowFaulty


@dataclass(slots=True)
class NewGoods:
    """Goods that are not on record yet, with their packs and the photographs that are ready."""

    product: Product
    packs: list[PackRow] = field(default_factory=list)
    photographs: list[str] = field(default_factory=list)


class Photographs:
    """The photographs of a list, made ready while its rows are judged: cleaned files in a folder that close() removes."""

    def __init__(self, packed: PackedPictures | None) -> None:
        self.packed = packed
        self.folder: Path | None = None
        self.glances: dict[str, Glance] = {}
        self.used: dict[str, tuple[int, int]] = {}
        self.shown: dict[int, tuple[int, int]] = {}

    def ready(self, number: int, store: Store, names: list[str]) -> list[str]:
        """The keys of a row's photographs, checked and cleaned. Raises RowFaulty."""
        faults: list[tuple[str, str]] = []
        for name in names:
            if told := self._why_not(number, store, name):
                faults.append(("photographs", f"{name[:60]}: {told}"))
        if faults:
            raise RowFaulty(*faults)
        return [name.casefold() for name in names]

    def _why_not(self, number: int, store: Store, name: str) -> str:
        if self.packed is None or name not in self.packed:
            return _("There is no photograph of this name in the ZIP file.")
        key = name.casefold()
        if key in self.packed.doubled:
            return _("Two photographs in the ZIP file bear this name.")
        if key not in self.glances:
            try:
                self._clean(key)
            except PictureRefused as refused:
                return str(refused)
        likeness = self.glances[key].likeness
        row, other = self.shown.setdefault(likeness, (number, store.pk))
        if other != store.pk:
            return _("Row %(row)s shows the same photograph for another store.") % {"row": row}
        return ""

    def _clean(self, key: str) -> None:
        assert self.packed is not None
        clean = self.packed.read(key)
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="daylily-photographs-"))
        (self.folder / f"{len(self.glances)}.jpg").write_bytes(clean.read())
        self.used[key] = (len(self.glances), 0)
        self.glances[key] = clean.glance

    def take(self, key: str, product: Product, written: list[str]) -> Picture:
        """A picture of a photograph that is ready; the name of its file is added to `written`."""
        assert self.folder is not None
        content = (self.folder / f"{self.used[key][0]}.jpg").read_bytes()
        clean = CleanPicture(content, glance=self.glances[key])
        picture = take_in(clean, title=product.name, alt_zh=product.name, alt_en=product.name_en)
        written.append(picture.file.name)
        return picture

    def close(self) -> None:
        """Remove the folder."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


class Codes:
    """Lots' numbers that are free: of thousands of one day and county, some would be drawn twice."""

    def __init__(self) -> None:
        self.taken: dict[str, set[str]] = {}

    def draw(self, product: Product, day: dt.date) -> str:
        """One more number."""
        while True:
            code = new_code(product, day)
            start = code.rpartition("-")[0]
            if start not in self.taken:
                known = Lot.objects.filter(code__startswith=f"{start}-")
                self.taken[start] = set(known.values_list("code", flat=True))
            if code not in self.taken[start]:
                self.taken[start].add(code)
                return code


def write_new(*, by: User, goods: Sequence[NewGoods], photographs: Photographs, written: list[str]) -> None:
    """Goods, lots, packs, stock and reviews of every store under its own mandate; lists and search know them afterwards.

    Raises ChangedMeanwhile for a store that was closed, or a mandate that was taken back.
    """
    by_store: dict[int, list[NewGoods]] = defaultdict(list)
    for one in goods:
        by_store[one.product.store_id].append(one)
    codes = Codes()
    for _key, some in sorted(by_store.items()):
        store = some[0].product.store
        try:
            with acting_for(by, store, "list", "price") as mandate:
                if store.status == StoreStatus.CLOSED:
                    raise ChangedMeanwhile
                names = [one.product.name for one in some]
                if store.products.exclude(status=ProductStatus.WITHDRAWN).filter(name__in=names).exists():
                    raise ChangedMeanwhile
                for one in some:
                    one.product.mandate = mandate
                _write_store(by, store, some, photographs, written, codes)
        except (MandateMissing, NotAllowed) as gone:
            raise ChangedMeanwhile from gone
    index_products(one.product.pk for one in goods)


def _write_store(
    by: User, store: Store, goods: list[NewGoods], photographs: Photographs, written: list[str], codes: Codes
) -> None:
    known = {code: list(GoodsRule.objects.holding_in(code)) for code in {one.product.county_code for one in goods}}
    found = (_review(by, store, one, known[one.product.county_code]) for one in goods)
    reviews = [review for review in found if review is not None]
    Product.objects.bulk_create([one.product for one in goods])
    lots: list[Lot] = []
    packs: list[Variant] = []
    stock: list[Stock] = []
    for one in goods:
        for position, row in enumerate(one.packs):
            pack = _pack(one.product, row, position)
            packs.append(pack)
            if row.stock:
                stock.append(Stock(variant=pack, lot=_lot(by, one, row, lots, codes), on_hand=row.stock))
    Lot.objects.bulk_create(lots)
    Variant.objects.bulk_create(packs)
    Stock.objects.bulk_create(stock)
    Review.objects.bulk_create(reviews)
    for one in goods:
        _show(one, photographs, written)


def _review(by: User, store: Store, goods: NewGoods, known: list[GoodsRule]) -> Review | None:
    """The review that new goods wait for, which are set to wait; None for those that stay a draft (no pack, store not open, no licence)."""
    product = goods.product
    texts = {name: str(getattr(product, name)) for name in rules.TEXTS}
    texts[rules.PACKS] = "\n".join(text for pack in goods.packs for text in (pack.name, pack.name_en))
    hits = rules.fitting(product.county_code, product.category, texts, known)
    product.licences = rules.licences_wanted(product.category, hits)
    refused = any(hit.refuses for hit in hits)
    if (
        refused
        or not goods.packs
        or store.status != StoreStatus.OPEN
        or rules.missing_licences(store, product.licences)
    ):
        return None
    product.status = ProductStatus.IN_REVIEW
    return Review(
        kind=ReviewKind.NEW, product=product, store=store, region=store.region, fired=rules.told(hits), asked_by=by,
        asked_at=timezone.now(),
    )  # fmt: skip


def _pack(product: Product, row: PackRow, position: int) -> Variant:
    net = GRAMS_PER_JIN if row.sold_by == SoldBy.WEIGHT else row.net_g
    facts = {"gross_weight_g": net + packing.PACKING_G, **row.facts}
    return Variant(
        product=product, name=row.name, name_en=row.name_en, sold_by=row.sold_by, net_weight_g=net, price_fen=row.price_fen,
        position=position, sku=f"{product.county_code}-{product.pk}-{position + 1}", **facts,
    )  # fmt: skip


def _lot(by: User, goods: NewGoods, row: PackRow, lots: list[Lot], codes: Codes) -> Lot | None:
    """The lot of this harvest and family, made larger by what the pack holds; None for goods that know no harvest."""
    if row.harvested_on is None:
        return None
    product, grams = goods.product, (row.stock or 0) * (GRAMS_PER_JIN if row.sold_by == SoldBy.WEIGHT else row.net_g)
    for lot in lots:
        if lot.product is product and (lot.harvested_on, lot.household_id) == (row.harvested_on, row.grower):
            break
    else:
        grower = Household.objects.select_related("region").get(pk=row.grower) if row.grower else None
        region = grower.region if grower else product.origin
        lot = Lot(
            code=codes.draw(product, row.harvested_on), product=product, household=grower, region=region,
            harvested_on=row.harvested_on, quantity_g=0, entered_by=by,
        )  # fmt: skip
        lots.append(lot)
    lot.quantity_g += grams
    lot.used_g += grams
    return lot


def _show(goods: NewGoods, photographs: Photographs, written: list[str]) -> None:
    pictures = [photographs.take(key, goods.product, written) for key in goods.photographs]
    if pictures:
        goods.product.picture = pictures[0]
        goods.product.save(update_fields=["picture"])
        more = (
            ProductPicture(product=goods.product, picture=one, position=at) for at, one in enumerate(pictures[1:], 1)
        )
        ProductPicture.objects.bulk_create(more)


def write_changes(*, by: User, changes: Iterable[Change], photographs: Photographs, written: list[str]) -> None:
    """What changed of goods on record, as the desk's forms would save it. Raises ChangedMeanwhile where that is refused by now."""
    for change in sorted((one for one in changes if one.size), key=lambda one: (one.product.store_id, one.product.pk)):
        try:
            _write_change(by, change, photographs, written)
        except (
            *(packing.StockBelowHeld, packing.LotTooSmall, packing.LotFrozen, packing.HarvestMixed, packing.PackKnown),
            *(GrowerMissing, NotAGrower, MandateMissing, NotAllowed, EditedMeanwhile, ValidationError),
        ) as refused:
            raise ChangedMeanwhile(str(refused)) from refused


def _write_change(by: User, change: Change, photographs: Photographs, written: list[str]) -> None:
    product = change.product
    if change.texts:
        listing.edit_product(by=by, product=product, **change.texts)
    for variant, price_fen in change.prices:
        packing.change_price(by=by, variant=variant, price_fen=price_fen)
    for variant, facts in change.facts:
        packing.describe_pack(by=by, variant=variant, **facts)
    for variant, row, wanted in change.stock:
        packing.count_stock(by=by, variant=variant, lot=row.lot if row else None, on_hand=wanted)
    for pack in change.added:
        _add_pack(by, product, pack)
    for key in change.photographs:
        listing.add_picture(by=by, product=product, picture=photographs.take(key, product, written))


def _add_pack(by: User, product: Product, row: PackRow) -> None:
    lot = None
    if row.stock and row.harvested_on:
        grams = row.stock * (GRAMS_PER_JIN if row.sold_by == SoldBy.WEIGHT else row.net_g)
        grower = Household.objects.get(pk=row.grower) if row.grower else None
        lot = enter_lot(by=by, product=product, harvested_on=row.harvested_on, quantity_g=grams, household=grower)
    packing.add_variant(
        by=by, product=product, name=row.name, name_en=row.name_en, price_fen=row.price_fen, sold_by=row.sold_by,
        net_weight_g=row.net_g or GRAMS_PER_JIN, on_hand=row.stock or 0, lot=lot, **row.facts,
    )  # fmt: skip
