"""Django's entry for catalog."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """The app catalog."""

    name = "catalog"
    verbose_name = _("Goods")

    def ready(self) -> None:
        """Make known the form that a phone keeps of a listing."""
        from catalog.offline_listing import KIND, LISTING
        from sellers.form_kinds import KINDS

        KINDS[LISTING] = KIND
