"""An order's lines with what promotions take off them: their amounts, and the rows that say by what."""

from collections.abc import Iterable, Sequence

from orders.models import LineDiscount, OrderLine, Payer, PromotionKind
from orders.promotions import Off, Offer
from payments.money import share_fen, split_fen


def price_line(line: OrderLine, offs: Sequence[Off]) -> None:
    """Set the amounts of a new line that would cost `amount_fen` without discounts. Rates count on what buyer and funds pay."""
    line.discount_fen = sum(off.fen for off in offs)
    line.funded_fen = sum(off.fen for off in offs if off.promotion.payer != Payer.SELLER)
    line.amount_fen -= line.discount_fen
    earned = line.amount_fen + line.funded_fen
    line.commission_fen = share_fen(earned, line.commission_bp)
    line.station_fee_fen = share_fen(earned, line.station_fee_bp)


def bear_freight(lines: Sequence[OrderLine], offer: Offer, freight_fen: int) -> list[Off]:
    """Of the lines of one county that travel, whose freight is so much: what a promotion pays for each, in proportion to their amounts.
    Empty where the buyer pays it. Load the lines' products.
    """
    if not offer.promotions or not lines:
        return []
    product = next(line.product for line in lines if line.product)
    stores = {line.product.store_id for line in lines if line.product}
    paid = [line.amount_fen for line in lines]
    promotion = offer.free_freight(product.county_code, stores, sum(paid), freight_fen)
    if promotion is None:
        return []
    shares = split_fen(freight_fen, paid)
    if promotion.payer == Payer.SELLER:
        for line, fen in zip(lines, shares, strict=True):
            line.borne_fen = fen
    return [Off(promotion, fen) for fen in shares]


def rows_of(taken: Iterable[tuple[OrderLine, Sequence[Off]]]) -> list[LineDiscount]:
    """The rows to keep of what was taken off each line."""
    return [
        LineDiscount(
            line=line,
            promotion=off.promotion,
            coupon=off.coupon,
            kind=PromotionKind(off.promotion.kind),
            payer=off.promotion.payer,
            fen=off.fen,
            units=off.units,
        )
        for line, offs in taken
        for off in offs
        if off.fen
    ]
