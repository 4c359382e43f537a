"""Recalls: from one moment on nothing of a lot, nor of any lot made of it, can be sold, packed or mixed; until the recall ends.

Freezing locks the variants first, in the order of their keys, as everybody does who moves stock (catalog.stock), and then the lots. Whoever
held stock before is served before; whoever comes after finds it frozen. The database freezes the rows (Lot), and lets none of them grow.
"""

import datetime as dt
import secrets
from collections.abc import Iterable
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog import stock
from catalog.models import Advice, Lot, Product, Recall, RecalledLot, RecallReason, Stock
from catalog.search import index_product
from stations.models import Region, Role
from stations.models.posting import OFFICIAL_ROLES
from stations.scope import scope_of

RECALL_ROLES: Final = (Role.CENTRE_STAFF, Role.COUNTY_OFFICIAL)
READERS: Final = frozenset({*RECALL_ROLES, *OFFICIAL_ROLES})
# How often to begin again when somebody packed or mixed at the very moment of the recall.
TRIES: Final = 8
_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class AlreadyRecalled(ValueError):
    """This lot is recalled: `recall` is the one in force."""

    def __init__(self, recall: Recall) -> None:
        super().__init__(str(recall))
        self.recall = recall


class NotInForce(ValueError):
    """The recall has ended, or was a drill: there is nothing to end."""


class StillMoving(RuntimeError):
    """Stock of the lot was packed again and again while it was to be frozen."""


class _Grew(Exception):
    """Somebody packed or mixed the lot meanwhile: there is more to lock than was locked."""


def county_of(lot: Lot) -> str:
    """The county (twelve digits) whose centre and officials recall a lot: the store's."""
    return f"{lot.product.county_code}000000"


def may_recall(user: User, lot: Lot) -> bool:
    """Whether this user may start and end recalls of this lot."""
    return scope_of(user).may(RECALL_ROLES, county_of(lot))


def reads_recalls(user: User) -> bool:
    """Whether recalls are this user's work: the county centre's staff, and officials of any level."""
    scope = scope_of(user)
    return scope.everywhere or any(posting.role in READERS for posting in scope.postings)


def begin(
    *,
    by: User,
    lot: Lot,
    reason: RecallReason | str,
    words: str = "",
    words_en: str = "",
    advice: Advice | str = Advice.DESTROY,
    drill: bool = False,
    at: dt.datetime | None = None,
) -> Recall:
    """Start a recall of a lot and freeze its stock, and that of every lot made of it, in one transaction;
    a drill freezes none.

    Joins the caller's transaction where there is one. Raises scope.NotAllowed, AlreadyRecalled, StillMoving.
    """
    scope_of(by).require(RECALL_ROLES, county_of(lot))
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():
                recall = _written(by, lot, reason, words, words_en, advice, drill, at or timezone.now())
                family = lot.made_of_it() if drill else _freeze(lot, recall.started_at)
                RecalledLot.objects.bulk_create(RecalledLot(recall=recall, lot_id=key) for key in family)
                recall.lots_count = len(family)
                recall.save(update_fields=["lots_count"])
                return recall
        except _Grew:
            continue
        except IntegrityError as error:  # another began the same recall a moment ago
            if (known := None if drill else Recall.objects.in_force().filter(lot=lot).first()) is None:
                raise
            raise AlreadyRecalled(known) from error
    raise StillMoving(lot.code)


def end(*, by: User, recall: Recall, why: str, at: dt.datetime | None = None) -> Recall:
    """End a recall that was a false alarm: its lots' stock thaws, but for lots that another recall holds as well.

    Raises scope.NotAllowed, NotInForce.
    """
    scope_of(by).require(RECALL_ROLES, recall.county_id)
    when = at or timezone.now()
    with transaction.atomic():
        family = sorted(recall.found_lots.values_list("lot_id", flat=True))
        _lock_stock(family)
        open_one = Recall.objects.in_force().filter(pk=recall.pk)
        if not open_one.update(ended_at=when, ended_by=by, ended_why=why.strip()):
            raise NotInForce(_("This recall has ended already."))
        others = RecalledLot.objects.filter(recall__in=Recall.objects.in_force(), lot_id__in=family)
        thawed = sorted(set(family) - set(others.values_list("lot_id", flat=True)))
        _mark(thawed, None)
    recall.refresh_from_db()
    return recall


def recall_of(lot: Lot) -> Recall | None:
    """The recall that holds this lot, its own or that of a lot it was made of; None where there is none. For the public story too."""
    return Recall.objects.in_force().filter(found_lots__lot=lot).order_by("started_at", "pk").first()


def past_recalls_of(lot: Lot) -> list[Recall]:
    """Recalls of this lot that were meant and have ended, the latest first: its story keeps them."""
    return list(Recall.objects.filter(found_lots__lot=lot, drill=False, ended_at__isnull=False).order_by("-ended_at"))


def _written(
    by: User, lot: Lot, reason: str, words: str, words_en: str, advice: str, drill: bool, when: dt.datetime
) -> Recall:
    """The recall's row; two who start one at the same moment come one after the other, by the lot's row, and the second is told."""
    known = None if drill else Recall.objects.in_force().filter(lot=lot).first()
    if known is not None:
        raise AlreadyRecalled(known)
    county = Region.objects.get(code=county_of(lot))
    recall = Recall(
        number=_new_number(lot, when, drill=drill), lot=lot, county=county, drill=drill, reason=reason, words=words.strip(),
        words_en=words_en.strip(), advice=advice, started_by=by, started_at=when,
    )  # fmt: skip
    recall.full_clean(exclude=["lot", "county", "started_by"])
    recall.save()
    return recall


def _new_number(lot: Lot, when: dt.datetime, *, drill: bool) -> str:
    """A recall's number for people: DRILL or RC, county, day, and four letters drawn at random."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(4))
    return f"{'DRILL' if drill else 'RC'}-{lot.product.county_code}-{timezone.localtime(when):%y%m%d}-{drawn}"


def _freeze(lot: Lot, when: dt.datetime) -> list[int]:
    """Mark the lot and all that was made of it; their keys. Raises _Grew when more was packed or made than was locked."""
    family = lot.made_of_it()
    locked = _lock_stock(family)
    _mark(family, when)
    # Read again, now that nobody can pack or mix them: who did so a moment ago has committed by now.
    if lot.made_of_it() != family or not locked >= _variants_of(family):
        raise _Grew
    return family


def _lock_stock(lots: Iterable[int]) -> set[int]:
    variants = _variants_of(lots)
    stock.lock(variants)
    return variants


def _variants_of(lots: Iterable[int]) -> set[int]:
    return set(Stock.objects.filter(lot_id__in=list(lots)).values_list("variant_id", flat=True))


def _mark(lots: list[int], when: dt.datetime | None) -> None:
    """Say of these lots that they are recalled, or no longer; their goods are found by other traits from now on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM catalog_lot WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [lots])
    # One that was recalled before keeps its day.
    marked = Lot.objects.filter(pk__in=lots, recalled_at__isnull=when is not None)
    marked.update(recalled_at=when)
    for product in Product.objects.filter(lots__in=lots).distinct().order_by("pk"):
        index_product(product)
