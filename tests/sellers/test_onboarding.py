"""Opening a store, and who may not."""

import datetime as dt

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.codes import CodeRefused
from accounts.models import OneTimeCode, User
from accounts.sealing import unseal
from sellers import mandates, onboarding
from sellers.identity import BadIdentityNumber
from sellers.models import Evidence, Household, Store, StoreStatus
from stations.models import Posting
from stations.scope import NotAllowed
from tests import cast

StoreEvent = apps.get_model("sellers", "StoreEvent")
pytestmark = pytest.mark.django_db
IDENTITY = "11010519491231002X"  # the example of GB 11643-1999


def next_year() -> dt.date:
    return timezone.localdate() + dt.timedelta(days=365)


def submitted(qidong: cast.Stations, clerk: User) -> Store:
    household = onboarding.register_household(
        by=clerk,
        station=qidong.point,
        region=qidong.point.region,
        name="李秀英",
        phone="13800138000",
        identity=IDENTITY,
        consent=True,
    )
    mandate = mandates.record_mandate(by=clerk, household=household, station=qidong.point, ends_on=next_year())
    mandates.confirm_by_code(mandate=mandate, code=mandates.send_code(mandate))
    store = onboarding.draft_store(by=clerk, household=household, station=qidong.point, name="秀英家黄花菜")
    return onboarding.submit_store(by=clerk, store=store)


def test_village_township_county_open_a_store(qidong: cast.Stations) -> None:
    store = submitted(qidong, cast.make_clerk(qidong.point))
    store = onboarding.recommend_store(by=cast.make_clerk(qidong.township), store=store)
    store = onboarding.approve_store(by=cast.make_clerk(qidong.centre), store=store)
    assert store.status == StoreStatus.OPEN
    assert store.opened_at is not None


def test_the_identity_number_is_sealed(qidong: cast.Stations) -> None:
    household = submitted(qidong, cast.make_clerk(qidong.point)).household
    household.refresh_from_db()
    assert household.identity_tail == "002X"
    assert household.identity_sealed is not None
    assert IDENTITY.encode() not in bytes(household.identity_sealed)
    assert unseal(bytes(household.identity_sealed), place=household.seal_place) == IDENTITY


@pytest.mark.parametrize("number", ["110105194912310021", "11010519491231002", "abc"])
def test_a_wrong_identity_number_is_refused(qidong: cast.Stations, number: str) -> None:
    with pytest.raises(BadIdentityNumber):
        onboarding.register_household(
            by=cast.make_clerk(qidong.point),
            station=qidong.point,
            region=qidong.point.region,
            name="李",
            phone="13800138000",
            identity=number,
            consent=True,
        )
    assert not Household.objects.exists()


def test_a_household_is_registered_once(qidong: cast.Stations) -> None:
    clerk = cast.make_clerk(qidong.point)
    submitted(qidong, clerk)
    for phone, identity in [("13800138000", ""), ("13900139000", IDENTITY)]:
        with pytest.raises(onboarding.AlreadyRegistered):
            onboarding.register_household(
                by=clerk,
                station=qidong.point,
                region=qidong.point.region,
                name="李",
                phone=phone,
                identity=identity,
                consent=True,
            )


def test_registered_by_two_clerks_at_once(qidong: cast.Stations, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both looked before either saved: the second is told as if they had come later."""
    clerk = cast.make_clerk(qidong.point)
    known = cast.make_household(qidong.point, "彭大山")
    look, looks = onboarding.refuse_known, []

    def look_too_early(phone: str = "", number: str = "", licence_code: str = "") -> None:
        looks.append(phone)
        if len(looks) > 1:
            look(phone, number, licence_code)

    monkeypatch.setattr(onboarding, "refuse_known", look_too_early)
    with pytest.raises(onboarding.AlreadyRegistered) as refused:
        onboarding.register_household(
            by=clerk, station=qidong.point, region=qidong.point.region, name="彭", phone=known.phone, consent=True
        )
    assert refused.value.household == known


def test_nothing_is_kept_without_consent(qidong: cast.Stations) -> None:
    with pytest.raises(onboarding.ConsentMissing):
        onboarding.register_household(
            by=cast.make_clerk(qidong.point),
            station=qidong.point,
            region=qidong.point.region,
            name="李",
            phone="13800138000",
            consent=False,
        )
    assert not Household.objects.exists()


def test_nobody_decides_on_their_own_entry(qidong: cast.Stations) -> None:
    clerk = cast.make_clerk(qidong.point)
    Posting.objects.create(user=clerk, role="township_staff", station=qidong.township, region=qidong.township.region)
    Posting.objects.create(user=clerk, role="centre_staff", station=qidong.centre, region=qidong.centre.region)
    store = submitted(qidong, clerk)
    with pytest.raises(onboarding.OwnEntry):
        onboarding.recommend_store(by=clerk, store=store)
    store = onboarding.recommend_store(by=cast.make_clerk(qidong.township), store=store)
    with pytest.raises(onboarding.OwnEntry):
        onboarding.approve_store(by=clerk, store=store)


@pytest.mark.parametrize("column", ["approved_by", "recommended_by"])
def test_the_database_refuses_it_too(qidong: cast.Stations, column: str) -> None:
    store = submitted(qidong, cast.make_clerk(qidong.point))
    with pytest.raises(IntegrityError), transaction.atomic():
        Store.objects.filter(pk=store.pk).update(**{column: store.submitted_by})


def test_a_weak_role_or_another_township_decides_nothing(qidong: cast.Stations) -> None:
    store = submitted(qidong, cast.make_clerk(qidong.point))
    for person in (cast.make_clerk(qidong.second_point), cast.make_clerk(qidong.other_township), cast.make_official()):
        with pytest.raises(NotAllowed):
            onboarding.recommend_store(by=person, store=store)
    township = cast.make_clerk(qidong.township)
    store = onboarding.recommend_store(by=township, store=store)
    with pytest.raises(NotAllowed):
        onboarding.approve_store(by=township, store=store)
    assert Store.objects.get().status == StoreStatus.RECOMMENDED


def test_a_step_is_taken_once(qidong: cast.Stations) -> None:
    store = submitted(qidong, cast.make_clerk(qidong.point))
    township = cast.make_clerk(qidong.township)
    onboarding.recommend_store(by=township, store=store)
    stale = Store.objects.get()
    stale.status = StoreStatus.SUBMITTED
    with pytest.raises(onboarding.StoreMoved):
        onboarding.recommend_store(by=township, store=stale)


def test_a_returned_store_says_why_and_can_be_submitted_again(qidong: cast.Stations) -> None:
    clerk = cast.make_clerk(qidong.point)
    store = submitted(qidong, clerk)
    store = onboarding.return_store(by=cast.make_clerk(qidong.township), store=store, reasons={"picture": "照片看不清"})
    assert (store.status, store.return_reason) == (StoreStatus.DRAFT, "图片：照片看不清")
    with pytest.raises(onboarding.NotMended):
        onboarding.submit_store(by=clerk, store=store)
    store.return_reasons.update(mended_at=timezone.now())
    store = onboarding.submit_store(by=clerk, store=store)
    assert (store.status, store.return_reason) == (StoreStatus.SUBMITTED, "")


class TestMandate:
    """Without the farmer's word nothing is done in their name."""

    def test_a_code_is_used_once(self, qidong: cast.Stations) -> None:
        mandate = cast.make_mandate(cast.make_household(qidong.point), qidong.point, confirmed_at=None)
        code = mandates.send_code(mandate)
        mandates.confirm_by_code(mandate=mandate, code=code)
        with pytest.raises(CodeRefused):
            mandates.confirm_by_code(mandate=mandate, code=code)

    def test_five_wrong_tries_end_a_code(self, qidong: cast.Stations) -> None:
        mandate = cast.make_mandate(cast.make_household(qidong.point), qidong.point, confirmed_at=None)
        code = mandates.send_code(mandate)
        wrong = "000000" if code != "000000" else "111111"
        for _ in range(5):
            with pytest.raises(CodeRefused):
                mandates.confirm_by_code(mandate=mandate, code=wrong)
        with pytest.raises(CodeRefused):
            mandates.confirm_by_code(mandate=mandate, code=code)

    def test_an_old_code_is_refused(self, qidong: cast.Stations) -> None:
        mandate = cast.make_mandate(cast.make_household(qidong.point), qidong.point, confirmed_at=None)
        code = mandates.send_code(mandate)
        OneTimeCode.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
        with pytest.raises(CodeRefused):
            mandates.confirm_by_code(mandate=mandate, code=code)

    @pytest.mark.parametrize(
        "change",
        [
            {"confirmed_at": None},
            {"withdrawn_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
            {"may_list": False},
            {"starts_on": dt.date(2025, 1, 1), "ends_on": dt.date(2025, 12, 31)},
        ],
    )
    def test_outside_the_mandate_nothing_is_done(self, qidong: cast.Stations, change: dict[str, object]) -> None:
        household = cast.make_household(qidong.point)
        cast.make_mandate(household, qidong.point, **change)
        with pytest.raises(mandates.MandateMissing):
            onboarding.draft_store(
                by=cast.make_clerk(qidong.point), household=household, station=qidong.point, name="店"
            )
        assert not Store.objects.exists()

    def test_another_village_has_no_mandate(self, qidong: cast.Stations) -> None:
        household = cast.make_household(qidong.point)
        cast.make_mandate(household, qidong.point)
        with pytest.raises(mandates.MandateMissing):
            mandates.mandate_for(cast.make_clerk(qidong.second_point), household, "list")

    def test_the_farmer_needs_no_mandate(self, qidong: cast.Stations) -> None:
        farmer = cast.make_user(name="李秀英")
        household = cast.make_household(qidong.point, user=farmer)
        assert mandates.mandate_for(farmer, household, "list") is None

    def test_history_says_for_whom(self, qidong: cast.Stations) -> None:
        store = submitted(qidong, cast.make_clerk(qidong.point))
        event = StoreEvent.objects.filter(pgh_obj=store).order_by("-pgh_created_at").first()
        assert event.pgh_context.metadata["on_behalf_of"] == store.household_id

    def test_paper_needs_its_photograph(self, qidong: cast.Stations) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            cast.make_mandate(cast.make_household(qidong.point), qidong.point, evidence=Evidence.PAPER)
