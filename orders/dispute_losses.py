"""Lost disputes that took more than was left of their order: a list for the county and the operator, and two people who say who bears it.

Goods that were paid back once and then disputed as well cost us twice. What is left of the order is taken from those who earn by it, as a
refund would; the rest is written off, or charged to a seller who caused it. Until it is decided the sellers' money of the order waits.
Lock order: order, consignments, dispute, then as orders.refunding.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from orders.disputes import left_fen, share_out_what_is_left
from orders.models import Consignment, DisputeLoss, LossBearer, LossState, Order
from payments import ledger
from payments.ledger import Part
from payments.models import AccountKind, Dispute, DisputeState, Refund, TransferKind
from sellers.paying import refuse_own
from stations.models import Role
from stations.scope import NotAllowed, scope_of

PROPOSES: Final = (Role.CENTRE_STAFF, Role.COUNTY_OFFICIAL)
CONFIRMS: Final = (Role.PREFECTURE_OFFICIAL, Role.PROVINCE_OFFICIAL)
LISTED: Final = 100


class LossRefused(ValueError):
    """Nothing of this dispute is without a bearer, or it was decided or has changed meanwhile; the message says which."""


@dataclass(frozen=True, slots=True)
class Unborne:
    """A lost dispute: what the bank took, what refunds took of it already, what is left of the order, and what nobody bears, in fen."""

    dispute: Dispute
    order: Order
    shared_fen: int
    left_fen: int
    proposed: DisputeLoss | None

    @property
    def missing_fen(self) -> int:
        """What neither a refund nor the rest of the order covers."""
        return self.dispute.amount_fen - self.shared_fen - self.left_fen


def may_look(user: User) -> bool:
    """Whether the user sees such disputes at all: the centre's staff, officials, operators."""
    scope = scope_of(user)
    return scope.everywhere or any(posting.role in (*PROPOSES, *CONFIRMS) for posting in scope.postings)


def unborne(user: User) -> list[Unborne]:
    """The lost disputes of orders with goods of the user's regions that wait to be settled, the oldest first. Five queries a dispute."""
    if not may_look(user):
        return []
    mine = Consignment.objects.filter(
        scope_of(user).covers("store__region_id"), order__ref=OuterRef("payment__order_ref")
    )
    waiting = Dispute.objects.filter(Exists(mine), state=DisputeState.LOST, settled_at=None)
    return [look_at(dispute) for dispute in waiting.select_related("payment").order_by("closed_at", "pk")[:LISTED]]


def look_at(dispute: Dispute) -> Unborne:
    """What stands of one lost dispute."""
    order = Order.objects.get(ref=dispute.payment.order_ref)
    shared = sum(Refund.objects.filter(dispute=dispute).values_list("amount_fen", flat=True))
    proposed = (
        DisputeLoss.objects.filter(dispute=dispute, state=LossState.PROPOSED).select_related("proposed_by").first()
    )
    return Unborne(dispute, order, shared, left_fen(order, dispute.payment), proposed)


def parts_of(dispute: Dispute) -> list[Consignment]:
    """The parts of its order, whose sellers may be charged."""
    parts = Consignment.objects.filter(order__ref=dispute.payment.order_ref).select_related("store__household")
    return list(parts.order_by("number"))


def _require(by: User, roles: tuple[Role, ...], dispute: Dispute, charged: Consignment | None) -> None:
    """Raises NotAllowed unless one of these roles is held over a seller of the order, and over the one who is `charged`; OwnHousehold for
    one's own.
    """
    parts = parts_of(dispute)
    sellers = [part for part in parts if charged is None or part.pk == charged.pk]
    if not any(scope_of(by).may(roles, part.store.region_id) for part in sellers):
        raise NotAllowed(_("Your posting does not allow this here."))
    for part in parts:
        refuse_own(by, part.store.household)


def propose_loss(
    *,
    by: User,
    dispute: Dispute,
    bearer: LossBearer,
    reason: str,
    consignment: Consignment | None = None,
    at: dt.datetime | None = None,
) -> DisputeLoss:
    """Propose who bears what is missing: the platform, or the seller of a part of the order. Nothing is booked yet.

    Raises NotAllowed, OwnHousehold, LossRefused.
    """
    if consignment is not None and consignment.pk not in {part.pk for part in parts_of(dispute)}:
        raise LossRefused(_("This is no part of the order."))
    _require(by, PROPOSES, dispute, consignment)
    if not reason.strip():
        raise LossRefused(_("Please write why."))
    if (bearer == LossBearer.SELLER) != (consignment is not None):
        raise LossRefused(_("Choose whose goods they were, if the seller bears it."))
    found = look_at(dispute)
    if dispute.state != DisputeState.LOST or dispute.settled_at is not None or found.missing_fen <= 0:
        raise LossRefused(_("Nothing of this dispute waits to be settled."))
    try:
        with transaction.atomic():
            return DisputeLoss.objects.create(
                dispute=dispute,
                amount_fen=found.missing_fen,
                bearer=bearer,
                consignment=consignment,
                reason=reason.strip()[:200],
                proposed_by=by,
                proposed_at=at or timezone.now(),
            )
    except IntegrityError as known:
        raise LossRefused(_("A proposal for this dispute waits already.")) from known


def confirm_loss(*, by: User, loss: DisputeLoss, at: dt.datetime | None = None) -> DisputeLoss:
    """A second person's yes: what is left of the order goes as a refund, the rest to its bearer, and the dispute is settled.

    Raises NotAllowed for who proposed it, OwnHousehold, LossRefused where it has changed meanwhile.
    """
    _require_second(by, loss)
    when = at or timezone.now()
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True).get(ref=loss.dispute.payment.order_ref)
        list(Consignment.objects.select_for_update(no_key=True, of=("self",)).filter(order=order).order_by("pk"))
        dispute = Dispute.objects.select_for_update(no_key=True).select_related("payment").get(pk=loss.dispute_id)
        _decide(loss, LossState.CONFIRMED, by, when)
        shared = share_out_what_is_left(order, dispute, when)
        if dispute.settled_at is not None or dispute.amount_fen - shared != loss.amount_fen:
            raise LossRefused(_("Another sum is missing by now. Decline this, and propose it anew."))
        ledger.post(
            kind=TransferKind.DISPUTE_LOSS,
            key=f"dispute-loss:{loss.pk}",
            parts=[Part(AccountKind.DISPUTE, order.ref, -loss.amount_fen), _bearer(loss)],
            order_ref=order.ref,
            at=when,
        )
        Dispute.objects.filter(pk=dispute.pk).update(settled_at=when)
    loss.refresh_from_db()
    return loss


def _bearer(loss: DisputeLoss) -> Part:
    part = loss.consignment
    if part is None:
        return Part(AccountKind.WRITE_OFF, "", loss.amount_fen)
    return Part(AccountKind.SELLER_AVAILABLE, part.store.slug, loss.amount_fen, part.county_code)


def decline_loss(*, by: User, loss: DisputeLoss, at: dt.datetime | None = None) -> DisputeLoss:
    """A second person's no: it waits as before, for another proposal. Raises NotAllowed, OwnHousehold, LossRefused."""
    _require_second(by, loss)
    _decide(loss, LossState.DECLINED, by, at or timezone.now())
    loss.refresh_from_db()
    return loss


def _require_second(by: User, loss: DisputeLoss) -> None:
    _require(by, CONFIRMS, loss.dispute, loss.consignment)
    if loss.proposed_by_id == by.pk:
        raise NotAllowed(_("You proposed this: somebody else has to decide it."))


def _decide(loss: DisputeLoss, to: LossState, by: User, when: dt.datetime) -> None:
    waiting = DisputeLoss.objects.filter(pk=loss.pk, state=LossState.PROPOSED)
    if not waiting.update(state=to, decided_by=by, decided_at=when):
        raise LossRefused(_("This was decided already."))
