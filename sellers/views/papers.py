"""Papers: the mandate to print and sign, and the photograph of the signed one, for those in scope alone."""

from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from sellers.models import Household, Mandate
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
    """The photograph of a signed mandate: only for those who may see the household, and never kept by a cache on the way."""
    if not request.user.is_authenticated:
        raise Http404
    mandate = get_object_or_404(Mandate.objects.visible_to(acting(request)).exclude(paper=""), pk=pk)
    response = FileResponse(storages["private"].open(mandate.paper), content_type="image/jpeg")
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
def licence_paper(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The photograph of a co-operative's or an enterprise's licence: for those in scope alone, and never kept by a cache on the way."""
    if not request.user.is_authenticated:
        raise Http404
    seen = Household.objects.visible_to(acting(request)).exclude(licence_paper="")
    household = get_object_or_404(seen, pk=pk)
    response = FileResponse(storages["private"].open(household.licence_paper), content_type="image/jpeg")
    response["Cache-Control"] = "private, no-store"
    return response
