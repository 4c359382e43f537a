"""The screens of opening a store: each keeps its answer, wrong ones stay and are explained, any phone can go on."""

import datetime as dt
import io
import re
import struct
import zlib
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django.fixtures import Settings

from accounts import messages
from accounts.models import OneTimeCode, User
from accounts.sealing import unseal
from sellers import onboarding, openings
from sellers.models import Evidence, Household, Mandate, Opening, OpeningStep, Store, StoreStatus
from sellers.names import latin_name, store_names, surname_of
from sellers.views import opening as views
from stations.models import Role
from tests import cast

pytestmark = pytest.mark.django_db
IDENTITY = "11010519491231002X"  # the example of GB 11643-1999
PHONE = "13900139000"
LICENCE = "91350100M000100Y43"  # the example of GB 32100-2015
FARMER = {"consent": "on", "kind": "household", "name": "曾桂香", "phone": PHONE}
NUMBER = {"identity_consent": "on", "identity": IDENTITY}


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


def at(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def begin(client: Client, user: User, **answers: str) -> str:
    """Send the first screen's answers; returns the page that follows."""
    station = str(user.postings.get().station_id)
    return client.post("/desk/stores/open/", {**FARMER, "station": station, **answers}, follow=True).content.decode()


def begun(client: Client, user: User, **answers: str) -> Opening:
    """An opening at the second screen."""
    begin(client, user, **answers)
    return Opening.objects.latest("pk")


def answer(client: Client, opening: Opening, step: str, **answers: Any) -> str:
    """Send a screen's answers; returns the page that follows."""
    return client.post(f"/desk/stores/open/{opening.ref}/{step}/", answers, follow=True).content.decode()


def registered(client: Client, user: User) -> Opening:
    """An opening whose family is on record."""
    opening = begun(client, user)
    answer(client, opening, "identity", **NUMBER, women_led="on")
    opening.refresh_from_db()
    return opening


def terms(how: str = "code", days: int = 365) -> dict[str, str]:
    """What the farmer allows: prices and answers, for a year."""
    ends_on = timezone.localdate() + dt.timedelta(days=days)
    return {"may_price": "on", "may_answer": "on", "ends_on": ends_on.isoformat(), "how": how}


def with_terms(client: Client, user: User) -> Opening:
    """An opening whose farmer was texted a code."""
    opening = registered(client, user)
    answer(client, opening, "mandate", **terms())
    opening.refresh_from_db()
    return opening


def with_word(client: Client, user: User) -> Opening:
    """An opening at the store's screen."""
    opening = with_terms(client, user)
    answer(client, opening, "mandate", code=texted_code())
    opening.refresh_from_db()
    return opening


def texted_code() -> str:
    found = re.search(r"\d{6}", messages.text_for_demo(PHONE))
    assert found
    return found.group()


def photograph() -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (640, 480), (120, 150, 80)).save(file, "JPEG")
    return SimpleUploadedFile("paper.jpg", file.getvalue(), "image/jpeg")


def bomb() -> SimpleUploadedFile:
    """A PNG of a few hundred bytes that says it has 100 megapixels."""
    header = struct.pack(">IIBBBBB", 10_000, 10_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return SimpleUploadedFile("paper.png", b"\x89PNG\r\n\x1a\n" + body, "image/png")


class TestBeginning:
    """Consent comes first."""

    def test_without_consent_nothing_is_kept(self, clerk: User) -> None:
        text = begin(at(clerk), clerk, consent="")
        assert "未经农户同意" in text
        assert 'value="曾桂香"' in text
        assert not Opening.objects.exists()

    def test_only_station_staff_open_stores(self, qidong: cast.Stations) -> None:
        for person in (cast.make_official(), cast.make_user(), cast.make_operator()):
            response = at(person).get("/desk/stores/open/")
            assert response.status_code == 403
            assert "您没有在站点任职" in response.content.decode()

    def test_the_station_is_one_of_ones_own(self, qidong: cast.Stations, clerk: User) -> None:
        begin(at(clerk), clerk, station=str(qidong.centre.pk))
        assert not Opening.objects.exists()

    def test_looking_begins_nothing(self, clerk: User) -> None:
        at(clerk).get("/desk/stores/open/")
        assert not Opening.objects.exists()

    @pytest.mark.parametrize(
        ("answers", "said"),
        [
            ({"phone": "123"}, "手机号码是11位数字"),
            ({"name": "曾\u202e桂香"}, "看不见的控制字符"),
            ({"name": "曾\x00桂香"}, "字符"),
            ({"name": ""}, "errorlist"),
            ({"kind": "station"}, "errorlist"),
        ],
    )
    def test_a_wrong_answer_is_explained_and_kept(self, clerk: User, answers: dict[str, str], said: str) -> None:
        text = begin(at(clerk), clerk, **answers)
        assert said in text
        assert f'value="{answers.get("phone", PHONE)}"' in text
        assert not Opening.objects.exists()

    def test_english_says_it_in_english(self, clerk: User) -> None:
        response = at(clerk).post("/en/desk/stores/open/", {**FARMER, "phone": "123"})
        assert "A mobile number has 11 digits" in response.content.decode()

    def test_a_known_phone_is_found_at_once(self, qidong: cast.Stations, clerk: User) -> None:
        household = cast.make_household(qidong.point, "彭大山")
        client = at(clerk)
        text = begin(client, clerk, phone=household.phone)
        assert "已经登记过了" in text
        assert "继续为彭大山办理" in text
        assert not Opening.objects.exists()
        response = client.post(f"/desk/stores/open/for/{household.pk}/", follow=True)
        assert response.redirect_chain[-1][0].endswith("/mandate/")
        assert Opening.objects.get().household == household

    def test_a_family_of_another_village_is_not_shown(self, qidong: cast.Stations, clerk: User) -> None:
        household = cast.make_household(qidong.other_point, "彭大山")
        client = at(clerk)
        text = begin(client, clerk, phone=household.phone)
        assert "该农户属于其他站点" in text
        assert "继续为" not in text
        assert client.post(f"/desk/stores/open/for/{household.pk}/").status_code == 404

    def test_a_family_with_a_mandate_goes_straight_to_the_store(self, qidong: cast.Stations, clerk: User) -> None:
        household = cast.make_household(qidong.point)
        cast.make_mandate(household, qidong.point)
        response = at(clerk).post(f"/desk/stores/open/for/{household.pk}/", follow=True)
        assert response.redirect_chain[-1][0].endswith("/store/")
        again = at(clerk).post(f"/desk/stores/open/for/{household.pk}/", follow=True)
        assert again.redirect_chain[-1] == response.redirect_chain[-1]

    def test_a_clerk_of_two_points_goes_on_at_the_familys_own(self, qidong: cast.Stations, clerk: User) -> None:
        cast.post(clerk, Role.VILLAGE_STAFF, station=qidong.second_point)
        household = cast.make_household(qidong.second_point)
        at(clerk).post(f"/desk/stores/open/for/{household.pk}/")
        assert Opening.objects.get().station == qidong.second_point

    def test_a_station_is_no_family(self, qidong: cast.Stations) -> None:
        township = cast.make_clerk(qidong.township)
        store = onboarding.open_gathering_store(by=township, station=qidong.township, name="集货店")
        assert at(township).post(f"/desk/stores/open/for/{store.household_id}/").status_code == 404

    def test_corrected_before_registration(self, clerk: User) -> None:
        client = at(clerk)
        opening = begun(client, clerk)
        answer(client, opening, "farmer", kind="cooperative", name="曾桂香合作社", phone="13700137000")
        opening.refresh_from_db()
        assert (opening.kind, opening.name, opening.phone) == ("cooperative", "曾桂香合作社", "13700137000")
        assert opening.step == OpeningStep.IDENTITY

    def test_discarded_before_registration(self, clerk: User) -> None:
        client = at(clerk)
        opening = begun(client, clerk)
        client.post(f"/desk/stores/open/{opening.ref}/discard/")
        assert not Opening.objects.exists()

    def test_forgotten_after_thirty_days(self, clerk: User) -> None:
        client = at(clerk)
        kept = registered(client, clerk)
        begun(client, clerk, phone="13700137000")
        assert openings.forget_openings(at=timezone.now() + dt.timedelta(days=29)) == 0
        openings.forget_openings(at=timezone.now() + dt.timedelta(days=31))
        assert list(Opening.objects.all()) == [kept]


class TestIdentity:
    """The family's number, or an organisation's licence; then they are on record."""

    @pytest.mark.parametrize("number", ["110105194912310021", "1101051949", "x"])
    def test_a_wrong_number(self, clerk: User, number: str) -> None:
        client = at(clerk)
        opening = begun(client, clerk)
        text = answer(client, opening, "identity", identity_consent="on", identity=number)
        assert "errorlist" in text
        assert f'value="{number}"' in text
        assert not Household.objects.exists()

    def test_it_needs_a_consent_of_its_own(self, clerk: User) -> None:
        client = at(clerk)
        opening = begun(client, clerk)
        answer(client, opening, "identity", identity=IDENTITY)
        assert not Household.objects.exists()

    def test_it_is_sealed_from_the_first_moment(self, clerk: User) -> None:
        client = at(clerk)
        opening = begun(client, clerk)
        text = answer(client, opening, "identity", identity_consent="on", identity="１１０１０５ 19491231 002x")
        assert IDENTITY not in text
        household = Household.objects.get()
        assert household.identity_tail == "002X"
        assert IDENTITY.encode() not in bytes(household.identity_sealed or b"")

    def test_a_known_number(self, clerk: User) -> None:
        client = at(clerk)
        registered(client, clerk)
        other = begun(client, clerk, name="曾小妹", phone="13700137000")
        text = answer(client, other, "identity", **NUMBER)
        assert "这个身份证号码已经登记过了" in text
        assert "继续为曾桂香办理" in text

    def test_a_township_asks_for_the_village(self, qidong: cast.Stations) -> None:
        clerk = cast.make_clerk(qidong.township)
        client = at(clerk)
        opening = begun(client, clerk)
        text = client.get(f"/desk/stores/open/{opening.ref}/identity/").content.decode()
        assert qidong.second_point.region.label in text
        assert qidong.other_point.region_id not in text
        answer(client, opening, "identity", **NUMBER, region=qidong.other_point.region_id)
        assert not Household.objects.exists()
        answer(client, opening, "identity", **NUMBER, region=qidong.second_point.region_id)
        assert Household.objects.get().region == qidong.second_point.region

    def test_registering_empties_the_opening(self, clerk: User) -> None:
        opening = registered(at(clerk), clerk)
        household = Household.objects.get()
        assert (household.name, household.name_latin, household.phone) == ("曾桂香", "Zeng Guixiang", PHONE)
        assert (household.women_led, household.consents.get(purpose="record").version) == (
            True,
            opening.consent_version,
        )
        assert unseal(bytes(household.identity_sealed or b""), place=household.seal_place) == IDENTITY
        assert (opening.name, opening.phone) == ("", "")

    def test_registered_twice_by_a_double_click(self, clerk: User) -> None:
        opening = registered(at(clerk), clerk)
        openings.record_identity(by=clerk, opening=opening, identity=IDENTITY)
        assert Household.objects.count() == 1


class TestLicence:
    """A co-operative and an enterprise are known by their licence; nobody's identity number is asked."""

    def test_a_cooperative(self, clerk: User) -> None:
        client = at(clerk)
        opening = begun(client, clerk, kind="cooperative", name="祁东县黄花菜专业合作社")
        text = client.get(f"/desk/stores/open/{opening.ref}/identity/").content.decode()
        assert 'name="identity"' not in text
        answer(client, opening, "identity", licence_code=LICENCE.lower(), representative="曾桂香", licence=photograph())
        household = Household.objects.get()
        assert (household.kind, household.licence_code, household.representative) == ("cooperative", LICENCE, "曾桂香")
        assert storages["private"].exists(household.licence_paper)
        assert (household.identity_sealed, household.name_latin) == (None, "")

    @pytest.mark.parametrize("code", [LICENCE[:-1] + "4", LICENCE[:-1], "9135010OM000100Y43", ""])
    def test_a_wrong_code_keeps_the_photograph(self, clerk: User, code: str) -> None:
        client = at(clerk)
        opening = begun(client, clerk, kind="enterprise", name="祁东县黄花食品有限公司")
        text = answer(client, opening, "identity", licence_code=code, representative="曾桂香", licence=photograph())
        assert "营业执照照片已保存" in text
        field = re.search(r'<input[^>]*name="licence"[^>]*>', text)
        assert field and "required" not in field.group()
        assert not Household.objects.exists()
        answer(client, opening, "identity", licence_code=LICENCE, representative="曾桂香")
        assert Household.objects.get().licence_paper

    def test_a_known_licence(self, clerk: User) -> None:
        client = at(clerk)
        for phone in (PHONE, "13700137000"):
            opening = begun(client, clerk, kind="enterprise", name="祁东县黄花食品有限公司", phone=phone)
            sent = {"licence_code": LICENCE, "representative": "曾桂香", "licence": photograph()}
            text = answer(client, opening, "identity", **sent)
        assert "营业执照已经登记过了" in text
        assert Household.objects.count() == 1

    def test_an_abandoned_photograph_is_deleted(self, clerk: User) -> None:
        client = at(clerk)
        opening = begun(client, clerk, kind="enterprise", name="祁东县黄花食品有限公司")
        answer(client, opening, "identity", licence_code="", representative="曾桂香", licence=photograph())
        opening.refresh_from_db()
        openings.forget_openings(at=timezone.now() + dt.timedelta(days=31))
        assert opening.licence_paper
        assert not storages["private"].exists(opening.licence_paper)


class TestWord:
    """By code or on paper."""

    def test_a_code(self, clerk: User) -> None:
        opening = with_word(at(clerk), clerk)
        assert opening.step == OpeningStep.STORE
        assert Mandate.objects.get().confirmed_at is not None

    def test_the_text_says_what_is_allowed(self, clerk: User) -> None:
        opening = with_terms(at(clerk), clerk)
        text = messages.text_for_demo(PHONE)
        assert "定价" in text
        assert "代收现金" not in text
        assert opening.station.name in text

    def test_a_wrong_code(self, clerk: User) -> None:
        client = at(clerk)
        opening = with_terms(client, clerk)
        wrong = "000000" if texted_code() != "000000" else "111111"
        assert "验证码不对或已过期" in answer(client, opening, "mandate", code=wrong)
        assert "验证码是六位数字" in answer(client, opening, "mandate", code="12")
        assert Mandate.objects.get().confirmed_at is None

    def test_changed_terms_end_the_code(self, clerk: User) -> None:
        client = at(clerk)
        opening = with_terms(client, clerk)
        code = texted_code()
        changed = {"may_receive_cash": "on", "ends_on": terms(days=30)["ends_on"], "how": "paper"}
        answer(client, opening, "mandate", **changed)
        answer(client, opening, "mandate", code=code)
        mandate = Mandate.objects.get()
        assert (mandate.may_receive_cash, mandate.may_price, mandate.confirmed_at) == (True, False, None)

    def test_texts_are_limited_and_the_first_code_still_holds(self, clerk: User) -> None:
        client = at(clerk)
        opening = with_terms(client, clerk)
        code = texted_code()
        assert "请过半分钟再试" in answer(client, opening, "mandate", **terms())
        page = client.post(f"/desk/stores/open/{opening.ref}/code/", follow=True).content.decode()
        assert "请过半分钟再试" in page
        answer(client, opening, "mandate", code=code)
        assert Mandate.objects.get().confirmed_at is not None

    def test_five_texts_an_hour(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(messages, "LIMITS", messages.LIMITS[1:])
        for _ in range(5):
            messages.send_text(PHONE, "验证码 123456")
        with pytest.raises(messages.TooManyTexts):
            messages.send_text(PHONE, "验证码 123456")
        messages.send_text("13800138000", "another phone is not held back")

    def test_without_a_gateway_the_paper_is_named(self, clerk: User, settings: Settings) -> None:
        client = at(clerk)
        opening = registered(client, clerk)
        settings.SMS_BACKEND = ""
        assert "请改用签字授权书" in answer(client, opening, "mandate", **terms())
        assert not OneTimeCode.objects.exists()

    def test_production_shows_no_text(self, settings: Settings) -> None:
        messages.keep_for_demo(PHONE, "123456")
        settings.TESTING = settings.DEMO = False
        assert messages.text_for_demo(PHONE) == ""

    def test_a_signed_paper(self, clerk: User) -> None:
        client = at(clerk)
        opening = registered(client, clerk)
        text = answer(client, opening, "mandate", **terms("paper"))
        assert f"/desk/stores/open/{opening.ref}/paper/" in text
        assert not OneTimeCode.objects.exists()
        assert "网店代办授权书" in client.get(f"/en/desk/stores/open/{opening.ref}/paper/").content.decode()
        client.post(f"/desk/stores/open/{opening.ref}/mandate/?by=paper", {"paper": photograph()})
        mandate = Mandate.objects.get()
        assert (mandate.evidence, mandate.confirmed_at is not None) == (Evidence.PAPER, True)
        assert storages["private"].exists(mandate.paper)

    def test_terms_and_paper_at_once(self, clerk: User) -> None:
        client = at(clerk)
        opening = registered(client, clerk)
        answer(client, opening, "mandate", **terms("paper"), paper=photograph())
        assert Mandate.objects.get().evidence == Evidence.PAPER
        opening.refresh_from_db()
        assert opening.step == OpeningStep.STORE

    @pytest.mark.parametrize(
        ("file", "said"),
        [
            (SimpleUploadedFile("paper.jpg", "我同意".encode() * 50, "image/jpeg"), "errorlist"),
            (bomb(), "100"),
            (None, "请拍下签好字的授权书"),
        ],
    )
    def test_what_is_no_photograph_is_refused(self, clerk: User, file: Any, said: str) -> None:
        client = at(clerk)
        opening = with_terms(client, clerk)
        sent = {"paper": file} if file else {}
        response = client.post(f"/desk/stores/open/{opening.ref}/mandate/?by=paper", sent)
        assert said in response.content.decode()
        assert Mandate.objects.get().confirmed_at is None

    @pytest.mark.parametrize("days", [0, -1, 4 * 366])
    def test_a_mandate_ends_within_three_years(self, clerk: User, days: int) -> None:
        client = at(clerk)
        opening = registered(client, clerk)
        assert "三年以内" in answer(client, opening, "mandate", **terms(days=days))
        assert not Mandate.objects.exists()


class TestStore:
    """Name, story, picture; submit."""

    def test_to_the_township(self, clerk: User) -> None:
        client = at(clerk)
        opening = with_word(client, clerk)
        answer(client, opening, "store", suggestion="0", story="种了三十年黄花菜。", picture=photograph())
        store = Store.objects.get()
        assert (store.name, store.name_en) == ("桂香家的农货", "Zeng Guixiang's farm goods")
        assert (store.story, store.picture is not None) == ("种了三十年黄花菜。", True)
        client.post(f"/desk/stores/{store.slug}/submit/")
        second = client.post(f"/desk/stores/{store.slug}/submit/", follow=True).content.decode()
        assert "没有做任何改动" in second
        store.refresh_from_db()
        assert (store.status, store.submitted_by) == (StoreStatus.SUBMITTED, clerk)
        assert not Opening.objects.exists()

    def test_a_typed_name_goes_before_a_suggested_one(self, clerk: User) -> None:
        client = at(clerk)
        answer(client, with_word(client, clerk), "store", suggestion="1", name="桂香老屋")
        assert (Store.objects.get().name, Store.objects.get().name_en) == ("桂香老屋", "")

    def test_a_name_is_asked_for(self, clerk: User) -> None:
        client = at(clerk)
        text = answer(client, with_word(client, clerk), "store", story="种了三十年黄花菜。")
        assert "请点选一个店名" in text
        assert "种了三十年黄花菜。" in text
        assert not Store.objects.exists()

    def test_filled_in_while_the_word_is_awaited(self, clerk: User) -> None:
        client = at(clerk)
        opening = with_terms(client, clerk)
        text = answer(client, opening, "store", name="桂香家", story="三十年", picture=photograph())
        assert "还差农户本人的确认" in text
        assert not Store.objects.exists()
        answer(client, opening, "mandate", code=texted_code())
        store = Store.objects.get()
        assert (store.name, store.story, store.picture is not None) == ("桂香家", "三十年", True)
        opening.refresh_from_db()
        assert (opening.step, opening.store) == (OpeningStep.REVIEW, store)

    def test_a_name_is_taken_literally_or_refused(self, clerk: User) -> None:
        client = at(clerk)
        opening = with_word(client, clerk)
        text = answer(client, opening, "store", name="黄花\u202e菜")
        assert "看不见的控制字符" in text
        assert not Store.objects.exists()
        answer(client, opening, "store", name="<script>alert(1)</script>")
        text = client.get(f"/desk/stores/open/{opening.ref}/store/").content.decode()
        assert "<script>alert" not in text
        assert Store.objects.get().name == "<script>alert(1)</script>"

    def test_a_store_sent_twice_by_a_double_click_is_one(self, clerk: User) -> None:
        opening = with_word(at(clerk), clerk)
        for _ in range(2):
            openings.record_store(by=clerk, opening=Opening.objects.get(pk=opening.pk), name="桂香家")
        assert Store.objects.count() == 1

    @pytest.mark.parametrize("file", [bomb(), SimpleUploadedFile("a.svg", b"<svg onload=alert(1)>", "image/svg+xml")])
    def test_a_wrong_picture(self, clerk: User, file: SimpleUploadedFile) -> None:
        client = at(clerk)
        assert "errorlist" in answer(client, with_word(client, clerk), "store", name="桂香家", picture=file)
        assert not Store.objects.exists()

    def test_a_picture_is_sent_once(self, clerk: User) -> None:
        client = at(clerk)
        opening = with_word(client, clerk)
        answer(client, opening, "store", name="", picture=photograph())
        answer(client, opening, "store", name="桂香家")
        assert Store.objects.get().picture is not None

    def test_a_mandate_withdrawn_on_the_way_is_asked_for_again(self, clerk: User) -> None:
        client = at(clerk)
        opening = with_word(client, clerk)
        Mandate.objects.update(withdrawn_at=timezone.now())
        assert 'class="warning"' in answer(client, opening, "store", name="桂香家")
        opening.refresh_from_db()
        assert (opening.step, opening.store_name) == (OpeningStep.MANDATE, "桂香家")


class TestAnyPhone:
    """An opening goes on where it stands, on whatever phone, for whoever may."""

    def test_resumed_on_another_phone(self, clerk: User) -> None:
        opening = with_terms(at(clerk), clerk)
        other_phone = at(clerk)
        assert opening.ref in other_phone.get("/desk/stores/").content.decode()
        response = other_phone.get(f"/desk/stores/open/{opening.ref}/", follow=True)
        assert response.redirect_chain[-1][0].endswith("/mandate/")
        assert "Zeng Guixiang" in other_phone.get(f"/en/desk/stores/open/{opening.ref}/mandate/").content.decode()

    @pytest.mark.parametrize("step", ["farmer", "identity", "review", "nonsense"])
    def test_a_screen_that_is_not_due_leads_to_the_one_that_is(self, clerk: User, step: str) -> None:
        client = at(clerk)
        opening = with_terms(client, clerk)
        response = client.get(f"/desk/stores/open/{opening.ref}/{step}/")
        assert response["Location"].endswith("/mandate/")

    def test_out_of_scope_it_does_not_exist(self, qidong: cast.Stations, clerk: User) -> None:
        opening = with_terms(at(clerk), clerk)
        for outsider in (cast.make_clerk(qidong.second_point), cast.make_user(), cast.make_official(cast.SANGZHI)):
            client = at(outsider)
            for part in ("", "mandate/", "paper/"):
                assert client.get(f"/desk/stores/open/{opening.ref}/{part}").status_code == 404
            for part in ("code/", "discard/", "mandate/"):
                assert client.post(f"/desk/stores/open/{opening.ref}/{part}").status_code == 404

    def test_an_official_reads_stores_but_opens_none(self, clerk: User) -> None:
        opening = with_terms(at(clerk), clerk)
        assert at(cast.make_official()).get(f"/desk/stores/open/{opening.ref}/").status_code == 403

    def test_every_screen_has_its_page_in_both_languages(self, clerk: User) -> None:
        assert set(views.SCREENS) == set(OpeningStep.values)
        client = at(clerk)
        opening = begun(client, clerk)
        pages = {"farmer", "identity"}
        for after in ({"identity": NUMBER}, {"mandate": terms()}, {"store": {"name": "桂香家"}}):
            for step in pages:
                for language in ("", "/en"):
                    assert client.get(f"{language}/desk/stores/open/{opening.ref}/{step}/").status_code == 200, step
            for step, answers in after.items():
                answer(client, opening, step, **answers)
            pages = {"mandate"}
        answer(client, opening, "mandate", code=texted_code())
        for step in ("store", "review"):
            for language in ("", "/en"):
                assert client.get(f"{language}/desk/stores/open/{opening.ref}/{step}/").status_code == 200, step


class TestNames:
    """Names of people and stores."""

    @pytest.mark.parametrize(
        ("name", "latin"),
        [
            ("李秀英", "Li Xiuying"),
            ("欧阳建国", "Ouyang Jianguo"),
            ("曾桂香", "Zeng Guixiang"),
            ("吕梅", "Lyu Mei"),
            ("Smith", ""),
        ],
    )
    def test_latin(self, name: str, latin: str) -> None:
        assert latin_name(name) == latin

    def test_surname(self) -> None:
        assert surname_of("欧阳锋") == "欧阳"
        assert surname_of("祁东县黄花菜专业合作社") == ""

    def test_suggestions_fit_the_fields(self, qidong: cast.Stations) -> None:
        names = store_names(cast.make_household(qidong.point, "李秀英"))
        assert len(names) == 3
        assert all(len(zh) <= 40 and len(en) <= 80 for zh, en in names)

    @pytest.mark.parametrize(
        ("name", "first"),
        [
            ("祁东县洪桥黄花菜专业合作社", "洪桥黄花菜直营店"),
            ("祁东县黄花食品有限责任公司", "黄花食品直营店"),
            ("合作社", "合作社直营店"),
        ],
    )
    def test_suggestions_for_an_organisation(self, qidong: cast.Stations, name: str, first: str) -> None:
        names = store_names(cast.make_household(qidong.point, name, kind="cooperative"))
        assert names[0][0] == first
        assert all(len(zh) <= 40 and len(en) <= 80 for zh, en in names)
