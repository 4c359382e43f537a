"""What someone who chooses a password is told, in the language of the page."""

from contextlib import nullcontext as does_not_raise

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.translation import override

from accounts.passwords import LongEnough


@pytest.mark.django_db
def test_a_chinese_page_speaks_no_english_about_a_short_password(client: Client) -> None:
    answer = client.post("/account/signup/", {"email": "xiulan@example.com", "password1": "x7!q"})
    page = answer.content.decode()
    assert "密码太短，请至少用 8 个字符。" in page
    assert "too short" not in page


@pytest.mark.parametrize(("language", "words"), [("en", "at least 8 characters"), ("zh-hans", "至少用 8 个字符")])
def test_a_short_password_is_refused_in_words(language: str, words: str) -> None:
    with override(language), pytest.raises(ValidationError, match=words):
        LongEnough(min_length=8).validate("x7!q")


def test_eight_characters_will_do() -> None:
    with does_not_raise() as refusal:
        LongEnough(min_length=8).validate("x7!q2m9k")
    assert refusal is None
