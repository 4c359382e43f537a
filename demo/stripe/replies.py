"""HTTP replies, and the headers that every page carries."""

import json
from dataclasses import dataclass, field

from .errors import JSON


@dataclass(frozen=True)
class Reply:
    """Status, body and headers, ready to be written."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def page(status: int, html: str, *, forms_may_reach: str = "") -> Reply:
    """An HTML page under a strict policy; `forms_may_reach` is one more origin that a form's redirect may lead to."""
    policy = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {forms_may_reach}".rstrip()
        + "; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    return Reply(status, html.encode(), headers)


def redirect(url: str) -> Reply:
    """Send the browser there with a GET."""
    return Reply(303, b"", {"Location": _ascii(url), "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _ascii(url: str) -> str:
    """The address with anything beyond ASCII percent-encoded, as a header needs."""
    return "".join(char if char.isascii() else "".join(f"%{byte:02X}" for byte in char.encode()) for char in url)


def as_json(status: int, body: JSON, headers: dict[str, str] | None = None) -> Reply:
    """A JSON reply, indented as Stripe's are."""
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return Reply(status, text.encode(), {"Content-Type": "application/json; charset=utf-8", **(headers or {})})
