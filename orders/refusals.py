"""Why an order is not placed: each says what stands in the way, and nothing was changed."""

from catalog.models import Variant


class NothingToBuy(ValueError):
    """An order without lines, or with a quantity that no cart holds."""


class CounterTooFar(ValueError):
    """Cash at a counter was chosen for an order that is not picked up where a counter is."""


class NoAddress(ValueError):
    """Goods that travel were ordered without saying where to: that is for visits alone."""


class NotOnSale(Exception):
    """Goods that were withdrawn, whose store closed or whose lot was recalled; `variants` are they."""

    def __init__(self, variants: list[Variant]) -> None:
        super().__init__(", ".join(str(variant) for variant in variants))
        self.variants = variants


class WeeksChanged(Exception):
    """A season's box would come in other weeks than the buyer saw, because time went by: `variants` are they."""

    def __init__(self, variants: list[Variant]) -> None:
        super().__init__(", ".join(str(variant) for variant in variants))
        self.variants = variants


class PriceChanged(Exception):
    """A price, a freight, a discount or a deposit is not what the buyer saw: `prices` are (variant, fen seen, fen now), `freight`, `off`
    and `deposit` (fen seen, fen now).
    """

    def __init__(
        self,
        prices: list[tuple[Variant, int, int]],
        freight: tuple[int, int] | None = None,
        off: tuple[int, int] | None = None,
        deposit: tuple[int, int] | None = None,
    ) -> None:
        super().__init__("The amounts are not what the buyer saw.")
        self.prices = prices
        self.freight = freight
        self.off = off
        self.deposit = deposit


class PromotionRefused(ValueError):
    """A promotion that cannot be made, approved or ended like this; its text says why."""


class PlaceGone(Exception):
    """The buyer's place in a flash sale is no longer theirs, was used already, or is for other goods; or no place is left."""
