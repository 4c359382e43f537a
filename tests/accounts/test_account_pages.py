"""My account: its own pages for its own holder, sessions that end, a number that is changed by a code, addresses shortened."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import messages
from accounts.devices import device_of, shortened_address
from accounts.models import User
from sellers.models import Household
from tests import cast
from tests.accounts.limits import lift
from tests.accounts.test_asking_again import age

pytestmark = pytest.mark.django_db
PHONE, NEW = "13907340001", "13907340002"
CHROME = (
    "Mozilla/5.0 (Linux; Android 13; V2284A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36"
)
OWN = [
    "account", "account_phone_change", "account_phone_confirm", "account_ask_by_phone", "usersessions_list", "account_email",
    "account_change_password", "account_set_password", "account_reauthenticate", "mfa_index", "mfa_activate_totp", "mfa_deactivate_totp",
    "mfa_list_webauthn", "mfa_add_webauthn", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes",
    "mfa_reauthenticate", "mfa_reauthenticate_webauthn",
]  # fmt: skip
ASKING = ["account_phone_change", "mfa_activate_totp", "mfa_add_webauthn"]


@pytest.mark.parametrize("name", OWN)
def test_a_visitor_is_asked_to_sign_in(client: Client, name: str) -> None:
    for method in (client.get, client.post):
        answer = method(reverse(name))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login")), name


@pytest.mark.parametrize("name", ASKING)
def test_what_opens_the_account_to_others_asks_again(name: str) -> None:
    client = cast.signed_in_client(cast.make_user())
    assert client.get(reverse(name)).status_code == 200
    age(client, 16 * 60)
    for method in (client.get, client.post):
        answer = method(reverse(name))
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("account_reauthenticate"))


def test_nobody_touches_another_s_passkey_or_session() -> None:
    owner, stranger = cast.make_user(), cast.signed_in_client(cast.make_user())
    key = Authenticator.objects.create(user=owner, type="webauthn", data={"name": "x", "credential": {}})
    session = UserSession.objects.create(user=owner, ip="10.0.0.1", session_key="k" * 32, user_agent="x")
    for address in (
        reverse("mfa_remove_webauthn", args=[key.pk]),
        reverse("mfa_edit_webauthn", args=[key.pk]),
        reverse("account_session_end", args=[session.pk]),
    ):
        assert stranger.post(address, {"name": "mine"}).status_code == 404
    key.refresh_from_db()
    session.refresh_from_db()


def sign_in(user: User, agent: str = CHROME) -> Client:
    client = Client(HTTP_USER_AGENT=agent)
    client.post(reverse("account_login"), {"login": user.email, "password": cast.PASSWORD})
    assert client.get(reverse("account")).status_code == 200
    return client


def test_one_session_is_ended_and_is_really_gone() -> None:
    user = cast.make_user()
    here, there, third = sign_in(user), sign_in(user), sign_in(user)
    page = here.get(reverse("usersessions_list")).content.decode()
    assert page.count("Chrome · Android") == 5, (
        "three devices; two of them can be signed out, and their buttons name them"
    )
    assert page.count("本机") == 1
    assert "127.0.*.*" in page
    assert "127.0.0.1" not in page
    row = UserSession.objects.get(session_key=there.session.session_key)
    here.post(reverse("account_session_end", args=[row.pk]))
    assert there.get(reverse("account")).status_code == 302
    assert [client.get(reverse("account")).status_code for client in (here, third)] == [200, 200]


def test_all_others_are_ended_at_once() -> None:
    user = cast.make_user()
    here, there, third = sign_in(user), sign_in(user), sign_in(user)
    here.post(reverse("usersessions_list"))
    assert [client.get(reverse("account")).status_code for client in (here, there, third)] == [200, 302, 302]
    assert UserSession.objects.filter(user=user).count() == 1


@pytest.mark.parametrize(
    ("agent", "says"),
    [
        (CHROME, "Chrome · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 MicroMessenger/8.0", "微信 · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0", "Edge · Windows"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb HuaweiBrowser/5.0", "华为浏览器 · HarmonyOS"),
        ("<script>alert(1)</script>", "未知设备"),
        ("", "未知设备"),
    ],
)
def test_a_device_is_said_in_words(agent: str, says: str) -> None:
    assert device_of(agent) == says


@pytest.mark.parametrize(
    ("address", "short"),
    [("117.136.12.34", "117.136.*.*"), ("240e:3b7:1::9", "240e:3b7:*"), ("::1", "0:0:*"), ("nonsense", "")],
)
def test_an_address_is_shortened(address: str, short: str) -> None:
    assert shortened_address(address) == short


def sent_code(phone: str) -> str:
    found = re.search(r"验证码 (\d{6})", messages.text_for_demo(phone))
    assert found
    return found.group(1)


def test_the_number_is_changed_by_a_code_to_the_new_one_and_the_old_one_is_told() -> None:
    user = cast.make_user(phone=PHONE, phone_verified_at=timezone.now())
    household = cast.make_household(cast.Stations().point, user=user)
    client = cast.signed_in_client(user)
    client.post(reverse("account_phone_change"), {"phone": NEW})
    user.refresh_from_db()
    assert user.phone == PHONE, "not before the code"
    client.post(reverse("account_phone_confirm"), {"code": sent_code(NEW)})
    user.refresh_from_db()
    assert user.phone == NEW
    assert "139****0002" in messages.text_for_demo(PHONE)
    assert NEW not in messages.text_for_demo(PHONE)
    assert Household.objects.get(pk=household.pk).phone == household.phone


def test_a_number_of_another_account_is_not_taken() -> None:
    other = User.objects.create_user(phone=NEW, phone_verified_at=timezone.now())
    user = cast.make_user(phone=PHONE)
    client = cast.signed_in_client(user)
    asked = client.post(reverse("account_phone_change"), {"phone": NEW})
    assert asked["Location"] == reverse("account_phone_confirm"), "nothing is said before the number is proved"
    page = client.post(reverse("account_phone_confirm"), {"code": sent_code(NEW)}, follow=True).content.decode()
    assert "已有另一个账户" in page
    user.refresh_from_db()
    other.refresh_from_db()
    assert (user.phone, other.phone) == (PHONE, NEW)


def test_whoever_has_only_a_phone_is_asked_again_by_a_code() -> None:
    user = User.objects.create_user(phone=PHONE, phone_verified_at=timezone.now())
    client = cast.signed_in_client(user)
    age(client, 16 * 60)
    where = client.get(reverse("account_phone_change"))["Location"]
    assert where.startswith(reverse("account_ask_by_phone"))
    assert not messages.text_for_demo(PHONE), "looking at the page sends nothing"
    client.post(where, {"again": "1"})
    assert client.post(where, {"code": "000000"}).status_code == 422
    answer = client.post(where, {"code": sent_code(PHONE)})
    assert answer["Location"] == reverse("account_phone_change")
    assert client.get(reverse("account_phone_change")).status_code == 200


def test_a_first_password_is_not_set_at_a_browser_that_was_left_open() -> None:
    user = User.objects.create_user(phone=PHONE, phone_verified_at=timezone.now())
    client = cast.signed_in_client(user)
    new = {"password1": "qidong-daylily-77", "password2": "qidong-daylily-77"}
    age(client, 16 * 60)
    assert client.post(reverse("account_set_password"), new)["Location"].startswith(reverse("account_ask_by_phone"))
    user.refresh_from_db()
    assert not user.has_usable_password()
    client = cast.signed_in_client(user)
    client.post(reverse("account_set_password"), new)
    user.refresh_from_db()
    assert user.check_password("qidong-daylily-77")


def test_a_code_to_the_phone_does_not_stand_in_for_a_second_factor() -> None:
    user = cast.make_user(phone=PHONE, phone_verified_at=timezone.now())
    TOTP.activate(user, generate_totp_secret())
    client = cast.signed_in_client(user)
    assert client.get(reverse("account_ask_by_phone")).status_code == 403


def app_code(user: User) -> str:
    """What the app shows now (RFC 6238)."""
    secret = decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def test_the_app_is_set_up_and_asked_for_at_the_door() -> None:
    user = cast.make_user()
    client = cast.signed_in_client(user)
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r"<code>(\w+)</code>", page)
    assert secret
    code = format_hotp_value(hotp_value(secret.group(1), next(iter(yield_hotp_counters_from_time()))))
    assert client.post(reverse("mfa_activate_totp"), {"code": "000000"}).status_code == 200
    assert client.post(reverse("mfa_activate_totp"), {"code": code})["Location"] == reverse("mfa_view_recovery_codes")
    codes = re.findall(r"<code>(\d{8})</code>", client.get(reverse("mfa_view_recovery_codes")).content.decode())
    assert len(codes) == 10

    door = Client()
    answer = door.post(reverse("account_login"), {"login": user.email, "password": cast.PASSWORD})
    assert answer["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in door.session
    assert "验证码不对" in door.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode()
    lift("*totp*")
    door.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert door.session["_auth_user_id"] == str(user.pk), "a recovery code opens once"
    again = Client()
    again.post(reverse("account_login"), {"login": user.email, "password": cast.PASSWORD})
    again.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert "_auth_user_id" not in again.session
    again.post(reverse("mfa_authenticate"), {"code": app_code(user)})
    assert again.session["_auth_user_id"] == str(user.pk)


def test_my_account_says_what_is_there() -> None:
    user = cast.make_user("liumin@daylily.example", phone=PHONE)
    page = cast.signed_in_client(user).get(reverse("account")).content.decode()
    for words in ("liumin@daylily.example", PHONE, "已设置", reverse("account_change_password"), reverse("addresses")):
        assert words in page
    without = User.objects.create_user(phone=NEW)
    page = cast.signed_in_client(without).get(reverse("account")).content.decode()
    assert reverse("account_set_password") in page
