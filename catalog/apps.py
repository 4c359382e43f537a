"""Django's entry for catalog."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """The app catalog."""

    name = "catalog"
    verbose_name = _("Goods")
