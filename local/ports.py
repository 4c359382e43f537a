"""Ports of the loopback; the standard library alone, because it runs before anything is installed."""

import socket
import sys

HIGHEST = 65_535


def check(wanted: str) -> int:
    """The port that PORT names. Ends the program with one clear line when it is no port, is not allowed or is taken."""
    if not wanted.isdecimal() or not 0 < int(wanted) <= HIGHEST:
        sys.exit(f"PORT is {wanted!r}; it must be a number from 1 to {HIGHEST}. For example: make start PORT=8010")
    port = int(wanted)
    try:
        free = _is_free(port)
    except PermissionError:
        sys.exit(f"Port {port} is kept for the administrator. Choose one above 1024: make start PORT=8010")
    if not free:
        sys.exit(
            f"Port {port} is taken by another program. Stop that one, or choose another port: make start PORT={free_port(port + 10)}"
        )
    return port


def free_port(wanted: int = 0) -> int:
    """A free port of the loopback: `wanted` if it is free and not 0, else any."""
    if 0 < wanted <= HIGHEST and _is_free(wanted):
        return wanted
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _is_free(port: int) -> bool:
    """Whether nobody listens on `port`, on either kind of address that a browser tries for localhost."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that just stopped is no obstacle
                trial.bind((host, port))
        except PermissionError:
            raise
        except OSError:
            if family == socket.AF_INET or _answers(host, port):
                return False
    return True


def _answers(host: str, port: int) -> bool:
    """Whether somebody listens; a machine without IPv6 can't bind there, and nobody answers."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
