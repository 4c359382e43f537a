"""Fixtures of the whole suite: the database, an empty cache for each test that asks, one browser."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests import database


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A migrated database with the regions in it, this run's own."""
    with django_db_blocker.unblock():
        database.provide()
    yield
    with django_db_blocker.unblock():
        database.remove()


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """No test sees what another left in the cache."""
    from django.core.cache import cache

    cache.clear()
