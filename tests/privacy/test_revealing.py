"""Masked values: opened by those whose work needs them, for a purpose, on record before they show, and not too often."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.sealing import SealBroken, seal
from sellers import revealing
from sellers.identity import set_identity
from sellers.models import Household, Mandate, PayoutAccount, PayoutWay, Reveal, RevealPurpose, Sealed
from sellers.revealing import NoteMissing, NothingToReveal, TooManyReveals, may_reveal, reveal
from stations.models import Posting
from stations.scope import NotAllowed
from tests.cast import (
    Stations,
    make_clerk,
    make_household,
    make_mandate,
    make_official,
    make_operator,
    signed_in_client,
)

NUMBER = "430426196803057220"
CARD = "6228480402564890018"
EVERYTHING = [Sealed.IDENTITY, Sealed.PHONE, Sealed.PAYOUT]


@dataclass
class Farm:
    qidong: Stations
    household: Household
    mandate: Mandate
    centre: User


def make_farm() -> Farm:
    qidong = Stations()
    household = make_household(qidong.point)
    set_identity(household, NUMBER)
    household.save()
    now = timezone.now()
    account = PayoutAccount(
        household=household, way=PayoutWay.BANK, holder="李秀英", bank="农业银行", number_tail="0018",
        confirmed_at=now, usable_from=now,
    )  # fmt: skip
    account.number_sealed = seal(CARD, place=account.seal_place)
    account.save()
    return Farm(qidong, household, make_mandate(household, qidong.point), make_clerk(qidong.centre))


@pytest.fixture
def farm(db: None) -> Farm:
    return make_farm()


def opened(farm: Farm, by: User, what: str = Sealed.PHONE, purpose: str = RevealPurpose.CALL, note: str = "") -> str:
    return reveal(by=by, household=farm.household, what=what, purpose=purpose, note=note)


def test_the_county_centre_opens_all_three(farm: Farm) -> None:
    assert [opened(farm, farm.centre, what) for what in EVERYTHING] == [NUMBER, farm.household.phone, CARD]


def test_each_role_opens_what_its_work_needs(farm: Farm) -> None:
    roles = {
        "village": (make_clerk(farm.qidong.point), [Sealed.PHONE]),
        "next village": (make_clerk(farm.qidong.second_point), []),
        "township": (make_clerk(farm.qidong.township), [Sealed.PHONE]),
        "other township": (make_clerk(farm.qidong.other_township), []),
        "centre": (farm.centre, EVERYTHING),
        "official": (make_official(), []),
        "operator": (make_operator(), EVERYTHING),
    }
    assert {name: may_reveal(user, farm.household) for name, (user, _what) in roles.items()} == {
        name: what for name, (_user, what) in roles.items()
    }
    with pytest.raises(NotAllowed):
        opened(farm, roles["township"][0], Sealed.IDENTITY, RevealPurpose.VERIFY)
    with pytest.raises(NotAllowed):
        opened(farm, roles["official"][0])
    assert not Reveal.objects.exists()


@pytest.mark.parametrize(
    "ended", [{"withdrawn_at": timezone.now()}, {"confirmed_at": None}, {"may_list": False}, "over"]
)
def test_a_village_point_opens_nothing_without_a_mandate(farm: Farm, ended: dict[str, object] | str) -> None:
    clerk = make_clerk(farm.qidong.point)
    assert opened(farm, clerk) == farm.household.phone
    past = timezone.localdate() - dt.timedelta(days=9)
    over = {"starts_on": past, "ends_on": timezone.localdate() - dt.timedelta(days=1)}
    Mandate.objects.update(**(over if isinstance(ended, str) else ended))
    if ended == {"may_list": False}:  # any scope will do: they may have to call about cash alone
        assert may_reveal(clerk, farm.household) == [Sealed.PHONE]
        return
    with pytest.raises(NotAllowed):
        opened(farm, clerk)


def test_whoever_was_posted_elsewhere_this_morning_opens_nothing(farm: Farm) -> None:
    Posting.objects.filter(user=farm.centre).update(ends_on=timezone.localdate())
    with pytest.raises(NotAllowed):
        opened(farm, User.objects.get(pk=farm.centre.pk))


def test_who_what_why_and_from_where_are_on_record(farm: Farm) -> None:
    opened(farm, farm.centre, Sealed.IDENTITY, RevealPurpose.AUTHORITY, " 祁东县公安局 2026-311 ")
    record = Reveal.objects.get()
    assert (record.by, record.household, record.station) == (farm.centre, farm.household, farm.qidong.centre)
    assert (record.what, record.purpose, record.note) == ("identity", "authority", "祁东县公安局 2026-311")


def test_an_authority_is_named(farm: Farm) -> None:
    with pytest.raises(NoteMissing):
        opened(farm, farm.centre, Sealed.PHONE, RevealPurpose.AUTHORITY, "  ")


def test_what_is_not_on_record_is_not_opened(farm: Farm) -> None:
    other = make_household(farm.qidong.point, "王桂花")
    with pytest.raises(NothingToReveal):
        reveal(by=farm.centre, household=other, what=Sealed.IDENTITY, purpose=RevealPurpose.VERIFY)
    assert not Reveal.objects.exists()


def test_it_is_on_record_even_when_it_can_not_be_read(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record comes first: a page that breaks off later can't have shown anything unrecorded."""

    def broken(sealed: bytes, *, place: str) -> str:
        assert Reveal.objects.count() == 1, "Read before it was on record."
        raise SealBroken(place)

    monkeypatch.setattr(revealing, "unseal", broken)
    with pytest.raises(SealBroken):
        opened(farm, farm.centre, Sealed.IDENTITY, RevealPurpose.VERIFY)
    assert Reveal.objects.count() == 1


def test_ten_in_an_hour_and_forty_in_a_day(farm: Farm) -> None:
    for _ in range(10):
        opened(farm, farm.centre)
    with pytest.raises(TooManyReveals):
        opened(farm, farm.centre)
    assert opened(farm, make_operator()), "The count is each person's own."
    assert Reveal.objects.filter(by=farm.centre).count() == 10


def test_forty_in_a_day_are_enough_however_slowly(farm: Farm) -> None:
    then = timezone.now() - dt.timedelta(hours=3)
    rows = [
        Reveal(household=farm.household, what=Sealed.PHONE, purpose=RevealPurpose.CALL, by=farm.centre, at=then)
        for _ in range(40)
    ]
    Reveal.objects.bulk_create(rows)
    with pytest.raises(TooManyReveals):
        opened(farm, farm.centre)


def test_two_at_once_do_not_slip_through(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """On real connections: of many at the same moment, no more than the hour's ten are opened."""
    farm = make_farm()
    gate = threading.Barrier(16)

    def one(_number: int) -> bool:
        gate.wait(30)
        try:
            return bool(opened(farm, farm.centre))
        except TooManyReveals:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as people:
        shown = sum(people.map(one, range(16)))
    assert shown == Reveal.objects.count() == 10


class TestPage:
    def test_it_asks_what_for_and_shows_the_value_once(self, farm: Farm) -> None:
        client, url = signed_in_client(farm.centre), reverse("desk_reveal", args=[farm.household.pk])
        asked = client.get(url)
        assert NUMBER not in asked.content.decode()
        assert farm.household.phone not in asked.content.decode()
        shown = client.post(url, {"what": "identity", "purpose": "verify"})
        assert shown.status_code == 200
        assert "430426 19680305 7220" in shown.content.decode()
        assert "no-store" in shown["Cache-Control"]
        assert "19680305" not in client.get(url).content.decode()
        assert Reveal.objects.count() == 1

    def test_the_eleventh_in_an_hour_is_told_to_wait(self, farm: Farm) -> None:
        client, url = signed_in_client(farm.centre), reverse("desk_reveal", args=[farm.household.pk])
        answers = [client.post(url, {"what": "phone", "purpose": "call"}) for _ in range(11)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
        assert farm.household.phone[-4:] + " " not in answers[-1].content.decode()

    def test_without_a_purpose_nothing_shows(self, farm: Farm) -> None:
        client, url = signed_in_client(farm.centre), reverse("desk_reveal", args=[farm.household.pk])
        answer = client.post(url, {"what": "identity"})
        assert answer.status_code == 422
        assert NUMBER not in answer.content.decode()
        assert not Reveal.objects.exists()

    def test_a_value_of_another_role_is_no_choice(self, farm: Farm) -> None:
        client = signed_in_client(make_clerk(farm.qidong.township))
        answer = client.post(
            reverse("desk_reveal", args=[farm.household.pk]), {"what": "identity", "purpose": "verify"}
        )
        assert answer.status_code == 422
        assert NUMBER not in answer.content.decode()

    def test_whoever_signed_in_long_ago_is_asked_again(self, farm: Farm) -> None:
        client = Client()
        client.force_login(farm.centre)
        answer = client.post(
            reverse("desk_reveal", args=[farm.household.pk]), {"what": "identity", "purpose": "verify"}
        )
        assert answer.status_code == 302
        assert not Reveal.objects.exists()

    def test_out_of_scope_it_is_not_there(self, farm: Farm) -> None:
        client = signed_in_client(make_clerk(farm.qidong.other_point))
        assert client.get(reverse("desk_reveal", args=[farm.household.pk])).status_code == 404

    def test_an_official_is_told_no(self, farm: Farm) -> None:
        client = signed_in_client(make_official())
        assert client.get(reverse("desk_reveal", args=[farm.household.pk])).status_code == 403
