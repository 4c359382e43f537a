"""Who edits which hall: one group a county, whose members may change that county's pages and use that county's pictures."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from accounts.models import User
from cms.models import HallPage
from stations.models import Region, Role
from stations.models.region import full_code
from stations.scope import NotAllowed, scope_of

MODERATORS = "内容审核员 Moderators"  # named so by the first migration; the workflow asks this group for approval
PAGE_PERMISSIONS = ("change_page",)
PICTURE_PERMISSIONS = ("add_image", "choose_image", "change_image")


class NotAnOfficial(ValueError):
    """The user holds no posting as an official of this county today."""


def editors_of(county: Region) -> Group:
    """The group of a county's editors, made and given its rights when it isn't there yet."""
    group, _made = Group.objects.get_or_create(name=f"{county.name}品牌馆编辑 {county.short_code}")
    return group


@transaction.atomic
def open_rights(county: Region) -> Group:
    """Gives the county's editors the right to change its hall in both languages, and to use the county's pictures; no other right.

    Called again, it takes back whatever else the group was given.
    """
    group = editors_of(county)
    group.permissions.set(Permission.objects.filter(content_type__app_label="wagtailadmin", codename="access_admin"))
    halls = HallPage.objects.filter(county=county)
    rights = Permission.objects.filter(content_type__app_label="wagtailcore", codename__in=PAGE_PERMISSIONS)
    GroupPagePermission.objects.filter(group=group).exclude(
        page__in=halls.values("page_ptr"), permission__in=rights
    ).delete()
    for hall in halls:
        for right in rights:
            GroupPagePermission.objects.get_or_create(group=group, page_id=hall.pk, permission=right)
    _open_pictures(group, pictures_of(county))
    return group


def pictures_of(county: Region) -> Collection:
    """The collection of a county's pictures."""
    known = Collection.objects.filter(name=f"{county.name} {county.short_code}").first()
    if known:
        return known
    made: Collection = Collection.get_first_root_node().add_child(name=f"{county.name} {county.short_code}")
    return made


def _open_pictures(group: Group, collection: Collection) -> None:
    # Wagtail keeps the rights on pictures with its own model, whichever model holds them.
    rights = Permission.objects.filter(content_type__app_label="wagtailimages", codename__in=PICTURE_PERMISSIONS)
    GroupCollectionPermission.objects.filter(group=group).exclude(collection=collection, permission__in=rights).delete()
    for right in rights:
        GroupCollectionPermission.objects.get_or_create(group=group, collection=collection, permission=right)


def appoint_editor(*, user: User, county: Region) -> Group:
    """Lets a county's official edit its hall. Raises NotAnOfficial for anyone without that posting today."""
    if Role.COUNTY_OFFICIAL not in _fresh_scope(user).roles_over(full_code(county.code)):
        raise NotAnOfficial(_("This user is not an official of this county."))
    group = open_rights(county)
    group.user_set.add(user)
    return group


def dismiss_editor(*, user: User, county: Region) -> None:
    """Takes the county's hall from a user again."""
    editors_of(county).user_set.remove(user)


def appoint_moderator(*, user: User) -> None:
    """Lets a user review what the counties submit, and publish it."""
    Group.objects.get(name=MODERATORS).user_set.add(user)


def is_moderator(user: Any) -> bool:
    """Whether the user reviews the counties' pages; asked of the database once a request."""
    known: bool | None = getattr(user, "_is_moderator", None)
    if known is None:
        known = bool(user.groups.filter(name=MODERATORS).exists())
        user._is_moderator = known
    return known


def halls_of(user: User) -> list[HallPage]:
    """The halls that the user edits, Chinese first."""
    if user.is_superuser:
        return []
    mine = HallPage.objects.filter(scope_of(user).covers("county_id")).select_related("locale", "county")
    return [hall for hall in mine.order_by("county_id", "path") if hall.permissions_for_user(user).can_edit()]


def require_own_county(user: User, page: Page) -> None:
    """Raises NotAllowed when `page` is a hall of a county whose official the user is not; operators and moderators may pass.

    Groups say the same already: this holds when a group was given too much, or a posting has ended.
    """
    hall = page.specific
    if not isinstance(hall, HallPage) or is_moderator(user):
        return
    scope_of(user).require([Role.COUNTY_OFFICIAL], hall.county_id)


def _fresh_scope(user: User) -> Any:
    return scope_of(User.objects.get(pk=user.pk))


__all__ = [
    "NotAllowed",
    "NotAnOfficial",
    "appoint_editor",
    "appoint_moderator",
    "dismiss_editor",
    "halls_of",
    "open_rights",
]
