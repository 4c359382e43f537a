"""The goods desk: what the stores of these stations sell, one product's page, and its forms."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog import listing
from catalog.acting import authorise
from catalog.changes import as_proposed
from catalog.editing import ChangedMeanwhile, Comparison, in_a_sentence, last_editor, put_together
from catalog.forms import PhotographsForm, ProductForm
from catalog.grading import schemes_for
from catalog.improving import progress_of
from catalog.models import GoodsKind, Product, ProductStatus
from catalog.places import county_and_township, read_names, short_place
from catalog.recalls import reads_recalls
from catalog.restock import waiting_for
from catalog.rules import LicenceMissing
from catalog.standing import standing_of
from catalog.views.goods_desk import done as _done
from catalog.views.goods_desk import form_page as _form
from catalog.views.goods_desk import product_at_the_desk as _product
from catalog.views.goods_desk import sent as _sent
from catalog.views.goods_desk import tell as _tell
from catalog.views.photographs import say_where_used
from catalog.visits import coming_days
from catalog.words import MOST_CHARACTERS
from pictures.intake import PictureRefused, take_in
from sellers.models import Store, StoreStatus
from sellers.openings import villages_of
from sellers.views.desk import acting, desk_view, only_at_the_desk, show
from sellers.views.sheets import keeps_lists

ON_A_PAGE = 30
PILLS = {
    ProductStatus.LISTED: "good", ProductStatus.DRAFT: "", ProductStatus.IN_REVIEW: "busy", ProductStatus.RETURNED: "bad",
    ProductStatus.WITHDRAWN: "bad",
}  # fmt: skip


@require_GET
@desk_view
def desk_goods(request: HttpRequest) -> HttpResponse:
    """The goods of the user's regions, the newest first, drafts before them; and the stores that something can be listed for."""
    only_at_the_desk(request)
    user = acting(request)
    seen = Product.objects.visible_to(user).select_related("store", "picture").order_by("-pk")
    query = request.GET.get("q", "").replace("\x00", "").strip()[:MOST_CHARACTERS]
    if query:
        seen = seen.filter(name__contains=query)
    before = _key(request.GET.get("before", ""))
    page = list((seen.filter(pk__lt=before) if before else seen)[: ON_A_PAGE + 1])
    stores = Store.objects.visible_to(user).open().order_by("-opened_at")[:ON_A_PAGE]
    return show(
        request,
        "catalog/desk_goods.html",
        q=query,
        goods=[_row(product) for product in page[:ON_A_PAGE]],
        stores=stores,
        keeps_lists=keeps_lists(user),
        keeps_recalls=reads_recalls(user),
        next_url=f"?before={page[ON_A_PAGE - 1].pk}" if len(page) > ON_A_PAGE else "",
    )


def _key(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _row(product: Product) -> dict[str, Any]:
    return {"product": product, "state": product.get_status_display(), "pill": PILLS[ProductStatus(product.status)]}


@require_http_methods(["GET", "POST"])
@desk_view
def new_goods(request: HttpRequest, slug: str) -> HttpResponse:
    """List a product for a farmer's store; then its photographs, packs and lot."""
    user = acting(request)
    store = get_object_or_404(
        Store.objects.visible_to(user)
        .exclude(status=StoreStatus.CLOSED)
        .select_related("household", "station__region"),
        slug=slug,
    )
    authorise(by=user, store=store)
    form = ProductForm(_sent(request), villages=[store.region, *villages_of(store.station)])
    if request.method == "POST" and form.is_valid():
        try:
            product = listing.list_product(by=user, store=store, ref=form.cleaned_data["ref"], **form.facts())
        except ValidationError as refused:
            _tell(form, refused)
        else:
            return redirect("desk_product", product.ref)
    return show(request, "catalog/desk_form.html", form=form, heading=_("New goods"), store=store, wide=True)


@require_GET
@desk_view
def desk_product(request: HttpRequest, ref: str) -> HttpResponse:
    """One product as the desk sees it: what is there, what is missing, and what can be done."""
    product = _product(request, ref)
    variants = list(product.variants.filter(active=True).order_by("position", "pk"))
    harvests = list(product.lots.select_related("grade", "household").prefetch_related("tests"))
    read_names(county_and_township(product.origin_id))
    measurable = schemes_for(product).exclude(criteria=None).exists()
    return show(
        request,
        "catalog/desk_product.html",
        **_row(product),
        place=f"{short_place(product.origin_id)} {product.origin.label}",
        variants=variants,
        lots=harvests,
        pictures=[product.picture, *(more.picture for more in product.pictures.select_related("picture"))]
        if product.picture
        else [],
        tested=any(lot.tests.all() for lot in harvests),
        measurable=measurable,
        kind=product.category.kind,
        days=coming_days(product) if product.category.kind == GoodsKind.BOOKING else [],
        waiting=list(waiting_for([variant.pk for variant in variants]).items()),
        progress=progress_of(product, variants=variants, lots=harvests, gradable=measurable),
        next_step=_next_step(product, has_packs=bool(variants), has_lots=bool(harvests)),
        entered_by=product.listed_by if product.mandate_id else None,
        store_open=product.store.status == StoreStatus.OPEN,
        **standing_of(product),
    )


def _next_step(product: Product, *, has_packs: bool, has_lots: bool) -> str:
    """What is best done next: photographs, lot (of what is harvested), pack (of a visit, days), sell, or nothing."""
    if not product.picture_id:
        return "photographs"
    if not has_lots and product.category.kind == GoodsKind.FARM:
        return "lot"
    if not has_packs:
        return "days" if product.category.kind == GoodsKind.BOOKING else "pack"
    return "sell" if product.status not in (ProductStatus.LISTED, ProductStatus.IN_REVIEW) else ""


@require_http_methods(["GET", "POST"])
@desk_view
def edit_goods(request: HttpRequest, ref: str) -> HttpResponse:
    """Change what is said of a product."""
    product = _product(request, ref, to_change=True)
    villages = [product.origin, product.store.region, *villages_of(product.store.station)]
    form = ProductForm(_sent(request), villages=villages, product=as_proposed(product))
    found = put_together(form) if request.method == "POST" else Comparison()
    editor = last_editor(product) if found.clashes or found.taken else ""
    if request.method == "POST" and form.is_valid() and not found.clashes:
        try:
            listing.edit_product(by=acting(request), product=product, version=product.version, **form.facts())
        except ChangedMeanwhile:  # somebody saved in this very moment: what they changed is compared as well
            return edit_goods(request, ref)
        except ValidationError as refused:
            _tell(form, refused)
        else:
            return _done(
                request, product, f"{_('Saved.')} {in_a_sentence(found, editor) if found.taken else ''}".strip()
            )
    heading = _("Change the description")
    return _form(request, form, heading, product, wide=True, clashes=found.clashes, editor=editor)


@require_http_methods(["GET", "POST"])
@desk_view
def add_photographs(request: HttpRequest, ref: str) -> HttpResponse:
    """Take in photographs; one that is refused is named, the others stay."""
    product = _product(request, ref, to_change=True)
    form = PhotographsForm(_sent(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        taken = 0
        for file in form.cleaned_data["photographs"]:
            try:
                with transaction.atomic():
                    picture = take_in(file, title=product.name, alt_zh=product.name, alt_en=product.name_en)
                    listing.add_picture(by=acting(request), product=product, picture=picture)
            except PictureRefused as refused:
                form.add_error("photographs", f"{file.name}: {refused}")
            else:
                say_where_used(request, picture, product)
                taken += 1
        if taken:
            messages.success(
                request,
                ngettext("%(count)d photograph was added.", "%(count)d photographs were added.", taken)
                % {"count": taken},
            )
        if form.is_valid():
            return redirect("desk_product", product.ref)
    return _form(request, form, _("Photographs"), product, upload=True)


@require_POST
@desk_view
def sell(request: HttpRequest, ref: str) -> HttpResponse:
    """Send new goods to the county's review; put goods that were on sale before back at once."""
    product = _product(request, ref, to_change=True)
    try:
        listing.put_on_sale(by=acting(request), product=product)
    except listing.StoreNotOpen:
        messages.error(request, _("The store is not open yet. Its goods can be sold once the county has approved it."))
    except listing.NothingToSell:
        messages.error(request, _("Add a pack with its price first."))
    except LicenceMissing as missing:
        messages.error(request, str(missing))
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        on_sale = product.status == ProductStatus.LISTED
        said = (
            _("Now on sale: buyers can find it.")
            if on_sale
            else _("Sent to the county for review. You hear as soon as it has decided.")
        )
        messages.success(request, said)
    return redirect("desk_product", product.ref)


@require_POST
@desk_view
def take_off_sale(request: HttpRequest, ref: str) -> HttpResponse:
    """Withdraw a product."""
    product = _product(request, ref, to_change=True)
    listing.withdraw(by=acting(request), product=product)
    return _done(request, product, _("Taken off sale. Orders placed before stay."))
