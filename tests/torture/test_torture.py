"""A sample of `manage.py torture` on the suite's own database (DAYLILY_TORTURE_POINTS=50 for more); and its audit sees what it should."""

import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from catalog.models import Stock
from local import ports
from local.servers import OWNER, RUN_ROLE
from orders.models import OrderState
from payments.models import Payment
from tests.orders.scene import Scene, make_scene, order_of, paid
from torture import audit
from torture.points import Point, arm, counted, disarm, meet
from torture.processes import Processes
from torture.run import torture

POINTS = int(os.environ.get("DAYLILY_TORTURE_POINTS", "6"))
EMAIL = "liumin@daylily.example"


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


@pytest.fixture
def processes(tmp_path: Path) -> Processes:
    owner = os.environ["DATABASE_URL"]
    environment = {
        "DATABASE_URL": owner.replace(f"//{OWNER}@", f"//{RUN_ROLE}@"),
        "SITE_URL": f"http://localhost:{ports.free_port()}",
        "STRIPE_API_BASE": f"http://localhost:{ports.free_port()}",
        "STRIPE_SECRET_KEY": settings.STRIPE_SECRET_KEY,
        "STRIPE_WEBHOOK_SECRET": settings.STRIPE_WEBHOOK_SECRET,
    }
    return Processes(environment, owner, tmp_path / "run")


def test_whoever_dies_wherever_nothing_is_lost_or_doubled(scene: Scene, processes: Processes) -> None:
    said: list[str] = []
    variants = [scene.daylily.pk, scene.more_daylily.pk]
    Stock.objects.filter(variant__in=variants).update(on_hand=2_000)  # each point buys some
    assert torture(processes, variants, points=POINTS, seed=2026, say=said.append) == [], said
    assert f"{POINTS} of {POINTS} points" in said[-2] and not processes.running


def looked_at(scene: Scene, *, session: dict[str, Any], refunds: list[int]) -> list[str]:
    """What the audit says of one paid order, where Stripe says this of it."""
    order = paid(order_of(scene))
    Payment.objects.update(session_id="cs_1", intent_id="pi_1")
    known = {"client_reference_id": order.ref, "payment_status": "paid", "amount_total": order.total_fen, **session}

    def ask(_base: str, _secret: str, path: str, **_params: str) -> list[dict[str, Any]]:
        gone = [{"amount": fen, "status": "succeeded"} for fen in refunds]
        return gone if path.endswith("refunds") else [known]

    with patch.object(audit, "ask_stripe", ask), psycopg.connect(os.environ["DATABASE_URL"]) as database:
        return audit.look_at_order(database, "", "", EMAIL)


def test_a_refund_that_stripe_made_and_we_do_not_know_is_seen(scene: Scene) -> None:
    assert any("gave 500" in one for one in looked_at(scene, session={}, refunds=[500]))


def test_money_that_stripe_does_not_have_is_seen(scene: Scene) -> None:
    assert any("Stripe took []" in one for one in looked_at(scene, session={"payment_status": "unpaid"}, refunds=[]))


def test_a_second_order_and_a_lost_one_are_seen(scene: Scene) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as database:
        assert audit.look_at_order(database, "", "", EMAIL) == [f"{EMAIL} has 0 orders"]
        order_of(scene)
        order_of(scene)
        assert audit.look_at_order(database, "", "", EMAIL) == [f"{EMAIL} has 2 orders"]


def test_an_order_that_was_paid_and_is_none_is_seen(scene: Scene) -> None:
    order = order_of(scene)
    known = {"client_reference_id": order.ref, "payment_status": "paid", "amount_total": order.total_fen}
    with (
        patch.object(audit, "ask_stripe", lambda _base, _secret, path, **_p: [] if "refunds" in path else [known]),
        psycopg.connect(os.environ["DATABASE_URL"]) as database,
    ):
        assert any(f"is {OrderState.RESERVED}" in one for one in audit.look_at_order(database, "", "", EMAIL))
        assert audit.look_at_books(database) == []


def test_a_point_is_met_at_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYLILY_TORTURE", str(tmp_path))
    monkeypatch.setenv("DAYLILY_TORTURE_PROCESS", "web")
    meet("statement")
    assert counted(tmp_path, "web") == {}  # nobody is armed
    arm(tmp_path, Point("web", "statement", 3))
    with patch("os.killpg") as kill:
        for kind in ("statement", "answer", "statement"):
            meet(kind)
        assert not kill.called and counted(tmp_path, "web") == {"statement": 2, "answer": 1}
        meet("statement")
        assert kill.called
        meet("statement")  # it does not die twice
        assert kill.call_count == 1
    disarm(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_production_is_not_tortured() -> None:
    with override_settings(PRODUCTION=True), pytest.raises(CommandError):
        call_command("torture", points=1)
