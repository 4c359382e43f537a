"""The hosted page as a browser without JavaScript meets it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import stripe

from tests.stripe_standin.cast import (
    DECLINED,
    KEY,
    NO_FUNDS,
    PAID,
    Receiver,
    Standin,
    fetch,
    line,
    order,
    plain,
    wait_for,
)


def test_page_shows_lines_and_total_and_that_it_is_not_stripe(shop: stripe.StripeClient) -> None:
    chinese = fetch(shop.v1.checkout.sessions.create(params=order()).url or "")
    assert chinese.status == 200
    for text in ("祁东黄花菜 500 克", "¥116.00", "2 × ¥58.00", "¥128.50", "不是 Stripe", 'lang="zh-Hans"'):
        assert text in chinese.text
    english = fetch(shop.v1.checkout.sessions.create(params=order(locale="en")).url or "")
    for text in ("Pay ¥128.50", "not Stripe", 'lang="en"', "Pay with Alipay", 'href="http://127.0.0.1:9/cart/"'):
        assert text in english.text


def test_page_is_where_the_shop_found_the_api(standin: Standin, tmp_path: Path) -> None:
    at_localhost = stripe.StripeClient(KEY, base_addresses={"api": f"http://localhost:{standin.port}"})
    session = at_localhost.v1.checkout.sessions.create(params=order())
    assert session.url == f"http://localhost:{standin.port}/c/pay/{session.id}"
    with Standin(tmp_path / "other", public_url="http://127.0.0.1:18119/pay/") as other:
        session = other.client().v1.checkout.sessions.create(params=order())
        assert session.url == f"http://127.0.0.1:18119/pay/c/pay/{session.id}"


def test_without_a_locale_the_browser_chooses(shop: stripe.StripeClient) -> None:
    url = shop.v1.checkout.sessions.create(params=order(locale="auto")).url or ""
    assert 'lang="zh-Hans"' in fetch(url, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}).text
    assert 'lang="en"' in fetch(url, headers={"Accept-Language": "en-GB,en;q=0.9"}).text


def test_page_is_under_a_strict_policy_that_lets_the_redirect_through(shop: stripe.StripeClient) -> None:
    page = fetch(shop.v1.checkout.sessions.create(params=order()).url or "")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:9;" in policy
    assert "style=" not in page.text
    assert "<script" not in page.text
    assert page.headers["cache-control"] == "no-store"


def test_only_the_session_s_ways_to_pay_are_offered(standin: Standin, shop: stripe.StripeClient) -> None:
    session = shop.v1.checkout.sessions.create(params=order(allowed_payment_method_types=["card"]))
    assert 'value="alipay"' not in fetch(session.url or "").text
    refused = standin.pay(session, way="alipay")
    assert refused.status == 402
    assert "不能用这种方式付款" in refused.text
    assert shop.v1.payment_intents.list().data == []


def test_names_cannot_carry_markup(shop: stripe.StripeClient) -> None:
    name = "<script>alert('黄花')</script>"
    page = fetch(shop.v1.checkout.sessions.create(params=order(line_items=[line(name, 100, 1)])).url or "")
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize(("way", "prefix"), [("card", "ch_"), ("alipay", "py_"), ("wechat_pay", "py_")])
def test_each_way_pays_and_leads_back_to_the_shop(
    standin: Standin, shop: stripe.StripeClient, receiver: Receiver, way: str, prefix: str
) -> None:
    session = shop.v1.checkout.sessions.create(params=order())
    page = standin.pay(session, way=way)
    assert page.status == 303
    assert page.headers["location"] == f"http://127.0.0.1:9/paid/?session={session.id}"
    charge = shop.v1.charges.list().data[0]
    assert charge.id.startswith(prefix)
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.type == way
    wait_for(lambda: len(receiver.received) >= 4)
    assert receiver.kinds() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    completed = plain(receiver.received[3].event.data.object)
    assert (completed["payment_status"], completed["amount_total"]) == ("paid", 12850)
    assert not [key for key in completed if key.startswith("_")]


def test_a_declined_card_can_be_followed_by_a_good_one(
    standin: Standin, shop: stripe.StripeClient, receiver: Receiver
) -> None:
    session = shop.v1.checkout.sessions.create(params=order())
    declined = standin.pay(session, number=DECLINED)
    assert declined.status == 402
    assert 'role="alert"' in declined.text
    assert "银行拒绝了这笔付款" in declined.text
    assert "余额不足" in standin.pay(session, number=NO_FUNDS).text
    waiting = shop.v1.checkout.sessions.retrieve(session.id, params={"expand": ["payment_intent"]})
    assert (waiting.status, waiting.payment_status) == ("open", "unpaid")
    intent = waiting.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error is not None
    assert (intent.last_payment_error.code, intent.last_payment_error.decline_code) == (
        "card_declined",
        "insufficient_funds",
    )
    assert standin.pay(session).status == 303
    paid = shop.v1.payment_intents.retrieve(intent.id)
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)
    assert sorted(charge.status for charge in shop.v1.charges.list().data) == ["failed", "failed", "succeeded"]
    assert len(shop.v1.balance_transactions.list().data) == 1
    wait_for(lambda: "checkout.session.completed" in receiver.kinds())
    assert receiver.kinds().count("payment_intent.payment_failed") == 2
    assert receiver.kinds().count("payment_intent.succeeded") == 1


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("4242 4242 4242 4241", "卡号有误"),
        ("", "卡号有误"),
        ("黄花菜", "卡号有误"),
        ("4" * 200, "卡号有误"),
        ("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "卡号有误"),
        ("4111 1111 1111 1111", "只接受下面列出的演示卡号"),
    ],
)
def test_other_numbers_are_refused_and_nothing_is_attempted(
    standin: Standin, shop: stripe.StripeClient, number: str, message: str
) -> None:
    session = shop.v1.checkout.sessions.create(params=order())
    page = standin.pay(session, number=number)
    assert page.status == 402
    assert message in page.text
    assert 'aria-invalid="true"' in page.text
    assert shop.v1.payment_intents.list().data == []
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_what_was_typed_is_kept_and_escaped(standin: Standin, shop: stripe.StripeClient) -> None:
    page = standin.pay(shop.v1.checkout.sessions.create(params=order()), number='4242"><b>')
    assert 'value="4242&quot;&gt;&lt;b&gt;"' in page.text


def test_twenty_submits_at_once_charge_once(standin: Standin, shop: stripe.StripeClient) -> None:
    session = shop.v1.checkout.sessions.create(params=order())
    ways = ["card", "alipay"] * 10
    with ThreadPoolExecutor(20) as pool:
        pages = list(pool.map(lambda way: standin.pay(session, way=way), ways))
    assert {page.status for page in pages} == {303}
    assert {page.headers["location"] for page in pages} == {f"http://127.0.0.1:9/paid/?session={session.id}"}
    assert len(shop.v1.charges.list().data) == 1
    assert len(shop.v1.balance_transactions.list().data) == 1
    assert len(shop.v1.events.list(params={"type": "checkout.session.completed"}).data) == 1


def test_a_connected_account_s_session_pays_into_that_account(standin: Standin, shop: stripe.StripeClient) -> None:
    coop = standin.client(account="acct_coop")
    session = coop.v1.checkout.sessions.create(params=order())
    assert standin.pay(session).status == 303
    assert coop.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert len(coop.v1.balance_transactions.list().data) == 1
    assert shop.v1.balance_transactions.list().data == []


def test_a_paid_session_s_page_says_so(standin: Standin, shop: stripe.StripeClient) -> None:
    session = shop.v1.checkout.sessions.create(params=order())
    standin.pay(session, number=PAID)
    page = fetch(session.url or "")
    assert page.status == 200
    assert "已经付过款" in page.text
    assert f"session={session.id}" in page.text


def test_an_expired_and_an_unknown_session_have_a_page(standin: Standin, shop: stripe.StripeClient) -> None:
    session = shop.v1.checkout.sessions.create(params=order())
    shop.v1.checkout.sessions.expire(session.id)
    expired = fetch(session.url or "")
    assert expired.status == 410
    assert "已过期" in expired.text
    unknown = fetch(f"{standin.url}/c/pay/cs_test_nothing")
    assert unknown.status == 404
    assert "No such checkout" in unknown.text
