"""What the operator sees of second factors: that they are there, not what they are made of."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import NoReverseMatch, reverse

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
