"""Papers at the desk: a store's licences, certificates and county brands; and the county's word on licences and brands."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import storages
from django.db.models import Q
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog import brands, certifying, licensed, reviewing
from catalog.acting import authorise
from catalog.certifying import ending_soon, state_of
from catalog.models import BrandPermission, Certificate, CountyBrand, PermissionState, Product
from catalog.paper_forms import AskForm, BrandForm, CertificateForm, GrantForm, LicenceForm, ReasonForm
from catalog.views.goods_desk import tell
from sellers import licensing
from sellers.mandates import MandateMissing
from sellers.models import LicenceState, SellerLicence, Store
from sellers.views.desk import acting, desk_view, show, waiting
from stations.models import Region
from stations.models.posting import STAFF_ROLES
from stations.scope import NotAllowed, scope_of

MOST = 60
USUAL_YEARS = dt.timedelta(days=2 * 365)
PILLS = {
    LicenceState.WAITING: "busy", LicenceState.ACCEPTED: "good", LicenceState.REFUSED: "bad",
    PermissionState.ASKED: "busy", PermissionState.GRANTED: "good", PermissionState.REFUSED: "bad", PermissionState.ENDED: "bad",
}  # fmt: skip


@require_GET
@desk_view
def desk_papers(request: HttpRequest, slug: str) -> HttpResponse:
    """A store's licences, its certificates, and which of the county's brands it may use."""
    store, user = _store(request, slug), acting(request)
    permissions = store.brand_permissions.select_related("brand").order_by("-asked_at")
    open_brands = {one.brand_id for one in permissions if one.state in ("asked", "granted")}
    county = CountyBrand.objects.visible_to(user).filter(county_id=f"{store.region_id[:6]}000000")
    found = Certificate.objects.filter(Q(store=store) | Q(product__store=store)).select_related(
        "product", "category", "permission"
    )
    return show(
        request,
        "catalog/papers.html",
        store=store,
        licences=[_licence_row(one) for one in store.household.licences.order_by("-asked_at")[:MOST]],
        certificates=[{"paper": one, "state": state_of(one)} for one in found.order_by("-entered_at", "-pk")[:MOST]],
        permissions=[{"one": one, "pill": PILLS[PermissionState(one.state)]} for one in permissions[:MOST]],
        brands=[brand for brand in county if brand.pk not in open_brands],
        ask_form=AskForm(),
        may_enter=_may_enter(user, store),
    )


@require_http_methods(["GET", "POST"])
@desk_view
def new_licence(request: HttpRequest, slug: str) -> HttpResponse:
    """Enter a licence of the store's seller, with its photograph."""
    store = _store(request, slug)
    authorise(by=acting(request), store=store)
    form = LicenceForm(*_sent(request), initial={"holder": store.household.name})
    if form.is_bound and form.is_valid():
        try:
            licensing.enter_licence(by=acting(request), household=store.household, **form.cleaned_data)
        except ValidationError as refused:
            tell(form, refused)
        else:
            messages.success(request, _("Sent to the county, which looks at it."))
            return redirect("desk_papers", store.slug)
    return _form(request, form, _("Enter a licence"), store)


@require_http_methods(["GET", "POST"])
@desk_view
def new_certificate(request: HttpRequest, slug: str) -> HttpResponse:
    """Enter a certificate of the store's goods, or of the product that `goods` names."""
    store = _store(request, slug)
    authorise(by=acting(request), store=store)
    ref = request.GET.get("goods", "")
    product = get_object_or_404(Product.objects.visible_to(acting(request)), ref=ref, store=store) if ref else None
    form = CertificateForm(*_sent(request), for_product=product is not None, initial={"holder": store.household.name})
    if form.is_bound and form.is_valid():
        try:
            certifying.enter_certificate(by=acting(request), store=store, product=product, **form.cleaned_data)
        except ValidationError as refused:
            tell(form, refused)
        else:
            messages.success(request, _("Sent to the county. The badge shows once it has accepted the certificate."))
            return redirect("desk_product", product.ref) if product else redirect("desk_papers", store.slug)
    heading = _("Certificate of %(goods)s") % {"goods": product.label} if product else _("Enter a certificate")
    return _form(request, form, heading, store)


@require_POST
@desk_view
def ask_brand(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The store asks to use a brand of its county."""
    store = _store(request, slug)
    authorise(by=acting(request), store=store)
    brand = get_object_or_404(CountyBrand.objects.visible_to(acting(request)), pk=pk)
    form = AskForm(request.POST)
    try:
        if form.is_valid():
            brands.ask_permission(by=acting(request), store=store, brand=brand, why=form.cleaned_data["why"])
            messages.success(request, _("Asked for. The county decides."))
    except (brands.OtherCounty, brands.AskedAlready) as refused:
        messages.error(request, str(refused))
    return redirect("desk_papers", store.slug)


@require_GET
def certificate_paper(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The photograph of a certificate, for staff and reviewers of its county and the farmer; 404 for anybody else."""
    if not request.user.is_authenticated:
        raise Http404
    seen = Certificate.objects.visible_to(acting(request)).exclude(paper="")
    paper = get_object_or_404(seen.select_related("store__household", "product__store__household"), pk=pk)
    store = paper.product.store if paper.product else paper.store
    assert store is not None
    return _opened(request, paper.paper, store.household.user_id, store.region_id)


@require_GET
def licence_paper(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The photograph of a seller's licence, likewise."""
    if not request.user.is_authenticated:
        raise Http404
    seen = SellerLicence.objects.visible_to(acting(request)).exclude(paper="").select_related("household")
    licence = get_object_or_404(seen, pk=pk)
    return _opened(request, licence.paper, licence.household.user_id, licence.household.region_id)


@require_GET
@desk_view
def desk_licences(request: HttpRequest) -> HttpResponse:
    """The licences that wait for the county, the oldest first, and those that end within sixty days."""
    _only_for_reviewers(request)
    seen = SellerLicence.objects.visible_to(acting(request)).select_related("household")
    return show(
        request,
        "catalog/licences.html",
        waiting=[
            _licence_row(one) for one in seen.filter(state=LicenceState.WAITING).order_by("asked_at", "pk")[:MOST]
        ],
        ending=[_licence_row(one) for one in ending_soon(seen.filter(state=LicenceState.ACCEPTED))[:MOST]],
        certificates=ending_soon(
            Certificate.objects.visible_to(acting(request)).valid().select_related("store", "product")
        )[:MOST],
    )


@require_http_methods(["GET", "POST"])
@desk_view
def desk_licence(request: HttpRequest, pk: int) -> HttpResponse:
    """One licence, with its photograph, and the county's word on it."""
    _only_for_reviewers(request)
    seen = SellerLicence.objects.visible_to(acting(request)).select_related("household", "asked_by", "decided_by")
    licence, form = get_object_or_404(seen, pk=pk), ReasonForm(request.POST if "refuse" in request.POST else None)
    if request.method == "POST" and (not form.is_bound or form.is_valid()):
        try:
            if form.is_bound:
                licensed.refuse_licence(by=acting(request), licence=licence, reason=form.cleaned_data["reason"])
            else:
                licensed.accept_licence(by=acting(request), licence=licence)
        except licensing.LicenceDecided as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Given back.") if form.is_bound else _("Accepted."))
            return redirect("desk_licences")
    may = licensing.may_decide(acting(request), licence)
    return show(
        request, "catalog/licence.html", form=form, may_decide=may, status=422 if form.is_bound else 200, **_licence_row(licence)
    )  # fmt: skip


@require_GET
@desk_view
def desk_brands(request: HttpRequest) -> HttpResponse:
    """The county's brands, who asks for them, who may use them, and whose permission was refused or ended."""
    _only_for_reviewers(request)
    user = acting(request)
    seen = BrandPermission.objects.visible_to(user).select_related("brand", "store")
    groups = [
        (_("Asked for"), seen.filter(state=PermissionState.ASKED).order_by("asked_at", "pk")),
        (_("May use it"), seen.filter(state=PermissionState.GRANTED).order_by("valid_until", "pk")),
        (_("Refused or ended"), seen.filter(state__in=(PermissionState.REFUSED, PermissionState.ENDED))),
    ]
    return show(
        request,
        "catalog/brands.html",
        brands=CountyBrand.objects.visible_to(user).select_related("category"),
        groups=[
            (
                heading,
                [
                    {"one": one, "pill": PILLS[PermissionState(one.state)], "since": waiting(one.asked_at)}
                    for one in found[:MOST]
                ],
            )
            for heading, found in groups
        ],
        may_enter=_county(request) is not None,
    )


@require_http_methods(["GET", "POST"])
@desk_view
def new_brand(request: HttpRequest) -> HttpResponse:
    """Enter a brand of one's county."""
    _only_for_reviewers(request)
    county = _county(request)
    if county is None:
        raise PermissionDenied(_("A county enters its own brands."))
    return _brand_form(request, CountyBrand(county=county), _("Enter a brand of the county"))


@require_http_methods(["GET", "POST"])
@desk_view
def edit_brand(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is said of a brand."""
    _only_for_reviewers(request)
    brand = get_object_or_404(CountyBrand.objects.visible_to(acting(request)), pk=pk)
    return _brand_form(request, brand, brand.label)


@require_http_methods(["GET", "POST"])
@desk_view
def desk_permission(request: HttpRequest, pk: int) -> HttpResponse:
    """One permission: grant it until a day, refuse it or end it with a reason."""
    _only_for_reviewers(request)
    user = acting(request)
    seen = BrandPermission.objects.visible_to(user).select_related(
        "brand__category", "store__household", "asked_by", "decided_by", "ended_by"
    )
    permission = get_object_or_404(seen, pk=pk)
    grant, reason = _decision_forms(request)
    chosen: Form = grant if grant.is_bound else reason
    if request.method == "POST" and chosen.is_valid():
        try:
            _decide_permission(request, permission, grant, reason)
        except ValidationError as refused:
            tell(chosen, refused)
        except brands.PermissionMoved as refused:
            messages.error(request, str(refused))
            return redirect("desk_permission", pk=pk)
        else:
            return redirect("desk_brands")
    return show(
        request, "catalog/permission.html", permission=permission, pill=PILLS[PermissionState(permission.state)], grant=grant,
        reason=reason, may_decide=brands.may_decide(user, permission), status=422 if chosen.is_bound else 200,
    )  # fmt: skip


def _decision_forms(request: HttpRequest) -> tuple[GrantForm, ReasonForm]:
    until = (timezone.localdate() + USUAL_YEARS).isoformat()
    if request.method != "POST":
        return GrantForm(initial={"valid_until": until}), ReasonForm()
    if request.POST.get("do") == "grant":
        return GrantForm(request.POST), ReasonForm()
    return GrantForm(initial={"valid_until": until}), ReasonForm(request.POST)


def _decide_permission(request: HttpRequest, permission: BrandPermission, grant: GrantForm, reason: ReasonForm) -> None:
    user = acting(request)
    if grant.is_bound:
        brands.grant_permission(by=user, permission=permission, valid_until=grant.cleaned_data["valid_until"])
        messages.success(request, _("Granted. The badge shows on the store's goods from now on."))
    elif permission.state == PermissionState.GRANTED:
        brands.end_permission(by=user, permission=permission, reason=reason.cleaned_data["reason"])
        messages.success(request, _("Ended. The badge is gone from every page."))
    else:
        brands.refuse_permission(by=user, permission=permission, reason=reason.cleaned_data["reason"])
        messages.success(request, _("Refused. The store reads the reason."))


def _brand_form(request: HttpRequest, brand: CountyBrand, heading: str) -> HttpResponse:
    form = BrandForm(request.POST if request.method == "POST" else None, instance=brand)
    if form.is_bound and form.is_valid():
        facts, user = form.cleaned_data, acting(request)
        try:
            if brand.pk:
                brands.edit_brand(by=user, brand=brand, **facts)
            else:
                brands.enter_brand(by=user, county=brand.county, **facts)
        except ValidationError as refused:
            tell(form, refused)  # type: ignore[arg-type]
        else:
            messages.success(request, _("Saved."))
            return redirect("desk_brands")
    return show(request, "catalog/brand.html", form=form, heading=heading, status=422 if form.is_bound else 200)


def _store(request: HttpRequest, slug: str) -> Store:
    seen = Store.objects.visible_to(acting(request)).select_related("household", "station__region", "region")
    return get_object_or_404(seen, slug=slug)


def _may_enter(user: Any, store: Store) -> bool:
    """Whether this user may enter papers for the store, for the page."""
    try:
        authorise(by=user, store=store)
    except (NotAllowed, MandateMissing):
        return False
    return True


def _sent(request: HttpRequest) -> tuple[Any, ...]:
    return (request.POST, request.FILES) if request.method == "POST" else ()


def _form(request: HttpRequest, form: Form, heading: str, store: Store) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return show(request, "catalog/paper_form.html", form=form, heading=heading, store=store, status=status)


def _licence_row(licence: SellerLicence) -> dict[str, Any]:
    over = licence.state == LicenceState.ACCEPTED and licence.valid_until and licence.valid_until < timezone.localdate()
    state = _("has ended") if over else licence.get_state_display()
    pill = "bad" if over else PILLS[LicenceState(licence.state)]
    return {"licence": licence, "state": state, "pill": pill, "since": waiting(licence.asked_at)}


def _opened(request: HttpRequest, name: str, farmer_id: int | None, region_id: str) -> HttpResponseBase:
    user = acting(request)
    allowed = user.pk == farmer_id or scope_of(user).may((*STAFF_ROLES, *reviewing.REVIEWERS), region_id)
    if not allowed or not storages["private"].exists(name):
        raise Http404
    response = FileResponse(storages["private"].open(name), content_type="image/jpeg")
    response["Cache-Control"] = "private, no-store"
    return response


def _only_for_reviewers(request: HttpRequest) -> None:
    if not reviewing.is_reviewer(acting(request)):
        raise PermissionDenied(_("The county centre and the county's officials review goods."))


def _county(request: HttpRequest) -> Region | None:
    """The county that the user reviews for."""
    held = [one for one in scope_of(acting(request)).postings if one.role in reviewing.REVIEWERS]
    return Region.objects.filter(code=f"{held[0].region_id[:6]}000000", level=3).first() if held else None
