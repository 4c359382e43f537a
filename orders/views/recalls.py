"""The desk's pages of recalls: all of them, starting one, one with its progress, its buyers, and their list as a file."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.phones import masked_phone
from catalog import recalls
from catalog.models import Lot, Recall
from delivery.masking import masked_name
from orders.models import RecalledBuyer, RecalledLine, RecallExport
from orders.paying_back import may_send_again
from orders.recall_forms import EndForm, RecallForm, TakeOutForm
from orders.recalling import end_recall, expected, progress_of, start_recall
from orders.telling import MOST_TRIES
from stations.scope import NotAllowed, scope_of
from stations.sheets import csv_of
from stations.workplace import desk_frame

SHOWN = 100
BUYERS_A_PAGE = 50
REFRESH_SECONDS = 4


@never_cache
@login_required
@require_GET
def desk_recalls(request: HttpRequest) -> HttpResponse:
    """The recalls and drills of the user's counties, the newest first, and how to start one."""
    user = _reader(request)
    found = Recall.objects.visible_to(user).select_related("lot__product", "started_by")[:SHOWN]
    query = request.GET.get("q", "").replace("\x00", "").strip()[:30]
    lot = Lot.objects.visible_to(user).filter(code__iexact=query).first() if query else None
    if lot is not None:
        return redirect("desk_recall_new", lot.ref)
    return render(request, "orders/recalls.html", {**desk_frame(user), "recalls": found, "q": query})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def desk_recall_new(request: HttpRequest, ref: str) -> HttpResponse:
    """Start a recall of a lot (which takes a tick, being final), or a drill (`action=drill`); before that, what it would find."""
    user = _user(request)
    lot = get_object_or_404(Lot.objects.visible_to(user).select_related("product__store"), ref=ref)
    if not recalls.may_recall(user, lot):
        raise NotAllowed(_("A recall is started by the county centre or a county official."))
    drill = request.POST.get("action") == "drill"
    form = RecallForm(request.POST or None, drill=drill)
    if request.method == "POST" and form.is_valid():
        told = {name: value for name, value in form.cleaned_data.items() if name != "sure"}
        try:
            recall = start_recall(by=user, lot=lot, drill=drill, **told)
        except recalls.AlreadyRecalled as known:
            messages.warning(request, _("This lot is recalled already."))
            return redirect("desk_recall", known.recall.number)
        text = _("The drill has begun.") if drill else _("Recalled: nothing of it can be sold any more.")
        messages.success(request, text)
        return redirect("desk_recall", recall.number)
    context = {**desk_frame(user), "lot": lot, "form": form, "finds": expected(lot), "known": recalls.recall_of(lot)}
    status = 422 if request.method == "POST" else 200
    return render(request, "orders/recall_new.html", context, status=status)


@never_cache
@login_required
@require_GET
def desk_recall(request: HttpRequest, number: str) -> HttpResponse:
    """One recall: its lots, how far it has come, how long it took, and what is left to do. Looks again by itself while it works."""
    user = _reader(request)
    recall = _recall(user, number)
    works = recall.listed_at is None or (recall.in_force and recall.done_at is None)
    context = {
        **desk_frame(user),
        "recall": recall,
        "lots": [found.lot for found in recall.found_lots.select_related("lot__product").order_by("lot_id")[:SHOWN]],
        "progress": progress_of(recall),
        "may_send_again": may_send_again(user),
        "works": works,
        "took": _in_words(recall.seconds_to_list),
        "may_end": recall.in_force and recalls.may_recall(user, recall.lot),
        "may_take_out": not recall.drill and _may_take_out(user, recall),
        "end_form": EndForm(),
        "exports": recall.exports.select_related("by")[:10],
    }
    response = render(request, "orders/recall.html", context)
    if works:
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


@login_required
@require_POST
def desk_recall_end(request: HttpRequest, number: str) -> HttpResponse:
    """End a recall that was a false alarm."""
    user = _reader(request)
    recall = _recall(user, number)
    form = EndForm(request.POST)
    if not recalls.may_recall(user, recall.lot):
        raise NotAllowed(_("A recall is ended by the county centre or a county official."))
    if not form.is_valid():
        messages.error(request, _("Please write why the recall is over."))
        return redirect("desk_recall", number)
    try:
        end_recall(by=user, recall=recall, why=form.cleaned_data["why"])
    except recalls.NotInForce as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("The recall is over: the goods can be sold again, and buyers are told."))
    return redirect("desk_recall", number)


@never_cache
@login_required
@require_GET
def desk_recall_buyers(request: HttpRequest, number: str) -> HttpResponse:
    """The buyers on the list, those not reached first: what each ordered, where it is, and whether they know."""
    user = _reader(request)
    recall = _recall(user, number)
    after = request.GET.get("after", "")
    key = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    lost = request.GET.get("lost") == "1"
    buyers = RecalledBuyer.objects.filter(recall=recall, pk__gt=key)
    buyers = buyers.filter(told_at=None).exclude(trouble="") if lost else buyers
    page = list(_with_lines(buyers)[: BUYERS_A_PAGE + 1])
    more = f"?after={page[BUYERS_A_PAGE - 1].pk}{'&lost=1' if lost else ''}" if len(page) > BUYERS_A_PAGE else ""
    context = {
        **desk_frame(user),
        "recall": recall,
        "rows": [_row(buyer) for buyer in page[:BUYERS_A_PAGE]],
        "lost": lost,
        "next_url": more,
        "first_url": f"?{'lost=1' if lost else ''}" if key else "",
        "most_tries": MOST_TRIES,
    }
    return render(request, "orders/recall_buyers.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def desk_recall_list(request: HttpRequest, number: str) -> HttpResponse | StreamingHttpResponse:
    """The buyers as a file: masked for whoever reads the recall; in clear, for an authority, by a form that is written down first."""
    user = _reader(request)
    recall = _recall(user, number)
    if request.method == "GET" and request.GET.get("clear") != "1":
        return _file(recall, clear=False)
    if recall.drill or not _may_take_out(user, recall):
        raise NotAllowed(_("Names and numbers in clear are taken out by the county centre alone, and not of a drill."))
    form = TakeOutForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        RecallExport.objects.create(
            recall=recall, by=user, purpose=form.cleaned_data["purpose"], rows=recall.lines.count()
        )
        return _file(recall, clear=True)
    status = 422 if request.method == "POST" else 200
    return render(
        request, "orders/recall_list.html", {**desk_frame(user), "recall": recall, "form": form}, status=status
    )


def _file(recall: Recall, *, clear: bool) -> StreamingHttpResponse:
    headings = [
        _("Recall"), _("Order"), _("Ordered on"), _("Goods"), _("Units"), _("Lot"), _("Where it was"), _("Recipient"), _("Mobile number"),
        _("E-mail"), _("Region"), _("Address"), _("Told on"), _("Told by"), _("Not reached because"),
    ]  # fmt: skip
    response = StreamingHttpResponse(
        csv_of(headings, _cells(recall, clear=clear)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{recall.number}{"" if clear else "-masked"}.csv"'
    return response


def _cells(recall: Recall, *, clear: bool) -> Iterator[list[Any]]:
    lines = RecalledLine.objects.filter(recall=recall).select_related(
        "line__lot", "order__region__parent__parent", "buyer"
    )
    for row in lines.order_by("order_id", "pk").iterator(chunk_size=1000):
        order, line = row.order, row.line
        email = order.email if clear else _masked_email(order.email)
        yield [
            f"DRILL {recall.number}" if recall.drill else recall.number, order.number, order.placed_at.date(), line.label, line.quantity,
            line.lot.code if line.lot else "", row.get_found_display(), order.recipient if clear else masked_name(order.recipient),
            order.phone if clear else masked_phone(order.phone), email, str(order.region), order.address if clear else "",
            row.buyer.told_at.date() if row.buyer.told_at else "", row.buyer.get_told_by_display(), row.buyer.trouble,
        ]  # fmt: skip


def _in_words(seconds: float | None) -> str:
    """A span as people say it: '2.4 seconds', '3 minutes 5 seconds'."""
    if seconds is None:
        return ""
    if seconds < 60:
        return _("%(seconds)s seconds") % {"seconds": f"{seconds:.1f}"}
    return _("%(minutes)d minutes %(seconds)d seconds") % {"minutes": seconds // 60, "seconds": seconds % 60}


def _masked_email(email: str) -> str:
    name, _at, host = email.partition("@")
    return f"{name[:1]}***@{host}" if host else ""


def _with_lines(buyers: QuerySet[RecalledBuyer]) -> QuerySet[RecalledBuyer]:
    lines = RecalledLine.objects.select_related("order", "line__consignment__parcel").prefetch_related(
        "line__refunds__refund"
    )
    return buyers.order_by("pk").prefetch_related(Prefetch("lines", lines.order_by("order_id", "pk")))


def _row(buyer: RecalledBuyer) -> dict[str, Any]:
    lines = list(buyer.lines.all())
    first = lines[0].order
    return {
        "buyer": buyer,
        "name": masked_name(first.recipient),
        "phone": masked_phone(first.phone),
        "lines": lines,
        "lost": buyer.told_at is None and bool(buyer.trouble),
        "given_up": buyer.told_at is None and buyer.tries >= MOST_TRIES,
    }


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _reader(request: HttpRequest) -> User:
    """Who may read recalls at all: the centre, and officials of any level. Raises NotAllowed."""
    user = _user(request)
    if not recalls.reads_recalls(user):
        raise NotAllowed(_("Recalls are the work of the county centre and of officials."))
    return user


def _recall(user: User, number: str) -> Recall:
    return get_object_or_404(
        Recall.objects.visible_to(user).select_related("lot__product", "started_by"), number=number
    )


def _may_take_out(user: User, recall: Recall) -> bool:
    return scope_of(user).may(recalls.RECALL_ROLES, recall.county_id)
