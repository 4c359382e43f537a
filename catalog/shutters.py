"""A store's shutters: paused for a while, opened again, closed for good. The store and what buyers see of its goods change together.

What buyers ordered stays ordered: a reserved order may still be paid, a paid one is still brought and delivered. Only money that comes
after its reservation ended finds the goods gone, and goes back (orders.settlement).
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pghistory
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.acting import authorise
from catalog.models import Product
from sellers.mandates import MandateMissing
from sellers.models import PauseReason, Store, StoreStatus
from sellers.onboarding import acting_for, move_store, store_moved
from stations.models import Role
from stations.scope import NotAllowed, scope_of

LONGEST_PAUSE = dt.timedelta(days=366)


class BadPauseEnd(ValueError):
    """A pause that ends today or earlier, or after more than a year."""


def pause_store(
    *, by: User, store: Store, reason: PauseReason | str, until: dt.date | None = None, cause: str = ""
) -> Store:
    """Take no orders for a while; `until` is the day when the store opens again by itself, None for 'until somebody opens it'.

    With a `cause` it is the county centre that pauses, and it alone opens the store again. Raises NotAllowed, MandateMissing,
    BadPauseEnd, and StoreMoved for a store that is not open.
    """
    today = timezone.localdate()
    if until is not None and not today < until <= today + LONGEST_PAUSE:
        raise BadPauseEnd(_("Choose a day after today, and within a year."))
    with _moving(by, store, cause) as kept:
        changes = {
            "pause_reason": PauseReason(reason),
            "paused_at": timezone.now(),
            "paused_until": until,
            "county_note": cause.strip()[:200],
        }
        return _shown(move_store(kept, kept.status, StoreStatus.PAUSED, **changes))


def resume_store(*, by: User, store: Store) -> Store:
    """Take orders again. Raises NotAllowed (also when the county centre paused it), MandateMissing, StoreMoved."""
    with _moving(by, store) as kept:
        if kept.county_note and not may_act_for_the_county(by, kept):
            raise NotAllowed(_("The county centre paused this store, and opens it again."))
        if kept.status != StoreStatus.PAUSED:
            raise store_moved()
        return _resumed(kept)


def close_store(*, by: User, store: Store, cause: str = "") -> Store:
    """Close an open or paused store for good: its goods leave the shop at once, what was ordered is still to be carried out.

    A closed store does not come back; the family may open another. With a `cause` it is the county centre that closes it.
    Raises NotAllowed, MandateMissing, StoreMoved.
    """
    with _moving(by, store, cause) as kept:
        changes: dict[str, Any] = {"closed_at": timezone.now(), "paused_until": None}
        if cause.strip():
            changes["county_note"] = cause.strip()[:200]
        return _shown(move_store(kept, kept.status, StoreStatus.CLOSED, **changes))


def reopen_due(*, on: dt.date | None = None) -> int:
    """Open the stores whose pause is over, but none that the county centre paused; returns how many. Each has its own transaction."""
    due = Store.objects.filter(
        status=StoreStatus.PAUSED, paused_until__lte=on or timezone.localdate(), county_note=""
    ).order_by("pk")
    return sum(_reopen(pk, on or timezone.localdate()) for pk in due.values_list("pk", flat=True))


def _reopen(store_id: int, today: dt.date) -> bool:
    with transaction.atomic(), pghistory.context(reason="pause over"):
        kept = Store.objects.select_for_update(no_key=True).get(pk=store_id)
        over = kept.paused_until is not None and kept.paused_until <= today and not kept.county_note
        if kept.status != StoreStatus.PAUSED or not over:
            return False
        _resumed(kept)
    return True


def may_move(user: User, store: Store) -> bool:
    """Whether this user may pause, resume or close the store for the farmer, for the pages."""
    try:
        authorise(by=user, store=store)
    except (NotAllowed, MandateMissing):
        return False
    return True


def may_act_for_the_county(user: User, store: Store) -> bool:
    """Whether this user may pause or close the store for a cause, without the farmer's word."""
    return scope_of(user).may((Role.CENTRE_STAFF,), store.region_id)


@contextmanager
def _moving(by: User, store: Store, cause: str = "") -> Iterator[Store]:
    """The store as it stands now, locked, in a transaction that history records with the farmer; for a cause, with the county alone.

    The store is locked before its goods, as catalog.listing does.
    """
    with transaction.atomic():
        # In the transaction: a withdrawal waits until what is done here is done, or came before it and is seen.
        if cause.strip() or (store.county_note and may_act_for_the_county(by, store)):
            if not may_act_for_the_county(by, store):
                raise NotAllowed(_("Only the county centre does this for a cause."))
            context = pghistory.context(for_cause=True)
        else:
            context = acting_for(store.household, authorise(by=by, store=store))
        with context:
            yield Store.objects.select_for_update(no_key=True).get(pk=store.pk)


def _resumed(store: Store) -> Store:
    changes = {"pause_reason": "", "paused_at": None, "paused_until": None, "county_note": ""}
    return _shown(move_store(store, StoreStatus.PAUSED, StoreStatus.OPEN, **changes))


def _shown(store: Store) -> Store:
    """Show or hide the store's goods as the store now stands; locked in key order, as the stock's own statements do."""
    goods = Product.objects.filter(store=store)
    list(goods.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    goods.update(store_open=store.status == StoreStatus.OPEN)
    return store
