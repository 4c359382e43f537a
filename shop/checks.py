"""What Daylily asks of a production besides Django's own deployment checks."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

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
