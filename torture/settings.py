"""The site's settings with the hooks of torture (torture.apps, torture.answers)."""

from shop.settings import *  # noqa: F403
from shop.settings import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "torture"]
MIDDLEWARE = ["torture.answers.dying_answers", *MIDDLEWARE]
