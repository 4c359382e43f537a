"""A kept connection that the server has ended is noticed before it is used again, by a look at its socket."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DataError, transaction
from django.db import connection as django_s

from stations.statements import read

pytestmark = pytest.mark.django_db(transaction=True)
connection: Any = django_s  # the proxy, which leads to this moment's connection


@pytest.fixture
def next_request() -> Iterator[Callable[[], None]]:
    """What Django does to a kept connection when a request begins."""
    connection.close()  # whatever the test before this one left of it
    connection.ensure_connection()
    was = connection.health_check_enabled, connection.health_check_done

    def begins() -> None:
        connection.health_check_enabled, connection.health_check_done = True, False

    yield begins
    connection.health_check_enabled, connection.health_check_done = was


def end_from_outside() -> None:
    """An administrator ends this connection, from another one."""
    other = connection.copy()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        assert cursor.fetchone() == (True,)
    other.close()


def test_a_standing_connection_is_used_on(next_request: Callable[[], None]) -> None:
    before = connection.connection
    assert connection.is_usable()
    next_request()
    assert read("SELECT 1 AS one") == [(1,)]
    assert connection.connection is before


def test_an_ended_connection_is_replaced(next_request: Callable[[], None]) -> None:
    end_from_outside()
    assert not connection.is_usable()
    next_request()
    assert read("SELECT 1 AS one") == [(1,)], "a list's statement looks first, like Django's cursors"
    end_from_outside()
    next_request()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 2")
        assert cursor.fetchone() == (2,)


def test_a_transaction_that_failed_is_not_to_be_used(next_request: Callable[[], None]) -> None:
    with pytest.raises(DataError), transaction.atomic():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        finally:
            assert not connection.is_usable()
    assert connection.is_usable()
