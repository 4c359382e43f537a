"""Django's PostgreSQL backend with prepared statements and a cheaper look at whether a kept connection still stands; its settings."""

from typing import Any
from urllib.parse import unquote, urlparse

from django.core.exceptions import ImproperlyConfigured


def database_from(url: str) -> dict[str, Any]:
    """Django's database entry for a URL such as postgresql://user:secret@host:5432/name?host=/socket/folder."""
    parts = urlparse(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql:// - Daylily runs on PostgreSQL alone.")
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "shop.postgres",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", parts.hostname or "")),
        "PORT": str(parts.port or query.get("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # For the statements of lists alone (stations.statements.read): Django's own cursors never prepare.
        "OPTIONS": {"connect_timeout": 5, "prepare_threshold": 3},
    }
