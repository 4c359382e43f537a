"""The desk as an app on the phone: its manifest, its service worker, and the files that it keeps."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sellers.form_kinds import KINDS

# What a page of the desk looks like, and what it does without a line.
SHELL = (
    "vendor/pico/pico.min.css",
    "css/daylily.css",
    "css/desk.css",
    "sellers/sellers.css",
    "sellers/offline.css",
    "img/logo.svg",
    "img/favicon.svg",
    "js/shrink.js",
    "sellers/offline_store.js",
    "sellers/offline_send.js",
    "sellers/offline_desk.js",
    "sellers/offline_list.js",
)
WORKER = ("sellers/offline_store.js", "sellers/offline_send.js")
ICONS = (
    ("img/app-192.png", "192x192", "any"),
    ("img/app-512.png", "512x512", "any"),
    ("img/app-maskable-512.png", "512x512", "maskable"),
)
PAPER, LEAF = "#fbf6ec", "#2f4a1e"
LANGUAGES = ("zh-hans", "en")


def shell() -> list[str]:
    """All static files that a phone keeps, those of every kind of form among them."""
    return [*SHELL, *(path for kind in KINDS.values() for path in kind.files)]


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to put the desk on its home screen, in the language of the page."""
    tongue = get_language() or "zh-hans"
    content = {
        "id": "/desk/",
        "name": _("Daylily desk"),
        "short_name": _("Desk"),
        "description": _("The desk of the stations: open stores, receive goods, hand out parcels, also offline."),
        "lang": "zh-Hans" if tongue == "zh-hans" else tongue,
        "start_url": reverse("desk"),
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": LEAF,
        "icons": [
            {"src": static(path), "sizes": sizes, "type": "image/png", "purpose": use} for path, sizes, use in ICONS
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker's script: what it keeps, the two scripts it shares with the pages, and what it does (offline_worker.js)."""
    app = {"version": version(), "shell": [static(path) for path in shell()], "pages": offline_pages()}
    imports = ", ".join(json.dumps(static(path)) for path in WORKER)
    text = f"const APP = {json.dumps(app)};\nimportScripts({imports});\n{_source('sellers/offline_worker.js').decode()}"
    response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Service-Worker-Allowed"] = "/"
    return response


@lru_cache(maxsize=1)
def version() -> str:
    """Twelve hex digits that change with any file of the shell: a new deployment replaces what phones keep."""
    digest = hashlib.sha256()
    for path in (*shell(), "sellers/offline_worker.js"):
        digest.update(static(path).encode() + _source(path))
    return digest.hexdigest()[:12]


def _source(path: str) -> bytes:
    found = finders.find(path)
    assert isinstance(found, str), f"{path} is no static file."
    return Path(found).read_bytes()


def offline_pages() -> dict[str, str]:
    """The offline page of each language, by the desk's address in it."""
    pages = {}
    for language in reversed(LANGUAGES):
        with override(language):
            pages[reverse("desk")] = reverse("desk_offline")
    return pages
