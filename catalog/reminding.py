"""Reminders: a certificate or a licence that ends within sixty and again within thirty days, told to the farmer's phone once each."""

import datetime as dt
import logging
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from accounts.messages import TextNotSent, TooManyTexts, send_text
from catalog.certifying import REMINDED, ending_soon, renewed
from catalog.models import Certificate, CertificateState
from catalog.telling import TRIES
from sellers.models import Household, LicenceState, SellerLicence
from sellers.telling import in_their_language

logger = logging.getLogger("daylily.messages")


def remind_of_ends(today: dt.date | None = None) -> int:
    """Enqueues a text for every certificate and licence whose end came within sixty, or within thirty days; how many."""
    today = today or timezone.localdate()
    told = 0
    papers = Certificate.objects.filter(state=CertificateState.ACCEPTED)
    for paper in ending_soon(papers.select_related("store__household", "product__store__household"), today=today):
        store = paper.store or (paper.product and paper.product.store)
        if store and not renewed(paper) and _is_due(paper, today):
            told += _remind(store.household, "certificate", paper)
    licences = SellerLicence.objects.filter(state=LicenceState.ACCEPTED).select_related("household")
    for licence in ending_soon(licences, today=today):
        newer = SellerLicence.objects.filter(
            household=licence.household, kind=licence.kind, valid_until__gt=licence.valid_until
        )
        if not newer.exclude(state=LicenceState.REFUSED).exists() and _is_due(licence, today):
            told += _remind(licence.household, "licence", licence)
    return told


def _is_due(paper: Any, today: dt.date) -> bool:
    """Whether no reminder went out since the last of the two days came; marks the paper with the one that goes out now."""
    left = (paper.valid_until - today).days
    step = min(days for days in REMINDED if left <= days)
    if paper.reminded_for == paper.valid_until and paper.reminded_days is not None and paper.reminded_days <= step:
        return False
    type(paper).objects.filter(pk=paper.pk).update(reminded_for=paper.valid_until, reminded_days=step)
    return True


def _remind(household: Household, kind: str, paper: Any) -> bool:
    if not household.phone or not settings.SMS_BACKEND:
        return False
    tell_of_end.defer(household_id=household.pk, kind=kind, paper_id=paper.pk)
    return True


@app.task(name="catalog.tell_of_end", retry=TRIES)
def tell_of_end(household_id: int, kind: str, paper_id: int) -> None:
    """Tell a farmer until when a certificate or a licence holds, and to bring the renewed one."""
    household = Household.objects.select_related("user").filter(pk=household_id).first()
    paper: Any = (Certificate if kind == "certificate" else SellerLicence).objects.filter(pk=paper_id).first()
    if household is None or paper is None or not household.phone:
        return
    with in_their_language(household):
        named = paper.label if kind == "certificate" else paper.get_kind_display()
        text = _(
            "Daylily: your %(paper)s ends on %(day)s. Please bring the renewed one to your service point in time."
        ) % {
            "paper": named,
            "day": paper.valid_until.isoformat(),
        }
    try:
        send_text(household.phone, text)
    except TooManyTexts:
        raise  # the job comes again
    except TextNotSent:
        logger.warning("No reminder of %s %s left", kind, paper_id)
