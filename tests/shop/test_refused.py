"""The page of what a role does not allow: where it leads depends on where the reader works."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from django.utils import timezone
from django.views.defaults import permission_denied

from accounts.models import User
from tests import cast

pytestmark = pytest.mark.django_db


def page_for(user: User | AnonymousUser) -> str:
    request = RequestFactory().get("/reports/")
    request.user = user
    return permission_denied(request, PermissionDenied()).content.decode()


def test_staff_are_led_back_to_their_desk() -> None:
    page = page_for(cast.make_clerk(cast.Stations().point))
    assert "您的岗位不能办理这项业务" in page and "回到工作台" in page


def test_the_operator_works_at_the_desk_too() -> None:
    assert "回到工作台" in page_for(cast.make_operator())


def test_whoever_has_no_posting_any_more_is_led_to_the_shop() -> None:
    former = cast.make_clerk(cast.Stations().point)
    former.postings.update(ends_on=timezone.localdate())
    for user in (former, cast.make_user(), AnonymousUser()):
        page = page_for(user)
        assert "回到工作台" not in page and "您的岗位不能办理这项业务" in page
