"""The processes of a running demo: started together, watched, stopped together, and found again after the runner was killed."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

STOP_SECONDS = 15


@dataclass
class Children:
    """Processes by name; each is a session of its own, so that Ctrl-C reaches the runner alone, and logs to `logs`."""

    logs: Path
    record: Path
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> None:
        """Start one more process and note it, so that a later run can end it should this one be killed."""
        with self.log(name).open("wb") as output:
            self.running[name] = subprocess.Popen(
                [str(part) for part in command], cwd=cwd, env={**os.environ, **env}, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        self._note()

    def log(self, name: str) -> Path:
        """The log of one process; it is begun anew with each start."""
        return self.logs / f"{name}.log"

    def ended(self) -> str | None:
        """The name of a process that ended by itself, if any."""
        return next((name for name, process in self.running.items() if process.poll() is not None), None)

    def stop(self) -> None:
        """Ask every process and what it started to end, and make them after STOP_SECONDS."""
        end([psutil.Process(process.pid) for process in self.running.values() if process.poll() is None])
        self.running.clear()
        self.record.unlink(missing_ok=True)

    def tail(self, name: str, lines: int = 12) -> str:
        """The end of a process's log."""
        return "\n".join(self.log(name).read_text(errors="replace").splitlines()[-lines:])

    def _note(self) -> None:
        noted = {}
        for name, process in self.running.items():
            with contextlib.suppress(psutil.NoSuchProcess):
                noted[name] = [process.pid, psutil.Process(process.pid).create_time()]
        self.record.write_text(json.dumps(noted))


def end_leftovers(record: Path) -> list[str]:
    """End the processes that a killed runner left behind, and return their names. A number that went to another program is left alone."""
    if not record.exists():
        return []
    found: dict[str, psutil.Process] = {}
    with contextlib.suppress(ValueError):
        for name, (pid, started) in json.loads(record.read_text()).items():
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                if process.create_time() == started:
                    found[name] = process
    end(list(found.values()))
    record.unlink(missing_ok=True)
    return list(found)


def end(processes: Sequence[psutil.Process]) -> None:
    """Terminate `processes`; after STOP_SECONDS kill what is left of them and of what they started."""
    everyone = list(processes)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            everyone += process.children(recursive=True)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    _gone, alive = psutil.wait_procs(everyone, timeout=max(0.0, deadline - time.monotonic()))
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
