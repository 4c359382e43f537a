"""Signed papers that somebody else looks at before they hold: those that come soon after a farmer took a mandate back."""

import datetime as dt

import pghistory
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from sellers.mandates import PAPER_ROLES, AlreadyConfirmed, hold_by_paper, refuse_with_own_account, unconfirmed
from sellers.models import Mandate
from stations.scope import NotAllowed, scope_of


class OwnPaper(NotAllowed):
    """Somebody accepts a paper that they brought themselves (403)."""


def accept_paper(*, by: User, mandate: Mandate, at: dt.datetime | None = None) -> Mandate:
    """Let a paper that waits hold from now on: the township or the county has looked at it.

    Raises NotAllowed, OwnPaper for whoever recorded it, AlreadyConfirmed where none waits, OwnAccount.
    """
    scope_of(by).require(PAPER_ROLES, mandate.station.region_id)
    with transaction.atomic(), pghistory.context(on_behalf_of=mandate.household_id, mandate=mandate.pk):
        kept = unconfirmed(mandate)
        if not kept.paper_waits:
            raise AlreadyConfirmed(_("No paper waits here any more."))
        if kept.recorded_by_id == by.pk:
            raise OwnPaper(_("You brought this paper yourself; somebody else has to look at it."))
        refuse_with_own_account(kept.household)
        kept.confirmed_at = kept.checked_at = at or timezone.now()
        kept.checked_by = by
        kept.save(update_fields=["confirmed_at", "checked_at", "checked_by"])
        hold_by_paper(kept)
    return kept
