"""Forms that a phone filled in without a line: exactly once, as the screens would, or before a person with both versions."""

import datetime as dt
import io
import json
import threading
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django.fixtures import Settings

from accounts.models import User
from sellers import applying, offline, openings
from sellers.filled import Filled
from sellers.form_kinds import KINDS, OPENING, Made
from sellers.models import Household, Opening, OpeningStep, Store, StoreStatus, Submission, SubmissionState
from stations.models import Posting, Role, Station, StationStatus
from tests import cast

IDENTITY = "11010519491231002X"  # the example of GB 11643-1999
SYNC = "/desk/sync/"


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            **settings.STORAGES["private"],
            "OPTIONS": {"location": str(tmp_path / "private"), "base_url": None},
        },
    }


@pytest.fixture
def qidong(db: None) -> cast.Stations:
    return cast.Stations()


def at(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def photograph(colour: tuple[int, int, int] = (120, 150, 80)) -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(file, "JPEG")
    return SimpleUploadedFile("photograph.jpg", file.getvalue(), "image/jpeg")


def form(user: User, **changes: Any) -> dict[str, Any]:
    """A complete form with the signed paper, as the phone posts it."""
    station = user.postings.order_by("pk").first()
    assert station is not None
    filled = {
        "nonce": str(uuid.uuid4()),
        "owner": offline.phone_owner(user),
        "station": str(station.station_id),
        "filled_in_at": timezone.now().isoformat(),
        "farmer-consent": "on",
        "farmer-kind": "household",
        "farmer-name": "曾桂香",
        "farmer-phone": "139 0013 9000",
        "identity-identity_consent": "on",
        "identity-identity": IDENTITY,
        "mandate-may_price": "on",
        "mandate-may_answer": "on",
        "mandate-ends_on": (timezone.localdate() + dt.timedelta(days=365)).isoformat(),
        "mandate-how": "paper",
        "mandate-paper": photograph(),
        "store-name": "桂香家的农货",
        "store-story": "我家在山坳里种了三十年黄花菜。",
        "store-picture": photograph((214, 150, 60)),
    }
    return {name.replace("__", "-"): value for name, value in {**filled, **changes}.items() if value is not None}


def post(user: User, filled: dict[str, Any]) -> Any:
    for value in filled.values():
        if isinstance(value, SimpleUploadedFile):
            value.seek(0)
    return at(user).post(SYNC, filled)


def held(user: User, **changes: Any) -> Submission:
    """A form that went to the inbox."""
    answer = post(user, form(user, **changes)).json()
    assert answer["state"] == "conflict", answer
    return Submission.objects.latest("pk")


class TestHandingIn:
    """What comes from a phone counts once."""

    def test_a_complete_form_ends_at_the_township(self, clerk: User) -> None:
        answer = post(clerk, form(clerk)).json()
        store = Store.objects.get()
        assert answer == {
            "state": "applied",
            "message": "店铺已交乡镇服务站审核。",
            "url": f"/desk/stores/{store.slug}/",
        }
        assert (store.status, store.submitted_by, store.name_en) == (
            StoreStatus.SUBMITTED,
            clerk,
            "Zeng Guixiang's farm goods",
        )
        assert store.picture is not None
        mandate = store.household.mandates.get()
        assert (mandate.evidence, mandate.may_price, mandate.may_receive_cash) == ("paper", True, False)
        assert store.household.identity_tail == "002X"
        assert not Opening.objects.exists()

    def test_with_the_code_later_it_waits_for_the_farmers_word(self, clerk: User) -> None:
        answer = post(clerk, form(clerk, **{"mandate-how": "code", "mandate-paper": None})).json()
        opening = Opening.objects.get()
        assert (answer["state"], answer["url"]) == ("applied", f"/desk/stores/open/{opening.ref}/")
        assert (opening.store, opening.store_name) == (None, "桂香家的农货")
        assert opening.mandate is not None and opening.mandate.confirmed_at is None
        assert at(clerk).get(answer["url"], follow=True).status_code == 200

    def test_sent_three_times_it_is_there_once(self, clerk: User) -> None:
        filled = form(clerk)
        answers = [post(clerk, filled).json() for _ in range(3)]
        assert answers[0] == answers[1] == answers[2]
        assert (Submission.objects.count(), Household.objects.count(), Store.objects.count()) == (1, 1, 1)

    @pytest.mark.parametrize("change", [{"farmer-name": "彭大山"}, {"store-picture": None}, {"store-picture": "other"}])
    def test_another_form_under_the_same_number_is_refused(self, clerk: User, change: dict[str, Any]) -> None:
        filled = form(clerk)
        post(clerk, filled)
        if change.get("store-picture"):
            change = {"store-picture": photograph((1, 2, 3))}
        other = {name: value for name, value in {**filled, **change}.items() if value is not None}
        response = post(clerk, other)
        assert (response.status_code, response.json()["state"]) == (409, "refused")
        assert Store.objects.count() == 1

    def test_a_number_of_somebody_else_is_refused(self, qidong: cast.Stations, clerk: User) -> None:
        filled = form(clerk)
        post(clerk, filled)
        other = cast.make_clerk(qidong.point, "彭小玲")
        assert post(other, {**filled, "owner": offline.phone_owner(other)}).status_code == 409

    def test_what_was_kept_when_the_server_fell_is_applied_later(
        self, clerk: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The form is committed before it is applied: whatever happens in between, it is there."""
        with monkeypatch.context() as patch:
            patch.setattr(offline, "work_through", lambda pk: Submission.objects.get(pk=pk))
            assert post(clerk, form(clerk)).json()["state"] == "kept"
        assert not Store.objects.exists()
        offline.tidy_up(at=timezone.now() + dt.timedelta(hours=1))
        assert Submission.objects.get().state == SubmissionState.APPLIED
        assert Store.objects.get().status == StoreStatus.SUBMITTED

    def test_signed_out_it_waits(self, clerk: User) -> None:
        for ask in (Client().get, Client().post):
            response = ask(SYNC)
            assert (response.status_code, response.json()["state"]) == (401, "signed_out")

    def test_anothers_form_is_refused(self, qidong: cast.Stations, clerk: User) -> None:
        other = cast.make_clerk(qidong.point, "彭小玲")
        assert post(other, form(clerk)).status_code == 403
        assert not Submission.objects.exists()

    @pytest.mark.parametrize(
        "change", [{"nonce": "1"}, {"station": "0"}, {"filled_in_at": "now"}, {"farmer-name": "长" * 30_000}]
    )
    def test_what_cannot_be_read_is_refused(self, clerk: User, change: dict[str, str]) -> None:
        assert post(clerk, {**form(clerk), **change}).status_code == 400
        assert not Submission.objects.exists()

    def test_who_never_served_there_is_refused(self, qidong: cast.Stations, clerk: User) -> None:
        for user in (cast.make_user(), cast.make_official(), cast.make_clerk(qidong.other_point)):
            filled = form(clerk) | {"owner": offline.phone_owner(user)}
            assert post(user, filled).status_code == 403, user
        assert not Submission.objects.exists()

    def test_a_clock_that_runs_ahead(self, clerk: User) -> None:
        post(clerk, form(clerk, filled_in_at=(timezone.now() + dt.timedelta(days=400)).isoformat()))
        assert Submission.objects.get().filled_in_at <= timezone.now()

    def test_the_token_is_asked_for(self, clerk: User) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(clerk)
        filled = form(clerk)
        assert client.post(SYNC, filled).status_code == 403
        passport = client.get(SYNC).json()
        assert passport["owner"] == offline.phone_owner(clerk)
        for value in (filled["mandate-paper"], filled["store-picture"]):
            value.seek(0)
        assert client.post(SYNC, filled, headers={"x-csrftoken": passport["csrf"]}).json()["state"] == "applied"


class TestWhatNoPhoneSends:
    """A broken or hostile phone: refused at the door, and nothing of it stops the inbox."""

    @pytest.mark.parametrize(
        "when",
        [
            "0001-01-01T00:00:00",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59",
            "9999-12-31T23:59:59-12:00",
            "2026-13-45T00:00",
            "x",
        ],
    )
    def test_no_date_of_another_age(self, clerk: User, when: str) -> None:
        assert post(clerk, form(clerk, filled_in_at=when)).status_code == 400
        assert not Submission.objects.exists()

    def test_sixty_days_are_the_most(self, clerk: User) -> None:
        late = timezone.now() - dt.timedelta(days=61)
        answer = post(clerk, form(clerk, filled_in_at=late.isoformat()))
        assert (answer.status_code, answer.json()["state"]) == (400, "refused")
        assert post(clerk, form(clerk, filled_in_at=(late + dt.timedelta(days=2)).isoformat())).status_code == 200

    @pytest.mark.parametrize(
        "bad",
        [
            {"base-ref": "a\0b", "base-changed_at": "2026-10-05T00:00:00+08:00"},
            {"base-ref": "abc", "base-changed_at": "2026-13-45T00:00:00"},
            {"base-ref": "abc", "base-changed_at": "yesterday"},
            {"identity-region": "4\0"},
            {"farmer-name": "a\0b"},
        ],
    )
    def test_what_no_database_keeps(self, clerk: User, bad: dict[str, str]) -> None:
        assert post(clerk, form(clerk, **bad)).status_code == 400
        assert not Submission.objects.exists()

    def test_what_slipped_in_waits_for_a_person(self, qidong: cast.Stations, monkeypatch: pytest.MonkeyPatch) -> None:
        def chokes(*args: object, **more: object) -> Any:
            raise ValueError("what no form refused")

        clerk = cast.make_clerk(qidong.township)
        monkeypatch.setattr("sellers.applying.openings.begin_opening", chokes)
        submission = held(clerk, **{"identity-region": "4"})
        assert submission.message == "answers"
        monkeypatch.setitem(KINDS, OPENING, replace(KINDS[OPENING], versions=chokes))
        page = at(clerk).get(f"/desk/submissions/{submission.pk}/")
        assert page.status_code == 200
        assert 'value="discard"' in page.content.decode()

    def test_one_that_never_could_be_applied_expires(self, clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
        submission = held(clerk, **{"farmer-name": ""})
        Submission.objects.update(state=SubmissionState.KEPT, received_at=timezone.now() - dt.timedelta(days=31))

        def fails(pk: int) -> None:
            raise RuntimeError

        monkeypatch.setattr("sellers.offline.work_through", fails)
        assert offline.tidy_up() == 1
        submission.refresh_from_db()
        assert (submission.state, submission.sealed) == (SubmissionState.SETTLED, None)

    def test_a_photograph_over_the_limit(self, clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sellers.views.offline.MOST_BYTES_A_PHOTOGRAPH", 100)
        answer = post(clerk, form(clerk))
        assert (answer.status_code, answer.json()["state"]) == (413, "refused")
        assert not Submission.objects.exists()

    def test_a_request_over_the_limit_is_not_read(self, clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
        def read(*args: object) -> None:
            raise AssertionError("it was read")

        client = Client(enforce_csrf_checks=True)  # where the token is looked for, the whole request is read
        client.force_login(clerk)
        monkeypatch.setattr("django.http.request.HttpRequest._load_post_and_files", read)
        assert client.post(SYNC, form(clerk), CONTENT_LENGTH=str(60 * 1024 * 1024 + 1)).status_code == 413

    def test_so_many_wait_at_most(self, clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sellers.offline.MOST_WAITING", 1)
        first = form(clerk, **{"farmer-name": ""})
        assert post(clerk, first).status_code == 200
        assert post(clerk, form(clerk)).status_code == 429
        assert post(clerk, first).status_code == 200  # the same one again is no other


@pytest.mark.parametrize("locked", [True, False])
def test_three_senders_at_the_same_moment(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    """Real connections. Without the lock of the row the same form would be applied by more than one of them."""
    clerk = cast.make_clerk(cast.Stations().point)
    if not locked:
        monkeypatch.setattr(
            offline, "locked", lambda pk: Submission.objects.select_related("by", "station__region").get(pk=pk)
        )
    applied: list[int] = []
    apply = applying.apply

    def slowly(**given: Any) -> Made:
        applied.append(1)
        threading.Event().wait(0.3)
        return apply(**given)

    monkeypatch.setitem(KINDS, OPENING, replace(KINDS[OPENING], apply=slowly))
    nonce, gate = uuid.uuid4(), threading.Barrier(3)
    answers = {name: value for name, value in form(clerk).items() if "-" in name and isinstance(value, str)}
    answers |= {"mandate-how": "code"}
    when = timezone.now()
    ends: list[str] = []

    def send() -> None:
        try:
            gate.wait(30)
            posting = Posting.objects.select_related("station__region").get(user=clerk)
            assert posting.station is not None
            kept = offline.receive(
                by=User.objects.get(pk=clerk.pk), nonce=nonce, filled_in_at=when, station=posting.station,
                filled=Filled(dict(answers)), files={},
            )  # fmt: skip
            ends.append(kept.state)
        finally:
            connection.close()

    senders = [threading.Thread(target=send) for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(60)
    if locked:
        assert (ends, applied) == ([SubmissionState.APPLIED] * 3, [1])
        assert (Opening.objects.count(), Submission.objects.count()) == (1, 1)
    else:
        assert len(applied) > 1


class TestSecrets:
    """What was entered lies sealed, and no longer than it is needed."""

    def test_nothing_lies_open_in_the_database(self, clerk: User) -> None:
        held(clerk, **{"identity-identity": "110105194912310021", "farmer-name": "秘密的名字"})
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM sellers_submission")
            row = str(cursor.fetchall()) + b"".join(
                bytes(cell) for cell in _cells() if isinstance(cell, memoryview)
            ).decode("latin1")
        for secret in ("秘密的名字", "110105194912310021", "13900139000", "139 0013", json.dumps("秘密的名字")):
            assert secret not in row

    def test_it_is_emptied_when_it_is_applied(self, clerk: User, django_capture_on_commit_callbacks: Any) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            post(clerk, form(clerk))
        kept = Submission.objects.get()
        assert (kept.sealed, kept.folder) == (None, "")
        assert storages["private"].listdir("offline") == ([], [])

    def test_it_expires_after_thirty_days(self, clerk: User, django_capture_on_commit_callbacks: Any) -> None:
        kept = held(clerk, **{"identity-identity": "110105194912310021"})
        assert len(storages["private"].listdir(kept.folder)[1]) == 2
        assert offline.tidy_up(at=timezone.now() + dt.timedelta(days=29)) == 0
        with django_capture_on_commit_callbacks(execute=True):
            assert offline.tidy_up(at=timezone.now() + dt.timedelta(days=31)) == 1
        kept.refresh_from_db()
        assert (kept.state, kept.sealed, kept.message) == (SubmissionState.SETTLED, None, "expired")
        assert storages["private"].listdir("offline") == ([], [])


def _cells() -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sellers_submission")
        found: tuple[Any, ...] = cursor.fetchone()
    return found


class TestInbox:
    """What does not fit goes to a person, with both versions."""

    def test_a_wrong_check_digit_is_corrected_and_goes_on(self, clerk: User) -> None:
        kept = held(clerk, **{"identity-identity": "110105194912310021"})
        page = at(clerk).get(f"/desk/submissions/{kept.pk}/").content.decode()
        assert "最后一位与前面对不上" in page
        assert "****0021" in page
        assert "110105194912310021" not in page
        assert not Household.objects.exists()
        again = at(clerk).post(
            f"/desk/submissions/{kept.pk}/", {"act": "correct", "identity-identity": "1101"}, follow=True
        )
        assert "18位" in again.content.decode()
        done = at(clerk).post(f"/desk/submissions/{kept.pk}/", {"act": "correct", "identity-identity": IDENTITY})
        store = Store.objects.get()
        assert done["Location"] == f"/desk/stores/{store.slug}/"
        kept.refresh_from_db()
        assert (store.status, kept.state, kept.settled_by) == (StoreStatus.SUBMITTED, SubmissionState.SETTLED, clerk)

    def test_an_unreadable_photograph(self, clerk: User) -> None:
        kept = held(clerk, **{"mandate-paper": SimpleUploadedFile("a.jpg", b"no picture", "image/jpeg")})
        page = at(clerk).get(f"/desk/submissions/{kept.pk}/").content.decode()
        assert 'name="mandate-paper"' in page
        assert at(clerk).get(f"/desk/submissions/{kept.pk}/mandate-paper/").status_code == 404
        boxes = {"box": ["mandate-may_price"], "mandate-how": "paper", "mandate-paper": photograph()}
        at(clerk).post(f"/desk/submissions/{kept.pk}/", {"act": "correct", **boxes})
        mandate = Store.objects.get().household.mandates.get()
        assert (mandate.may_price, mandate.may_answer) == (False, True)

    def test_a_family_that_is_on_record_meanwhile(self, qidong: cast.Stations, clerk: User) -> None:
        household = cast.make_household(qidong.point, "曾桂香")
        kept = held(clerk, **{"farmer-phone": household.phone})
        page = at(clerk).get(f"/desk/submissions/{kept.pk}/").content.decode()
        assert "已有农户登记了这个手机号码" in page
        assert "是同一户：继续为曾桂香办理" in page
        at(clerk).post(f"/desk/submissions/{kept.pk}/", {"act": "known"})
        store = Store.objects.get()
        assert (store.household, store.status) == (household, StoreStatus.SUBMITTED)
        assert household.mandates.get().evidence == "paper"

    def test_a_family_of_another_station_is_not_shown(self, qidong: cast.Stations, clerk: User) -> None:
        household = cast.make_household(qidong.other_point, "彭大山")
        kept = held(clerk, **{"farmer-phone": household.phone})
        page = at(clerk).get(f"/desk/submissions/{kept.pk}/").content.decode()
        assert "彭大山" not in page
        assert at(clerk).post(f"/desk/submissions/{kept.pk}/", {"act": "known"}).status_code == 404

    def test_posted_elsewhere_since_this_morning(self, qidong: cast.Stations, clerk: User) -> None:
        filled = form(clerk)
        today = timezone.localdate()
        Posting.objects.filter(user=clerk).update(starts_on=today - dt.timedelta(days=90), ends_on=today)
        cast.post(clerk, Role.VILLAGE_STAFF, station=qidong.other_point)
        clerk = User.objects.get(pk=clerk.pk)
        answer = post(clerk, filled).json()
        assert answer["state"] == "conflict"
        assert "不在这个站点任职" in answer["message"]
        own = at(clerk).get(answer["url"])
        assert own.status_code == 200
        assert "曾桂香" not in own.content.decode()
        assert at(clerk).post(answer["url"], {"act": "correct"}).status_code == 403
        colleague = cast.make_clerk(qidong.point, "彭小玲")
        assert "周小兰" in at(colleague).get("/desk/submissions/").content.decode()
        at(colleague).post(answer["url"], {"act": "correct"})
        assert Store.objects.get().submitted_by == colleague

    def test_a_station_that_was_suspended_meanwhile(self, qidong: cast.Stations, clerk: User) -> None:
        filled = form(clerk)
        Station.objects.filter(pk=qidong.point.pk).update(status=StationStatus.SUSPENDED, status_note="停电")
        answer = post(clerk, filled).json()
        assert "暂停" in answer["message"]
        at(clerk).post(answer["url"], {"act": "correct"})
        assert not Store.objects.exists()
        Station.objects.filter(pk=qidong.point.pk).update(status=StationStatus.ACTIVE)
        at(clerk).post(answer["url"], {"act": "correct"})
        assert Store.objects.get().status == StoreStatus.SUBMITTED

    def test_who_may_not_see_it(self, qidong: cast.Stations, clerk: User) -> None:
        kept = held(clerk, **{"identity-identity": "110105194912310021"})
        for user, status in (
            (cast.make_clerk(qidong.other_point), 404),
            (cast.make_user(), 404),
            (cast.make_official(), 200),
        ):
            assert at(user).get(f"/desk/submissions/{kept.pk}/").status_code == status
            assert at(user).post(f"/desk/submissions/{kept.pk}/", {"act": "discard"}).status_code in {403, 404}
            assert at(user).get(f"/desk/submissions/{kept.pk}/store-picture/").status_code == 404
        assert at(clerk).get(f"/desk/submissions/{kept.pk}/store-picture/")["Content-Type"] == "image/jpeg"
        assert "曾桂香" not in at(cast.make_official("430422000000")).get("/desk/submissions/").content.decode()

    def test_discarding_keeps_nothing(self, clerk: User) -> None:
        kept = held(clerk, **{"identity-identity": "110105194912310021"})
        at(clerk).post(f"/desk/submissions/{kept.pk}/", {"act": "discard"})
        kept.refresh_from_db()
        assert (kept.state, kept.sealed, kept.settled_by) == (SubmissionState.SETTLED, None, clerk)
        assert not Household.objects.exists()
        at(clerk).post(f"/desk/submissions/{kept.pk}/", {"act": "correct", "identity-identity": IDENTITY})
        assert not Household.objects.exists()


class TestTakenAlong:
    """An opening that goes on without a line."""

    def begun(self, clerk: User, qidong: cast.Stations) -> Opening:
        opening = openings.begin_opening(
            by=clerk, station=qidong.point, consent=True, name="曾桂香", phone="13900139000"
        )
        openings.record_identity(by=clerk, opening=opening, identity=IDENTITY)
        return Opening.objects.get(pk=opening.pk)

    def rest(self, clerk: User, opening: Opening) -> dict[str, Any]:
        along = at(clerk).get(f"/desk/offline/{opening.ref}/").json()
        assert IDENTITY not in json.dumps(along)
        assert (along["step"], along["word"], along["label"]) == (OpeningStep.MANDATE, False, "曾桂香")
        base = {f"base-{name}": value for name, value in along["base"].items()}
        return {
            name: value for name, value in form(clerk).items() if name.partition("-")[0] not in {"farmer", "identity"}
        } | base

    def test_the_rest_is_added(self, qidong: cast.Stations, clerk: User) -> None:
        opening = self.begun(clerk, qidong)
        assert post(clerk, self.rest(clerk, opening)).json()["state"] == "applied"
        assert Store.objects.get().household == opening.household

    def test_changed_elsewhere_meanwhile(self, qidong: cast.Stations, clerk: User) -> None:
        opening = self.begun(clerk, qidong)
        filled = self.rest(clerk, opening)
        opening.store_name = "曾家土货铺"
        opening.save()
        answer = post(clerk, filled).json()
        page = at(clerk).get(answer["url"]).content.decode()
        assert "曾家土货铺" in page
        assert "桂香家的农货" in page
        at(clerk).post(answer["url"], {"act": "phones"})
        assert Store.objects.get().name == "桂香家的农货"

    def test_finished_elsewhere_meanwhile(self, qidong: cast.Stations, clerk: User) -> None:
        opening = self.begun(clerk, qidong)
        filled = self.rest(clerk, opening)
        opening.delete()
        assert "已办完或已删除" in post(clerk, filled).json()["message"]

    def test_only_within_ones_scope(self, qidong: cast.Stations, clerk: User) -> None:
        opening = self.begun(clerk, qidong)
        assert at(cast.make_clerk(qidong.other_point)).get(f"/desk/offline/{opening.ref}/").status_code == 404


class TestApp:
    """What the phone installs and keeps."""

    @pytest.mark.django_db
    def test_the_manifest_in_both_languages(self) -> None:
        for path, name, start in (("/", "萱草集工作台", "/desk/"), ("/en/", "Daylily desk", "/en/desk/")):
            response = Client().get(f"{path}desk/manifest.webmanifest")
            assert response["Content-Type"] == "application/manifest+json"
            assert (response.json()["name"], response.json()["start_url"], response.json()["id"]) == (
                name,
                start,
                "/desk/",
            )

    @pytest.mark.django_db
    def test_the_worker_and_its_version(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from sellers.views import app

        response = Client().get("/service-worker.js")
        assert (response["Content-Type"], response["Service-Worker-Allowed"]) == ("text/javascript; charset=utf-8", "/")
        assert "no-cache" in response["Cache-Control"]
        before = app.version()
        app.version.cache_clear()
        monkeypatch.setattr(app, "_source", lambda path: b"changed")
        assert app.version() != before
        app.version.cache_clear()

    def test_the_page_that_is_kept_names_nobody(self, clerk: User) -> None:
        for path in ("/desk/offline/", "/en/desk/offline/"):
            page = at(clerk).get(path).content.decode()
            assert "周小兰" not in page
            assert str(clerk.email) not in page
            assert "csrfmiddlewaretoken" not in page

    def test_only_staff_have_it(self, qidong: cast.Stations) -> None:
        assert at(cast.make_official()).get("/desk/offline/").status_code == 403
        assert at(cast.make_user()).get("/desk/offline/").status_code == 403

    def test_signing_out_clears_the_browser(self, clerk: User) -> None:
        client = at(clerk)
        assert "Clear-Site-Data" not in client.get("/account/logout/").headers
        response = client.post("/account/logout/")
        assert (response.status_code, response["Clear-Site-Data"]) == (302, '"cache", "storage"')
