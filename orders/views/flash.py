"""Flash sales: the page of one, the click for a place, its checkout, and the desk that proposes one."""

from functools import lru_cache

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.signed_in import signed_in
from accounts.visitors import by_ticket
from catalog.acting import authorise
from delivery.routing import NoRoute
from orders.addresses import remember_address
from orders.agreement import Agreement, read_agreement
from orders.cart_page import Basket, make_basket
from orders.checkout import (
    DeliveryChoice,
    PriceChanged,
    place_order,
)
from orders.flash_claims import add_flash, lapse_places, waiting_place
from orders.flash_door import Answer, BadTicket, knock, read_ticket, ticket_for
from orders.flash_forms import FlashForm
from orders.forms import CheckoutForm
from orders.models import CartLine, DeliveryWay, FlashClaim, FlashSale, Payer
from orders.promoting import MAY_PROMOTE, PromotionRefused, promote_everywhere, promote_store, propose_for_county
from orders.promotions import read_offer
from orders.refusals import PlaceGone, WeeksChanged
from orders.views.checkout import REFUSED, checkout_page, first_values, ordered_already, to_payment
from payments.idempotency import IdempotencyConflict
from sellers.mandates import MandateMissing
from sellers.models import Store
from sellers.views.desk import acting, desk_view, show
from stations.models import Region
from stations.scope import NotAllowed, scope_of

STATUS = {Answer.UNKNOWN: 404, Answer.BUSY: 503}


@require_safe
def flash_of_pack(request: HttpRequest, pk: int) -> HttpResponse:
    """From a pack's mark on its product's page to the latest sale of it."""
    sale = FlashSale.objects.announced().filter(variant_id=pk).order_by("-pk").first()
    if sale is None:
        raise Http404
    return redirect("flash_sale", sale.pk)


@never_cache
@require_safe
def flash_sale(request: HttpRequest, pk: int) -> HttpResponse:
    """What is sold, when, and, for whoever is signed in, the button with their ticket, or what became of their place."""
    sale = _sale(pk)
    if not sale.left and lapse_places(sale_id=pk):
        sale = _sale(pk)
    promotion, now = sale.promotion, timezone.now()
    user = request.user
    claim = FlashClaim.objects.visible_to(user).select_related("order").filter(sale=sale).first()
    context = {
        "sale": sale,
        "promotion": promotion,
        "product": sale.variant.product,
        "claim": claim,
        "overdue": claim is not None and claim.state == "claimed" and claim.until <= now,
        "early": promotion.starts_at > now,
        "over": promotion.ended_at is not None or promotion.ends_at <= now,
        "ticket": "",
    }
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    if isinstance(user, User) and session:
        context["ticket"] = ticket_for(user_id=user.pk, sale_id=pk, session=session)
    return render(request, "orders/flash_sale.html", context)


def _sale(pk: int) -> FlashSale:
    sales = FlashSale.objects.announced().select_related(
        "promotion", "variant__product__picture", "variant__product__store"
    )
    return get_object_or_404(sales, pk=pk)


@by_ticket
@never_cache
@require_POST
def flash_claim(request: HttpRequest, pk: int) -> HttpResponse:
    """One click for a place. Reads neither session nor account: the ticket says whose it is, and that the page of the sale sent it."""
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    try:
        user_id = read_ticket(request.POST.get("ticket", ""), sale_id=pk, session=session)
    except BadTicket:
        return HttpResponse(_told("ticket", pk, get_language() or ""), status=403)
    answer = knock(sale_id=pk, user_id=user_id)
    if answer == Answer.YOURS:
        response: HttpResponse = HttpResponseRedirect(reverse("flash_sale", args=[pk]))
        response.status_code = 303
        return response
    response = HttpResponse(_told(answer.value, pk, get_language() or ""), status=STATUS.get(answer, 200))
    if answer == Answer.BUSY:
        response["Retry-After"] = "2"
    return response


@lru_cache(maxsize=256)
def _told(answer: str, pk: int, _language: str) -> bytes:
    """The same few words for ten thousand people are put together once."""
    context = {"answer": answer, "url": reverse("flash_sale", args=[pk]), "login": reverse("account_login")}
    return render_to_string("orders/flash_answer.html", context).encode()


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def flash_checkout(request: HttpRequest, pk: int) -> HttpResponse:
    """The checkout of a place: one unit at its price, otherwise as every other."""
    buyer = signed_in(request)
    try:
        claim = waiting_place(by=buyer, sale_id=pk)
    except PlaceGone:
        return redirect("flash_sale", pk)
    basket = _basket(claim, buyer)
    if request.method != "POST":
        return _shown(request, claim, basket, _form(CheckoutForm(buyer=buyer, initial=first_values(buyer))))
    action = request.POST.get("action", "review")
    if action == "choose":
        return _shown(request, claim, basket, _form(CheckoutForm(buyer=buyer, initial=request.POST.dict())))
    form = _form(CheckoutForm(request.POST, buyer=buyer))
    agreed = read_agreement(request.POST.get("seen", ""))
    if form.is_valid() and form.choice and action == "place" and agreed:
        return _place(request, claim, form, form.choice, agreed)
    return _review(request, claim, form)


def _form(form: CheckoutForm) -> CheckoutForm:
    """A place has its price: no coupon comes on top."""
    del form.fields["coupon"]
    return form


def _basket(claim: FlashClaim, buyer: User) -> Basket:
    variant = claim.sale.variant
    line = CartLine(variant=variant, quantity=1, seen_price_fen=variant.price_fen)
    basket = make_basket([line], has_place=True)
    offer = read_offer([variant], buyer=buyer)
    add_flash(offer, claim.sale)
    basket.apply(offer)
    return basket


def _shown(request: HttpRequest, claim: FlashClaim, basket: Basket, form: CheckoutForm, **more: object) -> HttpResponse:
    return checkout_page(request, basket, form, flash=claim, **more)


def _review(request: HttpRequest, claim: FlashClaim, form: CheckoutForm, **more: object) -> HttpResponse:
    basket = _basket(claim, claim.user)
    if form.is_valid() and form.choice:
        try:
            basket.quote(form.choice.goal)
        except NoRoute as error:
            basket.set_freight(None)
            form.add_error("station" if form.choice.way == DeliveryWay.STATION else "county", str(error))
    return _shown(request, claim, basket, form, **more)


def _place(
    request: HttpRequest, claim: FlashClaim, form: CheckoutForm, choice: DeliveryChoice, agreed: Agreement
) -> HttpResponse:
    data = form.cleaned_data
    try:
        order = place_order(
            lines=agreed.units,
            buyer=form.buyer,
            email=data["email"],
            delivery=choice,
            pay_by=data["pay_by"],
            key=data["key"],
            language=get_language() or "zh-hans",
            seen=agreed.seen,
            flash=claim.pk,
        )
    except IdempotencyConflict as conflict:
        return ordered_already(request, conflict)
    except PriceChanged as change:
        return _review(request, claim, form, changed=change)
    except PlaceGone:
        messages.error(
            request, _("Nothing was ordered: your place in the flash sale is over, or for one unit of its pack.")
        )
        return redirect("flash_sale", claim.sale_id)
    except (*REFUSED, WeeksChanged):
        return _review(request, claim, form, refused=True)
    if form.buyer and data.get("keep") and choice.way == DeliveryWay.CARRIER:
        remember_address(by=form.buyer, choice=choice)
    return to_payment(request, order)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def desk_flash(request: HttpRequest, slug: str) -> HttpResponse:
    """A new flash sale of a store's pack: paid by the store, by the county once a second person approves it, or by the platform."""
    user = acting(request)
    stores = Store.objects.visible_to(user).select_related("household", "station", "region")
    store = get_object_or_404(stores, slug=slug)
    payers = _payers(user, store)
    form = FlashForm(request.POST if request.method == "POST" else None, store=store, payers=payers)
    if form.is_bound and form.is_valid() and form.terms:
        payer = Payer(form.cleaned_data["payer"])
        try:
            if payer == Payer.COUNTY:
                propose_for_county(by=user, county=_county(store), terms=form.terms)
                messages.success(request, _("Proposed. It holds once somebody else has approved it."))
            elif payer == Payer.PLATFORM:
                promote_everywhere(by=user, terms=form.terms)
                messages.success(request, _("The flash sale is announced."))
            else:
                promote_store(by=user, store=store, terms=form.terms)
                messages.success(request, _("The flash sale is announced."))
        except PromotionRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("desk_store_promotions", slug) if payer == Payer.SELLER else redirect("desk_promotions")
    status = 422 if form.is_bound and form.errors else 200
    return show(request, "orders/desk_flash.html", status=status, form=form, store=store)


def _county(store: Store) -> Region:
    return Region.objects.get(code=f"{store.region_id[:6]}000000")


def _payers(user: User, store: Store) -> list[Payer]:
    """Whose money this user may spend on the store's goods. Raises NotAllowed or MandateMissing where it is nobody's."""
    found = [Payer.COUNTY] if scope_of(user).may(MAY_PROMOTE, f"{store.region_id[:6]}000000") else []
    if scope_of(user).everywhere:
        found = [Payer.PLATFORM]
    try:
        authorise(by=user, store=store, allowed="price")
    except (NotAllowed, MandateMissing):
        if not found:
            raise
    else:
        found.append(Payer.SELLER)
    return found
