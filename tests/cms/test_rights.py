"""A county's official edits that county's hall, and no other; a moderator publishes."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from django.utils import timezone
from wagtail.models import GroupCollectionPermission, GroupPagePermission, Page

from accounts.models import User
from cms.halls import Hall, make_hall
from cms.models import HallPage, HomePage
from cms.permissions import NotAnOfficial, appoint_editor, dismiss_editor, open_rights, pictures_of
from stations.models import Region
from tests.cast import QIDONG, Stations, make_clerk, make_official, make_user
from tests.cms.conftest import signed_in
from tests.cms.parts import posted

OTHERS_DOORS = ["edit", "unpublish", "delete", "copy", "move", "history", "view_draft", "workflow_history"]


def address(name: str, page: Page) -> str:
    return reverse(f"wagtailadmin_pages:{name}", args=[page.pk])


def latest(page: HallPage) -> HallPage:
    draft: HallPage = HallPage.objects.get(pk=page.pk).get_latest_revision_as_object()
    return draft


def test_the_editor_opens_and_saves_both_pages(editor: User, hall: Hall) -> None:
    client = signed_in(editor)
    for page in hall:
        assert client.get(address("edit", page)).status_code == 200
        assert client.post(address("edit", page), posted(page)).status_code == 302
        assert latest(page).line == "早晨采下的花蕾"


@pytest.mark.parametrize("door", OTHERS_DOORS)
def test_another_countys_editor_gets_nowhere(stranger: User, hall: Hall, door: str) -> None:
    hall.zh.get_latest_revision().publish()
    response = signed_in(stranger).get(address(door, hall.zh))
    assert response.status_code in {302, 403, 404}, door
    assert response.status_code != 302 or response["Location"] == reverse("wagtailadmin_home")


def test_another_countys_editor_saves_nothing(stranger: User, hall: Hall) -> None:
    before = hall.zh.revisions.count()
    signed_in(stranger).post(address("edit", hall.zh), posted(hall.zh, **{"action-publish": "1"}))
    hall.zh.refresh_from_db()
    assert (hall.zh.revisions.count(), hall.zh.live) == (before, False)


def test_a_group_with_too_much_does_not_open_another_county(stranger: User, hall: Hall) -> None:
    GroupPagePermission.objects.create(
        group=stranger.groups.get(), page_id=hall.zh.pk, permission=Permission.objects.get(codename="change_page")
    )
    before = hall.zh.revisions.count()
    response = signed_in(stranger).post(address("edit", hall.zh), posted(hall.zh))
    assert response.status_code in {302, 403}
    assert hall.zh.revisions.count() == before


def test_a_posting_that_ended_closes_the_hall(editor: User, hall: Hall) -> None:
    editor.postings.update(ends_on=timezone.localdate(), starts_on=timezone.localdate())
    before = hall.zh.revisions.count()
    signed_in(editor).post(address("edit", hall.zh), posted(hall.zh))
    assert hall.zh.revisions.count() == before


def test_the_editor_publishes_nothing(editor: User, hall: Hall) -> None:
    client = signed_in(editor)
    client.post(address("edit", hall.zh), posted(hall.zh, **{"action-publish": "1"}))
    hall.zh.refresh_from_db()
    assert not hall.zh.live
    hall.zh.get_latest_revision().publish()
    client.post(address("unpublish", hall.zh))
    hall.zh.refresh_from_db()
    assert hall.zh.live


def test_the_editor_cannot_move_the_hall_to_another_county(editor: User, hall: Hall, sangzhi: Region) -> None:
    signed_in(editor).post(address("edit", hall.zh), posted(hall.zh, county=sangzhi.code))
    assert latest(hall.zh).county_id == QIDONG


def test_the_list_of_pages_and_the_api_know_only_the_own_hall(editor: User, stranger: User, hall: Hall) -> None:
    others = HallPage.objects.exclude(county_id=QIDONG).first()
    assert others
    client = signed_in(editor)
    api = reverse("wagtailadmin_api:pages:listing")
    ids = {item["id"] for item in client.get(api, {"limit": 20}).json()["items"]}
    assert hall.zh.pk in ids
    assert others.pk not in ids
    assert client.get(reverse("wagtailadmin_api:pages:detail", args=[others.pk])).status_code == 404
    listing = client.get(reverse("wagtailadmin_explore", args=[others.get_parent().pk])).content.decode()
    assert others.title not in listing


@pytest.mark.parametrize("action", ["publish", "unpublish", "delete", "copy"])
def test_the_api_changes_nothing_for_another_county(stranger: User, hall: Hall, action: str) -> None:
    pages = Page.objects.count()
    url = reverse("wagtailadmin_api:pages:action", args=[hall.zh.pk, action])
    response = signed_in(stranger).post(url, "{}", content_type="application/json")
    assert response.status_code in {403, 404}
    hall.zh.refresh_from_db()
    assert (hall.zh.live, Page.objects.count()) == (False, pages)


def test_home_is_not_the_officials(editor: User) -> None:
    home = HomePage.objects.get(locale__language_code="zh-hans")
    response = signed_in(editor).get(address("edit", home))
    assert response.status_code == 302
    assert response["Location"] == reverse("wagtailadmin_home")


def test_submitted_by_the_official_published_by_the_moderator(editor: User, moderator: User, hall: Hall) -> None:
    signed_in(editor).post(address("edit", hall.zh), posted(hall.zh, **{"action-submit": "1"}))
    hall.zh.refresh_from_db()
    state = hall.zh.current_workflow_state
    assert state is not None and not hall.zh.live
    task = state.current_task_state
    approve = reverse("wagtailadmin_pages:workflow_action", args=[hall.zh.pk, "approve", task.pk])
    signed_in(editor).post(approve, {"comment": ""})
    hall.zh.refresh_from_db()
    assert not hall.zh.live, "the official approved their own page"
    signed_in(moderator).post(approve, {"comment": ""})
    hall.zh.refresh_from_db()
    assert hall.zh.live
    assert hall.zh.line == "早晨采下的花蕾"


def test_only_an_official_of_the_county_is_appointed(hall: Hall, qidong: Region, sangzhi: Region) -> None:
    with pytest.raises(NotAnOfficial):
        appoint_editor(user=make_official(sangzhi.code), county=qidong)
    with pytest.raises(NotAnOfficial):
        appoint_editor(user=make_user(), county=qidong)


def test_a_dismissed_editor_is_out(editor: User, hall: Hall, qidong: Region) -> None:
    dismiss_editor(user=editor, county=qidong)
    response = signed_in(editor).get(address("edit", hall.zh), follow=True)
    assert response.status_code == 403  # the office as a whole is closed to them: the sign-in says so


def test_rights_are_taken_back_to_what_they_should_be(editor: User, hall: Hall, qidong: Region) -> None:
    group = editor.groups.get()
    root = Page.objects.get(depth=1)
    GroupPagePermission.objects.create(
        group=group, page=root, permission=Permission.objects.get(codename="publish_page")
    )
    open_rights(qidong)
    kept = GroupPagePermission.objects.filter(group=group).values_list("page_id", "permission__codename")
    assert set(kept) == {(hall.zh.pk, "change_page"), (hall.en.pk, "change_page")}
    pictures = GroupCollectionPermission.objects.filter(group=group).values_list("collection_id", flat=True)
    assert set(pictures) == {pictures_of(qidong).pk}


def test_no_group_edits_everything(db: None) -> None:
    assert set(Group.objects.filter(page_permissions__page__depth=1).values_list("name", flat=True)) == {
        "内容审核员 Moderators"
    }


def test_a_second_make_hall_changes_nothing(hall: Hall, qidong: Region) -> None:
    again = make_hall(county=qidong, title="别的名字")
    assert (again.zh.pk, again.en.pk, again.zh.title) == (hall.zh.pk, hall.en.pk, "祁东黄花菜馆")


def test_the_command_makes_a_hall_and_its_editor(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    official = make_official(QIDONG)
    call_command("make_hall", "430426", title="祁东黄花菜馆", editor=[official.email])
    assert "/halls/qidong/" in capsys.readouterr().out
    assert official.groups.get().name == "祁东县品牌馆编辑 430426"
    for code, editor in (("999999", []), ("430400", []), ("430426", ["nobody@daylily.example"])):
        with pytest.raises(CommandError):
            call_command("make_hall", code, editor=editor)


def test_the_sign_in_of_the_office_is_the_sites(editor: User) -> None:
    visitor = signed_in(editor)
    visitor.logout()
    response = visitor.get("/office/", follow=True)
    assert response.redirect_chain[-1][0] == "/account/login/?next=%2Foffice%2F"
    assert visitor.post("/office/login/", {"username": editor.email, "password": "daylily-demo"}).status_code == 405
    buyer = signed_in(make_user("buyer@daylily.example"))
    assert buyer.get("/office/", follow=True).status_code == 403
    far = visitor.get("/office/login/?next=https://evil.example/")
    assert far["Location"] == "/account/login/?next=%2Foffice%2F"


def test_station_staff_have_no_office(hall: Hall) -> None:
    clerk = make_clerk(Stations().centre)
    assert signed_in(clerk).get("/office/", follow=True).status_code == 403


def test_a_moderators_first_page_says_whether_a_hall_waits(editor: User, moderator: User, hall: Hall) -> None:
    nothing = "没有待审核的品牌馆"
    page = signed_in(moderator).get(reverse("wagtailadmin_home")).content.decode()
    assert nothing in page and "萱草集" in page
    signed_in(editor).post(address("edit", hall.zh), posted(hall.zh, **{"action-submit": "1"}))
    assert nothing not in signed_in(moderator).get(reverse("wagtailadmin_home")).content.decode()
    assert nothing not in signed_in(editor).get(reverse("wagtailadmin_home")).content.decode()
