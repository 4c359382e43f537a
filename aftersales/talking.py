"""What is said in a case: text and photographs, by one side at a time; sent twice it is said once."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.core.files.storage import storages
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.references import public_reference
from aftersales.models import Case, Deed, Photo, Side, Step
from aftersales.states import CaseMoved
from orders.models import Order
from pictures.intake import CleanPicture

MOST_PHOTOS: Final = 6


class NothingSaid(ValueError):
    """Neither a word nor a photograph."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one side says with a step: `photos` are clean (pictures.intake), `nonce` is the page's."""

    side: Side
    by: User | None
    nonce: str
    text: str = ""
    photos: Sequence[CleanPicture] = ()


def locked(case: Case) -> Case:
    """The case as it is now, its order locked before it (the order in which everybody locks them). Inside a transaction."""
    Order.objects.select_for_update(no_key=True).get(pk=case.consignment.order_id)
    related = ("consignment__order", "consignment__store__household", "consignment__parcel")
    held = Case.objects.select_for_update(no_key=True, of=("self",)).select_related(*related)
    return held.get(pk=case.pk)


def is_known(case: Case, said: Said) -> bool:
    """Whether this step was taken before (the same page, sent again)."""
    return Step.objects.filter(case=case, nonce=said.nonce).exists()


def write_step(case: Case, deed: Deed, said: Said, *, at: dt.datetime, fen: int | None = None) -> Step:
    """One step with its photographs, inside the caller's transaction."""
    step = Step.objects.create(
        case=case, side=said.side, deed=deed, text=said.text.strip()[:1000], fen=fen, by=said.by, nonce=said.nonce, happened_at=at
    )  # fmt: skip
    for photo in said.photos:
        Photo.objects.create(step=step, file=storages["private"].save(f"cases/{public_reference()}.jpg", photo))
    return step


def say(*, case: Case, said: Said, at: dt.datetime) -> None:
    """Add words or photographs to an open case; the deadline stays. Raises NothingSaid, CaseMoved."""
    if not said.text.strip() and not said.photos:
        raise NothingSaid(_("Write something, or add a photograph."))
    with transaction.atomic():
        held = locked(case)
        if is_known(held, said):
            return
        if not held.is_open:
            raise CaseMoved(_("This case is over."))
        write_step(held, Deed.SAID, said, at=at)
