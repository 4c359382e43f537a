"""Acting for a farmer: what staff do to a store's goods is done under its mandate, and history says by whom and on whose behalf."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pghistory
from django.db import transaction

from accounts.models import User
from sellers.mandates import mandate_for
from sellers.models import Mandate, Store
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of

Allowed = Literal["list", "price"]


def authorise(*, by: User, store: Store, allowed: Allowed = "list") -> Mandate | None:
    """The mandate on which `by` may act for the store's farmer; None for the farmer.

    Raises scope.NotAllowed for whoever doesn't serve at a station of the store, and mandates.MandateMissing.
    """
    if store.household.user_id != by.pk:
        scope_of(by).require(STAFF_ROLES, store.station.region_id)
    return mandate_for(by, store.household, scope=allowed)


@contextmanager
def acting_for(by: User, store: Store, *scopes: Allowed) -> Iterator[Mandate | None]:
    """A transaction under the mandate that `by` acts on (for listing, where no scope is named), which history records with the farmer.

    Raises as authorise does.
    """
    with transaction.atomic():
        # In the transaction: a withdrawal waits until what is done here is done, or came before it and is seen.
        mandate = [authorise(by=by, store=store, allowed=allowed) for allowed in scopes or ("list",)][0]
        behalf = {"on_behalf_of": store.household.pk, "mandate": mandate.pk} if mandate else {}
        behalf["user"] = by.pk  # also where no request says so
        # Whoever shuts the store meanwhile comes before or after: what is indexed below must not show the goods of a shut store.
        store.status = Store.objects.select_for_update(no_key=True).values_list("status", flat=True).get(pk=store.pk)
        with pghistory.context(**behalf):
            yield mandate
