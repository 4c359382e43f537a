"""The run: each point is one scene (torture.scenes) in which a process dies; then all comes to rest and is audited.

All points of every scene are counted first; a run takes them in an order that follows from its seed, from the beginning again where
there are fewer than asked for. `--only` repeats one.
"""

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from torture import audit, people
from torture.people import Cast
from torture.points import Point, arm, counted, disarm
from torture.processes import NotQuiet, Processes
from torture.scenes import SCENES, Scene

# A kind that never comes: armed with it, a process counts and lives.
NEVER = "never"
# A scene takes a few statements more or fewer, as its waiting falls: a point that was not met is not counted, and another is taken.
NOT_MET, MOST_TRIES = "not met", 3


@dataclass
class Run:
    """What a run is made of; `say` takes each line of its report."""

    processes: Processes
    cast: Cast
    say: Callable[[str], None]
    faults: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)

    def all_points(self) -> list[Point]:
        """Every point of every scene undisturbed, each of which is led once before to warm up caches and statements."""
        return [point for name in SCENES for point in self._points_of(name)]

    def _points_of(self, name: str) -> list[Point]:
        folder = self.processes.folder
        self._lead(name, None)
        self._lead(name, lambda process: Point(process, NEVER, 1))
        found = [
            Point(process, kind, number, name)
            for process in sorted(self.processes.running)
            for kind, times in sorted(counted(folder, process).items())
            for number in range(1, times + 1)
        ]
        disarm(folder)
        return found

    def _lead(self, name: str, armed: Callable[[str], Point] | None) -> Scene:
        """One scene from its beginning to rest; `armed` says where which process dies."""
        folder = self.processes.folder
        disarm(folder)
        scene = SCENES[name](self.processes, self.cast)
        scene.prepare()
        for process in self.processes.running if armed else ():
            arm(folder, armed(process)) if armed else None
        scene.act()
        self.processes.come_to_rest()
        return scene

    def take(self, point: Point) -> bool:
        """One point: armed, met, come to rest, audited; whether somebody died."""
        folder, revived = self.processes.folder, self.processes.revived
        try:
            disarm(folder)
            scene = SCENES[point.scene](self.processes, self.cast)
            scene.prepare()
            arm(folder, point)
            scene.act()
            self.processes.come_to_rest()
            disarm(folder)
            with psycopg.connect(self.processes.owner, autocommit=True) as database:
                wrong = scene.look(database) + audit.look_at_books(database)
        except NotQuiet as trouble:
            wrong = [str(trouble)]
            disarm(folder)
            self.processes.revive()
        died = self.processes.revived > revived
        self.met[f"{point.scene} {point.process}" if died else NOT_MET] += 1
        self.faults += [f"{point}: {one}" for one in wrong]
        for one in wrong:
            self.say(f"  {point}: {one}")
        return died

    def finish(self) -> None:
        """Stripe and the ledger as wholes."""
        self.processes.come_to_rest()
        with psycopg.connect(self.processes.owner, autocommit=True) as database:
            secret = self.processes.environment["STRIPE_SECRET_KEY"]
            self.faults += audit.compare_totals(database, self.processes.stripe, secret)


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
    run, began = Run(processes, people.seat(variants), say), time.monotonic()
    try:
        processes.start()
        everything = run.all_points()
        say(f"{len(everything)} points in {len(SCENES)} scenes; seed {seed}")
        for point in _chosen(everything, MOST_TRIES * points, seed, only):
            if not run.take(point):
                continue
            position = run.met.total() - run.met[NOT_MET]
            if position % 25 == 0 or position == points:
                say(f"{position} of {points} points, {time.monotonic() - began:.0f} s, {len(run.faults)} faults")
            if position == points:
                break
        run.finish()
    finally:
        processes.stop()
    say(f"Died: {dict(run.met)}. {len(run.faults)} lost, double or unbalanced.")
    return run.faults


def _chosen(everything: list[Point], most: int, seed: int, only: str) -> list[Point]:
    if only:
        scene, process, kind, number = only.split()
        return [Point(process, kind, int(number), scene)]
    chance = random.Random(seed)  # noqa: S311 - it guards nothing
    found: list[Point] = []
    while len(found) < most:
        found += chance.sample(everything, len(everything))
    return found[:most]
