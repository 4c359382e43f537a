"""What Daylily asks of a production besides Django's own deployment checks."""

import json
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

DEMO_DOMAIN = "@daylily.example"


@register(Tags.security, deploy=True)
def no_demo_people(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The demo's accounts share a published password: none of them may be in a production's database."""
    from accounts.models import User

    if settings.PRODUCTION and User.objects.filter(email__endswith=DEMO_DOMAIN).exists():
        return [
            Error(
                "Demo accounts are in this database.",
                hint="Use a database of its own for production.",
                id="daylily.E001",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def texts_can_be_sent(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Codes to a phone need a gateway that really sends, over a line that nobody reads."""
    if not settings.PRODUCTION:
        return []
    if not settings.SMS_BACKEND:
        return [
            Warning(
                "No text message can be sent: nobody signs in by phone, and farmers confirm on paper alone.",
                hint="Set SMS_HTTP_URL and what belongs to it (.env.example).",
                id="daylily.W002",
            )
        ]
    if settings.SMS_BACKEND.endswith("keep_for_demo"):
        return [Error("SMS_BACKEND is the demo's, which sends nothing.", id="daylily.E003")]
    if not settings.SMS_BACKEND.endswith("send_by_http"):
        return []
    if not settings.SMS_HTTP["URL"].startswith("https://"):
        return [Error("SMS_HTTP_URL must begin with https://: codes travel on it.", id="daylily.E004")]
    return _wrong_gateway(settings.SMS_HTTP)


def _wrong_gateway(http: dict[str, str]) -> list[CheckMessage]:
    """What of SMS_HTTP_* is not written as it must be."""
    try:
        fits = http["FORMAT"] in {"json", "form"} and isinstance(json.loads(http["EXTRA"]), dict)
        fits = fits and float(http["TIMEOUT_SECONDS"]) > 0
    except ValueError:
        fits = False
    text = "SMS_HTTP_FORMAT is json or form, SMS_HTTP_EXTRA a JSON object, SMS_HTTP_TIMEOUT_SECONDS a number."
    return [] if fits else [Error(text, id="daylily.E005")]
