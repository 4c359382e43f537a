"""A buyer and a farmer ask to be deleted: what stands in the way is said, and afterwards no table knows them; figures stay to the fen."""

import datetime as dt
import uuid
from dataclasses import dataclass

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from django.utils import timezone

from accounts.models import Address, Consent, ConsentPurpose, User
from accounts.sealing import seal
from orders import forgetting, release
from orders.forgetting import NotYet, forget_household, forget_old_orders, forget_user, forget_withdrawn
from orders.models import Order, Sale
from orders.verification import verify_delivered
from payments.models import Entry, RateCard
from pictures.models import Picture
from sellers import consents
from sellers.families import change_household
from sellers.filled import Filled
from sellers.identity import set_identity
from sellers.models import Consent as SellerConsent
from sellers.models import ConsentPurpose as SellerPurpose
from sellers.models import Household, Mandate, Opening, PayoutAccount, PayoutWay, Store, StoreStatus
from sellers.offline import receive
from stations.models import Role
from stations.scope import NotAllowed
from tests.cast import PASSWORD, make_clerk, make_official, make_operator, make_user, post, signed_in_client
from tests.orders.scene import Scene, make_scene, order_of, to_the_door
from tests.privacy.searching import places_in_database
from tests.reports.test_audits import deliver, found, settle

NUMBER = "430426196803057220"
LONG_AGO = dt.timedelta(days=20)
BUYER = ("柳如烟女士", "liuruyan@example.cn", "18673409921", "望城坡枫林三路777号")
FARMER = ("申屠桂枝", "15274733316", "15274733300", NUMBER, "Shentu Guizhi", "6228480402564890018", "一辈子只种黄花菜")


@dataclass
class Life:
    """A buyer with an account, and a farmer's family whose store sold to them twenty days ago; nothing is owed to anybody."""

    scene: Scene
    buyer: User
    household: Household
    order: Order
    centre: User


@pytest.fixture
def life(db: None) -> Life:
    scene = make_scene()
    # No way to pay out stands in these tests' way.
    RateCard.objects.create(commission_bp=7_000, station_fee_bp=3_000, valid_from=dt.date(2020, 1, 2))
    buyer = make_user(BUYER[1], name=BUYER[0], phone=BUYER[2])
    recipient = to_the_door(recipient=BUYER[0], phone=BUYER[2], address=BUYER[3])
    household = _farmer(scene)
    then = timezone.now() - LONG_AGO
    order = order_of(scene, buyer=buyer, email=BUYER[1], delivery=recipient, at=then)
    settle(order, at=then)
    deliver(order, at=then)
    verify_delivered()
    release.release_delivered()
    order.refresh_from_db()
    Address.objects.create(user=buyer, recipient=BUYER[0], phone=BUYER[2], region_code=order.region_id, detail=BUYER[3])
    Consent.objects.create(user=buyer, purpose=ConsentPurpose.ADDRESSES, version="2026-11")
    return Life(scene, buyer, household, order, make_clerk(scene.qidong.centre, "邹丽"))


def _farmer(scene: Scene) -> Household:
    household = scene.store.household
    household.name, household.name_latin, household.phone, household.phone_before = FARMER[0], FARMER[4], *FARMER[1:3]
    set_identity(household, NUMBER)
    household.save()
    story = f"{FARMER[6]}，{FARMER[0]}说。"
    Store.objects.filter(pk=scene.store.pk).update(
        name=f"{FARMER[0]}家的店", name_en=f"{FARMER[4]}'s shop", story=story
    )
    product = scene.daylily.product
    product.refresh_from_db()
    product.story = f"{FARMER[0]}亲手晒的"
    product.save()
    account = PayoutAccount(
        household=household, way=PayoutWay.BANK, holder=FARMER[0], bank="农业银行祁东支行", number_tail="0018",
        confirmed_at=timezone.now(), usable_from=timezone.now(),
    )  # fmt: skip
    account.number_sealed = seal(FARMER[5], place=account.seal_place)
    account.save()
    for purpose in SellerPurpose.values:
        SellerConsent.objects.create(household=household, purpose=purpose, version="2026-11")
    # They have had this number all along: the history of it began when the test did.
    household.events.update(phone=FARMER[1])  # type: ignore[attr-defined]
    return household


def close(life: Life) -> None:
    store = Store.objects.get(household=life.household)
    Store.objects.filter(pk=store.pk).update(status=StoreStatus.CLOSED)


class TestBuyer:
    def test_no_table_knows_them_afterwards_and_the_figures_stay(self, life: Life) -> None:
        assert places_in_database(*BUYER), "The search finds what is there."
        facts, entries = list(Sale.objects.values()), list(Entry.objects.values())
        forget_user(by=life.buyer, user=life.buyer)
        assert places_in_database(*BUYER) == []
        assert list(Sale.objects.values()) == facts
        assert list(Entry.objects.values()) == entries
        assert found("check_ledger") == found("check_volume") == ""
        life.order.refresh_from_db()
        assert life.order.region_id == to_the_door().region.code
        assert life.order.total_fen == 2 * 3880 + life.order.freight_fen

    def test_nobody_signs_in_with_it_any_more(self, life: Life) -> None:
        client = signed_in_client(life.buyer)
        assert client.get("/account/data/").status_code == 200
        forget_user(by=life.buyer, user=life.buyer)
        life.buyer.refresh_from_db()
        assert (life.buyer.is_active, life.buyer.has_usable_password()) == (False, False)
        assert client.get("/account/data/").status_code == 302
        assert not Client().login(email=BUYER[1], password=PASSWORD)

    def test_an_order_under_way_stands_in_the_way(self, life: Life) -> None:
        order = order_of(life.scene, buyer=life.buyer, email=BUYER[1])
        with pytest.raises(NotYet, match=order.number):
            forget_user(by=life.buyer, user=life.buyer)
        settle(order)
        with pytest.raises(NotYet, match=order.number):
            forget_user(by=life.buyer, user=life.buyer)
        life.buyer.refresh_from_db()
        assert life.buyer.name == BUYER[0]
        assert Address.objects.filter(user=life.buyer).exists()

    def test_a_posting_stands_in_the_way(self, life: Life) -> None:
        post(life.buyer, Role.COUNTY_OFFICIAL, region_code="430426000000")
        with pytest.raises(NotYet):
            forget_user(by=life.buyer, user=life.buyer)

    def test_the_name_given_with_an_old_posting_goes(self, life: Life) -> None:
        post(life.buyer, Role.COUNTY_OFFICIAL, region_code="430426000000")
        held = life.buyer.postings.get()
        held.name, held.ends_on = "申屠旧名", timezone.localdate()
        held.save()
        assert places_in_database("申屠旧名")
        forget_user(by=life.buyer, user=life.buyer)
        assert places_in_database("申屠旧名") == []

    def test_nobody_else_may(self, life: Life) -> None:
        for other in (life.centre, make_user(), make_official()):
            with pytest.raises(NotAllowed):
                forget_user(by=other, user=life.buyer)

    def test_somebody_elses_order_keeps_its_recipient(self, life: Life) -> None:
        other = order_of(life.scene, buyer=None, email="wangfang@example.cn")
        forget_user(by=life.buyer, user=life.buyer)
        other.refresh_from_db()
        assert other.recipient == "刘敏"


class TestFarmer:
    def test_an_open_store_stands_in_the_way(self, life: Life) -> None:
        with pytest.raises(NotYet, match="店"):
            forget_household(by=life.centre, household=life.household)
        life.household.refresh_from_db()
        assert life.household.name == FARMER[0]

    def test_no_table_knows_them_afterwards_and_the_figures_stay(self, life: Life) -> None:
        close(life)
        shown = places_in_database(*FARMER[:5], FARMER[6])
        assert {place.split(".")[0] for place in shown} >= {
            "sellers_household",
            "sellers_householdevent",
            "sellers_storeevent",
        }
        forget_household(by=life.centre, household=life.household)
        assert places_in_database(*FARMER) == []
        assert found("check_ledger") == found("check_volume") == ""

    def test_forms_half_filled_in_go_with_the_family(self, life: Life) -> None:
        clerk = make_clerk(life.scene.qidong.point)
        sent = receive(
            by=clerk, nonce=uuid.uuid4(), filled_in_at=timezone.now(), station=life.scene.qidong.point,
            filled=Filled({"farmer-name": FARMER[0], "farmer-phone": FARMER[1]}), files={},
        )  # fmt: skip
        begun = {"station": life.scene.qidong.point, "begun_by": clerk, "consent_version": "1"}
        Opening.objects.create(name=FARMER[0], phone=FARMER[1], **begun)
        other = Opening.objects.create(name="赵小平", phone="13912312312", **begun)
        close(life)
        forget_household(by=life.centre, household=life.household)
        sent.refresh_from_db()
        assert (sent.state, sent.sealed, sent.phone_index) == ("settled", None, "")
        assert list(Opening.objects.all()) == [other]

    def test_why_somebody_changed_it_goes_too(self, life: Life) -> None:
        change_household(by=life.centre, household=life.household, name="申屠旧名", reason="她叫申屠旧名，电话对过")
        Household.objects.filter(pk=life.household.pk).update(name=FARMER[0])
        assert places_in_database("申屠旧名，")
        close(life)
        forget_household(by=life.centre, household=life.household)
        assert places_in_database("申屠旧名") == []

    def test_a_purchase_by_the_own_family_stays_left_out_and_accounted_for(self, life: Life) -> None:
        then = timezone.now() - LONG_AGO
        own = order_of(life.scene, delivery=to_the_door(phone=FARMER[1], recipient=FARMER[0]), at=then)
        settle(own, at=then)
        deliver(own, at=then)
        verify_delivered()
        release.release_delivered()
        assert found("check_volume") == ""
        close(life)
        forget_household(by=life.centre, household=life.household)
        assert Sale.objects.get(order_ref=own.ref).left_out == "self_purchase"
        assert found("check_volume") == ""

    def test_money_that_is_owed_stands_in_the_way(self, life: Life) -> None:
        RateCard.objects.create(commission_bp=200, station_fee_bp=300, valid_from=dt.date(2020, 1, 3))
        then = timezone.now() - LONG_AGO
        order = order_of(life.scene, at=then)
        settle(order, at=then)
        deliver(order, at=then)
        release.release_delivered()
        close(life)
        with pytest.raises(NotYet, match="73.72"):
            forget_household(by=life.centre, household=life.household)

    def test_goods_under_way_stand_in_the_way(self, life: Life) -> None:
        settle(order_of(life.scene))
        close(life)
        with pytest.raises(NotYet):
            forget_household(by=life.centre, household=life.household)

    def test_only_the_centre_or_the_farmer_may(self, life: Life) -> None:
        close(life)
        for other in (make_clerk(life.scene.qidong.township), make_clerk(life.scene.sangzhi.centre), make_official()):
            with pytest.raises(NotAllowed):
                forget_household(by=other, household=life.household)

    def test_a_picture_of_the_family_goes_with_it(self, life: Life) -> None:
        picture = Picture.objects.create(title="x", width=1, height=1, sources={"jpeg": []})
        Store.objects.filter(household=life.household).update(picture=picture)
        close(life)
        forget_household(by=life.centre, household=life.household)
        assert not Picture.objects.filter(pk=picture.pk).exists()

    def test_a_signed_paper_goes_when_nothing_was_sold_under_it(
        self, life: Life, django_capture_on_commit_callbacks: "object"
    ) -> None:
        paper = _paper(life)
        close(life)
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            forget_household(by=life.centre, household=life.household)
        assert storages["private"].exists(paper), "It proves by whose leave was sold, three years long."
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            forget_old_orders(at=timezone.now() + dt.timedelta(days=1_200))
        assert not storages["private"].exists(paper)
        assert not Mandate.objects.filter(paper=paper).exists()

    def test_the_farmer_of_an_account_goes_with_it(self, life: Life) -> None:
        own = make_user("shentu@example.cn", name=FARMER[0])
        Household.objects.filter(pk=life.household.pk).update(user=own)
        with pytest.raises(NotYet):
            forget_user(by=own, user=own)
        close(life)
        forget_user(by=own, user=own)
        life.household.refresh_from_db()
        assert life.household.forgotten_at
        assert life.household.user is None


def _paper(life: Life) -> str:
    name: str = storages["private"].save("mandates/forgotten.jpg", ContentFile(b"\xff\xd8\xff\xd9"))
    Mandate.objects.filter(household=life.household).update(paper=name, evidence="paper")
    return name


class TestConsents:
    def test_the_number_goes_at_once_where_no_store_sells(self, life: Life) -> None:
        close(life)
        followed = consents.withdraw_consent(by=life.centre, household=life.household, purpose=SellerPurpose.IDENTITY)
        assert followed == consents.Followed.DELETED
        life.household.refresh_from_db()
        assert (life.household.identity_sealed, life.household.identity_index, life.household.identity_tail) == (
            None,
            None,
            "",
        )

    def test_while_a_store_sells_the_law_keeps_it_until_it_closes(self, life: Life) -> None:
        followed = consents.withdraw_consent(by=life.centre, household=life.household, purpose=SellerPurpose.IDENTITY)
        assert followed == consents.Followed.KEPT_BY_LAW
        assert not SellerConsent.objects.filter(purpose=SellerPurpose.IDENTITY, withdrawn_at=None).exists()
        assert consents.drop_identities() == 0
        close(life)
        assert consents.drop_identities() == 1
        life.household.refresh_from_db()
        assert life.household.identity_sealed is None

    def test_a_number_whose_consent_stands_stays(self, life: Life) -> None:
        close(life)
        assert consents.drop_identities() == 0
        life.household.refresh_from_db()
        assert life.household.identity_sealed

    def test_the_record_goes_when_its_consent_is_taken_back_and_nothing_stands_in_the_way(self, life: Life) -> None:
        consents.withdraw_consent(by=life.centre, household=life.household, purpose=SellerPurpose.RECORD)
        assert forget_withdrawn() == 0
        close(life)
        assert forget_withdrawn() == 1
        life.household.refresh_from_db()
        assert life.household.name == f"已注销卖家 {life.household.pk}"

    def test_a_stranger_takes_nothing_back(self, life: Life) -> None:
        for other in (make_user(), make_official(), make_clerk(life.scene.sangzhi.centre)):
            with pytest.raises(NotAllowed):
                consents.withdraw_consent(by=other, household=life.household, purpose=SellerPurpose.RECORD)
        assert life.household.consents.filter(withdrawn_at=None).count() == len(SellerPurpose.values)


def test_recipients_are_forgotten_when_the_law_no_longer_keeps_them(life: Life) -> None:
    assert forget_old_orders() == 0
    assert forget_old_orders(at=timezone.now() + forgetting.KEPT_FOR) == 1
    life.order.refresh_from_db()
    assert (life.order.recipient, life.order.phone, life.order.address, life.order.email) == ("", "", "", "")
    assert found("check_volume") == ""


class TestPages:
    def test_a_buyer_deletes_the_account(self, life: Life) -> None:
        client = signed_in_client(life.buyer)
        assert client.post("/account/data/delete/", {}).status_code == 422
        assert client.post("/account/data/delete/", {"sure": "on"}).status_code == 200
        assert places_in_database(*BUYER) == []

    def test_what_stands_in_the_way_is_a_list(self, life: Life) -> None:
        order = order_of(life.scene, buyer=life.buyer, email=BUYER[1])
        client = signed_in_client(life.buyer)
        assert order.number in client.get("/account/data/delete/").content.decode()
        client.post("/account/data/delete/", {"sure": "on"})
        life.buyer.refresh_from_db()
        assert life.buyer.forgotten_at is None

    def test_taking_back_the_addresses_deletes_them(self, life: Life) -> None:
        client = signed_in_client(life.buyer)
        client.post("/account/data/consent/", {"purpose": "addresses"})
        assert not Address.objects.filter(user=life.buyer).exists()
        assert Consent.objects.get(user=life.buyer).withdrawn_at

    def test_the_centre_deletes_at_the_farmers_word(self, life: Life) -> None:
        close(life)
        client, url = signed_in_client(life.centre), f"/desk/households/{life.household.pk}/delete/"
        assert client.post(url, {}).status_code == 422
        assert client.post(url, {"sure": "on"}).status_code == 200
        life.household.refresh_from_db()
        assert life.household.forgotten_at
        assert client.get(url).status_code == 404

    def test_a_township_may_not(self, life: Life) -> None:
        client = signed_in_client(make_clerk(life.scene.qidong.township))
        assert client.get(f"/desk/households/{life.household.pk}/delete/").status_code == 403
        assert client.get(f"/desk/households/{life.household.pk}/data/").status_code == 403

    def test_the_operator_may(self, life: Life) -> None:
        client = signed_in_client(make_operator())
        assert client.get(f"/desk/households/{life.household.pk}/data/").status_code == 200

    def test_a_consent_is_taken_back_at_the_desk(self, life: Life) -> None:
        client = signed_in_client(make_clerk(life.scene.qidong.point))
        answer = client.post(f"/desk/households/{life.household.pk}/consent/", {"purpose": "identity"})
        assert answer.status_code == 200
        assert not life.household.consents.filter(purpose="identity", withdrawn_at=None).exists()
