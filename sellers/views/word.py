"""The screen of the mandate: what the farmer allows, and their word, by a code to their phone or by a signed paper."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.codes import CodeRefused
from accounts.messages import TextNotSent, TooManyTexts, text_for_demo
from sellers import mandates, openings
from sellers.forms import CodeForm, MandateForm, PaperForm, terms_of
from sellers.models import Evidence, Mandate, Opening, OpeningStep
from sellers.views.desk import acting, desk_view
from sellers.views.mandates import PAPER_WAITS
from sellers.views.screens import opening_of, page


def mandate_screen(request: HttpRequest, opening: Opening) -> HttpResponse:
    """What the farmer allows, and their word: by a code to their phone, or by a signed paper."""
    by_paper = request.GET.get("by") == Evidence.PAPER
    written = opening.mandate is not None and openings.still_to_confirm(opening.mandate)
    if not written or "ends_on" in request.POST or "change" in request.GET:
        return _terms(request, opening)
    if by_paper:
        return _paper(request, opening)
    if mandates.code_is_sent(opening.mandate) or request.method == "POST":  # type: ignore[arg-type]
        return _code(request, opening)
    return _terms(request, opening)


def _terms(request: HttpRequest, opening: Opening) -> HttpResponse:
    form = MandateForm(opening, request.POST or None, request.FILES or None, initial=terms_of(opening.mandate))
    if request.method != "POST" or not form.is_valid():
        return page(request, opening, OpeningStep.MANDATE, form)
    try:
        openings.record_terms(by=acting(request), opening=opening, terms=form.terms())
    except mandates.AlreadyConfirmed as refused:
        messages.warning(request, str(refused))
        return redirect("desk_opening", ref=opening.ref)
    if form.cleaned_data["how"] == Evidence.CODE:
        return _send_code(request, opening)
    if form.cleaned_data["paper"]:
        return _keep_paper(request, opening, form.cleaned_data["paper"])
    return redirect(_by_paper(opening))


def _by_paper(opening: Opening) -> str:
    address: str = resolve_url("desk_opening_step", ref=opening.ref, step=OpeningStep.MANDATE)
    return f"{address}?by={Evidence.PAPER}"


def _code(request: HttpRequest, opening: Opening) -> HttpResponse:
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            openings.confirm_by_code(by=acting(request), opening=opening, code=form.cleaned_data["code"])
        except (CodeRefused, mandates.AlreadyConfirmed) as refused:
            form.add_error("code", str(refused))
        else:
            messages.success(request, _("The farmer's word is on record."))
            return redirect("desk_opening", ref=opening.ref)
    return _word_page(request, opening, form, "sellers/opening_code.html")


def _paper(request: HttpRequest, opening: Opening) -> HttpResponse:
    form = PaperForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = PaperForm(request.POST, request.FILES)
        if form.is_valid():
            return _keep_paper(request, opening, form.cleaned_data["paper"])
    return _word_page(request, opening, form, "sellers/opening_paper.html")


def _keep_paper(request: HttpRequest, opening: Opening, paper: Any) -> HttpResponse:
    try:
        openings.confirm_by_paper(by=acting(request), opening=opening, paper=paper)
    except mandates.AlreadyConfirmed as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The signed paper is on record."))
        if opening.mandate and Mandate.objects.on_paper_to_look_at().filter(pk=opening.mandate.pk).exists():
            messages.info(request, PAPER_WAITS)
    return redirect("desk_opening", ref=opening.ref)


def _word_page(request: HttpRequest, opening: Opening, form: forms.Form, template: str) -> HttpResponse:
    assert opening.mandate is not None and opening.household is not None
    return page(
        request,
        opening,
        OpeningStep.MANDATE,
        form,
        template=template,
        allowed=mandates.allowed_in_words(opening.mandate),
        demo_text=text_for_demo(opening.household.phone),
    )


@require_POST
@desk_view
def send_code(request: HttpRequest, ref: str) -> HttpResponse:
    """Text the farmer a code. Where that fails, the paper is the other way."""
    opening = opening_of(request, ref)
    if opening.mandate is None or not openings.may_show(opening, OpeningStep.MANDATE):
        return redirect("desk_opening", ref=ref)
    return _send_code(request, opening)


def _send_code(request: HttpRequest, opening: Opening) -> HttpResponse:
    assert opening.mandate is not None
    try:
        mandates.text_code(by=acting(request), mandate=opening.mandate)
    except (TooManyTexts, TextNotSent, mandates.AlreadyConfirmed) as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The code is on its way to the farmer's phone."))
    return redirect("desk_opening_step", ref=opening.ref, step=OpeningStep.MANDATE)
