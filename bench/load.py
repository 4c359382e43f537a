"""A small closed-loop load generator, and the CPU time of process trees from /proc."""

import os
import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Rate:
    """What one address gave: requests a second, CPU milliseconds a request, bytes of the body, failures."""

    requests: int
    seconds: float
    cpu_ms: float
    size: int
    failures: int

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def cpu_seconds(roots: Iterable[int]) -> float:
    """User and system time so far of these processes, their descendants and their ended children."""
    total = 0
    for root in roots:
        for process in [psutil.Process(root), *psutil.Process(root).children(recursive=True)]:
            try:
                with open(f"/proc/{process.pid}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            total += sum(int(value) for value in fields[11:15])
    return total / TICK


def measure(port: int, path: str, *, seconds: float, roots: Iterable[int], clients: int = 4) -> Rate:
    """Ask for `path` from `clients` connections for `seconds`; CPU is that of the process trees of `roots` meanwhile."""
    roots = list(roots)
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: identity\r\n\r\n".encode()
    counts, sizes, failures = [0] * clients, [0] * clients, [0] * clients
    began, before = time.monotonic(), cpu_seconds(roots)
    end = began + seconds

    def ask(number: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = connection.makefile("rb", buffering=65536)
            while time.monotonic() < end:
                connection.sendall(request)
                status, size = _read(reader)
                counts[number] += 1
                sizes[number] = size
                failures[number] += status != 200

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent, elapsed = cpu_seconds(roots) - before, time.monotonic() - began
    asked = sum(counts)
    return Rate(asked, elapsed, 1000 * spent / max(asked, 1), max(sizes), sum(failures))


def _read(reader: object) -> tuple[int, int]:
    status = int(reader.readline().split()[1])  # type: ignore[attr-defined]
    length = 0
    while line := reader.readline().strip():  # type: ignore[attr-defined]
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = reader.read(length)  # type: ignore[attr-defined]
    return status, len(body)
