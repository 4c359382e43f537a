"""What all pages of the goods desk do alike: find the product, read a form, tell what was refused, and go back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from catalog import packing
from catalog.acting import authorise
from catalog.models import Product
from sellers.views.desk import acting, show


def sent(request: HttpRequest) -> QueryDict | None:
    """What was typed; None while the form is only shown."""
    return request.POST if request.method == "POST" else None


def product_at_the_desk(request: HttpRequest, ref: str, *, to_change: bool = False) -> Product:
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


def too_small(short: packing.LotTooSmall) -> str:
    """What to say of a lot that has less left than is to be packed."""
    return _("Lot %(code)s has only %(kilograms)s kg left to pack.") % {
        "code": short.lot.code,
        "kilograms": f"{short.left_g / 1000:g}",
    }


def form_page(request: HttpRequest, form: Form, heading: str, product: Product, **more: Any) -> HttpResponse:
    """A form of this product in the desk's frame."""
    return show(
        request, "catalog/desk_form.html", form=form, heading=heading, product=product, store=product.store, **more
    )


def done(request: HttpRequest, product: Product, text: str) -> HttpResponse:
    """Back to the product, with a word of what was done."""
    messages.success(request, text)
    return redirect("desk_product", product.ref)


def tell(form: Form, refused: ValidationError) -> None:
    """Show what the model refused, at its field where the form has it."""
    if not hasattr(refused, "error_dict"):
        form.add_error(None, refused)
        return
    for name, errors in refused.error_dict.items():
        for error in errors:
            form.add_error(name if name in form.fields else None, error)
