"""PostgreSQL or Redis gone: a page that people can read, and nothing half written."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException
from redis.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisGone

from catalog.models import Stock, Variant
from orders.models import Order, OrderLine
from payments.models import IdempotencyKey, Payment, WebhookEvent
from tests.cast import make_clerk, make_user
from tests.orders.scene import Scene, make_scene, order_of, to_the_door
from tests.shop.test_webhooks import event, signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def browser() -> Client:
    """A browser that is shown what people are shown, instead of the exception."""
    return Client(raise_request_exception=False)


class Wire:
    """Answers every statement with an error."""

    def __init__(self, error: type[DatabaseError]) -> None:
        self.error = error

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        raise self.error("server closed the connection unexpectedly")


class Cut:
    """Lets so many statements (that contain `only`) through and then closes the connection for good."""

    def __init__(self, after: int, only: str = "") -> None:
        self.left, self.only = after, only

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if self.only in sql:
            if self.left == 0:
                connection.connection.close()
            self.left -= 1
        return execute(sql, params, many, context)


def is_readable(response: Any) -> None:
    text = response.content.decode()
    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    assert "小店歇一会儿" in text and "nothing is lost" in text
    assert "server closed" not in text and "Traceback" not in text


class TestPostgresqlGone:
    """Whatever page is asked for."""

    @pytest.mark.parametrize("error", [OperationalError, InterfaceError])
    @pytest.mark.parametrize("path", ["/", "/search/?q=hhc", "/cart/", "/volume/430426/", "/en/search/?q=tea"])
    def test_a_page_says_so(self, scene: Scene, browser: Client, path: str, error: type[DatabaseError]) -> None:
        browser.force_login(make_clerk(scene.qidong.centre))
        with connection.execute_wrapper(Wire(error)):
            is_readable(browser.get(path))

    def test_a_visitor_reads_it_too(self, scene: Scene, browser: Client) -> None:
        with connection.execute_wrapper(Wire(OperationalError)):
            is_readable(browser.get(reverse("product", args=[scene.daylily.product.ref])))

    def test_another_fault_is_no_outage(self, scene: Scene, browser: Client) -> None:
        with connection.execute_wrapper(Wire(DatabaseError)):
            response = browser.get(reverse("product", args=[scene.daylily.product.ref]))
        assert response.status_code == 500


def test_a_webhook_is_refused_and_taken_when_it_comes_again(transactional_db: None, browser: Client) -> None:
    body = event()

    def send() -> int:
        return browser.post(
            "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signed(body)}
        ).status_code

    for only in ("payments_webhookevent", "procrastinate_defer"):
        with connection.execute_wrapper(Cut(0, only)):
            assert send() == 503
        connection.close()
        assert not WebhookEvent.objects.exists()
    assert send() == 200
    assert WebhookEvent.objects.count() == ProcrastinateJob.objects.count() == 1


def test_an_order_cut_off_anywhere_leaves_nothing(transactional_db: None) -> None:
    """PostgreSQL really goes away, after each statement of `place_order` in turn; sent again, the order is placed once."""
    scene, delivery = make_scene(), to_the_door()
    for after in range(40):
        written = Order.objects.count()
        try:
            with connection.execute_wrapper(Cut(after)):
                order_of(scene, lines=[(scene.daylily.pk, 1)], key=f"page-{after}", delivery=delivery)
        except (OperationalError, InterfaceError, ConnectorException):
            connection.close()  # as the end of a request does
            assert Order.objects.count() == OrderLine.objects.count() == Payment.objects.count() == written
            assert IdempotencyKey.objects.count() == ProcrastinateJob.objects.count() == written
            assert Variant.objects.get(pk=scene.daylily.pk).held == written
            order_of(scene, lines=[(scene.daylily.pk, 1)], key=f"page-{after}", delivery=delivery)
            assert Order.objects.count() == written + 1
            Stock.objects.filter(variant=scene.daylily.pk).update(on_hand=written + 20)
        else:
            break
    assert 10 < after < 39
    call_command("check_ledger")


def test_redis_that_goes_for_a_moment_signs_nobody_out(
    db: None, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.force_login(make_user())
    with monkeypatch.context() as patch:
        cut_redis(patch)
        response = browser.get("/orders/")
        is_readable(response)
        assert settings.SESSION_COOKIE_NAME not in response.cookies
    assert browser.get("/orders/").status_code == 200


def cut_redis(patch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_how: object) -> None:
        raise RedisGone("Connection refused.")

    patch.setattr(AbstractConnection, "connect", refuse)
    patch.setattr(AbstractConnection, "send_packed_command", refuse)


class TestRedisGone:
    """Sessions and kept pages are there."""

    @pytest.fixture(autouse=True)
    def no_redis(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with monkeypatch.context() as patch:
            cut_redis(patch)
            yield

    def test_a_visitor_still_reads_the_goods(self, scene: Scene, browser: Client) -> None:
        response = browser.get(reverse("product", args=[scene.daylily.product.ref]))
        assert response.status_code == 200 and "祁东黄花菜" in response.content.decode()

    def test_a_webhook_needs_no_redis(self, browser: Client) -> None:
        body = event()
        response = browser.post(
            "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signed(body)}
        )
        assert response.status_code == 200
        assert WebhookEvent.objects.count() == 1
