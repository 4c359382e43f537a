"""Invoices: a company asks its seller for one about its part of a paid order; the seller, or the station for them, says it is issued.

The invoice itself is the tax office's (a paper or an electronic one): Daylily passes on who asks, tells the buyer its number, and hands
on the invoice where the seller attaches it.
What farmers sell of their own growing is exempt from value-added tax: Value-Added Tax Law (in force since 1 January 2026), art. 24 (1).
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence

from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.references import public_reference
from catalog.documents import read_report
from orders.informing import tell
from orders.models import Consignment, InvoiceRequest, NoticeStep, Order, OrderLine, OrderState
from orders.models.order import ConsignmentQuerySet
from sellers.licence import checked_licence
from sellers.mandates import under_mandate

# An old one has 8 digits, a digital one 20 (State Taxation Administration, announcement 11 of 2024).
NUMBER = re.compile(r"[0-9]{8}|[0-9]{20}")
TITLE = re.compile(r"[^\W\d_]")


class CannotInvoice(ValueError):
    """Nothing is left to be invoiced, or it was issued already, or its number is none; its text says which."""


def invoice_fen(consignment: Consignment) -> int:
    """What the invoice is about, in fen: what was paid for the goods and not paid back (load lines). Freight is the county's."""
    return sum(line.left_fen for line in consignment.lines.all())


def ask_for_invoice(
    *, order: Order, number: str, title: str, tax_number: str, at: dt.datetime | None = None
) -> InvoiceRequest:
    """Ask for an invoice about one consignment (its number) of a paid order; asked again before it is issued, the newer words count.

    Raises CannotInvoice, and sellers.licence's BadLicence for a tax number that is none (GB 32100-2015).
    """
    code = checked_licence(tax_number)
    name = " ".join(unicodedata.normalize("NFKC", title).split())
    if not TITLE.search(name) or len(name) > 100:
        raise CannotInvoice(_("Please give the company's full name, as it stands in its licence."))
    with transaction.atomic():
        locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        part = Consignment.objects.select_for_update(no_key=True).filter(order=locked, number=number).first()
        if part is None or locked.state != OrderState.PAID or not invoice_fen(part):
            raise CannotInvoice(_("There is nothing paid here that could be invoiced."))
        request, made = InvoiceRequest.objects.get_or_create(
            consignment=part, defaults={"title": name, "tax_number": code, "asked_at": at or timezone.now()}
        )
        words = {"title": name, "tax_number": code}
        if not made and not InvoiceRequest.objects.filter(pk=request.pk, issued_at=None).update(**words):
            raise CannotInvoice(
                _("The invoice was issued already. Please call the seller's station to have it changed.")
            )
    request.refresh_from_db()
    return request


def issue_invoice(
    *,
    by: User,
    request: InvoiceRequest,
    number: str,
    files: Sequence[File[bytes]] = (),
    at: dt.datetime | None = None,
) -> None:
    """Write down that the invoice was issued, under its number, and tell the buyer; by the farmer, or a station that answers for them.

    `files` are the invoice itself, if the seller attaches it: one PDF, or photographs of its pages. Raises MandateMissing, CannotInvoice,
    and catalog's ReportRefused for files that are neither.
    """
    digits = re.sub(r"\s", "", unicodedata.normalize("NFKC", number))
    if not NUMBER.fullmatch(digits):
        raise CannotInvoice(_("The number of an invoice has 8 digits, or 20 where it is electronic."))
    pdf = read_report(files).pdf if files else None
    file = storages["private"].save(f"invoices/{public_reference()}.pdf", ContentFile(pdf)) if pdf else ""
    part = request.consignment
    try:
        with under_mandate(by=by, household=part.store.household, scope="answer"):
            waiting = InvoiceRequest.objects.filter(pk=request.pk, issued_at=None)
            if not waiting.update(number=digits, file=file, issued_at=at or timezone.now(), issued_by=by):
                raise CannotInvoice(_("This invoice was issued already."))
            tell(part.order_id, NoticeStep.INVOICE, part.number, at=at)
    except BaseException:
        if file:
            storages["private"].delete(file)
        raise


def invoices_wanted(parts: ConsignmentQuerySet) -> QuerySet[InvoiceRequest]:
    """The invoices that buyers of these consignments wait for, the oldest first."""
    lines = Prefetch("consignment__lines", OrderLine.objects.order_by("pk"))
    waiting = InvoiceRequest.objects.filter(consignment__in=parts.order_by().values("pk"), issued_at=None)
    return waiting.select_related("consignment__store__household", "consignment__store__region").prefetch_related(lines)
