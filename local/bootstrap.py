"""Makes `.venv` and installs the locked packages. Runs on a bare Python, so it uses the standard library alone."""

import ast
import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from local import ports

CLONE = Path(__file__).resolve().parent.parent
VENV = CLONE / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = CLONE / "requirements-local.txt"
STAMP = VENV / "locked.txt"


def main() -> None:
    """Bring `.venv` to what the lock says; a broken download leaves it so that the same command goes on from there."""
    if os.environ.get("PORT") and not VENV.exists():
        ports.check(os.environ["PORT"])  # nobody should wait minutes to hear that the port is taken
    folder = os.open(CLONE, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)  # `make test` in two terminals: the second waits
    if STAMP.exists() and STAMP.read_bytes() == LOCK.read_bytes() and _works():
        return
    _step(1, "a Python environment in .venv")
    _make_venv()
    _step(2, "the installer uv")
    _run(
        2,
        [
            str(PYTHON),
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
            "local/uv.txt",
        ],
    )
    _step(3, "the locked packages (about 250 MB to download the first time)")
    command = [str(VENV / "bin" / "uv"), "pip", "install", "--python", str(PYTHON), "--require-hashes", "-r", str(LOCK)]
    _run(3, command, _pip_settings_for_uv())
    shutil.copyfile(LOCK, STAMP)


def _works() -> bool:
    return PYTHON.exists() and subprocess.run([PYTHON, "-c", ""], check=False).returncode == 0


def _make_venv() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            f"Python {sys.version_info[0]}.{sys.version_info[1]} is here without venv. On Debian or Ubuntu: apt-get install python3-venv"
        )
    if not _works() or subprocess.run([PYTHON, "-c", "import pip"], check=False, capture_output=True).returncode:
        _run(1, [sys.executable, "-m", "venv", "--clear", str(VENV)])


def _pip_settings_for_uv() -> dict[str, str]:
    """Mirrors and certificates that this machine's pip is set up with, in uv's words; uv's own settings go first.

    Taking files from several places is safe here, since every file must match its hash in the lock.
    """
    done = subprocess.run([PYTHON, "-m", "pip", "config", "list"], check=False, capture_output=True, text=True)
    found: dict[str, str] = {}
    for line in done.stdout.splitlines():
        name, _equals, value = line.partition("=")
        found[name.rpartition(".")[2]] = str(ast.literal_eval(value))
    wanted = {
        "UV_DEFAULT_INDEX": found.get("index-url", ""),
        "UV_INDEX": found.get("extra-index-url", ""),
        "UV_FIND_LINKS": found.get("find-links", ""),
        "SSL_CERT_FILE": found.get("cert", ""),
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_HTTP_TIMEOUT": "120",
    }
    return {name: value for name, value in wanted.items() if value and name not in os.environ}


def _run(number: int, command: list[str], variables: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=CLONE, env={**os.environ, **(variables or {})}, check=False)
    if done.returncode:
        sys.exit(
            f"Step {number} of 3 failed, for the reason above. If it was the network: check the connection (HTTPS_PROXY names a proxy,"
            " UV_DEFAULT_INDEX and PIP_INDEX_URL a mirror), and run the same command again; it goes on from here."
        )


def _step(number: int, what: str) -> None:
    print(f"[{number}/3] Installing {what} ...", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Stopped. The same command goes on from here.")
