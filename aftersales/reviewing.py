"""Reviewing: a buyer says what the goods were like, once they were delivered; the seller answers; the county hides what breaks the rules.

E-Commerce Law (2019), art. 39: the platform has ways to review, and deletes no review of goods sold on it. So nobody deletes one here:
what is hidden (an insult, somebody's address, a review of something else) stays with its reason and can be shown again.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.references import public_reference
from aftersales.answering import OwnPurchase
from aftersales.models import BuyerReview, ReviewPhoto
from delivery.models import ParcelState
from orders.informing import tell
from orders.models import Consignment, NoticeStep, Order, OrderLine, OrderState, Sale
from pictures.intake import CleanPicture
from sellers.mandates import under_mandate
from stations.models import Posting, Role
from stations.scope import NotAllowed, scope_of

MODERATES: Final = (Role.CENTRE_STAFF, Role.COUNTY_OFFICIAL)
WRITTEN_WITHIN: Final = dt.timedelta(days=180)
EDITED_WITHIN: Final = dt.timedelta(days=30)


class CannotReview(ValueError):
    """It was not delivered, a case about it is open, it is too late, or it is the writer's own goods; its text says which."""


def received_at(part: Consignment) -> dt.datetime | None:
    """When the buyer got a part of an order, or visited (load its parcel)."""
    if part.visit_day:
        return part.visited_at
    return part.parcel.delivered_at if part.parcel and part.parcel.state == ParcelState.DELIVERED else None


def reviewable(order: Order, part: Consignment, *, at: dt.datetime | None = None) -> bool:
    """Whether the lines of a part may be reviewed now: paid, delivered, no case open, sold for money (load parcel). No query."""
    came = received_at(part)
    paid = order.state in (OrderState.PAID, OrderState.REFUNDED) and part.replaces_id is None
    return paid and came is not None and not part.after_sales_since and (at or timezone.now()) <= came + WRITTEN_WITHIN


def write_review(
    *,
    order: Order,
    line_id: int,
    stars: int,
    text: str,
    photos: Sequence[CleanPicture] = (),
    by: User | None,
    at: dt.datetime | None = None,
) -> BuyerReview:
    """Review a line of an order, or change the review within thirty days; photographs are added. Raises CannotReview.

    `stars` is 1 to 5. Whoever sells it, their family and the staff of their station review nothing of it.
    """
    when = at or timezone.now()
    if stars not in range(1, 6):
        raise CannotReview(_("Please choose one to five stars."))
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        lines = OrderLine.objects.select_related("consignment__parcel", "consignment__store__household", "payee")
        line = lines.filter(pk=line_id, consignment__order=locked).first()
        if line is None or not line.amount_fen or not reviewable(locked, line.consignment, at=when):
            raise CannotReview(_("This can be reviewed once it is delivered, and for half a year."))
        _refuse_own(locked, line, by)
        held = BuyerReview.objects.select_for_update(no_key=True).filter(line=line).first()
        review = _write(line, stars, text.strip(), when) if held is None else _change(held, stars, text.strip(), when)
        for photo in photos:
            name = storages["private"].save(f"reviews/{public_reference()}.jpg", photo)
            ReviewPhoto.objects.create(review=review, file=name)
    return review


def _refuse_own(order: Order, line: OrderLine, by: User | None) -> None:
    """A family's own purchase is no volume (orders.settlement), and no review; neither is that of their station's staff."""
    own = Sale.objects.filter(line=line).exclude(left_out="").exists()
    household = line.payee or line.consignment.store.household
    people = [pk for pk in (order.user_id, by.pk if by else None) if pk]
    own = own or household.user_id in people or order.phone in (household.phone, line.consignment.store.household.phone)
    stations = (line.consignment.station_id, line.consignment.store.station_id)
    staff = Posting.objects.current().filter(
        Q(user__in=people) | Q(user__phone=order.phone, user__phone__gt=""), station__in=stations
    )
    if own or staff.exists():
        raise CannotReview(_("Goods of one's own family or station are reviewed by others."))


def _write(line: OrderLine, stars: int, text: str, when: dt.datetime) -> BuyerReview:
    return BuyerReview.objects.create(
        line=line,
        store_id=line.consignment.store_id,
        product_id=line.product_id,
        stars=stars,
        text=text,
        written_at=when,
    )


def _change(held: BuyerReview, stars: int, text: str, when: dt.datetime) -> BuyerReview:
    if held.hidden_at or when > held.written_at + EDITED_WITHIN:
        raise CannotReview(_("This review can't be changed any more."))
    held.stars, held.text, held.edited_at = stars, text, when
    held.save(update_fields=["stars", "text", "edited_at"])
    return held


def answer_review(*, by: User, review: BuyerReview, text: str, at: dt.datetime | None = None) -> None:
    """The seller's answer, by the farmer or a station that answers for them; a later one takes its place.

    Raises CannotReview for nothing, OwnPurchase for whoever bought it, MandateMissing.
    """
    words = text.strip()
    if not words:
        raise CannotReview(_("Please write an answer."))
    order = review.line.consignment.order
    if order.user_id == by.pk or (by.phone and by.phone == order.phone):
        raise OwnPurchase(_("You bought this yourself: a colleague has to answer."))
    with under_mandate(by=by, household=review.store.household, scope="answer"):
        BuyerReview.objects.filter(pk=review.pk).update(
            answer=words[:500], answered_at=at or timezone.now(), answered_by=by
        )


def hide_review(*, by: User, review: BuyerReview, reason: str, at: dt.datetime | None = None) -> None:
    """Hide a review from buyers, with the reason, which its author is told. By the county, and not by whoever sells it.

    Raises NotAllowed, CannotReview without a reason. Hidden again it stays as it was.
    """
    words, when = reason.strip(), at or timezone.now()
    _require_moderator(by, review)
    if not words:
        raise CannotReview(_("Please say why: the author is told."))
    with transaction.atomic():
        shown = BuyerReview.objects.filter(pk=review.pk, hidden_at=None)
        if shown.update(hidden_at=when, hidden_reason=words[:200], hidden_by=by):
            tell(review.line.consignment.order_id, NoticeStep.REVIEW, f"{review.pk} {when:%y%m%d%H%M%S}", at=at)


def show_review(*, by: User, review: BuyerReview) -> None:
    """Show a hidden review again. Raises NotAllowed."""
    _require_moderator(by, review)
    BuyerReview.objects.filter(pk=review.pk).update(hidden_at=None, hidden_reason="", hidden_by=None)


def may_moderate(by: User, review: BuyerReview) -> bool:
    """Whether this user hides reviews of the store (load it with its household): the county, not its seller nor the seller's station."""
    household = review.store.household
    own = household.user_id == by.pk or (by.phone and by.phone == household.phone)
    return scope_of(by).may(MODERATES, review.store.region_id) and not own


def _require_moderator(by: User, review: BuyerReview) -> None:
    if not may_moderate(by, review):
        raise NotAllowed(_("Reviews are hidden by the county, and not by whoever sells the goods."))
