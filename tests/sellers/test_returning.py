"""A store is given back field by field, mended on the screens that the reasons name, and submitted again."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from django.utils import timezone

from accounts.models import User
from sellers import mandates, onboarding
from sellers.models import Evidence, Household, Mandate, Opening, Store, StoreStatus
from stations.scope import NotAllowed
from tests import cast
from tests.sellers.test_opening_pages import IDENTITY, LICENCE, answer, photograph, terms

pytestmark = pytest.mark.django_db


def at(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def submitted(qidong: cast.Stations, clerk: User, household: Household | None = None, **mandate: Any) -> Store:
    """A store of the village that waits for the township."""
    household = household or cast.make_household(qidong.point, "彭大山")
    cast.make_mandate(household, qidong.point, **mandate)
    draft = cast.make_store(qidong.point, household=household, status=StoreStatus.DRAFT, opened_at=None)
    return onboarding.submit_store(by=clerk, store=draft)


def on_paper() -> dict[str, Any]:
    name = storages["private"].save("mandates/return.jpg", ContentFile(b"\xff\xd8paper"))
    return {"evidence": Evidence.PAPER, "paper": name}


def give_back(township: User, store: Store, **reasons: str) -> str:
    sent = {f"tick_{field}": "on" for field in reasons} | {f"why_{field}": text for field, text in reasons.items()}
    return at(township).post(f"/desk/stores/{store.slug}/return/", sent, follow=True).content.decode()


def test_each_reason_stands_beside_its_field(qidong: cast.Stations, clerk: User) -> None:
    store = submitted(qidong, clerk)
    give_back(cast.make_clerk(qidong.township), store, name="店名里不能写“最好”", picture="照片太暗")
    client = at(clerk)
    text = client.get(f"/desk/stores/{store.slug}/").content.decode()
    assert "店名里不能写“最好”" in text
    assert "照片太暗" in text
    review = client.post(f"/desk/stores/{store.slug}/mend/", follow=True)
    assert "照片太暗" in review.content.decode()
    opening = Opening.objects.get(store=store)
    screen = client.get(f"/desk/stores/open/{opening.ref}/store/").content.decode()
    assert (
        screen.index("店名里不能写")
        < screen.index('name="name"')
        < screen.index("照片太暗")
        < screen.index('name="picture"')
    )
    assert client.get(f"/desk/stores/open/{opening.ref}/identity/").status_code == 302


def test_gone_when_submitted_again_and_kept_in_the_history(qidong: cast.Stations, clerk: User) -> None:
    store = submitted(qidong, clerk)
    township = cast.make_clerk(qidong.township)
    give_back(township, store, story="请删去收入保证")
    client = at(clerk)
    client.post(f"/desk/stores/{store.slug}/mend/")
    opening = Opening.objects.get(store=store)
    answer(client, opening, "store", name="大山家", story="山里人家。")
    client.post(f"/desk/stores/{store.slug}/submit/")
    kept = Store.objects.get()
    assert (kept.status, kept.return_reason, kept.return_reasons.count()) == (StoreStatus.SUBMITTED, "", 0)
    text = at(township).get(f"/desk/stores/{store.slug}/").content.decode()
    assert "请删去收入保证" in text  # in the history
    assert "请删去收入保证" not in text[: text.index("办理记录")]


@pytest.mark.parametrize("sent", [{}, {"tick_name": "on"}, {"tick_name": "on", "why_name": "  "}])
def test_a_return_says_what_and_why(qidong: cast.Stations, clerk: User, sent: dict[str, str]) -> None:
    store = submitted(qidong, clerk)
    response = at(cast.make_clerk(qidong.township)).post(f"/desk/stores/{store.slug}/return/", sent)
    assert "errorlist" in response.content.decode() or "form-errors" in response.content.decode()
    assert Store.objects.get().status == StoreStatus.SUBMITTED


def test_words_without_a_tick_count(qidong: cast.Stations, clerk: User) -> None:
    store = submitted(qidong, clerk)
    at(cast.make_clerk(qidong.township)).post(f"/desk/stores/{store.slug}/return/", {"why_name": "写错字了"})
    assert Store.objects.get().return_reasons.get().text == "写错字了"


class TestPaper:
    """A signed paper that can't be read: nothing is done on it any more, and the farmer signs again."""

    def test_returned_and_given_anew(self, qidong: cast.Stations, clerk: User) -> None:
        store = submitted(qidong, clerk, None, **on_paper())
        give_back(cast.make_clerk(qidong.township), store, paper="签名拍糊了，看不清")
        mandate = Mandate.objects.get()
        assert (mandate.refused_at is not None, mandate.refused_reason) == (True, "签名拍糊了，看不清")
        with pytest.raises(mandates.MandateMissing):
            mandates.mandate_for(clerk, store.household, "list")
        client = at(clerk)
        response = client.post(f"/desk/stores/{store.slug}/mend/", follow=True)
        assert response.redirect_chain[-1][0].endswith("/mandate/")
        assert "签名拍糊了，看不清" in response.content.decode()
        opening = Opening.objects.get(store=store)
        answer(client, opening, "mandate", **terms("paper"), paper=photograph())
        client.post(f"/desk/stores/{store.slug}/submit/")
        assert Store.objects.get().status == StoreStatus.SUBMITTED
        assert mandates.mandate_for(clerk, store.household, "list") != mandate

    def test_it_is_not_submitted_on_the_old_paper(self, qidong: cast.Stations, clerk: User) -> None:
        store = submitted(qidong, clerk, None, **on_paper())
        give_back(cast.make_clerk(qidong.township), store, paper="看不清")
        assert at(clerk).post(f"/desk/stores/{store.slug}/submit/").status_code == 403
        assert Store.objects.get().status == StoreStatus.DRAFT

    def test_a_code_is_no_paper(self, qidong: cast.Stations, clerk: User) -> None:
        store = submitted(qidong, clerk)
        page = at(cast.make_clerk(qidong.township)).get(f"/desk/stores/{store.slug}/").content.decode()
        assert "why_paper" not in page
        with pytest.raises(ValueError, match=r"."):
            mandates.refuse_paper(by=cast.make_clerk(qidong.township), mandate=Mandate.objects.get(), reason="看不清")

    def test_the_village_does_not_judge_its_own_paper(self, qidong: cast.Stations, clerk: User) -> None:
        submitted(qidong, clerk, None, **on_paper())
        with pytest.raises(NotAllowed):
            mandates.refuse_paper(by=clerk, mandate=Mandate.objects.get(), reason="看不清")


class TestRecord:
    """Name, number, village and licence are mended by the village point only while they were given back."""

    def test_a_name(self, qidong: cast.Stations, clerk: User) -> None:
        store = submitted(qidong, clerk)
        give_back(cast.make_clerk(qidong.township), store, farmer="身份证上是彭大珊")
        client = at(clerk)
        client.post(f"/desk/stores/{store.slug}/mend/")
        opening = Opening.objects.get(store=store)
        assert "身份证上是彭大珊" in client.get(f"/desk/stores/open/{opening.ref}/farmer/").content.decode()
        answer(client, opening, "farmer", name="彭大珊")
        household = Household.objects.get()
        assert (household.name, household.name_latin) == ("彭大珊", "Peng Dashan")

    def test_an_identity_number(self, qidong: cast.Stations, clerk: User) -> None:
        store = submitted(qidong, clerk)
        give_back(cast.make_clerk(qidong.township), store, identity="与证件不一致")
        client = at(clerk)
        client.post(f"/desk/stores/{store.slug}/mend/")
        opening = Opening.objects.get(store=store)
        assert "errorlist" in answer(client, opening, "identity", identity=IDENTITY[:-1] + "1")
        answer(client, opening, "identity", identity=IDENTITY)
        assert Household.objects.get().identity_tail == "002X"

    def test_not_without_a_reason_of_the_township(self, qidong: cast.Stations, clerk: User) -> None:
        store = submitted(qidong, clerk)
        give_back(cast.make_clerk(qidong.township), store, story="请写两句")
        client = at(clerk)
        client.post(f"/desk/stores/{store.slug}/mend/")
        opening = Opening.objects.get(store=store)
        answer(client, opening, "farmer", name="别人")
        answer(client, opening, "identity", identity=IDENTITY)
        household = Household.objects.get()
        assert (household.name, household.identity_tail) == ("彭大山", "")

    def test_not_once_a_store_was_open(self, qidong: cast.Stations, clerk: User) -> None:
        store = submitted(qidong, clerk)
        give_back(cast.make_clerk(qidong.township), store, farmer="写错了")
        cast.make_store(qidong.point, household=store.household)
        client = at(clerk)
        client.post(f"/desk/stores/{store.slug}/mend/")
        opening = Opening.objects.get(store=store)
        response = client.post(f"/desk/stores/open/{opening.ref}/farmer/", {"name": "别人"})
        assert response.status_code == 403
        assert Household.objects.get().name == "彭大山"

    def test_a_licence(self, qidong: cast.Stations, clerk: User) -> None:
        cooperative = cast.make_household(
            qidong.point, "大山合作社", kind="cooperative", licence_code="91440300708461136T", representative="彭大山"
        )
        store = submitted(qidong, clerk, cooperative)
        give_back(cast.make_clerk(qidong.township), store, licence="照片里没有代码")
        client = at(clerk)
        client.post(f"/desk/stores/{store.slug}/mend/")
        opening = Opening.objects.get(store=store)
        sent = {"licence_code": LICENCE, "representative": "彭大山", "licence": photograph()}
        answer(client, opening, "identity", **sent)
        cooperative.refresh_from_db()
        assert cooperative.licence_code == LICENCE
        address = f"/desk/households/{cooperative.pk}/licence/"
        assert at(cast.make_clerk(qidong.township)).get(address).status_code == 200
        assert at(cast.make_clerk(qidong.other_township)).get(address).status_code == 404
        assert Client().get(address).status_code == 404


def test_the_countys_reasons_reach_the_village(qidong: cast.Stations, clerk: User) -> None:
    store = submitted(qidong, clerk)
    onboarding.recommend_store(by=cast.make_clerk(qidong.township), store=store)
    give_back(cast.make_clerk(qidong.centre), store, picture="这是网上的图片")
    assert "这是网上的图片" in at(clerk).get("/desk/stores/").content.decode()
    assert timezone.localdate() >= timezone.localdate(Store.objects.get().return_reasons.get().at)


class TestMended:
    """What a store was given back for has been seen to before it is submitted again."""

    def test_not_unchanged(self, qidong: cast.Stations, clerk: User) -> None:
        store = submitted(qidong, clerk)
        give_back(cast.make_clerk(qidong.township), store, name="写错了", farmer="与证件不一致")
        client = at(clerk)
        client.post(f"/desk/stores/{store.slug}/mend/")
        opening = Opening.objects.get(store=store)
        kept = {"name": store.name, "story": store.story}
        answer(client, opening, "store", **kept)
        text = client.post(f"/desk/stores/{store.slug}/submit/", follow=True).content.decode()
        assert "以下项目还没有修改：" in text
        assert Store.objects.get().status == StoreStatus.DRAFT
        assert Opening.objects.filter(store=store).exists()

    def test_each_of_them(self, qidong: cast.Stations, clerk: User) -> None:
        store = submitted(qidong, clerk)
        give_back(cast.make_clerk(qidong.township), store, name="写错了", farmer="与证件不一致")
        client = at(clerk)
        client.post(f"/desk/stores/{store.slug}/mend/")
        opening = Opening.objects.get(store=store)
        answer(client, opening, "store", name="新店名", story=store.story)
        assert set(store.return_reasons.filter(mended_at=None).values_list("field", flat=True)) == {"farmer"}
        client.post(f"/desk/stores/{store.slug}/submit/")
        assert Store.objects.get().status == StoreStatus.DRAFT
        answer(client, opening, "farmer", name="彭大珊")
        client.post(f"/desk/stores/{store.slug}/submit/")
        assert Store.objects.get().status == StoreStatus.SUBMITTED


def test_the_deadline_speaks_of_who_decides(qidong: cast.Stations, clerk: User) -> None:
    store = submitted(qidong, clerk)
    address = f"/desk/stores/{store.slug}/"
    assert "乡镇站点应在" in at(clerk).get(address).content.decode()
    assert "请在" in at(cast.make_clerk(qidong.township)).get(address).content.decode()
