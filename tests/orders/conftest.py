"""The scene of orders' tests."""

import pytest

from tests.orders.scene import Scene, make_scene


@pytest.fixture
def scene(db: None) -> Scene:
    """Three stores of two counties, with goods in stock."""
    return make_scene()
