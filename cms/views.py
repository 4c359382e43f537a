"""The visitors' pages that Wagtail's editors write, and two pages of the office."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.admin import messages
from wagtail.query import PageQuerySet

from accounts.visitors import visitor_page
from cms.halls import begin_english
from cms.models import HallPage, HallsPage, HomePage, open_to_visitors
from cms.permissions import require_own_county


def _serve(request: HttpRequest, pages: PageQuerySet, **which: Any) -> HttpResponse:
    language = get_language() or "zh-hans"
    page = get_object_or_404(open_to_visitors(pages, language), **which)
    response: HttpResponse = page.serve(request)
    return response


@visitor_page
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front of the shop."""
    return _serve(request, HomePage.objects.select_related("hero_picture"))


@visitor_page
@require_safe
def halls(request: HttpRequest) -> HttpResponse:
    """All brand halls."""
    return _serve(request, HallsPage.objects.all())


@visitor_page
@require_safe
def hall(request: HttpRequest, slug: str) -> HttpResponse:
    """One county's brand hall; 404 while it is not published in the language of the page."""
    return _serve(request, HallPage.objects.select_related("county__parent__parent", "hero_picture"), slug=slug)


@require_safe
def office_sign_in(request: HttpRequest) -> HttpResponse:
    """The office has no sign-in of its own: the site's knows the second factor and counts failed tries."""
    wanted = request.GET.get("next", "")
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    target = wanted if own else reverse("wagtailadmin_home")
    if request.user.is_authenticated:
        if not request.user.has_perm("wagtailadmin.access_admin"):
            raise PermissionDenied(_("Your account has no work in the office."))
        return redirect(target)
    return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")


@require_http_methods(["GET", "POST"])
def fill_from_chinese(request: HttpRequest, page_id: int) -> HttpResponse:
    """Asks, then fills the English page with the parts of the Chinese one. In the office, for the county's editors."""
    page = get_object_or_404(HallPage, pk=page_id, locale__language_code="en")
    require_own_county(request.user, page)  # type: ignore[arg-type]
    lock = page.get_lock()
    if not page.permissions_for_user(request.user).can_edit() or (lock and lock.for_user(request.user)):
        raise PermissionDenied
    if request.method == "POST":
        begin_english(page=page, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("The parts of the Chinese page are here now. Please translate their words."))
        return redirect("wagtailadmin_pages:edit", page.pk)

    return TemplateResponse(request, "cms/office/fill_from_chinese.html", {"page": page})
