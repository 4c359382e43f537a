"""Clicks on a flash sale from raw sockets: `python -m bench.flash_load FILE` reads whom and when, and prints what came back.

A process of its own without Django, so that what it costs is small and apart. Each click has its moment; it waits for nobody but a free
line, and its time counts from that moment on.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any, Final

LINES: Final = 200
ANSWERS: Final = (b"sold_out", b"early", b"over", b"busy", b"ticket", b"unknown")


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    status, length = int(head.split(b" ", 2)[1]), 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return status, await reader.readexactly(length) if length else b""


def _said(status: int, body: bytes) -> str:
    if status == 303:
        return "yours"
    found = body.partition(b'data-answer="')[2].partition(b'"')[0]
    return found.decode() if found in ANSWERS else f"status {status}"


class Storm:
    """All clicks of a sale, in the order of their moments."""

    def __init__(self, known: dict[str, Any]) -> None:
        self.known = known
        self.left = iter(known["clicks"])
        self.said: list[tuple[int, str, float, float]] = []

    async def line(self) -> None:
        """One connection: takes the next click, waits for its moment, sends it and reads the answer; connects again where it must."""
        reader = writer = None
        for buyer, at in self.left:
            await asyncio.sleep(max(0.0, self.known["begins"] + at - time.time()))
            answer = ""
            for _try in range(3):
                try:
                    if writer is None:
                        reader, writer = await asyncio.open_connection("127.0.0.1", self.known["port"])
                    writer.write(self._request(buyer))
                    assert reader is not None
                    answer = _said(*await asyncio.wait_for(_read(reader), 60))
                    break
                except (TimeoutError, OSError, asyncio.IncompleteReadError):
                    reader = writer = None
            now = time.time()
            self.said.append((buyer, answer or "lost", now - self.known["begins"], now - self.known["begins"] - at))

    def _request(self, buyer: int) -> bytes:
        ticket, session = self.known["tickets"][buyer]
        body = f"ticket={ticket}"
        head = (
            f"POST {self.known['path']} HTTP/1.1\r\nHost: 127.0.0.1:{self.known['port']}\r\nCookie: {self.known['cookie']}={session}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return (head + body).encode()


async def main() -> None:
    """Read the file, click, print one line of JSON: buyer, answer, seconds after the beginning, seconds after the click."""
    storm = Storm(json.loads(Path(sys.argv[1]).read_text()))
    await asyncio.gather(*(storm.line() for _line in range(LINES)))
    print(json.dumps(storm.said))


if __name__ == "__main__":
    asyncio.run(main())
