"""A buyer's own coupons, and giving one to a buyer."""

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from redis.exceptions import RedisError

from orders.giving_coupons import find_buyer, give_coupon
from orders.models import Promotion
from orders.my_coupons import shown_coupons
from orders.promoting import PromotionRefused, authorise_promotion
from sellers.views.desk import acting, desk_view


@never_cache
@login_required
@require_safe
def my_coupons(request: HttpRequest) -> HttpResponse:
    """The coupons that were given to who is signed in."""
    return render(request, "orders/coupons.html", {"shown": shown_coupons(acting(request))})


@require_POST
@desk_view
def desk_coupon_give(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a coupon of a promotion to the account with a mobile number or an e-mail address (`buyer`)."""
    user = acting(request)
    found = Promotion.objects.visible_to(user).select_related("store__household", "store__station")
    promotion = get_object_or_404(found, pk=pk)
    authorise_promotion(user, promotion)
    try:
        if not _may_look(request):
            raise PromotionRefused(_("So many buyers were looked up that you have to wait an hour."))
        coupon = give_coupon(by=user, promotion=promotion, to=find_buyer(request.POST.get("buyer", "")))
        messages.success(
            request, _("Given: it stands under “My coupons”. Its code is %(code)s.") % {"code": coupon.code}
        )
    except PromotionRefused as refused:
        messages.error(request, str(refused))
    if promotion.store is not None:
        return redirect("desk_store_promotions", promotion.store.slug)
    return redirect("desk_promotions")


def _may_look(request: HttpRequest) -> bool:
    """Whether who has an account can't be found out number by number."""
    try:
        return bool(ratelimit.consume(request, action="coupon_given", user=request.user))
    except RedisError:
        return True
