"""Told when goods are back: who asked, once, in order, not more than there is to buy; and forgotten afterwards."""

import datetime as dt

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog import restock
from catalog.models import BackNotice, Channel, Product, ProductStatus, Variant
from catalog.restock import (
    TOLD_A_UNIT,
    NoAddressKnown,
    NotSoldOut,
    TooManyNotices,
    ask_for_notice,
    confirm_notice,
    forget_notices,
    send_back_notice,
    send_confirmation,
    tell_who_waits,
    waiting_for,
)
from orders.forgetting import forget_user
from orders.my_data import export_for_user
from tests.cast import Stations, make_product, make_store, make_user, make_variant, set_stock

pytestmark = pytest.mark.django_db


@pytest.fixture
def gone() -> Variant:
    """A pack that is sold out."""
    return make_variant(make_product(make_store(Stations().point)), on_hand=0)


@pytest.fixture
def buyer() -> User:
    return make_user("liumin@daylily.example", name="刘敏")


def guests(gone: Variant, number: int) -> list[BackNotice]:
    asked = [ask_for_notice(variant=gone, email=f"guest{one}@daylily.example") for one in range(number)]
    BackNotice.objects.update(confirmed_at=timezone.now())
    return asked


def test_asked_twice_is_kept_once(gone: Variant, buyer: User) -> None:
    first = ask_for_notice(variant=gone, user=buyer)
    assert ask_for_notice(variant=gone, user=buyer).pk == first.pk and BackNotice.objects.count() == 1


def test_nobody_waits_for_what_is_there(gone: Variant, buyer: User) -> None:
    set_stock(gone, 1)
    with pytest.raises(NotSoldOut):
        ask_for_notice(variant=gone, user=buyer)


def test_a_text_needs_a_number(gone: Variant, buyer: User) -> None:
    with pytest.raises(NoAddressKnown):
        ask_for_notice(variant=gone, user=buyer, channel=Channel.TEXT)


def test_a_guest_counts_once_the_address_is_confirmed(gone: Variant) -> None:
    notice = ask_for_notice(variant=gone, email="guest@daylily.example")
    send_confirmation(notice.pk)
    assert reverse("back_notice", args=[notice.ref]) in mail.outbox[-1].body
    set_stock(gone, 5)
    assert tell_who_waits() == 0 and waiting_for([gone.pk]) == {}
    confirm_notice(notice)
    assert waiting_for([gone.pk]) == {gone.pk: 1} and tell_who_waits() == 1


def test_nobodys_letter_box_is_filled_by_others(gone: Variant) -> None:
    others = [make_variant(gone.product, on_hand=0) for _ in range(restock.MOST_UNCONFIRMED)]
    for one in others:
        ask_for_notice(variant=one, email="victim@daylily.example")
    with pytest.raises(TooManyNotices):
        ask_for_notice(variant=gone, email="victim@daylily.example")


def test_told_in_order_and_no_more_than_there_is_to_buy(gone: Variant) -> None:
    asked = guests(gone, TOLD_A_UNIT + 4)
    set_stock(gone, 1)
    assert tell_who_waits() == TOLD_A_UNIT
    told = BackNotice.objects.filter(sent_at__isnull=False).values_list("pk", flat=True)
    assert sorted(told) == [one.pk for one in asked[:TOLD_A_UNIT]]
    assert tell_who_waits() == 0  # five minutes later
    assert tell_who_waits(at=timezone.now() + dt.timedelta(days=1, minutes=1)) == TOLD_A_UNIT


def test_a_pack_set_apart_for_a_flash_sale_is_not_announced(gone: Variant) -> None:
    guests(gone, 1)
    set_stock(gone, 5)
    Variant.objects.update(apart_until=timezone.now() + dt.timedelta(hours=1))
    assert tell_who_waits() == 0
    assert tell_who_waits(at=timezone.now() + dt.timedelta(hours=2)) == 1


def test_goods_off_sale_are_not_announced(gone: Variant) -> None:
    guests(gone, 1)
    set_stock(gone, 5)
    Product.objects.update(status=ProductStatus.WITHDRAWN)
    assert tell_who_waits() == 0


def test_the_message_leads_to_the_goods_and_away(gone: Variant, buyer: User) -> None:
    notice = ask_for_notice(variant=gone, user=buyer, language="zh-hans")
    send_back_notice(notice.pk)
    body = mail.outbox[-1].body
    assert mail.outbox[-1].to == [buyer.email] and "到货" in mail.outbox[-1].subject
    assert reverse("product", args=[gone.product.ref]) in body and notice.ref in body
    notice.delete()
    send_back_notice(notice.pk)
    assert len(mail.outbox) == 1


def test_deleted_afterwards(gone: Variant) -> None:
    waits, sent, unconfirmed = guests(gone, 3)
    now = timezone.now()
    BackNotice.objects.filter(pk=sent.pk).update(sent_at=now - dt.timedelta(days=1, hours=1))
    BackNotice.objects.filter(pk=unconfirmed.pk).update(confirmed_at=None, asked_at=now - dt.timedelta(days=8))
    assert forget_notices() == 2
    assert BackNotice.objects.get().pk == waits.pk


def test_my_data_knows_it_and_deletion_takes_it(gone: Variant, buyer: User) -> None:
    ask_for_notice(variant=gone, user=buyer)
    assert "祁东黄花菜" in export_for_user(buyer)["notices"][0]["goods"]
    forget_user(by=buyer, user=buyer)
    assert not BackNotice.objects.exists()


def test_the_pages(gone: Variant, buyer: User, client: Client) -> None:
    ref = gone.product.ref
    assert reverse("back_notice_ask", args=[ref]) in client.get(reverse("product", args=[ref])).content.decode()
    page = reverse("back_notice_ask", args=[ref])
    refused = client.post(page, {"pack": gone.pk, "email": "guest@daylily.example"})  # without consent
    assert refused.status_code == 200 and not BackNotice.objects.exists()
    sent = client.post(page, {"pack": gone.pk, "email": "guest@daylily.example", "consent": "on"})
    assert "guest@daylily.example" in sent.content.decode()
    notice = BackNotice.objects.get()
    own = reverse("back_notice", args=[notice.ref])
    assert "是的，通知我" in client.get(own).content.decode()
    notice.refresh_from_db()
    assert notice.confirmed_at is None  # looking at the page confirms nothing
    client.post(own, {"action": "confirm"})
    client.post(own, {"action": "remove"})
    assert not BackNotice.objects.exists()
    client.force_login(buyer)
    client.post(page, {"pack": gone.pk, "channel": "mail", "consent": "on"})
    assert BackNotice.objects.get().user == buyer
    set_stock(gone, 4)
    assert client.get(page).status_code == 302


def test_another_products_pack_is_refused(gone: Variant, client: Client) -> None:
    other = make_variant(make_product(gone.product.store, name="花椒"), on_hand=0)
    page = reverse("back_notice_ask", args=[gone.product.ref])
    client.post(page, {"pack": other.pk, "email": "guest@daylily.example", "consent": "on"})
    assert not BackNotice.objects.exists()
