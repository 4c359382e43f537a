"""Certificates: entered at the desk with their paper, accepted by the county (catalog.reviewing), shown while they hold, renewed in time.

Forms of numbers, as the offices that issue them publish them:
- green food: the product's number LB-, two digits for its class, ten or eleven digits (year, month, province, serial number) and the grade
  A or AA, or the enterprise's GF and twelve digits (county, year, serial number); since August 2012 packs bear the GF number
  (China Green Food Development Centre);
- organic: the certifying body's approval number, OP for a product, two digits for the year and five for the certificate, as in
  123OP2600045 (Rules for organic certification, Certification and Accreditation Administration, CNCA-N-009).
"""

import datetime as dt
import re
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.acting import acting_for
from catalog.indexing import index_products
from catalog.models import (
    Category,
    Certificate,
    CertificateKind,
    CertificateState,
    Product,
    Review,
    ReviewKind,
)
from sellers.licensing import plain_number
from sellers.models import Store
from sellers.onboarding import keep_private

# Days before its end on which a certificate or a licence is spoken of.
REMINDED: Final = (60, 30)
NAMES: Final = {
    CertificateKind.GREEN: ("绿色食品", "Green food"),
    CertificateKind.ORGANIC: ("有机产品", "Organic product"),
    CertificateKind.GEOGRAPHICAL: ("地理标志", "Geographical indication"),
}
NUMBERS: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    CertificateKind.GREEN: (
        re.compile(r"(?:LB-?[0-9]{2}-?[0-9]{10,11}A{0,2}|GF[0-9]{12})"),
        "LB-15-26061234567A, GF430426260001",
    ),
    CertificateKind.ORGANIC: (re.compile(r"[0-9]{3}OP[0-9]{7}(?:-[0-9]{1,3})?"), "123OP2600045"),
}
LONGEST_YEARS: Final = 11


class BrandsOwn(ValueError):
    """A geographical indication is the county's: its use is asked for (catalog.brands), not entered."""


def enter_certificate(
    *,
    by: User,
    store: Store,
    kind: CertificateKind | str,
    number: str,
    holder: str,
    issuer: str,
    valid_from: dt.date,
    valid_until: dt.date,
    product: Product | None = None,
    category: Category | None = None,
    paper: File[bytes] | None = None,
    demo: bool = False,
    at: dt.datetime | None = None,
) -> Certificate:
    """A certificate of a product, or without one of the store for its goods (of a category), which waits for the county.

    `paper` is a picture that pictures.intake has cleaned. Raises BrandsOwn, ValidationError (past its end, a number of the wrong form),
    and as acting_for does.
    """
    kind, number = CertificateKind(kind), plain_number(number)
    if kind == CertificateKind.GEOGRAPHICAL:
        raise BrandsOwn(_("The county's brand is asked for, not entered: the county says who may use it."))
    _refuse_wrong(kind, number, valid_from, valid_until, demo=demo)
    with acting_for(by, store):
        certificate = Certificate(
            product=product, store=None if product else store, category=None if product else category, kind=kind,
            name=NAMES[kind][0], name_en=NAMES[kind][1], number=number, holder=holder, issuer=issuer,
            valid_from=valid_from, valid_until=valid_until, demo=demo, entered_by=by, entered_at=at or timezone.now(),
        )  # fmt: skip
        certificate.full_clean()
        certificate.paper = keep_private("certificates", paper) if paper else ""
        certificate.save()
        Review.objects.create(
            kind=ReviewKind.CERTIFICATE, product=product, store=store, region=store.region, certificate=certificate,
            asked_by=by, asked_at=at or timezone.now(),
        )  # fmt: skip
    return certificate


def _refuse_wrong(kind: CertificateKind, number: str, valid_from: dt.date, valid_until: dt.date, *, demo: bool) -> None:
    today = timezone.localdate()
    if valid_from > today:
        raise ValidationError({"valid_from": _("This day has not come yet.")})
    if valid_until < valid_from:
        raise ValidationError({"valid_until": _("It can't end before it begins.")})
    if valid_until < today:
        raise ValidationError({"valid_until": _("This certificate has ended. Enter the renewed one.")})
    if valid_until.year - valid_from.year > LONGEST_YEARS:
        raise ValidationError({"valid_until": _("No certificate holds so long; please compare the days.")})
    shape = NUMBERS[kind]
    if not demo and not shape[0].fullmatch(number):
        raise ValidationError(
            {"number": _("A number of this kind looks like %(example)s. Please compare it.") % {"example": shape[1]}}
        )


def papers_of(product: Product) -> QuerySet[Certificate]:
    """All certificates of a product and of its store for such goods, whatever their state, the newest first."""
    found = Certificate.objects.of(product).select_related("permission__brand", "accepted_by", "entered_by")
    return found.order_by("-entered_at", "-pk")


def state_of(certificate: Certificate, today: dt.date | None = None) -> tuple[str, str]:
    """A certificate's state in words, and the kind of pill for it; only one that is shown is 'good'."""
    today = today or timezone.localdate()
    if certificate.state == CertificateState.ACCEPTED and certificate.valid_until < today:
        return _("has ended"), "bad"
    if certificate.permission and certificate.permission.state != "granted":
        return certificate.permission.get_state_display(), "bad"
    pill = {CertificateState.WAITING: "busy", CertificateState.ACCEPTED: "good", CertificateState.RETURNED: "bad"}
    return certificate.get_state_display(), pill[CertificateState(certificate.state)]


def renew_seals() -> int:
    """Takes expired seals off the lists and puts new ones on; how many products changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id FROM catalog_product AS p WHERE p.seals <> catalog_seals(p.id) AND (p.seals <> 0"
            " OR EXISTS (SELECT FROM catalog_certificate AS c WHERE c.product_id = p.id)"
            " OR EXISTS (SELECT FROM catalog_certificate AS c WHERE c.store_id = p.store_id))"
        )
        changed = [pk for (pk,) in cursor.fetchall()]
    return index_products(changed)


def ending_soon(papers: "QuerySet[Any]", *, today: dt.date | None = None) -> "QuerySet[Any]":
    """Those (certificates or licences) that end within sixty days, the first to end first."""
    today = today or timezone.localdate()
    soon = papers.filter(valid_until__gte=today, valid_until__lte=today + dt.timedelta(days=max(REMINDED)))
    return soon.order_by("valid_until", "pk")


def renewed(certificate: Certificate) -> bool:
    """Whether a newer one of the same kind is there for the same goods, waiting or accepted."""
    newer = Certificate.objects.filter(kind=certificate.kind, valid_until__gt=certificate.valid_until)
    newer = newer.filter(Q(product=certificate.product_id) if certificate.product_id else Q(store=certificate.store_id))
    return newer.exclude(state=CertificateState.RETURNED).exists()
