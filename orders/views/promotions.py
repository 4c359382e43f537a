"""Promotions at the desk: a county's, the platform's, and those of one store."""

from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from catalog.acting import authorise
from catalog.models import ProductStatus, Variant
from orders.models import Coupon, Promotion
from orders.models.promotion import PromotionQuerySet
from orders.promoting import (
    MAY_PROMOTE,
    PromotionRefused,
    approve,
    end,
    may_approve,
    promote_everywhere,
    promote_store,
    propose_for_county,
)
from orders.promotion_forms import PromotionForm
from sellers.models import Store
from sellers.views.desk import acting, desk_view, only_at_the_desk, show
from stations.models import Region
from stations.scope import NotAllowed, scope_of

SHOWN = 100
SHOWN_WITH = ("store", "proposed_by", "approved_by", "flash_sale__variant__product")


def _county_of(user: User) -> Region | None:
    codes = [f"{posting.region_id[:6]}000000" for posting in scope_of(user).postings if posting.role in MAY_PROMOTE]
    return Region.objects.filter(code__in=codes).first()


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def desk_promotions(request: HttpRequest) -> HttpResponse:
    """A county's promotions, or for the operator all of them; and a new one."""
    user = acting(request)
    only_at_the_desk(request)
    county, everywhere = _county_of(user), scope_of(user).everywhere
    if county is None and not everywhere:
        raise NotAllowed(_("Promotions are made by the county centre and the county's officials."))
    form = PromotionForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and form.terms:
        try:
            if county is not None:
                propose_for_county(by=user, county=county, terms=form.terms)
                messages.success(request, _("Proposed. It holds once somebody else has approved it."))
            else:
                promote_everywhere(by=user, terms=form.terms)
                messages.success(request, _("It holds from its first day on."))
        except PromotionRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("desk_promotions")
    found = Promotion.objects.visible_to(user).select_related("region", *SHOWN_WITH)
    return _page(request, form, list(_with_coupons(found)[:SHOWN]), county=county)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_view
def store_promotions(request: HttpRequest, slug: str) -> HttpResponse:
    """The promotions that a store pays itself: for its farmer, and for whoever sets its prices under a mandate."""
    user = acting(request)
    stores = Store.objects.visible_to(user).select_related("household", "station", "region")
    store = get_object_or_404(stores, slug=slug)
    authorise(by=user, store=store, allowed="price")
    form = PromotionForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and form.terms:
        try:
            promote_store(by=user, store=store, terms=form.terms)
        except PromotionRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("It holds from its first day on."))
            return redirect("desk_store_promotions", slug)
    found = Promotion.objects.visible_to(user).filter(store=store).select_related(*SHOWN_WITH)
    return _page(request, form, list(_with_coupons(found)[:SHOWN]), store=store)


@require_POST
@desk_view
def desk_promotion_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """`action=approve` by the second person, `action=end` by whoever may make one."""
    user = acting(request)
    found = Promotion.objects.visible_to(user).select_related("store__household", "store__station")
    promotion = get_object_or_404(found, pk=pk)
    try:
        if request.POST.get("action") == "approve":
            approve(by=user, promotion=promotion)
            messages.success(request, _("Approved: it holds from its first day on."))
        else:
            end(by=user, promotion=promotion)
            messages.success(request, _("Ended. Orders that have it keep it."))
    except PromotionRefused as refused:
        messages.error(request, str(refused))
    if promotion.store is not None:
        return redirect("desk_store_promotions", promotion.store.slug)
    return redirect("desk_promotions")


def _page(
    request: HttpRequest,
    form: PromotionForm,
    promotions: list[Promotion],
    *,
    county: Region | None = None,
    store: Store | None = None,
) -> HttpResponse:
    user = acting(request)
    return show(
        request,
        "orders/desk_promotions.html",
        status=422 if form.is_bound and form.errors else 200,
        form=form,
        rows=[(promotion, may_approve(user, promotion)) for promotion in promotions],
        county=county,
        store=store,
        packs=_packs(store),
    )


def _with_coupons(found: PromotionQuerySet) -> PromotionQuerySet:
    """The newest first, with prices by pack, codes for all, and how many buyers were given a coupon (`given`)."""
    codes = Prefetch("coupons", Coupon.objects.filter(user=None), to_attr="codes")
    given = Count("coupons", filter=Q(coupons__user__isnull=False))
    return found.prefetch_related(codes, "prices__variant__product").annotate(given=given).order_by("-pk")


def _packs(store: Store | None) -> list[Variant]:
    """A store's packs with their pack numbers, for prices by pack."""
    if store is None:
        return []
    packs = Variant.objects.filter(product__store=store, product__status=ProductStatus.LISTED, active=True, day=None)
    return list(packs.select_related("product").order_by("product_id", "position", "pk")[:SHOWN])
