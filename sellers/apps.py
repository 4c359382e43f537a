"""Django's entry for sellers."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SellersConfig(AppConfig):
    """The app sellers."""

    name = "sellers"
    verbose_name = _("Households and stores")
