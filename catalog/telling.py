"""Messages about reviews: to the farmer's phone, and by e-mail to whoever asked at the desk. Jobs, enqueued with the decision."""

import logging
from typing import Final

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts.messages import TextNotSent, TooManyTexts, send_text
from catalog.models import Review, ReviewKind, ReviewState
from sellers.telling import in_their_language

logger = logging.getLogger("daylily.messages")
TRIES: Final = RetryStrategy(max_attempts=6, wait=40, linear_wait=600)


@app.task(name="catalog.tell_of_review", retry=TRIES)
def tell_of_review(review_id: int, to: str = "") -> None:
    """Tell the farmer by text, and whoever asked by e-mail, how a review ended, and of a return why (`to` is 'desk' for the second)."""
    review = Review.objects.select_related(
        "product", "certificate", "store__household__user", "asked_by", "decided_by"
    ).filter(pk=review_id).first()  # fmt: skip
    if review is None or review.state not in (ReviewState.APPROVED, ReviewState.RETURNED):
        return
    if to != "desk":
        _mail_the_desk_later(review)
        _text(review)
        return
    assert review.asked_by is not None and review.asked_by.email
    with override(review.asked_by.language):
        link = settings.SITE_URL + reverse("desk_product", args=[review.product.ref]) if review.product else ""
        send_mail(
            _("Reviewed: %(thing)s") % {"thing": _named(review)},
            f"{in_words(review)}\n{link}",
            None,
            [review.asked_by.email],
        )


def _mail_the_desk_later(review: Review) -> None:
    asked = review.asked_by
    if asked and asked.email and asked.pk != review.store.household.user_id:
        tell_of_review.defer(review_id=review.pk, to="desk")


def _text(review: Review) -> None:
    household = review.store.household
    if not household.phone or not settings.SMS_BACKEND:
        return
    with in_their_language(household):
        text = _("Daylily: %(text)s") % {"text": in_words(review)}
    try:
        send_text(household.phone, text)
    except TooManyTexts:
        raise  # the job comes again
    except TextNotSent:
        logger.warning("No text about review %s left", review.pk)


def _named(review: Review) -> str:
    return review.product.label if review.product else review.certificate.label if review.certificate else ""


def in_words(review: Review) -> str:
    """How a review ended, in one or two sentences in the language of the moment."""
    pack = review.variant.label if review.variant else ""
    words = {"thing": _named(review), "why": why_returned(review), "pack": pack}
    if review.state == ReviewState.RETURNED:
        if review.kind == ReviewKind.NEW:
            return _("“%(thing)s” was returned by the county: %(why)s Mend it and send it again.") % words
        if review.kind == ReviewKind.PACK:
            return _("The county did not accept the new pack “%(pack)s” of “%(thing)s”: %(why)s") % words
        return _("The county did not accept the change of “%(thing)s”: %(why)s The old one stays.") % words
    if review.kind == ReviewKind.NEW:
        return _("“%(thing)s” was approved by the county and is on sale.") % words
    if review.kind == ReviewKind.PACK:
        return _("The county approved the new pack “%(pack)s” of “%(thing)s”; buyers see it now.") % words
    if review.kind == ReviewKind.CERTIFICATE:
        return _("The county accepted the certificate “%(thing)s”.") % words
    return _("The county approved the change of “%(thing)s”.") % words


def why_returned(review: Review) -> str:
    """The reason of a return with the reviewer's own words."""
    if not review.reason:
        return ""
    chosen = "" if review.reason == "other" else review.get_reason_display()
    return " ".join(part for part in (str(chosen), review.words) if part)
