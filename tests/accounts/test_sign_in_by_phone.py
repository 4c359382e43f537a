"""Signing in by phone: the same page, text and work for every number, six digits that end soon, and limits on asking and guessing."""

import base64
import datetime as dt
import re
import time
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import messages, phone_codes, sealing
from accounts.codes import CodeRefused
from accounts.models import Consent, OneTimeCode, User
from accounts.phone_codes import Purpose
from stations.models import Role
from tests import cast
from tests.accounts.limits import keys, lift

pytestmark = pytest.mark.django_db
KNOWN, UNKNOWN = "13907340001", "13907340002"


def ask(client: Client, phone: str, **more: str) -> str:
    """Ask for a code; returns it, as the text says it."""
    client.post(reverse("account_phone_sign_in"), {"phone": phone, **more})
    found = re.search(r"\d{6}", messages.text_for_demo(phone))
    return found.group() if found else ""


def enter(client: Client, code: str) -> int:
    """Enter a code; returns the status: 302 opened, 422 refused."""
    return client.post(reverse("account_phone_code"), {"code": code}).status_code


def signed_in(client: Client) -> User | None:
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key) if key else None


def make_phone_user(**fields: Any) -> User:
    return User.objects.create_user(phone=KNOWN, name="周小兰", **fields)


def test_a_number_that_is_typed_with_spaces_and_its_code_sign_in(client: Client) -> None:
    user = make_phone_user()
    client.post(reverse("account_phone_sign_in"), {"phone": "+86 139-0734 0001"})
    code = re.search(r"\d{6}", messages.text_for_demo(KNOWN)).group()  # type: ignore[union-attr]
    assert enter(client, f"{code[:3]} {code[3:]}") == 302
    assert signed_in(client) == user
    user.refresh_from_db()
    assert user.phone_verified_at is not None


def test_a_clerk_who_was_given_a_posting_by_phone_signs_in(client: Client) -> None:
    clerk = cast.post(make_phone_user(), Role.VILLAGE_STAFF, station=cast.Stations().point)
    enter(client, ask(client, KNOWN))
    assert signed_in(client) == clerk
    assert client.get("/desk/").status_code == 200


def test_a_new_number_gets_an_account_with_consent_and_without_a_password(client: Client) -> None:
    enter(client, ask(client, UNKNOWN))
    opening = reverse("account_phone_open")
    assert client.post(opening).status_code == 422, "not without the tick"
    assert not User.objects.filter(phone=UNKNOWN).exists()
    client.post(opening, {"consent": "on"})
    user = signed_in(client)
    assert user is not None
    assert (user.phone, user.has_usable_password(), user.email) == (UNKNOWN, False, None)
    assert Consent.objects.filter(user=user, purpose="account").exists()


def test_no_account_is_opened_before_the_number_is_proved(client: Client) -> None:
    ask(client, UNKNOWN)
    enter(client, "000000")
    assert client.post(reverse("account_phone_open"), {"consent": "on"}).status_code == 302
    assert not User.objects.filter(phone=UNKNOWN).exists()


def test_nothing_tells_a_known_number_from_an_unknown_one() -> None:
    make_phone_user()
    seen = []
    for phone in (KNOWN, UNKNOWN):
        client = Client()
        answer = client.post(reverse("account_phone_sign_in"), {"phone": phone})
        page = client.get(answer["Location"]).content.decode()
        text = messages.text_for_demo(phone)
        wrong = client.post(reverse("account_phone_code"), {"code": "000000"})
        code = re.search(r"\d{6}", text).group()  # type: ignore[union-attr]
        clean = [
            re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", part).replace(code, "").replace(phone, "")
            for part in (page, text, wrong.content.decode())
        ]
        seen.append((answer.status_code, answer["Location"], wrong.status_code, list(answer.cookies), clean))
    assert seen[0] == seen[1]


def test_the_work_is_the_same_too(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """Nobody is looked up: asking touches the table of codes alone, whoever the number belongs to."""
    make_phone_user()
    for phone in (KNOWN, UNKNOWN):
        client = Client()
        with django_assert_num_queries(6) as asked:
            client.post(reverse("account_phone_sign_in"), {"phone": phone})
        assert not any("accounts_user" in query["sql"] for query in asked.captured_queries)


def test_a_code_ends_after_ten_minutes(client: Client) -> None:
    code = ask(client, KNOWN)
    kept = OneTimeCode.objects.get()
    assert kept.expires_at - timezone.now() <= dt.timedelta(minutes=10)
    OneTimeCode.objects.update(expires_at=timezone.now())
    assert enter(client, code) == 422


def test_a_code_ends_after_five_wrong_tries(client: Client) -> None:
    code = ask(client, KNOWN)
    wrong = "000000" if code != "000000" else "111111"
    assert [enter(client, wrong) for _try in range(5)] == [422] * 5
    assert enter(client, code) == 422


def test_a_code_opens_once_and_only_where_it_was_asked_for(client: Client) -> None:
    code = ask(client, KNOWN)
    elsewhere = Client()
    assert elsewhere.post(reverse("account_phone_code"), {"code": code}).status_code == 302
    assert signed_in(elsewhere) is None
    assert enter(client, code) == 302
    client.logout()
    enter(client, code)
    assert signed_in(client) is None


def test_what_others_guess_uses_up_no_tries_of_mine(client: Client) -> None:
    code = ask(client, KNOWN)
    lift("texts:*")
    other = Client()
    ask(other, KNOWN)
    for _try in range(6):
        enter(other, "000000")
    assert OneTimeCode.objects.filter(purpose="sign_in", tries_left=5).count() == 1
    assert code


@pytest.mark.parametrize("purpose", Purpose)
def test_two_requests_of_one_session_leave_no_code_that_proves_the_other_number(
    client: Client, purpose: Purpose
) -> None:
    """Codes to my phone and to another's, asked for at once in one session; the one that asked for the other's number saves last."""
    mine, theirs = "13907340003", KNOWN
    client.post(reverse("account_phone_sign_in"), {"phone": "13907340004"})
    both = [_request_of(client), _request_of(client)]
    phone_codes.send(both[0], phone=theirs, purpose=purpose)
    phone_codes.send(both[1], phone=mine, purpose=purpose)
    both[1].session.save()
    both[0].session.save()
    code = re.search(r"\d{6}", messages.text_for_demo(mine)).group()  # type: ignore[union-attr]
    after = _request_of(client)
    assert phone_codes.phone_asked(after, purpose) == theirs
    with pytest.raises(CodeRefused):
        phone_codes.prove(after, code=code, purpose=purpose)
    theirs_code = re.search(r"\d{6}", messages.text_for_demo(theirs)).group()  # type: ignore[union-attr]
    assert phone_codes.prove(after, code=theirs_code, purpose=purpose) == theirs


def _request_of(client: Client) -> HttpRequest:
    """A request with the client's session, read now."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(client.session.session_key)
    assert request.session.get("phone_code_sign_in")
    return request


def test_a_code_opens_nothing_for_another_number_even_under_its_ticket(client: Client) -> None:
    """The number is part of what the code is kept for: a session that named another one would prove nothing."""
    make_phone_user()
    code = ask(client, UNKNOWN)
    session = client.session
    kept = session["phone_code_sign_in"]
    sealed = sealing.seal(KNOWN, place=f"session.sign_in:{kept['ticket']}")
    session["phone_code_sign_in"] = {**kept, "phone": base64.b64encode(sealed).decode()}
    session.save()
    assert enter(client, code) == 422
    assert signed_in(client) is None


def test_each_sending_ends_the_code_before(client: Client) -> None:
    first = ask(client, KNOWN)
    lift("texts:*")
    second = ask(client, UNKNOWN)
    assert OneTimeCode.objects.count() == 1
    assert first == second or enter(client, first) == 422


def test_one_number_gets_few_texts_whoever_asks() -> None:
    assert ask(Client(), KNOWN)
    answer = Client().post(reverse("account_phone_sign_in"), {"phone": KNOWN})
    assert answer.status_code == 422
    assert "过半分钟再试" in answer.content.decode()
    sent = 0
    for _text in range(8):
        lift("texts:30:*")
        sent += Client().post(reverse("account_phone_sign_in"), {"phone": KNOWN}).status_code == 302
    assert sent == 4, "five in an hour"


def test_one_address_asks_for_few_codes() -> None:
    statuses = [
        Client().post(reverse("account_phone_sign_in"), {"phone": f"1390734{number:04d}"}).status_code
        for number in range(12)
    ]
    assert statuses == [302] * 10 + [422] * 2
    elsewhere = Client(REMOTE_ADDR="10.9.8.7").post(reverse("account_phone_sign_in"), {"phone": "13907349999"})
    assert elsewhere.status_code == 302


def test_one_address_guesses_few_codes(client: Client) -> None:
    """Twenty a minute, over as many codes as one likes."""
    for number in range(5):
        ask(client, f"1390734{number:04d}")
        refused = [enter(client, "000000") for _try in range(5)]
        assert refused == [422] * 5
    assert "这里尝试的次数太多" in client.post(reverse("account_phone_code"), {"code": "000000"}).content.decode()


@pytest.mark.parametrize("phone", ["", "139", "23907340001", "0734-6262888", "<b>13907340001</b>"])
def test_what_is_no_mobile_number_is_said_on_the_page(client: Client, phone: str) -> None:
    answer = client.post(reverse("account_phone_sign_in"), {"phone": phone})
    assert answer.status_code == 422
    assert not messages.text_for_demo(phone)


@override_settings(SMS_BACKEND="")
def test_without_a_gateway_the_page_says_so(client: Client) -> None:
    answer = client.post(reverse("account_phone_sign_in"), {"phone": KNOWN})
    assert answer.status_code == 422
    assert "暂时无法发送短信" in answer.content.decode()


def test_what_was_proved_is_forgotten_after_ten_minutes(client: Client) -> None:
    enter(client, ask(client, UNKNOWN))
    session = client.session
    session["phone_proved"] = {**session["phone_proved"], "until": time.time() - 1}
    session.save()
    client.post(reverse("account_phone_open"), {"consent": "on"})
    assert not User.objects.filter(phone=UNKNOWN).exists()
    assert signed_in(client) is None


def test_a_closed_account_stays_closed(client: Client) -> None:
    make_phone_user(is_active=False)
    code = ask(client, KNOWN)
    answer = client.post(reverse("account_phone_code"), {"code": code})
    assert answer["Location"] == reverse("account_inactive")
    assert signed_in(client) is None


def test_one_goes_on_to_where_one_wanted_but_not_to_another_site(client: Client) -> None:
    make_phone_user()
    code = ask(client, KNOWN)
    answer = client.post(reverse("account_phone_code"), {"code": code, "next": "/addresses/"})
    assert answer["Location"] == "/addresses/"
    client.logout()
    lift("texts:*")
    code = ask(client, KNOWN)
    answer = client.post(reverse("account_phone_code"), {"code": code, "next": "https://evil.example/"})
    assert answer["Location"] == reverse("account_home")


def test_the_number_lies_neither_in_the_session_nor_in_the_cache_s_keys(client: Client) -> None:
    ask(client, KNOWN)
    assert KNOWN not in str(dict(client.session))
    assert not [key for key in keys() if KNOWN in key]


def test_a_second_factor_is_asked_for_after_the_code(client: Client) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(make_phone_user(), generate_totp_secret())
    code = ask(client, KNOWN)
    answer = client.post(reverse("account_phone_code"), {"code": code})
    assert answer["Location"] == reverse("mfa_authenticate")
    assert signed_in(client) is None


def test_a_visitor_who_only_looks_gets_no_session(client: Client) -> None:
    for name in ("account_login", "account_phone_sign_in", "account_signup"):
        assert "sessionid" not in client.get(reverse(name)).cookies
