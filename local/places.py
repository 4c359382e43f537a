"""Where a clone keeps what it makes: its `var/` folder, and as root a folder of its own for PostgreSQL.

PostgreSQL refuses to run as root, so root's servers run as an OS user of their own, who must be able to reach the data. A clone in
/root (0700) is out of that user's reach, and opening /root to everybody is not ours to do. Root's data therefore goes to
/var/lib/daylily/<id>, and `var/postgres` of the clone points there.
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
ROOT_DATA = Path("/var/lib/daylily")
LONGEST_SOCKET = 107  # bytes that Linux takes in the path of a unix socket, its closing zero aside
SOCKET_NAME = ".s.PGSQL.5432"


class FolderNotOurs(Exception):
    """A folder that the servers need belongs to somebody else."""


@dataclass(frozen=True)
class Place:
    """The folders of one pair of servers: `demo` for `make start`, `test` for `make test`."""

    name: str
    var: Path

    @property
    def folder(self) -> Path:
        """The folder for locks, logs and state of this pair of servers."""
        return made(self.var if self.name == "demo" else self.var / self.name)

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data folder; not made here."""
        if os.geteuid() != 0:
            return self.folder / "postgres"
        return self._root_folder() / self.name

    @property
    def sockets(self) -> Path:
        """A folder for both servers' unix sockets whose path is short enough, closed to other people."""
        folder = self._root_folder() / f"run-{self.name}" if os.geteuid() == 0 else self.folder / "run"
        if len(os.fsencode(folder / SOCKET_NAME)) > LONGEST_SOCKET:
            digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
            folder = Path(tempfile.gettempdir()) / f"daylily-{os.geteuid()}-{digest}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), *_root_may_own(folder)}:
            raise FolderNotOurs(f"{folder} belongs to somebody else. Remove it, or set TMPDIR to a folder of your own.")
        return folder

    def _root_folder(self) -> Path:
        """Root's folder for this clone: /var/lib/daylily/<id>, with the id and a link in the clone's `var/`."""
        var = made(self.var)
        ticket = var / "id"
        if not ticket.exists() or _taken_by_another(ticket.read_text(), var):
            ticket.write_text(secrets.token_hex(6))
        folder = passable(ROOT_DATA / ticket.read_text())
        (folder / "clone").write_text(str(var))
        link = var / "postgres"
        if link.is_symlink() and link.readlink() != folder:
            link.unlink()
        if not link.is_symlink():
            link.symlink_to(folder)
        return folder


def demo(var: Path = CLONE / "var") -> Place:
    """The servers of `make start`, whose data stays."""
    return Place("demo", var)


def test(var: Path = CLONE / "var") -> Place:
    """The servers of `make test`, whose data is worth nothing."""
    return Place("test", var)


def made(folder: Path) -> Path:
    """`folder`, made where it was missing. Raises FolderNotOurs when we may not write to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except PermissionError:
        writable = False
    if not writable:
        raise FolderNotOurs(f"{folder} can't be written: it belongs to another user. Run as that user, or remove it.")
    return folder


def passable(folder: Path) -> Path:
    """`folder` below /var/lib/daylily, made so that the servers' OS user can pass, whatever root's umask is."""
    for part in (ROOT_DATA, *(one for one in reversed(folder.parents) if ROOT_DATA in one.parents), folder):
        if not part.exists():
            part.mkdir(parents=True, exist_ok=True)
            part.chmod(0o755)
    return folder


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file at `path` alone; wait for it. The system lets go of it when the process ends, however it ends."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _taken_by_another(ticket: str, var: Path) -> bool:
    """Whether this `var/` is a copy of another clone's, which still uses the id."""
    note = ROOT_DATA / ticket / "clone"
    if not note.exists():
        return False
    other = Path(note.read_text())
    same_id = (other / "id").exists() and (other / "id").read_text() == ticket
    return other != var and same_id


def _root_may_own(folder: Path) -> set[int]:
    """Root runs PostgreSQL as another user, who owns the sockets' folder below /var/lib/daylily."""
    return {folder.stat().st_uid} if os.geteuid() == 0 and folder.is_relative_to(ROOT_DATA) else set()
