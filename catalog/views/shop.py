"""The visitors' pages of goods: search, a category, a store. Each is the same for everyone; the product's is in orders.views.product."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.plain_text import visible
from accounts.visitors import visitor_page
from catalog.beside import Beside, county_named, named_beside
from catalog.browse import Listing, browse, of_county
from catalog.finding import FEW
from catalog.missed import note_missed
from catalog.models import Category, Product, all_categories
from catalog.search import all_in_name, matching, search
from catalog.spelling import Mended, better, mend
from catalog.store_page import find_store, store_context
from catalog.words import MOST_CHARACTERS, query_terms
from sellers.models import StoreStatus


@visitor_page
@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """Goods that answer `q`, or all, and what else `q` names; seven queries at most, four more where nothing answers as it was typed
    (and one every ten minutes: catalog.best_sellers).

    A query that finds nothing is answered by the one that was meant, unless `exact` says no; what nothing answers is noted
    (catalog.missed).
    """
    query = visible(request.GET.get("q", "")).strip()[:MOST_CHARACTERS]
    categories = all_categories()
    plain_list = request.GET.keys() <= {"q", "sort", "exact"}
    beside = named_beside(query) if query and plain_list else []
    listing, mended, hint = _listing(request.GET, query, categories), None, None
    if query and plain_list and listing.total <= FEW:
        mended, hint = _meant(request, query, found=listing.total)
        if mended:
            listing = _listing(_with_query(request.GET, mended.query), mended.query, categories)
        _note(request, query, mended, beside, found=listing.total)
    context = {
        "q": query,
        "heading": _("“%(query)s”") % {"query": query} if query else _("All goods"),
        "listing": listing,
        "trail": [],
        "kinds": [] if listing.cards else _kinds(categories),
        "beside": beside,
        "mended": mended if listing.total else None,
        "hint": hint,
        "apart": _apart(mended.query if mended else query) if query and not listing.total else [],
        "not_indexed": bool(request.GET),
    }
    return render(request, "catalog/list.html", context)


def _listing(params: QueryDict, query: str, categories: Sequence[Category]) -> Listing:
    return browse(
        lambda: matching(query),
        query=params,
        path=reverse("search"),
        categories=categories,
        kinds=None if query else [kind.pk for kind in categories],
        best=(lambda mark: all_in_name(query, sold_mark=mark)) if query_terms(query) else None,
        ranked=lambda: search(query),
        shape=("search", query),
    )


def _with_query(params: QueryDict, query: str) -> QueryDict:
    changed = params.copy()
    changed["q"] = query
    return changed


def _meant(request: HttpRequest, query: str, *, found: int) -> tuple[Mended | None, Mended | None]:
    """The query to answer instead of one that finds nothing, and one to offer beside one that finds little."""
    if "exact" in request.GET:
        return None, None
    return (None, better(query)) if found else (mend(query), None)


def _note(request: HttpRequest, query: str, mended: Mended | None, beside: list[Beside], *, found: int) -> None:
    """What nobody offers is noted: the query, or what was left out of it to find anything."""
    missed = " ".join(mended.left_out) if mended else ("" if found else query)
    if not found and mended:
        missed = query
    if missed:
        note_missed(missed, county_code=county_named(beside), by_agent=request.headers.get("User-Agent", "machine"))


def _apart(query: str) -> list[tuple[str, str]]:
    """The words of a query that finds nothing as a whole, each with the address of its own search."""
    terms = query_terms(query)
    return [(term, f"{reverse('search')}?{urlencode({'q': term})}") for term in terms] if len(terms) > 1 else []


@visitor_page
@require_safe
def category_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Goods of a category and those below it; five queries at most."""
    categories = all_categories()
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
        kinds=kinds,
        shape=("category", kinds),
    )
    above = [kind for kind in categories if kind.pk == category.parent_id]
    trail = [*((kind.label, reverse("category", args=[kind.slug])) for kind in above), (category.label, "")]
    return render(
        request,
        "catalog/list.html",
        {
            "heading": category.label,
            "listing": listing,
            "trail": trail,
            "category": category,
            "not_indexed": bool(request.GET),
        },
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


def _kinds(categories: Sequence[Category]) -> list[tuple[str, str]]:
    """The categories at the top, for a search that found nothing."""
    return [(kind.label, reverse("category", args=[kind.slug])) for kind in categories if kind.parent_id is None]
