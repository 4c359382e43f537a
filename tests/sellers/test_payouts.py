"""Where a farmer's money goes: who proposes it, that the farmer alone confirms it, how long it waits, and what a thief runs into."""

import datetime as dt
import re
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.codes import CodeRefused
from accounts.messages import text_for_demo
from accounts.models import OneTimeCode, User
from accounts.sealing import unseal
from sellers import families, payouts, withdrawal
from sellers.mandates import MandateMissing
from sellers.models import Household, HouseholdKind, Mandate, PayoutAccount, PayoutWay
from sellers.telling import tell_of_payout, tell_of_phone, text_ending_code
from stations.scope import NotAllowed
from tests import cast

pytestmark = pytest.mark.django_db
CARD, SECOND_CARD, THIRD_CARD = "6228480402564890018", "6222021234567890126", "6217000000000000004"
CLERKS_PHONE = "13712345678"


def luhn_fit(number: str) -> str:
    """The number with a last digit that fits (ISO/IEC 7812-1, annex B)."""
    return next(number[:-1] + str(digit) for digit in range(10) if payouts._luhn(number[:-1] + str(digit)) % 10 == 0)


CARD, SECOND_CARD, THIRD_CARD = (luhn_fit(number) for number in (CARD, SECOND_CARD, THIRD_CARD))


@pytest.fixture(autouse=True)
def done_at_once(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The texts that jobs would send are sent at once, without the limit on how many."""
    told: list[tuple[str, int]] = []

    def payout(account_id: int, number: int) -> None:
        told.append(("payout", number))
        tell_of_payout(account_id=account_id, number=number)

    def phone(household_id: int) -> None:
        told.append(("phone", household_id))
        tell_of_phone(household_id=household_id)

    monkeypatch.setattr(tell_of_payout, "defer", payout)
    monkeypatch.setattr(tell_of_phone, "defer", phone)
    monkeypatch.setattr("accounts.messages.LIMITS", ((1000, 3600),))
    return told


def propose(by: User, farm: Household, number: str = CARD, **more: Any) -> PayoutAccount:
    known = {"way": PayoutWay.BANK, "holder": "李秀英", "bank": "中国农业银行", "number": number, **more}
    return payouts.propose_payout(by=by, household=farm, **known)


def code_on(phone: str) -> str:
    found = re.search(r"\d{6}", text_for_demo(phone))
    assert found, "no text"
    return found.group()


def confirmed(by: User, farm: Household, number: str = CARD, **more: Any) -> PayoutAccount:
    account = propose(by, farm, number, **more)
    payouts.text_payout_code(by=by, account=account)
    return payouts.confirm_payout_by_code(account=account, code=code_on(farm.phone))


def in_days(days: float) -> dt.datetime:
    return timezone.now() + dt.timedelta(days=days)


def new_phone(by: User, farm: Household, phone: str = CLERKS_PHONE, **more: Any) -> None:
    families.text_phone_code(by=by, household=farm, phone=phone)
    families.text_old_phone_code(by=by, household=farm, phone=phone)
    old_code = code_on(farm.phone) if families.needs_old_phone(by, farm) else ""
    known = {"code": code_on(phone), "old_code": old_code, "reason": "手机丢了，本人到场"}
    families.change_phone(by=by, household=farm, phone=phone, **{**known, **more})


class TestCardNumbers:
    """ISO/IEC 7812-1: at most 19 digits, the last one by Luhn's formula."""

    @pytest.mark.parametrize(
        "typed",
        [
            CARD,
            f" {CARD[:4]} {CARD[4:8]}-{CARD[8:]} ",
            CARD.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        ],
    )
    def test_as_people_type_it(self, typed: str) -> None:
        assert payouts.checked_card(typed) == CARD

    def test_the_formula_on_a_published_number(self) -> None:
        # 4111 1111 1111 1111, the test number that Visa and every payment service publish.
        assert payouts.checked_card("4111 1111 1111 1111") == "4111111111111111"

    @pytest.mark.parametrize("wrong", ["", "622848", "a" * 16, CARD + "0", CARD[:-1] + str((int(CARD[-1]) + 1) % 10)])
    def test_anything_else_is_refused(self, wrong: str) -> None:
        with pytest.raises(payouts.BadCardNumber):
            payouts.checked_card(wrong)

    def test_two_digits_swapped_are_noticed(self) -> None:
        swapped = CARD[:5] + CARD[6] + CARD[5] + CARD[7:]
        assert swapped != CARD
        with pytest.raises(payouts.BadCardNumber):
            payouts.checked_card(swapped)


class TestTheFarmersWord:
    """Nothing counts before the farmer has said yes."""

    def test_the_code_names_bank_and_card_and_the_first_account_counts_at_once(
        self, farm: Household, clerk: User
    ) -> None:
        account = propose(clerk, farm)
        assert payouts.usable_payout(farm) is None
        payouts.text_payout_code(by=clerk, account=account)
        text = text_for_demo(farm.phone)
        assert "中国农业银行" in text and CARD[-4:] in text and CARD not in text
        payouts.confirm_payout_by_code(account=account, code=code_on(farm.phone))
        assert payouts.usable_payout(farm) == account

    def test_a_wrong_a_used_an_old_and_somebody_elses_code(
        self, farm: Household, clerk: User, qidong: cast.Stations
    ) -> None:
        account = propose(clerk, farm)
        payouts.text_payout_code(by=clerk, account=account)
        code = code_on(farm.phone)
        with pytest.raises(CodeRefused):
            payouts.confirm_payout_by_code(account=account, code=f"{(int(code) + 1) % 1_000_000:06d}")
        other = cast.make_household(qidong.point, "彭大山")
        cast.make_mandate(other, qidong.point)
        theirs = propose(clerk, other, holder="彭大山")
        with pytest.raises(CodeRefused):
            payouts.confirm_payout_by_code(account=theirs, code=code)
        payouts.confirm_payout_by_code(account=account, code=code)
        with pytest.raises(CodeRefused):
            payouts.confirm_payout_by_code(account=account, code=code)
        again = propose(clerk, farm, SECOND_CARD)
        payouts.text_payout_code(by=clerk, account=again)
        OneTimeCode.objects.update(expires_at=timezone.now())
        with pytest.raises(CodeRefused):
            payouts.confirm_payout_by_code(account=again, code=code_on(farm.phone))
        assert payouts.usable_payout(farm) == account

    def test_a_code_for_one_card_confirms_no_other(self, farm: Household, clerk: User) -> None:
        """The farmer reads out the code for the card that the text named; a second proposal ends it."""
        first = propose(clerk, farm)
        payouts.text_payout_code(by=clerk, account=first)
        code = code_on(farm.phone)
        second = propose(clerk, farm, SECOND_CARD)
        for account in (first, second):
            with pytest.raises(CodeRefused):
                payouts.confirm_payout_by_code(account=account, code=code)
        assert payouts.usable_payout(farm) is None

    def test_with_their_own_account_and_with_nobody_elses(self, farm: Household, clerk: User, centre: User) -> None:
        account = propose(clerk, farm)
        for person in (clerk, centre, cast.make_operator()):
            with pytest.raises(NotAllowed):
                payouts.confirm_payout_by_farmer(by=person, account=account)
        farm.user = cast.make_user(name="李秀英")
        farm.save()
        account.household.refresh_from_db()
        payouts.confirm_payout_by_farmer(by=farm.user, account=account)
        assert payouts.usable_payout(farm) == account

    def test_the_database_refuses_an_account_in_use_that_nobody_confirmed(self, farm: Household, clerk: User) -> None:
        account = propose(clerk, farm)
        with pytest.raises(IntegrityError), transaction.atomic():
            PayoutAccount.objects.filter(pk=account.pk).update(usable_from=timezone.now())

    def test_only_a_card_in_the_farmers_own_name(self, farm: Household, clerk: User) -> None:
        with pytest.raises(payouts.NotTheirCard):
            propose(clerk, farm, holder="周小兰")
        assert propose(clerk, farm, holder=" 李 秀英 ").holder == "李秀英"
        Household.objects.filter(pk=farm.pk).update(kind=HouseholdKind.COOPERATIVE, representative="彭大山")
        farm.refresh_from_db()
        assert propose(clerk, farm, holder="彭大山").holder == "彭大山"

    def test_without_a_mandate_staff_propose_nothing(self, farm: Household, clerk: User, qidong: cast.Stations) -> None:
        with pytest.raises(MandateMissing):
            propose(cast.make_clerk(qidong.other_point), farm)
        with pytest.raises(MandateMissing):  # cash wants its own scope
            payouts.propose_payout(by=clerk, household=farm, way=PayoutWay.COUNTER)
        Mandate.objects.update(withdrawn_at=timezone.now())
        with pytest.raises(MandateMissing):
            propose(clerk, farm)
        assert not PayoutAccount.objects.exists()


class TestTheWait:
    """A change waits 48 hours, is told, and can be stopped."""

    def test_a_change_waits_and_the_old_account_pays_until_then(
        self, farm: Household, clerk: User, done_at_once: list[Any]
    ) -> None:
        old = confirmed(clerk, farm)
        assert done_at_once == []
        new = confirmed(clerk, farm, SECOND_CARD)
        assert new.usable_from and new.confirmed_at
        assert new.usable_from - new.confirmed_at == dt.timedelta(hours=48)
        assert payouts.usable_payout(farm) == old
        assert payouts.usable_payout(farm, in_days(1.99)) == old
        assert payouts.usable_payout(farm, in_days(2.01)) == new
        assert done_at_once == [("payout", 0)]
        assert SECOND_CARD[-4:] in text_for_demo(farm.phone)

    def test_stopped_by_the_centre_by_the_farmer_and_by_phone(self, farm: Household, clerk: User, centre: User) -> None:
        old = confirmed(clerk, farm)
        farm.user = cast.make_user(name="李秀英")
        farm.save()
        for person in (centre, farm.user):
            new = confirmed(clerk, farm, SECOND_CARD)
            payouts.cancel_payout(by=person, account=new)
            assert payouts.usable_payout(farm, in_days(3)) == old
        new = confirmed(clerk, farm, SECOND_CARD)
        with pytest.raises(NotAllowed):
            payouts.cancel_payout(by=clerk, account=new)
        assert withdrawal.stop_payout(household=farm)
        assert payouts.usable_payout(farm, in_days(3)) == old
        assert not withdrawal.stop_payout(household=farm)

    def test_too_late_it_is_not_stopped(self, farm: Household, clerk: User, centre: User) -> None:
        account = confirmed(clerk, farm)
        with pytest.raises(payouts.TooLateToStop):
            payouts.cancel_payout(by=centre, account=account)
        assert payouts.usable_payout(farm) == account

    def test_a_third_account_replaces_the_one_that_waits(self, farm: Household, clerk: User) -> None:
        confirmed(clerk, farm)
        waiting = confirmed(clerk, farm, SECOND_CARD)
        third = confirmed(clerk, farm, THIRD_CARD)
        waiting.refresh_from_db()
        assert waiting.ended_at is not None
        assert payouts.waiting_change(farm) == third
        assert payouts.usable_payout(farm, in_days(3)) == third


class TestTheThief:
    """A clerk who wants a farmer's money, step by step."""

    def test_under_a_mandate_the_phone_changes_only_with_the_old_one_in_hand(
        self, farm: Household, clerk: User
    ) -> None:
        families.text_phone_code(by=clerk, household=farm, phone=CLERKS_PHONE)
        code = code_on(CLERKS_PHONE)
        for old_code in ("", code, "000000"):
            with pytest.raises(CodeRefused):
                families.change_phone(by=clerk, household=farm, phone=CLERKS_PHONE, code=code, old_code=old_code)
        farm.refresh_from_db()
        assert farm.phone != CLERKS_PHONE

    def test_after_a_new_phone_also_the_first_account_waits_seven_days_and_both_numbers_are_told(
        self, farm: Household, centre: User, clerk: User, done_at_once: list[Any]
    ) -> None:
        old = farm.phone
        new_phone(centre, farm)
        assert "137****5678" in text_for_demo(old) and CLERKS_PHONE not in text_for_demo(old)
        account = confirmed(clerk, farm)
        assert account.usable_from and account.confirmed_at
        assert account.usable_from - account.confirmed_at == dt.timedelta(days=7)
        assert payouts.usable_payout(farm) is None
        assert done_at_once == [("phone", farm.pk), ("payout", 0), ("payout", 1)]
        assert CARD[-4:] in text_for_demo(old) and CARD[-4:] in text_for_demo(CLERKS_PHONE)

    def test_a_first_number_may_be_anybodys(self, farm: Household, clerk: User) -> None:
        Household.objects.update(phone="")
        farm.refresh_from_db()
        new_phone(clerk, farm)
        account = confirmed(clerk, farm)
        assert account.usable_from and account.usable_from > in_days(6.9)

    def test_waiting_a_month_or_two_does_not_help(self, farm: Household, centre: User, clerk: User) -> None:
        old = farm.phone
        new_phone(centre, farm)
        Household.objects.update(phone_changed_at=timezone.now() - dt.timedelta(days=60))
        farm.refresh_from_db()
        account = confirmed(clerk, farm)
        assert account.usable_from and account.usable_from > in_days(6.9)
        assert CARD[-4:] in text_for_demo(old)

    def test_a_second_new_phone_does_not_push_the_farmers_out(self, farm: Household, centre: User) -> None:
        old = farm.phone
        new_phone(centre, farm)
        with pytest.raises(families.PhoneChangedLately):
            families.text_phone_code(by=centre, household=farm, phone="13787654321")
        Household.objects.update(phone_changed_at=timezone.now() - dt.timedelta(days=8))
        farm.refresh_from_db()
        new_phone(centre, farm, "13787654321")
        assert (farm.phone, farm.phone_before) == ("13787654321", old)

    def test_the_county_sees_it_first_on_its_list(
        self, farm: Household, centre: User, clerk: User, qidong: cast.Stations
    ) -> None:
        other = cast.make_household(qidong.point, "彭大山")
        cast.make_mandate(other, qidong.point)
        confirmed(clerk, other, holder="彭大山")
        confirmed(clerk, other, SECOND_CARD, holder="彭大山")
        new_phone(centre, farm)
        confirmed(clerk, farm)
        page = cast.signed_in_client(centre).get(reverse("desk_payouts")).content.decode()
        assert page.index("李秀英") < page.index("彭大山")
        assert gettext("new phone number") in page
        assert not payouts.changes_that_wait(cast.make_clerk(qidong.other_point))

    def test_the_old_number_stops_it_on_the_public_page(
        self, farm: Household, centre: User, clerk: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(text_ending_code, "defer", lambda **job: text_ending_code(**job))
        old = farm.phone
        new_phone(centre, farm)
        confirmed(clerk, farm)
        visitor = Client()
        visitor.post("/mandate/end/", {"phone": old})
        page = visitor.post("/mandate/end/code/", {"code": code_on(old)}, follow=True).content.decode()
        assert CARD[-4:] in page
        visitor.post("/mandate/end/stands/", {"what": "payout"})
        assert payouts.usable_payout(farm, in_days(8)) is None


class TestSealed:
    """The number is nowhere but in its seal."""

    def test_in_the_row_the_history_and_the_pages(self, farm: Household, clerk: User) -> None:
        account = confirmed(clerk, farm)
        with connection.cursor() as cursor:
            for table in ("sellers_payoutaccount", "sellers_payoutaccountevent", "accounts_onetimecode"):
                cursor.execute(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE %s", [f"%{CARD}%"])
                assert cursor.fetchone() == (0,), table
        assert account.number_sealed is not None
        assert unseal(bytes(account.number_sealed), place=account.seal_place) == CARD
        client = cast.signed_in_client(clerk)
        for page in (reverse("desk_household", args=(farm.pk,)), reverse("desk_payout", args=(farm.pk,))):
            said = client.get(page).content.decode()
            assert CARD not in said and CARD[-4:] in said

    def test_the_history_tells_who_and_when(self, farm: Household, clerk: User, centre: User) -> None:
        confirmed(clerk, farm)
        new = confirmed(clerk, farm, SECOND_CARD)
        payouts.cancel_payout(by=centre, account=new)
        events = apps.get_model("sellers", "PayoutAccountEvent").objects.filter(pgh_obj=new).order_by("pgh_id")
        assert [bool(event.ended_at) for event in events] == [False, False, True]
        assert {event.pgh_context.metadata["on_behalf_of"] for event in events} == {farm.pk}


class TestPages:
    """The same on the pages, which ask again who it is."""

    def test_from_the_proposal_to_the_farmers_word(self, farm: Household, clerk: User) -> None:
        client = cast.signed_in_client(clerk)
        page = reverse("desk_payout", args=(farm.pk,))
        answers = {"way": "bank", "holder": "李秀英", "bank": "中国农业银行", "number": CARD}
        wrong = client.post(page, {**answers, "number": CARD[:-1] + str((int(CARD[-1]) + 1) % 10)})
        assert (
            gettext("The last digit does not fit the others. Please compare the number with the card.")
            in wrong.content.decode()
        )
        confirm = client.post(page, answers)["Location"]
        account = PayoutAccount.objects.get()
        client.post(reverse("desk_payout_code", args=(account.pk,)))
        code = code_on(farm.phone)
        assert client.post(confirm, {"code": "12"}).status_code == 200
        refused = client.post(confirm, {"code": f"{(int(code) + 1) % 1_000_000:06d}"})
        assert gettext("This code is wrong or too old. Please send a new one.") in refused.content.decode()
        assert client.post(confirm, {"code": code}).status_code == 302
        assert payouts.usable_payout(farm) == account
        assert client.post(confirm, {"code": code}).status_code == 302  # a second click finds it done

    def test_the_farmers_own_page(self, farm: Household, clerk: User) -> None:
        farm.user = cast.make_user(name="李秀英")
        farm.save()
        client = cast.signed_in_client(farm.user)
        page = reverse("my_store_payout")
        client.post(page, {"way": "bank", "holder": "李秀英", "bank": "中国农业银行", "number": CARD})
        account = PayoutAccount.objects.get()
        assert CARD[-4:] in client.get(page).content.decode()
        client.post(reverse("my_store_payout_confirm", args=(account.pk,)))
        assert payouts.usable_payout(farm) == account
        propose(clerk, farm, SECOND_CARD)
        theirs = PayoutAccount.objects.get(confirmed_at=None)
        assert SECOND_CARD[-4:] in client.get(page).content.decode()
        client.post(reverse("my_store_payout_cancel", args=(theirs.pk,)))
        theirs.refresh_from_db()
        assert theirs.ended_at is not None

    @pytest.mark.parametrize("name", ["desk_payout", "desk_payout_confirm", "desk_payout_cancel", "my_store_payout"])
    def test_whoever_signed_in_long_ago_is_asked_again(self, farm: Household, clerk: User, name: str) -> None:
        farm.user = cast.make_user(name="李秀英")
        farm.save()
        account = propose(clerk, farm)
        person = farm.user if name.startswith("my") else clerk
        client = cast.signed_in_client(person)
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": timezone.now().timestamp() - 3600}]
        session.save()
        arguments = {"desk_payout": (farm.pk,), "my_store_payout": ()}.get(name, (account.pk,))
        response = client.post(reverse(name, args=arguments), {"code": "123456"})
        assert response.status_code == 302 and "/account/" in response["Location"]
        account.refresh_from_db()
        assert account.ended_at is None and PayoutAccount.objects.count() == 1

    def test_out_of_scope_it_is_not_there(self, farm: Household, clerk: User, qidong: cast.Stations) -> None:
        account = propose(clerk, farm)
        client = cast.signed_in_client(cast.make_clerk(qidong.other_point))
        assert client.get(reverse("desk_payout", args=(farm.pk,))).status_code == 404
        for name in ("desk_payout_code", "desk_payout_cancel", "desk_payout_confirm"):
            assert client.post(reverse(name, args=(account.pk,))).status_code == 404
        farmer = cast.make_user(name="彭大山")
        cast.make_household(qidong.point, "彭大山", user=farmer)
        for name in ("my_store_payout_confirm", "my_store_payout_cancel"):
            assert cast.signed_in_client(farmer).post(reverse(name, args=(account.pk,))).status_code == 404
