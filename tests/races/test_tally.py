"""Goods of one category change at the same moment, in any order, while the tally is folded: nobody waits, nothing is lost."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from catalog.models import Product
from catalog.tally import differences, fold
from tests.cast import Stations, make_product, make_store

CLERKS, ROUNDS = 8, 12


@pytest.fixture
def goods(transactional_db: None) -> list[int]:
    store = make_store(Stations().point)
    return [make_product(store, name=f"山货{number}").pk for number in range(CLERKS * 2)]


def test_changes_at_once_add_up(goods: list[int]) -> None:
    gate = threading.Barrier(CLERKS + 1)

    def change(number: int) -> None:
        luck, mine = random.Random(number), goods[number * 2 : number * 2 + 2]
        gate.wait(30)
        try:
            for _round in range(ROUNDS):
                luck.shuffle(mine)
                with transaction.atomic():
                    for pk in mine:
                        fen = luck.choice([900, 3000, 9000, 30_000])
                        Product.objects.filter(pk=pk).update(price_from_fen=fen, from_poverty=luck.random() < 0.5)
        finally:
            connection.close()

    def fold_often() -> None:
        gate.wait(30)
        try:
            for _round in range(ROUNDS):
                fold()
        finally:
            connection.close()

    with ThreadPoolExecutor(CLERKS + 1) as people:
        for working in [*(people.submit(change, number) for number in range(CLERKS)), people.submit(fold_often)]:
            working.result(60)
    assert differences() == []
    assert fold()
    assert differences() == []


def test_the_change_of_one_does_not_wait_for_another_of_the_category(goods: list[int]) -> None:
    """Would hang, or raise for the lock timeout, if both changed one common row."""
    other: list[str] = []

    def change_meanwhile() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '3s'")
                Product.objects.filter(pk=goods[1]).update(price_from_fen=9000)
            other.append("done")
        finally:
            connection.close()

    with transaction.atomic():
        Product.objects.filter(pk=goods[0]).update(price_from_fen=9000)
        thread = threading.Thread(target=change_meanwhile)
        thread.start()
        thread.join(20)
        assert other == ["done"]
    assert differences() == []
