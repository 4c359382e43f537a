"""The run: each point is one buyer in whose checkout, payment or cancelling a process dies; then all comes to rest and is audited.

All points of a whole sequence are counted first; a run takes them in an order that follows from its seed, from the beginning again where
there are fewer than asked for. `--only` repeats one.
"""

import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from torture import audit
from torture.buyer import Buyer
from torture.points import Point, arm, counted, disarm
from torture.processes import NotQuiet, Processes

# A kind that never comes: armed with it, a process counts and lives.
NEVER = "never"


@dataclass
class Run:
    """What a run is made of; `say` takes each line of its report."""

    processes: Processes
    variants: list[int]
    say: Callable[[str], None]
    faults: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    number: int = 0

    def all_points(self) -> list[Point]:
        """Every point of one undisturbed sequence, of which the first warms up caches and statements."""
        self._buyer().buy_and_cancel_half()
        self.processes.come_to_rest()
        disarm(self.processes.folder)
        for name in self.processes.running:
            arm(self.processes.folder, Point(name, NEVER, 1))
        self._buyer().buy_and_cancel_half()
        self.processes.come_to_rest()
        found = [
            Point(name, kind, number)
            for name in sorted(self.processes.running)
            for kind, times in sorted(counted(self.processes.folder, name).items())
            for number in range(1, times + 1)
        ]
        disarm(self.processes.folder)
        return found

    def take(self, point: Point) -> None:
        """One point: armed, met, come to rest, audited."""
        disarm(self.processes.folder)
        arm(self.processes.folder, point)
        buyer, revived = self._buyer(), self.processes.revived
        try:
            buyer.buy_and_cancel_half()
            self.processes.come_to_rest()
            died = self.processes.revived > revived
            disarm(self.processes.folder)
            wrong = self._audit(buyer.email)
        except NotQuiet as trouble:
            died, wrong = self.processes.revived > revived, [str(trouble)]
            self.processes.revive()
        self.met[point.process if died else "not met"] += 1
        self.faults += [f"{point}: {one}" for one in wrong]
        for one in wrong:
            self.say(f"  {point}: {one}")

    def finish(self) -> None:
        """Stripe and the ledger as wholes."""
        self.processes.come_to_rest()
        with psycopg.connect(self.processes.owner, autocommit=True) as database:
            secret = self.processes.environment["STRIPE_SECRET_KEY"]
            self.faults += audit.compare_totals(database, self.processes.stripe, secret)

    def _audit(self, email: str) -> list[str]:
        with psycopg.connect(self.processes.owner, autocommit=True) as database:
            secret = self.processes.environment["STRIPE_SECRET_KEY"]
            return audit.look_at_order(database, self.processes.stripe, secret, email) + audit.look_at_books(database)

    def _buyer(self) -> Buyer:
        self.number += 1
        email = f"buyer{time.time_ns()}@daylily.example"
        return Buyer(self.processes.site, email, self.variants, self.processes.revive)


def _say(line: str) -> None:
    print(line, flush=True)


def torture(
    processes: Processes,
    variants: list[int],
    *,
    points: int,
    seed: int,
    only: str = "",
    say: Callable[[str], None] = _say,
) -> list[str]:
    """Die at so many points; what was found wrong, nothing where all was right."""
    shutil.rmtree(processes.folder, ignore_errors=True)
    processes.folder.mkdir(parents=True)
    run, began = Run(processes, variants, say), time.monotonic()
    try:
        processes.start()
        everything = run.all_points()
        say(f"{len(everything)} points in one sequence; seed {seed}")
        for position, point in enumerate(_chosen(everything, points, seed, only), start=1):
            run.take(point)
            if position % 25 == 0 or position == points:
                say(f"{position} of {points} points, {time.monotonic() - began:.0f} s, {len(run.faults)} faults")
        run.finish()
    finally:
        processes.stop()
    say(f"Died: {dict(run.met)}. {len(run.faults)} lost, double or unbalanced.")
    return run.faults


def _chosen(everything: list[Point], points: int, seed: int, only: str) -> list[Point]:
    if only:
        process, kind, number = only.split()
        return [Point(process, kind, int(number))]
    chance = random.Random(seed)  # noqa: S311 - it guards nothing
    found: list[Point] = []
    while len(found) < points:
        found += chance.sample(everything, len(everything))
    return found[:points]


def main(points: int, seed: int, only: str = "") -> list[str]:
    """A run on servers and a database of its own, which are made first where they are missing."""
    import os
    import subprocess

    from local import environment, places, ports, servers
    from local.servers import RUN_ROLE

    place = places.Place("torture", places.CLONE / "var")
    alone = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("REDIS_URL", None)
    with servers.using(place) as running:
        with running.connect() as connection:
            connection.execute("DROP DATABASE IF EXISTS daylily_torture WITH (FORCE)")
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'daylily_torture_made'").fetchone()
        port = ports.free_port()
        variables = environment.demo_environment(
            running, port=port, stripe_port=ports.free_port(), database="daylily_torture_made"
        )
        if not known:
            print("Making the database ...", flush=True)
            running.ensure_database("daylily_torture_making")
            making = variables | {"DATABASE_URL": running.database_url("daylily_torture_making")}
            subprocess.run(
                [sys.executable, "-m", "torture.prepare"], cwd=places.CLONE, check=True,
                env={**alone, **making, "DJANGO_SETTINGS_MODULE": "torture.settings"},
            )  # fmt: skip
        with running.connect() as connection:
            if not known:
                connection.execute("ALTER DATABASE daylily_torture_making RENAME TO daylily_torture_made")
            connection.execute("CREATE DATABASE daylily_torture TEMPLATE daylily_torture_made")
        owner = running.database_url("daylily_torture")
        variables |= {"DATABASE_URL": running.database_url("daylily_torture", role=RUN_ROLE)}
        folder = Path(variables["VAR_DIR"]) / "run"
        with psycopg.connect(owner) as database:
            rows = database.execute(_TWO_STORES).fetchall()
        return torture(
            Processes(variables, owner, folder), [row[0] for row in rows], points=points, seed=seed, only=only
        )


# A pack of each of two stores of one county.
_TWO_STORES = """
SELECT min(v.id) FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id
WHERE p.county_code = (SELECT county_code FROM catalog_product ORDER BY id LIMIT 1) GROUP BY p.store_id ORDER BY 1 LIMIT 2
"""
