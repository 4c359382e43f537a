"""Checkout: stock held, an order written with its consignments and lines, and a payment opened, all in one transaction.

The number of statements does not depend on the number of lines. Lock order: the idempotency key, then stock by key, then promotions;
nothing is locked by the lines that are inserted in between. Payment providers are called by the caller, after the commit.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from catalog import stock
from catalog.growing import gathers
from catalog.models import Lot, Variant
from catalog.stock import Draw
from orders.amounts import refuse_amounts
from orders.boxes import box_key, is_frozen, pack_boxes, part_key, quote_freight, share_freight
from orders.cart import MOST_LINES, is_on_sale
from orders.deposits import deposit_of, priced, refuse_mixed, refuse_way
from orders.discounts import bear_freight, price_line, rows_of
from orders.first_payment import counter_for as counter_for
from orders.first_payment import open_first_payment
from orders.flash_claims import offer_price, use_place
from orders.margins import charged_fen, margin_fen
from orders.models import Cart, CartLine, Consignment, DeliveryWay, LineDiscount, Order, OrderLine
from orders.models.cart import MOST_UNITS
from orders.notices import send_order_link
from orders.numbers import new_order_number, new_visit_code
from orders.promotions import Off, Offer, Piece, any_running, count, read_offer
from orders.refusals import CounterTooFar as CounterTooFar
from orders.refusals import NoAddress as NoAddress
from orders.refusals import NothingToBuy as NothingToBuy
from orders.refusals import NotOnSale as NotOnSale
from orders.refusals import PriceChanged as PriceChanged
from orders.sendings import Sending, Span, compare_weeks, read_lots, spread, subscribe
from orders.wishes import days_of_boxes
from payments.idempotency import Claim, answer_claim, claim_key
from payments.models import RateCard
from payments.providers import provider_of
from payments.rates import rates_for
from stations.models import Region, Station
from stations.statements import fetch


@dataclass(frozen=True, slots=True)
class DeliveryChoice:
    """Where an order goes: to a door in `region` (county or below), or to `station`, its region then; `days` by box: see wishes."""

    way: DeliveryWay
    recipient: str
    phone: str
    region: Region
    address: str = ""
    station: Station | None = None
    days: Mapping[str, dt.date] = field(default_factory=dict)

    @property
    def goal(self) -> Station | Region:
        """What the route leads to."""
        return self.station if self.way == DeliveryWay.STATION and self.station else self.region


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page said when the buyer agreed: fen by variant, all freight, all that was taken off, the deposit, and from which week to
    which a season's box comes. What it does not say is not compared.
    """

    prices: Mapping[int, int] = field(default_factory=dict)
    freight_fen: int | None = None
    off_fen: int | None = None
    deposit_fen: int | None = None
    weeks: Mapping[int, Span] = field(default_factory=dict)


def place_order(
    *,
    lines: Sequence[tuple[int, int]],
    buyer: User | None,
    email: str,
    delivery: DeliveryChoice,
    pay_by: str,
    key: str,
    language: str = "zh-hans",
    actor: str = "",
    seen: Seen | None = None,
    cart: Cart | None = None,
    coupon: str = "",
    flash: int | None = None,
    at: dt.datetime | None = None,
) -> Order:
    """The order for `lines` (variant id, units), reserved until the database's clock says otherwise, with its open payment.

    `key` is the page's: sent again with the same request it answers the same order, and with another IdempotencyConflict; `actor`
    is whose key it is when there is no buyer. `pay_by` names a way of payments.providers. What was ordered leaves `cart`. `coupon` is a
    code, `flash` the buyer's place in a flash sale (its key), which the order uses. Of goods with a deposit (orders.deposits), that is
    paid first. Amounts are fen, weights grams. Raises NothingToBuy, CounterTooFar, NoAddress, stock's StockShort, NotOnSale,
    amounts.AmountRefused, deposits.DepositApart, PriceChanged, WeeksChanged, delivery's NoRoute, PlaceGone, wishes' DayRefused,
    promotions' CouponRefused and PromotionGone: then nothing was changed.
    """
    units = _units_by_variant(lines)
    body = _request_body(units, delivery=delivery, email=email, pay_by=pay_by, coupon=coupon) + (
        [flash] if flash else []
    )
    whose = f"user:{buyer.pk}" if buyer else actor or "guest"
    with transaction.atomic():
        claim = claim_key(actor=whose, operation="place_order", key=key, body=body)
        if claim.answer is not None:
            return Order.objects.get(ref=claim.answer)
        draws = stock.hold(units, seasons=True)
        variants = _read_variants(units, at)
        _refuse_gone(variants, has_place=flash is not None)
        refuse_amounts((variant, units[variant.pk]) for variant in variants)
        refuse_mixed(variants)
        if delivery.way == DeliveryWay.VISIT and not all(variant.day for variant in variants):
            raise NoAddress
        offer = read_offer(variants, buyer=buyer, code=coupon, at=at, running=getattr(variants[0], "promoted", False))
        offer_price(offer, claim_id=flash, buyer=buyer, units=units)
        plan = _plan(variants, units, draws, offer, delivery=delivery, on=timezone.localdate(at or claim.now))
        refuse_way(plan.deposit_fen, pay_by)
        compare_weeks(plan.sent, (seen or Seen()).weeks)
        _compare_with_seen(plan, seen or Seen())
        order = _write_order(
            plan, claim, buyer=buyer, email=email, delivery=delivery, pay_by=pay_by, language=language, at=at
        )
        _write_parts(plan, order)
        open_first_payment(order)
        use_place(order, claim_id=flash, taken=plan.taken, at=at)
        count(plan.taken, buyer_id=buyer.pk if buyer else None)
        if cart is not None:
            CartLine.objects.filter(cart=cart, variant_id__in=units).delete()
        answer_claim(claim, order.ref)
        if at is None:  # nobody is written about the past
            send_order_link.defer(order_id=order.pk)
    return order


@dataclass(slots=True)
class _Part:
    """One store's part of the plan."""

    lines: list[OrderLine]
    variant: Variant
    weight_g: int
    offs: list[list[Off]]
    week: dt.date | None
    freight_fen: int = 0
    wished_day: dt.date | None = None

    @property
    def goods_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)


@dataclass(slots=True)
class _Plan:
    """What an order will be made of, before any row is written."""

    variants: list[Variant]
    parts: list[_Part]
    taken: list[LineDiscount]

    @property
    def sent(self) -> list[tuple[Variant, dt.date | None]]:
        return [(part.variant, part.week) for part in self.parts]

    @property
    def off_fen(self) -> int:
        return sum(row.fen for row in self.taken)

    @property
    def goods_fen(self) -> int:
        return sum(part.goods_fen for part in self.parts)

    @property
    def freight_fen(self) -> int:
        return sum(part.freight_fen for part in self.parts)

    @property
    def deposit_fen(self) -> int:
        return deposit_of(priced(line) for part in self.parts for line in part.lines)


def _units_by_variant(lines: Sequence[tuple[int, int]]) -> dict[int, int]:
    units: dict[int, int] = {}
    for variant_id, quantity in sorted(lines):
        units[variant_id] = units.get(variant_id, 0) + quantity
    if not 0 < len(units) <= MOST_LINES or not all(1 <= quantity <= MOST_UNITS for quantity in units.values()):
        raise NothingToBuy(f"{len(units)} lines")
    return units


def _request_body(
    units: dict[int, int], *, delivery: DeliveryChoice, email: str, pay_by: str, coupon: str
) -> list[object]:
    to = [delivery.way, delivery.recipient, delivery.phone, delivery.region.code, delivery.address]
    station = delivery.station.code if delivery.station else ""
    days = [sorted((key, str(day)) for key, day in delivery.days.items())] if delivery.days else []
    return [sorted(units.items()), to, station, email, pay_by, coupon, *days]


# Products and stores carry long texts that no order needs: reading them would double the cost of the query.
_KEPT = (
    "sku", "name", "name_en", "sold_by", "net_weight_g", "gross_weight_g", "price_fen", "active", "least", "most", "day", "promised_week",
    "tolerance_percent", "deposit_percent", "apart_until", "deliveries", "weeks_between", "season_from", "season_until",
    "product__name", "product__name_en", "product__temperature", "product__flow", "product__county_code", "product__status",
    "product__store_open", "product__category__slug",
    "product__category__parent__slug", "product__store__slug", "product__store__region", "product__store__station",
    "product__store__household__kind",
)  # fmt: skip


def _variants_to_sell(keys: Sequence[int], at: dt.datetime | None = None) -> QuerySet[Variant]:
    related = ("product__store__household", "product__category__parent")
    return Variant.objects.select_related(*related).only(*_KEPT).annotate(promoted=any_running(at)).filter(pk__in=keys)


def _read_variants(units: dict[int, int], at: dt.datetime | None) -> list[Variant]:
    """Everything that lines keep, by one query, read after the stock was locked; consignment by consignment."""
    found = fetch(_variants_to_sell, list(units)) if at is None else list(_variants_to_sell(list(units), at))
    return sorted(found, key=lambda variant: (*part_key(variant), variant.pk))


def _refuse_gone(variants: list[Variant], *, has_place: bool) -> None:
    gone = [variant for variant in variants if not is_on_sale(variant, has_place=has_place)]
    if gone:
        raise NotOnSale(gone)


def _plan(
    variants: list[Variant],
    units: dict[int, int],
    draws: list[Draw],
    offer: Offer,
    *,
    delivery: DeliveryChoice,
    on: dt.date,
) -> _Plan:
    """One line a variant, lot and week, so that each line's harvest, and the family that earns it, are known."""
    wanted = spread(variants, units, draws, on)
    boxes = pack_boxes(((variant, units[variant.pk]) for variant in variants), on=on)
    lots = read_lots(draws)
    cards = rates_for((one.scope for one in wanted), on)
    offs = offer.take_off([Piece(one.variant, one.units, charged_fen(one.variant, one.units)) for one in wanted])
    parts: list[_Part] = []
    for _together, group in groupby(wanted, key=lambda one: one.part_key):
        own = list(group)
        mine = offs[sum(len(part.lines) for part in parts) :]
        lines = [_line(one, lots.get(one.lot_id or 0), cards[one.scope]) for one in own]
        weight = sum(one.variant.gross_weight_g * one.units for one in own)
        for line, off in zip(lines, mine, strict=False):
            price_line(line, off)
        parts.append(
            _Part(lines=lines, variant=own[0].variant, weight_g=weight, offs=mine[: len(lines)], week=own[0].week)
        )
    freight = quote_freight(boxes, delivery.goal)
    wished = days_of_boxes(delivery.days, boxes, today=on)
    for box, fen in freight.items():
        inside = [part for part in parts if box_key(part.variant, part.week) == box.key]
        for part, share in zip(inside, share_freight(fen, [part.weight_g for part in inside]), strict=True):
            part.freight_fen, part.wished_day = share, wished.get(box.key)
    _let_others_pay_freight(parts, offer)
    taken = rows_of(pair for part in parts for pair in zip(part.lines, part.offs, strict=True))
    return _Plan(variants=variants, parts=parts, taken=taken)


def _let_others_pay_freight(parts: list[_Part], offer: Offer) -> None:
    """Where a promotion pays the freight of a county's goods, the buyer pays none (`parts` are in order of counties)."""
    for _county, group in groupby(parts, key=lambda part: part.variant.product.county_code):
        travelling = [part for part in group if part.variant.day is None]
        lines = [line for part in travelling for line in part.lines]
        free = bear_freight(lines, offer, sum(part.freight_fen for part in travelling))
        if free:
            for part in travelling:
                part.freight_fen, own = 0, free[: len(part.lines)]
                free = free[len(part.lines) :]
                part.offs = [[*offs, off] for offs, off in zip(part.offs, own, strict=True)]


def _line(sending: Sending, lot: Lot | None, card: RateCard) -> OrderLine:
    """What is sold, as it is now."""
    variant, quantity, product = sending.variant, sending.units, sending.variant.product
    payee = lot.household if lot and gathers(product.store) else None
    return OrderLine(
        variant=variant,
        product=product,
        lot=lot,
        name=product.name,
        name_en=product.name_en,
        pack=variant.name,
        pack_en=variant.name_en,
        sku=variant.sku,
        grade=lot.grade.name if lot and lot.grade else "",
        sold_by=variant.sold_by,
        flow=product.flow,
        category_slug=product.category.slug,
        village_code=(payee or product.store).region_id,
        payee=payee,
        unit_price_fen=variant.price_fen,
        quantity=quantity,
        unit_weight_g=0 if variant.day else variant.net_weight_g,
        promised_week=sending.week,
        margin_fen=margin_fen(variant) * quantity,
        amount_fen=charged_fen(variant, quantity),
        rate_card=card,
        commission_bp=card.commission_bp,
        station_fee_bp=card.station_fee_bp,
    )


def _compare_with_seen(plan: _Plan, seen: Seen) -> None:
    """Raises PriceChanged where the buyer saw another price, or, with the same prices, another freight or discount."""
    changed = [
        (variant, seen.prices[variant.pk], variant.price_fen)
        for variant in plan.variants
        if variant.pk in seen.prices and seen.prices[variant.pk] != variant.price_fen
    ]
    freight = None
    if seen.freight_fen is not None and seen.freight_fen != plan.freight_fen:
        freight = (seen.freight_fen, plan.freight_fen)
    off = None if seen.off_fen in (None, plan.off_fen) else (seen.off_fen or 0, plan.off_fen)
    deposit = None if seen.deposit_fen in (None, plan.deposit_fen) else (seen.deposit_fen or 0, plan.deposit_fen)
    if changed or freight or off or deposit:
        raise PriceChanged(changed, None if off else freight, off, deposit)


def _write_order(
    plan: _Plan,
    claim: Claim,
    *,
    buyer: User | None,
    email: str,
    delivery: DeliveryChoice,
    pay_by: str,
    language: str,
    at: dt.datetime | None,
) -> Order:
    provider = provider_of(pay_by)
    if provider.at_counter and (delivery.station is None or counter_for(delivery.station) is None):
        raise CounterTooFar(str(delivery.station))
    when = at or claim.now
    return Order.objects.create(
        number=new_order_number(timezone.localdate(when)),
        user=buyer,
        email=email,
        language=language,
        pay_by=pay_by,
        delivery_way=delivery.way,
        recipient=delivery.recipient,
        phone=delivery.phone,
        region=delivery.region,
        address=delivery.address,
        pickup_station=delivery.station if delivery.way == DeliveryWay.STATION else None,
        goods_fen=plan.goods_fen,
        freight_fen=plan.freight_fen,
        total_fen=plan.goods_fen + plan.freight_fen,
        deposit_fen=plan.deposit_fen,
        placed_at=when,
        reserved_until=when + provider.waits,
    )


def _write_parts(plan: _Plan, order: Order) -> None:
    """The consignments and their lines, by two statements; by one more where there are season's boxes."""
    subscriptions = subscribe(plan.sent)
    consignments = [
        Consignment(
            order=order,
            number=f"{order.number}-{position}",
            store_id=part.variant.product.store_id,
            station_id=part.variant.product.store.station_id,
            county_code=part.variant.product.county_code,
            promised_week=part.week,
            wished_day=part.wished_day,
            subscription=subscriptions.get(part.variant.pk),
            frozen=is_frozen(part.variant),
            visit_day=part.variant.day,
            visit_code=new_visit_code() if part.variant.day else "",
            goods_fen=part.goods_fen,
            freight_fen=part.freight_fen,
            commission_fen=sum(line.commission_fen for line in part.lines),
            station_fee_fen=sum(line.station_fee_fen for line in part.lines),
        )
        for position, part in enumerate(plan.parts, start=1)
    ]
    Consignment.objects.bulk_create(consignments)
    for consignment, part in zip(consignments, plan.parts, strict=True):
        for line in part.lines:
            line.consignment = consignment
    OrderLine.objects.bulk_create([line for part in plan.parts for line in part.lines])
    if plan.taken:
        LineDiscount.objects.bulk_create(plan.taken)
