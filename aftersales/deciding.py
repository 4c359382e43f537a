"""The county decides between a buyer and a seller who don't agree: so much of what was asked for, or nothing."""

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from aftersales.answering import OfferRefused, OwnPurchase, is_buyer
from aftersales.models import Case, CaseState, Deed
from aftersales.notices import tell_buyer
from aftersales.settling import close, pay_back, settle
from aftersales.states import CaseMoved
from aftersales.talking import NothingSaid, Said, is_known, locked, write_step
from stations.models import Role
from stations.scope import scope_of

DECIDES: Final = (Role.CENTRE_STAFF,)


def may_decide(user: User, case: Case) -> bool:
    """Whether this user decides the case: staff of the county centre who neither bought, sold nor answered it."""
    scope, consignment = scope_of(user), case.consignment
    own = is_buyer(user, case) or consignment.store.household.user_id == user.pk or case.answered_by_id == user.pk
    return scope.may(DECIDES, consignment.store.region_id) and not own


def decide(*, case: Case, goods_fen: int, freight_fen: int, said: Said, at: dt.datetime | None = None) -> None:
    """Give the buyer so much of what was asked for (0 and 0: nothing), and say why. Raises NotAllowed, OwnPurchase, OfferRefused,
    NothingSaid, CaseMoved.
    """
    when = at or timezone.now()
    assert said.by is not None, "somebody decides"
    scope_of(said.by).require(DECIDES, case.consignment.store.region_id)
    with transaction.atomic():
        held = locked(case)
        if is_known(held, said):
            return
        if not may_decide(said.by, held):
            raise OwnPurchase(_("You are a side of this case: a colleague has to decide."))
        if not said.text.strip():
            raise NothingSaid(_("Please give the reason: both sides read it."))
        if not (0 <= goods_fen <= held.goods_fen and 0 <= freight_fen <= held.freight_fen):
            raise OfferRefused(_("No more than was asked for."))
        if held.state != CaseState.COUNTY:
            raise CaseMoved(_("The county decides once it was asked."))
        write_step(held, Deed.DECIDED, said, at=when, fen=goods_fen + freight_fen)
        if goods_fen + freight_fen:
            refund = pay_back(held, goods_fen=goods_fen, freight_fen=freight_fen, by=said.by, at=when)
            settle(held, at=when, refund=refund)
        else:
            close(held, at=when)
        tell_buyer(held)
