"""What is kept about a person: all of it, on a page and as a file, for them alone, with the numbers that could be misused masked."""

import json

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import Address, Consent, ConsentPurpose, User
from accounts.sealing import seal
from catalog.models import BackNotice
from orders.my_data import export_for_household, export_for_user
from orders.my_data_page import FIELDS, PARTS, parts_of
from orders.settlement import settle_payment
from payments.models import Payment
from sellers.identity import set_identity
from sellers.models import Consent as SellerConsent
from sellers.models import Household, Payout, PayoutAccount, PayoutState, PayoutWay, RevealPurpose, Sealed
from sellers.paying_cash import CALLED_OFF
from sellers.revealing import reveal
from tests.cast import make_clerk, make_user, signed_in_client
from tests.orders.flashing import make_flash, place_of
from tests.orders.scene import Scene, make_scene, order_of

NUMBER, CARD = "430426196803057220", "6228480402564890018"


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


@pytest.fixture
def farmer(scene: Scene) -> User:
    """A farmer with an account of their own, who buys too."""
    user = make_user("farmer@daylily.example", name="李秀英", phone="13873400001")
    household = scene.store.household
    household.user = user
    set_identity(household, NUMBER)
    household.save()
    SellerConsent.objects.create(household=household, purpose="record", version="2026-11")
    account = PayoutAccount(
        household=household, way=PayoutWay.BANK, holder="李秀英", bank="农业银行", number_tail="0018",
        confirmed_at=timezone.now(), usable_from=timezone.now(),
    )  # fmt: skip
    account.number_sealed = seal(CARD, place=account.seal_place)
    account.save()
    Address.objects.create(
        user=user, recipient="李秀英", phone="13873400001", region_code="430426000000", detail="三星村8组"
    )
    Consent.objects.create(user=user, purpose=ConsentPurpose.ADDRESSES, version="2026-11")
    BackNotice.objects.create(user=user, variant=scene.tea)
    place_of(make_flash(scene.more_daylily), user)
    order = order_of(scene, buyer=user, lines=[(scene.tea.pk, 1)])
    settle_payment(Payment.objects.get(order_ref=order.ref).pk)
    sold = order_of(scene)
    settle_payment(Payment.objects.get(order_ref=sold.ref).pk)
    clerk = make_clerk(scene.qidong.centre, "邹丽")
    reveal(by=clerk, household=household, what=Sealed.PHONE, purpose=RevealPurpose.CALL)
    Payout.objects.create(
        number="P261122-ABCDEF", household=household, account=account, amount_fen=4_400, prepared_by=clerk,
        state=PayoutState.CANCELLED, ended_at=timezone.now(), reason=CALLED_OFF,
    )  # fmt: skip
    return user


def test_every_part_is_there(farmer: User) -> None:
    data = export_for_user(farmer)
    assert data.keys() == PARTS.keys()
    empty = {key for key, records in data.items() if not records}
    # What was said in after-sales and reviews: tests/aftersales/test_personal.py; coupons: tests/orders/test_coupons.py.
    assert empty <= {"sign_in", "sessions", "cart", "postings", "members", "cases", "coupons", "reviews"}
    assert data["orders"][0]["lines"][0]["goods"] == "桑植白茶 500克袋装"
    assert data["opened"][0]["who"] == "邹丽"
    assert data["opened"][0]["purpose"] == str(RevealPurpose.CALL.label)
    assert [row["earned_fen"] for row in data["sales"]] == [7372]
    assert data["money"][0]["balance_fen"] == 7372
    assert [(row["number"], row["amount_fen"], row["why"]) for row in data["payouts"]] == [
        ("P261122-ABCDEF", 4_400, "柜台取消了这笔打款。")
    ]


def test_every_field_has_a_name(farmer: User) -> None:
    def names(record: object) -> set[str]:
        if isinstance(record, list):
            return set().union(*(names(one) for one in record))
        if isinstance(record, dict):
            return set(record) | set().union(*(names(one) for one in record.values()), set())
        return set()

    used = set().union(*(names(records) for records in export_for_user(farmer).values()))
    assert used <= FIELDS.keys()


def test_identity_and_card_stay_masked(farmer: User) -> None:
    text = json.dumps(export_for_user(farmer), default=str)
    assert NUMBER not in text
    assert CARD not in text
    assert "****7220" in text
    assert "****0018" in text


def test_a_buyer_of_theirs_is_not_in_it(farmer: User, scene: Scene) -> None:
    text = json.dumps(export_for_household(Household.objects.get(user=farmer)), default=str, ensure_ascii=False)
    assert "刘敏" not in text
    assert "13907310000" not in text
    assert "麓山南路" not in text


def test_the_page_reads_in_both_languages(farmer: User) -> None:
    client = signed_in_client(farmer)
    for language, address, word in (
        ("zh-hans", "/account/data/", "我的个人信息"),
        ("en", "/en/account/data/", "My data"),
    ):
        with translation.override(language):
            answer = client.get(address)
            page = answer.content.decode()
        assert word in page
        assert "13873400001" in page
        assert NUMBER not in page
        assert "no-store" in answer["Cache-Control"]


def test_the_file_is_theirs_alone(farmer: User) -> None:
    answer = signed_in_client(farmer).get("/account/data/json/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    assert json.loads(answer.content)["account"][0]["phone"] == "13873400001"
    other = json.loads(signed_in_client(make_user()).get("/account/data/json/").content)
    assert "李秀英" not in json.dumps(other, ensure_ascii=False)
    assert Client().get("/account/data/json/").status_code == 302


def test_the_centre_hands_a_farmer_the_file(farmer: User, scene: Scene) -> None:
    household = Household.objects.get(user=farmer)
    client = signed_in_client(make_clerk(scene.qidong.centre, "肖芳"))
    answer = client.post(f"/desk/households/{household.pk}/data/")
    assert json.loads(answer.content)["household"][0]["full_name"] == "李秀英"
    assert json.loads(answer.content)["household"][0]["phone"].startswith("138****")
    elsewhere = signed_in_client(make_clerk(scene.sangzhi.centre))
    assert elsewhere.get(f"/desk/households/{household.pk}/data/").status_code == 404


def test_the_desk_sees_no_whole_number_the_farmer_does(farmer: User, scene: Scene) -> None:
    household = Household.objects.get(user=farmer)
    Household.objects.filter(pk=household.pk).update(phone="13873400001", phone_before="13600136000")
    desk = signed_in_client(make_clerk(scene.qidong.centre, "肖芳"))
    url = f"/desk/households/{household.pk}/data/"
    for shown in (desk.get(url), desk.post(url)):
        text = shown.content.decode()
        assert "138****0001" in text
        assert "136****6000" in text
        assert "13873400001" not in text
        assert "13600136000" not in text
    own = signed_in_client(farmer).get("/account/data/json/").content.decode()
    assert "13873400001" in own
    assert "13600136000" in own


def test_the_familys_page_leads_each_role_to_what_it_may_do(scene: Scene) -> None:
    household, shown = scene.store.household, {}
    for name, clerk in (("village", make_clerk(scene.qidong.point)), ("centre", make_clerk(scene.qidong.centre))):
        page = signed_in_client(clerk).get(f"/desk/households/{household.pk}/").content.decode()
        shown[name] = {
            word
            for word in ("open", "data", "delete", "consent")
            if f'"/desk/households/{household.pk}/{word}/"' in page
        }
    assert shown == {"village": {"open", "consent"}, "centre": {"open", "data", "delete", "consent"}}


def test_the_page_leaves_out_what_is_empty(farmer: User) -> None:
    parts = parts_of(export_for_user(make_user("new@daylily.example")))
    assert [part.key for part in parts] == ["account"]
    assert all(field.text or field.moment for field in parts[0].records[0])


def test_the_notice_stands_in_both_languages(db: None) -> None:
    for address, word in (("/privacy/", "隐私"), ("/en/privacy/", "Privacy notice")):
        answer = Client().get(address)
        assert answer.status_code == 200
        assert word in answer.content.decode()
