"""Lots out of lots: nothing appears or gets lost, to the gram, whoever works at the same time; and who may not go together."""

import datetime as dt
import random
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from catalog import making_lots, packing
from catalog.making_lots import LotsNotTogether, Piece, balance_of, sort_lot, take_back, write_off
from catalog.models import Lot, LotPart, Product, WriteOff
from catalog.packing import LotFrozen, LotTooSmall
from sellers.families import add_member
from sellers.models import Household, HouseholdKind
from stations.scope import NotAllowed
from tests.cast import (
    Stations,
    make_clerk,
    make_household,
    make_lot,
    make_mandate,
    make_product,
    make_store,
    make_variant,
    set_stock,
)

TODAY = dt.date(2026, 7, 12)


class Scene:
    """A co-operative with three members' lots of 30, 20 and 10 kg."""

    def __init__(self) -> None:
        self.stations = Stations()
        point = self.stations.point
        self.clerk: User = make_clerk(point)
        house = make_household(point, "黄土铺合作社", kind=HouseholdKind.COOPERATIVE)
        make_mandate(house, point)
        self.product: Product = make_product(make_store(point, household=house))
        self.members = [make_household(point, name) for name in ("曾桂香", "周桂花", "王建国")]
        for member in self.members:
            add_member(by=self.clerk, cooperative=house, household=member, grows="黄花菜")
        self.lots = [
            make_lot(
                self.product, household=member, quantity_g=kilograms * 1000, harvested_on=TODAY + dt.timedelta(number)
            )
            for number, (member, kilograms) in enumerate(zip(self.members, (30, 20, 10), strict=True))
        ]

    def together(self, *grams: int, **more: object) -> Lot:
        parts = [(lot, count) for lot, count in zip(self.lots, grams, strict=False) if count]
        return making_lots.make_lot(by=self.clerk, parts=parts, **more)  # type: ignore[arg-type]


@pytest.fixture
def scene(db: None) -> Scene:
    return Scene()


def test_three_members_lots_become_one(scene: Scene) -> None:
    made = scene.together(30_000, 15_000, 10_000)
    assert made.quantity_g == 55_000 and made.household is None
    assert (made.harvested_on, made.harvested_until) == (TODAY, TODAY + dt.timedelta(2))
    assert [(part.source, part.grams) for part in made.parts.order_by("source_id")] == list(
        zip(scene.lots, (30_000, 15_000, 10_000), strict=True)
    )
    assert [balance_of(lot).left for lot in scene.lots] == [0, 5_000, 0]
    assert made.it_is_made_of() == sorted([*(lot.pk for lot in scene.lots), made.pk])
    assert made.pk in scene.lots[0].made_of_it()


def test_sorting_keeps_the_parent_and_leaves_the_rest(scene: Scene) -> None:
    best, second = sort_lot(by=scene.clerk, lot=scene.lots[0], pieces=[Piece(12_000), Piece(15_000, "筛下")])
    assert [best.household, second.household] == [scene.members[0]] * 2
    assert second.plot == "筛下" and best.parts.get().source == scene.lots[0]
    balance = balance_of(scene.lots[0])
    assert (balance.passed_on, balance.left) == (27_000, 3_000)


def test_nothing_of_a_sorting_stays_when_one_piece_is_too_large(scene: Scene) -> None:
    with pytest.raises(LotTooSmall):
        sort_lot(by=scene.clerk, lot=scene.lots[2], pieces=[Piece(6_000), Piece(4_001)])
    assert Lot.objects.count() == 3 and balance_of(scene.lots[2]).left == 10_000


def test_drying_loses_weight_and_never_gains(scene: Scene) -> None:
    made = scene.together(10_000, 0, 0, quantity_g=1_400)
    assert balance_of(made).came == 1_400 and balance_of(scene.lots[0]).passed_on == 10_000
    with pytest.raises(ValidationError):
        scene.together(1_000, 0, 0, quantity_g=1_001)


@pytest.mark.parametrize("grams", [0, -5, 30_001, 10**15])
def test_bad_weights(scene: Scene, grams: int) -> None:
    with pytest.raises((LotTooSmall, ValidationError, LotsNotTogether)):
        making_lots.make_lot(by=scene.clerk, parts=[(scene.lots[0], grams)])
    assert Lot.objects.count() == 3 and not LotPart.objects.exists()


def test_lots_of_two_stores_stay_apart(scene: Scene) -> None:
    other = make_lot(make_product(make_store(scene.stations.point)))
    with pytest.raises(LotsNotTogether):
        making_lots.make_lot(by=scene.clerk, parts=[(scene.lots[0], 1), (other, 1)])


def test_a_gathering_store_keeps_families_apart_and_may_split(scene: Scene) -> None:
    point = scene.stations.point
    gathering = Household.objects.create(kind=HouseholdKind.STATION, station=point, region=point.region, name="集货")
    make_mandate(gathering, point)
    product = make_product(make_store(point, household=gathering))
    one, other = (make_lot(product, household=family) for family in scene.members[:2])
    with pytest.raises(LotsNotTogether):
        making_lots.make_lot(by=scene.clerk, parts=[(one, 5), (other, 5)])
    [piece] = sort_lot(by=scene.clerk, lot=one, pieces=[Piece(9)])
    assert piece.household == scene.members[0]


def test_a_harvest_to_come_goes_into_nothing(scene: Scene) -> None:
    promised = make_lot(scene.product, harvested_on=None, promised_week=dt.date(2026, 12, 7))
    with pytest.raises(LotsNotTogether):
        making_lots.make_lot(by=scene.clerk, parts=[(promised, 5)])


def test_nothing_is_made_of_frozen_goods_not_even_at_second_hand(scene: Scene) -> None:
    made = scene.together(5_000, 5_000)
    Lot.objects.filter(pk=scene.lots[0].pk).update(recalled_at=dt.datetime.now(dt.UTC))
    for lot in (scene.lots[0], made):
        with pytest.raises(LotFrozen):
            making_lots.make_lot(by=scene.clerk, parts=[(lot, 1)])
    fresh = make_lot(scene.product)
    with pytest.raises(IntegrityError, match="goes into no other"), transaction.atomic():
        LotPart.objects.create(source=scene.lots[0], made=fresh, grams=1)


def test_no_lot_is_its_own_parent_or_grandparent(scene: Scene) -> None:
    made = scene.together(1_000, 1_000)
    for source, child in ((made, made), (made, scene.lots[0])):
        with pytest.raises(IntegrityError, match="lot_is_made_of_older_ones"), transaction.atomic():
            LotPart.objects.create(source=source, made=child, grams=1)
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        LotPart.objects.update(grams=5)


def test_what_is_written_off_can_be_taken_back_once(scene: Scene) -> None:
    lot = scene.lots[2]
    loss = write_off(by=scene.clerk, lot=lot, grams=4_000, reason="spoiled", note="霉变")
    assert (balance_of(lot).written_off, balance_of(lot).left) == (4_000, 6_000)
    with pytest.raises(LotTooSmall):
        write_off(by=scene.clerk, lot=lot, grams=6_001, reason="spoiled")
    for _twice in range(2):
        take_back(by=scene.clerk, loss=loss)
        assert (balance_of(lot).written_off, balance_of(lot).left) == (0, 10_000)
    for grams, reason in ((0, "spoiled"), (-3, "spoiled"), (5, "aliens")):
        with pytest.raises((ValidationError, IntegrityError)), transaction.atomic():
            write_off(by=scene.clerk, lot=lot, grams=grams, reason=reason)


def test_recalled_goods_can_be_destroyed(scene: Scene) -> None:
    Lot.objects.filter(pk=scene.lots[0].pk).update(recalled_at=dt.datetime.now(dt.UTC))
    write_off(by=scene.clerk, lot=scene.lots[0], grams=30_000, reason="spoiled")
    assert balance_of(scene.lots[0]).left == 0


def adds_up(lot: Lot) -> bool:
    """Every gram of a lot is somewhere, and nowhere twice."""
    b = balance_of(lot)
    parts = (b.there, b.ordered, b.gone, b.passed_on, b.written_off, b.left)
    return (
        b.came == b.packed + b.passed_on + b.written_off + b.left
        and b.packed == b.there + b.gone
        and min(parts) >= 0
        and b.ordered <= b.there
    )


def a_random_step(scene: Scene, chance: random.Random, variant: object) -> None:
    """One thing that somebody does to some lot; what is refused changes nothing."""
    lots = list(Lot.objects.filter(product=scene.product))
    lot, grams = chance.choice(lots), chance.randint(1, 9_000)
    step = chance.randrange(5)
    try:
        with transaction.atomic():
            if step == 0:
                others = chance.sample(lots, min(len(lots), 2))
                making_lots.make_lot(
                    by=scene.clerk, parts=[(one, grams) for one in others], quantity_g=chance.choice([None, grams])
                )
            elif step == 1:
                sort_lot(by=scene.clerk, lot=lot, pieces=[Piece(grams), Piece(chance.randint(1, 5_000))])
            elif step == 2:
                write_off(by=scene.clerk, lot=lot, grams=grams, reason="spoiled")
            elif step == 3 and (loss := WriteOff.objects.order_by("?").first()):
                take_back(by=scene.clerk, loss=loss)
            else:
                packing.count_stock(by=scene.clerk, variant=variant, lot=lot, on_hand=chance.randint(0, 20))  # type: ignore[arg-type]
    except (LotTooSmall, packing.StockBelowHeld, packing.HarvestMixed, ValidationError):
        pass


@pytest.mark.parametrize("seed", range(4))
def test_random_steps_always_add_up(scene: Scene, seed: int) -> None:
    chance, variant = random.Random(seed), make_variant(scene.product, lot=make_lot(scene.product, quantity_g=60_000))
    set_stock(variant, 0, variant.stock.get().lot)
    for _step in range(40):
        a_random_step(scene, chance, variant)
        assert all(adds_up(lot) for lot in Lot.objects.filter(product=scene.product))
    made = {lot.pk: sum(part.grams for part in lot.parts.all()) for lot in Lot.objects.exclude(parts=None)}
    assert made and all(Lot.objects.get(pk=pk).quantity_g <= grams for pk, grams in made.items())


@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_take_more_than_there_is() -> None:
    scene = Scene()
    lot, gate, ends = scene.lots[2], threading.Barrier(8), []

    def run(number: int) -> None:
        try:
            clerk = User.objects.get(pk=scene.clerk.pk)
            own = Lot.objects.select_related("product__store__household", "product__store__station").get(pk=lot.pk)
            gate.wait(30)
            if number % 2:
                making_lots.make_lot(by=clerk, parts=[(own, 3_000)])
            else:
                write_off(by=clerk, lot=own, grams=3_000, reason="spoiled")
            ends.append("done")
        except LotTooSmall:
            ends.append("short")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(ends) == ["done"] * 3 + ["short"] * 5
    assert adds_up(lot) and balance_of(lot).left == 1_000


@pytest.mark.django_db(transaction=True)
def test_a_recall_while_a_lot_is_made_comes_before_or_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene()
    made = scene.together(5_000, 5_000)  # made of lot 0: a recall of 0 must stop what is made of this one
    reached, went_on = threading.Event(), threading.Event()
    put_in = making_lots._put_in

    def slowly(*args: object) -> None:
        reached.set()
        went_on.wait(20)
        put_in(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(making_lots, "_put_in", slowly)

    def run() -> None:
        try:
            clerk = User.objects.get(pk=scene.clerk.pk)
            own = Lot.objects.select_related("product__store__household", "product__store__station").get(pk=made.pk)
            making_lots.make_lot(by=clerk, parts=[(own, 1_000)])
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert reached.wait(20)
    timer = threading.Timer(0.5, went_on.set)
    timer.start()
    Lot.objects.filter(pk=scene.lots[0].pk).update(recalled_at=dt.datetime.now(dt.UTC))  # waits for the making
    assert went_on.is_set()
    thread.join(60)
    assert len(scene.lots[0].made_of_it()) == 3


def test_only_who_serves_there(scene: Scene) -> None:
    stranger = make_clerk(scene.stations.other_point, "彭小玲")
    for attempt in (
        lambda: making_lots.make_lot(by=stranger, parts=[(scene.lots[0], 5)]),
        lambda: write_off(by=stranger, lot=scene.lots[0], grams=5, reason="spoiled"),
    ):
        with pytest.raises(NotAllowed):
            attempt()
