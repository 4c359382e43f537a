"""The season calendar's page, of all counties or of one, and of one category where it is asked for."""

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.visitors import visitor_page
from catalog.models import Category, Product
from catalog.places import name_of, read_names
from catalog.seasons import MONTHS, counties_with_seasons, month_head, month_name, season_rows


@visitor_page
@require_safe
def season_calendar(request: HttpRequest, county: str = "") -> HttpResponse:
    """Twelve months and what is picked when; `?category=` an address of a category."""
    counties = counties_with_seasons()
    if county and county not in counties:
        raise Http404
    goods = Product.objects.on_sale()
    if county:
        goods = goods.filter(county_code=county)
    category = Category.objects.filter(slug=request.GET.get("category", "").replace("\x00", "")).first()
    if category is not None:
        goods = goods.filter(Q(category=category) | Q(category__parent=category))
    read_names([code.ljust(12, "0") for code in counties])
    place = name_of(county.ljust(12, "0")) if county else ""
    query = f"?category={category.slug}" if category else ""
    choices = [(_("All counties"), reverse("season_calendar") + query, not county)]
    choices += [
        (name_of(code.ljust(12, "0")), reverse("season_calendar_of", args=[code]) + query, code == county)
        for code in counties
    ]
    return render(
        request,
        "catalog/seasons.html",
        {
            "rows": season_rows(goods),
            "heads": [(*month_head(number), month_name(number)) for number in MONTHS],
            "place": place,
            "category": category,
            "counties": choices,
        },
    )
