"""Lots at the desk: the list, one lot with what became of it, and what is done with it."""

from typing import Any
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog import grading, lots, making_lots, recalls
from catalog.acting import authorise
from catalog.growing import GrowerMissing, NotAGrower, gathers, growers_of
from catalog.lots_forms import LotForm, MeasureForm, SortForm, TogetherForm, WriteOffForm
from catalog.making_lots import LotsNotTogether
from catalog.models import Lot, LotPart, WriteOff
from catalog.packing import LotFrozen, LotTooSmall
from catalog.places import county_and_township, name_of, read_names, short_place
from catalog.views.goods_desk import product_at_the_desk, sent, tell, too_small
from catalog.words import MOST_CHARACTERS
from sellers.views.desk import acting, desk_view, only_at_the_desk, show

ON_A_PAGE, MOST_TOGETHER = 30, 40
READ = (
    "product__store__household",
    "product__store__station",
    "product__category__parent",
    "household",
    "grade__scheme",
)


@require_GET
@desk_view
def desk_lots(request: HttpRequest) -> HttpResponse:
    """The lots of the user's regions, the latest first, by number, goods or grower; which of them still have something left."""
    only_at_the_desk(request)
    seen = (
        Lot.objects.visible_to(acting(request)).select_related("product__store", "household", "grade").order_by("-pk")
    )
    query = request.GET.get("q", "").replace("\x00", "").strip()[:MOST_CHARACTERS]
    if query:
        seen = (
            seen.filter(code__icontains=query)
            | seen.filter(product__name__contains=query)
            | seen.filter(household__name__contains=query)
        )
    held = "held" in request.GET
    if held:
        seen = seen.exclude(recalled_at=None, held_back_at=None)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        seen = seen.filter(pk__lt=int(before))
    page = list(seen[: ON_A_PAGE + 1])
    shown, more = page[:ON_A_PAGE], len(page) > ON_A_PAGE
    return show(
        request, "catalog/desk_lots.html", lots=shown, q=query, searched=bool(query), held=held,
        next_url=f"?{_asked(query, held)}before={shown[-1].pk}" if more else "",
    )  # fmt: skip


def _asked(query: str, held: bool) -> str:
    known = {**({"q": query} if query else {}), **({"held": "1"} if held else {})}
    return f"{urlencode(known)}&" if known else ""


def lot_at_the_desk(request: HttpRequest, code: str, *, to_change: bool = False) -> Lot:
    """The lot of the user's regions by its number; 404 for any other. `to_change` asks for the farmer's mandate first."""
    found = Lot.objects.visible_to(acting(request)).select_related(*READ, "region", "entered_by")
    lot = get_object_or_404(found, code=code)
    if to_change:
        authorise(by=acting(request), store=lot.product.store)
    return lot


@require_GET
@desk_view
def desk_lot(request: HttpRequest, code: str) -> HttpResponse:
    """One lot: what became of each gram, how it was graded and tested, what it was made of and what was made of it."""
    lot = lot_at_the_desk(request, code)
    measured = grading.latest_grading(lot)
    tests = list(
        lot.tests.prefetch_related("items", "pages__picture", "repeated_by").select_related("entered_by", "repeats")
    )
    read_names([*county_and_township(lot.region_id), lot.region_id])
    with override(settings.LANGUAGE_CODE):  # as a label bears it; the page offers the other language
        story = settings.SITE_URL + reverse("trace", args=[lot.ref])
    return show(
        request, "catalog/desk_lot.html", lot=lot, balance=making_lots.balance_of(lot), grading=measured,
        verdict=grading.verdict_of(measured) if measured else None,
        earlier=list(lot.gradings.select_related("grade", "graded_by")[1:11]), tests=tests,
        sources=_tree(lot.pk, "made", "source"), made=_tree(lot.pk, "source", "made"),
        losses=list(lot.write_offs.select_related("entered_by")), place=f"{short_place(lot.region_id)} {name_of(lot.region_id)}",
        gradable=grading.schemes_for(lot.product).exclude(criteria=None).exists(), story=story, qr=_drawn(story),
        may_strike=lots.may_strike(acting(request), lot), may_recall=recalls.may_recall(acting(request), lot),
        recall=recalls.recall_of(lot),
    )  # fmt: skip


def _drawn(text: str) -> SafeString:
    """A QR code as inline SVG. Drawn from our own address alone, so there is no markup of anybody else's in it."""
    return SafeString(
        segno.make(text, error="m", micro=False).svg_inline(omitsize=True, border=2, svgclass=None, lineclass=None)
    )


def _tree(key: int, here: str, there: str, steps: int = 4) -> list[dict[str, Any]]:
    """The lots one step on from a lot, each with its grams and those beyond it."""
    parts = LotPart.objects.filter(**{f"{here}_id": key}).select_related(f"{there}__household", f"{there}__grade")
    return [
        {
            "lot": getattr(part, there),
            "grams": part.grams,
            "beyond": _tree(getattr(part, f"{there}_id"), here, there, steps - 1) if steps > 1 else [],
        }
        for part in parts.order_by(f"{there}_id")
    ]


@require_http_methods(["GET", "POST"])
@desk_view
def add_lot(request: HttpRequest, ref: str) -> HttpResponse:
    """Enter a harvest; where its goods are graded by measurements, they are measured next."""
    product = product_at_the_desk(request, ref, to_change=True)
    form = LotForm(sent(request), product=product, growers=growers_of(acting(request), product.store))
    if request.method == "POST" and form.is_valid():
        try:
            lot = lots.enter_lot(by=acting(request), product=product, **form.cleaned_data)
        except ValidationError as refused:
            tell(form, refused)
        except (GrowerMissing, NotAGrower) as refused:
            form.add_error("household", str(refused))
        else:
            messages.success(request, _("The lot %(code)s was entered.") % {"code": lot.code})
            return redirect("desk_product", product.ref)
    return show(
        request, "catalog/desk_form.html", form=form, heading=_("New lot"), product=product, store=product.store
    )


@require_http_methods(["GET", "POST"])
@desk_view
def grade(request: HttpRequest, code: str) -> HttpResponse:
    """Measure a lot: one screen, and the grade follows."""
    lot = lot_at_the_desk(request, code, to_change=True)
    schemes = list(grading.schemes_for(lot.product).exclude(criteria=None).distinct())
    if not schemes:
        messages.error(request, _("Nobody has entered yet how these goods are graded. The county's officials do."))
        return redirect("desk_lot", lot.code)
    wanted = request.GET.get("scheme", "")
    scheme = next((one for one in schemes if str(one.pk) == wanted), schemes[0])
    criteria, grades = grading.read_scheme(scheme)
    form = MeasureForm(sent(request), criteria=criteria, grades=grades)
    if request.method == "POST" and form.is_valid():
        try:
            found = grading.grade_lot(by=acting(request), lot=lot, scheme=scheme, measurements=form.measurements)
        except (grading.SchemeNotForIt, grading.MeasurementMissing) as refused:
            form.add_error(None, str(refused))
        else:
            words = {"grade": found.grade.label if found.grade else ""}
            messages.success(request, _("Grade: %(grade)s.") % words if found.grade else _("It reaches no grade."))
            return redirect("desk_lot", lot.code)
    return show(request, "catalog/desk_lot_grade.html", form=form, lot=lot, scheme=scheme, schemes=schemes)


@require_http_methods(["GET", "POST"])
@desk_view
def sort(request: HttpRequest, code: str) -> HttpResponse:
    """Sort or split a lot into several."""
    lot = lot_at_the_desk(request, code, to_change=True)
    form = SortForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = making_lots.sort_lot(by=acting(request), lot=lot, pieces=form.pieces)
        except (LotsNotTogether, LotFrozen, LotTooSmall, ValidationError) as refused:
            _refused(form, refused, "g1")
        else:
            text = ngettext("%(count)d lot was made.", "%(count)d lots were made.", len(made)) % {"count": len(made)}
            messages.success(request, text)
            return redirect("desk_lot", lot.code)
    return show(request, "catalog/desk_lot_sort.html", form=form, lot=lot)


@require_http_methods(["GET", "POST"])
@desk_view
def together(request: HttpRequest, code: str) -> HttpResponse:
    """Put a lot together with others of the same goods."""
    lot = lot_at_the_desk(request, code, to_change=True)
    form = TogetherForm(sent(request), lots=_fitting(lot))
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data
        try:
            made = making_lots.make_lot(
                by=acting(request), parts=form.parts, quantity_g=found["quantity_g"], plot=found["plot"]
            )
        except (LotsNotTogether, LotFrozen, LotTooSmall, ValidationError) as refused:
            _refused(form, refused)
        else:
            messages.success(request, _("The lot %(code)s was entered.") % {"code": made.code})
            return redirect("desk_lot", made.code)
    return show(request, "catalog/desk_lot_form.html", form=form, lot=lot, heading=_("Put lots together"))


def _fitting(lot: Lot) -> list[Lot]:
    """This lot and those of the same goods that may go together with it and have something left, the lot itself first."""
    others = Lot.objects.filter(product=lot.product, recalled_at=None, held_back_at=None, harvested_on__isnull=False)
    if gathers(lot.product.store):
        others = others.filter(household=lot.household)
    left = [one for one in others.select_related("household").order_by("-pk")[:200] if one.left_g]
    return sorted(left[:MOST_TOGETHER], key=lambda one: one.pk != lot.pk)


@require_http_methods(["GET", "POST"])
@desk_view
def write_off(request: HttpRequest, code: str) -> HttpResponse:
    """Enter what is gone of a lot."""
    lot = lot_at_the_desk(request, code, to_change=True)
    form = WriteOffForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            making_lots.write_off(by=acting(request), lot=lot, **form.cleaned_data)
        except (LotTooSmall, ValidationError) as refused:
            _refused(form, refused, field="grams")
        else:
            messages.success(request, _("Written off."))
            return redirect("desk_lot", lot.code)
    return show(request, "catalog/desk_lot_form.html", form=form, lot=lot, heading=_("Write off"))


@require_POST
@desk_view
def take_back(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take a write-off back that was entered wrongly."""
    lot = lot_at_the_desk(request, code, to_change=True)
    loss = get_object_or_404(WriteOff, lot=lot, pk=pk)
    loss.lot = lot
    making_lots.take_back(by=acting(request), loss=loss)
    messages.success(request, _("Taken back."))
    return redirect("desk_lot", lot.code)


def _refused(form: Form, refused: Exception, field: str | None = None) -> None:
    if isinstance(refused, ValidationError):
        tell(form, refused)
    elif isinstance(refused, LotTooSmall):
        name = f"g{refused.lot.pk}"
        form.add_error(field or (name if name in form.fields else None), too_small(refused))
    else:
        form.add_error(None, str(refused))
