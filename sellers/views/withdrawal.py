"""The public page on which a farmer ends by phone what they allowed: number, code, what stands, end. Twelve words a screen."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.codes import CodeRefused
from accounts.messages import TooManyTexts, text_for_demo
from accounts.phones import BadPhone
from sellers import withdrawal
from sellers.family_forms import NumberForm, OwnCodeForm
from sellers.models import Household
from sellers.telling import numbers_of, where_in_words
from sellers.views.addresses import address_of

# In the session: [whose code is awaited (0 for nobody's number), its ticket, when it was asked for in seconds of the epoch];
# then whose number was proved, and until when that counts.
ASKED, PROVED, UNTIL = "ending_awaited", "ending_proved", "ending_until"
# In the demo the text stands on the page, once the job has sent it; the page looks again so often, and no longer than so many seconds.
LOOKS_AGAIN, LOOKS_FOR = 2, 20


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def end_mandate(request: HttpRequest) -> HttpResponse:
    """The farmer's number; the next page is the same whether anybody has it or not."""
    form = NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        when = timezone.now().timestamp()
        try:
            key, ticket = withdrawal.ask_to_end(phone=form.cleaned_data["phone"], address=address_of(request))
        except (BadPhone, TooManyTexts, withdrawal.TooManyTries) as refused:
            form.add_error("phone", str(refused))
        else:
            request.session[ASKED] = [key, ticket, when]
            return redirect("end_mandate_code")
    return render(request, "sellers/end_mandate.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def end_mandate_code(request: HttpRequest) -> HttpResponse:
    """The code from the text; a number that nobody has gets the same answer as a wrong code."""
    if ASKED not in request.session:
        return redirect("end_mandate")
    asked, ticket, when = request.session[ASKED]
    form = OwnCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdrawal.prove(
                household_id=asked, ticket=ticket, code=form.cleaned_data["code"], address=address_of(request)
            )
        except (CodeRefused, withdrawal.TooManyTries) as refused:
            form.add_error("code", str(refused))
        else:
            request.session.cycle_key()
            del request.session[ASKED]
            request.session[PROVED] = asked
            request.session[UNTIL] = (timezone.now() + withdrawal.PROOF_LASTS).timestamp()
            return redirect("end_mandate_stands")
    texts = _demo_texts(asked, when)
    awaited = settings.DEMO and not texts and request.method != "POST" and timezone.now().timestamp() - when < LOOKS_FOR
    context = {"form": form, "demo_texts": texts, "text_awaited": awaited}
    response = render(request, "sellers/end_mandate_code.html", context)
    if awaited:
        response.headers["Refresh"] = str(LOOKS_AGAIN)
    return response


def _demo_texts(household_id: int, since: float) -> list[str]:
    household = Household.objects.filter(pk=household_id).first()
    numbers = numbers_of(household) if household else []
    return [text for number in numbers if (text := text_for_demo(number, since=since))]


def _proved(request: HttpRequest) -> Household | None:
    """The household whose farmer proved their number within ten minutes."""
    if float(request.session.get(UNTIL, 0)) < timezone.now().timestamp():
        return None
    return Household.objects.select_related("user").filter(pk=request.session.get(PROVED, 0)).first()


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def end_mandate_stands(request: HttpRequest) -> HttpResponse:
    """What the farmer has allowed, and the button that ends it."""
    household = _proved(request)
    if household is None:
        return redirect("end_mandate")
    if request.method == "POST":
        if request.POST.get("what") == "payout":
            stopped = withdrawal.stop_payout(household=household)
            messages.success(request, _("Stopped.") if stopped else _("Nothing to stop."))
        else:
            withdrawal.end_all(household=household)
            messages.success(request, _("Ended. Nobody acts for you any more."))
        return redirect("end_mandate_stands")
    standing = withdrawal.standing_of(household)
    where = where_in_words(standing.payout) if standing.payout else ""
    return render(request, "sellers/end_mandate_stands.html", {"standing": standing, "where": where})
