"""Letters to the operators: what Stripe and the ledger differ in, once a difference."""

import logging

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from payments.models import Mismatch

logger = logging.getLogger("daylily.money")

MAIL_RETRIES = RetryStrategy(max_attempts=8, exponential_wait=4)


def operators() -> list[str]:
    """The addresses of the operators' accounts that are active and have one."""
    users = get_user_model().objects.filter(is_superuser=True, is_active=True).order_by("pk")
    return [user.email for user in users if user.email]


@app.task(name="payments.tell_of_mismatch", retry=MAIL_RETRIES)
def tell_of_mismatch(mismatch_id: int) -> None:
    """Write to the operators of a difference that stops payouts, once; not of one that has ended meanwhile."""
    to = operators()
    claimed = Mismatch.objects.open().filter(pk=mismatch_id, told_at=None)
    if not to or not claimed.update(told_at=timezone.now()):
        return
    mismatch = Mismatch.objects.select_related("movement", "transfer").get(pk=mismatch_id)
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Daylily: Stripe's books and ours differ, and payouts have stopped")
        where = settings.SITE_URL + reverse("admin:payments_mismatch_change", args=[mismatch.pk])
        text = "\n\n".join(
            [
                mismatch.get_kind_display(),
                mismatch.in_words,
                _("Nobody is paid until both agree, or somebody settles it here with a reason:") + "\n" + where,
            ]
        )
    try:
        send_mail(subject, text, None, to)
    except Exception:
        Mismatch.objects.filter(pk=mismatch_id).update(told_at=None)  # the next try writes it
        raise
