"""Codes to a phone in front of a browser: to sign in, to be asked again, to change the number of the account."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_login_redirect_url, get_next_redirect_url
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import phone_accounts, phone_codes
from accounts.codes import CodeRefused
from accounts.forms import CodeForm, ConsentForm, PhoneForm
from accounts.messages import TextNotSent, TooManyTexts, text_for_demo
from accounts.phone_codes import NothingSent, Purpose
from accounts.reauthentication import asks_again, may_be_asked_by_phone
from accounts.signed_in import signed_in


def _with_next(request: HttpRequest, name: str) -> str:
    """The address of a page of ours, which goes on to where the user wanted to be."""
    then = get_next_redirect_url(request)
    query = QueryDict(mutable=True)
    if then:
        query["next"] = then
    return f"{reverse(name)}?{query.urlencode(safe='/')}" if then else reverse(name)


def _send(request: HttpRequest, phone: str, purpose: Purpose) -> str:
    """Text a code; returns what to tell the user when none was sent, the same for every number."""
    if not ratelimit.consume(request, action="request_login_code"):
        return _("Too many codes were asked for from here. Please wait a while.")
    try:
        phone_codes.send(request, phone=phone, purpose=purpose)
    except TooManyTexts as too_many:
        return str(too_many)
    except TextNotSent:
        return _("No text can be sent just now. Please sign in by e-mail, or try again in a few minutes.")
    return ""


def _code_page(request: HttpRequest, form: CodeForm, purpose: Purpose, back: str) -> HttpResponse:
    phone = phone_codes.phone_asked(request, purpose)
    return render(
        request,
        "accounts/phone_code.html",
        {
            "form": form,
            "phone": phone,
            "purpose": purpose,
            "back": back,
            "then": get_next_redirect_url(request) or "",
            "demo_text": text_for_demo(phone),
        },
        status=422 if form.errors else 200,
    )


def _proved(request: HttpRequest, purpose: Purpose) -> tuple[CodeForm, str]:
    """The form, and the number that its code proved; empty where it proved none, and then the form says why."""
    form = CodeForm(request.POST)
    if not form.is_valid():
        return form, ""
    if not ratelimit.consume(request, action="verify_phone"):
        form.add_error("code", _("Too many tries from here. Please wait a minute."))
        return form, ""
    try:
        return form, phone_codes.prove(request, code=form.cleaned_data["code"], purpose=purpose)
    except (CodeRefused, NothingSent) as refused:
        form.add_error("code", str(refused))
    return form, ""


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Text a code to the number that was typed on the sign-in page. Whether it has an account is not looked at."""
    if request.user.is_authenticated:
        return redirect(get_login_redirect_url(request))
    form = PhoneForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        refused = _send(request, form.cleaned_data["phone"], Purpose.SIGN_IN)
        if not refused:
            return redirect(_with_next(request, "account_phone_code"))
        form.add_error("phone", refused)
    return render(
        request,
        "accounts/phone.html",
        {"form": form, "then": get_next_redirect_url(request) or ""},
        status=422 if form.errors else 200,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Take the code, and sign in whoever proves the number with it."""
    if request.user.is_authenticated:
        return redirect(get_login_redirect_url(request))
    purpose, begin = Purpose.SIGN_IN, _with_next(request, "account_phone_sign_in")
    phone = phone_codes.phone_asked(request, purpose)
    if not phone:
        return redirect(begin)
    if "again" in request.POST:
        return _once_more(request, phone, purpose, "account_phone_code")
    if request.method == "GET":
        return _code_page(request, CodeForm(), purpose, begin)
    form, proved = _proved(request, purpose)
    if not proved:
        return _code_page(request, form, purpose, begin)
    if not phone_accounts.has_account(proved):
        phone_codes.keep_proved(request, proved)
        return redirect(_with_next(request, "account_phone_open"))
    return phone_accounts.sign_in(request, phone=proved, then=get_next_redirect_url(request) or "")


@never_cache
@require_http_methods(["GET", "POST"])
def open_account(request: HttpRequest) -> HttpResponse:
    """Ask the holder of a new number, who has just proved it, whether they want an account; with their consent they have one."""
    phone = phone_codes.phone_proved(request)
    if request.user.is_authenticated or not phone:
        return redirect(_with_next(request, "account_phone_sign_in"))
    form = ConsentForm(request.POST if request.method == "POST" else None)
    then = get_next_redirect_url(request) or ""
    if not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "accounts/phone_open.html", {"form": form, "phone": phone, "then": then}, status=status)
    phone_accounts.open_account(phone=phone)
    del request.session[phone_codes.PROVED]
    return phone_accounts.sign_in(request, phone=phone, then=then)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def ask_by_phone(request: HttpRequest) -> HttpResponse:
    """Ask a signed-in user again, by a code to their phone. 403 for whoever can't be asked like this."""
    user, purpose = signed_in(request), Purpose.ASK_AGAIN
    if not may_be_asked_by_phone(user):
        raise PermissionDenied
    phone = user.phone or ""
    if "again" in request.POST:
        return _once_more(request, phone, purpose, "account_ask_by_phone")
    if request.method == "GET" or phone_codes.phone_asked(request, purpose) != phone:
        return _ask_page(request, phone)
    form, proved = _proved(request, purpose)
    if not proved:
        return _code_page(request, form, purpose, reverse("account"))
    record_authentication(request, user, method="code", reauthenticated=True)
    return redirect(get_next_redirect_url(request) or reverse("account"))


def _ask_page(request: HttpRequest, phone: str) -> HttpResponse:
    """The page that takes the code; a code is sent at the press of a button, for a page that is only looked at sends no text."""
    if phone_codes.phone_asked(request, Purpose.ASK_AGAIN) == phone:
        return _code_page(request, CodeForm(), Purpose.ASK_AGAIN, reverse("account"))
    return render(request, "accounts/ask_by_phone.html", {"phone": phone, "then": get_next_redirect_url(request) or ""})


def _once_more(request: HttpRequest, phone: str, purpose: Purpose, page: str) -> HttpResponse:
    refused = _send(request, phone, purpose)
    if refused:
        messages.warning(request, refused)
    else:
        messages.success(request, _("The code is on its way."))
    return redirect(_with_next(request, page))


@asks_again
@require_http_methods(["GET", "POST"])
def change_phone(request: HttpRequest) -> HttpResponse:
    """Take the new number of the account, and text a code to it."""
    user = signed_in(request)
    form = PhoneForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        phone = form.cleaned_data["phone"]
        if phone == user.phone and user.phone_verified_at:
            form.add_error("phone", _("This is the number you have already."))
        elif refused := _send(request, phone, Purpose.NEW_PHONE):
            form.add_error("phone", refused)
        else:
            return redirect("account_phone_confirm")
    return render(request, "accounts/phone_change.html", {"form": form}, status=422 if form.errors else 200)


@asks_again
@require_http_methods(["GET", "POST"])
def confirm_phone(request: HttpRequest) -> HttpResponse:
    """Take the code from the new number; from then on the account signs in with it."""
    purpose, begin = Purpose.NEW_PHONE, reverse("account_phone_change")
    phone = phone_codes.phone_asked(request, purpose)
    if not phone:
        return redirect(begin)
    if "again" in request.POST:
        return _once_more(request, phone, purpose, "account_phone_confirm")
    if request.method == "GET":
        return _code_page(request, CodeForm(), purpose, begin)
    form, proved = _proved(request, purpose)
    if not proved:
        return _code_page(request, form, purpose, begin)
    try:
        phone_accounts.change_phone(by=signed_in(request), phone=proved)
    except phone_accounts.PhoneTaken as taken:
        messages.error(request, str(taken))
        return redirect(begin)
    messages.success(request, _("Your account now signs in with this number."))
    return redirect("account")
