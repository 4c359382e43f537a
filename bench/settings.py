"""The site's settings, with the limit views beside its addresses; VISITOR_PAGE_SECONDS chooses warm or uncached pages."""

import os

from shop.settings import *  # noqa: F403
from shop.settings import BASE_DIR, INSTALLED_APPS, MIDDLEWARE, TEMPLATES

ROOT_URLCONF = "bench.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "bench"]
MIDDLEWARE = ["bench.limits.server_time", *MIDDLEWARE]
TEMPLATES[0]["DIRS"].append(BASE_DIR / "bench" / "templates")
VISITOR_PAGE_SECONDS = int(os.environ.get("VISITOR_PAGE_SECONDS", "0"))
