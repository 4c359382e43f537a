"""Public pictures may be kept for good; nothing outside their folder is served."""

from pathlib import Path

from django.test import Client
from pytest_django import Settings


def test_pictures_are_kept_by_browsers_and_nothing_else_is_served(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "a.webp").write_bytes(b"picture")
    (tmp_path / "secret.txt").write_text("secret")
    response = Client().get("/media/a.webp")
    assert b"".join(response) == b"picture"
    assert "immutable" in response["Cache-Control"]
    for path in ("/media/../secret.txt", "/media/%2e%2e/secret.txt", "/media//etc/passwd"):
        assert Client().get(path).status_code in (400, 404)
