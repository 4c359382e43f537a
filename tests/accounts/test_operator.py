"""What the operator sees of second factors: that they are there, not what they are made of."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from tests import cast

pytestmark = pytest.mark.django_db


def test_the_operator_takes_a_lost_factor_off_and_sees_no_secret() -> None:
    official = cast.make_official()
    secret = generate_totp_secret()
    factor = TOTP.activate(official, secret).instance
    operator = cast.signed_in_client(cast.make_operator())
    listed = operator.get(reverse("admin:mfa_authenticator_changelist"), {"q": "陈国强"})
    opened = operator.get(reverse("admin:mfa_authenticator_change", args=[factor.pk]))
    assert "陈国强" in listed.content.decode()
    assert secret not in listed.content.decode() + opened.content.decode()
    operator.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})
    assert not Authenticator.objects.filter(pk=factor.pk).exists()


def test_sessions_are_their_owners_business() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("admin:usersessions_usersession_changelist")


def test_a_number_that_the_operator_types_is_put_in_order_and_not_proved() -> None:
    user = cast.make_user(phone="13907340001", phone_verified_at=timezone.now())
    operator = cast.signed_in_client(cast.make_operator())
    address = reverse("admin:accounts_user_change", args=[user.pk])
    answers = {
        "name": "刘敏",
        "email": user.email,
        "language": "zh-hans",
        "is_active": "on",
        "date_joined_0": "2026-11-01",
        "date_joined_1": "08:00",
    }
    assert operator.post(address, {**answers, "phone": "0734-6262888"}).status_code == 200
    assert operator.post(address, {**answers, "phone": "+86 139 0734 0002"}).status_code == 302
    user.refresh_from_db()
    assert (user.phone, user.phone_verified_at) == ("13907340002", None)
