"""E-mail and password: nothing tells who has an account, sessions begin anew at the door, and a new password ends the others."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Consent, User
from tests import cast
from tests.accounts.limits import lift

pytestmark = pytest.mark.django_db
KNOWN, UNKNOWN, PASSWORD = "buyer@daylily.example", "nobody@daylily.example", "huanghua-2026-hao"


@pytest.fixture(autouse=True)
def outbox(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def bare(answer: Any, email: str) -> tuple[int, str, str]:
    """Status, where it leads, and the page without what is one person's."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode()).replace(email, "")
    return answer.status_code, answer.headers.get("Location", ""), page


def sign_in(client: Client, email: str, password: str = cast.PASSWORD) -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": password})


def sign_up(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post(reverse("account_signup"), {"email": email, "password1": password, "consent": "on"})


def mailed_code() -> str:
    found = re.search(r"\d{6}", str(mail.outbox[-1].body))
    assert found
    return found.group()


def test_signing_in_with_a_wrong_password_tells_nothing() -> None:
    cast.make_user(KNOWN)
    without = User.objects.create_user("postedbyphone@daylily.example")  # no password
    pages = [bare(sign_in(Client(), email, "not-this-one"), email) for email in (KNOWN, UNKNOWN, without.email or "")]
    assert pages[0] == pages[1] == pages[2]
    assert "邮箱或密码不对" in pages[0][2]


def test_signing_up_with_a_known_address_tells_nothing() -> None:
    cast.make_user(KNOWN)
    seen = []
    for email in (KNOWN, UNKNOWN):
        client = Client()
        answers = [sign_up(client, email)]
        answers += [client.get(answers[0]["Location"])]
        answers += [client.post(answers[0]["Location"], {"code": "000000"}) for _try in range(6)]
        seen.append([bare(answer, email) for answer in answers])
        assert "_auth_user_id" not in client.session
    assert seen[0] == seen[1]
    assert len(mail.outbox) == 2, "each address got one mail"
    assert "已有账户" in str(mail.outbox[0].body)
    assert not re.search(r"\b\d{6}\b", str(mail.outbox[0].body))


def test_nor_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing a password takes longer than all the rest; it is done once for either address."""
    from django.contrib.auth import hashers

    cast.make_user(KNOWN)
    hashed: list[str] = []
    real = hashers.make_password

    def counted(password: str | None, *args: Any, **kwargs: Any) -> str:
        if password is not None:
            hashed.append(password)
        return real(password, *args, **kwargs)

    monkeypatch.setattr("django.contrib.auth.base_user.make_password", counted)
    for email in (KNOWN, UNKNOWN):
        hashed.clear()
        sign_up(Client(), email)
        assert hashed == [PASSWORD], email
    sign_in(Client(), "another@daylily.example", "not-this-one")
    assert hashed[1:] == ["not-this-one"], "and at signing in for an unknown one"


def test_a_reset_tells_nothing() -> None:
    cast.make_user(KNOWN)
    seen = []
    for email in (KNOWN, UNKNOWN):
        client = Client()
        answer = client.post(reverse("account_reset_password"), {"email": email})
        seen.append([bare(answer, email), bare(client.get(answer["Location"]), email)])
    assert seen[0] == seen[1]
    assert [list(message.to) for message in mail.outbox] == [[KNOWN], [UNKNOWN]]


def test_whoever_signs_up_proves_the_address_first(client: Client) -> None:
    answer = sign_up(client, UNKNOWN)
    assert answer["Location"] == reverse("account_email_verification_sent")
    assert "_auth_user_id" not in client.session
    client.post(answer["Location"], {"code": mailed_code()})
    user = User.objects.get(email=UNKNOWN)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert EmailAddress.objects.get(user=user).verified
    assert Consent.objects.filter(user=user, purpose="account").exists()


def test_and_cannot_come_in_by_the_password_instead() -> None:
    sign_up(Client(), UNKNOWN)
    lift("*confirm_email*")  # one mail in ten seconds
    client = Client()
    answer = sign_in(client, UNKNOWN, PASSWORD)
    assert answer["Location"] == reverse("account_email_verification_sent")
    assert "_auth_user_id" not in client.session


def test_the_code_has_six_digits_and_ends(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    answer = sign_up(client, UNKNOWN)
    code, now = mailed_code(), time.time()
    monkeypatch.setattr("allauth.account.internal.flows.code_verification.time.time", lambda: now + 601)
    client.post(answer["Location"], {"code": code})
    assert "_auth_user_id" not in client.session


def test_an_account_that_an_office_gave_needs_no_code(client: Client) -> None:
    user = cast.make_user(KNOWN)
    client.post(reverse("account_reset_password"), {"email": KNOWN})  # allauth then keeps the address as unproved
    answer = sign_in(client, KNOWN)
    assert answer["Location"] == reverse("account_home")
    assert client.session["_auth_user_id"] == str(user.pk)


def test_the_link_of_a_reset_proves_the_address(client: Client) -> None:
    sign_up(Client(), UNKNOWN)
    client.post(reverse("account_reset_password"), {"email": UNKNOWN})
    link = re.search(r"http://testserver(\S+)", str(mail.outbox[-1].body))
    assert link
    form = client.get(link.group(1))["Location"]
    client.post(form, {"password1": "qidong-daylily-77", "password2": "qidong-daylily-77"})
    assert client.session["_auth_user_id"] == str(User.objects.get(email=UNKNOWN).pk)
    again = Client().get(link.group(1))
    assert "这个链接已经用过或已过期" in again.content.decode(), "a link opens once"


def test_guesses_are_limited_by_address_and_by_account() -> None:
    cast.make_user(KNOWN)
    for _try in range(5):
        sign_in(Client(), KNOWN, "not-this-one")
    assert "尝试次数太多" in sign_in(Client(REMOTE_ADDR="10.9.8.7"), KNOWN).content.decode()
    for number in range(10):
        sign_in(Client(REMOTE_ADDR="10.1.1.1"), f"x{number}@daylily.example", "not-this-one")
    assert "尝试次数太多" in sign_in(Client(REMOTE_ADDR="10.1.1.1"), "y@daylily.example").content.decode()


def test_the_key_of_the_session_is_a_new_one_after_signing_in(client: Client) -> None:
    """Whoever planted a session in somebody's browser has nothing of it once they are in."""
    cast.make_user(KNOWN)
    client.post(reverse("account_phone_sign_in"), {"phone": "13907340001"})  # a session before signing in
    planted = client.cookies["sessionid"].value
    sign_in(client, KNOWN)
    assert client.cookies["sessionid"].value != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get(reverse("account")).status_code == 302
    assert client.get(reverse("account")).status_code == 200


def test_a_new_password_ends_the_other_sessions() -> None:
    cast.make_user(KNOWN)
    here, there = Client(), Client()
    sign_in(here, KNOWN)
    sign_in(there, KNOWN)
    new = {"oldpassword": cast.PASSWORD, "password1": PASSWORD, "password2": PASSWORD}
    here.post(reverse("account_change_password"), new)
    assert here.get(reverse("account")).status_code == 200
    assert there.get(reverse("account")).status_code == 302


def test_signing_out_ends_it_on_the_server(client: Client) -> None:
    cast.make_user(KNOWN)
    sign_in(client, KNOWN)
    key = client.cookies["sessionid"].value
    client.post(reverse("account_logout"))
    thief = Client()
    thief.cookies["sessionid"] = key
    assert thief.get(reverse("account")).status_code == 302
