"""The visitors' pages of goods: search, a category, a store. Each is the same for everyone; the product's is in orders.views.product."""

from typing import Final

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.visitors import visitor_page
from catalog.browse import browse, of_county
from catalog.models import Category, Product
from catalog.search import all_in_name, matching, search
from catalog.store_page import find_store, store_context
from catalog.words import MOST_CHARACTERS, query_terms
from sellers.models import StoreStatus

_CATEGORY_FIELDS: Final = [field.attname for field in Category._meta.concrete_fields]
_CATEGORIES: Final = f"SELECT {', '.join(_CATEGORY_FIELDS)} FROM catalog_category ORDER BY position, slug"


@visitor_page
@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """Goods that answer `q`, or all; six queries at most."""
    query = request.GET.get("q", "").strip()[:MOST_CHARACTERS]
    categories = _categories()
    listing = browse(
        lambda: matching(query),
        query=request.GET,
        path=reverse("search"),
        categories=categories,
        best=(lambda: all_in_name(query)) if query_terms(query) else None,
        ranked=lambda: search(query),
        shape=("search", query),
    )
    heading = _("“%(query)s”") % {"query": query} if query else _("All goods")
    kinds = [] if listing.cards else _kinds(categories)
    return render(
        request,
        "catalog/list.html",
        {"q": query, "heading": heading, "listing": listing, "trail": [], "kinds": kinds},
    )


@visitor_page
@require_safe
def category_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Goods of a category and those below it; five queries at most."""
    categories = _categories()
    category = next((kind for kind in categories if kind.slug == slug), None)
    if category is None:
        raise Http404
    below = [kind for kind in categories if kind.parent_id == category.pk]
    kinds = (category.pk, *(kind.pk for kind in below))
    listing = browse(
        lambda: Product.objects.on_sale().filter(category_id__in=kinds),
        query=request.GET,
        path=request.path,
        categories=below,
        shape=("category", kinds),
    )
    above = [kind for kind in categories if kind.pk == category.parent_id]
    trail = [*((kind.label, reverse("category", args=[kind.slug])) for kind in above), (category.label, "")]
    return render(
        request,
        "catalog/list.html",
        {"heading": category.label, "listing": listing, "trail": trail, "category": category},
    )


@visitor_page
@require_safe
def store_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Who sells, where, their story and their goods; seven queries at most, eight where many families sell together.

    A paused store says until when, and shows what its county offers meanwhile; so does a closed one, which is gone (410).
    """
    store = find_store(slug)
    if store is None:
        raise Http404
    context = store_context(store)
    if store.status == StoreStatus.OPEN:
        context["listing"] = browse(
            lambda: Product.objects.on_sale().filter(store=store), query=request.GET, path=request.path
        )
    else:
        context["others"] = of_county(store.region_id[:6])
        context["county_url"] = f"{reverse('search')}?county={store.region_id[:6]}"
    return render(request, "catalog/store.html", context, status=410 if store.status == StoreStatus.CLOSED else 200)


def _categories() -> list[Category]:
    """All categories in their order; one query, put together by hand because every list asks it."""
    with connection.cursor() as cursor:
        cursor.execute(_CATEGORIES)
        return [Category.from_db(connection.alias, _CATEGORY_FIELDS, row) for row in cursor.fetchall()]


def _kinds(categories: list[Category]) -> list[tuple[str, str]]:
    """The categories at the top, for a search that found nothing."""
    return [(kind.label, reverse("category", args=[kind.slug])) for kind in categories if kind.parent_id is None]
