"""The scene of orders' tests."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from tests.orders.scene import Scene, make_scene


@pytest.fixture
def scene(db: None) -> Scene:
    """Three stores of two counties, with goods in stock."""
    return make_scene()


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    """Each test begins in Chinese, whatever language the last request of the one before was in."""
    with translation.override("zh-hans"):
        yield
