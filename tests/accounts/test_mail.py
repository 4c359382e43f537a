"""A mail server that does not answer."""

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import User

NO_SERVER = {
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "127.0.0.1",
    "EMAIL_PORT": 9,  # discard: nothing listens there
}


@pytest.mark.django_db
def test_somebody_signs_up_while_no_mail_can_be_sent(client: Client) -> None:
    with override_settings(**NO_SERVER):
        answer = client.post(
            reverse("account_signup"),
            {"email": "liumin@daylily.example", "password1": "huanghua-2026-hao", "consent": "on"},
            follow=True,
        )
    assert answer.status_code == 200
    assert "邮件服务器暂时没有响应" in answer.content.decode()
    assert User.objects.filter(email="liumin@daylily.example").exists()
