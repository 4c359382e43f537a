"""What goods by weight are charged at first: the most that they can come to (orders.weights gives back the rest)."""

from catalog.models import SoldBy, Variant


def margin_fen(variant: Variant) -> int:
    """What is charged for one unit on top of its price, for weight up to the tolerance, in fen, up; 0 for what is sold by the piece."""
    if variant.sold_by != SoldBy.WEIGHT:
        return 0
    return -(-variant.price_fen * variant.tolerance_percent // 100)


def charged_fen(variant: Variant, units: int) -> int:
    """What so many units are charged at first, in fen: the most that they can come to."""
    return (variant.price_fen + margin_fen(variant)) * units
