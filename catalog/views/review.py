"""The county's reviews: the queue, one review with the old beside the new, the decision and the next one; rules and the price band."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog import changes, reviewing, rules
from catalog.models import (
    OF_A_PACK,
    BrandPermission,
    GoodsRule,
    PermissionState,
    PriceBand,
    Product,
    Review,
    ReviewKind,
)
from catalog.places import county_and_township, read_names, short_place
from catalog.review_forms import BandForm, ReturnForm, RuleForm
from catalog.rules import missing_licences
from catalog.ruling import keep_rule
from catalog.standing import compared, fired_of, in_short
from catalog.views.goods_desk import product_at_the_desk
from sellers.models import LicenceKind, LicenceState, SellerLicence
from sellers.queues import late_before
from sellers.views.desk import acting, desk_view, show, waiting
from stations.scope import scope_of

ON_A_PAGE = 30
DUE_DAYS = 3  # working days: a harvest can't wait longer


@require_GET
@desk_view
def desk_reviews(request: HttpRequest) -> HttpResponse:
    """What waits for the county, the oldest first; `kind` narrows, `after` is the key of the page before."""
    _only_for_reviewers(request)
    found = _waiting(request)
    kinds = dict(found.order_by().values_list("kind").annotate(Count("pk")))
    kind = request.GET.get("kind", "")
    rows = found.filter(kind=kind) if kind in ReviewKind.values else found
    page = list(_after(rows, request.GET.get("after", ""))[: ON_A_PAGE + 1])
    read_names({code for review in page for code in county_and_township(review.region_id)})
    narrowed = f"kind={kind}&" if kind in ReviewKind.values else ""
    return show(
        request,
        "catalog/reviews.html",
        total=sum(kinds.values()),
        tabs=_tabs(request, kinds, kind),
        jobs=[_job(review) for review in page[:ON_A_PAGE]],
        next_url=f"?{narrowed}after={_key(page[ON_A_PAGE - 1])}" if len(page) > ON_A_PAGE else "",
        first_url="?" + narrowed.rstrip("&") if request.GET.get("after") else "",
        more=_more(request),
    )


@require_GET
@desk_view
def desk_review(request: HttpRequest, pk: int) -> HttpResponse:
    """One review: what is asked, the old beside the new, the rules that fit, and the decision."""
    _only_for_reviewers(request)
    return _page(request, _review(request, pk), ReturnForm())


@require_POST
@desk_view
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """The county's yes; on to the next one."""
    review = _review(request, pk)
    try:
        reviewing.approve_review(by=acting(request), review=review, seen=_seen(request))
    except (reviewing.AlreadyDecided, reviewing.ReviewChanged, reviewing.PackInSale, rules.LicenceMissing) as refused:
        messages.error(request, str(refused))
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Approved: %(what)s") % {"what": _title(review)})
        return redirect(_next(request, review))
    return redirect("desk_review", pk=review.pk)


@require_POST
@desk_view
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """The county's no, with a reason; on to the next one."""
    review, form = _review(request, pk), ReturnForm(request.POST)
    if not form.is_valid():
        _only_for_reviewers(request)
        return _page(request, review, form, status=422)
    try:
        reviewing.return_review(by=acting(request), review=review, seen=_seen(request), **form.cleaned_data)
    except (reviewing.AlreadyDecided, reviewing.ReviewChanged) as refused:
        messages.error(request, str(refused))
        return redirect("desk_review", pk=review.pk)
    messages.success(request, _("Returned: %(what)s") % {"what": _title(review)})
    return redirect(_next(request, review))


@require_POST
@desk_view
def take_back(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """The desk takes back what it sent."""
    product = product_at_the_desk(request, ref, to_change=True)
    reviewing.take_back(
        by=acting(request), review=get_object_or_404(product.reviews.exclude(kind="certificate"), pk=pk)
    )
    messages.success(request, _("Taken back. Nothing waits for the county any more."))
    return redirect("desk_product", product.ref)


@require_GET
@desk_view
def desk_rules(request: HttpRequest) -> HttpResponse:
    """The rules of the user's county and those of everywhere, and the price band."""
    _only_for_reviewers(request)
    county = _county(request)
    found = GoodsRule.objects.visible_to(acting(request)).select_related("category")
    return show(
        request,
        "catalog/rules.html",
        own=[rule for rule in found if rule.county_code],
        everywhere=[rule for rule in found if not rule.county_code],
        band=changes.band_of(county),
        may_edit_everywhere=scope_of(acting(request)).everywhere,
        form=BandForm(instance=changes.band_of(county)),
    )


@require_POST
@desk_view
def set_band(request: HttpRequest) -> HttpResponse:
    """The price band of the user's county; of everywhere, for the operator."""
    _only_for_reviewers(request)
    county = _county(request)
    known = PriceBand.objects.filter(county_code=county).first() or PriceBand(county_code=county)
    form = BandForm(request.POST, instance=known)
    try:
        saved = form.is_valid() and form.save()
    except ValueError:
        saved = None
    if saved:
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Write whole percents (1 to 1000 up, 1 to 99 down) and 1 to 365 days."))
    return redirect("desk_rules")


@require_http_methods(["GET", "POST"])
@desk_view
def new_rule(request: HttpRequest) -> HttpResponse:
    """One more rule: of the user's county, or of everywhere for the operator."""
    _only_for_reviewers(request)
    return _rule_form(request, GoodsRule(county_code=_county(request), entered_by=acting(request)))


@require_http_methods(["GET", "POST"])
@desk_view
def edit_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a rule of one's county; those of everywhere are the operator's."""
    _only_for_reviewers(request)
    rule = get_object_or_404(GoodsRule.objects.visible_to(acting(request)), pk=pk)
    if not rule.county_code and not scope_of(acting(request)).everywhere:
        raise PermissionDenied(_("This rule holds everywhere; the operator of the platform keeps it."))
    return _rule_form(request, rule)


def _rule_form(request: HttpRequest, rule: GoodsRule) -> HttpResponse:
    form = RuleForm(request.POST if request.method == "POST" else None, instance=rule)
    if request.method == "POST" and form.is_valid():
        keep_rule(form.save(commit=False))
        messages.success(request, _("The rule holds from now on. Goods on sale that it fits are found within minutes."))
        return redirect("desk_rules")
    return show(request, "catalog/rule.html", form=form, rule=rule, status=422 if form.is_bound else 200)


def _only_for_reviewers(request: HttpRequest) -> None:
    if not reviewing.is_reviewer(acting(request)):
        raise PermissionDenied(_("The county centre and the county's officials review goods."))


def _county(request: HttpRequest) -> str:
    """The county (six digits) that the user reviews for; empty for the operator."""
    held = [one for one in scope_of(acting(request)).postings if one.role in reviewing.REVIEWERS]
    return held[0].region_id[:6] if held else ""


def _waiting(request: HttpRequest) -> "QuerySet[Review]":
    return Review.objects.visible_to(acting(request)).waiting().order_by("asked_at", "pk")


def _review(request: HttpRequest, pk: int) -> Review:
    seen = Review.objects.visible_to(acting(request)).select_related(
        "product__category__parent", "product__picture", "product__store", "product__origin", "store__household", "store__station",
        "variant", "certificate", "asked_by", "decided_by",
    )  # fmt: skip
    return get_object_or_404(seen, pk=pk)


def _key(review: Review) -> str:
    return f"{int(review.asked_at.timestamp() * 1_000_000)}-{review.pk}"


def _after(rows: "QuerySet[Review]", key: str) -> "QuerySet[Review]":
    rows = rows.select_related("product", "certificate", "variant", "store", "asked_by")
    moment, _dash, pk = key.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) < 18 for part in (moment, pk)):
        return rows
    at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=int(moment))
    return rows.filter(Q(asked_at__gt=at) | Q(asked_at=at, pk__gt=int(pk)))


def _next(request: HttpRequest, review: Review) -> str:
    """The next review that this user may decide, or the queue when none is left."""
    mine = _waiting(request).exclude(asked_by=acting(request)).exclude(product__listed_by=acting(request))
    following = _after(mine, _key(review)).first() or mine.first()
    return reverse("desk_review", args=[following.pk]) if following else reverse("desk_reviews")


def _seen(request: HttpRequest) -> int:
    text = request.POST.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _tabs(request: HttpRequest, kinds: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    tabs = [{"label": _("All"), "url": "?", "count": sum(kinds.values()), "chosen": chosen not in ReviewKind.values}]
    tabs += [
        {"label": kind.label, "url": f"?kind={kind.value}", "count": kinds.get(kind.value, 0), "chosen": kind == chosen}
        for kind in ReviewKind
    ]
    return tabs


def _more(request: HttpRequest) -> list[tuple[str, str, int]]:
    """The county's other queues."""
    user = acting(request)
    licences = SellerLicence.objects.visible_to(user).filter(state=LicenceState.WAITING).count()
    brands = BrandPermission.objects.visible_to(user).filter(state=PermissionState.ASKED).count()
    return [
        (_("Licences of sellers"), reverse("desk_licences"), licences),
        (_("County brands"), reverse("desk_brands"), brands),
        (_("Rules and price band"), reverse("desk_rules"), 0),
    ]


def _title(review: Review) -> str:
    return review.product.label if review.product else in_short(review)


def _job(review: Review) -> dict[str, Any]:
    about = "" if review.kind == ReviewKind.NEW else in_short(review)
    return {
        "url": reverse("desk_review", args=[review.pk]),
        "title": _title(review),
        "about": about if about != _title(review) else "",
        "kind": review.get_kind_display(),
        "store": review.store.label,
        "place": short_place(review.region_id),
        "since": waiting(review.asked_at),
        "late": review.asked_at < late_before(DUE_DAYS),
        "flags": len(review.fired),
    }


def _page(request: HttpRequest, review: Review, form: ReturnForm, *, status: int = 200) -> HttpResponse:
    product = review.product
    read_names(county_and_township(review.region_id))
    return show(
        request,
        "catalog/review.html",
        status=status,
        review=review,
        product=product,
        named=_title(review),
        place=short_place(review.region_id),
        since=waiting(review.asked_at),
        rows=compared(review),
        fired=fired_of(review),
        form=form,
        may_decide=review.state == "waiting" and reviewing.may_decide(acting(request), review),
        pictures=_pictures(product) if product else [],
        packs=list(product.variants.filter(active=True)) if product else [],
        licences=_licences(product) if product else [],
        band=changes.band_of(review.region_id[:6]) if review.kind in OF_A_PACK else None,
        percent=_percent(review),
        left=_waiting(request).count(),
    )


def _pictures(product: Product) -> list[Any]:
    more = [one.picture for one in product.pictures.select_related("picture")]
    return [product.picture, *more] if product.picture else more


def _licences(product: Product) -> list[dict[str, Any]]:
    """The licences that goods need, and the one that the seller holds for each."""
    missing = missing_licences(product.store, product.licences)
    held = SellerLicence.objects.filter(household=product.store.household_id).holding()
    return [
        {"label": LicenceKind(kind).label, "missing": kind in missing, "held": held.filter(kind=kind).first()}
        for kind in product.licences
    ]


def _percent(review: Review) -> int:
    """By how many percent a price moves from the one that it is measured from."""
    base = review.before.get("base_fen") or review.before.get("price_fen") or 0
    return round((review.proposed.get("price_fen", base) - base) * 100 / base) if base else 0
