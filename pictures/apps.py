"""Django's entry for pictures."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PicturesConfig(AppConfig):
    """The app pictures."""

    name = "pictures"
    verbose_name = _("Pictures")
