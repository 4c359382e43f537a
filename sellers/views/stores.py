"""The list of stores at the desk, a store's page, and the decisions on it: submit, recommend, approve, return."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.phones import masked_phone
from sellers import mending, onboarding, openings, queues
from sellers.history import entered_by, history_of
from sellers.mandates import allowed_in_words, withdraw_mandate
from sellers.models import Mandate, Opening, ReturnedField, Store, StoreStatus
from sellers.papers import may_open_paper
from sellers.store_forms import ReturnForm
from sellers.views.desk import acting, desk_view, only_at_the_desk, show, waiting
from sellers.views.gathering import may_gather
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of
from stations.workplace import stations_of

PILLS = {
    StoreStatus.SUBMITTED: "busy",
    StoreStatus.RECOMMENDED: "busy",
    StoreStatus.OPEN: "good",
    StoreStatus.CLOSED: "bad",
}


@require_GET
@desk_view
def desk_stores(request: HttpRequest) -> HttpResponse:
    """Everything of the user's regions that waits for somebody, soonest due first, and the open stores; `?list=` is one whole list."""
    only_at_the_desk(request)
    user = acting(request)
    chosen = queues.BY_NAME.get(request.GET.get("list", ""))
    if chosen:
        return _whole_list(request, chosen)
    numbers = queues.counts(user)
    begun = [_begun(opening) for opening in queues.openings_of(user)[: queues.OPENINGS_SHOWN]]
    return show(
        request,
        "sellers/stores.html",
        begun=begun,
        sections=[_section(user, queue, numbers) for queue in queues.QUEUES if numbers[queue.name]],
        may_open=bool(stations_of(user)),
        may_gather=may_gather(user),
    )


def _section(user: User, queue: queues.Queue, numbers: dict[str, int]) -> dict[str, Any]:
    stores, more = ([], "all") if queue.folded else queues.page_of(queue, user, most=queues.SHOWN_OF_EACH)
    return {
        "heading": queue.heading,
        "count": numbers[queue.name],
        "late": numbers.get(f"late-{queue.name}", 0),
        "jobs": [_job(store, queue) for store in stores],
        "all_url": f"?list={queue.name}" if more else "",
    }


def _whole_list(request: HttpRequest, queue: queues.Queue) -> HttpResponse:
    user, after = acting(request), request.GET.get("after", "")
    stores, more = queues.page_of(queue, user, after)
    return show(
        request,
        "sellers/stores_list.html",
        queue=queue,
        jobs=[_job(store, queue) for store in stores],
        first_url=f"?list={queue.name}" if after else "",
        next_url=f"?list={queue.name}&after={more}" if more else "",
    )


def _job(store: Store, queue: queues.Queue) -> dict[str, Any]:
    since = getattr(store, queue.since)
    due = queues.due_on(since, queue.days) if queue.days and since else None
    return {
        "title": store.label,
        "line": f"{store.household.label} · {store.region.label}",
        "age": "" if queue.newest_first else waiting(since),
        "note": store.return_reason if queue.name == "returned" else "",
        "due": due,
        "late": bool(due and due < timezone.localdate()),
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
    store = _store(request, slug)
    return _store_page(request, store, _return_form(store))


def _return_form(store: Store, *data: Any) -> ReturnForm:
    by_paper = onboarding.paper_mandates(store).exists()
    return ReturnForm(mending.fields_returned(store.household.kind, by_paper=by_paper), *data)


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
        reasons_list=reasons_list(store),
        due=_due(store),
        licence_url=_licence_url(store) if may_open_paper(user, store.household) else "",
        may_see_papers=may_open_paper(user, store.household),
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
        own_entry=store.status in {StoreStatus.SUBMITTED, StoreStatus.RECOMMENDED}
        and onboarding.is_own_entry(user, store),
        may_mend=store.status == StoreStatus.DRAFT and scope_of(user).may(STAFF_ROLES, store.station.region_id),
        may_withdraw=bool(mandate and mandate.withdrawn_at is None)
        and scope_of(user).may(STAFF_ROLES, mandate.station.region_id if mandate else ""),
        may_shut=store.status in {StoreStatus.OPEN, StoreStatus.PAUSED}
        and scope_of(user).may(STAFF_ROLES, store.station.region_id),
        form=form,
    )


def _mandate_of(store: Store) -> Mandate | None:
    """The mandate that holds longest; where none holds, the last one that did."""
    given = Mandate.objects.filter(household=store.household, confirmed_at__isnull=False).select_related(
        "station__region"
    )
    ended = (F("withdrawn_at").desc(nulls_first=True), F("refused_at").desc(nulls_first=True))
    return given.order_by(*ended, "-ends_on").first()


def _since(store: Store) -> Any:
    """When it came into a state in which somebody waits; for any other there is nothing to count."""
    return {
        StoreStatus.DRAFT: store.drafted_at,
        StoreStatus.SUBMITTED: store.submitted_at,
        StoreStatus.RECOMMENDED: store.recommended_at,
    }.get(StoreStatus(store.status))


def _due(store: Store) -> dict[str, Any] | None:
    """The day by which the store has to be decided on, and whether it is over."""
    queue = queues.BY_NAME.get(store.status)
    since = _since(store)
    if queue is None or not queue.days or since is None:
        return None
    day = queues.due_on(since, queue.days)
    return {"day": day, "late": day < timezone.localdate(), "township": store.status == StoreStatus.SUBMITTED}


def _licence_url(store: Store) -> str:
    return reverse("desk_licence_paper", args=(store.household_id,)) if store.household.licence_paper else ""


def reasons_list(store: Store) -> list[dict[str, str]]:
    """Why a store was given back, field by field, with the screen that mends it."""
    return [
        {
            "label": str(ReturnedField(one.field).label),
            "text": one.text,
            "step": mending.SCREEN_OF[one.field],
            "mended": "yes" if one.mended_at else "",
        }
        for one in store.return_reasons.order_by("pk")
    ]


@require_POST
@desk_view
def submit(request: HttpRequest, slug: str) -> HttpResponse:
    """Hand the draft to the township; what it was given back for is mended before."""
    try:
        return _decide(request, slug, openings.submit, _("Submitted. The township station looks at it now."))
    except onboarding.NotMended as waiting:
        messages.warning(request, str(waiting))
    opening = Opening.objects.visible_to(acting(request)).filter(store__slug=slug).first()
    return redirect("desk_opening", ref=opening.ref) if opening else redirect("desk_store", slug=slug)


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
    """Back to the village point, with a reason for each thing that has to be mended."""
    store = _store(request, slug)
    form = _return_form(store, request.POST)
    if not form.is_valid() and onboarding.may_return(acting(request), store):
        return _store_page(request, store, form)
    reasons = form.reasons()
    return _decide(
        request,
        slug,
        lambda *, by, store: onboarding.return_store(by=by, store=store, reasons=reasons),
        _("Given back with your reasons. The village point sees them in its list."),
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
