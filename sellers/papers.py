"""Photographs of papers: the signed mandate and the licence, for the staff over the family's region and the farmer; staff go on record.

Personal Information Protection Law (2021), art. 6 and 51, as for the masked values (sellers.revealing): an official's work needs figures,
not signatures.
"""

from django.utils.translation import gettext as _

from accounts.models import User
from sellers.models import Household, RevealPurpose, Sealed, StoreStatus
from sellers.revealing import PAPERS, record_opening
from stations.models import Role
from stations.models.posting import STAFF_ROLES
from stations.scope import NotAllowed, scope_of

DECIDES = (Role.TOWNSHIP_STAFF, Role.CENTRE_STAFF)


def may_open_paper(user: User, household: Household) -> bool:
    """Whether the user is the farmer, or serves over the family's region."""
    return household.user_id == user.pk or scope_of(user).may(STAFF_ROLES, household.region_id)


def open_paper(*, by: User, household: Household, what: str) -> None:
    """Write down that a paper (Sealed.PAPER or LICENCE) is opened, before it is read; the farmer's own look is nobody's business.

    Whoever decides on a store of the family looks at as many papers as wait. Raises NotAllowed, TooManyReveals. Not for use inside a
    transaction.
    """
    if not may_open_paper(by, household):
        raise NotAllowed(_("Your posting does not open this value."))
    if household.user_id == by.pk:
        return
    waits = household.stores.filter(status__in=(StoreStatus.SUBMITTED, StoreStatus.RECOMMENDED)).exists()
    decides = waits and scope_of(by).may(DECIDES, household.region_id)
    record_opening(
        by=by, household=household, what=Sealed(what), purpose=RevealPurpose.VERIFY, limited=None if decides else PAPERS
    )
