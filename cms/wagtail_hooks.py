"""The office: whose pages one may touch, what stands in its menu, and how it looks."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets.button import Button
from wagtail.models import Page, TaskState

from cms import views
from cms.choosers import OnSaleChooser, product_chooser, store_chooser
from cms.models import HallPage
from cms.office_menu import goods_menu
from cms.permissions import halls_of, require_own_county

# What an official or a moderator works with; operators see everything.
MENU = {"explorer", "images", "reports"}
REPORTS = {"workflows", "workflow-tasks"}


@hooks.register("register_admin_viewset")
def choosers() -> list[OnSaleChooser]:
    """The choosers of goods and stores."""
    return [product_chooser, store_chooser]


@hooks.register("register_admin_urls")
def office_addresses() -> list[URLPattern]:
    """The office's own page: filling the English hall."""
    return [path("halls/<int:page_id>/from-chinese/", views.fill_from_chinese, name="fill_from_chinese")]


def refuse_other_counties(request: HttpRequest, page: Page, *_more: Any) -> None:
    """403 for a hall of another county, whatever the groups say."""
    require_own_county(request.user, page)  # type: ignore[arg-type]


for _moment in (
    "before_edit_page",
    "before_delete_page",
    "before_publish_page",
    "before_unpublish_page",
    "before_copy_page",
    "before_move_page",
    "before_convert_alias_page",
    "before_create_alias_page",
):
    hooks.register(_moment, refuse_other_counties)


@hooks.register("construct_main_menu", order=100)
def short_menu(request: HttpRequest, items: list[MenuItem]) -> None:
    """Leaves out what isn't an official's or a moderator's work; an official goes to their pages without Wagtail's tree."""
    for item in items:
        if item.name == "explorer":
            item.label = _("Site pages")  # Wagtail's word is also that of our page numbers
    if not request.user.is_superuser:
        halls = halls_of(request.user)  # type: ignore[arg-type]
        shown = MENU - {"explorer", "reports"} if halls else MENU
        items[:] = [item for item in items if item.name in shown]
        for place, hall in enumerate(halls):
            url = reverse("wagtailadmin_pages:edit", args=[hall.pk])
            items.append(MenuItem(str(hall), url, name=f"hall-{hall.pk}", icon_name="home", order=place))
    if goods := goods_menu(request.user):  # type: ignore[arg-type]
        items.append(goods)


@hooks.register("construct_reports_menu", order=100)
def short_reports(request: HttpRequest, items: list[MenuItem]) -> None:
    """Leaves the workflow reports."""
    if not request.user.is_superuser:
        items[:] = [item for item in items if item.name in REPORTS]


class OwnHalls(Component):
    """The first thing an official sees: their hall, one button a language."""

    name = "own_halls"
    order = 10
    template_name = "cms/office/own_halls.html"

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        """The user's halls, each with its state."""
        return {"halls": halls_of(parent_context["request"].user)}


class NothingWaits(Component):
    """What a moderator reads where no hall waits, instead of an empty page."""

    name = "nothing_waits"
    order = 10
    template_name = "cms/office/nothing_waits.html"


@hooks.register("construct_homepage_panels", order=100)
def own_panels(request: HttpRequest, panels: list[Any]) -> None:
    """Puts the official's halls first; a moderator without work reads so."""
    if halls_of(request.user):  # type: ignore[arg-type]
        panels.insert(0, OwnHalls())
    elif not TaskState.objects.reviewable_by(request.user).exists():
        panels.insert(0, NothingWaits())


@hooks.register("construct_homepage_summary_items", order=100)
def no_summary(request: HttpRequest, items: list[Any]) -> None:
    """An official counts no pages and documents."""
    if not request.user.is_superuser:
        items.clear()


@hooks.register("register_page_header_buttons")
def fill_button(page: Page, user: Any, next_url: str | None = None, view_name: str = "") -> Any:
    """On the English hall: take the parts of the Chinese page over."""
    if (
        isinstance(page.specific, HallPage)
        and page.locale.language_code == "en"
        and page.permissions_for_user(user).can_edit()
    ):
        yield Button(
            _("Fill from the Chinese page"), reverse("fill_from_chinese", args=[page.pk]), icon_name="copy", priority=5
        )


@hooks.register("insert_global_admin_css")
def office_look() -> SafeString:
    """Our colours."""
    return format_html('<link rel="stylesheet" href="{}">', static("cms/office.css"))
