"""Whose harvest a lot is, where the store sells for more than one household: a member's, or a family's that brings its goods to a station.

A station's gathering store sells only what names its family: each sale lands, by its lot, on that family's own account (orders.settlement).
A co-operative sells on its own account; its lots may name the member who grew them.
"""

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from sellers.mandates import mandate_for
from sellers.models import Household, HouseholdKind, HouseholdQuerySet, Store


class GrowerMissing(ValueError):
    """A lot of a gathering store that names no family."""


class NotAGrower(ValueError):
    """A household that does not belong to this store."""


def gathers(store: Store) -> bool:
    """Whether the store is a station's, which gathers the goods of many families."""
    return store.household.kind == HouseholdKind.STATION


def growers_of(by: User, store: Store) -> HouseholdQuerySet:
    """The households that a lot of this store may name, in the order of their names: families whose mandate lets `by` list goods
    for them, the members of a co-operative, nobody for any other store.
    """
    today = timezone.localdate()
    if gathers(store):
        found = Household.objects.visible_to(by).filter(
            kind=HouseholdKind.HOUSEHOLD,
            mandates__may_list=True,
            mandates__confirmed_at__isnull=False,
            mandates__withdrawn_at=None,
            mandates__refused_at=None,
            mandates__starts_on__lte=today,
            mandates__ends_on__gte=today,
        )
    elif store.household.kind == HouseholdKind.COOPERATIVE:
        found = Household.objects.filter(member_of__cooperative=store.household, member_of__left_on=None)
    else:
        found = Household.objects.none()
    return found.distinct().order_by("name", "pk")


def authorise_grower(*, by: User, store: Store, grower: Household | None) -> None:
    """Raises GrowerMissing, NotAGrower, and MandateMissing for a family that has not allowed its goods to be listed."""
    if grower is None:
        if gathers(store):
            raise GrowerMissing(_("Say whose goods these are: the money goes to that family."))
        return
    if gathers(store):
        if grower.kind != HouseholdKind.HOUSEHOLD:
            raise NotAGrower(_("A station gathers the goods of families."))
        mandate_for(by, grower, "list")
    elif not growers_of(by, store).filter(pk=grower.pk).exists():
        raise NotAGrower(_("%(name)s is no member of this co-operative.") % {"name": grower.label})
