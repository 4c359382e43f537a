"""The goods desk: what the stores of these stations sell, one product's page, and its forms."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog import listing, lots, packing
from catalog.acting import authorise
from catalog.forms import LotForm, PackForm, PhotographsForm, ProductForm, ReportForm, StockForm
from catalog.growing import GrowerMissing, NotAGrower, growers_of
from catalog.models import Product, ProductStatus, Variant
from catalog.places import county_and_township, read_names, short_place
from catalog.words import MOST_CHARACTERS
from pictures.intake import PictureRefused, take_in
from sellers.mandates import MandateMissing
from sellers.models import Store, StoreStatus
from sellers.openings import villages_of
from sellers.views.desk import acting, desk_view, only_at_the_desk, show

ON_A_PAGE = 30
PILLS = {ProductStatus.LISTED: "good", ProductStatus.DRAFT: "busy", ProductStatus.WITHDRAWN: "bad"}


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
        next_url=f"?before={page[ON_A_PAGE - 1].pk}" if len(page) > ON_A_PAGE else "",
    )


def _sent(request: HttpRequest) -> QueryDict | None:
    """What was typed; None while the form is only shown."""
    return request.POST if request.method == "POST" else None


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
        next_step=_next_step(product, has_packs=bool(variants), has_lots=bool(harvests)),
        entered_by=product.listed_by if product.mandate_id else None,
        store_open=product.store.status == StoreStatus.OPEN,
    )


def _next_step(product: Product, *, has_packs: bool, has_lots: bool) -> str:
    """What is best done next: photographs, lot, pack, sell, or nothing."""
    if not product.picture_id:
        return "photographs"
    if not has_lots:
        return "lot"
    if not has_packs:
        return "pack"
    return "sell" if product.status != ProductStatus.LISTED else ""


def _product(request: HttpRequest, ref: str, *, to_change: bool = False) -> Product:
    """The product of the user's regions; 404 for any other. `to_change` asks for the farmer's mandate before anything is done."""
    goods = Product.objects.visible_to(acting(request))
    product = get_object_or_404(
        goods.select_related(
            "store__household", "store__station__region", "category__parent", "origin", "picture", "listed_by"
        ),
        ref=ref,
    )
    if to_change:
        authorise(by=acting(request), store=product.store)
    return product


@require_http_methods(["GET", "POST"])
@desk_view
def edit_goods(request: HttpRequest, ref: str) -> HttpResponse:
    """Change what is said of a product."""
    product = _product(request, ref, to_change=True)
    villages = [product.origin, product.store.region, *villages_of(product.store.station)]
    form = ProductForm(_sent(request), villages=villages, product=product)
    if request.method == "POST" and form.is_valid():
        try:
            listing.edit_product(by=acting(request), product=product, **form.facts())
        except ValidationError as refused:
            _tell(form, refused)
        else:
            return _done(request, product, _("Saved."))
    return _form(request, form, _("Change the description"), product, wide=True)


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
                picture = take_in(file, title=product.name, alt_zh=product.name, alt_en=product.name_en)
            except PictureRefused as refused:
                form.add_error("photographs", f"{file.name}: {refused}")
            else:
                listing.add_picture(by=acting(request), product=product, picture=picture)
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


@require_http_methods(["GET", "POST"])
@desk_view
def add_pack(request: HttpRequest, ref: str) -> HttpResponse:
    """Offer one more pack, by the piece or by weight."""
    product = _product(request, ref, to_change=True)
    authorise(by=acting(request), store=product.store, allowed="price")
    form = PackForm(_sent(request), product=product)
    if request.method == "POST" and form.is_valid():
        try:
            packing.add_variant(by=acting(request), product=product, **form.cleaned_data)
        except packing.LotTooSmall as short:
            form.add_error("on_hand", _too_small(short))
        except (packing.HarvestMixed, GrowerMissing) as refused:
            form.add_error("lot", str(refused))
        except packing.PackKnown:
            form.add_error("name", _("These goods have a pack of this name already."))
        except ValidationError as refused:
            _tell(form, refused)
        else:
            return _done(request, product, _("The pack was added."))
    return _form(request, form, _("New pack"), product)


@require_http_methods(["GET", "POST"])
@desk_view
def change_pack(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """Set the price and the stock of a pack."""
    product = _product(request, ref, to_change=True)
    variant = get_object_or_404(
        Variant.objects.select_related("product__store__household", "product__store__station"), product=product, pk=pk
    )
    form = StockForm(_sent(request), variant=variant)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            with transaction.atomic():
                packing.change_price(by=acting(request), variant=variant, price_fen=wanted["price_fen"])
                packing.count_stock(by=acting(request), variant=variant, lot=wanted["lot"], on_hand=wanted["on_hand"])
        except MandateMissing as missing:
            form.add_error("price_fen", str(missing))
        except packing.LotTooSmall as short:
            form.add_error("on_hand", _too_small(short))
        except (packing.HarvestMixed, GrowerMissing) as refused:
            form.add_error("lot", str(refused))
        except packing.StockBelowHeld as refused:
            form.add_error(
                "on_hand", _("Buyers have ordered %(held)s of these; there can't be fewer.") % {"held": refused.held}
            )
        else:
            return _done(request, product, _("Saved."))
    return _form(request, form, variant.label, product)


@require_http_methods(["GET", "POST"])
@desk_view
def add_lot(request: HttpRequest, ref: str) -> HttpResponse:
    """Enter a harvest with its grade."""
    product = _product(request, ref, to_change=True)
    form = LotForm(_sent(request), product=product, growers=growers_of(acting(request), product.store))
    if request.method == "POST" and form.is_valid():
        try:
            lot = lots.enter_lot(by=acting(request), product=product, **form.cleaned_data)
        except ValidationError as refused:
            _tell(form, refused)
        except (GrowerMissing, NotAGrower) as refused:
            form.add_error("household", str(refused))
        else:
            return _done(request, product, _("The lot %(code)s was entered.") % {"code": lot.code})
    return _form(request, form, _("New lot"), product)


@require_http_methods(["GET", "POST"])
@desk_view
def add_report(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """Enter the test of a lot."""
    product = _product(request, ref, to_change=True)
    lot = get_object_or_404(product.lots.select_related("product__store__household", "product__store__station"), pk=pk)
    form = ReportForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            lots.record_test(by=acting(request), lot=lot, **form.cleaned_data)
        except ValidationError as refused:
            _tell(form, refused)
        else:
            return _done(request, product, _("The test was entered."))
    return _form(request, form, _("Test of lot %(code)s") % {"code": lot.code}, product)


@require_POST
@desk_view
def sell(request: HttpRequest, ref: str) -> HttpResponse:
    """Put a product on sale."""
    product = _product(request, ref, to_change=True)
    try:
        listing.put_on_sale(by=acting(request), product=product)
    except listing.StoreNotOpen:
        messages.error(request, _("The store is not open yet. Its goods can be sold once the county has approved it."))
    except listing.NothingToSell:
        messages.error(request, _("Add a pack with its price first."))
    else:
        messages.success(request, _("Now on sale: buyers can find it."))
    return redirect("desk_product", product.ref)


@require_POST
@desk_view
def take_off_sale(request: HttpRequest, ref: str) -> HttpResponse:
    """Withdraw a product."""
    product = _product(request, ref, to_change=True)
    listing.withdraw(by=acting(request), product=product)
    return _done(request, product, _("Taken off sale. Orders placed before stay."))


def _too_small(short: packing.LotTooSmall) -> str:
    return _("Lot %(code)s has only %(kilograms)s kg left to pack.") % {
        "code": short.lot.code,
        "kilograms": f"{short.left_g / 1000:g}",
    }


def _form(request: HttpRequest, form: Form, heading: str, product: Product, **more: Any) -> HttpResponse:
    return show(
        request, "catalog/desk_form.html", form=form, heading=heading, product=product, store=product.store, **more
    )


def _done(request: HttpRequest, product: Product, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect("desk_product", product.ref)


def _tell(form: Form, refused: ValidationError) -> None:
    """Show what the model refused, at its field where the form has it."""
    if not hasattr(refused, "error_dict"):
        form.add_error(None, refused)
        return
    for name, errors in refused.error_dict.items():
        for error in errors:
            form.add_error(name if name in form.fields else None, error)
