"""What stations send: a word to whoever was given a posting."""

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts.messages import send_text
from stations.models import Posting

TRIES = RetryStrategy(max_attempts=12, wait=40, linear_wait=600)


@app.task(name="stations.tell_of_posting", retry=TRIES)
def tell_of_posting(posting_id: int, by_mail: bool = False) -> None:
    """Tell somebody that they were posted, and how to sign in: a text to the number that was given, or a mail to the address.

    A posting that has ended meanwhile is not told of.
    """
    posting = Posting.objects.select_related("user", "station", "region").get(pk=posting_id)
    user = posting.user
    if not posting.holds:
        return
    with override(user.language):
        facts = {"role": posting.get_role_display(), "place": posting.place.label}
        if not by_mail and user.phone:
            text = _(
                "Daylily: you were posted to %(place)s as %(role)s. Sign in with this mobile number and a code, at %(url)s"
            )
            send_text(user.phone, text % {**facts, "url": settings.SITE_URL + reverse("desk")})
        elif user.email:
            text = _(
                "You were posted to %(place)s as %(role)s. Choose a password at %(reset)s, then sign in at %(url)s"
                " with this e-mail address. If you know nothing of this, leave this mail alone."
            )
            url, reset = (settings.SITE_URL + reverse(name) for name in ("desk", "account_reset_password"))
            subject = _("Daylily: your posting at %(place)s") % facts
            send_mail(subject, text % {**facts, "url": url, "reset": reset}, None, [user.email])
