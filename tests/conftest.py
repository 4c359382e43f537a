"""Fixtures of the whole suite: the database, an empty cache, jobs, and for browser tests the site as it runs in production.

A test of one request takes `db`. One that needs other connections (races, the browser, jobs) takes `transactional_db` or a fixture
below that does; afterwards its database is made anew from the template, so that regions, roles and Wagtail's pages are there again.
"""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from django.conf import settings
from django.test import TransactionTestCase
from django.utils import translation
from playwright.sync_api import Browser, Page
from pytest_django.plugin import DjangoDbBlocker

from tests import browser as chromium
from tests import database, processes

ROOT = Path(__file__).resolve().parent.parent
JOB_SECONDS = 60


@pytest.fixture(scope="session")
def monkeypatch_session() -> Iterator[pytest.MonkeyPatch]:
    """A patch that lasts for the whole run."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, monkeypatch_session: pytest.MonkeyPatch
) -> Iterator[None]:
    """A migrated database with the regions in it, this run's own."""
    with django_db_blocker.unblock():
        database.provide()
    # Django would empty every table: regions, roles and Wagtail's first pages too; and append-only tables refuse it.
    monkeypatch_session.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: database.restore())
    yield
    with django_db_blocker.unblock():
        database.remove()


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """No test sees what another left in the cache, or is signed in by another's session."""
    from django.core.cache import cache

    from catalog.best_sellers import best_mark
    from catalog.campaigns import known_campaigns
    from catalog.models import all_categories

    cache.clear()
    all_categories.forget()
    best_mark.forget()
    known_campaigns.forget()


@pytest.fixture(autouse=True)
def chinese() -> None:
    """No test reads in the language that another's last page was in."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def run_jobs(transactional_db: None) -> Callable[[], None]:
    """A function that works off every job that is due, as the worker does, and fails when one of them fails."""
    return work_off_jobs


def work_off_jobs() -> None:
    """Run the worker until the queue is empty; in a thread, because Playwright has an event loop in this one.

    What the calendar asks for is left out: whether it is just due would depend on the minute at which a test runs.
    """
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.models import ProcrastinateJob

    failed = set(ProcrastinateJob.objects.filter(status="failed").values_list("id", flat=True))
    worker = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    options = {"wait": False, "install_signal_handlers": False, "listen_notify": False}
    thread = threading.Thread(target=worker.run_worker, kwargs=options, daemon=True)
    with patch.dict(worker.periodic_registry.periodic_tasks, clear=True):
        thread.start()
        thread.join(JOB_SECONDS)
    assert not thread.is_alive(), f"The jobs did not end within {JOB_SECONDS} seconds."
    news = ProcrastinateJob.objects.filter(status="failed").exclude(id__in=failed)
    assert not news, f"Jobs failed: {[(job.task_name, job.args) for job in news]}"


@pytest.fixture(scope="session")
def site_process(django_db_setup: None) -> Iterator[str]:
    """The address of the site, served by granian from this run's database."""
    with processes.web_server() as address:
        yield address


@pytest.fixture(scope="session")
def stripe_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the stand-in for Stripe, whose webhooks go to the site."""
    with processes.stripe_stand_in(tmp_path_factory.mktemp("stripe")) as address:
        yield address


@pytest.fixture(scope="session")
def browser(pytestconfig: pytest.Config) -> Iterator[Browser]:
    """One Chromium for the whole run."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "true"  # Playwright's loop runs in this thread; our queries are still synchronous
    )
    executable = pytestconfig.stash[CHROMIUM]
    assert executable, "No Chromium on the PATH, and Playwright could not install one."
    yield from chromium.launched(executable)


@pytest.fixture
def windows(browser: Browser, transactional_db: None, site_process: str) -> Iterator[chromium.Windows]:
    """Opens pages of the live site; a script error or a breach of the content policy in any of them fails the test."""
    opened = chromium.Windows(browser, site_process)
    yield opened
    opened.close()
    assert not opened.faults, "\n".join(opened.faults)


@pytest.fixture
def page(windows: chromium.Windows) -> Page:
    """A visitor at a desk."""
    return windows.open()


@pytest.fixture
def phone(windows: chromium.Windows) -> Page:
    """A visitor with a phone."""
    return windows.open(width=390, height=844)


CHROMIUM = pytest.StashKey[str | None]()
SKIPPED = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How many webhooks the storm of tests/payments/test_storm.py brings, and which one."""
    parser.addoption("--storm", type=int, default=5_000, help="webhooks of the storm (tests/payments/test_storm.py)")
    parser.addoption("--storm-seed", default="", help="the storm to live through once more")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark browser tests; skip them all where there is no Chromium, unless REQUIRE_BROWSER=1 asks for a failure."""
    driven = [item for item in items if "browser" in getattr(item, "fixturenames", ())]
    config.stash[CHROMIUM] = chromium.find_chromium(ROOT / "var") if driven else None
    for item in driven:
        item.add_marker(pytest.mark.browser)
        if not config.stash[CHROMIUM] and not chromium.is_required():
            item.add_marker(pytest.mark.skip(reason="no Chromium"))
            config.stash[SKIPPED] = len(driven)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One loud line about browser tests that did not run."""
    skipped = config.stash.get(SKIPPED, 0)
    if skipped:
        text = f"NOT TESTED: {skipped} browser tests, because there is no Chromium here (apt-get install chromium)."
        terminalreporter.write_line(text, red=True, bold=True)
