"""The days of a visit, offered several at once and changed one by one, at the desk or by the farmer; and what guests read."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalog import packing, visits
from catalog.acting import authorise
from catalog.growing import GrowerMissing
from catalog.models import CraftDetails, GoodsKind, Product, Variant, VisitDetails
from catalog.selling_forms import CraftForm, DayForm, DaysForm, VisitForm
from catalog.views.goods_desk import done, form_page, product_at_the_desk, sent, tell
from sellers.mandates import MandateMissing
from sellers.views.desk import acting, desk_view, show

DESK, FARM = "desk_base.html", "my_store_base.html"


@never_cache
@require_http_methods(["GET", "POST"])
@desk_view
def desk_days(request: HttpRequest, ref: str) -> HttpResponse:
    """The days of a farmer's visit, at the desk."""
    return _days(request, _visit(product_at_the_desk(request, ref, to_change=True)), DESK)


@never_cache
@require_http_methods(["GET", "POST"])
@desk_view
def my_store_days(request: HttpRequest, ref: str) -> HttpResponse:
    """The days of one's own visit."""
    return _days(request, _visit(_own(request, ref)), FARM)


@never_cache
@require_http_methods(["GET", "POST"])
@desk_view
def desk_day(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """One day of a farmer's visit, at the desk."""
    return _day(request, _visit(product_at_the_desk(request, ref, to_change=True)), pk, DESK)


@never_cache
@require_http_methods(["GET", "POST"])
@desk_view
def my_store_day(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """One day of one's own visit."""
    return _day(request, _visit(_own(request, ref)), pk, FARM)


def _own(request: HttpRequest, ref: str) -> Product:
    goods = Product.objects.visible_to(acting(request)).filter(store__household__user=acting(request))
    product: Product = get_object_or_404(
        goods.select_related("store__household", "store__station", "category"), ref=ref
    )
    return product


def _visit(product: Product) -> Product:
    if product.category.kind != GoodsKind.BOOKING:
        raise Http404
    return product


def _page(request: HttpRequest, base: str, template: str, product: Product, **context: Any) -> HttpResponse:
    context |= {"base": base, "product": product, "store": product.store, "at_the_desk": base == DESK}
    if base == DESK:
        return show(request, template, **context)
    frame = {"store_name": product.store.household.label, "user_name": ""}
    return render(request, template, {**frame, **context})


def _days(request: HttpRequest, product: Product, base: str) -> HttpResponse:
    authorise(by=acting(request), store=product.store, allowed="price")
    form = DaysForm(sent(request))
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        facts = {name: wanted[name] for name in ("days", "places", "price_fen", "name", "name_en")}
        try:
            made = visits.offer_days(by=acting(request), product=product, **facts)
        except visits.NoSuchDays:
            form.add_error(
                "last", _("Offer at most %(most)s days at once, within a year.") % {"most": visits.MOST_DAYS}
            )
        except (GrowerMissing, MandateMissing) as refused:
            form.add_error(None, str(refused))
        except ValidationError as refused:
            tell(form, refused)
        else:
            text = ngettext("%(count)d day can now be booked.", "%(count)d days can now be booked.", len(made))
            messages.success(request, text % {"count": len(made)})
            return redirect("desk_days" if base == DESK else "my_store_days", product.ref)
    days = visits.coming_days(product)
    return _page(request, base, "catalog/visit_days.html", product, form=form, days=days)


def _day(request: HttpRequest, product: Product, pk: int, base: str) -> HttpResponse:
    authorise(by=acting(request), store=product.store, allowed="price")
    variants = Variant.objects.select_related("product__store__household", "product__store__station")
    variant = get_object_or_404(variants, product=product, pk=pk, day__isnull=False)
    form = DayForm(sent(request), initial={"places": variant.on_hand, "price_fen": variant.price_fen})
    if request.method == "POST" and form.is_valid():
        try:
            visits.change_day(by=acting(request), variant=variant, **form.cleaned_data)
        except packing.StockBelowHeld as refused:
            form.add_error("places", _("Guests have booked %(held)s; there can't be fewer.") % {"held": refused.held})
        except MandateMissing as missing:
            form.add_error("price_fen", str(missing))
        except ValidationError as refused:
            tell(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk_days" if base == DESK else "my_store_days", product.ref)
    back = reverse("desk_days" if base == DESK else "my_store_days", args=[product.ref])
    return _page(request, base, "catalog/visit_day.html", product, form=form, variant=variant, back=back)


@require_http_methods(["GET", "POST"])
@desk_view
def desk_details(request: HttpRequest, ref: str) -> HttpResponse:
    """What only a visit, or a piece of craft, has to say."""
    product = product_at_the_desk(request, ref, to_change=True)
    if product.category.kind == GoodsKind.BOOKING:
        said: VisitDetails | CraftDetails | None = VisitDetails.objects.filter(product=product).first()
        form: VisitForm | CraftForm = VisitForm(sent(request), initial=_known(said, VisitForm))
        save, heading = visits.say_of_visit, _("What guests must know")
    elif product.category.kind == GoodsKind.CRAFT:
        said = CraftDetails.objects.filter(product=product).first()
        form = CraftForm(sent(request), initial=_known(said, CraftForm))
        save, heading = visits.say_of_craft, _("How it was made")
    else:
        raise Http404
    if request.method == "POST" and form.is_valid():
        save(by=acting(request), product=product, **form.cleaned_data)
        return done(request, product, _("Saved."))
    return form_page(request, form, heading, product)


def _known(said: VisitDetails | CraftDetails | None, form: type[VisitForm] | type[CraftForm]) -> dict[str, Any]:
    return {name: getattr(said, name) for name in form.base_fields} if said else {}
