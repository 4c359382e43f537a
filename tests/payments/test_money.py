"""Money splits exactly and never mixes currencies."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.money import CurrencyMismatch, Money, share_fen, split_fen


# Ten thousand random splits, each exact to the fen.
@settings(max_examples=10_000, deadline=None)
@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any))
def test_a_split_sums_to_the_whole_and_is_fair(fen: int, weights: list[int]) -> None:
    parts = split_fen(fen, weights)
    assert sum(parts) == fen
    whole = sum(weights)
    assert all(abs(part * whole - fen * weight) < whole for part, weight in zip(parts, weights, strict=True))


def test_the_largest_remainder_gets_the_odd_fen() -> None:
    assert split_fen(100, [1, 1, 1]) == [34, 33, 33]
    assert split_fen(-100, [1, 1, 1]) == [-34, -33, -33]
    assert Money(10).split([3, 7]) == [Money(3), Money(7)]


def test_a_share_rounds_halves_away_from_zero() -> None:
    assert share_fen(50, 100) == 1
    assert share_fen(49, 100) == 0
    assert share_fen(-50, 100) == -1


def test_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1) + Money(1, "USD")


def test_weights_that_carry_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="Weights"):
        split_fen(10, [0, 0])
    with pytest.raises(ValueError, match="Weights"):
        split_fen(10, [2, -1])
