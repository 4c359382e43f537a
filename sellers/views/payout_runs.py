"""Payout runs at the desk: preparing one, the second person's yes, the bank's file and its answer; and debts that are written off."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.reauthentication import asks_again
from sellers import bank_files, payout_runs, writing_off
from sellers.models import DebtState, DebtWriteOff, Household, PayoutRun, PayoutWay, RunState
from sellers.paying_forms import AnswerForm, ReasonForm, RunForm
from sellers.payout_runs import APPROVES, PREPARES, RunRefused
from sellers.views.desk import acting, desk_view, only_at_the_desk, show
from sellers.views.households import household_of
from sellers.writing_off import CONFIRMS, PROPOSES, NothingToWriteOff
from stations.models import Region
from stations.scope import NotAllowed, scope_of

DECIDED_SHOWN = 30


def require_any(user: User, roles: tuple[str, ...]) -> None:
    """Raises NotAllowed for somebody with none of these roles anywhere (an operator has them all)."""
    scope = scope_of(user)
    if not scope.everywhere and not any(posting.role in roles for posting in scope.postings):
        raise NotAllowed(_("Payout runs are the county centre's and the officials'."))


def _own_county(user: User) -> Region | None:
    """The county whose runs the user prepares; None for whoever only approves."""
    codes = [f"{posting.region_id[:6]}000000" for posting in scope_of(user).postings if posting.role in PREPARES]
    return Region.objects.filter(code__in=codes).first()


@require_http_methods(["GET", "HEAD", "POST"])
@asks_again
@desk_view
def desk_runs(request: HttpRequest) -> HttpResponse:
    """The runs that the user sees; for the centre, what a run would pay (`action=look`), and writing it down (`action=prepare`)."""
    user = acting(request)
    only_at_the_desk(request)
    require_any(user, APPROVES)
    county = _own_county(user)
    offered = payout_runs.periods()
    form = RunForm(offered, request.POST if request.method == "POST" else None)
    preview: Any = None
    if request.method == "POST":
        if county is None:
            raise NotAllowed(_("Runs are prepared by the county centre."))
        if form.is_valid():
            way, (first, last) = form.cleaned_data["way"], form.cleaned_data["period"]
            if request.POST.get("action") == "prepare":
                try:
                    run = payout_runs.prepare_run(by=user, county=county, way=way, first_day=first, last_day=last)
                except RunRefused as refused:
                    form.add_error(None, str(refused))
                else:
                    return redirect("desk_run", number=run.number)
            preview = payout_runs.preview_run(by=user, county_code=county.code, way=way, last_day=last)
    return show(
        request,
        "sellers/runs.html",
        status=422 if form.is_bound and form.errors else 200,
        runs=list(payout_runs.runs_of(user)),
        county=county,
        form=form,
        preview=preview,
    )


def _run(request: HttpRequest, number: str) -> PayoutRun:
    """A run that the user sees (404 otherwise)."""
    only_at_the_desk(request)
    require_any(acting(request), APPROVES)
    seen = PayoutRun.objects.visible_to(acting(request))
    return get_object_or_404(seen.select_related("county", "prepared_by", "approved_by", "file_by"), number=number)


@require_GET
@asks_again
@desk_view
def desk_run(request: HttpRequest, number: str) -> HttpResponse:
    """One run: who gets what, and what can be done with it now."""
    return _shown(request, _run(request, number))


def _shown(request: HttpRequest, run: PayoutRun, *, status: int = 200, **more: Any) -> HttpResponse:
    user = acting(request)
    scope = scope_of(user)
    prepares, approves = scope.may(PREPARES, run.county_id), scope.may(APPROVES, run.county_id)
    payouts = list(
        run.payouts.select_related("household__region", "account").order_by("household__region_id", "number")
    )
    bank = run.way == PayoutWay.BANK
    known = {
        "run": run,
        "payouts": payouts,
        "sums": [(state, payout_runs.label_of(state), n, fen) for state, (n, fen) in payout_runs.sums_of(run).items()],
        "total": sum(payout.amount_fen for payout in payouts),
        "may_approve": run.state == RunState.DRAFT and approves and run.prepared_by_id != user.pk,
        "may_drop": run.state in (RunState.DRAFT, RunState.APPROVED) and approves,
        "may_take": bank and prepares and run.file_by_id is None and run.state in (RunState.APPROVED, RunState.SENT),
        "may_let_out": run.state == RunState.SENT and run.file_by_id not in (None, user.pk) and approves,
        "may_answer": bank and prepares and run.state == RunState.SENT,
        "may_open": prepares,
        "answers": run.answers.select_related("by").order_by("-at"),
        "answer_form": AnswerForm(),
        "reason_form": ReasonForm(),
        "faults": [],
    }
    return show(request, "sellers/run.html", status=status, **known | more)


@require_POST
@asks_again
@desk_view
def desk_run_approve(request: HttpRequest, number: str) -> HttpResponse:
    """A second person's yes to the whole run."""
    try:
        run = payout_runs.approve_run(by=acting(request), run=_run(request, number))
    except RunRefused as refused:
        messages.warning(request, str(refused))
    else:
        in_cash = _("Approved. The money waits at the counters, and the farmers are told.")
        messages.success(
            request,
            {
                PayoutWay.COUNTER.value: in_cash,
                PayoutWay.CONNECT.value: _("Approved. The money is on its way to the accounts at Stripe."),
            }.get(run.way, _("Approved. The file can be taken now.")),
        )
    return redirect("desk_run", number=number)


@require_POST
@asks_again
@desk_view
def desk_run_drop(request: HttpRequest, number: str) -> HttpResponse:
    """Give a run up; no money has moved."""
    try:
        payout_runs.drop_run(by=acting(request), run=_run(request, number))
    except RunRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("Given up. No money has moved."))
    return redirect("desk_run", number=number)


@require_POST
@asks_again
@desk_view
def desk_run_file(request: HttpRequest, number: str) -> HttpResponse:
    """The bank's file: from now on the run is on its way."""
    run = _run(request, number)
    try:
        data = bank_files.take_file(by=acting(request), run=run)
    except RunRefused as refused:
        messages.warning(request, str(refused))
        return redirect("desk_run", number=number)
    response = HttpResponse(data, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{run.number}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@asks_again
@desk_view
def desk_run_again(request: HttpRequest, number: str) -> HttpResponse:
    """Let the file be taken once more."""
    run, form = _run(request, number), ReasonForm(request.POST)
    if not form.is_valid():
        return _shown(request, run, status=422, reason_form=form)
    try:
        bank_files.let_out_again(by=acting(request), run=run, why=form.cleaned_data["reason"])
    except RunRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The file can be taken once more."))
    return redirect("desk_run", number=number)


@require_POST
@asks_again
@desk_view
def desk_run_answer(request: HttpRequest, number: str) -> HttpResponse:
    """Take the bank's answer in; what does not fit is shown row by row, and nothing is booked."""
    run, form = _run(request, number), AnswerForm(request.POST, request.FILES)
    scope_of(acting(request)).require(PREPARES, run.county_id)
    if not form.is_valid():
        return _shown(request, run, status=422, answer_form=form)
    file = form.cleaned_data["file"]
    try:
        answer = bank_files.take_in_answer(by=acting(request), run=run, data=file.read(), name=file.name)
    except bank_files.AnswerRefused as refused:
        form.add_error("file", str(refused))
        return _shown(request, run, status=422, answer_form=form, faults=refused.faults)
    messages.success(request, _("Taken in: %(rows)d rows.") % {"rows": answer.rows})
    return redirect("desk_run", number=number)


@require_POST
@asks_again
@desk_view
def desk_run_answer_file(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """The bank's file as it was taken in, for the centre's staff; who opens it is on record."""
    run = _run(request, number)
    answer = get_object_or_404(run.answers.exclude(file=""), pk=pk)
    try:
        data = bank_files.open_answer(by=acting(request), answer=answer)
    except bank_files.AnswerChanged as refused:
        messages.error(request, str(refused))
        return redirect("desk_run", number=number)
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, answer.name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
@asks_again
@desk_view
def desk_debts(request: HttpRequest) -> HttpResponse:
    """The families that owe us, and what is proposed to be written off."""
    user = acting(request)
    only_at_the_desk(request)
    require_any(user, (*PROPOSES, *CONFIRMS))
    seen = DebtWriteOff.objects.visible_to(user).select_related("household__region", "proposed_by", "decided_by")
    waiting = [
        {
            "debt": debt,
            "may_decide": scope_of(user).may(CONFIRMS, debt.household.region_id) and debt.proposed_by_id != user.pk,
        }
        for debt in seen.filter(state=DebtState.PROPOSED).order_by("pk")
    ]
    rows = [
        {"household": household, "fen": fen, "may_propose": scope_of(user).may(PROPOSES, household.region_id)}
        for household, fen in payout_runs.below_zero(Household.objects.visible_to(user))
    ]
    return show(
        request,
        "sellers/debts.html",
        rows=rows,
        waiting=waiting,
        decided=seen.exclude(state=DebtState.PROPOSED).order_by("-decided_at")[:DECIDED_SHOWN],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@asks_again
@desk_view
def desk_debt_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose to write a family's debt off, with the reason."""
    household = household_of(request, pk)
    scope_of(acting(request)).require(PROPOSES, household.region_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            writing_off.propose_write_off(by=acting(request), household=household, reason=form.cleaned_data["reason"])
        except NothingToWriteOff as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Proposed. The prefecture decides."))
            return redirect("desk_debts")
    return show(
        request,
        "sellers/debt_new.html",
        status=422 if form.is_bound else 200,
        household=household,
        form=form,
        fen=writing_off.debt_of(household),
    )


@require_POST
@asks_again
@desk_view
def desk_debt_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """The level above decides (`action=confirm` or `decline`)."""
    only_at_the_desk(request)
    debt = get_object_or_404(DebtWriteOff.objects.visible_to(acting(request)).select_related("household"), pk=pk)
    decide = writing_off.confirm_write_off if request.POST.get("action") == "confirm" else writing_off.decline_write_off
    try:
        decided = decide(by=acting(request), debt=debt)
    except NothingToWriteOff as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, str(decided.get_state_display()))
    return redirect("desk_debts")
