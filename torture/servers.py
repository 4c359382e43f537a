"""Servers and a database of the run's own, made first where they are missing; the run itself is a process that reads their addresses."""

import os
import subprocess
import sys
from pathlib import Path

from local import environment, places, ports, servers
from local.servers import RUN_ROLE


def run_apart(points: int, seed: int, only: str = "") -> int:
    """Run `python -m torture` on a fresh copy of the prepared database; its exit status, 0 where nothing was lost or doubled."""
    place = places.Place("torture", places.CLONE / "var")
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("REDIS_URL", None)
    with servers.using(place) as running:
        with running.connect() as connection:
            connection.execute("DROP DATABASE IF EXISTS daylily_torture WITH (FORCE)")
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'daylily_torture_made'").fetchone()
        variables = environment.demo_environment(
            running, port=ports.free_port(), stripe_port=ports.free_port(), database="daylily_torture_made"
        )
        if not known:
            print("Making the database ...", flush=True)
            running.ensure_database("daylily_torture_making")
            making = variables | {"DATABASE_URL": running.database_url("daylily_torture_making")}
            _run("torture.prepare", making, settings="torture.settings")
        with running.connect() as connection:
            if not known:
                connection.execute("ALTER DATABASE daylily_torture_making RENAME TO daylily_torture_made")
            connection.execute("CREATE DATABASE daylily_torture TEMPLATE daylily_torture_made")
        variables |= {"DATABASE_URL": running.database_url("daylily_torture")}
        site = running.database_url("daylily_torture", role=RUN_ROLE)
        folder = str(Path(variables["VAR_DIR"]) / "run")
        wanted = [
            "--points",
            str(points),
            "--seed",
            str(seed),
            "--only",
            only,
            "--site-database",
            site,
            "--folder",
            folder,
        ]
        return _run("torture", variables, *wanted, check=False)


def _run(
    module: str, variables: dict[str, str], *more: str, settings: str = "shop.settings", check: bool = True
) -> int:
    known = {**os.environ, **variables, "DJANGO_SETTINGS_MODULE": settings}
    return subprocess.run([sys.executable, "-m", module, *more], cwd=places.CLONE, check=check, env=known).returncode
