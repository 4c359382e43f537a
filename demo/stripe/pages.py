"""The hosted pages: pay, paid, expired, not found. Plain HTML that works without a script."""

from html import escape

from . import money
from .checkout import success_address
from .errors import JSON
from .texts import say

_CARDS = (
    ("4242 4242 4242 4242", "card_paid"),
    ("4000 0000 0000 0002", "card_declined"),
    ("4000 0000 0000 9995", "card_no_funds"),
)


def checkout_page(session: JSON, language: str, *, problem: str | None = None, number: str = "") -> str:
    """The page that asks for payment; `problem` is the key of a message, `number` what the buyer typed."""
    total = money.written(session["amount_total"], session["currency"])
    heading = escape(say(language, "heading", total=total))
    alert = f'<p class="problem" role="alert" id="problem">{escape(say(language, problem))}</p>' if problem else ""
    ways = session["payment_method_types"]
    card = _card_form(session, language, total, problem, number) if "card" in ways else ""
    wallets = _wallets(session, language, [way for way in ways if way != "card"])
    body = f"""
<h1>{heading}</h1>
<div class="columns">
{_order(session, language, total)}
<section aria-labelledby="ways">
<h2 id="ways">{escape(say(language, "ways"))}</h2>
{alert}{card}{wallets}{_leave(session["cancel_url"], say(language, "cancel"))}
</section>
</div>"""
    return _page(language, say(language, "title"), body)


def _order(session: JSON, language: str, total: str) -> str:
    rows = "".join(_row(line) for line in session["_lines"])
    reference = session["client_reference_id"]
    note = f"<p>{escape(say(language, 'reference', reference=reference))}</p>" if reference else ""
    return f"""
<section aria-labelledby="order">
<h2 id="order">{escape(say(language, "order"))}</h2>
{note}
<table>
<thead><tr><th scope="col">{escape(say(language, "item"))}</th>
<th scope="col" class="number">{escape(say(language, "quantity"))}</th>
<th scope="col" class="number">{escape(say(language, "amount"))}</th></tr></thead>
<tbody>{rows}</tbody>
<tfoot><tr><th scope="row" colspan="2">{escape(say(language, "total"))} ({escape(session["currency"].upper())})</th>
<td class="number total">{escape(total)}</td></tr></tfoot>
</table>
</section>"""


def _row(line: JSON) -> str:
    each = money.written(line["price"]["unit_amount"], line["currency"])
    detail = line["_product"]["description"]
    small = f'<span class="detail">{escape(detail)}</span>' if detail else ""
    amount = escape(money.written(line["amount_total"], line["currency"]))
    many = f'<span class="detail">{line["quantity"]} × {escape(each)}</span>' if line["quantity"] > 1 else ""
    return (
        f'<tr><th scope="row">{escape(line["description"])}{small}</th>'
        f'<td class="number">{line["quantity"]}</td><td class="number">{amount}{many}</td></tr>'
    )


def _card_form(session: JSON, language: str, total: str, problem: str | None, number: str) -> str:
    about_number = problem in ("number_wrong", "number_not_demo")
    described = "cards problem" if problem else "cards"
    invalid = ' aria-invalid="true"' if about_number else ""
    cards = "".join(f"<li><code>{each}</code> {escape(say(language, outcome))}</li>" for each, outcome in _CARDS)
    return f"""
<form method="post" action="/c/pay/{escape(session["id"])}">
<h3>{escape(say(language, "card"))}</h3>
<label for="card_number">{escape(say(language, "number"))}</label>
<input id="card_number" name="card_number" value="{escape(number)}" inputmode="numeric" autocomplete="off"
 maxlength="40" required aria-describedby="{described}"{invalid}>
<div class="hint" id="cards"><p>{escape(say(language, "cards"))}</p><ul>{cards}</ul></div>
<button name="way" value="card">{escape(say(language, "pay_card", total=total))}</button>
</form>"""


def _wallets(session: JSON, language: str, ways: list[str]) -> str:
    if not ways:
        return ""
    buttons = "".join(
        f'<button name="way" value="{way}" class="wallet {way}">{escape(say(language, f"pay_{way}"))}</button>'
        for way in ways
    )
    return f"""
<form method="post" action="/c/pay/{escape(session["id"])}">
<h3>{escape(say(language, "wallets"))}</h3>
<p class="hint">{escape(say(language, "wallets_note"))}</p>
{buttons}
</form>"""


def _leave(url: str | None, text: str) -> str:
    return f'<p class="leave"><a href="{escape(url)}">{escape(text)}</a></p>' if url else ""


def paid_page(session: JSON, language: str) -> str:
    """The session is paid: nothing to do here but to go on."""
    return _plain(language, "paid", _leave(success_address(session), say(language, "paid_link")))


def expired_page(session: JSON, language: str) -> str:
    """The session's time is over."""
    return _plain(language, "expired", _leave(session["cancel_url"], say(language, "back")))


def missing_page(language: str) -> str:
    """No such session or page."""
    return _plain(language, "missing", "")


def broken_page(language: str) -> str:
    """The stand-in itself failed."""
    return _plain(language, "broken", "")


def _plain(language: str, key: str, link: str) -> str:
    title = say(language, f"{key}_title")
    body = f"<h1>{escape(title)}</h1>\n<p>{escape(say(language, key))}</p>\n{link}"
    return _page(language, title, body)


def _page(language: str, title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(title)} · {escape(say(language, "notice_title"))}</title>
<link rel="stylesheet" href="/assets/standin.css">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
</head>
<body>
<header><p><strong>{escape(say(language, "notice_title"))}</strong></p><p>{escape(say(language, "notice"))}</p></header>
<main>{body}
</main>
</body>
</html>
"""
