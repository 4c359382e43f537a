"""The demo's pictures: our drawings, rasterised and taken in through the same door as a clerk's photograph, on all processors at once."""

import queue
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from django.core.files.base import ContentFile
from django.db import connection

from demo.pictures.draw import draw, rasterise, scene
from pictures.intake import take_in
from pictures.models import Picture

PICTURE_WIDTH, SCENE_WIDTH = 1200, 1600
# Encoders let other threads run meanwhile; more threads than this gain nothing on a small machine.
WORKERS = 2


class Wanted(NamedTuple):
    """A picture to be drawn: of what, in which form, and what it is called."""

    subject: str
    form: str
    title: str
    title_en: str

    @classmethod
    def like(cls, kind: Sequence[str], title: str, title_en: str) -> "Wanted":
        """What a [subject, form] of the TOML files asks for."""
        subject, form = kind
        return cls(subject, form, title, title_en)

    @property
    def seed(self) -> int:
        """The same drawing at every load, another one for every product."""
        return zlib.crc32(repr(tuple(self)).encode()) % 100_000


def pictures_of(stores: Iterable[dict[str, Any]]) -> Iterator[Wanted]:
    """Every picture that these stores of the TOML files and their goods want."""
    for store in stores:
        yield Wanted.like(store["picture"], store["name"], store["name_en"])
        for goods in store.get("products", []):
            for kind in goods["picture"]:
                yield Wanted.like(kind, goods["name"], goods["name_en"])


def take_picture(wanted: Wanted) -> Picture:
    """Draw one picture and take it in."""
    return _take(draw(wanted.subject, wanted.form, wanted.seed), wanted.title, wanted.title_en, PICTURE_WIDTH)


def take_scene(name: str, *, title: str, title_en: str) -> Picture:
    """Draw one landscape, for the halls, and take it in."""
    return _take(scene(name, seed=1), title, title_en, SCENE_WIDTH)


def _take(svg: str, title: str, title_en: str, width: int) -> Picture:
    return take_in(
        ContentFile(rasterise(svg, width), name="drawing.png"),
        title=title,
        alt_zh=f"{title}（插画）",
        alt_en=f"{title_en} (illustration)",
        is_illustration=True,
        at_once=True,  # the demo opens its doors with its pictures on the walls
    )


def take_pictures(
    wanted: Iterable[Wanted], *, step: Callable[[str], None], workers: int = WORKERS
) -> dict[Wanted, Picture]:
    """Every picture by what was wanted. With `workers` above 0 each writes on a connection of its own, outside any transaction."""
    unique = list(dict.fromkeys(wanted))
    if not workers:
        return {one: _told(take_picture(one), step) for one in unique}
    waiting: queue.SimpleQueue[Wanted] = queue.SimpleQueue()
    for one in unique:
        waiting.put(one)
    done: dict[Wanted, Picture] = {}
    lock = threading.Lock()

    def work() -> None:
        try:
            while True:
                try:
                    one = waiting.get_nowait()
                except queue.Empty:
                    return
                picture = take_picture(one)
                with lock:
                    done[one] = _told(picture, step)
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        for working in [pool.submit(work) for _ in range(workers)]:
            working.result()
    return done


def _told(picture: Picture, step: Callable[[str], None]) -> Picture:
    step(picture.title)
    return picture
