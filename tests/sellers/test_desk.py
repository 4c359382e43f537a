"""The desk's pages of stores: who sees what, who decides, and what is said to whoever may not."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from django.utils import timezone

from accounts.models import User
from sellers import mandates, onboarding
from sellers.models import Evidence, Household, Opening, Reveal, Store, StoreStatus
from stations.models import Role
from stations.scope import NotAllowed
from tests import cast
from tests.sellers.test_opening_pages import answer

pytestmark = pytest.mark.django_db
DECISIONS = ["recommend", "approve", "return", "submit", "mend"]


@pytest.fixture
def store(qidong: cast.Stations, clerk: User) -> Store:
    """A store that the village has submitted."""
    return cast.make_store(
        qidong.point, status=StoreStatus.SUBMITTED, submitted_by=clerk, submitted_at=timezone.now(), opened_at=None
    )


def at(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(store: Store, step: str = "") -> str:
    return f"/desk/stores/{store.slug}/{step}/" if step else f"/desk/stores/{store.slug}/"


class TestAccess:
    """A store out of one's regions does not exist; one within them shows, with the buttons that one's role has."""

    def test_a_visitor_is_asked_to_sign_in(self, store: Store) -> None:
        response = Client().get(page_of(store))
        assert response.status_code == 302
        assert "/account/login/" in response["Location"]

    @pytest.mark.parametrize("step", ["", *DECISIONS])
    def test_out_of_scope_it_does_not_exist(self, qidong: cast.Stations, store: Store, step: str) -> None:
        for outsider in (
            cast.make_clerk(qidong.second_point),
            cast.make_clerk(qidong.other_township),
            cast.make_official(cast.SANGZHI),
            cast.make_user(),
        ):
            client = at(outsider)
            response = client.post(page_of(store, step), {"why_picture": "错"}) if step else client.get(page_of(store))
            assert response.status_code == 404, outsider
        assert Store.objects.get().status == StoreStatus.SUBMITTED

    @pytest.mark.parametrize(
        ("who", "step"),
        [("village", "recommend"), ("village", "return"), ("official", "recommend"), ("official", "approve")],
    )
    def test_a_weak_role_is_told_so(self, qidong: cast.Stations, store: Store, who: str, step: str) -> None:
        person = cast.make_clerk(qidong.point) if who == "village" else cast.make_official()
        response = at(person).post(page_of(store, step), {"why_picture": "照片不清楚"})
        assert response.status_code == 403
        assert "您的岗位不能在这里这样做" in response.content.decode()
        assert Store.objects.get().status == StoreStatus.SUBMITTED

    def test_the_township_may_not_approve(self, qidong: cast.Stations, store: Store) -> None:
        township = cast.make_clerk(qidong.township)
        onboarding.recommend_store(by=township, store=store)
        assert at(township).post(page_of(store, "approve")).status_code == 403
        assert Store.objects.get().status == StoreStatus.RECOMMENDED

    def test_nobody_decides_on_their_own_entry(self, qidong: cast.Stations, clerk: User, store: Store) -> None:
        cast.post(clerk, Role.TOWNSHIP_STAFF, station=qidong.township)
        client = at(clerk)
        assert "推荐给县中心" not in client.get(page_of(store)).content.decode()
        response = client.post(page_of(store, "recommend"))
        assert response.status_code == 403
        assert "必须由其他人审批" in response.content.decode()
        assert Store.objects.get().status == StoreStatus.SUBMITTED

    def test_the_list_is_for_staff(self, store: Store) -> None:
        assert at(cast.make_user()).get("/desk/stores/").status_code == 403

    def test_the_list_holds_what_lies_in_scope(self, qidong: cast.Stations, store: Store) -> None:
        for person, seen in [
            (cast.make_clerk(qidong.township), True),
            (cast.make_clerk(qidong.centre), True),
            (cast.make_operator(), True),
            (cast.make_clerk(qidong.other_township), False),
        ]:
            response = at(person).get("/desk/stores/")
            assert response.status_code == 200
            assert (store.slug in response.content.decode()) is seen, person

    def test_only_get_reads_and_only_post_writes(self, qidong: cast.Stations, store: Store) -> None:
        client = at(cast.make_clerk(qidong.centre))
        assert client.post(page_of(store)).status_code == 405
        assert client.get(page_of(store, "recommend")).status_code == 405


class TestDecisions:
    """Township, county, and back."""

    def test_recommended_and_approved(self, qidong: cast.Stations, store: Store) -> None:
        assert at(cast.make_clerk(qidong.township)).post(page_of(store, "recommend")).status_code == 302
        response = at(cast.make_clerk(qidong.centre)).post(page_of(store, "approve"), follow=True)
        assert "店铺开张了" in response.content.decode()
        assert Store.objects.get().status == StoreStatus.OPEN

    def test_a_second_click_changes_nothing_and_says_so(self, qidong: cast.Stations, store: Store) -> None:
        client = at(cast.make_clerk(qidong.township))
        client.post(page_of(store, "recommend"))
        before = Store.objects.values().get()
        response = client.post(page_of(store, "recommend"), follow=True)
        assert response.status_code == 200
        assert "没有做任何改动" in response.content.decode()
        assert Store.objects.values().get() == before

    def test_a_reason_is_asked_for(self, qidong: cast.Stations, store: Store) -> None:
        response = at(cast.make_clerk(qidong.township)).post(
            page_of(store, "return"), {"tick_picture": "on", "why_picture": "  "}
        )
        assert "请写明需要修改什么" in response.content.decode()
        assert Store.objects.get().status == StoreStatus.SUBMITTED

    def test_given_back_mended_and_submitted_again(self, qidong: cast.Stations, store: Store, clerk: User) -> None:
        at(cast.make_clerk(qidong.township)).post(
            page_of(store, "return"), {"tick_story": "on", "why_story": "请写明种了多少亩"}
        )
        village = at(clerk)
        assert "请写明种了多少亩" in village.get("/desk/stores/").content.decode()
        response = village.post(page_of(store, "mend"), follow=True)
        assert response.redirect_chain[-1][0].endswith("/review/")
        answer(village, Opening.objects.get(store=store), "store", name=store.name, story="种了七亩黄花菜。")
        village.post(page_of(store, "submit"))
        kept = Store.objects.get()
        assert (kept.status, kept.return_reason) == (StoreStatus.SUBMITTED, "")

    def test_returned_after_somebody_else_opened_it(self, qidong: cast.Stations, store: Store) -> None:
        client = at(cast.make_clerk(qidong.centre))
        Store.objects.update(status=StoreStatus.OPEN)
        response = client.post(page_of(store, "return"), {"why_picture": "看不清"}, follow=True)
        assert "没有做任何改动" in response.content.decode()
        assert Store.objects.get().status == StoreStatus.OPEN


class TestPage:
    """What the page of a store shows, and what it keeps to itself."""

    def test_personal_data_is_masked(self, qidong: cast.Stations, store: Store) -> None:
        store.household.identity_tail = "002X"
        store.household.save()
        text = at(cast.make_clerk(qidong.centre)).get(page_of(store)).content.decode()
        assert "****002X" in text
        assert store.household.phone not in text
        assert f"{store.household.phone[:3]}****{store.household.phone[-4:]}" in text

    def test_it_says_who_entered_it_for_whom(self, qidong: cast.Stations, store: Store) -> None:
        person = at(cast.make_clerk(qidong.township))
        assert "周小兰代李秀英录入" in person.get(page_of(store)).content.decode()
        assert "Entered by 周小兰 for Li Xiuying" in person.get("/en" + page_of(store)).content.decode()

    def test_history_names_the_change(self, qidong: cast.Stations, clerk: User) -> None:
        draft = cast.make_store(qidong.point, status=StoreStatus.DRAFT)
        client = at(clerk)
        client.post(page_of(draft, "mend"))
        opening = draft.opening
        client.post(f"/desk/stores/open/{opening.ref}/store/", {"name": "秀英家老屋黄花菜"})
        text = client.get(page_of(draft)).content.decode()
        assert "李秀英家的小店</del>" in text
        assert "秀英家老屋黄花菜</ins>" in text
        assert "周小兰 代 李秀英" in text

    def test_a_script_in_a_name_is_text(self, qidong: cast.Stations, store: Store) -> None:
        Store.objects.update(name="<script>alert(1)</script>", name_en="<script>alert(1)</script>", story="<b>x</b>")
        client = at(cast.make_clerk(qidong.township))
        for address in (page_of(store), "/desk/stores/", "/en" + page_of(store)):
            text = client.get(address).content.decode()
            assert "<script>alert" not in text
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text

    def test_queries_do_not_grow_with_the_history(
        self, qidong: cast.Stations, store: Store, django_assert_max_num_queries: object
    ) -> None:
        client = at(cast.make_clerk(qidong.township))
        for number in range(12):
            Store.objects.update(name=f"店{number}")
        with django_assert_max_num_queries(22):  # type: ignore[operator]
            client.get(page_of(store))


class TestPaper:
    """The photograph of a signed mandate is for those in scope alone, and never under /media/."""

    @pytest.fixture
    def address(self, store: Store) -> str:
        name = storages["private"].save("mandates/test.jpg", ContentFile(b"\xff\xd8paper"))
        mandate = cast.make_mandate(store.household, store.station, evidence=Evidence.PAPER, paper=name)
        return f"/desk/mandates/{mandate.pk}/paper/"

    def test_those_in_scope_see_it(self, qidong: cast.Stations, address: str) -> None:
        response = at(cast.make_clerk(qidong.centre)).get(address)
        assert response.status_code == 200
        assert b"".join(response.streaming_content) == b"\xff\xd8paper"  # type: ignore[attr-defined]
        assert response["Cache-Control"] == "private, no-store"

    def test_an_officials_work_needs_no_signature(self, qidong: cast.Stations, address: str) -> None:
        for code in ("430426000000", "430400000000"):
            assert at(cast.make_official(code)).get(address).status_code == 404
        assert not Reveal.objects.exists()

    def test_each_look_is_on_record(self, qidong: cast.Stations, address: str) -> None:
        centre = cast.make_clerk(qidong.centre)
        at(centre).get(address)
        seen = Reveal.objects.get()
        assert (seen.what, seen.purpose, seen.by, seen.station) == ("paper", "verify", centre, qidong.centre)

    def test_the_farmers_own_look_is_not(self, store: Store, address: str) -> None:
        farmer = cast.make_user()
        Household.objects.filter(pk=store.household_id).update(user=farmer)
        assert at(farmer).get(address).status_code == 200
        assert not Reveal.objects.exists()

    def test_only_whoever_decides_looks_at_as_many_as_wait(
        self, qidong: cast.Stations, store: Store, address: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sellers.revealing.LIMITS", ((1, dt.timedelta(hours=1)),))
        centre, village = at(cast.make_clerk(qidong.centre)), at(cast.make_clerk(qidong.point))
        Store.objects.filter(pk=store.pk).update(status=StoreStatus.SUBMITTED)
        assert [centre.get(address).status_code for _ in range(3)] == [200, 200, 200]
        assert [village.get(address).status_code for _ in range(2)] == [200, 429]
        Store.objects.filter(pk=store.pk).update(status=StoreStatus.OPEN)
        assert centre.get(address).status_code == 429

    def test_nobody_else_does(self, qidong: cast.Stations, address: str) -> None:
        assert Client().get(address).status_code == 404
        for outsider in (cast.make_clerk(qidong.second_point), cast.make_user(), cast.make_official(cast.SANGZHI)):
            assert at(outsider).get(address).status_code == 404

    def test_it_is_not_a_public_file(self, address: str) -> None:
        assert Client().get("/media/mandates/test.jpg").status_code == 404


def test_the_farmer_withdraws_at_the_desk(qidong: cast.Stations, clerk: User, store: Store) -> None:
    assert at(cast.make_clerk(qidong.second_point)).post(page_of(store, "withdraw")).status_code == 404
    assert at(cast.make_official()).post(page_of(store, "withdraw")).status_code == 403
    assert store.household.mandates.get().withdrawn_at is None
    client = at(clerk)
    assert "已撤回" in client.post(page_of(store, "withdraw"), follow=True).content.decode()
    assert store.household.mandates.get().withdrawn_at is not None
    assert "没有做任何改动" in client.post(page_of(store, "withdraw"), follow=True).content.decode()


def test_a_withdrawn_mandate_ends_at_once(qidong: cast.Stations, clerk: User) -> None:
    household = cast.make_household(qidong.point)
    mandate = cast.make_mandate(household, qidong.point)
    with pytest.raises(NotAllowed):
        mandates.withdraw_mandate(by=cast.make_clerk(qidong.second_point), mandate=mandate)
    mandates.withdraw_mandate(by=clerk, mandate=mandate)
    first = mandate.withdrawn_at
    mandates.withdraw_mandate(by=clerk, mandate=mandate, at=timezone.now() + dt.timedelta(days=1))
    assert mandate.withdrawn_at == first
    with pytest.raises(mandates.MandateMissing):
        mandates.mandate_for(clerk, household, "list")


class TestOperation:
    """The operator's pages."""

    @pytest.mark.parametrize(
        "page",
        [
            "sellers/household", "sellers/mandate", "sellers/store", "sellers/opening", "stations/station",
            "stations/posting", "stations/region", "accounts/user",
        ],
    )  # fmt: skip
    def test_lists_open_and_mask(self, store: Store, page: str) -> None:
        response = at(cast.make_operator()).get(f"/admin/{page}/")
        assert response.status_code == 200
        assert page == "accounts/user" or store.household.phone not in response.content.decode()

    def test_a_household_is_read_masked_and_not_deleted(self, store: Store) -> None:
        client = at(cast.make_operator())
        text = client.get(f"/admin/sellers/household/{store.household_id}/change/").content.decode()
        assert store.household.phone not in text
        assert client.post(f"/admin/sellers/household/{store.household_id}/delete/").status_code == 403

    def test_a_state_is_not_moved_by_hand(self, store: Store) -> None:
        at(cast.make_operator()).post(
            f"/admin/sellers/store/{store.pk}/change/", {"name": "新店名", "status": "open", "name_en": "", "story": ""}
        )
        kept = Store.objects.get()
        assert (kept.name, kept.status) == ("新店名", StoreStatus.SUBMITTED)

    def test_a_posting_says_who_gave_it(self, qidong: cast.Stations) -> None:
        operator, person = cast.make_operator(), cast.make_user(name="邓红")
        at(operator).post(
            "/admin/stations/posting/add/",
            {
                "user": person.pk,
                "role": Role.VILLAGE_STAFF,
                "station": qidong.point.pk,
                "region": qidong.point.region_id,
                "starts_on": "2026-01-01",
            },
        )
        assert person.postings.get().given_by == operator

    def test_mandates_are_withdrawn(self, store: Store) -> None:
        mandate = store.household.mandates.get()
        at(cast.make_operator()).post(
            "/admin/sellers/mandate/", {"action": "withdraw", "_selected_action": [mandate.pk]}, follow=True
        )
        mandate.refresh_from_db()
        assert mandate.withdrawn_at is not None
