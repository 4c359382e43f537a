"""Keys of personal data change without a value lost, old seals open, and no sealed value opens anywhere but in its own cell."""

import datetime as dt
import os
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import BinaryField, Model
from django.utils import timezone
from pytest_django import Settings

from accounts import sealing
from accounts.sealing import KeyMissing, SealBroken, key_of, seal, unseal
from sellers import resealing
from sellers.identity import identity_index, set_identity
from sellers.models import Household, PayoutAccount, PayoutWay, Submission
from tests.cast import Stations, make_clerk, make_household

OLD, NEW = "0a" * 32, "0b" * 32
NUMBER = "430426196803057220"


@pytest.fixture
def qidong(db: None, settings: Settings) -> Stations:
    settings.PERSONAL_DATA_KEYS = {"k1": OLD}
    settings.PERSONAL_DATA_INDEX_KEY = "0c" * 32
    return Stations()


def old_seal(value: str, place: str, key: str = OLD) -> bytes:
    """A seal as it was before there were key ids."""
    nonce = os.urandom(12)
    derived = sealing._derived(key, b"seal")
    return nonce + AESGCM(derived).encrypt(nonce, value.encode(), place.encode())


def one_of_each(qidong: Stations) -> list[tuple[Any, str]]:
    """A row in each table that has a sealed column, with the column's name; each value is the row's own."""
    household = make_household(qidong.point)
    set_identity(household, NUMBER)
    household.save()
    clerk = make_clerk(qidong.point)
    account = PayoutAccount(
        household=household, way=PayoutWay.BANK, holder="李秀英", bank="农业银行", number_tail="0018"
    )
    account.number_sealed = seal("payout", place=account.seal_place)
    account.save()
    sent = Submission(nonce=uuid.uuid4(), by=clerk, station=qidong.point, request_hash="0", filled_in_at=timezone.now())
    sent.sealed = seal("submission", place=sent.seal_place)
    sent.save()
    return [
        (household, "identity_sealed"),
        (account, "number_sealed"),
        (sent, "sealed"),
    ]


def opened(row: Any, column: str) -> str:
    row.refresh_from_db()
    return unseal(bytes(getattr(row, column)), place=row.seal_place)


def test_every_sealed_column_is_on_the_list() -> None:
    binary = {
        (model, field.name)
        for model in apps.get_models()
        if model.__module__.startswith(("sellers.", "accounts.", "orders.", "stations.", "payments.", "delivery."))
        and not hasattr(model, "pgh_obj")
        for field in model._meta.get_fields()
        if isinstance(field, BinaryField)
    }
    assert binary == set(resealing.SEALED)


def test_a_seal_says_its_version_and_its_key(settings: Settings) -> None:
    settings.PERSONAL_DATA_KEYS = {"k7": NEW, "k1": OLD}
    sealed = seal("a", place="a.b:1")
    assert sealed.startswith(b"DLS\x01\x02k7")
    assert key_of(sealed) == "k7"
    assert key_of(old_seal("a", "a.b:1")) is None


def test_a_seal_whose_key_id_was_rewritten_does_not_open(settings: Settings) -> None:
    settings.PERSONAL_DATA_KEYS = {"k1": OLD, "k2": OLD}
    sealed = seal("a", place="a.b:1").replace(b"k1", b"k2", 1)
    with pytest.raises(SealBroken):
        unseal(sealed, place="a.b:1")


def test_a_seal_from_before_key_ids_opens_with_whichever_key_made_it(settings: Settings) -> None:
    settings.PERSONAL_DATA_KEYS = {"k2": NEW, "k1": OLD}
    assert unseal(old_seal(NUMBER, "a.b:1"), place="a.b:1") == NUMBER
    with pytest.raises(SealBroken):
        unseal(old_seal(NUMBER, "a.b:1"), place="a.b:2")
    with pytest.raises(SealBroken):
        unseal(old_seal(NUMBER, "a.b:1", "0f" * 32), place="a.b:1")


def test_no_value_opens_in_another_cell(qidong: Stations) -> None:
    """Each column's seal is moved to another row of its table, and to every other column: it opens in none."""
    cells = one_of_each(qidong)
    others = one_more_of_each(qidong)
    for row, column in cells:
        sealed = bytes(getattr(row, column))
        assert unseal(sealed, place=row.seal_place)
        for place in [*(other.seal_place for other in others), *(one.seal_place for one, _ in cells if one is not row)]:
            with pytest.raises(SealBroken):
                unseal(sealed, place=place)
    assert len({row.seal_place.split(":")[0] for row, _column in cells}) == len(cells)


def one_more_of_each(qidong: Stations) -> list[Any]:
    now = timezone.now() - dt.timedelta(days=1)
    return [
        Household(region=qidong.point.region, name="王桂花"),
        PayoutAccount(way=PayoutWay.BANK),
        Submission(station=qidong.point, filled_in_at=now),
    ]


@pytest.mark.parametrize("before", [seal, old_seal], ids=["with a key id", "from before key ids"])
def test_after_resealing_the_old_key_can_go(
    qidong: Stations, settings: Settings, before: Callable[..., bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    cells = one_of_each(qidong)
    values = [opened(*cell) for cell in cells]
    if before is old_seal:
        for (row, column), value in zip(cells, values, strict=True):
            write(row, column, old_seal(value, row.seal_place))
    index = Household.objects.get(pk=cells[0][0].pk).identity_index
    settings.PERSONAL_DATA_KEYS = {"k2": NEW, "k1": OLD}
    assert [opened(*cell) for cell in cells] == values, "Before resealing both keys open."
    call_command("reseal")
    assert "3 sealed values, 3 made anew" in capsys.readouterr().out
    settings.PERSONAL_DATA_KEYS = {"k2": NEW}
    assert [opened(*cell) for cell in cells] == values
    assert Household.objects.get(pk=cells[0][0].pk).identity_index == index, "The index has a key of its own."
    call_command("reseal")
    assert "3 sealed values, 0 made anew" in capsys.readouterr().out


def write(row: Model, column: str, value: bytes) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**{column: value})


def test_without_resealing_the_old_key_is_missed(qidong: Stations, settings: Settings) -> None:
    (household, column), *_rest = one_of_each(qidong)
    settings.PERSONAL_DATA_KEYS = {"k2": NEW}
    with pytest.raises(KeyMissing) as missing:
        opened(household, column)
    assert missing.value.key_id == "k1"
    before = bytes(household.identity_sealed or b"")
    with pytest.raises(CommandError, match=r"Nothing was changed.*k1 \(3\)"):
        call_command("reseal")
    household.refresh_from_db()
    assert bytes(household.identity_sealed or b"") == before


def test_a_broken_seal_is_named_and_stops_nothing_else(qidong: Stations, settings: Settings) -> None:
    cells = one_of_each(qidong)
    household, account = cells[0][0], cells[1][0]
    write(household, "identity_sealed", bytes(account.number_sealed or b""))
    settings.PERSONAL_DATA_KEYS = {"k2": NEW, "k1": OLD}
    with pytest.raises(CommandError, match=str(household.seal_id)):
        call_command("reseal")
    settings.PERSONAL_DATA_KEYS = {"k2": NEW}
    assert opened(*cells[1]) == "payout"


def test_resealing_leaves_no_trace_in_the_history(qidong: Stations, settings: Settings) -> None:
    """Nothing about the farmer changed; and a history of seals would keep what the old key opens."""
    cells = one_of_each(qidong)
    events = cells[0][0].events.count()
    settings.PERSONAL_DATA_KEYS = {"k2": NEW, "k1": OLD}
    call_command("reseal")
    assert cells[0][0].events.count() == events


def test_a_new_key_of_the_index_is_made_good(qidong: Stations, settings: Settings) -> None:
    (household, _column), *_rest = one_of_each(qidong)
    before = household.identity_index
    settings.PERSONAL_DATA_INDEX_KEY = "0d" * 32
    call_command("reseal", "--index")
    household.refresh_from_db()
    assert household.identity_index == identity_index(NUMBER) != before
