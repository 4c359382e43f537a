"""The list of stores at the desk, a store's page, and the decisions on it: submit, recommend, approve, return."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.phones import masked_phone
from sellers import onboarding, openings
from sellers.forms import ReturnForm
from sellers.history import entered_by, history_of
from sellers.mandates import MandateMissing, allowed_in_words, mandate_for, withdraw_mandate
from sellers.models import Mandate, Opening, Store, StoreQuerySet, StoreStatus
from sellers.views.desk import acting, desk_view, only_at_the_desk, show, waiting
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of
from stations.workplace import stations_of

MOST_IN_A_LIST = 60
OPEN_A_PAGE = 30
PILLS = {
    StoreStatus.SUBMITTED: "busy",
    StoreStatus.RECOMMENDED: "busy",
    StoreStatus.OPEN: "good",
    StoreStatus.CLOSED: "bad",
}


@require_GET
@desk_view
def desk_stores(request: HttpRequest) -> HttpResponse:
    """Everything of the user's regions that waits for somebody, and the open stores, newest first."""
    only_at_the_desk(request)
    user = acting(request)
    seen = Store.objects.visible_to(user).select_related("household", "region__parent", "station")
    opened = seen.filter(status=StoreStatus.OPEN).order_by("-pk")
    before = _key(request.GET.get("before", ""))
    page = list((opened.filter(pk__lt=before) if before else opened)[: OPEN_A_PAGE + 1])
    return show(
        request,
        "sellers/stores.html",
        sections=[] if before else _sections(user, seen),
        open_stores=[_job(store, store.opened_at) for store in page[:OPEN_A_PAGE]],
        open_count=opened.count(),
        later=before,
        next_url=f"?before={page[OPEN_A_PAGE - 1].pk}" if len(page) > OPEN_A_PAGE else "",
        may_open=bool(stations_of(user)),
    )


def _key(text: str) -> int:
    """A primary key from the address, 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _sections(user: User, seen: StoreQuerySet) -> list[dict[str, Any]]:
    """The lists that wait, what this user has to do first; empty ones are left out."""
    submitted = seen.filter(status=StoreStatus.SUBMITTED).order_by("submitted_at")[:MOST_IN_A_LIST]
    recommended = seen.filter(status=StoreStatus.RECOMMENDED).order_by("recommended_at")[:MOST_IN_A_LIST]
    drafts = list(seen.filter(status=StoreStatus.DRAFT).order_by("-pk")[:MOST_IN_A_LIST])
    begun = Opening.objects.visible_to(user).select_related("household", "station")[:MOST_IN_A_LIST]
    told = {opening.store_id for opening in begun}
    returned = [store for store in drafts if store.return_reason]
    lists = [
        (_("Given back to be mended"), [_job(store, store.drafted_at, store.return_reason) for store in returned]),
        (_("Begun, not yet submitted"), [_begun(opening) for opening in begun if opening.store not in returned]),
        (_("Drafts"), [_job(one, one.drafted_at) for one in drafts if one not in returned and one.pk not in told]),
        (_("For the township to recommend"), [_job(store, store.submitted_at) for store in submitted]),
        (_("For the county to approve"), [_job(store, store.recommended_at) for store in recommended]),
    ]
    return [{"heading": heading, "jobs": jobs} for heading, jobs in lists if jobs]


def _job(store: Store, since: Any, note: str = "") -> dict[str, Any]:
    return {
        "title": store.label,
        "line": f"{store.household.label} · {store.region.label}",
        "age": waiting(since),
        "note": note,
        "url": reverse("desk_store", args=(store.slug,)),
    }


def _begun(opening: Opening) -> dict[str, Any]:
    return {
        "title": opening.farmer or _("A farmer, not yet named"),
        "line": _("%(station)s · next: %(step)s")
        % {"station": opening.station.label, "step": opening.get_step_display()},
        "age": waiting(opening.begun_at),
        "note": "",
        "url": reverse("desk_opening", args=(opening.ref,)),
    }


@require_GET
@desk_view
def desk_store(request: HttpRequest, slug: str) -> HttpResponse:
    """One store: who, on what mandate, what waits for whom, and everything that happened."""
    return _store_page(request, _store(request, slug), ReturnForm())


def _store(request: HttpRequest, slug: str) -> Store:
    """The store, if it is within the user's scope (404 otherwise). Raises PermissionDenied for the farmer, whose page is another."""
    kept = Store.objects.visible_to(acting(request)).select_related(
        "household__region__parent", "station", "region__parent", "picture", "submitted_by"
    )
    store: Store = get_object_or_404(kept, slug=slug)
    only_at_the_desk(request)
    return store


def _store_page(request: HttpRequest, store: Store, form: ReturnForm, status: int = 200) -> HttpResponse:
    user = acting(request)
    entries = history_of(store)
    mandate = _mandate_of(store)
    return show(
        request,
        "sellers/store.html",
        status=status,
        store=store,
        pill=PILLS.get(StoreStatus(store.status), ""),
        since=waiting(_since(store)),
        place=" ".join(region.label for region in (store.region.parent, store.region) if region),
        phone=masked_phone(store.household.phone),
        mandate=mandate,
        allowed=allowed_in_words(mandate) if mandate else "",
        entered_by=entered_by(store, entries),
        entries=entries,
        decision=onboarding.may_decide(user, store),
        may_return=onboarding.may_return(user, store),
        own_entry=store.submitted_by_id == user.pk and store.status in {StoreStatus.SUBMITTED, StoreStatus.RECOMMENDED},
        may_mend=store.status == StoreStatus.DRAFT and _has_mandate(user, store),
        may_withdraw=bool(mandate and mandate.withdrawn_at is None)
        and scope_of(user).may(STAFF_ROLES, mandate.station.region_id if mandate else ""),
        form=form,
    )


def _mandate_of(store: Store) -> Mandate | None:
    """The mandate that holds longest; where none holds, the last one that did."""
    given = Mandate.objects.filter(household=store.household, confirmed_at__isnull=False).select_related(
        "station__region"
    )
    return given.order_by(F("withdrawn_at").desc(nulls_first=True), "-ends_on").first()


def _since(store: Store) -> Any:
    return {
        StoreStatus.DRAFT: store.drafted_at,
        StoreStatus.SUBMITTED: store.submitted_at,
        StoreStatus.RECOMMENDED: store.recommended_at,
        StoreStatus.OPEN: store.opened_at,
    }.get(StoreStatus(store.status))


def _has_mandate(user: User, store: Store) -> bool:
    if not scope_of(user).may(STAFF_ROLES, store.region_id):
        return False
    try:
        mandate_for(user, store.household, "list")
    except MandateMissing:
        return False
    return True


@require_POST
@desk_view
def submit(request: HttpRequest, slug: str) -> HttpResponse:
    """Hand the draft to the township."""
    return _decide(request, slug, openings.submit, _("Submitted. The township station looks at it now."))


@require_POST
@desk_view
def recommend(request: HttpRequest, slug: str) -> HttpResponse:
    """The township's word."""
    return _decide(request, slug, onboarding.recommend_store, _("Recommended. The county centre decides now."))


@require_POST
@desk_view
def approve(request: HttpRequest, slug: str) -> HttpResponse:
    """The county's word: the store opens."""
    return _decide(request, slug, onboarding.approve_store, _("Approved. The store is open; goods can be listed."))


def _decide(request: HttpRequest, slug: str, journey: Callable[..., Store], done: str) -> HttpResponse:
    """Take one step with a store; a second click finds it taken, changes nothing and says so."""
    store = _store(request, slug)
    try:
        journey(by=acting(request), store=store)
    except (onboarding.StoreMoved, onboarding.ReasonMissing):
        store.refresh_from_db()
        messages.warning(request, _already(store))
    else:
        messages.success(request, done)
    return redirect("desk_store", slug=slug)


def _already(store: Store) -> str:
    return _("Nothing was changed: this store is already in the state “%(state)s”.") % {
        "state": store.get_status_display()
    }


@require_POST
@desk_view
def give_back(request: HttpRequest, slug: str) -> HttpResponse:
    """Back to the village point, with the reason."""
    store = _store(request, slug)
    form = ReturnForm(request.POST)
    if not form.is_valid() and onboarding.may_return(acting(request), store):
        return _store_page(request, store, form)
    reason = form.cleaned_data.get("reason", "")
    return _decide(
        request,
        slug,
        lambda *, by, store: onboarding.return_store(by=by, store=store, reason=reason),
        _("Given back with your reason. The village point sees it in its list."),
    )


@require_POST
@desk_view
def mend(request: HttpRequest, slug: str) -> HttpResponse:
    """The screens of the opening again, for a draft."""
    store = _store(request, slug)
    try:
        opening = openings.mend_store(by=acting(request), store=store)
    except onboarding.StoreMoved:
        store.refresh_from_db()
        messages.warning(request, _already(store))
        return redirect("desk_store", slug=slug)
    return redirect("desk_opening", ref=opening.ref)


@require_POST
@desk_view
def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    """The farmer takes back what they allowed."""
    store = _store(request, slug)
    mandate = _mandate_of(store)
    if mandate is None or mandate.withdrawn_at is not None:
        messages.warning(request, _("Nothing was changed: there is no mandate in force."))
    else:
        withdraw_mandate(by=acting(request), mandate=mandate)
        messages.success(request, _("Withdrawn. Nobody acts for the farmer any more."))
    return redirect("desk_store", slug=slug)
