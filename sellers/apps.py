"""Django's entry for sellers."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SellersConfig(AppConfig):
    """The app sellers."""

    name = "sellers"
    verbose_name = _("Households and stores")

    def ready(self) -> None:
        """Make known the form that a phone keeps of an opening."""
        from sellers.form_kinds import KINDS, OPENING
        from sellers.opening_kind import KIND

        KINDS[OPENING] = KIND
