"""Folders of a test's own for the pictures that it takes in, and a photograph to take."""

import io
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.files.storage import storages
from PIL import Image
from pytest_django.fixtures import Settings

from pictures.models import Picture


class Folders(NamedTuple):
    """Where files lie in a test: `public` is served, `private` is not."""

    public: Path
    private: Path

    def files(self) -> list[str]:
        """Every file in both."""
        return sorted(
            str(path.relative_to(root.parent)) for root in self for path in root.rglob("*") if not path.is_dir()
        )


@pytest.fixture
def folders(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    """Both folders, empty."""
    here = Folders(tmp_path / "public", tmp_path / "private")
    for folder in here:
        folder.mkdir()
    settings.MEDIA_ROOT = str(here.public)
    # The model's field holds the storage itself: other settings come too late for it, and after another test's it is one of its own.
    for storage in (Picture._meta.get_field("file").storage, storages["private"]):
        monkeypatch.setitem(storage.__dict__, "location", str(here.private))
        monkeypatch.setitem(storage.__dict__, "_constructor_args", ((), {"location": str(here.private)}))
    return here


def photograph(
    kind: str = "JPEG", size: tuple[int, int] = (1600, 1200), seed: int = 0, **options: object
) -> io.BytesIO:
    """A picture with a red left half and a green right half; another `seed` is another photograph."""
    image = Image.new("RGB", size, (200, 40, 30))
    image.paste((40, 140, 60), (size[0] // 2, 0, *size))
    for place in range(16 if seed else 0):
        shade = (seed * 7919 + place * 104729) % 251
        width, height = size[0] // 4, size[1] // 4
        left, top = place % 4 * width, place // 4 * height
        image.paste((shade, 255 - shade, shade // 2), (left, top, left + width, top + height))
    file = io.BytesIO()
    image.save(file, kind, **options)
    file.seek(0)
    return file
