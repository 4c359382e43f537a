"""Signed papers: the farmer is told of each, township and county can return them, and after a withdrawal somebody else looks first."""

import datetime as dt
import io
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from PIL import Image
from pytest_django.fixtures import Settings

from accounts.messages import text_for_demo
from accounts.models import User
from sellers import accepting, mandates, onboarding, openings, withdrawal
from sellers.models import Evidence, Household, Mandate, Store
from sellers.telling import tell_of_paper
from stations.scope import NotAllowed
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The mandates by paper whose farmer a job tells; the text leaves at once."""
    jobs: list[int] = []

    def work(mandate_id: int, number: int = 0) -> None:
        jobs.append(mandate_id)
        tell_of_paper(mandate_id=mandate_id, number=number)

    monkeypatch.setattr(tell_of_paper, "defer", work)
    monkeypatch.setattr("accounts.messages.LIMITS", ((1000, 3600),))
    return jobs


@pytest.fixture
def store(qidong: cast.Stations) -> Store:
    household = cast.make_household(qidong.point)
    cast.make_mandate(household, qidong.point)
    return cast.make_store(qidong.point, household=household)


def photograph() -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (600, 800), (240, 236, 226)).save(file, "JPEG")
    return SimpleUploadedFile("paper.jpg", file.getvalue(), "image/jpeg")


def terms(**more: Any) -> mandates.Terms:
    known: mandates.Terms = {
        "ends_on": timezone.localdate() + dt.timedelta(days=300),
        "may_list": True,
        "may_price": True,
        "may_answer": False,
        "may_receive_cash": False,
    }
    return {**known, **more}  # type: ignore[typeddict-item]


def signed(by: User, store: Store) -> Mandate:
    """A new mandate on paper, as the desk records it."""
    new = mandates.renew_mandate(by=by, household=store.household, station=store.station, **terms())
    return mandates.confirm_by_paper(by=by, mandate=new, paper=ContentFile(b"\xff\xd8\xff\xd9"))


def taken_back(store: Store, days: float = 0) -> None:
    """The farmer ends everything by phone, so many days ago."""
    withdrawal.end_all(household=store.household, at=timezone.now() - dt.timedelta(days=days))


class TestTold:
    """No paper holds without a text to the farmer."""

    def test_who_may_do_what_until_when_and_how_to_end_it(self, store: Store, clerk: User, told: list[int]) -> None:
        mandate = signed(clerk, store)
        text = text_for_demo(store.household.phone)
        assert told == [mandate.pk]
        for word in (store.station.name, mandate.ends_on.isoformat(), mandates.allowed_in_words(mandate)):
            assert word in text
        assert text.endswith("/mandate/end/") and "://" in text

    def test_one_that_is_written_down_with_its_paper(self, store: Store, clerk: User, told: list[int]) -> None:
        paper = ContentFile(b"\xff\xd8\xff\xd9")
        mandate = mandates.record_mandate(
            by=clerk, household=store.household, station=store.station, evidence=Evidence.PAPER, paper=paper, **terms()
        )
        assert told == [mandate.pk]

    def test_the_old_number_too(self, store: Store, clerk: User, told: list[int]) -> None:
        Household.objects.update(phone_before="13987654321", phone_changed_at=timezone.now())
        signed(clerk, store)
        assert len(told) == 2 and text_for_demo("13987654321")

    def test_a_code_needs_no_text_more(self, store: Store, clerk: User, told: list[int]) -> None:
        new = mandates.renew_mandate(by=clerk, household=store.household, station=store.station, **terms())
        mandates.confirm_by_code(mandate=new, code=mandates.send_code(new))
        assert told == []


class TestReturned:
    """The township and the county return a paper also of a store that is open."""

    def test_on_the_page_of_the_family(self, store: Store, clerk: User, township: User) -> None:
        mandate = signed(clerk, store)
        page = reverse("desk_household", args=(store.household_id,))
        there = reverse("desk_mandate_return", args=(mandate.pk,))
        client = cast.signed_in_client(township)
        assert there in client.get(page).content.decode()
        client.post(there, {"reason": " "})
        assert mandates.mandates_in_force(store.household).exists()
        client.post(there, {"reason": "不是本人签字"})
        mandate.refresh_from_db()
        assert (mandate.refused_by, mandate.refused_reason) == (township, "不是本人签字")
        with pytest.raises(mandates.MandateMissing):
            mandates.mandate_for(clerk, store.household, "list")
        event = apps.get_model("sellers", "MandateEvent").objects.filter(pgh_obj=mandate).latest("pgh_id")
        assert event.pgh_context.metadata["on_behalf_of"] == store.household_id
        said = client.get(page).content.decode()
        assert "不是本人签字" in said and there not in said

    def test_the_village_and_the_other_township_do_not(self, store: Store, clerk: User, qidong: cast.Stations) -> None:
        mandate = signed(clerk, store)
        there = reverse("desk_mandate_return", args=(mandate.pk,))
        assert there not in cast.signed_in_client(clerk).get(f"/desk/households/{store.household_id}/").content.decode()
        for person, status in ((clerk, 403), (cast.make_clerk(qidong.other_township), 404)):
            assert cast.signed_in_client(person).post(there, {"reason": "看不清"}).status_code == status
        mandate.refresh_from_db()
        assert mandate.refused_at is None

    def test_a_code_is_no_paper(self, store: Store, township: User) -> None:
        mandate = Mandate.objects.get()
        there = reverse("desk_mandate_return", args=(mandate.pk,))
        assert cast.signed_in_client(township).post(there, {"reason": "看不清"}).status_code == 302
        mandate.refresh_from_db()
        assert mandate.refused_at is None


class TestAfterAWithdrawal:
    """For ninety days a new paper holds only once somebody of the township or the county, who did not bring it, has looked."""

    @pytest.mark.parametrize(("days", "waits"), [(0, True), (89, True), (91, False)])
    def test_for_ninety_days_it_waits(self, store: Store, clerk: User, told: list[int], days: int, waits: bool) -> None:
        taken_back(store, days)
        mandate = signed(clerk, store)
        assert mandate.paper_waits is waits
        assert mandates.mandates_in_force(store.household).exists() is not waits
        assert told == ([] if waits else [mandate.pk])

    def test_one_that_is_written_down_with_its_paper_waits_too(self, store: Store, clerk: User) -> None:
        taken_back(store)
        mandates.record_mandate(
            by=clerk, household=store.household, station=store.station, evidence=Evidence.PAPER,
            paper=ContentFile(b"\xff\xd8\xff\xd9"), **terms(),
        )  # fmt: skip
        assert not mandates.mandates_in_force(store.household).exists()

    def test_a_mandate_that_was_replaced_is_no_withdrawal(self, store: Store, clerk: User) -> None:
        signed(clerk, store)
        assert not signed(clerk, store).paper_waits

    def test_on_the_pages(self, store: Store, clerk: User, township: User, told: list[int]) -> None:
        taken_back(store)
        new = mandates.renew_mandate(by=clerk, household=store.household, station=store.station, **terms())
        confirm = reverse("desk_mandate_confirm", args=(new.pk,)) + "?by=paper"
        said = cast.signed_in_client(clerk).post(confirm, {"paper": photograph()}, follow=True).content.decode()
        waits = "The farmer withdrew not long ago: this paper holds once the township or the county has looked at it."
        there = reverse("desk_mandate_accept", args=(new.pk,))
        assert gettext(waits) in said and there not in said
        assert cast.signed_in_client(clerk).post(there).status_code == 403
        client = cast.signed_in_client(township)
        assert there in client.get(reverse("desk_household", args=(store.household_id,))).content.decode()
        client.post(there)
        new.refresh_from_db()
        assert (new.checked_by, new.confirmed_at) == (township, new.checked_at)
        assert mandates.mandate_for(clerk, store.household, "list") == new
        assert told == [new.pk]

    def test_whoever_brought_it_does_not_accept_it(self, store: Store, township: User, qidong: cast.Stations) -> None:
        taken_back(store)
        mandate = signed(township, store)
        with pytest.raises(accepting.OwnPaper):
            accepting.accept_paper(by=township, mandate=mandate)
        for person in (cast.make_clerk(qidong.other_township), cast.make_official()):
            with pytest.raises(NotAllowed):
                accepting.accept_paper(by=person, mandate=mandate)
        accepting.accept_paper(by=cast.make_clerk(qidong.centre), mandate=mandate)
        assert mandates.mandates_in_force(store.household).get() == mandate

    def test_once_only_and_not_after_it_was_returned(self, store: Store, clerk: User, township: User) -> None:
        taken_back(store)
        mandate = signed(clerk, store)
        mandates.refuse_paper(by=township, mandate=mandate, reason="看不清")
        with pytest.raises(mandates.AlreadyConfirmed):
            accepting.accept_paper(by=township, mandate=mandate)

    def test_other_words_take_the_paper_away(self, store: Store, clerk: User, township: User) -> None:
        """A paper that was signed for less is not accepted for more."""
        taken_back(store)
        mandate = signed(clerk, store)
        revised = mandates.revise_mandate(by=clerk, mandate=mandate, **terms(may_receive_cash=True))
        assert (revised.paper, revised.evidence) == ("", Evidence.CODE)
        with pytest.raises(mandates.AlreadyConfirmed):
            accepting.accept_paper(by=township, mandate=mandate)

    def test_the_farmers_code_holds_at_once(self, store: Store, clerk: User) -> None:
        taken_back(store)
        mandate = signed(clerk, store)
        mandates.confirm_by_code(mandate=mandate, code=mandates.send_code(mandate))
        held = mandates.mandates_in_force(store.household).get()
        assert (held.pk, held.evidence) == (mandate.pk, Evidence.CODE)

    def test_an_opening_goes_on_without_a_draft(self, store: Store, clerk: User, township: User) -> None:
        taken_back(store)
        Store.objects.all().delete()
        opening = openings.continue_with(by=clerk, household=store.household, station=store.station)
        openings.record_terms(by=clerk, opening=opening, terms=terms())
        openings.confirm_by_paper(by=clerk, opening=opening, paper=ContentFile(b"\xff\xd8\xff\xd9"))
        assert openings.record_store(by=clerk, opening=opening, name="秀英家") is None
        mandate = Mandate.objects.on_paper_to_look_at().get()
        accepting.accept_paper(by=township, mandate=mandate)
        opening.refresh_from_db()
        assert openings.record_store(by=clerk, opening=opening, name="秀英家") is not None


class TestTwoPeople:
    """Whoever entered any of it decides nothing, and nobody both recommends and approves."""

    @pytest.mark.parametrize("entered", ["registered", "mandate", "draft"])
    def test_their_own_entry(self, qidong: cast.Stations, clerk: User, entered: str) -> None:
        person = cast.make_clerk(qidong.centre)
        household = cast.make_household(qidong.point, registered_by=person if entered == "registered" else None)
        cast.make_mandate(household, qidong.point, recorded_by=person if entered == "mandate" else clerk)
        drafts = person if entered == "draft" else clerk
        draft = onboarding.draft_store(by=clerk, household=household, station=qidong.point, name="店")
        Store.objects.filter(pk=draft.pk).update(drafted_by=drafts)
        draft.refresh_from_db()
        store = onboarding.submit_store(by=clerk, store=draft)
        assert onboarding.may_decide(person, store) == ""
        with pytest.raises(onboarding.OwnEntry):
            onboarding.recommend_store(by=person, store=store)
        store = onboarding.recommend_store(by=cast.make_clerk(qidong.township), store=store)
        with pytest.raises(onboarding.OwnEntry):
            onboarding.approve_store(by=person, store=store)
        said = cast.signed_in_client(person).get(f"/en/desk/stores/{store.slug}/").content.decode()
        assert "You entered this yourself" in said

    def test_a_draft_says_who_wrote_it(self, qidong: cast.Stations, clerk: User) -> None:
        household = cast.make_household(qidong.point)
        cast.make_mandate(household, qidong.point)
        store = onboarding.draft_store(by=clerk, household=household, station=qidong.point, name="店")
        assert store.drafted_by == clerk

    def test_nobody_does_both(self, qidong: cast.Stations, clerk: User) -> None:
        centre = cast.make_clerk(qidong.centre)
        household = cast.make_household(qidong.point)
        cast.make_mandate(household, qidong.point)
        draft = onboarding.draft_store(by=clerk, household=household, station=qidong.point, name="店")
        store = onboarding.recommend_store(by=centre, store=onboarding.submit_store(by=clerk, store=draft))
        assert onboarding.may_decide(centre, store) == ""
        with pytest.raises(onboarding.OwnEntry):
            onboarding.approve_store(by=centre, store=store)
        with pytest.raises(IntegrityError), transaction.atomic():
            Store.objects.filter(pk=store.pk).update(approved_by=centre)
        onboarding.approve_store(by=cast.make_clerk(qidong.centre, "邹丽"), store=store)
