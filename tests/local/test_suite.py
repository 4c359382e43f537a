"""What the suite itself promises: no way out but the loopback, a database of its own that comes back, and a loud word about the browser."""

import socket
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from pytest_socket import SocketConnectBlockedError

from stations.models import Region
from tests import browser, database

OUTSIDE = "192.0.2.1"  # an address for documentation, nobody's


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_a_test_reaches_nobody_outside() -> None:
    with pytest.raises(SocketConnectBlockedError):
        socket.create_connection((OUTSIDE, 80), timeout=1)


def test_the_suite_runs_on_a_database_of_its_own(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone()[0].startswith("test_daylily_")


def test_a_spoiled_database_comes_back_with_its_regions(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE spoiled (id integer)")
        cursor.execute("DELETE FROM stations_region WHERE level = 5 AND code LIKE '430426%'")
    assert not Region.objects.filter(code__startswith="430426", level=5).exists()
    database.restore()
    assert Region.objects.filter(code__startswith="430426", level=5).count() == 367
    assert "spoiled" not in connection.introspection.table_names()


def test_a_database_that_is_not_the_tests_is_never_emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", "daylily")
    with pytest.raises(RuntimeError, match="make test"):
        database.provide()


def test_a_chromium_on_the_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "chromium"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find_chromium(tmp_path) == str(program)


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[object]:
    """A machine without a browser whose downloads fail; lists the downloads that were tried."""
    tried: list[object] = []

    def fail(command: list[str], **_options: object) -> "subprocess.CompletedProcess[bytes]":
        tried.append(command)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("REQUIRE_BROWSER", raising=False)
    monkeypatch.setattr(browser, "_playwrights_own", lambda: tmp_path / "none")
    monkeypatch.setattr(subprocess, "run", fail)
    return tried


def test_a_failed_download_of_a_browser_is_tried_once(tmp_path: Path, downloads: list[object]) -> None:
    assert browser.find_chromium(tmp_path) is None
    assert browser.find_chromium(tmp_path) is None
    assert len(downloads) == 1


def test_ci_tries_again(tmp_path: Path, downloads: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    assert browser.find_chromium(tmp_path) is None
    monkeypatch.setenv("REQUIRE_BROWSER", "1")
    assert browser.find_chromium(tmp_path) is None
    assert len(downloads) == 2
