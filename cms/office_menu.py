"""The office's entries for the goods of the county: its recalls, grades, reviews, rules and brands, which have their pages at the desk."""

from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem

from accounts.models import User
from catalog.missed import reads_wanted
from catalog.recalls import reads_recalls
from catalog.reviewing import is_reviewer
from stations.workplace import works_at_the_desk

NAME = "county-goods"


def goods_menu(user: User) -> SubmenuMenuItem | None:
    """The submenu with the pages that `user` may open, in the language of the office; None where there is none."""
    reviews = is_reviewer(user)
    pages = [
        (_("Goods to review"), "desk_reviews", "tasks", reviews),
        (_("Licences of sellers"), "desk_licences", "doc-full", reviews),
        (_("County brands"), "desk_brands", "tag", reviews),
        (_("Rules and price band"), "desk_rules", "list-ul", reviews),
        (_("How goods are graded"), "desk_grades", "order", works_at_the_desk(user)),
        (_("Recalls"), "desk_recalls", "warning", reads_recalls(user)),
        (_("Looked for and not found"), "desk_wanted", "search", reads_wanted(user)),
    ]
    items = [
        MenuItem(label, reverse(name), name=f"{NAME}-{name}", icon_name=icon, order=place)
        for place, (label, name, icon, may) in enumerate(pages)
        if may
    ]
    if not items:
        return None
    return SubmenuMenuItem(_("Goods of the county"), Menu(items=items), name=NAME, icon_name="clipboard-list", order=50)
