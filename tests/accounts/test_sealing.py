"""A sealed value opens where it was sealed and nowhere else; phone numbers are recognised."""

import pytest

from accounts.phones import BadPhone, checked_phone, masked_phone
from accounts.sealing import SealBroken, blind_index, seal, unseal


def test_a_sealed_value_opens_in_its_place_alone() -> None:
    sealed = seal("430426199001011234", place="sellers_household.identity:1")
    assert b"430426" not in sealed
    assert unseal(sealed, place="sellers_household.identity:1") == "430426199001011234"
    with pytest.raises(SealBroken):
        unseal(sealed, place="sellers_household.identity:2")


def test_an_altered_seal_does_not_open() -> None:
    sealed = bytearray(seal("secret", place="a.b:1"))
    sealed[-1] ^= 1
    with pytest.raises(SealBroken):
        unseal(bytes(sealed), place="a.b:1")


def test_the_blind_index_finds_equals_within_a_column() -> None:
    assert blind_index("1", column="a") == blind_index("1", column="a")
    assert blind_index("1", column="a") != blind_index("1", column="b")
    assert blind_index("1", column="a") != blind_index("2", column="a")


@pytest.mark.parametrize("text", ["13800138000", "138 0013 8000", "+86 138-0013-8000", "１３８００１３８０００"])
def test_a_mobile_number_may_be_written_with_gaps(text: str) -> None:
    assert checked_phone(text) == "13800138000"


@pytest.mark.parametrize("text", ["", "12800138000", "1380013800", "138001380001", "电话"])
def test_what_is_no_mobile_number_is_refused(text: str) -> None:
    with pytest.raises(BadPhone):
        checked_phone(text)


def test_a_masked_number_hides_its_middle() -> None:
    assert masked_phone("13800138000") == "138****8000"
