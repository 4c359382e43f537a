"""Mandates at the desk: a new one, the farmer's word for it, fewer scopes, the end."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.codes import CodeRefused
from accounts.messages import TextNotSent, TooManyTexts, text_for_demo
from accounts.phones import masked_phone
from accounts.reauthentication import asks_again
from sellers import accepting, mandates
from sellers.family_forms import ReadOutForm, SignedForm, TermsForm
from sellers.models import Evidence, Mandate
from sellers.views.desk import acting, desk_view, only_at_the_desk, show
from sellers.views.households import household_of
from stations.models import Region
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of
from stations.workplace import stations_of

# The farmer took a mandate back not long ago.
PAPER_WAITS = gettext_lazy(
    "The farmer withdrew not long ago: this paper holds once the township or the county has looked at it."
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@desk_view
@asks_again
def desk_mandate_new(request: HttpRequest, pk: int) -> HttpResponse:
    """What the farmer would allow from now on; their word comes on the next page."""
    household, user = household_of(request, pk), acting(request)
    scope_of(user).require(STAFF_ROLES, household.region_id)
    stations = [station for station in stations_of(user) if station.is_active]
    if not stations:
        raise PermissionDenied(_("A mandate is given to a station. You have no posting at one that is open."))
    last = household.mandates.filter(confirmed_at__isnull=False).select_related("station").order_by("-pk").first()
    form = TermsForm(stations, last, request.POST or None)
    if request.method == "POST" and form.is_valid():
        station = form.cleaned_data["station"]
        mandate = mandates.renew_mandate(by=user, household=household, station=station, **form.terms())
        return redirect("desk_mandate_confirm", pk=mandate.pk)
    return show(request, "sellers/mandate_new.html", household=household, form=form, last=last)


def _mandate(request: HttpRequest, pk: int) -> Mandate:
    """The mandate of a household within the user's scope (404 otherwise). Raises PermissionDenied for whoever has no posting."""
    seen = Mandate.objects.visible_to(acting(request))
    mandate = get_object_or_404(seen.select_related("household__region", "household__user", "station__region"), pk=pk)
    only_at_the_desk(request)
    return mandate


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@desk_view
@asks_again
def desk_mandate_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The farmer's word: by the code on their phone (the default), or by a signed paper (?by=paper)."""
    mandate = _mandate(request, pk)
    scope_of(acting(request)).require(STAFF_ROLES, mandate.station.region_id)
    if mandate.confirmed_at or mandate.withdrawn_at or mandate.refused_at:
        messages.info(request, _("Nothing was changed: the farmer has answered already."))
        return redirect("desk_household", pk=mandate.household_id)
    by_paper = request.GET.get("by") == "paper"
    kind: type[forms.Form] = SignedForm if by_paper else ReadOutForm
    form = kind(request.POST, request.FILES) if request.method == "POST" else kind()
    if request.method == "POST" and form.is_valid() and _confirmed(request, mandate, form, by_paper=by_paper):
        return redirect("desk_household", pk=mandate.household_id)
    return show(
        request,
        "sellers/mandate_confirm.html",
        mandate=mandate,
        household=mandate.household,
        form=form,
        by_paper=by_paper,
        sent=mandates.code_is_sent(mandate),
        allowed=mandates.allowed_in_words(mandate),
        phone=masked_phone(mandate.household.phone) if mandate.household.phone else "",
        demo_text=text_for_demo(mandate.household.phone),
    )


def _confirmed(request: HttpRequest, mandate: Mandate, form: forms.Form, *, by_paper: bool) -> bool:
    try:
        if by_paper:
            kept = mandates.confirm_by_paper(by=acting(request), mandate=mandate, paper=form.cleaned_data["paper"])
            if kept.paper_waits:
                messages.info(request, PAPER_WAITS)
                return True
        else:
            mandates.confirm_by_code(mandate=mandate, code=form.cleaned_data["code"])
    except CodeRefused as refused:
        form.add_error("code", str(refused))
        return False
    except mandates.AlreadyConfirmed as refused:
        messages.warning(request, str(refused))
        return True
    messages.success(request, _("The mandate is in force. What it replaces has ended."))
    return True


@require_POST
@desk_view
def desk_mandate_code(request: HttpRequest, pk: int) -> HttpResponse:
    """Text the farmer a code. Where that fails, the paper is the other way."""
    mandate = _mandate(request, pk)
    try:
        mandates.text_code(by=acting(request), mandate=mandate)
    except (TooManyTexts, TextNotSent, mandates.AlreadyConfirmed) as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The code is on its way to the farmer's phone."))
    return redirect("desk_mandate_confirm", pk=pk)


@require_GET
@never_cache
@desk_view
def desk_mandate_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The mandate as a Chinese paper to sign."""
    mandate = _mandate(request, pk)
    scope_of(acting(request)).require(STAFF_ROLES, mandate.station.region_id)
    household = mandate.household
    above = [code.ljust(12, "0") for code in (household.region_id[:6], household.region_id[:9])]
    places = Region.objects.filter(code__in=[*above, household.region_id]).order_by("code")
    return show(
        request,
        "sellers/mandate_print.html",
        mandate=mandate,
        household=household,
        opening={"household": household},
        place="".join(region.name for region in places),
        back=reverse("desk_mandate_confirm", args=(pk,)) + "?by=paper",
    )


@require_POST
@desk_view
def desk_mandate_narrow(request: HttpRequest, pk: int) -> HttpResponse:
    """At the farmer's word the mandate covers less: what is ticked stays."""
    mandate = _mandate(request, pk)
    kept = set(request.POST.getlist("keep"))
    covered = [f"may_{scope}" for scope in mandates.SCOPES if getattr(mandate, f"may_{scope}")]
    try:
        mandates.narrow_mandate(by=acting(request), mandate=mandate, **{name: name in kept for name in covered})
    except (mandates.NothingLeft, mandates.AlreadyConfirmed, mandates.MandateWidened) as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The mandate now covers: %(what)s.") % {"what": mandates.allowed_in_words(mandate)})
    return redirect("desk_household", pk=mandate.household_id)


@require_POST
@desk_view
def desk_mandate_end(request: HttpRequest, pk: int) -> HttpResponse:
    """The farmer takes back what they allowed, and has told the station so."""
    mandate = _mandate(request, pk)
    if mandate.withdrawn_at is not None:
        messages.warning(request, _("Nothing was changed: it was withdrawn already."))
    else:
        mandates.withdraw_mandate(by=acting(request), mandate=mandate)
        messages.success(request, _("Withdrawn. This station does nothing in the farmer's name any more."))
    return redirect("desk_household", pk=mandate.household_id)


@require_POST
@desk_view
def desk_mandate_return(request: HttpRequest, pk: int) -> HttpResponse:
    """The township or the county returns the paper, also of a store that is open: it holds no longer."""
    mandate, reason = _mandate(request, pk), request.POST.get("reason", "").strip()
    scope_of(acting(request)).require(mandates.PAPER_ROLES, mandate.station.region_id)
    if mandate.evidence != Evidence.PAPER or mandate.withdrawn_at or mandate.refused_at:
        messages.warning(request, _("Nothing was changed: no paper holds here."))
    elif not reason:
        messages.warning(request, _("Please say what is wrong with the paper."))
    else:
        mandates.refuse_paper(by=acting(request), mandate=mandate, reason=reason)
        messages.success(request, _("The paper is returned. Nothing is done on it any more."))
    return redirect("desk_household", pk=mandate.household_id)


@require_POST
@desk_view
def desk_mandate_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """The township or the county has looked at a paper that came soon after a withdrawal: it holds."""
    mandate = _mandate(request, pk)
    try:
        accepting.accept_paper(by=acting(request), mandate=mandate)
    except mandates.AlreadyConfirmed as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The mandate is in force. What it replaces has ended."))
    return redirect("desk_household", pk=mandate.household_id)
