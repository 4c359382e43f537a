"""What the hosted page's addresses answer: show a session, take a payment, send the buyer back to the shop."""

from dataclasses import replace
from urllib.parse import urlsplit

from . import checkout, pages
from .api import Request, Standin
from .books import PLATFORM
from .errors import JSON, ParameterRefused
from .forms import Parameters, decode_form
from .methods import NumberNotDemo, NumberWrong
from .replies import Reply, page, redirect
from .texts import language_of

_PREFIX = "/c/pay/"
_LONGEST_NUMBER = 40


def answer(standin: Standin, request: Request) -> Reply:
    """Answer GET and POST below `/c/pay/`; the session's unguessable id is the buyer's key."""
    session_id = request.path.removeprefix(_PREFIX)
    accepted = request.headers.get("Accept-Language", "")
    with standin.store.transaction():
        books = standin.books(PLATFORM)
        checkout.expire_overdue(books)
        found = standin.store.find("checkout.session", session_id)
        if found is None:
            return page(404, pages.missing_page(language_of(None, accepted)))
        account, session = found
        language = language_of(session["locale"], accepted)
        pays = request.method == "POST"
        reply = _take(standin, account, session, request, language) if pays else _show(session, language)
    standin.wake()
    return reply


def _show(session: JSON, language: str) -> Reply:
    if session["status"] == "complete":
        return page(200, pages.paid_page(session, language))
    if session["status"] == "expired":
        return page(410, pages.expired_page(session, language))
    return page(200, pages.checkout_page(session, language), forms_may_reach=_origin(session["success_url"]))


def _take(standin: Standin, account: str, session: JSON, request: Request, language: str) -> Reply:
    """Take a payment; a second submit of a paid session goes where the first one went."""
    problem, number = None, ""
    try:
        params = Parameters(decode_form(request.form))
        number = params.text("card_number", most=_LONGEST_NUMBER) or ""
        books = replace(standin.books(PLATFORM), account=account)
        attempt = checkout.pay(books, session, way=params.text("way") or "card", number=number)
        problem, session = attempt.declined, attempt.session
    except (NumberWrong, ParameterRefused):
        problem = "number_wrong"
    except NumberNotDemo:
        problem = "number_not_demo"
    except checkout.WayToPayUnknown:
        problem = "way_unknown"
    if problem is not None:
        text = pages.checkout_page(session, language, problem=problem, number=number)
        return page(402, text, forms_may_reach=_origin(session["success_url"]))
    if session["status"] == "complete":
        return redirect(checkout.success_address(session))
    return _show(session, language)


def _origin(url: str) -> str:
    """Scheme and host of an address: where the form's redirect may lead, in a policy's words."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
