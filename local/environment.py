"""The environment of the demo's processes: which database, which Redis, which keys."""

import contextlib
import json
import os
import secrets
import shlex
from collections.abc import Iterator
from pathlib import Path

from local import places
from local.servers import RUN_ROLE, Servers

DEFAULT_PORT = 8000


def demo_environment(
    running: Servers | None, *, port: int, stripe_port: int, database: str = "daylily"
) -> dict[str, str]:
    """What the demo's processes read; DATABASE_URL and REDIS_URL that are set already stay as they are.

    `running` is None when both name servers of one's own.
    """
    found = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    if running:
        found.setdefault("DATABASE_URL", running.database_url(database))
        found.setdefault("REDIS_URL", running.redis_url(0))
    var = places.made(places.CLONE / "var" / ("" if database == "daylily" else database))
    return found | {
        "DAYLILY_ENV": "demo",
        "DJANGO_SETTINGS_MODULE": "shop.settings",
        "VAR_DIR": str(var),
        "SITE_URL": f"http://localhost:{port}",
        "SECRET_KEY": _kept_secret(var / "secret-key"),
        "STRIPE_API_BASE": f"http://localhost:{stripe_port}",
        "STRIPE_SECRET_KEY": "sk_test_daylily_demo",
        "STRIPE_WEBHOOK_SECRET": "whsec_" + _kept_secret(var / "webhook-secret"),
    }


def run_environment(variables: dict[str, str], running: Servers | None, *, database: str = "daylily") -> dict[str, str]:
    """The same for web and worker: they connect as the role that owns nothing. A database of one's own (DATABASE_URL) says itself who
    runs the site: RUN_DATABASE_URL, where that is set.
    """
    if os.environ.get("DATABASE_URL") or running is None:
        return variables | {"DATABASE_URL": os.environ.get("RUN_DATABASE_URL") or variables["DATABASE_URL"]}
    return variables | {"DATABASE_URL": running.database_url(database, role=RUN_ROLE)}


@contextlib.contextmanager
def published(environment: dict[str, str]) -> Iterator[None]:
    """While this runs, `manage.py` in a plain shell of this clone talks to these servers (manage.py reads the file)."""
    path = places.made(places.CLONE / "var") / "environment.json"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(environment))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def as_exports(environment: dict[str, str]) -> str:
    """`environment` as lines for a POSIX shell."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in sorted(environment.items()))


def _kept_secret(path: Path) -> str:
    """A random secret that stays the same from one start to the next."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()
