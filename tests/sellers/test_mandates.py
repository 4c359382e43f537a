"""Mandates: what each one opens, how it is renewed, narrowed and ended, and what a clerk reads when it does not hold."""

import datetime as dt
import io
import re
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext, override
from PIL import Image
from pytest_django.fixtures import Settings

from accounts import messages
from accounts.codes import TRIES, CodeRefused
from accounts.messages import text_for_demo
from accounts.models import OneTimeCode, User
from catalog.growing import growers_of
from catalog.models import Product, ProductStatus, Stock, Variant
from sellers import mandates, withdrawal
from sellers.models import Evidence, Household, HouseholdKind, Mandate, PayoutWay, Store, StoreStatus
from sellers.revealing import may_reveal
from sellers.telling import text_ending_code
from sellers.views.withdrawal import LOOKS_FOR
from stations.scope import NotAllowed
from tests import cast
from tests.accounts.limits import lift

pytestmark = pytest.mark.django_db
MandateEvent = apps.get_model("sellers", "MandateEvent")


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def store(qidong: cast.Stations) -> Store:
    household = cast.make_household(qidong.point)
    cast.make_mandate(household, qidong.point, may_receive_cash=True)
    return cast.make_store(qidong.point, household=household)


def today() -> dt.date:
    return timezone.localdate()


def mandate_of(store: Store) -> Mandate:
    return Mandate.objects.get(household=store.household, withdrawn_at=None)


def terms(**more: Any) -> mandates.Terms:
    known: mandates.Terms = {
        "ends_on": today() + dt.timedelta(days=365),
        "may_list": True,
        "may_price": True,
        "may_answer": False,
        "may_receive_cash": False,
    }
    return {**known, **more}  # type: ignore[typeddict-item]


def code_on(phone: str) -> str:
    found = re.search(r"\d{6}", text_for_demo(phone))
    assert found, "no text"
    return found.group()


def photograph() -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (600, 800), (240, 236, 226)).save(file, "JPEG")
    return SimpleUploadedFile("paper.jpg", file.getvalue(), "image/jpeg")


# What is done in the farmer's name: the scope that it asks for, its page, and what is sent.
GATES: dict[str, tuple[mandates.Scope, dict[str, str]]] = {
    "desk_goods_new": ("list", {"name": "干辣椒"}),
    "desk_goods_edit": ("list", {"name": "干辣椒"}),
    "desk_goods_photographs": ("list", {}),
    "desk_goods_lot": ("list", {"harvested_on": "2026-07-01", "quantity_g": "20"}),
    "desk_goods_test": ("list", {"agency": "祁东县检测站"}),
    "desk_goods_sell": ("list", {}),
    "desk_goods_withdraw": ("list", {}),
    "desk_goods_pack": (
        "price",
        {"name": "礼盒", "sold_by": "piece", "price_fen": "88", "on_hand": "3", "net_weight_g": "1"},
    ),
    "desk_goods_stock": ("price", {"price_fen": "45", "on_hand": "20"}),
    "desk_store_submit": ("list", {}),
    "desk_store_pause": ("list", {"reason": "harvest"}),
    "desk_household_edit": ("list", {"name_latin": "Li"}),
    "desk_household_phone": ("list", {"phone": "13700137000"}),
    "desk_member_add": ("list", {"name": "彭大山", "phone_tail": "0000", "grows": "黄花菜"}),
    "desk_payout": ("list", {"way": "bank"}),
    "desk_payout_cash": ("receive_cash", {"way": PayoutWay.COUNTER.value}),
}


def page_for(name: str, store: Store) -> str:
    product = Product.objects.filter(store=store).first() or cast.make_product(store)
    variant = product.variants.first() or cast.make_variant(product)
    draft = Store.objects.filter(household=store.household, status=StoreStatus.DRAFT).first() or cast.make_store(
        store.station, household=store.household, status=StoreStatus.DRAFT
    )
    household = (store.household_id,)
    arguments: dict[str, tuple[Any, ...]] = {
        "desk_goods_new": (store.slug,),
        "desk_goods_test": (product.ref, variant.stock.get().lot_id),
        "desk_goods_stock": (product.ref, variant.pk),
        "desk_store_submit": (draft.slug,),
        "desk_store_pause": (store.slug,),
        **{key: household for key in GATES if key.startswith(("desk_household", "desk_member", "desk_payout"))},
    }
    return reverse(name.removesuffix("_cash"), args=arguments.get(name, (product.ref,)))


def fingerprint(store: Store) -> tuple[Any, ...]:
    """Everything that a clerk could have changed."""
    variants = Variant.objects.filter(product__store=store).order_by("pk")
    return (
        list(Product.objects.order_by("pk").values_list("pk", "name", "status")),
        list(variants.values_list("pk", "price_fen", "on_hand")),
        list(Store.objects.order_by("pk").values_list("pk", "status", "submitted_at")),
        list(Household.objects.order_by("pk").values_list("pk", "name_latin", "phone", "kind")),
        store.household.payout_accounts.count(),
        store.household.memberships.count(),
        OneTimeCode.objects.count(),
    )


@pytest.mark.parametrize(("end", "language"), [("narrowed", ""), ("withdrawn", "/en"), ("over", "")])
@pytest.mark.parametrize("gate", GATES)
def test_nothing_is_changed_outside_a_mandate_and_the_page_says_why(
    store: Store, clerk: User, gate: str, end: str, language: str
) -> None:
    if gate == "desk_member_add":
        Household.objects.filter(pk=store.household_id).update(kind=HouseholdKind.COOPERATIVE)
    scope, sent = GATES[gate]
    page = page_for(gate, store)
    mandate = mandate_of(store)
    words: dict[str, str] = {"farmer": store.household.name if not language else store.household.name_latin}
    if end == "narrowed":
        Mandate.objects.filter(pk=mandate.pk).update(**{f"may_{scope}": False})
        text = "%(farmer)s has not allowed your station to do this: %(what)s. For that they give a new mandate."
    elif end == "withdrawn":
        mandates.withdraw_mandate(by=clerk, mandate=mandate)
        text = "%(farmer)s withdrew the mandate on %(day)s. Nothing is done in their name without a new one."
        words["day"] = today().isoformat()
    else:
        yesterday = today() - dt.timedelta(days=1)
        Mandate.objects.filter(pk=mandate.pk).update(starts_on=today() - dt.timedelta(days=9), ends_on=yesterday)
        text = "The mandate of %(farmer)s ended on %(day)s. Ask them to renew it."
        words["day"] = yesterday.isoformat()
    before = fingerprint(store)
    response = cast.signed_in_client(clerk).post(language + page, sent)
    said = response.content.decode()
    with override("en" if language else "zh-hans"):
        words["what"] = str(Mandate._meta.get_field(f"may_{scope}").verbose_name)  # type: ignore[union-attr]
        assert escape(gettext(text) % words) in said, f"{response.status_code}"
    assert fingerprint(store) == before


def test_with_the_mandate_the_same_forms_go_through(store: Store, clerk: User) -> None:
    """The table above refuses for want of a mandate alone."""
    client = cast.signed_in_client(clerk)
    for gate in ("desk_goods_pack", "desk_goods_stock", "desk_goods_withdraw", "desk_store_submit", "desk_payout_cash"):
        sent: dict[str, object] = dict(GATES[gate][1])
        if gate == "desk_goods_stock":
            sent = {**sent, "lot": Stock.objects.get(variant__name="500克袋装").lot_id}
        response = client.post(page_for(gate, store), sent)
        assert response.status_code == 302, gate
    variant = Variant.objects.get(name="500克袋装")
    assert (variant.price_fen, variant.product.status) == (4500, ProductStatus.WITHDRAWN)
    assert Variant.objects.get(name="礼盒").price_fen == 8800


def test_stock_alone_needs_no_word_on_prices(store: Store, clerk: User) -> None:
    mandates.narrow_mandate(by=clerk, mandate=mandate_of(store), may_price=False)
    variant = cast.make_variant(cast.make_product(store))
    lot = variant.stock.get().lot_id
    page = reverse("desk_goods_stock", args=(variant.product.ref, variant.pk))
    assert (
        cast.signed_in_client(clerk).post(page, {"price_fen": "38.80", "on_hand": "7", "lot": lot}).status_code == 302
    )
    variant.refresh_from_db()
    assert variant.on_hand == 7


class TestRenewal:
    """A new row, before or after the end of the old one, and the farmer's word again."""

    def test_before_its_end_the_old_one_holds_until_the_farmer_has_said_yes(
        self, store: Store, clerk: User, qidong: cast.Stations
    ) -> None:
        old = mandate_of(store)
        new = mandates.renew_mandate(by=clerk, household=store.household, station=qidong.point, **terms())
        assert mandates.mandate_for(clerk, store.household, "receive_cash") == old
        mandates.confirm_by_code(mandate=new, code=mandates.send_code(new))
        assert mandates.mandate_for(clerk, store.household, "list") == new
        # What went further than the new one is gone with the old one.
        with pytest.raises(mandates.MandateMissing):
            mandates.mandate_for(clerk, store.household, "receive_cash")
        old.refresh_from_db()
        new.refresh_from_db()
        assert old.withdrawn_at == new.confirmed_at

    def test_after_its_end(self, store: Store, clerk: User, qidong: cast.Stations) -> None:
        Mandate.objects.update(starts_on=today() - dt.timedelta(days=400), ends_on=today() - dt.timedelta(days=35))
        with pytest.raises(mandates.MandateMissing):
            mandates.mandate_for(clerk, store.household, "list")
        new = mandates.renew_mandate(by=clerk, household=store.household, station=qidong.point, **terms())
        mandates.confirm_by_code(mandate=new, code=mandates.send_code(new))
        assert mandates.mandate_for(clerk, store.household, "list") == new

    def test_written_down_twice_it_is_one(self, store: Store, clerk: User, qidong: cast.Stations) -> None:
        first = mandates.renew_mandate(by=clerk, household=store.household, station=qidong.point, **terms())
        code = mandates.send_code(first)
        again = mandates.renew_mandate(
            by=clerk, household=store.household, station=qidong.point, **terms(may_price=False)
        )
        assert (again.pk, again.may_price) == (first.pk, False)
        with pytest.raises(CodeRefused):  # it was for other words
            mandates.confirm_by_code(mandate=again, code=code)

    def test_only_staff_of_the_farmers_region(self, store: Store, qidong: cast.Stations) -> None:
        for person in (cast.make_clerk(qidong.other_point), cast.make_official(), cast.make_user(name="路人")):
            with pytest.raises(NotAllowed):
                mandates.renew_mandate(by=person, household=store.household, station=qidong.other_point, **terms())

    def test_on_its_pages_by_code(self, store: Store, clerk: User) -> None:
        client = cast.signed_in_client(clerk)
        page = reverse("desk_mandate_new", args=(store.household_id,))
        assert "may_receive_cash" in client.get(page).content.decode()
        station = str(store.station_id)
        nothing = client.post(page, {"station": station, "ends_on": "2027-05-01"})
        assert gettext("Tick at least one thing that the farmer allows.") in nothing.content.decode()
        answers = {"station": station, "ends_on": "2027-05-01", "may_list": "on", "may_price": "on"}
        confirm = client.post(page, answers)["Location"]
        new = Mandate.objects.get(confirmed_at=None)
        client.post(reverse("desk_mandate_code", args=(new.pk,)))
        code = code_on(store.household.phone)
        wrong = "000000" if code != "000000" else "111111"
        assert (
            gettext("This code is wrong or too old. Please send a new one.")
            in client.post(confirm, {"code": wrong}).content.decode()
        )
        assert client.post(confirm, {"code": code})["Location"] == reverse("desk_household", args=(store.household_id,))
        new.refresh_from_db()
        assert new.confirmed_at and new.ends_on == dt.date(2027, 5, 1)
        # The same code a second time: the page has nothing left to confirm.
        assert client.post(confirm, {"code": code}).status_code == 302
        assert Mandate.objects.filter(confirmed_at__isnull=False, withdrawn_at=None).count() == 1

    def test_a_code_that_is_too_old_or_guessed_is_refused_on_the_page(self, store: Store, clerk: User) -> None:
        client = cast.signed_in_client(clerk)
        new = mandates.renew_mandate(by=clerk, household=store.household, station=store.station, **terms())
        page, said = (
            reverse("desk_mandate_confirm", args=(new.pk,)),
            gettext("This code is wrong or too old. Please send a new one."),
        )
        code = mandates.send_code(new)
        OneTimeCode.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
        assert said in client.post(page, {"code": code}).content.decode()
        code = mandates.send_code(new)
        for guess in range(5):
            client.post(page, {"code": f"{(int(code) + guess + 1) % 1_000_000:06d}"})
        assert said in client.post(page, {"code": code}).content.decode()
        new.refresh_from_db()
        assert new.confirmed_at is None

    def test_on_its_pages_by_paper(self, store: Store, clerk: User) -> None:
        client = cast.signed_in_client(clerk)
        new = mandates.renew_mandate(by=clerk, household=store.household, station=store.station, **terms())
        page = reverse("desk_mandate_confirm", args=(new.pk,)) + "?by=paper"
        assert client.get(reverse("desk_mandate_print", args=(new.pk,))).status_code == 200
        assert gettext("Please take a photograph of the signed paper.") in client.post(page).content.decode()
        client.post(page, {"paper": photograph()})
        new.refresh_from_db()
        assert (new.evidence, bool(new.confirmed_at), bool(new.paper)) == (Evidence.PAPER, True, True)

    def test_the_desk_is_reminded_thirty_days_before(self, store: Store, clerk: User, qidong: cast.Stations) -> None:
        mandate = mandate_of(store)
        for days, reminded in ((31, False), (30, True), (0, True)):
            Mandate.objects.filter(pk=mandate.pk).update(
                starts_on=today() - dt.timedelta(days=9), ends_on=today() + dt.timedelta(days=days)
            )
            assert list(mandates.ending_soon(clerk)) == ([mandate] if reminded else [])
        assert not mandates.ending_soon(cast.make_clerk(qidong.other_point))
        page = cast.signed_in_client(clerk).get(reverse("desk_households")).content.decode()
        assert gettext("Mandates that end soon") in page
        assert reverse("desk_mandate_new", args=(store.household_id,)) in page
        cast.make_mandate(store.household, qidong.point)  # renewed: nothing to be reminded of
        assert not mandates.ending_soon(clerk)


class TestTheLastDay:
    """A mandate holds until its last day, that day included, wherever it is asked for."""

    @pytest.mark.parametrize(("days", "holds"), [(0, True), (-1, False)])
    def test_it_holds_on_that_day_and_not_after(self, store: Store, clerk: User, days: int, holds: bool) -> None:
        last = today() + dt.timedelta(days=days)
        Mandate.objects.update(starts_on=today() - dt.timedelta(days=9), ends_on=last)
        household = store.household
        assert mandates.mandates_in_force(household).exists() is holds
        assert bool(may_reveal(clerk, household)) is holds
        gathering = Household.objects.create(
            region=store.station.region, name="集货", kind=HouseholdKind.STATION, station=store.station
        )
        collects = cast.make_store(store.station, household=gathering)
        assert growers_of(clerk, collects).filter(pk=household.pk).exists() is holds
        page = cast.signed_in_client(clerk).get(f"/en/desk/households/{household.pk}/").content.decode()
        assert ("last day" in page) is holds
        if holds:
            assert mandates.mandate_for(clerk, household, "list") is not None
        else:
            with pytest.raises(mandates.MandateMissing):
                mandates.mandate_for(clerk, household, "list")

    def test_the_text_says_that_the_day_counts(self, store: Store, clerk: User) -> None:
        new = mandates.renew_mandate(by=clerk, household=store.household, station=store.station, **terms())
        mandates.text_code(by=clerk, mandate=new)
        assert f"{new.ends_on.isoformat()}（含当天）" in text_for_demo(store.household.phone)


class TestWordsOfTheCode:
    """A code opens the words that the farmer read, and no others."""

    def test_words_revised_while_the_text_is_sent(
        self, store: Store, clerk: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        new = mandates.renew_mandate(
            by=clerk, household=store.household, station=store.station, **terms(may_price=False)
        )
        sent: list[str] = []

        def slow(phone: str, text: str) -> None:
            sent.append(text)
            mandates.revise_mandate(by=clerk, mandate=new, **terms(may_receive_cash=True))

        monkeypatch.setattr(mandates, "send_text", slow)
        mandates.text_code(by=clerk, mandate=Mandate.objects.get(pk=new.pk))
        code = re.search(r"\d{6}", sent[0])
        assert code
        with pytest.raises(CodeRefused):
            mandates.confirm_by_code(mandate=new, code=code.group())
        new.refresh_from_db()
        assert new.confirmed_at is None

    @pytest.mark.parametrize("change", [{"may_receive_cash": True}, {"ends_on": dt.date(2029, 1, 1)}])
    def test_words_that_another_request_changes_before_the_code_comes(
        self, store: Store, clerk: User, change: dict[str, Any]
    ) -> None:
        new = mandates.renew_mandate(by=clerk, household=store.household, station=store.station, **terms())
        code = mandates.send_code(new)
        Mandate.objects.filter(pk=new.pk).update(**change)
        with pytest.raises(CodeRefused):
            mandates.confirm_by_code(mandate=new, code=code)


class TestNarrowing:
    """Less at the farmer's word; more only with a new one."""

    def test_less_is_kept_and_recorded(self, store: Store, clerk: User) -> None:
        mandate = mandate_of(store)
        page = reverse("desk_mandate_narrow", args=(mandate.pk,))
        cast.signed_in_client(clerk).post(page, {"keep": ["may_list", "may_answer"]})
        mandate.refresh_from_db()
        assert [mandate.may_list, mandate.may_price, mandate.may_answer, mandate.may_receive_cash] == [
            True,
            False,
            True,
            False,
        ]
        event = MandateEvent.objects.filter(pgh_obj=mandate).latest("pgh_id")
        assert event.pgh_context.metadata["on_behalf_of"] == store.household_id

    def test_never_more(self, store: Store, clerk: User) -> None:
        mandate = mandates.narrow_mandate(by=clerk, mandate=mandate_of(store), may_price=False)
        with pytest.raises(mandates.MandateWidened):
            mandates.narrow_mandate(by=clerk, mandate=mandate, may_price=True)
        page = reverse("desk_mandate_narrow", args=(mandate.pk,))
        cast.signed_in_client(clerk).post(page, {"keep": ["may_list", "may_price"]})
        mandate.refresh_from_db()
        assert not mandate.may_price

    def test_to_nothing_is_a_withdrawal_and_is_called_so(self, store: Store, clerk: User) -> None:
        mandate = mandate_of(store)
        with pytest.raises(mandates.NothingLeft):
            mandates.narrow_mandate(
                by=clerk, mandate=mandate, may_list=False, may_price=False, may_answer=False, may_receive_cash=False
            )

    def test_what_is_over_is_not_narrowed_and_nobody_else_does_it(
        self, store: Store, clerk: User, qidong: cast.Stations
    ) -> None:
        mandate = mandate_of(store)
        for person in (cast.make_clerk(qidong.other_point), cast.make_official()):
            with pytest.raises(NotAllowed):
                mandates.narrow_mandate(by=person, mandate=mandate, may_price=False)
        mandates.withdraw_mandate(by=clerk, mandate=mandate)
        with pytest.raises(mandates.AlreadyConfirmed):
            mandates.narrow_mandate(by=clerk, mandate=mandate, may_price=False)


class TestEndingByPhone:
    """The public page: a number, a code, what stands, the end. It tells nobody whether a number is known."""

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool]]:
        """The jobs that the page enqueued, done at once."""
        jobs: list[tuple[int, bool]] = []

        def work(household_id: int, ticket: str, old_number: bool = False) -> None:
            jobs.append((household_id, old_number))
            text_ending_code(household_id=household_id, ticket=ticket, old_number=old_number)

        monkeypatch.setattr(text_ending_code, "defer", work)
        return jobs

    def ask(self, phone: str, client: Client | None = None) -> tuple[Client, str]:
        client = client or Client()
        response = client.post("/mandate/end/", {"phone": phone}, follow=True)
        return client, re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())

    @pytest.mark.parametrize("language", ["", "/en"])
    def test_the_farmer_ends_it(self, store: Store, clerk: User, asked: list[tuple[int, bool]], language: str) -> None:
        client = Client()
        client.post(f"{language}/mandate/end/", {"phone": f"+86 {store.household.phone}"})
        stands = client.post(f"{language}/mandate/end/code/", {"code": code_on(store.household.phone)}, follow=True)
        assert store.station.name in stands.content.decode() or store.station.name_en in stands.content.decode()
        client.post(f"{language}/mandate/end/stands/", {"what": "mandates"})
        mandate = Mandate.objects.get(household=store.household)
        assert mandate.withdrawn_at is not None
        with pytest.raises(mandates.MandateMissing, match=today().isoformat()):
            mandates.mandate_for(clerk, store.household, "list")
        event = MandateEvent.objects.filter(pgh_obj=mandate).latest("pgh_id")
        assert event.pgh_context.metadata["by_phone"] is True

    def test_known_and_unknown_numbers_get_the_same_page_and_the_same_work(
        self, store: Store, asked: list[tuple[int, bool]], settings: Settings
    ) -> None:
        settings.TESTING = settings.DEMO = False  # the demo shows the text on the page, and production never
        known, unknown = self.ask(store.household.phone), self.ask("13999999999")
        assert known[1] == unknown[1]
        assert asked == [(store.household_id, False), (0, False)]
        again = (
            known[0].post("/mandate/end/code/", {"code": "123456"}),
            unknown[0].post("/mandate/end/code/", {"code": "123456"}),
        )
        pages = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", one.content.decode()) for one in again]
        assert pages[0] == pages[1] and again[0].status_code == again[1].status_code
        assert gettext("This code is wrong or too old. Please send a new one.") in pages[0]

    def test_an_unknown_number_gets_no_text(self, store: Store, asked: list[tuple[int, bool]]) -> None:
        self.ask("13999999999")
        assert text_for_demo("13999999999") == "" and not OneTimeCode.objects.exists()

    def test_no_number_stands_in_the_session_the_address_or_the_jobs(
        self, store: Store, asked: list[tuple[int, bool]]
    ) -> None:
        client, page = self.ask(store.household.phone)
        kept = str(dict(client.session.items())) + str(asked)
        assert store.household.phone not in kept and store.household.phone not in page.replace(
            text_for_demo(store.household.phone), ""
        )

    def test_the_code_counts_once_for_this_browser_and_ten_minutes(
        self, store: Store, asked: list[tuple[int, bool]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client, _page = self.ask(store.household.phone)
        code = code_on(store.household.phone)
        assert client.get("/mandate/end/stands/").status_code == 302  # not proved yet
        stranger = Client()
        assert stranger.post("/mandate/end/code/", {"code": code}).status_code == 302
        assert stranger.get("/mandate/end/stands/").status_code == 302
        client.post("/mandate/end/code/", {"code": code})
        assert client.get("/mandate/end/stands/").status_code == 200
        session = client.session
        session["ending_until"] = timezone.now().timestamp() - 1
        session.save()
        client.post("/mandate/end/stands/", {"what": "mandates"})
        assert mandate_of(store).withdrawn_at is None

    def test_many_numbers_from_one_address_are_stopped(self, store: Store, asked: list[tuple[int, bool]]) -> None:
        for number in range(withdrawal.MOST_ASKED):
            self.ask(f"139000{number:05d}")
        _client, page = self.ask(store.household.phone)
        assert gettext("Too many tries from here. Please wait an hour, or call your station.") in page
        assert len(asked) == withdrawal.MOST_ASKED

    def test_many_codes_from_one_address_are_stopped(self, store: Store, asked: list[tuple[int, bool]]) -> None:
        client, _page = self.ask(store.household.phone)
        for _try in range(withdrawal.MOST_TRIED):
            client.post("/mandate/end/code/", {"code": "123456"})
        said = client.post("/mandate/end/code/", {"code": "123456"}).content.decode()
        assert gettext("Too many tries from here. Please wait an hour, or call your station.") in said

    def test_many_texts_to_one_number_are_stopped_whether_it_is_known_or_not(
        self, store: Store, asked: list[tuple[int, bool]]
    ) -> None:
        client, _page = self.ask(store.household.phone)
        first = code_on(store.household.phone)
        unknown, _page = self.ask("13999999999")
        too_soon = gettext("A text was sent to this phone just now. Please wait half a minute.")
        assert (
            too_soon in self.ask(store.household.phone, client)[1] and too_soon in self.ask("13999999999", unknown)[1]
        )
        assert code_on(store.household.phone) == first and len(asked) == 2
        assert client.post("/mandate/end/code/", {"code": first})["Location"] == "/mandate/end/stands/"

    @pytest.mark.parametrize("ending_first", [True, False])
    def test_the_sign_in_page_does_not_tell_whether_the_number_is_a_farmers(
        self, store: Store, asked: list[tuple[int, bool]], ending_first: bool
    ) -> None:
        pages = ("/mandate/end/", "/account/phone/")
        seen = [
            [Client().post(page, {"phone": phone}).status_code for page in (pages if ending_first else pages[::-1])]
            for phone in (store.household.phone, "13999999999")
        ]
        assert seen[0] == seen[1] == ([302, 422] if ending_first else [302, 200])

    def test_a_stranger_who_guesses_uses_up_none_of_the_farmers_tries(
        self, store: Store, asked: list[tuple[int, bool]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(messages, "LIMITS", messages.LIMITS[1:])
        farmer, _page = self.ask(store.household.phone)
        code = code_on(store.household.phone)
        stranger, _page = self.ask(store.household.phone)
        for _try in range(TRIES + 1):
            assert stranger.post("/mandate/end/code/", {"code": code}).status_code == 200
        assert farmer.post("/mandate/end/code/", {"code": code})["Location"] == "/mandate/end/stands/"

    def test_the_demo_waits_for_this_text_and_shows_no_earlier_one(
        self, store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.DEMO = True
        jobs: list[dict[str, Any]] = []
        monkeypatch.setattr(text_ending_code, "defer", lambda **job: jobs.append(job))
        messages.keep_for_demo(store.household.phone, "an earlier text 654321")
        client, page = self.ask(store.household.phone)
        waits = client.get("/mandate/end/code/")
        assert "654321" not in page and waits["Refresh"] == "2"
        assert gettext("Demo: the text comes in a moment.") in waits.content.decode()
        assert "Refresh" not in client.post("/mandate/end/code/", {"code": "123456"}), "what it says is not swept away"
        text_ending_code(**jobs[0])
        there = client.get("/mandate/end/code/")
        assert code_on(store.household.phone) in there.content.decode() and "Refresh" not in there

    def test_the_demo_does_not_look_for_ever(self, store: Store, settings: Settings) -> None:
        settings.DEMO = True
        client, _page = self.ask("13999999999")
        assert "Refresh" in client.get("/mandate/end/code/")
        session = client.session
        session["ending_awaited"] = [0, "ticket", timezone.now().timestamp() - LOOKS_FOR]
        session.save()
        assert "Refresh" not in client.get("/mandate/end/code/")

    def test_the_old_number_counts_for_ninety_days(self, store: Store, asked: list[tuple[int, bool]]) -> None:
        old = store.household.phone
        for days, counts in ((89, True), (91, False)):
            changed = timezone.now() - dt.timedelta(days=days)
            Household.objects.filter(pk=store.household_id).update(
                phone="13712345678", phone_before=old, phone_changed_at=changed
            )
            lift("texts:*")
            self.ask(old)
            assert asked.pop() == ((store.household_id, True) if counts else (0, False))

    def test_few_words(self, store: Store, asked: list[tuple[int, bool]]) -> None:
        """Twelve words a screen in English, beside the demo's text and what the stations are called."""
        client, screens = Client(), []
        screens.append(client.get("/en/mandate/end/").content.decode())
        screens.append(client.post("/en/mandate/end/", {"phone": store.household.phone}, follow=True).content.decode())
        done = client.post("/en/mandate/end/code/", {"code": code_on(store.household.phone)}, follow=True)
        screens.append(done.content.decode())
        for screen in screens:
            main = screen.split("<main")[1].split("</main>")[0].split(">", 1)[1]
            main = re.sub(r"<aside.*?</aside>|<small.*?</small>|<b>.*?</b>", "", main, flags=re.S)
            words = re.sub(r"<[^>]+>", " ", main).split()
            assert len(words) <= 12 + 6, words  # six for labels and buttons that repeat the heading


def test_the_farmer_ends_it_with_their_own_account(store: Store, clerk: User) -> None:
    farmer, other = cast.make_user(name="李秀英"), cast.make_user(name="彭大山")
    store.household.user = farmer
    store.household.save()
    mandate = mandate_of(store)
    with pytest.raises(NotAllowed):
        mandates.withdraw_mandate(by=other, mandate=mandate)
    mandates.withdraw_mandate(by=farmer, mandate=mandate)
    assert mandate.withdrawn_by == farmer
    with pytest.raises(mandates.MandateMissing):
        mandates.mandate_for(clerk, store.household, "list")


def test_at_the_desk_the_clerk_ends_it_at_the_farmers_word(store: Store, clerk: User, qidong: cast.Stations) -> None:
    mandate = mandate_of(store)
    page = reverse("desk_mandate_end", args=(mandate.pk,))
    assert cast.signed_in_client(cast.make_clerk(qidong.other_point)).post(page).status_code == 404
    cast.signed_in_client(clerk).post(page)
    mandate.refresh_from_db()
    assert mandate.withdrawn_by == clerk
