"""A page that an editor restricted, or that stands below a restricted one, is no visitor's page."""

import pytest
from django.test import Client
from wagtail.models import Page, PageViewRestriction

from cms.halls import Hall, fill_hall
from tests.cast import make_operator
from tests.cms.parts import story


@pytest.mark.parametrize("above", [False, True])
def test_a_restricted_hall_is_neither_shown_nor_listed(hall: Hall, above: bool) -> None:
    fill_hall(page=hall.zh, line="", intro="", picture=None, body=[story()], by=make_operator(), publish=True)
    assert Client().get("/halls/qidong/").status_code == 200
    assert "祁东黄花菜馆" in Client().get("/halls/").content.decode()
    page = hall.zh.get_parent() if above else Page.objects.get(pk=hall.zh.pk)
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    assert Client().get("/halls/qidong/").status_code == 404
    assert "祁东黄花菜馆" not in Client().get("/").content.decode()
    if not above:
        assert "祁东黄花菜馆" not in Client().get("/halls/").content.decode()
