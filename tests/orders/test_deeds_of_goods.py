"""What the farmer reads of what became of their goods, whatever state they were moved to."""

import pytest

from catalog import listing
from catalog.models import ProductStatus
from orders.my_store import GOODS_MOVED, deeds_of
from tests.cast import Stations, approve_listing, make_clerk, make_product, make_store, make_variant


@pytest.mark.django_db
def test_every_state_of_goods_is_told() -> None:
    assert set(GOODS_MOVED) == set(ProductStatus)
    store = make_store(Stations().point)
    product = make_product(store, status=ProductStatus.DRAFT)
    make_variant(product)
    listing.put_on_sale(by=make_clerk(store.station), product=product)
    approve_listing(product)
    titles = [deed.title for deed in deeds_of(store.household)[0]]
    assert "送交县里审核" in titles and "上架了商品" in titles
