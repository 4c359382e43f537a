"""Cash for a farmer at a counter: who may, how much, on what evidence, and that a fen that was paid is paid once."""

import datetime as dt
import io
import re

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, connection, transaction
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.codes import CodeRefused
from accounts.messages import text_for_demo
from accounts.models import User
from orders.forgetting import obstacles_for_household
from payments import ledger
from payments.models import AccountKind, Transfer
from payments.money import in_capitals
from payments.tills import TillShort, take_from_till
from pictures.intake import clean_file
from sellers import paying_cash
from sellers.forgetting import delete_papers, empty_household
from sellers.models import SECOND_PERSON_FEN, Household, Payout, PayoutState, PayoutWay, Proof
from sellers.paying import NothingAvailable, NoUsableAccount, OwnHousehold, available_of, owners_of
from sellers.paying_cash import CannotPayNow
from sellers.telling import tell_of_money
from stations.scope import NotAllowed
from tests import cast
from tests.sellers.money import earn, fill_till, in_transit, pays_to, till_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """The texts that jobs would send are sent at once; no limit on how many."""
    found: list[tuple[int, str]] = []

    def at_once(payout_id: int, state: str, number: int) -> None:
        found.append((payout_id, state))
        tell_of_money(payout_id=payout_id, state=state, number=number)

    monkeypatch.setattr(tell_of_money, "defer", at_once)
    monkeypatch.setattr("accounts.messages.LIMITS", ((1000, 3600),))
    return found


@pytest.fixture
def county() -> cast.Stations:
    return cast.Stations()


@pytest.fixture
def clerk(county: cast.Stations) -> User:
    return cast.make_clerk(county.point)


@pytest.fixture
def farm(county: cast.Stations) -> Household:
    """Li Xiuying's family, with 380 yuan available in cash, and 5,000 in the point's till."""
    store = cast.make_store(county.point)
    earn(store.household, 38_000, owner=store.slug)
    pays_to(store.household)
    fill_till(county.point, 500_000)
    return store.household


def begin(clerk: User, farm: Household, fen: int = 38_000) -> Payout:
    return paying_cash.begin_cash(by=clerk, household=farm, amount_fen=fen, counter=clerk.postings.get().station)  # type: ignore[arg-type]


def code_on(phone: str) -> str:
    found = re.search(r"\d{6}", text_for_demo(phone))
    assert found, "no text"
    return found.group()


def pay(clerk: User, payout: Payout) -> Payout:
    paying_cash.text_cash_code(by=clerk, payout=payout)
    counter = clerk.postings.get().station
    assert counter is not None
    return paying_cash.pay_by_code(by=clerk, payout=payout, counter=counter, code=code_on(payout.household.phone))


def photograph() -> io.BytesIO:
    picture = io.BytesIO()
    Image.new("RGB", (600, 400), "white").save(picture, "JPEG")
    picture.seek(0)
    return picture


def test_a_farmer_is_paid_against_the_code_on_her_phone(
    county: cast.Stations, clerk: User, farm: Household, told: list[tuple[int, str]]
) -> None:
    payout = begin(clerk, farm)
    assert available_of(farm) == 38_000, "nothing moves before she has the cash"
    paying_cash.text_cash_code(by=clerk, payout=payout)
    assert "380.00" in text_for_demo(farm.phone)
    paid = paying_cash.pay_by_code(by=clerk, payout=payout, counter=county.point, code=code_on(farm.phone))
    assert (paid.state, paid.proof, paid.paid_by, paid.station) == (PayoutState.PAID, Proof.CODE, clerk, county.point)
    assert (available_of(farm), till_of(county.point), in_transit(paid.ref)) == (0, 462_000, 0)
    assert list(Transfer.objects.filter(key__startswith="payout").order_by("pk").values_list("kind", flat=True)) == [
        "payout",
        "payout_paid",
    ]
    assert told == [(paid.pk, "paid")]
    assert "380.00" in text_for_demo(farm.phone)


def test_what_was_paid_is_not_paid_again(clerk: User, county: cast.Stations, farm: Household) -> None:
    payout = pay(clerk, begin(clerk, farm))
    with pytest.raises(CannotPayNow):
        paying_cash.text_cash_code(by=clerk, payout=payout)
    with pytest.raises(CannotPayNow):
        paying_cash.pay_by_slip(by=clerk, payout=payout, counter=county.point, slip=clean_file(photograph()))
    assert till_of(county.point) == 462_000
    with pytest.raises(NothingAvailable):
        begin(clerk, farm, 1)


def test_a_wrong_code_pays_nothing(clerk: User, county: cast.Stations, farm: Household) -> None:
    payout = begin(clerk, farm)
    paying_cash.text_cash_code(by=clerk, payout=payout)
    wrong = "000000" if code_on(farm.phone) != "000000" else "111111"
    with pytest.raises(CodeRefused):
        paying_cash.pay_by_code(by=clerk, payout=payout, counter=county.point, code=wrong)
    assert (available_of(farm), till_of(county.point)) == (38_000, 500_000)


def test_a_signed_slip_is_kept_private_and_opened_on_record(
    clerk: User, county: cast.Stations, farm: Household
) -> None:
    payout = paying_cash.pay_by_slip(
        by=clerk, payout=begin(clerk, farm), counter=county.point, slip=clean_file(photograph())
    )
    assert payout.proof == Proof.SLIP
    assert storages["private"].exists(payout.slip)
    page = reverse("desk_pay_photograph", args=[payout.ref])
    assert cast.signed_in_client(clerk).get(page).status_code == 200
    assert farm.reveals.filter(by=clerk, what="paper").count() == 1
    assert cast.signed_in_client(cast.make_clerk(county.other_point, "彭小玲")).get(page).status_code == 404
    assert Client().get(page).status_code == 404


def test_a_till_that_is_short_pays_nothing_and_keeps_the_code(
    clerk: User, county: cast.Stations, farm: Household
) -> None:
    fill_till(county.point, -470_000)
    payout = begin(clerk, farm)
    paying_cash.text_cash_code(by=clerk, payout=payout)
    code = code_on(farm.phone)
    with pytest.raises(TillShort, match=r"300\.00"):
        paying_cash.pay_by_code(by=clerk, payout=payout, counter=county.point, code=code)
    with pytest.raises(TillShort):
        paying_cash.pay_by_slip(by=clerk, payout=payout, counter=county.point, slip=clean_file(photograph()))
    assert (available_of(farm), till_of(county.point), in_transit(payout.ref)) == (38_000, 30_000, 0)
    fill_till(county.point, 8_000)
    paying_cash.pay_by_code(by=clerk, payout=payout, counter=county.point, code=code)
    assert till_of(county.point) == 0


class TestHowMuch:
    """What is available, over all accounts of the family."""

    @pytest.mark.parametrize("fen", [-1, 0, 38_001])
    def test_no_more_than_there_is(self, clerk: User, farm: Household, fen: int) -> None:
        with pytest.raises(NothingAvailable):
            begin(clerk, farm, fen)

    def test_a_part_leaves_the_rest(self, clerk: User, farm: Household) -> None:
        pay(clerk, begin(clerk, farm, 10_000))
        assert available_of(farm) == 28_000

    def test_one_account_below_zero_is_settled_from_the_others(self, clerk: User, farm: Household) -> None:
        earn(farm, -8_000)
        assert available_of(farm) == 30_000
        payout = pay(clerk, begin(clerk, farm, 20_000))
        owed = {owner: ledger.owed(AccountKind.SELLER_AVAILABLE, owner) for owner in owners_of(farm)}
        assert owed == {farm.account: 0, farm.stores.get().slug: 10_000}
        assert payout.state == PayoutState.PAID

    def test_below_zero_nothing_is_paid(self, clerk: User, farm: Household) -> None:
        earn(farm, -50_000)
        with pytest.raises(NothingAvailable):
            begin(clerk, farm, 100)

    def test_what_a_refund_took_meanwhile_is_not_paid(
        self, clerk: User, county: cast.Stations, farm: Household
    ) -> None:
        payout = begin(clerk, farm)
        paying_cash.text_cash_code(by=clerk, payout=payout)
        earn(farm, -1)
        with pytest.raises(NothingAvailable):
            paying_cash.pay_by_code(by=clerk, payout=payout, counter=county.point, code=code_on(farm.phone))
        assert (available_of(farm), till_of(county.point)) == (37_999, 500_000)

    def test_one_payout_at_a_time(self, clerk: User, farm: Household) -> None:
        begin(clerk, farm, 10_000)
        with pytest.raises(CannotPayNow):
            begin(clerk, farm, 10_000)


class TestTheSecondPerson:
    """Above the limit, in one sum or in parts, and after a new phone number."""

    @pytest.fixture
    def centre(self, county: cast.Stations) -> User:
        return cast.make_clerk(county.centre, "邹丽")

    @pytest.fixture
    def rich(self, farm: Household) -> Household:
        earn(farm, 400_000)
        return farm

    def test_above_the_limit_somebody_else_says_yes(self, clerk: User, rich: Household, centre: User) -> None:
        payout = begin(clerk, rich, SECOND_PERSON_FEN + 1)
        with pytest.raises(CannotPayNow, match="second person|第二个人|另一"):
            paying_cash.text_cash_code(by=clerk, payout=payout)
        with pytest.raises(NotAllowed):
            paying_cash.approve_cash(by=clerk, payout=payout)
        approved = paying_cash.approve_cash(by=centre, payout=payout)
        assert pay(clerk, approved).state == PayoutState.PAID

    def test_at_the_limit_one_person_is_enough(self, clerk: User, rich: Household) -> None:
        assert pay(clerk, begin(clerk, rich, SECOND_PERSON_FEN)).state == PayoutState.PAID

    def test_a_sum_in_parts_does_not_slip_below_it(self, clerk: User, rich: Household) -> None:
        pay(clerk, begin(clerk, rich, SECOND_PERSON_FEN))
        assert paying_cash.needs_second_person(begin(clerk, rich, 1))

    def test_after_a_new_number_the_code_alone_is_not_enough(self, clerk: User, farm: Household, centre: User) -> None:
        Household.objects.filter(pk=farm.pk).update(phone_changed_at=timezone.now() - dt.timedelta(days=10))
        farm.refresh_from_db()
        payout = begin(clerk, farm, 100)
        assert paying_cash.needs_second_person(payout)
        assert pay(clerk, paying_cash.approve_cash(by=centre, payout=payout)).state == PayoutState.PAID

    def test_who_prepares_does_not_approve(self, county: cast.Stations, rich: Household, centre: User) -> None:
        fill_till(county.centre, 400_000)
        payout = begin(centre, rich, SECOND_PERSON_FEN + 1)
        with pytest.raises(NotAllowed):
            paying_cash.approve_cash(by=centre, payout=payout)
        assert not Payout.objects.filter(approved_by__isnull=False).exists()

    def test_twice_approved_counts_once(self, clerk: User, rich: Household, centre: User) -> None:
        payout = begin(clerk, rich, SECOND_PERSON_FEN + 1)
        paying_cash.approve_cash(by=centre, payout=payout)
        with pytest.raises(CannotPayNow):
            paying_cash.approve_cash(by=cast.make_official(), payout=payout)
        payout.refresh_from_db()
        assert payout.approved_by == centre

    def test_the_database_wants_the_second_person_too(self, clerk: User, rich: Household) -> None:
        payout = begin(clerk, rich, SECOND_PERSON_FEN + 1)
        with pytest.raises(IntegrityError, match="payout_has_its_second_person"), transaction.atomic():
            Payout.objects.filter(pk=payout.pk).update(state=PayoutState.IN_TRANSIT, sent_at=timezone.now())
        with pytest.raises(IntegrityError, match="nobody_approves_their_own_payout"), transaction.atomic():
            Payout.objects.filter(pk=payout.pk).update(approved_by=clerk)


class TestWho:
    """Staff of the county with a counter, and nobody for themselves."""

    def test_nobody_pays_their_own_family(self, clerk: User, county: cast.Stations, farm: Household) -> None:
        Household.objects.filter(pk=farm.pk).update(user=clerk)
        farm.refresh_from_db()
        with pytest.raises(OwnHousehold):
            begin(clerk, farm)

    def test_nor_the_family_whose_phone_is_theirs(self, clerk: User, farm: Household) -> None:
        clerk.phone = farm.phone
        clerk.save()
        with pytest.raises(OwnHousehold):
            begin(clerk, farm)

    def test_nor_does_the_database_let_them(self, clerk: User, county: cast.Stations, farm: Household) -> None:
        payout = begin(clerk, farm)
        colleague = cast.make_clerk(county.point, "彭小玲")
        Household.objects.filter(pk=farm.pk).update(user=colleague)
        with pytest.raises(IntegrityError, match="own household"), transaction.atomic():
            Payout.objects.filter(pk=payout.pk).update(approved_by=colleague)

    def test_the_next_villages_clerk_finds_nobody(self, county: cast.Stations, farm: Household) -> None:
        other = cast.make_clerk(county.second_point, "彭小玲")
        fill_till(county.second_point, 500_000)
        with pytest.raises(NotAllowed):
            begin(other, farm)
        client = cast.signed_in_client(other)
        assert client.get(reverse("desk_pay_to", args=[farm.pk])).status_code == 404

    def test_an_official_hands_out_no_cash(self, farm: Household, county: cast.Stations) -> None:
        with pytest.raises(NotAllowed):
            paying_cash.begin_cash(by=cast.make_official(), household=farm, amount_fen=100, counter=county.point)

    def test_without_a_counter_nothing_is_paid(self, clerk: User, county: cast.Stations, farm: Household) -> None:
        county.point.cash_counter = False
        county.point.save()
        with pytest.raises(NotAllowed):
            begin(clerk, farm)

    def test_another_countys_centre_is_none_of_theirs(self, farm: Household) -> None:
        other = cast.Stations(cast.SANGZHI)
        with pytest.raises(NotAllowed):
            begin(cast.make_clerk(other.centre, "田大山"), farm)


class TestWhereTheMoneyGoes:
    """Only a farmer who chose cash is paid in cash, and a change is waited for."""

    def test_a_farmer_with_a_card_gets_no_cash(self, clerk: User, farm: Household) -> None:
        pays_to(farm, PayoutWay.BANK, usable_from=timezone.now() - dt.timedelta(days=1))
        with pytest.raises(NoUsableAccount, match="0018"):
            begin(clerk, farm)

    def test_a_change_to_cash_within_48_hours_does_not_count_yet(self, clerk: User, county: cast.Stations) -> None:
        family = cast.make_household(county.point, "王建国")
        earn(family, 10_000)
        pays_to(family, PayoutWay.BANK)
        pays_to(family, usable_from=timezone.now() + dt.timedelta(hours=47), confirmed_at=timezone.now())
        with pytest.raises(NoUsableAccount):
            begin(clerk, family)

    def test_without_an_account_the_farmer_is_asked_first(self, clerk: User, county: cast.Stations) -> None:
        family = cast.make_household(county.point, "王建国")
        earn(family, 10_000)
        with pytest.raises(NoUsableAccount):
            begin(clerk, family)

    def test_an_account_that_changed_meanwhile_is_not_paid(
        self, clerk: User, county: cast.Stations, farm: Household
    ) -> None:
        payout = begin(clerk, farm)
        paying_cash.text_cash_code(by=clerk, payout=payout)
        pays_to(farm, PayoutWay.BANK, usable_from=timezone.now() - dt.timedelta(seconds=1))
        with pytest.raises(NoUsableAccount):
            paying_cash.pay_by_code(by=clerk, payout=payout, counter=county.point, code=code_on(farm.phone))
        assert (available_of(farm), till_of(county.point)) == (38_000, 500_000)


class TestTheRow:
    """What a payout was is not rewritten."""

    @pytest.mark.parametrize(
        "change", ["amount_fen = 1", "household_id = household_id + 1", "account_id = account_id + 1", "number = 'x'"]
    )
    def test_sum_and_place_stay(self, clerk: User, farm: Household, change: str) -> None:
        begin(clerk, farm)
        with (
            pytest.raises(Exception, match="sum_and_place_stay|Cannot update"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE sellers_payout SET {change}")

    def test_it_only_goes_forward(self, clerk: User, farm: Household) -> None:
        payout = pay(clerk, begin(clerk, farm))
        with pytest.raises(Exception, match="[Ii]nvalid transition"), transaction.atomic():
            Payout.objects.filter(pk=payout.pk).update(state=PayoutState.FAILED, reason="x")

    def test_called_off_leaves_the_money_where_it_was(self, clerk: User, farm: Household) -> None:
        payout = begin(clerk, farm)
        paying_cash.call_off(by=clerk, payout=payout)
        assert (payout.state, available_of(farm)) == (PayoutState.CANCELLED, 38_000)
        with pytest.raises(CannotPayNow):
            paying_cash.text_cash_code(by=clerk, payout=payout)
        with pytest.raises(CannotPayNow):
            paying_cash.call_off(by=clerk, payout=payout)


def test_the_pages_from_the_list_to_the_receipt(clerk: User, farm: Household) -> None:
    client = cast.signed_in_client(clerk)
    assert farm.name in client.get(reverse("desk_pay"), {"q": farm.name}).content.decode()
    here = reverse("desk_pay_to", args=[farm.pk])
    assert "380" in client.get(here).content.decode()
    assert client.post(here, {"amount_fen": "380.01"}).status_code == 422
    assert client.post(here, {"amount_fen": "1e9"}).status_code == 422
    answer = client.post(here, {"amount_fen": "380"})
    payout = Payout.objects.get()
    page = reverse("desk_pay_out", args=[payout.ref])
    assert answer.headers["Location"] == page
    client.post(reverse("desk_pay_code", args=[payout.ref]))
    assert client.post(page, {"code": "abc"}).status_code == 422
    assert client.post(page, {"code": code_on(farm.phone)}).status_code == 302
    assert "叁佰捌拾元整" in client.get(reverse("desk_pay_slip", args=[payout.ref])).content.decode()
    payout.refresh_from_db()
    assert payout.state == PayoutState.PAID


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (128_050, "壹仟贰佰捌拾元伍角整"), (105, "壹元零伍分"), (15, "壹角伍分"), (1_000_500, "壹万零伍元整"),
        (20_005_005, "贰拾万零伍拾元零伍分"), (10_000_000_000, "壹亿元整"), (100_000_001_00, "壹亿零壹元整"), (0, "零元整"),
    ],
)  # fmt: skip
def test_sums_in_words_that_no_stroke_changes(fen: int, words: str) -> None:
    assert in_capitals(fen) == words


class TestForgetting:
    """Deletion waits for money under way, and takes the signed slip and the bank's words along."""

    def test_it_waits_for_a_payout(self, clerk: User, farm: Household) -> None:
        begin(clerk, farm)
        assert [one for one in obstacles_for_household(farm) if "380.00" in one.what and not one.url]

    def test_slip_and_reason_go(self, clerk: User, county: cast.Stations, farm: Household) -> None:
        paid = paying_cash.pay_by_slip(
            by=clerk, payout=begin(clerk, farm, 10_000), counter=county.point, slip=clean_file(photograph())
        )
        paying_cash.call_off(by=clerk, payout=begin(clerk, farm, 10_000), reason="李秀英没有来")
        with TestCase.captureOnCommitCallbacks(execute=True):
            empty_household(farm, at=timezone.now())
            delete_papers(farm)
        assert not storages["private"].exists(paid.slip)
        kept = Payout.objects.filter(household=farm)
        assert set(kept.values_list("slip", "reason")) == {("deleted", ""), ("", "–")}
        assert not kept.model.objects.filter(events__reason__contains="李秀英").exists()
        assert available_of(farm) == 28_000, "the money's rows stay"


def test_a_refund_in_cash_is_no_more_than_the_till_holds(county: cast.Stations) -> None:
    assert till_of(county.point) == 0
    with pytest.raises(TillShort), transaction.atomic():
        take_from_till(county.point.code, 1)


def test_what_came_into_the_till_later_was_not_there_before(county: cast.Stations) -> None:
    fill_till(county.point, 100, at=timezone.now())
    with pytest.raises(TillShort), transaction.atomic():
        take_from_till(county.point.code, 100, at=timezone.now() - dt.timedelta(days=1))
