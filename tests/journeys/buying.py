"""How a buyer finds goods, fills a cart, says where it goes, and pays."""

import re
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Locator, expect

from orders.models import Order
from tests.journeys.people import Someone

PAID_CARD, DECLINED_CARD = "4242 4242 4242 4242", "4000 0000 0000 0002"
WEBHOOK_SECONDS = 20


def search(buyer: Someone, words: str) -> Locator:
    """Search from the head of any page; the cards that were found."""
    buyer.page.locator("input[name=q]").first.fill(words)
    buyer.page.get_by_role("search").get_by_role("button").first.click()
    expect(buyer.page).to_have_url(re.compile(r"/search/\?q="))
    return buyer.page.locator("main article")


def put_in_cart(buyer: Someone, *, pack: str = "", quantity: int = 1) -> None:
    """From the page of goods into the cart."""
    if pack:
        buyer.page.get_by_role("radio", name=re.compile(pack)).check()
    buyer.fill("Quantity", str(quantity))
    buyer.press("Put in the cart")
    expect(buyer.page).to_have_url(re.compile(r"/cart/$"))


def sign_up(buyer: Someone, email: str, password: str) -> None:
    """Open an account, with consent and the code from the mail."""
    buyer.page.locator("input[name=email]").fill(email)
    buyer.page.locator("input[name=password1]").fill(password)
    buyer.page.locator("input[name=consent]").check()
    buyer.page.locator("main").get_by_role("button", name=buyer.says("Open an account"), exact=True).click()
    expect(buyer.page.locator("input[name=password1]")).to_have_count(0)
    buyer.fill("Code", mailed_code())
    buyer.press("Go on")
    expect(buyer.page.locator("input[name=code]")).to_have_count(0)


def mailed_code() -> str:
    """The newest code in a mail; the suite's site writes its mails to its log."""
    codes = re.findall(r"验证码是 (\d{6})", (Path(settings.VAR_DIR) / "web.log").read_text())
    assert codes, "No mail with a code was written."
    return str(codes[-1])


def say_where(buyer: Someone, *, with_script: bool = True) -> None:
    """The address by province, city and county; without a script each choice asks the server for the next."""
    buyer.fill("Recipient", "刘敏")
    buyer.fill("Mobile number", "139 0731 0000")
    buyer.field("Province").select_option("430000000000")
    if not with_script:
        buyer.press("Show cities and counties")
    buyer.field("City or prefecture").select_option("430100000000")
    if not with_script:
        buyer.press("Show cities and counties")
    buyer.field("County or district").select_option("430104000000")
    buyer.fill("Street and number", "麓山南路2号3栋502")


def pay_on_hosted_page(buyer: Someone, card: str, *, twice: bool = False) -> None:
    """Type a card on Stripe's page and pay; an impatient buyer clicks twice."""
    buyer.page.get_by_label("演示卡号" if buyer.language != "en" else "Demo card number").fill(card)
    button = buyer.page.locator("button[value=card]")
    if twice:
        button.dblclick(no_wait_after=True)
    else:
        button.click()


def wait_until_paid(buyer: Someone, run_jobs: Callable[[], None]) -> None:
    """The order's page asks again by itself, until Stripe's webhook has come and the worker has done its job."""
    thanks = buyer.says("Thank you: your payment has arrived, and the farmers see your order.")
    for _second in range(WEBHOOK_SECONDS):
        run_jobs()
        if buyer.page.get_by_text(thanks).count():
            return
        buyer.page.wait_for_timeout(1000)
    expect(buyer.page.locator("main")).to_contain_text(thanks)


def newest_order() -> Order:
    """The order that was placed last."""
    return Order.objects.latest("pk")
