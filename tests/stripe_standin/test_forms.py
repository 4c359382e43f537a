"""Stripe's bracketed form encoding, alone."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe._encode import _api_encode

from demo.stripe.errors import ParameterRefused, ParameterUnknown
from demo.stripe.forms import Parameters, decode_form, merge_metadata
from demo.stripe.methods import passes_luhn

NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=6)
VALUES = st.recursive(
    st.text("黄花菜 aZ09&=[]%+;#\n\x00é", min_size=1, max_size=8),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(NAMES, inner, min_size=1, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_it_undoes_what_the_sdk_encodes(values: dict[str, object]) -> None:
    encoded = urlencode(list(_api_encode(values))).replace("%5B", "[").replace("%5D", "]")
    assert decode_form(encoded) == values


@pytest.mark.parametrize(
    ("encoded", "decoded"),
    [
        ("", {}),
        ("a=", {"a": ""}),
        ("a[]=x&a[]=y", {"a": ["x", "y"]}),
        ("a[1]=y&a[0]=x", {"a": ["x", "y"]}),
        ("a[0]=x&a[2]=z", {"a": {"0": "x", "2": "z"}}),
        ("created[gte]=5", {"created": {"gte": "5"}}),
        ("name=%E9%BB%84%E8%8A%B1+%26", {"name": "黄花 &"}),
    ],
)
def test_shapes(encoded: str, decoded: dict[str, object]) -> None:
    assert decode_form(encoded) == decoded


@pytest.mark.parametrize("encoded", ["a[=1", "a]=1", "[a]=1", "a=1&a[b]=2", "a[b]=2&a=1", "a", "a=%ff", "a[b][]c=1"])
def test_what_cannot_be_read_is_refused(encoded: str) -> None:
    with pytest.raises(ParameterRefused):
        decode_form(encoded)


def test_what_nobody_read_is_unknown() -> None:
    params = Parameters(decode_form("amount=5&shipping[name]=x&shipping[phone]=1"))
    params.integer("amount")
    shipping = params.inner("shipping")
    assert shipping is not None
    shipping.text("name")
    with pytest.raises(ParameterUnknown, match=r"shipping\[phone\]"):
        params.finish()


def test_an_empty_value_unsets_a_key_of_metadata() -> None:
    assert merge_metadata({"a": "1", "b": "2"}, {"b": "", "c": "3"}) == {"a": "1", "c": "3"}


@pytest.mark.parametrize(
    ("number", "fits"), [("4242424242424242", True), ("4242424242424241", False), ("79927398713", True)]
)
def test_luhn(number: str, fits: bool) -> None:
    assert passes_luhn(number) is fits
