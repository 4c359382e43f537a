"""The packs of a product at the desk: a new one, and the price, the stock and the rare facts of one that is there."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog import packing
from catalog.acting import acting_for, authorise
from catalog.editing import ChangedMeanwhile, Comparison, in_a_sentence, put_together, refuse_changed
from catalog.growing import GrowerMissing
from catalog.models import Variant
from catalog.pack_forms import PackForm, StockForm
from catalog.price_help import price_for
from catalog.restock import waiting_for
from catalog.views.goods_desk import done, product_at_the_desk, sent, tell, too_small
from sellers.mandates import MandateMissing
from sellers.views.desk import acting, desk_view, show

PAGE = "catalog/desk_pack.html"


@require_http_methods(["GET", "POST"])
@desk_view
def add_pack(request: HttpRequest, ref: str) -> HttpResponse:
    """Offer one more pack, by the piece or by weight."""
    product = product_at_the_desk(request, ref, to_change=True)
    authorise(by=acting(request), store=product.store, allowed="price")
    form = PackForm(sent(request), product=product)
    if request.method == "POST" and form.is_valid():
        try:
            pack = packing.add_variant(by=acting(request), product=product, **form.cleaned_data)
        except packing.LotTooSmall as short:
            form.add_error("on_hand", too_small(short))
        except (packing.HarvestMixed, packing.LotFrozen, GrowerMissing) as refused:
            form.add_error("lot", str(refused))
        except packing.PackKnown:
            form.add_error("name", _("These goods have a pack of this name already, or one that waits for the county."))
        except ValidationError as refused:
            tell(form, refused)
        else:
            waits = _(
                "The price differs much from the other packs': the county looks at it first, then buyers see this pack."
            )
            return done(request, product, _("The pack was added.") if pack.active else waits)
    return show(
        request, PAGE, form=form, heading=_("New pack"), product=product, store=product.store,
        price_help=price_for(product.county_code, product.category, product.name),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@desk_view
def change_pack(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """Set the price and the stock of a pack, and what is rarely said of it."""
    product = product_at_the_desk(request, ref, to_change=True)
    variant = get_object_or_404(
        Variant.objects.filter(active=True).select_related("product__store__household", "product__store__station"),
        product=product,
        pk=pk,
    )
    form = StockForm(sent(request), variant=variant)
    found = put_together(form) if request.method == "POST" else Comparison()
    if request.method == "POST" and form.is_valid() and not found.clashes:
        wanted = form.cleaned_data
        try:
            with acting_for(acting(request), product.store):
                refuse_changed(form, variant)
                waits = packing.change_price(by=acting(request), variant=variant, price_fen=wanted["price_fen"])
                packing.describe_pack(by=acting(request), variant=variant, **form.facts)
                packing.count_stock(by=acting(request), variant=variant, lot=wanted["lot"], on_hand=wanted["on_hand"])
        except ChangedMeanwhile:  # somebody saved in this very moment: what they changed is compared as well
            return change_pack(request, ref, pk)
        except MandateMissing as missing:
            form.add_error("price_fen", str(missing))
        except packing.LotTooSmall as short:
            form.add_error("on_hand", too_small(short))
        except (packing.HarvestMixed, packing.LotFrozen, GrowerMissing) as refused:
            form.add_error("lot", str(refused))
        except packing.StockBelowHeld as refused:
            form.add_error(
                "on_hand", _("Buyers have ordered %(held)s of these; there can't be fewer.") % {"held": refused.held}
            )
        except ValidationError as refused:
            tell(form, refused)
        else:
            saved = _("Saved. The new price waits for the county.") if waits else _("Saved.")
            return done(request, product, f"{saved} {in_a_sentence(found, '') if found.taken else ''}".strip())
    waiting = waiting_for([variant.pk]).get(variant.pk, 0)
    return show(
        request, PAGE, form=form, heading=variant.label, product=product, store=product.store, waiting=waiting,
        clashes=found.clashes, price_help=price_for(product.county_code, product.category, product.name),
    )  # fmt: skip
