"""Text messages by HTTP: one request a text to the operator's gateway, whatever its fields are called.

SMS_BACKEND=accounts.text_gateway.send_by_http turns it on; the address, the fields and what counts as success come from the
environment (SMS_HTTP_*, see .env.example). Neither the number nor the text is ever logged.
"""

import json
import logging
import time
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.messages import TextNotSent
from accounts.phones import masked_phone

logger = logging.getLogger("daylily.messages")
LONGEST_ANSWER = 64 * 1024


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A gateway that points elsewhere is set up wrongly: number, text and token go to the configured address or nowhere."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """None: the redirect becomes an HTTPError."""


def send_by_http(phone: str, text: str) -> None:
    """Send one text. Raises TextNotSent when the gateway is late, fails, refuses, or answers what counts as no success."""
    try:
        answer = _answer(_request(phone, text))
    except (OSError, ValueError, HTTPException) as error:  # URLError, HTTPError and timeouts are OSErrors
        raise _failed(phone, type(error).__name__, getattr(error, "code", "")) from None
    if not _is_success(answer):
        raise _failed(phone, "refused", "")


def _request(phone: str, text: str) -> urllib.request.Request:
    http = settings.SMS_HTTP
    fields = {
        http["PHONE_FIELD"]: f"{http['PHONE_PREFIX']}{phone}",
        http["TEXT_FIELD"]: text,
        **json.loads(http["EXTRA"]),
    }
    as_json = http["FORMAT"] == "json"
    body = json.dumps(fields, ensure_ascii=False).encode() if as_json else urlencode(fields).encode()
    headers = {
        "Content-Type": f"application/{'json' if as_json else 'x-www-form-urlencoded'}; charset=utf-8",
        "Accept": "application/json",
    }
    if http["TOKEN"]:
        headers[http["TOKEN_HEADER"]] = http["TOKEN"]
    if urlsplit(http["URL"]).scheme not in {"http", "https"}:
        raise ValueError("SMS_HTTP_URL")
    return urllib.request.Request(http["URL"], data=body, headers=headers, method="POST")  # noqa: S310 - checked above


def _answer(request: urllib.request.Request) -> bytes:
    """The body of a 2xx answer. Raises OSError for any other, and when the whole of it takes longer than the timeout."""
    seconds = float(settings.SMS_HTTP["TIMEOUT_SECONDS"])
    ends, body = time.monotonic() + seconds, b""
    with urllib.request.build_opener(NoRedirect).open(request, timeout=seconds) as response:
        while len(body) < LONGEST_ANSWER and (part := response.read1(LONGEST_ANSWER)):
            body += part
            if time.monotonic() > ends:
                raise TimeoutError
    return body


def _is_success(answer: bytes) -> bool:
    """Whether a 2xx answer says that the text is on its way: SMS_HTTP_SUCCESS is 'field=value' in its JSON, or empty."""
    path, _equals, wanted = settings.SMS_HTTP["SUCCESS"].partition("=")
    if not path:
        return True
    try:
        said: Any = json.loads(answer)
    except ValueError:
        return False
    for name in path.split("."):
        said = said.get(name) if isinstance(said, dict) else None
    return said is not None and (str(said).lower() if isinstance(said, bool) else str(said)) == wanted


def _failed(phone: str, why: str, status: object) -> TextNotSent:
    logger.error("The gateway sent no text to %s: %s %s", masked_phone(phone), why, status)
    return TextNotSent(_("The text could not be sent just now. Please try again in a few minutes."))
