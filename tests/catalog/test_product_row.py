"""Statements that a connection keeps prepared: the product page's is planned once, and again after the server forgot it."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.product_row import read_product
from stations.statements import read, read_named
from tests.cast import Stations, make_product, make_store, make_variant

pytestmark = pytest.mark.django_db(transaction=True)


def prepared() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE statement LIKE %s", ["%catalog_papers%"])
        return [text for (text,) in cursor.fetchall()]


def test_the_page_s_statement_is_prepared_once_and_again_after_a_rollback() -> None:
    product = make_product(make_store(Stations().point))
    make_variant(product)
    for _round in range(6):
        assert (read_product(product.ref) or {})["id"] == product.pk
    assert len(prepared()) == 1
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raise ZeroDivisionError  # a rollback: psycopg forgets what it prepared, and so must the server
    for _round in range(6):
        assert (read_product(product.ref) or {})["id"] == product.pk
    assert len(prepared()) == 1
    assert read_product("nothing") is None


def test_what_is_read_so_is_counted_like_every_statement() -> None:
    with CaptureQueriesContext(connection) as captured:
        assert read("SELECT %s::text AS word, 1 AS number", ["萱草"]) == [("萱草", 1)]
        assert read_named("SELECT %s::text AS word, 1 AS number", ["萱草"]) == [{"word": "萱草", "number": 1}]
    assert len(captured) == 2
