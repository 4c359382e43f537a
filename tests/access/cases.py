"""What the pages of after-sales ask for: a case of the buyer's order with a photograph, open to the seller's answer."""

from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from aftersales.models import Case, CaseLine, Deed, Photo, Reason, Side, Step, Wish
from aftersales.states import TURNS
from orders.models import Consignment


def case_of(consignment: Consignment) -> dict[str, tuple[Any, ...]]:
    """An open case about one unit, and the address where another would be opened."""
    now, line = timezone.now(), consignment.lines.get()
    case = Case.objects.create(
        consignment=consignment, wish=Wish.REFUND, reason=Reason.SHORT, goods_fen=line.unit_price_fen, freight_fen=0,
        due_at=now + TURNS["open"][1],
    )  # fmt: skip
    CaseLine.objects.create(case=case, line=line, units=1, amount_fen=line.unit_price_fen, freight_fen=0)
    step = Step.objects.create(case=case, side=Side.BUYER, deed=Deed.OPENED, text="少了一袋", nonce="n")
    name = storages["private"].save("cases/access.jpg", ContentFile(b"\xff\xd8\xff\xd9"))
    photo = Photo.objects.create(step=step, file=name)
    Consignment.objects.filter(pk=consignment.pk).update(after_sales_since=now)
    return {
        "case": (case.ref,), "case_photo": (case.ref, photo.pk), "case_new": (consignment.order.ref, consignment.number),
    }  # fmt: skip
