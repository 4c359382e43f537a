"""A farmer takes the store over: two proofs, and nothing of the old rights remains but what the farmer keeps."""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone

from accounts.codes import CodeRefused
from accounts.messages import text_for_demo
from accounts.models import OneTimeCode, User
from catalog import listing, lots, packing, shutters
from catalog.models import Product
from sellers import mandates, onboarding, openings
from sellers.families import change_phone, text_old_phone_code, text_phone_code
from sellers.filled import Filled
from sellers.helping import NothingAllowed, StationElsewhere, allow_help, stations_near
from sellers.mandates import MandateMissing, mandate_for
from sellers.models import (
    Evidence,
    Household,
    HouseholdKind,
    Keep,
    Mandate,
    Opening,
    PauseReason,
    PayoutAccount,
    PayoutWay,
    Store,
    StoreStatus,
    Submission,
    SubmissionState,
    TakeOver,
)
from sellers.offline import receive, said
from sellers.payouts import propose_payout
from sellers.taking_over import (
    IdentityMissing,
    NotYourStore,
    PhoneJustChanged,
    TooManyTries,
    WrongIdentity,
    take_over,
    taken_over_lately,
    waiting_for,
)
from sellers.telling import text_ending_code
from stations.scope import NotAllowed
from tests.cast import (
    Stations,
    make_clerk,
    make_mandate,
    make_official,
    make_product,
    make_store,
    make_user,
    make_variant,
)

pytestmark = pytest.mark.django_db
TAIL = "002X"


@dataclass
class Scene:
    """A store that a clerk looks after, and the farmer, signed in by the phone that is on record."""

    stations: Stations
    store: Store
    farmer: User
    clerk: User
    product: Product

    @property
    def household(self) -> Household:
        return self.store.household

    def fresh(self) -> Household:
        return Household.objects.get(pk=self.household.pk)


@pytest.fixture
def scene() -> Scene:
    stations = Stations()
    store = make_store(stations.point)
    Household.objects.update(identity_tail=TAIL)
    store.household.refresh_from_db()
    farmer = make_user("", phone=store.household.phone, phone_verified_at=timezone.now())
    clerk = make_clerk(stations.point)
    product = make_product(store)
    make_variant(product)
    return Scene(stations, store, farmer, clerk, product)


def taken(scene: Scene, **more: Any) -> Household:
    known = {"by": scene.farmer, "household": scene.household, "identity_tail": TAIL, **more}
    return take_over(**known)


def staff(scene: Scene) -> list[User]:
    """Everybody who ever could help: the clerk, the township, the county centre; read anew, as by a new request."""
    township, centre = make_clerk(scene.stations.township), make_clerk(scene.stations.centre)
    return [User.objects.get(pk=person.pk) for person in (scene.clerk, township, centre)]


def test_the_farmers_account_holds_the_store(scene: Scene) -> None:
    assert waiting_for(scene.farmer) == scene.household
    taken(scene)
    assert scene.fresh().user == scene.farmer
    assert scene.farmer.name == scene.household.name
    assert waiting_for(scene.farmer) is None
    assert mandate_for(scene.farmer, scene.fresh(), "price") is None
    taken(scene, identity_tail="a second click")


@pytest.mark.parametrize(
    "change",
    [
        {"phone_verified_at": None},
        {"phone": "13900000000"},
        {"phone": None},
    ],
)
def test_only_the_proved_phone_on_record_opens_it(scene: Scene, change: dict[str, Any]) -> None:
    User.objects.filter(pk=scene.farmer.pk).update(**change)
    scene.farmer.refresh_from_db()
    assert waiting_for(scene.farmer) is None
    with pytest.raises(NotYourStore):
        taken(scene)
    assert scene.fresh().user is None


def test_a_store_that_has_an_account_is_not_taken_again(scene: Scene) -> None:
    Household.objects.update(user=make_user("first@daylily.example"))
    assert waiting_for(scene.farmer) is None
    with pytest.raises(NotYourStore):
        taken(scene)


def test_who_has_a_store_of_their_own_takes_no_other(scene: Scene) -> None:
    other = make_store(scene.stations.second_point).household
    Household.objects.filter(pk=other.pk).update(user=scene.farmer)
    with pytest.raises(NotYourStore):
        taken(scene)


def test_a_stations_own_store_is_nobodys_to_take(scene: Scene) -> None:
    Household.objects.update(kind=HouseholdKind.STATION, station=scene.stations.point)
    with pytest.raises(NotYourStore):
        taken(scene)


def test_the_identity_number_is_the_second_proof(scene: Scene) -> None:
    with pytest.raises(WrongIdentity, match="4"):
        taken(scene, identity_tail="0021")
    assert scene.fresh().user is None
    taken(scene, identity_tail=" 002x ")
    assert scene.fresh().user == scene.farmer


def test_a_record_without_identity_number_is_for_the_point(scene: Scene) -> None:
    Household.objects.update(identity_tail="")
    with pytest.raises(IdentityMissing):
        taken(scene, identity_tail="")
    assert scene.fresh().user is None


def test_five_wrong_tries_lock_the_store_for_a_day_for_everybody(scene: Scene) -> None:
    for _try in range(4):
        with pytest.raises(WrongIdentity):
            taken(scene, identity_tail="0000")
    with pytest.raises(TooManyTries):
        taken(scene, identity_tail="0000")
    with pytest.raises(TooManyTries):
        taken(scene)
    assert scene.fresh().user is None
    # The number moves to another account, which is another person at the same lock.
    User.objects.filter(pk=scene.farmer.pk).update(phone=None)
    again = make_user("again@daylily.example", phone=scene.household.phone, phone_verified_at=timezone.now())
    with pytest.raises(TooManyTries):
        taken(scene, by=again)
    TakeOver.objects.update(at=timezone.now() - dt.timedelta(hours=24, minutes=1))
    taken(scene, by=again)


def test_a_number_changed_today_opens_nothing_for_a_week(scene: Scene) -> None:
    Household.objects.update(
        phone_before="13911111111", phone_changed_at=timezone.now() - dt.timedelta(days=6, hours=23)
    )
    with pytest.raises(PhoneJustChanged):
        taken(scene)
    Household.objects.update(phone_changed_at=timezone.now() - dt.timedelta(days=7, minutes=1))
    taken(scene)
    assert scene.household.phone[-4:] in text_for_demo("13911111111"), "the old number is told"


def test_what_is_kept_stays(scene: Scene) -> None:
    taken(scene, keep=Keep.ALL)
    assert mandate_for(scene.clerk, scene.fresh(), "price")


def test_what_is_narrowed_gets_no_wider(scene: Scene) -> None:
    taken(scene, keep=Keep.NARROW, scopes={"list", "receive_cash"})
    kept = Mandate.objects.get()
    assert (kept.may_list, kept.may_price, kept.may_answer, kept.may_receive_cash) == (True, False, False, False)
    with pytest.raises(MandateMissing):
        packing.change_price(by=scene.clerk, variant=scene.product.variants.get(), price_fen=1)


def test_narrowed_to_nothing_is_ended(scene: Scene) -> None:
    taken(scene, keep=Keep.NARROW, scopes=())
    assert Mandate.objects.get().withdrawn_at is not None


DEEDS: dict[str, Callable[[Scene, User], Any]] = {
    "lists goods": lambda scene, by: listing.list_product(
        by=by, store=scene.store, category=scene.product.category, origin=scene.store.region, name="新货"
    ),
    "edits a text": lambda scene, by: listing.edit_product(by=by, product=scene.product, story="新故事"),
    "sets a price": lambda scene, by: packing.change_price(by=by, variant=scene.product.variants.get(), price_fen=100),
    "counts stock": lambda scene, by: packing.add_stock(by=by, variant=scene.product.variants.get(), units=1),
    "adds a pack": lambda scene, by: packing.add_variant(by=by, product=scene.product, name="小袋", price_fen=100),
    "enters a lot": lambda scene, by: lots.enter_lot(
        by=by, product=scene.product, harvested_on=timezone.localdate(), quantity_g=1000
    ),
    "takes goods off sale": lambda scene, by: listing.withdraw(by=by, product=scene.product),
    "pauses": lambda scene, by: shutters.pause_store(by=by, store=scene.store, reason=PauseReason.HARVEST),
    "closes": lambda scene, by: shutters.close_store(by=by, store=scene.store),
    "drafts another store": lambda scene, by: onboarding.draft_store(
        by=by, household=scene.fresh(), station=scene.stations.point, name="另一家店"
    ),
    "mends a draft": lambda scene, by: openings.mend_store(by=by, store=draft_of(scene)),
    "changes a draft": lambda scene, by: onboarding.change_draft(by=by, store=draft_of(scene), story="新故事"),
    "submits a draft": lambda scene, by: onboarding.submit_store(by=by, store=draft_of(scene)),
    "begins an opening": lambda scene, by: openings.continue_with(
        by=by, household=scene.fresh(), station=scene.stations.point
    ),
    "asks for another number": lambda scene, by: text_phone_code(
        by=by, household=scene.fresh(), phone=f"13{by.pk:09d}"
    ),
    "says where the money goes": lambda scene, by: propose_payout(
        by=by,
        household=scene.fresh(),
        way=PayoutWay.BANK,
        holder=scene.fresh().name,
        bank="中国农业银行",
        number="6228480402564890018",
    ),
    "brings a paper": lambda scene, by: mandates.record_mandate(
        by=by,
        household=scene.fresh(),
        station=scene.stations.point,
        ends_on=timezone.localdate() + dt.timedelta(days=9),
        evidence=Evidence.PAPER,
        paper=ContentFile(b"\xff\xd8\xff\xd9"),
    ),
}


def draft_of(scene: Scene) -> Store:
    return Store.objects.filter(status=StoreStatus.DRAFT).first() or make_store(
        scene.stations.point, household=scene.fresh(), status=StoreStatus.DRAFT, opened_at=None
    )


@pytest.mark.parametrize("deed", DEEDS)
def test_nothing_old_remains(scene: Scene, deed: str) -> None:
    """Each gate opens for the clerk before, and for none of the staff afterwards."""
    with transaction.atomic():
        DEEDS[deed](scene, scene.clerk)
        transaction.set_rollback(True)
    scene.store, scene.product = Store.objects.get(pk=scene.store.pk), Product.objects.get(pk=scene.product.pk)
    taken(scene, keep=Keep.NOTHING)
    for person in staff(scene):
        with pytest.raises((MandateMissing, NotAllowed)):
            DEEDS[deed](scene, person)


def test_the_county_centre_changes_no_number_of_a_farmer_with_an_account(scene: Scene) -> None:
    """Before, it does so alone with a reason; under a mandate that the farmer kept, only with the codes of both numbers."""
    centre = make_clerk(scene.stations.centre)
    taken(scene, keep=Keep.ALL)
    number = text_phone_code(by=centre, household=scene.fresh(), phone="13955555555")
    found = re.search(r"[0-9]{6}", text_for_demo(number))
    assert found
    with pytest.raises(CodeRefused):
        change_phone(by=centre, household=scene.fresh(), phone=number, code=found.group(), reason="手机丢了")
    assert scene.fresh().phone == scene.farmer.phone


def test_a_paper_for_terms_written_down_before_is_none(scene: Scene) -> None:
    """Terms that wait for the farmer's word end, and what is written down later takes no paper either."""
    begun = make_mandate(scene.household, scene.stations.point, confirmed_at=None)
    mandates.send_code(begun)
    taken(scene, keep=Keep.ALL)
    begun.refresh_from_db()
    assert begun.withdrawn_at is not None
    assert not mandates.code_is_sent(begun)
    later = make_mandate(scene.household, scene.stations.point, confirmed_at=None)
    with pytest.raises(mandates.OwnAccount):
        mandates.confirm_by_paper(by=scene.clerk, mandate=later, paper=ContentFile(b"\xff\xd8\xff\xd9"))


def test_half_open_screens_offline_forms_and_codes_end(scene: Scene) -> None:
    opening = openings.continue_with(by=scene.clerk, household=scene.household, station=scene.stations.point)
    storages["private"].save("submissions/taking/picture.jpg", ContentFile(b"\xff\xd8\xff\xd9"))
    form = Submission.objects.create(
        nonce=uuid.uuid4(), by=scene.clerk, station=scene.stations.point, opening=opening, sealed=b"sealed",
        folder="submissions/taking", request_hash="0" * 64, state=SubmissionState.CONFLICT, filled_in_at=timezone.now(),
    )  # fmt: skip
    text_phone_code(by=scene.clerk, household=scene.household, phone="13955555555")
    text_old_phone_code(by=scene.clerk, household=scene.household, phone="13955555555")
    text_ending_code(household_id=scene.household.pk, ticket="of a browser")
    assert OneTimeCode.objects.filter(purpose="phone").count() == 2
    assert OneTimeCode.objects.filter(purpose="end_mandate").count() == 1
    proposed = PayoutAccount.objects.create(household=scene.household, way=PayoutWay.COUNTER, proposed_by=scene.clerk)
    taken(scene)
    assert not Opening.objects.exists()
    form.refresh_from_db()
    assert (form.state, form.sealed, form.folder) == (SubmissionState.SETTLED, None, "")
    assert not OneTimeCode.objects.exists()
    proposed.refresh_from_db()
    assert proposed.ended_at is not None


def test_forms_that_know_the_family_only_inside_are_emptied(scene: Scene) -> None:
    by_number, by_family = (
        receive(
            by=scene.clerk,
            nonce=uuid.uuid4(),
            filled_in_at=timezone.now(),
            station=scene.stations.point,
            filled=Filled({"farmer-phone": phone}),
            files={},
        )
        for phone in (f" {scene.household.phone} ", "")
    )
    Submission.objects.filter(pk=by_family.pk).update(household=scene.household)
    assert by_number.state == SubmissionState.CONFLICT
    taken(scene)
    for form in (by_number, by_family):
        form.refresh_from_db()
        assert (form.state, form.sealed, form.phone_index) == (SubmissionState.SETTLED, None, "")
        assert said(form)


def test_another_familys_work_goes_on(scene: Scene) -> None:
    other = make_store(scene.stations.point, household=None).household
    mandate = Mandate.objects.get(household=other)
    mandates.send_code(mandate)
    openings.continue_with(by=scene.clerk, household=other, station=scene.stations.point)
    taken(scene, keep=Keep.NOTHING)
    mandate.refresh_from_db()
    assert mandate.withdrawn_at is None
    assert mandates.code_is_sent(mandate)
    assert Opening.objects.get().household == other


def test_the_desk_is_told_and_history_knows(scene: Scene) -> None:
    assert not taken_over_lately(scene.clerk)
    taken(scene, keep=Keep.NOTHING)
    assert [one.household for one in taken_over_lately(scene.clerk)] == [scene.household]
    for stranger in (make_clerk(scene.stations.second_point), scene.farmer, make_official()):
        assert not taken_over_lately(stranger)
    event = apps.get_model("sellers.HouseholdEvent").objects.select_related("pgh_context").latest("pgh_id")
    assert event.user_id == scene.farmer.pk
    assert event.pgh_context.metadata["taking_over"] is True
    TakeOver.objects.update(at=timezone.now() - dt.timedelta(days=15))
    assert not taken_over_lately(scene.clerk)


def test_the_farmer_lets_a_station_help_again(scene: Scene) -> None:
    taken(scene, keep=Keep.NOTHING)
    household = scene.fresh()
    given = allow_help(by=scene.farmer, household=household, station=scene.stations.point, scopes={"list"})
    assert given.evidence == Evidence.ACCOUNT
    assert mandate_for(scene.clerk, household, "list") == given
    with pytest.raises(MandateMissing):
        mandate_for(scene.clerk, household, "price")
    wider = allow_help(by=scene.farmer, household=household, station=scene.stations.point, scopes={"list", "price"})
    given.refresh_from_db()
    assert given.withdrawn_at is not None, "one mandate a station"
    assert mandate_for(scene.clerk, household, "price") == wider


def test_help_is_allowed_by_the_farmer_alone_to_a_station_nearby(scene: Scene) -> None:
    with pytest.raises(NotAllowed):
        allow_help(by=scene.clerk, household=scene.fresh(), station=scene.stations.point, scopes={"list"})
    taken(scene, keep=Keep.NOTHING)
    household = scene.fresh()
    near = list(stations_near(household))
    assert near == [scene.stations.point, scene.stations.township, scene.stations.centre]
    with pytest.raises(StationElsewhere):
        allow_help(by=scene.farmer, household=household, station=scene.stations.second_point, scopes={"list"})
    with pytest.raises(NothingAllowed):
        allow_help(by=scene.farmer, household=household, station=scene.stations.point, scopes=())
