"""Points at which a process dies: at its n-th statement, commit, call to Stripe or answer, counted from when the point was armed.

A point is armed by a file, so that a running process needs no restart for it. A process that meets its point writes what it met into the
log and ends as by a power cut: SIGKILL to its whole group. Unarmed, the hooks count what they meet (for the list of all points).
"""

import json
import os
import signal
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = "DAYLILY_TORTURE"
PROCESS = "DAYLILY_TORTURE_PROCESS"
_lock = threading.Lock()


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One place to die: which process (web, worker, stripe), at which kind of event, at its how manieth, in which scene."""

    process: str
    kind: str
    number: int
    scene: str = "buy"

    def __str__(self) -> str:
        return f"{self.scene} {self.process} {self.kind} {self.number}"


def arm(folder: Path, point: Point) -> None:
    """Let the process die there."""
    path = folder / f"armed-{point.process}"
    path.with_suffix(".new").write_text(json.dumps(asdict(point)))
    path.with_suffix(".new").rename(path)


def disarm(folder: Path) -> None:
    """No process dies any more, and what was counted is forgotten."""
    for path in folder.glob("*-*"):
        if path.name.startswith(("armed-", "met-")):
            path.unlink(missing_ok=True)


def counted(folder: Path, process: str) -> dict[str, int]:
    """How often each kind of event was met by a process while it was armed."""
    path = folder / f"met-{process}"
    found: dict[str, int] = {}
    for kind in path.read_text().split() if path.exists() else ():
        found[kind] = found.get(kind, 0) + 1
    return found


def meet(kind: str) -> None:
    """An event happens in this process; it may be its last."""
    folder, process = Path(os.environ[FOLDER]), os.environ[PROCESS]
    armed = folder / f"armed-{process}"
    with _lock:
        try:
            point = json.loads(armed.read_text())
        except OSError:
            return
        met = folder / f"met-{process}"
        with met.open("a") as file:
            file.write(f"{kind}\n")
        if point["kind"] != kind or met.read_text().split().count(kind) < point["number"]:
            return
        armed.unlink(missing_ok=True)
        sys.stderr.write(f"torture: {process} dies at {kind} {point['number']}\n")
        sys.stderr.flush()
        os.killpg(os.getpgid(0), signal.SIGKILL)
