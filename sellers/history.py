"""The history of a farm: its store, its family's record, its mandates, where its money goes, who belongs to it."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from sellers.models import Household, Mandate, Membership, PayoutAccount, Store, StoreStatus
from stations.history import Change, changes_of

# What a move of a store is called, where the state's name alone would not say who decides next.
MOVES: dict[str, Promise] = {
    StoreStatus.SUBMITTED: _("Submitted to the township"),
    StoreStatus.RECOMMENDED: _("Recommended to the county"),
    StoreStatus.OPEN: _("Approved: the store is open"),
    StoreStatus.DRAFT: _("Given back to be mended"),
    StoreStatus.PAUSED: _("Paused"),
    StoreStatus.CLOSED: _("Closed"),
}
BEGUN: dict[type, Promise] = {
    Store: _("Store drafted"),
    Household: _("Family registered"),
    Mandate: _("Mandate written down"),
    PayoutAccount: _("Payout account proposed"),
    Membership: _("Member entered"),
}
CHANGED: dict[type, Promise] = {
    Store: _("Changed the store's page"),
    Household: _("Changed the family's record"),
    Mandate: _("Changed the mandate"),
    PayoutAccount: _("Changed the payout account"),
    Membership: _("Changed the membership"),
}
# What township and county decide, they decide themselves: not in the farmer's name.
DECIDED = {StoreStatus.RECOMMENDED, StoreStatus.DRAFT}


def history_of(store: Store, *, older_than: int = 0) -> list[Change]:
    """What happened to a store and its household, newest first (see stations.history.changes_of)."""
    return told(changes_of(store, *things_of(store.household), older_than=older_than))


def history_of_household(household: Household, *, older_than: int = 0) -> list[Change]:
    """What happened to a household, all its stores and all it agreed to, newest first (see stations.history.changes_of)."""
    return told(changes_of(*things_of(household), *household.stores.all(), older_than=older_than))


def things_of(household: Household) -> list[Any]:
    """The household itself, its mandates, payout accounts and memberships. Three queries."""
    belongings: list[Any] = [household]
    for model, field in ((Mandate, "household"), (PayoutAccount, "household"), (Membership, "cooperative")):
        for thing in model._default_manager.filter(**{field: household}):
            setattr(thing, field, household)
            belongings.append(thing)
    return belongings


def told(changes: list[Change]) -> list[Change]:
    """The changes with the titles that sellers use; what is decided about a farmer is not done for them."""
    for change in changes:
        before, after = change.before, change.after
        if before is None:
            change.title = str(BEGUN.get(type(change.thing), change.title))
        elif isinstance(change.thing, Store) and before.status != after.status:
            opened_again = before.status == StoreStatus.PAUSED and after.status == StoreStatus.OPEN
            change.title = str(_("Open again") if opened_again else MOVES.get(after.status, change.title))
            if after.status in DECIDED or before.status == StoreStatus.RECOMMENDED:
                change.for_whom = ""
        elif change.is_plain:
            change.title = str(CHANGED.get(type(change.thing), change.title))
        if isinstance(change.thing, Mandate) and after.refused_at and not getattr(before, "refused_at", None):
            change.for_whom = ""
    return changes


def entered_by(store: Store, changes: list[Change]) -> User | None:
    """Who entered the store for the farmer: whoever submitted it, or began the draft; None when it was the farmer."""
    begun = (change.user for change in reversed(changes) if change.for_whom and isinstance(change.thing, Store))
    person = store.submitted_by or next(begun, None)
    return person if person and person.pk != store.household.user_id else None
