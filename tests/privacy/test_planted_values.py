"""Values that are somebody's, planted by driving the real pages, and then looked for where they must not be.

A farmer, a buyer and a clerk do what they do, well and badly, with the site's own middleware, cache, sessions and log format, a gateway
for text messages on loopback, and pages that break. Then logs, Redis, addresses, error pages, exports and every column are read.
"""

import datetime as dt
import io
import json
import logging
import re
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import unquote_plus

import pytest
from django.conf import settings as site
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect
from django.test import Client
from django.utils import timezone
from django.utils.log import DEFAULT_LOGGING
from PIL import Image
from pytest_django.fixtures import Settings

from accounts import codes
from accounts.models import User
from orders import checkout
from payments import stripe_checkout
from sellers import offline, onboarding
from sellers.jobs import INTAKES
from sellers.models import Household, Mandate, Opening, PayoutAccount, Store, StoreStatus, Submission
from shop.logs import Masked, masked
from shop.sessions import SessionStore
from stations.models import Sheet, SheetKind
from stations.taking_in import take_in
from tests.cast import PASSWORD, make_clerk, make_official, signed_in_client
from tests.orders.scene import CHANGSHA_YUELU, Scene, make_scene
from tests.privacy.searching import places_in_database, places_in_redis, tables

IDENTITY = "43042619680305723X"  # made up; GB 11643-1999's check character is worked out below
CARD = "622848040256489001"
FARMER, FARMERS_PHONE = "司寇梅香", "15274733316"
OFFLINE_FARMER, OFFLINE_PHONE, OFFLINE_IDENTITY = "闻人玉莲", "15274733427", "43042619710412344X"
BUYER, BUYERS_PHONE, BUYERS_MAIL = "澹台若兰", "18673409921", "tantai.ruolan@mail.example"
ADDRESS = "望城坡枫林三路777号9栋"
NEW_MAIL, NEW_PHONE = "dongguo.qing@mail.example", "18673409955"
CODE = "907315"
WEIGHTS, CHECKS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"


def with_check(number: str) -> str:
    """An identity number with the check character that fits."""
    return number[:17] + CHECKS[sum(int(d) * w for d, w in zip(number[:17], WEIGHTS, strict=True)) % 11]


def luhn(number: str) -> str:
    """A card's number with the last digit that fits."""
    digits = [int(sign) for sign in reversed(number)]
    total = sum(sum(divmod(2 * d, 10)) if place % 2 == 0 else d for place, d in enumerate(digits))
    return f"{number}{-total % 10}"


IDENTITY, OFFLINE_IDENTITY, CARD = with_check(IDENTITY), with_check(OFFLINE_IDENTITY), luhn(CARD)
NUMBERS = (IDENTITY, OFFLINE_IDENTITY, CARD)
PHONES = (FARMERS_PHONE, OFFLINE_PHONE, BUYERS_PHONE, NEW_PHONE)
PEOPLE = (FARMER, OFFLINE_FARMER, BUYER, BUYERS_MAIL, NEW_MAIL, ADDRESS)
EVERYTHING = (*NUMBERS, *PHONES, *PEOPLE)

LOGGING: dict[str, Any] = site.LOGGING
LINE: dict[str, str] = LOGGING["formatters"]["line"]

# Where each value belongs in the database, and nowhere else. Identity and card numbers belong nowhere in clear.
BELONGS = {
    FARMER: {
        "sellers_household.name", "sellers_householdevent.name", "sellers_payoutaccount.holder", "sellers_payoutaccountevent.holder",
        "sellers_store.name", "sellers_storeevent.name", "sellers_opening.store_name",
    },
    FARMERS_PHONE: {"sellers_household.phone", "sellers_householdevent.phone"},
    OFFLINE_FARMER: {"sellers_household.name", "sellers_householdevent.name", "sellers_opening.name"},
    OFFLINE_PHONE: {"sellers_household.phone", "sellers_householdevent.phone", "sellers_opening.phone"},
    BUYER: {"accounts_user.name", "accounts_address.recipient", "orders_order.recipient", "delivery_parcel.recipient"},
    BUYERS_PHONE: {"accounts_user.phone", "accounts_address.phone", "orders_order.phone", "delivery_parcel.phone"},
    BUYERS_MAIL: {"accounts_user.email", "account_emailaddress.email", "orders_order.email"},
    NEW_MAIL: {"accounts_user.email", "account_emailaddress.email"},
    ADDRESS: {"accounts_address.detail", "orders_order.address", "delivery_parcel.address"},
}  # fmt: skip


class Recorder(Client):
    """A browser that keeps what it was answered."""

    answers: list[Any]

    def request(self, **request: Any) -> Any:
        """Send it, and keep the answer."""
        answer = super().request(**request)
        self.__class__.answers.append(answer)
        return answer


def browser(user: User | None = None) -> Recorder:
    """A recording browser, signed in lately."""
    client = Recorder(raise_request_exception=False)
    if user:
        client.cookies = signed_in_client(user).cookies
    return client


@dataclass
class Gateway:
    """A gateway for text messages that takes everything."""

    address: str
    texts: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def gateway(settings: Settings) -> Iterator[Gateway]:
    """A real HTTP server on loopback, and the site set up to use it."""
    found = Gateway("")

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.texts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.address = f"http://127.0.0.1:{server.server_port}/"
    settings.SMS_BACKEND = "accounts.text_gateway.send_by_http"
    settings.SMS_HTTP = {**site.SMS_HTTP, "URL": found.address}
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that any logger says, from DEBUG up for ours, in the format of production."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(Masked(LINE["format"], style="{"))
    names = [
        "",
        "django",
        "django.request",
        "django.security",
        "allauth",
        "procrastinate",
        "daylily",
        *DEFAULT_LOGGING["loggers"],
    ]
    before = {name: logging.getLogger(name).level for name in names}
    root = logging.getLogger()
    root.addHandler(handler)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG if name in {"daylily", "allauth"} else logging.INFO)
    yield text
    root.removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def lived(
    transactional_db: None,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
    gateway: Gateway,
    log: io.StringIO,
) -> Iterator["Lived"]:
    """The values planted: what people did, and the traces it left."""
    settings.MEDIA_ROOT, settings.VISITOR_PAGE_SECONDS = str(tmp_path / "media"), 60
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # nobody answers there
    stripe_checkout.client.cache_clear()
    monkeypatch.setattr(codes, "new_code", lambda: CODE)
    monkeypatch.setattr("accounts.messages.LIMITS", ((1000, 3600),))
    Recorder.answers = []
    found = Lived(make_scene(), gateway, log)
    found.clerk, found.centre, found.official = (
        make_clerk(found.scene.qidong.point, "周小兰"),
        make_clerk(found.scene.qidong.centre, "邹丽"),
        make_official(),
    )
    found.open_a_store()
    found.name_a_card()
    found.fill_in_offline()
    found.bring_a_list()
    found.sign_in_and_buy()
    found.break_pages(monkeypatch)
    found.look_around()
    yield found
    stripe_checkout.client.cache_clear()  # the next test has its own


@dataclass
class Lived:
    scene: Scene
    gateway: Gateway
    log: io.StringIO
    session_keys: list[str] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    clerk: Any = None
    centre: Any = None
    official: Any = None

    @property
    def answers(self) -> list[Any]:
        """Everything that the site answered."""
        return Recorder.answers

    def open_a_store(self) -> None:
        """The wizard, with a wrong number first; the farmer's code by text."""
        client = browser(self.clerk)
        start = {
            "station": self.scene.qidong.point.pk,
            "consent": "on",
            "kind": "household",
            "name": FARMER,
            "phone": FARMERS_PHONE,
        }
        client.post("/desk/stores/open/", start)
        opening = Opening.objects.latest("pk")
        base = f"/desk/stores/open/{opening.ref}"
        client.post(f"{base}/identity/", {"identity_consent": "on", "identity": f"{IDENTITY[:-1]}#"})
        client.post(f"{base}/identity/", {"identity_consent": "on", "identity": IDENTITY, "women_led": "on"})
        until = (timezone.localdate() + dt.timedelta(days=300)).isoformat()
        client.post(
            f"{base}/mandate/",
            {"may_price": "on", "may_answer": "on", "may_receive_cash": "on", "ends_on": until, "how": "code"},
        )
        client.post(f"{base}/mandate/", {"code": "000000"})
        client.post(f"{base}/mandate/", {"code": CODE})
        client.post(f"{base}/store/", {"name": f"{FARMER}家的农货", "story": "种了三十年黄花菜。"})
        client.post(f"/desk/stores/{Store.objects.get(household__name=FARMER).slug}/submit/")
        client.post("/desk/stores/open/", start)  # the same phone once more
        assert Household.objects.filter(name=FARMER).exclude(identity_sealed=None).exists()
        assert Mandate.objects.filter(household__name=FARMER).exclude(confirmed_at=None).exists()
        assert Store.objects.filter(household__name=FARMER, status=StoreStatus.SUBMITTED).exists()

    def name_a_card(self) -> None:
        """Where the money goes, with a slip first; the farmer reads the code out."""
        client, household = browser(self.clerk), Household.objects.get(name=FARMER)
        url = f"/desk/households/{household.pk}/payout/"
        client.post(url, {"way": "bank", "holder": FARMER, "bank": "农业银行", "number": f"{CARD[:-1]}x"})
        client.post(url, {"way": "bank", "holder": "别人", "bank": "农业银行", "number": CARD})
        client.post(url, {"way": "bank", "holder": FARMER, "bank": "农业银行", "number": CARD})
        account = PayoutAccount.objects.get(household=household, ended_at=None)
        client.post(f"/desk/payouts/{account.pk}/code/")
        client.post(f"/desk/payouts/{account.pk}/", {"code": CODE})
        account.refresh_from_db()
        assert account.confirmed_at
        assert account.number_sealed

    def fill_in_offline(self) -> None:
        """A form from a phone that is taken, and one that waits in the inbox for a person, sealed."""
        client, picture = browser(self.clerk), io.BytesIO()
        Image.new("RGB", (64, 48), (120, 150, 80)).save(picture, "JPEG")

        def form(name: str, phone: str, identity: str) -> dict[str, Any]:
            return {
                "nonce": str(uuid.uuid4()),
                "owner": offline.phone_owner(self.clerk),
                "station": str(self.scene.qidong.point.pk),
                "filled_in_at": timezone.now().isoformat(),
                "farmer-consent": "on", "farmer-kind": "household", "farmer-name": name, "farmer-phone": phone,
                "identity-identity_consent": "on", "identity-identity": identity,
                "mandate-may_price": "on", "mandate-how": "paper",
                "mandate-ends_on": (timezone.localdate() + dt.timedelta(days=300)).isoformat(),
                "mandate-paper": SimpleUploadedFile("paper.jpg", picture.getvalue(), "image/jpeg"),
                "store-name": "玉莲家的农货",
            }  # fmt: skip

        client.post("/desk/sync/", form(OFFLINE_FARMER, OFFLINE_PHONE, OFFLINE_IDENTITY))
        client.post(
            "/desk/sync/", form(FARMER, OFFLINE_PHONE, IDENTITY)
        )  # a number that is known, with another's phone
        waiting = Submission.objects.exclude(sealed=None)
        assert waiting.exists()
        for one in waiting:
            client.get(f"/desk/submissions/{one.pk}/")

    def bring_a_list(self) -> None:
        """A list of families with what is wrong in it: a number that is known, one that is none, numbers in the wrong column."""
        head = "姓名*,手机号*,所在村*,签署同意书日期"
        village = self.scene.qidong.point.region_id
        rows = [
            f"{FARMER},{FARMERS_PHONE},{village},2026-11-01",
            f"{BUYER},{IDENTITY},{village},2026-11-01",
            f"{BUYER},{BUYERS_PHONE}9,{CARD},{IDENTITY}",
        ]
        file = SimpleUploadedFile("农户名单.csv", "\n".join([head, *rows]).encode(), "text/csv")
        client = browser(self.centre)
        form = {"kind": "households", "region": "430426000000", "file": file}
        assert client.post("/desk/sheets/", form).status_code == 302
        sheet = take_in(Sheet.objects.latest("pk"), INTAKES[SheetKind.HOUSEHOLDS])
        assert sheet.fault_count >= 2
        client.get(f"/desk/sheets/{sheet.ref}/")
        taken_out = _text(client.get("/desk/sheets/out/households/430426.csv"))
        assert not any(number in taken_out for number in NUMBERS)

    def sign_in_and_buy(self) -> None:
        """By phone, by a wrong and a right password; an address, a search, and an order whose payment page does not answer."""
        User.objects.create_user(BUYERS_MAIL, PASSWORD, name=BUYER, phone=BUYERS_PHONE)
        client = browser()
        client.post("/account/login/", {"login": BUYERS_MAIL, "password": "wrong-password"})
        client.post("/account/phone/", {"phone": BUYERS_PHONE})
        client.post("/account/phone/code/", {"code": "000000"})
        client.post("/account/phone/code/", {"code": CODE})
        self.session_keys.append(client.cookies["sessionid"].value)
        assert client.session.get("_auth_user_id"), "Signed in by phone."
        place = {"province": "430000000000", "city": "430100000000", "county": CHANGSHA_YUELU, "detail": ADDRESS}
        person = {"recipient": BUYER, "phone": BUYERS_PHONE}
        client.post("/account/addresses/", {"action": "add", **person, **place})
        client.post("/cart/add/", {"variant": self.scene.daylily.pk, "quantity": 2})
        form = {
            "email": BUYERS_MAIL,
            "way": "carrier",
            "saved": "",
            "pay_by": "stripe",
            "key": "k" * 22,
            **person,
            **place,
        }
        page = client.post("/checkout/", {**form, "action": "review"}).content.decode()
        seen = re.search(r'name="seen" value="([^"]*)"', page)
        assert seen, "The checkout was worked out."
        client.post("/checkout/", {**form, "action": "place", "seen": unescape(seen.group(1))})
        browser().post("/account/signup/", {"email": BUYERS_MAIL, "password1": "huanghua-2026-hao", "consent": "on"})
        browser().post("/account/signup/", {"email": NEW_MAIL, "password1": "huanghua-2026-hao", "consent": "on"})
        browser().post("/account/password/reset/", {"email": BUYERS_MAIL})
        browser().post("/account/phone/", {"phone": NEW_PHONE})
        for query in (BUYERS_PHONE, BUYERS_MAIL, IDENTITY, CARD):
            browser().get("/search/", {"q": query})

    def break_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """500 with the values in what was sent, in local variables and in the database's own message; 404 with them in the query."""

        def failing(*arguments: Any, **given: Any) -> Any:
            identity, phone, card, name = IDENTITY, FARMERS_PHONE, CARD, FARMER
            raise ValueError(f"No room for {identity}, {phone}, {card} and {BUYERS_MAIL}") from KeyError(len(name))

        def refused_by_the_database(**given: Any) -> Any:
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO sellers_household (name, phone, kind, region_id) VALUES (%s, %s, 'household', '430426000000')",
                    [FARMER, FARMERS_PHONE],
                )

        for breaking in (failing, refused_by_the_database):
            with monkeypatch.context() as patch:
                patch.setattr(onboarding, "register_household", breaking)
                patch.setattr("sellers.openings.onboarding.register_household", breaking)
                patch.setattr(checkout, "place_order", breaking)
                client = browser(self.clerk)
                client.post(
                    "/desk/stores/open/",
                    {
                        "station": self.scene.qidong.point.pk,
                        "consent": "on",
                        "kind": "household",
                        "name": BUYER,
                        "phone": "13787340001",
                    },
                )
                opening = Opening.objects.latest("pk")
                answer = client.post(
                    f"/desk/stores/open/{opening.ref}/identity/",
                    {"identity_consent": "on", "identity": OFFLINE_IDENTITY[:17] + "z"},
                )
                fresh = with_check("43042619850101123")
                answer = client.post(
                    f"/desk/stores/open/{opening.ref}/identity/", {"identity_consent": "on", "identity": fresh}
                )
                assert answer.status_code == 500, answer.status_code
                opening.delete()
        for path in (
            "/there/is/nothing/",
            "/goods/AAAAAAAAAAAAAAAAAAAAAA/",
            "/orders/AAAAAAAAAAAAAAAAAAAAAA/",
            "/en/nothing/",
        ):
            answer = browser().get(
                path, {"name": FARMER, "phone": FARMERS_PHONE, "id": IDENTITY, "card": CARD, "mail": BUYERS_MAIL}
            )
            assert answer.status_code == 404

    def look_around(self) -> None:
        """What staff and officials read and take out; a masked value opened, which alone may show it."""
        household = Household.objects.get(name=FARMER)
        desk, office = browser(self.centre), browser(self.official)
        store = Store.objects.get(household=household)
        for path in (
            "/desk/", "/desk/stores/", f"/desk/stores/{store.slug}/", "/desk/households/", f"/desk/households/{household.pk}/",
            f"/desk/households/{household.pk}/data/", "/desk/submissions/", "/desk/people/",
        ):  # fmt: skip
            assert desk.get(path).status_code == 200, path
        taken = desk.post(f"/desk/households/{household.pk}/data/")
        assert not any(number in taken.content.decode() for number in NUMBERS)
        for path in ("/volume/430426/", "/volume/430426/?format=csv", "/volume/430426/?format=json"):
            self.exports.append(_text(office.get(path)))
        self.exports += [_text(office.get(path)) for path in ("/desk/stores/", f"/desk/stores/{store.slug}/")]


def _text(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode("utf-8", "replace")


def addresses(answers: list[Any]) -> Iterator[str]:
    """Where answers lead to: redirects, and every address in their pages."""
    for answer in answers:
        if "Location" in answer:
            yield unquote_plus(answer["Location"])
        if not answer.streaming and "html" in answer.get("Content-Type", ""):
            for found in re.findall(
                r'(?:href|action|src|data-[a-z-]+)="([^"]*)"', answer.content.decode("utf-8", "replace")
            ):
                yield unquote_plus(unescape(found))


def own_search(address: str) -> bool:
    """An address of the search that the visitor typed the value into: theirs, and shown to them alone."""
    return "/search/?" in address


def test_nothing_that_was_planted_shows_where_it_must_not(lived: Lived) -> None:
    assert not leaks(lived)


def leaks(lived: Lived) -> list[str]:
    """Every place where a planted value is that must not hold it."""
    said = lived.log.getvalue()
    assert "Traceback" in said, "The pages that broke were logged."
    assert "DETAIL: (left out)" in said, "The database's refusal was logged."
    found = [f"the log: {value}" for value in EVERYTHING if value in said]
    found += [
        f"the log: a one-time code in {line}"
        for line in said.splitlines()
        if re.search(rf"(?<![\d.]){CODE}(?!\d)", line)
    ]
    found += [
        f"the log: a session in {line}" for key in lived.session_keys for line in said.splitlines() if key in line
    ]
    found += places_in_redis(*EVERYTHING)
    found += [place for place in places_in_redis(CODE) if re.search(rf"(?<!\d){CODE}(?!\d)", place.split(": ")[0])]
    for address in addresses(lived.answers):
        if not own_search(address):
            found += [
                f"the address {address}: {value}" for value in (*EVERYTHING, *lived.session_keys) if value in address
            ]
    for answer in lived.answers:
        if answer.status_code >= 400 and answer.status_code not in {422}:
            found += [f"a page of {answer.status_code}: {value}" for value in EVERYTHING if value in _text(answer)]
    theirs = (*NUMBERS, *PHONES, BUYER, BUYERS_MAIL, ADDRESS)
    found += [f"an export: {value}" for text in lived.exports for value in theirs if value in text]
    return [*found, *database_leaks(lived)]


def database_leaks(lived: Lived) -> list[str]:
    """Values in columns where they do not belong; one-time codes and sessions in clear."""
    found = []
    for value in EVERYTHING:
        found += [place for place in places_in_database(value) if place.split(":")[0] not in BELONGS.get(value, set())]
    for key in lived.session_keys:
        # A list of one's own sessions has to know their keys; whoever reads that table could use them.
        found += [p for p in places_in_database(key) if not p.startswith("usersessions_usersession.session_key")]
    with connection.cursor() as cursor:
        for column, _kind in tables()["accounts_onetimecode"]:
            cursor.execute(f'SELECT count(*) FROM accounts_onetimecode WHERE "{column}"::text = %s', [CODE])
            found += ["a one-time code in clear"] * cursor.fetchone()[0]
    return found


def test_the_search_finds_a_leak_of_each_kind(lived: Lived) -> None:
    """Otherwise finding nothing would say nothing."""
    cache.set(SessionStore.cache_key_prefix + "z" * 32, {"typed": {"card": CARD}}, 60)
    cache.set(f"texts:{FARMERS_PHONE}", 1)
    cache.set("kept", {"who": [IDENTITY]})
    lived.log.write(f"Registered {FARMER} with {CODE}, {lived.session_keys[0]}\n")
    Household.objects.filter(name=FARMER).update(representative=IDENTITY, name_latin=CARD)
    Household.objects.filter(name=OFFLINE_FARMER).update(identity_sealed=b"\x00" + OFFLINE_IDENTITY.encode())
    codes.keep_code(CODE, purpose="mandate", subject=ADDRESS)
    lived.answers.append(HttpResponseRedirect(f"/desk/?phone={FARMERS_PHONE}"))
    lived.answers.append(HttpResponse(f"no {IDENTITY}", status=404))
    lived.exports.append(f"a,{BUYERS_PHONE}")
    found = set(leaks(lived))
    assert found >= {
        f"the log: {FARMER}",
        f"sellers_household.representative: {IDENTITY}",
        f"sellers_householdevent.name_latin: {CARD}",
        f"sellers_household.identity_sealed: {OFFLINE_IDENTITY}",
        f"accounts_onetimecode.subject: {ADDRESS}",
        f"the address /desk/?phone={FARMERS_PHONE}: {FARMERS_PHONE}",
        f"a page of 404: {IDENTITY}",
        f"an export: {BUYERS_PHONE}",
    }
    kinds = [
        f"texts:{FARMERS_PHONE}: {FARMERS_PHONE}",
        f"kept: {IDENTITY}",
        f"{'z' * 32}: {CARD}",
        "a one-time code in",
        "a session in",
    ]
    assert [kind for kind in kinds if not any(kind in one for one in found)] == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"bad number {IDENTITY}.", "bad number [number]."),
        (f"card {CARD}", "card [number]"),
        ("card 6228 4804 0256 4890 018", "card [number]"),
        (f"to {FARMERS_PHONE}", "to 152****3316"),
        ("to +86 152 7473 3316", "to +86 152****3316"),
        (f"<{BUYERS_MAIL}>", "<***@mail.example>"),
        ('Key\nDETAIL:  Key (name)=(李秀英\n) exists.\n\nThe above exception was', "Key\nDETAIL: (left out)\n\nThe above exception was"),
        ("GET /search/?q=%E6%9D%8E&page=2 200", "GET /search/?… 200"),
        ("order 430426000000 of 1,234.50 at 2026-11-21 22:43:25,123", "order 430426000000 of 1,234.50 at 2026-11-21 22:43:25,123"),
        ("Transfer 12 does not balance", "Transfer 12 does not balance"),
    ],
)  # fmt: skip
def test_a_line_of_the_log_names_nobody(text: str, kept: str) -> None:
    assert masked(text) == kept


def test_the_site_logs_through_the_mask() -> None:
    """Every handler that is set up has the masking format."""
    assert {one["formatter"] for one in LOGGING["handlers"].values()} == {"line"}
    assert LINE["()"] == "shop.logs.Masked"
