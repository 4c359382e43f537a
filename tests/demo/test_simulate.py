"""The simulated marketplace: the same at every run, added to and never doubled, and nothing for a production."""

from typing import Any

import pytest
from django.db.models import F, Sum, Value

from catalog.models import Product, Stock, Variant
from catalog.search import Matches
from catalog.tally import differences
from demo.load import NotADemo
from demo.simulate import simulate
from sellers.models import ConsentPurpose, Store

pytestmark = pytest.mark.django_db


def test_what_is_missing_is_added_and_nothing_twice() -> None:
    assert simulate(stores=30, products=60, pictures=False) == (30, 60)
    names = dict(Product.objects.values_list("ref", "name"))
    assert simulate(stores=30, products=60, pictures=False) == (0, 0)
    assert simulate(stores=40, products=90, pictures=False) == (10, 30)
    assert names.items() <= dict(Product.objects.values_list("ref", "name")).items()
    assert len(names) == 60
    assert Store.objects.open().count() == 40
    assert differences() == []


def test_stock_prices_and_words_are_those_of_the_rows() -> None:
    simulate(stores=30, products=120, pictures=False)
    assert not Product.objects.filter(search=None).exists()
    sold = Product.objects.filter(sold_units__gt=1)
    assert sold.exists() and sold.filter(Matches(F("search"), Value("'^1'"))).count() == sold.count()
    assert not Product.objects.filter(price_from_fen__lt=100).exists()
    for variant in Variant.objects.annotate(there=Sum("stock__on_hand")):
        assert variant.on_hand == variant.there
    assert not Stock.objects.exclude(lot=None).exclude(lot__product=F("variant__product")).exists()
    known = Product.objects.filter(from_poverty=True)
    assert known.exists()
    assert all(
        product.store.household.consents.filter(purpose=ConsentPurpose.POVERTY, withdrawn_at=None).exists()
        for product in known.select_related("store__household")
    )


def test_a_production_is_left_alone(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(NotADemo):
        simulate(stores=1, products=1, pictures=False)
    assert not Store.objects.exists()
