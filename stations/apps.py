"""Django's entry for stations."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StationsConfig(AppConfig):
    """The app stations."""

    name = "stations"
    verbose_name = _("Regions and stations")
