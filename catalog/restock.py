"""Back in stock: who asked to be told when a pack is there again is told once, in the order asked, and forgotten.

An account is told at its own address; a guest's e-mail counts once the link in a first message was opened, and what is not confirmed
within a week is deleted. At most TOLD_A_UNIT times as many are told in a day as there are units: most who are told don't buy, and
whoever comes for nothing is worse off than whoever waits.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts.messages import TextNotSent, TooManyTexts, send_text
from accounts.models import User
from catalog.models import BackNotice, Channel, Product, Variant

TOLD_A_UNIT = 3
CONFIRMED_WITHIN = dt.timedelta(days=7)
KEPT_WAITING = dt.timedelta(days=366)
KEPT_AFTERWARDS = dt.timedelta(days=1)
MOST_OF_ONE = 50
# First messages to an address that nobody has confirmed: nobody's letter-box is filled by others.
MOST_UNCONFIRMED = 5
_ASKS, _TELLS = _("Shall we tell you when %(goods)s are back?"), _("%(goods)s: back in stock")
_RETRIES = RetryStrategy(max_attempts=6, exponential_wait=5, retry_exceptions=[OSError, TextNotSent, TooManyTexts])


class NotSoldOut(ValueError):
    """The pack can be bought now: there is nothing to wait for."""


class NoAddressKnown(ValueError):
    """The account has no e-mail address, or no telephone, to be told at."""


class TooManyNotices(ValueError):
    """Somebody waits for more packs than anyone can want."""


def ask_for_notice(
    *,
    variant: Variant,
    user: User | None = None,
    email: str = "",
    channel: Channel = Channel.MAIL,
    language: str = "zh-hans",
) -> BackNotice:
    """Keeps that an account, or a guest's e-mail address, wants to be told when the pack is there again; asked twice, it is kept once.

    A guest is sent a link first. Raises NotSoldOut, NoAddressKnown, TooManyNotices.
    """
    if not variant.active or variant.available > 0:
        raise NotSoldOut
    if user is not None and not (user.email if channel == Channel.MAIL else user.phone):
        raise NoAddressKnown
    whose = {"user": user} if user else {"user": None, "email": email}
    waiting = BackNotice.objects.filter(**whose, sent_at=None)
    others = waiting.exclude(variant=variant)
    if others.count() >= MOST_OF_ONE or others.filter(confirmed_at=None).count() >= MOST_UNCONFIRMED:
        raise TooManyNotices
    known = waiting.filter(variant=variant).first()
    if known is None:
        try:
            with transaction.atomic():
                known = BackNotice.objects.create(
                    variant=variant, **whose, channel=channel, language=language, confirmed_at=timezone.now() if user else None
                )  # fmt: skip
        except IntegrityError:  # a second click was faster
            return waiting.get(variant=variant)
        if user is None:
            send_confirmation.defer(notice_id=known.pk)
    elif user is not None and known.channel != channel:
        BackNotice.objects.filter(pk=known.pk).update(channel=channel)
        known.channel = channel
    return known


def confirm_notice(notice: BackNotice) -> None:
    """The guest opened the link: the address is theirs."""
    BackNotice.objects.filter(pk=notice.pk, confirmed_at=None).update(confirmed_at=timezone.now())


def waiting_for(variant_ids: list[int]) -> dict[int, int]:
    """How many wait for each pack (those that nobody waits for are left out): what a farmer sees, and no more."""
    waiting = BackNotice.objects.filter(variant__in=variant_ids, sent_at=None, confirmed_at__isnull=False)
    return dict(waiting.values_list("variant_id").annotate(Count("pk")).order_by())


def tell_who_waits(*, at: dt.datetime | None = None) -> int:
    """Tells whoever waits for what is there again, pack by pack, in the order asked; how many. Several may run at once."""
    now = at or timezone.now()
    open_goods = Product.objects.on_sale()
    back = Variant.objects.filter(
        Q(apart_until=None) | Q(apart_until__lte=now),
        active=True,
        on_hand__gt=F("held"),
        product__in=open_goods,
        pk__in=BackNotice.objects.filter(sent_at=None, confirmed_at__isnull=False).values("variant"),
    )
    return sum(_tell(variant, now) for variant in back.order_by("pk"))


def _tell(variant: Variant, now: dt.datetime) -> int:
    notices = BackNotice.objects.filter(variant=variant)
    with transaction.atomic():
        # Two jobs at once must not each tell as many as there are units.
        Variant.objects.select_for_update(no_key=True).values_list("pk").get(pk=variant.pk)
        told = notices.filter(sent_at__gt=now - KEPT_AFTERWARDS).count()
        more = max(variant.available * TOLD_A_UNIT - told, 0)
        waiting = notices.filter(sent_at=None, confirmed_at__isnull=False).order_by("asked_at", "pk")
        chosen = list(waiting.values_list("pk", flat=True)[:more])
        notices.filter(pk__in=chosen).update(sent_at=now)
        for key in chosen:
            send_back_notice.defer(notice_id=key)
    return len(chosen)


def forget_notices(*, at: dt.datetime | None = None) -> int:
    """Deletes what was sent a day ago, what was never confirmed, and what has waited for a year; how many."""
    now = at or timezone.now()
    old = BackNotice.objects.filter(sent_at__lt=now - KEPT_AFTERWARDS)
    old |= BackNotice.objects.filter(confirmed_at=None, asked_at__lt=now - CONFIRMED_WITHIN)
    old |= BackNotice.objects.filter(asked_at__lt=now - KEPT_WAITING)
    return old.delete()[0]


@app.task(name="catalog.send_confirmation", retry=_RETRIES)
def send_confirmation(notice_id: int) -> None:
    """Asks a guest whether the address is theirs."""
    _write(notice_id, "catalog/notice_confirm_mail.txt", _ASKS)


@app.task(name="catalog.send_back_notice", retry=_RETRIES)
def send_back_notice(notice_id: int) -> None:
    """Tells one person, by the way that was chosen, that goods are there again. One who took it back meanwhile hears nothing."""
    _write(notice_id, "catalog/notice_back_mail.txt", _TELLS)


def _write(notice_id: int, template: str, subject: Any) -> None:
    notice = BackNotice.objects.select_related("variant__product", "user").filter(pk=notice_id).first()
    if notice is None:
        return
    with translation.override(notice.language):
        goods = f"{notice.variant.product.label} {notice.variant.label}"
        url = settings.SITE_URL + reverse("product", args=[notice.variant.product.ref])
        mine = settings.SITE_URL + reverse("back_notice", args=[notice.ref])
        if notice.channel == Channel.TEXT:
            phone = notice.user.phone if notice.user else ""
            if phone:
                send_text(phone, gettext("%(goods)s are there again: %(url)s") % {"goods": goods, "url": url})
            return
        to = notice.user.email if notice.user else notice.email
        text = render_to_string(template, {"goods": goods, "url": url, "mine": mine})
        if to:
            send_mail(str(subject) % {"goods": goods}, text, None, [to])
