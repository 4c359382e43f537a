"""A listing in one screen, at the desk for a farmer, or by the farmer themselves."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from catalog.acting import authorise
from catalog.growing import GrowerMissing, NotAGrower
from catalog.models import Product, ProductStatus
from catalog.price_help import prices_of
from catalog.quick_forms import QuickForm, shown_pack
from catalog.quick_listing import NameKnown, list_from
from catalog.reviewing import StoreNotOpen, refuse_unsellable
from catalog.rules import LicenceMissing
from catalog.views.goods_desk import tell
from sellers.mandates import MandateMissing
from sellers.models import Store, StoreStatus
from sellers.views.desk import acting, desk_view, show


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def desk_quick(request: HttpRequest, slug: str) -> HttpResponse:
    """List goods for a farmer's store, in one screen."""
    store = _store(acting(request), slug)
    form = _bound(request, store)
    if product := _listed(request, form, store):
        return redirect("desk_product", product.ref)
    return show(request, "catalog/quick.html", **_context(form, store, base="desk_base.html"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def my_store_quick(request: HttpRequest, slug: str) -> HttpResponse:
    """List one's own goods, in one screen; only in a store of one's own (404 otherwise)."""
    user = acting(request)
    store = get_object_or_404(_stores(user).filter(household__user=user), slug=slug)
    form = _bound(request, store)
    if _listed(request, form, store):
        return redirect("my_store_goods")
    context = _context(form, store, base="my_store_base.html")
    return render(request, "catalog/quick.html", {"store_name": store.household.label, "user_name": "", **context})


def _store(user: User, slug: str) -> Store:
    """The store, for whoever may list and price its goods. Raises NotAllowed, MandateMissing."""
    store: Store = get_object_or_404(_stores(user), slug=slug)
    authorise(by=user, store=store)
    authorise(by=user, store=store, allowed="price")
    return store


def _stores(user: User) -> Any:
    found = Store.objects.visible_to(user).exclude(status=StoreStatus.CLOSED)
    return found.select_related("household", "station__region", "region")


def _bound(request: HttpRequest, store: Store) -> QuickForm:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    return QuickForm(*sent, store=store, user=acting(request))


def _listed(request: HttpRequest, form: QuickForm, store: Store) -> Product | None:
    """The goods, when they are listed; otherwise the form says what is wrong, and keeps the photograph."""
    if request.method != "POST":
        return None
    if form.is_valid() and (product := try_to_list(form, by=acting(request), store=store)):
        messages.success(request, what_became_of(product))
        return product
    form.keep_photograph()
    return None


def what_became_of(product: Product) -> str:
    """In a sentence, how far a listing went."""
    if product.status == ProductStatus.LISTED:
        return _("Now on sale: buyers can find it.")
    if product.status == ProductStatus.IN_REVIEW:
        return _("Sent to the county: it is on sale once it has been looked at.")
    try:
        refuse_unsellable(product)
    except LicenceMissing as missing:
        return f"{_('Saved.')} {missing}"
    except StoreNotOpen:
        pass
    return _("Saved. It is sold once the county has opened the store.")


def try_to_list(form: QuickForm, *, by: User, store: Store) -> Product | None:
    """List what a valid form says; None where it was refused, and the form says why."""
    try:
        return list_from(by=by, store=store, given=form.cleaned_data, facts=form.facts())
    except NameKnown as known:
        form.twin = known.product
        form.add_error(
            "name", _("The store has goods of this name already: add a pack to them, or choose another name.")
        )
    except (GrowerMissing, NotAGrower, MandateMissing) as refused:
        form.add_error("household" if "household" in form.fields else None, str(refused))
    except ValidationError as refused:
        tell(form, refused)
    return None


def _context(form: QuickForm, store: Store, *, base: str) -> dict[str, Any]:
    farm = base == "my_store_base.html"
    return {
        "base": base,
        "farm": farm,
        "form": form,
        "store": store,
        "back": reverse("my_store_goods") if farm else reverse("desk_goods"),
        "names": [(one, *shown_pack(one.pack)) for one in form.offered],
        "prices": prices_of(store.region_id[:6]),
    }
