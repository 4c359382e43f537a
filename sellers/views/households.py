"""The households at the desk: the list with those whose mandate ends soon, one household's page, and its corrections."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.codes import CodeRefused
from accounts.messages import TextNotSent, TooManyTexts, text_for_demo
from accounts.models import User
from accounts.phones import BadPhone, masked_phone
from accounts.reauthentication import asks_again
from sellers import families, payouts
from sellers.consents import may_withdraw
from sellers.family_forms import MemberForm, PhoneCodesForm, PhoneForm, RecordForm
from sellers.mandates import MandateMissing, ending_soon, mandate_for, may_help
from sellers.models import Household, HouseholdKind, Mandate, Membership, Store
from sellers.onboarding import AlreadyRegistered
from sellers.openings import villages_of
from sellers.paying import payouts_of
from sellers.revealing import may_reveal
from sellers.views.desk import acting, desk_view, only_at_the_desk, show
from sellers.views.standing import left_in_words, shown
from stations.history import changes_of
from stations.looking import looked_for
from stations.models import Role
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of
from stations.workplace import counters_of, stations_of

ON_A_PAGE = 30
MOST_ENDING = 30
MOST_REVEALS = 20


@require_GET
@never_cache
@desk_view
def desk_households(request: HttpRequest) -> HttpResponse:
    """The households of the user's regions, the newest first; found by name, village or the end of the number."""
    only_at_the_desk(request)
    user = acting(request)
    words = looked_for(request)
    before = _key(request.GET.get("before", ""))
    held = Prefetch("mandates", Mandate.objects.filter(confirmed_at__isnull=False), to_attr="given")
    found = families.find_households(user, words).select_related("region__parent").prefetch_related("stores", held)
    page = list((found.filter(pk__lt=before) if before else found)[: ON_A_PAGE + 1])
    ending = ending_soon(user).select_related("household__region")[:MOST_ENDING]
    return show(
        request,
        "sellers/households.html",
        q=words,
        rows=[_row(household) for household in page[:ON_A_PAGE]],
        ending=[] if words or before else [_ending(mandate) for mandate in ending],
        later=before,
        next_url=f"?q={words}&before={page[ON_A_PAGE - 1].pk}" if len(page) > ON_A_PAGE else "",
        waiting=payouts.changes_that_wait(user).count(),
    )


def _key(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _row(household: Household) -> dict[str, Any]:
    today = timezone.localdate()
    held = [one for one in household.given if one.ends_on >= today and not one.withdrawn_at and not one.refused_at]  # type: ignore[attr-defined]
    return {
        "household": household,
        "phone": masked_phone(household.phone) if household.phone else "",
        "stores": [store.label for store in household.stores.all()],
        "held": bool(held),
    }


def _ending(mandate: Mandate) -> dict[str, Any]:
    days = (mandate.ends_on - timezone.localdate()).days
    return {"mandate": mandate, "left": left_in_words(days)}


def household_of(request: HttpRequest, pk: int) -> Household:
    """The household, if it is within the user's scope (404 otherwise). Raises PermissionDenied for the farmer, whose page is another."""
    seen = Household.objects.visible_to(acting(request)).select_related("region__parent", "station", "user")
    household: Household = get_object_or_404(seen, pk=pk)
    only_at_the_desk(request)
    return household


@require_GET
@never_cache
@desk_view
def desk_household(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything on record about one household, masked, and what can be done."""
    household = household_of(request, pk)
    user = acting(request)
    mandates = list(household.mandates.select_related("station__region", "household").order_by("-recorded_at", "-pk"))
    stores = list(household.stores.select_related("station", "region"))
    accounts = list(household.payout_accounts.select_related("proposed_by").order_by("-proposed_at"))
    memberships = list(household.memberships.select_related("household__region").order_by("left_on", "household__name"))
    things = [household, *mandates, *stores, *accounts, *memberships]
    return show(
        request,
        "sellers/household.html",
        household=household,
        place=" ".join(region.label for region in (household.region.parent, household.region) if region),
        phone=masked_phone(household.phone) if household.phone else "",
        consents=household.consents.order_by("-given_at"),
        mandates=[shown(mandate, user, mandates) for mandate in mandates],
        stores=stores,
        payout=payouts.usable_payout(household),
        payout_waiting=payouts.waiting_change(household),
        payout_proposed=payouts.proposed_payout(household),
        paid=payouts_of(household),
        members=memberships,
        belongs_to=household.member_of.filter(left_on=None).select_related("cooperative"),
        reveals=household.reveals.select_related("by", "station").order_by("-at")[:MOST_REVEALS],
        changes=changes_of(*things),
        links=_links(user, household),
        **_may(user, household, mandates, stores),
    )


def _may(user: User, household: Household, mandates: list[Mandate], stores: list[Store]) -> dict[str, bool]:
    """What the page offers this user; each journey asks again."""
    staff = scope_of(user).may(STAFF_ROLES, household.region_id)
    acts = staff and acts_for(user, household)
    centre = families.may_correct_names(user, household)
    return {
        "may_see_papers": staff,
        "may_renew": staff and bool(stations_of(user)),
        "may_correct": acts or centre,
        "may_propose": acts,
        "may_pay": staff and bool(counters_of(user)) and not household.forgotten_at,
        "may_stop": centre,
        "may_add": acts and household.kind == HouseholdKind.COOPERATIVE,
        "may_open": staff and bool(stations_of(user)) and not stores and not household.forgotten_at,
    }


def acts_for(user: User, household: Household) -> bool:
    """Whether the user may do anything in the farmer's name today, for the pages."""
    try:
        mandate_for(user, household, "list")
    except MandateMissing:
        return False
    return True


def _links(user: User, household: Household) -> dict[str, str]:
    """The pages of personal data and money that this user may open, where the site has them; none of a farmer who is forgotten."""
    if household.forgotten_at:
        return {}
    centre = scope_of(user).may((Role.CENTRE_STAFF,), household.region_id)
    allowed = {
        "desk_statement": may_help(user, household),
        "desk_reveal": bool(may_reveal(user, household)),
        "desk_household_data": centre,
        "desk_household_forget": centre,
        "desk_consent_withdraw": may_withdraw(user, household),
    }
    found = {}
    for name in [name for name, may in allowed.items() if may]:
        try:
            found[name] = reverse(name, args=(household.pk,))
        except NoReverseMatch:
            continue
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@desk_view
def desk_household_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct the record: under the mandate, or by the county centre with a reason."""
    household, user = household_of(request, pk), acting(request)
    centre = families.may_correct_names(user, household)
    if not centre:
        mandate_for(user, household, "list")
    villages = [village for station in stations_of(user) for village in villages_of(station)]
    nearby = [village for village in villages if village.code[:6] == household.region_id[:6]]
    form = RecordForm(household, nearby, request.POST or None, by_the_centre=centre)
    if request.method == "POST" and form.is_valid():
        try:
            families.change_household(by=user, household=household, **form.cleaned_data)
        except families.VillageElsewhere as refused:
            form.add_error("region", str(refused))
        else:
            messages.success(request, _("Corrected."))
            return redirect("desk_household", pk=pk)
    return show(request, "sellers/household_edit.html", household=household, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@desk_view
@asks_again
def desk_household_phone(request: HttpRequest, pk: int) -> HttpResponse:
    """Another mobile number: first the number, then the codes that prove it."""
    household, user = household_of(request, pk), acting(request)
    centre = families.may_correct_names(user, household)
    with_old = families.needs_old_phone(user, household)
    if not centre:
        mandate_for(user, household, "list")
    if request.method == "POST" and "code" in request.POST:
        codes = PhoneCodesForm(request.POST, with_reason=centre, with_old=with_old)
        if codes.is_valid() and _phone_changed(request, household, codes):
            return redirect("desk_household", pk=pk)
        return _phone_page(request, household, codes, sent=True)
    form = PhoneForm(request.POST or None, with_reason=centre)
    if request.method == "POST" and form.is_valid():
        phone = _codes_sent(user, household, form)
        if phone:
            given = {"phone": phone, "reason": form.cleaned_data.get("reason", "")}
            codes = PhoneCodesForm(initial=given, with_reason=centre, with_old=with_old)
            return _phone_page(request, household, codes, sent=True, new_phone=phone)
    return _phone_page(request, household, form, sent=False)


def _codes_sent(user: User, household: Household, form: PhoneForm) -> str:
    """Send the codes; returns the number, or '' with the refusal on the form."""
    try:
        phone = families.text_phone_code(by=user, household=household, phone=form.cleaned_data["phone"])
        families.text_old_phone_code(by=user, household=household, phone=phone)
    except (families.SamePhone, families.PhoneChangedLately, AlreadyRegistered, BadPhone) as refused:
        form.add_error("phone", str(refused))
    except (TooManyTexts, TextNotSent) as refused:
        form.add_error(None, str(refused))
    else:
        return phone
    return ""


def _phone_changed(request: HttpRequest, household: Household, form: PhoneCodesForm) -> bool:
    try:
        families.change_phone(by=acting(request), household=household, **form.cleaned_data)
    except CodeRefused as refused:
        form.add_error("code", str(refused))
        return False
    except (families.SamePhone, families.PhoneChangedLately, AlreadyRegistered) as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, _("The new number is on record. The old one is told by text."))
    return True


def _phone_page(
    request: HttpRequest, household: Household, form: PhoneForm, *, sent: bool, new_phone: str = ""
) -> HttpResponse:
    new_phone = new_phone or (form.data.get("phone", "") if sent else "")
    return show(
        request,
        "sellers/household_phone.html",
        household=household,
        form=form,
        sent=sent,
        old_phone=masked_phone(household.phone) if household.phone else "",
        with_old=families.needs_old_phone(acting(request), household),
        demo_texts=[text for text in (text_for_demo(new_phone), text_for_demo(household.phone)) if text]
        if sent
        else [],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@desk_view
def desk_member_add(request: HttpRequest, pk: int) -> HttpResponse:
    """A family that is on record joins the co-operative."""
    cooperative, user = household_of(request, pk), acting(request)
    if cooperative.kind != HouseholdKind.COOPERATIVE:
        raise PermissionDenied(_("Only a co-operative has members."))
    mandate_for(user, cooperative, "list")
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        try:
            family = families.find_member(
                by=user, cooperative=cooperative, name=given.pop("name"), phone_tail=given.pop("phone_tail")
            )
            families.add_member(by=user, cooperative=cooperative, household=family, **given)
        except families.NotAMember as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("%(name)s is a member now.") % {"name": family.label})
            return redirect("desk_household", pk=pk)
    return show(request, "sellers/member_add.html", household=cooperative, form=form)


@require_POST
@desk_view
def desk_member_end(request: HttpRequest, pk: int) -> HttpResponse:
    """A family leaves the co-operative."""
    seen = Membership.objects.visible_to(acting(request)).select_related("cooperative", "household")
    membership = get_object_or_404(seen, pk=pk)
    families.end_membership(by=acting(request), membership=membership)
    messages.success(request, _("%(name)s is no member any more.") % {"name": membership.household.label})
    return redirect("desk_household", pk=membership.cooperative_id)
