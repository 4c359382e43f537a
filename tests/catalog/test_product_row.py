"""The prepared statement of the product page: kept a connection, and made again where a pooler swapped connections."""

import pytest
from django.db import connection

from catalog.product_row import _prepared_on, read_product
from tests.cast import Stations, make_product, make_store, make_variant

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_statement_is_prepared_once_and_again_when_the_server_forgot_it() -> None:
    product = make_product(make_store(Stations().point))
    make_variant(product)
    for _round in range(2):
        assert (read_product(product.ref) or {})["id"] == product.pk
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert (read_product(product.ref) or {})["id"] == product.pk
    _prepared_on.clear()
    assert (read_product(product.ref) or {})["id"] == product.pk
    assert read_product("nothing") is None
