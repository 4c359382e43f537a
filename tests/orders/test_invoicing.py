"""Invoices: who may ask, for what, once; who writes the number down; and what is no number."""

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from orders.cancelling import cancel_consignment
from orders.forgetting import empty_orders
from orders.invoicing import CannotInvoice, ask_for_invoice, issue_invoice
from orders.models import Consignment, InvoiceRequest, Order
from orders.parcels import plan_parcels
from sellers.licence import BadLicence, check_character
from sellers.mandates import MandateMissing
from tests.cast import make_clerk, make_user, signed_in_client
from tests.orders.scene import Scene, order_of, paid, tell_all
from tests.sellers.test_paying_cash import photograph

pytestmark = pytest.mark.django_db
SEVENTEEN = "91430426MA4L0000X"
CODE = SEVENTEEN + check_character(SEVENTEEN)
TITLE = "长沙湘味园餐饮有限公司"
DIGITAL = "26432000000012345678"


@pytest.fixture
def order(scene: Scene) -> Order:
    bought = paid(order_of(scene))
    plan_parcels(bought.pk)
    return bought


@pytest.fixture
def part(order: Order) -> Consignment:
    return Consignment.objects.get(order=order)


@pytest.fixture
def clerk(scene: Scene) -> User:
    return make_clerk(scene.qidong.point)


def asked(part: Consignment, **words: str) -> InvoiceRequest:
    said = {"title": TITLE, "tax_number": CODE, **words}
    return ask_for_invoice(order=part.order, number=part.number, title=said["title"], tax_number=said["tax_number"])


def test_from_the_wish_to_the_number(part: Consignment, clerk: User) -> None:
    order = part.order
    page, buyer = reverse("order_invoice", args=[order.ref, part.number]), Client()
    assert page in buyer.get(reverse("order", args=[order.ref])).content.decode()
    assert "免征增值税" in buyer.get(page).content.decode()
    assert buyer.post(page, {"title": TITLE, "tax_number": CODE.lower()})["Location"] == page
    desk = signed_in_client(clerk)
    listed = desk.get(reverse("desk_invoices")).content.decode()
    assert TITLE in listed and CODE in listed and "¥77.60" in listed
    assert reverse("desk_invoices") in desk.get(reverse("desk_today")).content.decode()
    wish = InvoiceRequest.objects.get()
    desk.post(reverse("desk_invoices"), {"invoice": wish.pk, "number": "2643 2000 0000 1234 5678"})
    wish.refresh_from_db()
    assert (wish.number, wish.issued_by) == (DIGITAL, clerk)
    tell_all(order)
    assert DIGITAL in mail.outbox[-1].body and TITLE in mail.outbox[-1].body
    assert DIGITAL in buyer.get(page).content.decode()
    assert TITLE not in desk.get(reverse("desk_invoices")).content.decode()


@pytest.mark.parametrize("code", ["", "123", CODE[:17] + "0" * (CODE[17] != "0") + "1" * (CODE[17] == "0"), "I" * 18])
def test_a_tax_number_that_is_none(part: Consignment, code: str) -> None:
    with pytest.raises(BadLicence):
        asked(part, tax_number=code)
    page = reverse("order_invoice", args=[part.order.ref, part.number])
    assert Client().post(page, {"title": TITLE, "tax_number": code}).status_code == 422
    assert not InvoiceRequest.objects.exists()


@pytest.mark.parametrize("title", ["", "   ", "1234", "。。"])
def test_a_title_that_is_none(part: Consignment, title: str) -> None:
    with pytest.raises(CannotInvoice):
        asked(part, title=title)


def test_asked_again_the_newer_words_count_until_it_is_issued(part: Consignment, clerk: User) -> None:
    asked(part)
    wish = asked(part, title="长沙湘味园餐饮管理有限公司")
    assert InvoiceRequest.objects.get().title == wish.title == "长沙湘味园餐饮管理有限公司"
    issue_invoice(by=clerk, request=wish, number="12345678")
    with pytest.raises(CannotInvoice):
        asked(part)
    with pytest.raises(CannotInvoice):
        issue_invoice(by=clerk, request=wish, number="87654321")
    assert InvoiceRequest.objects.get().number == "12345678"


def test_only_what_is_paid_and_kept(scene: Scene, part: Consignment) -> None:
    unpaid = order_of(scene, key="unpaid")
    with pytest.raises(CannotInvoice):
        ask_for_invoice(order=unpaid, number=Consignment.objects.get(order=unpaid).number, title=TITLE, tax_number=CODE)
    with pytest.raises(CannotInvoice):  # of another order
        ask_for_invoice(order=unpaid, number=part.number, title=TITLE, tax_number=CODE)
    cancel_consignment(order=part.order, number=part.number, by=None)
    with pytest.raises(CannotInvoice):
        asked(part)


@pytest.mark.parametrize("number", ["", "1234567", "123456789", "26432000000012345678 9", "abcdefgh"])
def test_a_number_that_is_none(part: Consignment, clerk: User, number: str) -> None:
    with pytest.raises(CannotInvoice):
        issue_invoice(by=clerk, request=asked(part), number=number)
    assert InvoiceRequest.objects.get().issued_at is None


def test_who_does_not_answer_for_the_seller_writes_nothing_down(scene: Scene, part: Consignment) -> None:
    wish = asked(part)
    for stranger in (make_user(), make_clerk(scene.qidong.second_point), make_clerk(scene.sangzhi.point)):
        with pytest.raises(MandateMissing):
            issue_invoice(by=stranger, request=wish, number=DIGITAL)
    elsewhere = signed_in_client(make_clerk(scene.sangzhi.point, name="田小妹"))
    elsewhere.post(reverse("desk_invoices"), {"invoice": wish.pk, "number": DIGITAL})
    assert TITLE not in elsewhere.get(reverse("desk_invoices")).content.decode()
    assert InvoiceRequest.objects.get().issued_at is None


def test_the_database_keeps_number_and_time_together(part: Consignment) -> None:
    asked(part)
    with pytest.raises(IntegrityError), transaction.atomic():
        InvoiceRequest.objects.update(number=DIGITAL)


def test_a_forgotten_company_is_gone_from_the_row_and_its_history(part: Consignment) -> None:
    asked(part)
    empty_orders(Order.objects.filter(pk=part.order_id))
    kept = InvoiceRequest.objects.get()
    assert (kept.title, kept.tax_number) == ("", "")
    assert set(InvoiceRequest.pgh_event_model.objects.values_list("title", flat=True)) == {""}  # type: ignore[attr-defined]


class TestTheInvoiceItself:
    """A PDF or photographs that the seller attaches, for the buyer alone."""

    def issued(self, part: Consignment, clerk: User, *files: SimpleUploadedFile) -> InvoiceRequest:
        wish = asked(part)
        data = {"invoice": wish.pk, "number": DIGITAL, "file": list(files)}
        signed_in_client(clerk).post(reverse("desk_invoices"), data)
        wish.refresh_from_db()
        return wish

    def test_the_buyer_downloads_what_the_seller_attached(self, part: Consignment, clerk: User) -> None:
        picture = SimpleUploadedFile("发票.jpg", photograph().read(), "image/jpeg")
        wish = self.issued(part, clerk, picture)
        page = reverse("order_invoice_file", args=[part.order.ref, part.number])
        assert page in Client().get(reverse("order_invoice", args=[part.order.ref, part.number])).content.decode()
        got = Client().get(page)
        assert (got["Content-Type"], got["Cache-Control"]) == ("application/pdf", "private, no-store")
        assert f'attachment; filename="invoice-{DIGITAL}.pdf"' in got["Content-Disposition"]
        assert b"".join(got).startswith(b"%PDF-")
        assert Client().get(reverse("order_invoice_file", args=["x" * 20, part.number])).status_code == 404
        empty_orders(Order.objects.filter(pk=part.order_id))
        assert InvoiceRequest.objects.get(pk=wish.pk).file == ""

    @pytest.mark.parametrize("data", [b"", b"<html>", b"%PDF-1.4 and nothing"])
    def test_what_is_neither_pdf_nor_picture_issues_nothing(self, part: Consignment, clerk: User, data: bytes) -> None:
        wish = self.issued(part, clerk, SimpleUploadedFile("invoice.pdf", data, "application/pdf"))
        assert data == b"" or (wish.issued_at, wish.file) == (None, "")

    def test_without_a_file_there_is_nothing_to_download(self, part: Consignment, clerk: User) -> None:
        wish = self.issued(part, clerk)
        assert wish.number == DIGITAL and wish.file == ""
        assert Client().get(reverse("order_invoice_file", args=[part.order.ref, part.number])).status_code == 404
