"""`python -m bench wizard`: one opening with two photographs over 4 Mbps and 400 ms: bytes, seconds, server time, taps."""

import io
import re
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, Response, sync_playwright

BITS, DELAY_MS = 4_000_000, 400
MOST_BYTES = 600_000
PHONE = {"width": 390, "height": 844}
IDENTITY = "11010519491231002X"  # the example of GB 11643-1999
MEGAPIXELS = (4000, 3000)
SILENCE = 0.05


class Wire:
    """The line: a relay to the server, as slow as BITS and DELAY_MS say, that counts every byte either way.

    The browser's own emulation leaves out what goes through a service worker, in time and in bytes.
    """

    def __init__(self, server_port: int) -> None:
        self.up = self.down = 0
        self._free = {"up": 0.0, "down": 0.0}
        self._turn = threading.Lock()
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            browser, _address = self._listener.accept()
            server = socket.create_connection(("127.0.0.1", self._server_port))
            browser.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            threading.Thread(target=self._pass_on, args=(browser, server, "up"), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, browser, "down"), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, way: str) -> None:
        sent = time.monotonic() - 1
        try:
            while piece := source.recv(16384):
                setattr(self, way, getattr(self, way) + len(piece))
                if time.monotonic() - sent > SILENCE:  # the first of a burst is on its way for half the delay
                    time.sleep(DELAY_MS / 2000)
                self._take_turn(way, len(piece))
                target.sendall(piece)
                sent = time.monotonic()
            target.shutdown(socket.SHUT_WR)
        except OSError:  # the browser drops connections that it no longer needs
            target.close()

    def _take_turn(self, way: str, size: int) -> None:
        """Wait until the line has carried so many bytes, all connections together."""
        with self._turn:
            self._free[way] = max(self._free[way], time.monotonic()) + size * 8 / BITS
            free = self._free[way]
        time.sleep(max(0.0, free - time.monotonic()))


@dataclass
class Screen:
    """What one screen took: taps, bytes up and down, seconds in front of it, milliseconds of the server."""

    name: str
    taps: int = 0
    up: int = 0
    down: int = 0
    seconds: float = 0.0
    server_ms: list[float] = field(default_factory=list)


@dataclass
class Clerk:
    """A clerk with a phone, who counts."""

    page: Page
    wire: Wire
    screens: list[Screen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("response", self._listen)

    def _listen(self, response: Response) -> None:
        found = re.search(r"app;dur=([\d.]+)", response.headers.get("server-timing", ""))
        if found and response.request.resource_type == "document" and self.screens:
            self.screens[-1].server_ms.append(float(found.group(1)))

    def screen(self, name: str, *fields: tuple[str, str], then: str) -> None:
        """Fill in the fields (selector, text; an empty text is a tick), press `then` and wait for the next page."""
        screen = Screen(name)
        self.screens.append(screen)
        up, down, began = self.wire.up, self.wire.down, time.monotonic()
        for selector, text in fields:
            screen.taps += 1
            place = self.page.locator(selector).first
            place.fill(text) if text else place.check()
        screen.taps += 1
        with self.page.expect_navigation(wait_until="load"):
            self.page.locator(then).first.click()
        screen.seconds = time.monotonic() - began
        screen.up, screen.down = self.wire.up - up, self.wire.down - down

    def photograph(self, selector: str, picture: Path) -> None:
        """Take a photograph: the camera's two taps."""
        self.page.locator(selector).set_input_files(picture)
        self.page.wait_for_timeout(100)
        self.page.wait_for_function(
            "selector => !document.querySelector(selector).shrinking", arg=selector, timeout=120_000
        )


def photographs(folder: Path) -> list[Path]:
    """Two JPEGs of twelve megapixels as a phone makes them: the demo's drawings with a sensor's grain."""
    from demo.pictures.draw import FORMS, draw, rasterise

    subject, forms = next(iter(FORMS.items()))
    found = []
    for number in (1, 2):
        drawn = Image.open(io.BytesIO(rasterise(draw(subject, forms[0], number), MEGAPIXELS[0]))).convert("RGB")
        grain = Image.effect_noise(MEGAPIXELS, 24).convert("RGB")
        path = folder / f"IMG_{number}.jpg"
        Image.blend(drawn.resize(MEGAPIXELS), grain, 0.18).save(path, "JPEG", quality=92)
        found.append(path)
    return found


def open_a_store(clerk: Clerk, pictures: list[Path], phone: str, identity: str) -> None:
    """The five screens, the farmer's word on paper."""
    page, go_on = clerk.page, "main form button.leaf[type=submit]"
    fields = (("[name=consent]", ""), ("[name=name]", "曾桂香"), ("[name=phone]", phone))
    clerk.screen("1 the farmer", *fields, then=go_on)
    clerk.screen("2 the number", ("[name=identity_consent]", ""), ("[name=identity]", identity), then=go_on)
    clerk.screen("3 the mandate", ("[name=how][value=paper]", ""), then=go_on)
    clerk.photograph("[name=paper]", pictures[0])
    clerk.screen("  the paper", then=go_on)
    clerk.screens[-1].taps += 2
    clerk.photograph("[name=picture]", pictures[1])
    story = ("[name=story]", "我家在山坳里种了三十年黄花菜，摘花、蒸晒都是自己动手。")
    clerk.screen("4 the store", ("[name=suggestion]", ""), story, then=go_on)
    clerk.screens[-1].taps += 2
    clerk.screen("5 submit", then=go_on)
    assert "/desk/stores/" in page.url, page.url


def measure(wire: Wire, email: str, password: str, folder: Path, chromium: str, numbers: list[tuple[str, str]]) -> None:
    """Open a store on a phone that has never seen the desk, then another on the same phone; print both."""
    pictures = photographs(folder)
    sizes = " and ".join(f"{picture.stat().st_size / 1e6:.1f} MB" for picture in pictures)
    print(f"Two photographs of 12 megapixels, {sizes}; {BITS / 1e6:.0f} Mbps, {DELAY_MS} ms")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
        context.set_default_timeout(120_000)
        page = context.new_page()
        page.goto(f"http://localhost:{wire.port}/account/login/?next=/desk/stores/")
        page.fill("[name=login]", email)
        page.fill("[name=password]", password)
        with page.expect_navigation(wait_until="load"):
            page.press("[name=password]", "Enter")
        for title, (phone, identity) in zip(("first opening on a phone", "next opening on it"), numbers, strict=True):
            _one(page, wire, title, pictures, phone, identity)
        browser.close()


def _one(page: Page, wire: Wire, title: str, pictures: list[Path], phone: str, identity: str) -> None:
    before = wire.up + wire.down
    page.goto(f"http://localhost:{wire.port}/desk/stores/open/")
    clerk = Clerk(page, wire)
    began = wire.up + wire.down - before
    open_a_store(clerk, pictures, phone, identity)
    page.wait_for_timeout(5000)  # whatever the worker still fetches belongs to it
    total = wire.up + wire.down - before
    print(
        f"\n{title}: {total / 1000:.0f} kB over the wire ({'within' if total <= MOST_BYTES else 'OVER'} {MOST_BYTES // 1000} kB)"
    )
    print(f"  {'screen':16}{'taps':>5}{'kB up':>8}{'kB down':>9}{'seconds':>9}{'server ms':>11}")
    print(f"  {'the first page':16}{'':5}{'':8}{began / 1000:9.1f}")
    for one in clerk.screens:
        server = sum(one.server_ms)
        print(f"  {one.name:16}{one.taps:5}{one.up / 1000:8.1f}{one.down / 1000:9.1f}{one.seconds:9.1f}{server:11.0f}")
    print(f"  {'together':16}{sum(one.taps for one in clerk.screens):5}")
