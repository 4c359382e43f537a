"""Django's entry for cms."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CmsConfig(AppConfig):
    """The app cms."""

    name = "cms"
    verbose_name = _("Brand halls")

    def ready(self) -> None:
        """Name the halls to the search, which knows no page."""
        from cms import finding  # noqa: F401
