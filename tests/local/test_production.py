"""Production: the settings pass Django's own deployment checks, and nothing starts without its secrets."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SECRETS = {
    "SECRET_KEY": secrets.token_urlsafe(60),
    "PERSONAL_DATA_KEYS": f"k2:{secrets.token_hex(32)},k1:{secrets.token_hex(32)}",
    "PERSONAL_DATA_INDEX_KEY": secrets.token_hex(32),
    "SITE_URL": "https://shop.example.org",
    "ALLOWED_HOSTS": "shop.example.org",
    "OPERATOR_NAME": "祁东县电子商务公共服务中心",
    "OPERATOR_CONTACT": "privacy@shop.example.org",
    "STRIPE_SECRET_KEY": "sk_live_" + secrets.token_hex(12),
    "STRIPE_WEBHOOK_SECRET": "whsec_" + secrets.token_hex(12),
    "EMAIL_HOST": "mail.shop.example.org",
}


def run(*command: str, without: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
    """Run Python with the environment of production, on this run's servers."""
    kept = {name: os.environ[name] for name in ("PATH", "DATABASE_URL", "REDIS_URL", "VAR_DIR")}
    environment = {**kept, **SECRETS, "DAYLILY_ENV": "production", **more}
    environment.pop(without, None)
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_the_deployment_checks_find_nothing(django_db_setup: None) -> None:
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", SMS_HTTP_URL="https://sms.example.org/send")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_they_say_when_no_text_can_be_sent(django_db_setup: None) -> None:
    done = run("manage.py", "check", "--deploy")
    assert done.returncode == 0, "it starts all the same: e-mail and paper do without"
    assert "daylily.W002" in done.stderr


@pytest.mark.parametrize("name", [*SECRETS, "DATABASE_URL", "REDIS_URL"])
def test_a_missing_secret_stops_it_and_is_named(name: str) -> None:
    done = run("-c", "import shop.settings", without=name)
    assert done.returncode != 0
    assert name in done.stderr


def test_the_stand_in_for_stripe_stops_it() -> None:
    done = run("manage.py", "check", STRIPE_API_BASE="http://localhost:8001")
    assert done.returncode != 0
    assert "STRIPE_API_BASE" in done.stderr or "stand-in" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PERSONAL_DATA_KEYS", "k1:" + "d1" * 32),
        ("PERSONAL_DATA_KEYS", secrets.token_hex(32)),
        ("PERSONAL_DATA_KEYS", f"k1:{secrets.token_hex(32)},k1:{secrets.token_hex(32)}"),
        ("PERSONAL_DATA_KEYS", "k1:" + secrets.token_hex(16)),
        ("PERSONAL_DATA_INDEX_KEY", "d1" * 32),
        ("PERSONAL_DATA_INDEX_KEY", "a secret"),
    ],
    ids=["the demo's", "without an id", "one id twice", "too short", "the demo's for the index", "no hex"],
)
def test_a_weak_key_of_personal_data_stops_it(name: str, value: str) -> None:
    done = run("-c", "import shop.settings", **{name: value})
    assert done.returncode != 0
    assert name in done.stderr
    assert value not in done.stderr, "A key does not belong in a log."
