"""The database of a run of the suite: a copy of a template that is migrated and holds the regions of Hunan, Gansu and all counties.

The template is named after the fingerprint of what made it (migrations, models, region data, locked packages). The first run that
needs it builds it; every later run copies it in a second. Runs at the same time copy the same template.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from local.servers import RUN_ROLE

ROOT = Path(__file__).resolve().parent.parent
MADE_FROM = (
    "*/migrations/**/*.py",
    "*/models.py",
    "*/models/*.py",
    "*/apps.py",
    "stations/region_data.py",
    "stations/data/*",
    "shop/run_role.py",
    "requirements-local.txt",
)
TEMPLATES = "daylily_template_"
BUILDING = 8_206_512  # the advisory lock that a run holds while it builds or copies a template


def provide() -> None:
    """Make this run's pristine copy of the template, and from it the database that DATABASE_URL names. Refuses any name but test_*."""
    name = str(settings.DATABASES["default"]["NAME"])
    if not name.startswith("test_"):
        raise RuntimeError(
            f"The suite empties its database, and {name!r} is not called test_*. Run it with `make test`."
        )
    template = TEMPLATES + fingerprint()
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(%s)", [BUILDING])
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone():
            _build(server, template)
        _copy(server, template, _pristine())
    restore()


def restore() -> None:
    """Replace this run's database by its pristine state; connections of other threads and processes to it are cut."""
    connection.close()
    with _server() as server:
        _copy(server, _pristine(), str(settings.DATABASES["default"]["NAME"]))


def remove() -> None:
    """Drop this run's databases."""
    connection.close()
    with _server() as server:
        _drop(server, str(settings.DATABASES["default"]["NAME"]))
        _drop(server, _pristine())


def fingerprint() -> str:
    """A short hash of everything that shapes the empty database."""
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    for pattern in MADE_FROM:
        yield from (path for path in ROOT.glob(pattern) if path.is_file() and ".venv" not in path.parts)


def _build(server: "psycopg.Connection[tuple[object, ...]]", template: str) -> None:
    """Migrate an empty database and load the regions, and name it `template` once it is complete."""
    for (old,) in server.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [TEMPLATES + "%"]).fetchall():
        _drop(server, str(old))
    half = f"{TEMPLATES}half_{os.getpid()}"
    server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(half)))
    own_name = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = half
    try:
        call_command("migrate", verbosity=0, interactive=False)
        _load_regions()
        call_command("grant_run_role", RUN_ROLE)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own_name
    server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(half), sql.Identifier(template)))


def _load_regions() -> None:
    """The regions that the repository carries, where the app that loads them is there."""
    try:
        from stations.region_data import load_regions
    except ImportError:
        return
    load_regions()


def _server() -> "psycopg.Connection[tuple[object, ...]]":
    entry = settings.DATABASES["default"]
    return psycopg.connect(
        host=entry["HOST"], user=entry["USER"], password=entry["PASSWORD"] or None, dbname="postgres", autocommit=True
    )


def _pristine() -> str:
    return f"{settings.DATABASES['default']['NAME']}_pristine"


def _copy(server: "psycopg.Connection[tuple[object, ...]]", template: str, name: str) -> None:
    _drop(server, name)
    command = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    server.execute(command.format(sql.Identifier(name), sql.Identifier(template)))


def _drop(server: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
