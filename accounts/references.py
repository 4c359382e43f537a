"""References that may stand in a URL: random, never counted upon to be in order."""

import secrets


def public_reference() -> str:
    """A random reference of 22 URL-safe characters (128 bits), for pages that a link alone may open."""
    return secrets.token_urlsafe(16)
