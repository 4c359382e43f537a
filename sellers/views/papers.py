"""Papers: the mandate to print and sign, and the photograph of the signed one, for those in scope alone."""

from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from sellers.models import Household, Mandate, Sealed
from sellers.papers import may_open_paper, open_paper
from sellers.revealing import TooManyReveals
from sellers.views.desk import acting, desk_view, show
from sellers.views.screens import opening_of
from stations.models import Region


@require_GET
@desk_view
def mandate_form(request: HttpRequest, ref: str) -> HttpResponse:
    """The mandate as a Chinese paper to sign, filled in with what the opening says."""
    opening = opening_of(request, ref)
    if opening.mandate is None:
        return redirect("desk_opening", ref=ref)
    assert opening.household is not None
    village = opening.household.region
    above = Region.objects.in_bulk([code.ljust(12, "0") for code in (village.code[:6], village.code[:9])])
    places = {region.code: region.name for region in (*above.values(), village)}
    return show(
        request,
        "sellers/mandate_form.html",
        opening=opening,
        household=opening.household,
        mandate=opening.mandate,
        place="".join(places[code] for code in sorted(places)),
    )


@require_GET
def mandate_paper(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The photograph of a signed mandate, on record and never kept by a cache on the way; 404 for whoever may not open it."""
    if not request.user.is_authenticated:
        raise Http404
    seen = Mandate.objects.visible_to(acting(request)).exclude(paper="").select_related("household")
    mandate = get_object_or_404(seen, pk=pk)
    return _opened(request, mandate.household, Sealed.PAPER, mandate.paper)


@require_GET
def licence_paper(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The photograph of a co-operative's or an enterprise's licence, likewise."""
    if not request.user.is_authenticated:
        raise Http404
    seen = Household.objects.visible_to(acting(request)).exclude(licence_paper="")
    household = get_object_or_404(seen, pk=pk)
    return _opened(request, household, Sealed.LICENCE, household.licence_paper)


def _opened(request: HttpRequest, household: Household, what: Sealed, name: str) -> HttpResponseBase:
    if not may_open_paper(acting(request), household) or not storages["private"].exists(name):
        raise Http404
    try:
        open_paper(by=acting(request), household=household, what=what)
    except TooManyReveals as refused:
        return HttpResponse(str(refused), status=429, content_type="text/plain; charset=utf-8")
    response = FileResponse(storages["private"].open(name), content_type="image/jpeg")
    response["Cache-Control"] = "private, no-store"
    return response
