"""What makes every page of the desk part of the app: manifest, worker, and how many forms wait on this phone."""

from typing import Any

from django import template
from django.urls import reverse

from accounts.models import User
from sellers.offline import phone_owner
from sellers.views.app import offline_pages, version
from stations.workplace import stations_of

register = template.Library()


@register.inclusion_tag("sellers/offline_head.html", takes_context=True)
def offline_head(context: dict[str, Any]) -> dict[str, Any]:
    """The links and scripts in the head of a desk page; `owner` is empty for whoever is not signed in."""
    user = getattr(context.get("request"), "user", None)
    known = user if isinstance(user, User) else None
    return {
        "owner": phone_owner(known) if known else "",
        "staff": bool(known and stations_of(known)),
        "version": version(),
        "pages": " ".join(offline_pages().values()),
        "sync": reverse("desk_sync"),
    }
