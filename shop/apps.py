"""Django's entry for shop."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShopConfig(AppConfig):
    """The app shop."""

    name = "shop"
    verbose_name = _("Site")

    def ready(self) -> None:
        """Register the system checks."""
        from shop import checks  # noqa: F401
