"""Households at the desk: found within scope, corrected with the right word, their numbers, and the members of a co-operative."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.codes import CodeRefused
from accounts.messages import text_for_demo
from accounts.models import User
from sellers import families
from sellers.mandates import MandateMissing, withdraw_mandate
from sellers.models import (
    Consent,
    ConsentPurpose,
    Household,
    HouseholdKind,
    Mandate,
    Membership,
    PayoutAccount,
    PayoutWay,
    Reveal,
)
from sellers.onboarding import AlreadyRegistered
from sellers.telling import tell_of_phone
from stations.models import Region
from stations.scope import NotAllowed
from tests import cast

pytestmark = pytest.mark.django_db
NEW = "13712345678"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The households whose old number a job tells; the text leaves at once."""
    jobs: list[int] = []

    def work(household_id: int) -> None:
        jobs.append(household_id)
        tell_of_phone(household_id=household_id)

    monkeypatch.setattr(tell_of_phone, "defer", work)
    monkeypatch.setattr("accounts.messages.LIMITS", ((1000, 3600),))
    return jobs


@pytest.fixture
def cooperative(qidong: cast.Stations) -> Household:
    made = cast.make_household(qidong.point, "黄土铺黄花菜合作社", kind=HouseholdKind.COOPERATIVE)
    cast.make_mandate(made, qidong.point)
    return made


def code_on(phone: str) -> str:
    found = re.search(r"\d{6}", text_for_demo(phone))
    assert found, "no text"
    return found.group()


class TestFinding:
    """By name, village or the end of the number, within the regions of one's postings."""

    @pytest.mark.parametrize("words", ["秀英", "xiuying", "0000", "李 0000", "VILLAGE"])
    def test_by_name_number_and_village(self, farm: Household, clerk: User, qidong: cast.Stations, words: str) -> None:
        other = cast.make_household(qidong.second_point, "彭大山")
        Household.objects.filter(pk=other.pk).update(phone="13900139111", name_latin="Peng Dashan")
        township = cast.make_clerk(qidong.township)
        words = words.replace("VILLAGE", qidong.point.region.name)
        assert list(families.find_households(township, words)) == [farm]
        assert list(families.find_households(clerk, "")) == [farm]

    def test_outside_the_postings_nobody_is_found(self, farm: Household, qidong: cast.Stations) -> None:
        for person in (cast.make_clerk(qidong.other_point), cast.make_user(name="路人")):
            assert not families.find_households(person, farm.name)
        page = cast.signed_in_client(cast.make_clerk(qidong.other_point)).get("/desk/households/?q=0000")
        assert farm.name not in page.content.decode()

    def test_short_digits_find_no_numbers(self, farm: Household, clerk: User) -> None:
        assert not families.find_households(clerk, "000")

    def test_pages_of_thirty_and_at_most_twelve_queries(self, qidong: cast.Stations, clerk: User) -> None:
        for number in range(33):
            household = Household.objects.create(
                region=qidong.point.region, name=f"农户{number:02d}", phone=f"139{number:08d}"
            )
            cast.make_mandate(household, qidong.point, ends_on=timezone.localdate() + dt.timedelta(days=9))
            cast.make_store(qidong.point, household=household)
        client = cast.signed_in_client(clerk)
        client.get("/desk/households/")
        with CaptureQueriesContext(connection) as asked:
            first = client.get("/desk/households/").content.decode()
        assert len(asked) <= 12, [one["sql"][:120] for one in asked]
        assert "农户32" in first and "农户02" not in first.split(gettext("All households"))[1]
        following = re.search(r'href="(\?q=&amp;before=\d+)"', first)
        assert following
        second = client.get("/desk/households/" + following[1].replace("&amp;", "&")).content.decode()
        assert "农户02" in second and "农户03" not in second

    @pytest.mark.parametrize("query", ["?before=x", "?before=-1", "?before=" + "9" * 30, "?q=%00", "?q=" + "王" * 500])
    def test_bad_input_is_a_page(self, farm: Household, clerk: User, query: str) -> None:
        assert cast.signed_in_client(clerk).get("/desk/households/" + query).status_code == 200


class TestThePage:
    """All that is on record, masked."""

    @pytest.mark.parametrize("language", ["", "/en"])
    def test_it_shows_everything_and_no_number(
        self, farm: Household, clerk: User, cooperative: Household, language: str
    ) -> None:
        Household.objects.filter(pk=farm.pk).update(identity_tail="002X", women_led=True)
        Consent.objects.create(household=farm, purpose=ConsentPurpose.RECORD, version="2026-11")
        PayoutAccount.objects.create(
            household=farm, way=PayoutWay.BANK, bank="中国农业银行", holder="李秀英", number_tail="4242"
        )
        Reveal.objects.create(household=farm, what="phone", purpose="call", by=clerk)
        store = cast.make_store(farm.region.stations.get(), household=farm)
        families.add_member(by=clerk, cooperative=cooperative, household=farm, grows="黄花菜", mu=Decimal("3.5"))
        client = cast.signed_in_client(clerk)
        with CaptureQueriesContext(connection) as asked:
            page = client.get(f"{language}/desk/households/{farm.pk}/").content.decode()
        assert len(asked) <= 45, len(asked)
        for text in ("138****", "****002X", "****4242", "2026-11", store.slug, "周小兰", "/payout/"):
            assert text in page, text
        assert farm.phone not in page
        members = client.get(f"{language}/desk/households/{cooperative.pk}/").content.decode()
        assert "黄花菜" in members and "3.5" in members

    def test_who_may_see_it(self, farm: Household, clerk: User, centre: User, qidong: cast.Stations) -> None:
        page = reverse("desk_household", args=(farm.pk,))
        farm.user = cast.make_user(name="李秀英")
        farm.save()
        people = [(clerk, 200), (centre, 200), (cast.make_official(), 200), (cast.make_clerk(qidong.other_point), 404)]
        for person, status in [*people, (farm.user, 403), (cast.make_user(name="路人"), 404)]:
            assert cast.signed_in_client(person).get(page).status_code == status, str(person)

    def test_an_official_and_a_clerk_without_a_mandate_are_offered_no_change(
        self, farm: Household, clerk: User
    ) -> None:
        page = reverse("desk_household", args=(farm.pk,))
        correct = reverse("desk_household_edit", args=(farm.pk,))
        assert correct in cast.signed_in_client(clerk).get(page).content.decode()
        assert correct not in cast.signed_in_client(cast.make_official()).get(page).content.decode()
        withdraw_mandate(by=clerk, mandate=Mandate.objects.get(household=farm))
        assert correct not in cast.signed_in_client(clerk).get(page).content.decode()


class TestCorrecting:
    """Under the mandate what is about the family; who they are, by the county centre with a reason."""

    def test_under_the_mandate(self, farm: Household, clerk: User) -> None:
        families.change_household(by=clerk, household=farm, women_led=True, poverty_registered_year=2016)
        assert (farm.women_led, farm.poverty_registered_year) == (True, 2016)
        event = apps.get_model("sellers", "HouseholdEvent").objects.filter(pgh_obj=farm).latest("pgh_id")
        assert event.pgh_context.metadata["mandate"] == Mandate.objects.get(household=farm).pk

    def test_a_name_by_the_centre_alone_and_with_a_reason(self, farm: Household, clerk: User, centre: User) -> None:
        with pytest.raises(NotAllowed):
            families.change_household(by=clerk, household=farm, name="周小兰")
        with pytest.raises(families.ReasonMissing):
            families.change_household(by=centre, household=farm, name="李秀瑛", reason=" ")
        families.change_household(by=centre, household=farm, name="李秀瑛", reason="身份证上是“瑛”")
        assert farm.name == "李秀瑛"
        event = apps.get_model("sellers", "HouseholdEvent").objects.filter(pgh_obj=farm).latest("pgh_id")
        assert event.pgh_context.metadata["why"] == "身份证上是“瑛”"
        page = cast.signed_in_client(centre).get(reverse("desk_household", args=(farm.pk,))).content.decode()
        assert "身份证上是“瑛”" in page and "李秀英" in page.split(gettext("What happened"))[1]

    def test_without_a_mandate_nothing(self, farm: Household, clerk: User, qidong: cast.Stations) -> None:
        Mandate.objects.update(withdrawn_at=timezone.now())
        for person in (clerk, cast.make_clerk(qidong.other_point), cast.make_official()):
            with pytest.raises(MandateMissing):
                families.change_household(by=person, household=farm, women_led=True)

    def test_the_phone_and_the_account_are_not_corrected_here(self, farm: Household, centre: User) -> None:
        for field in ("phone", "user", "kind", "identity_tail"):
            with pytest.raises(TypeError):
                families.change_household(by=centre, household=farm, reason="x", **{field: "x"})

    def test_to_another_village_with_its_stores_and_never_to_another_county(
        self, farm: Household, clerk: User, centre: User, qidong: cast.Stations
    ) -> None:
        store = cast.make_store(qidong.point, household=farm)
        elsewhere = Region.objects.within(cast.SANGZHI).filter(level=5).first()
        for person, village in (
            (clerk, qidong.second_point.region),
            (centre, elsewhere),
            (centre, qidong.township.region),
        ):
            with pytest.raises(families.VillageElsewhere):
                families.change_household(by=person, household=farm, region=village, reason="搬家")
        families.change_household(by=centre, household=farm, region=qidong.second_point.region, reason="搬家")
        store.refresh_from_db()
        assert farm.region_id == store.region_id == qidong.second_point.region_id

    @pytest.mark.parametrize("language", ["", "/en"])
    def test_on_the_page(self, farm: Household, clerk: User, centre: User, language: str) -> None:
        page = language + reverse("desk_household_edit", args=(farm.pk,))
        answers = {"name": "周小兰", "name_latin": "Li Xiuying", "region": farm.region_id, "youth_led": "on"}
        assert cast.signed_in_client(clerk).post(page, answers).status_code == 302
        farm.refresh_from_db()
        assert (farm.youth_led, farm.name) == (True, "李秀英")  # a name in a clerk's form is not even read
        client = cast.signed_in_client(centre)
        assert client.post(page, {**answers, "name": "李秀瑛"}).status_code == 200  # no reason
        assert client.post(page, {**answers, "name": "李秀瑛", "reason": "身份证"}).status_code == 302
        farm.refresh_from_db()
        assert farm.name == "李秀瑛"


class TestAnotherNumber:
    """The new number proves itself, the old one is told, and stays on record."""

    def test_staff_bring_both_codes(self, farm: Household, clerk: User, told: list[int]) -> None:
        old = farm.phone
        families.text_phone_code(by=clerk, household=farm, phone=f"+86 {NEW}")
        families.text_old_phone_code(by=clerk, household=farm, phone=NEW)
        families.change_phone(by=clerk, household=farm, phone=NEW, code=code_on(NEW), old_code=code_on(old))
        assert (farm.phone, farm.phone_before) == (NEW, old)
        assert farm.phone_changed_at is not None
        assert told == [farm.pk] and "137****5678" in text_for_demo(old)

    def test_the_old_phones_code_is_for_the_number_that_it_names(
        self, farm: Household, clerk: User, told: list[int]
    ) -> None:
        """Nobody swaps the new number after the farmer has read which one it is."""
        old, other = farm.phone, "13687654321"
        families.text_phone_code(by=clerk, household=farm, phone=NEW)
        families.text_old_phone_code(by=clerk, household=farm, phone=NEW)
        assert "137****5678" in text_for_demo(old)
        agreed = code_on(old)
        families.text_phone_code(by=clerk, household=farm, phone=other)
        with pytest.raises(CodeRefused):
            families.change_phone(by=clerk, household=farm, phone=other, code=code_on(other), old_code=agreed)
        farm.refresh_from_db()
        assert farm.phone == old
        families.change_phone(by=clerk, household=farm, phone=NEW, code=code_on(NEW), old_code=agreed)

    def test_where_the_old_phone_is_lost_the_centre_does_it_with_a_reason(
        self, farm: Household, centre: User, told: list[int]
    ) -> None:
        families.text_phone_code(by=centre, household=farm, phone=NEW)
        with pytest.raises(families.ReasonMissing):
            families.change_phone(by=centre, household=farm, phone=NEW, code=code_on(NEW))
        families.change_phone(by=centre, household=farm, phone=NEW, code=code_on(NEW), reason="手机丢了")
        assert farm.phone == NEW and told == [farm.pk]

    def test_the_code_is_for_this_number_and_this_family(
        self, farm: Household, centre: User, told: list[int], qidong: cast.Stations
    ) -> None:
        other = cast.make_household(qidong.point, "彭大山")
        families.text_phone_code(by=centre, household=farm, phone=NEW)
        code = code_on(NEW)
        for household, phone, said in ((farm, "13787654321", code), (other, NEW, code), (farm, NEW, "000000")):
            with pytest.raises(CodeRefused):
                families.change_phone(by=centre, household=household, phone=phone, code=said, reason="手机丢了")
        assert Household.objects.filter(phone=NEW).count() == 0 and told == []

    def test_a_number_of_another_family_the_same_number_and_once_a_week(
        self, farm: Household, centre: User, told: list[int], qidong: cast.Stations
    ) -> None:
        other = cast.make_household(qidong.point, "彭大山")
        with pytest.raises(AlreadyRegistered):
            families.text_phone_code(by=centre, household=farm, phone=other.phone)
        with pytest.raises(families.SamePhone):
            families.text_phone_code(by=centre, household=farm, phone=farm.phone)
        Household.objects.filter(pk=farm.pk).update(phone_changed_at=timezone.now() - dt.timedelta(days=6.9))
        farm.refresh_from_db()
        with pytest.raises(families.PhoneChangedLately):
            families.text_phone_code(by=centre, household=farm, phone=NEW)
        Household.objects.filter(pk=farm.pk).update(phone_changed_at=timezone.now() - dt.timedelta(days=7.1))
        farm.refresh_from_db()
        assert families.text_phone_code(by=centre, household=farm, phone=NEW) == NEW

    def test_a_mandate_withdrawn_between_the_codes(self, farm: Household, clerk: User, told: list[int]) -> None:
        old = farm.phone
        families.text_phone_code(by=clerk, household=farm, phone=NEW)
        families.text_old_phone_code(by=clerk, household=farm, phone=NEW)
        Mandate.objects.update(withdrawn_at=timezone.now())
        with pytest.raises(MandateMissing):
            families.change_phone(by=clerk, household=farm, phone=NEW, code=code_on(NEW), old_code=code_on(old))

    @pytest.mark.parametrize("language", ["", "/en"])
    def test_on_its_pages(self, farm: Household, clerk: User, told: list[int], language: str) -> None:
        client = cast.signed_in_client(clerk)
        page = language + reverse("desk_household_phone", args=(farm.pk,))
        assert client.post(page, {"phone": "12345"}).status_code == 200
        client.post(page, {"phone": NEW})
        codes = {"phone": NEW, "code": code_on(NEW), "old_code": code_on(farm.phone)}
        assert client.post(page, {**codes, "old_code": "12"}).status_code == 200
        assert client.post(page, codes).status_code == 302
        farm.refresh_from_db()
        assert farm.phone == NEW


class TestMembers:
    """Who belongs to a co-operative and what they grow."""

    def test_joined_and_left(self, farm: Household, clerk: User, cooperative: Household) -> None:
        membership = families.add_member(by=clerk, cooperative=cooperative, household=farm, grows="黄花菜")
        assert [one.household for one in families.members_of(cooperative)] == [farm]
        with pytest.raises(families.NotAMember):
            families.add_member(by=clerk, cooperative=cooperative, household=farm, grows="辣椒")
        families.end_membership(by=clerk, membership=membership)
        assert not families.members_of(cooperative)
        families.add_member(by=clerk, cooperative=cooperative, household=farm, grows="辣椒")
        assert Membership.objects.count() == 2

    def test_only_families_of_a_cooperative(self, farm: Household, clerk: User, cooperative: Household) -> None:
        for home, member in ((farm, cooperative), (cooperative, cooperative), (farm, farm)):
            with pytest.raises(families.NotAMember):
                families.add_member(by=clerk, cooperative=home, household=member, grows="黄花菜")

    def test_not_without_the_cooperatives_mandate(self, farm: Household, clerk: User, cooperative: Household) -> None:
        membership = families.add_member(by=clerk, cooperative=cooperative, household=farm, grows="黄花菜")
        Mandate.objects.filter(household=cooperative).update(withdrawn_at=timezone.now())
        with pytest.raises(MandateMissing):
            families.end_membership(by=clerk, membership=membership)
        page = reverse("desk_member_end", args=(membership.pk,))
        assert cast.signed_in_client(clerk).post(page).status_code == 403
        membership.refresh_from_db()
        assert membership.left_on is None

    def test_found_by_name_and_number_within_scope(
        self, farm: Household, clerk: User, cooperative: Household, qidong: cast.Stations
    ) -> None:
        find: dict[str, Any] = {"cooperative": cooperative, "name": "李秀英", "phone_tail": farm.phone[-4:]}
        assert families.find_member(by=clerk, **find) == farm
        for wrong in ({"name": "李"}, {"phone_tail": "9999"}, {"phone_tail": ""}, {"phone_tail": "0"}):
            with pytest.raises(families.NotAMember):
                families.find_member(by=clerk, **{**find, **wrong})
        cooperative.user = cast.make_user(name="黄土铺合作社")
        away = cast.make_household(qidong.other_point, "彭大山")
        with pytest.raises(families.NotAMember):  # the village clerk does not see the other township
            families.find_member(by=clerk, cooperative=cooperative, name="彭大山", phone_tail=away.phone[-4:])
        assert (
            families.find_member(
                by=cooperative.user, cooperative=cooperative, name="彭大山", phone_tail=away.phone[-4:]
            )
            == away
        )

    def test_on_its_pages(self, farm: Household, clerk: User, cooperative: Household) -> None:
        client = cast.signed_in_client(clerk)
        page = reverse("desk_member_add", args=(cooperative.pk,))
        answers = {"name": "李秀英", "phone_tail": farm.phone[-4:], "grows": "黄花菜", "mu": "3.5"}
        nobody = client.post(page, {**answers, "phone_tail": "9999"}).content.decode()
        assert gettext("No family is on record here with this name and these four digits.") in nobody
        assert client.post(page, answers).status_code == 302
        membership = Membership.objects.get()
        assert (membership.grows, membership.mu) == ("黄花菜", Decimal("3.5"))
        client.post(reverse("desk_member_end", args=(membership.pk,)))
        assert not families.members_of(cooperative)
        assert client.get(reverse("desk_member_add", args=(farm.pk,))).status_code == 403


def test_a_forgotten_family_is_not_found(farm: Household, clerk: User) -> None:
    Household.objects.filter(pk=farm.pk).update(forgotten_at=timezone.now())
    assert not families.find_households(clerk, "")
