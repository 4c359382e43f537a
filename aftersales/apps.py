"""Django's entry for after-sales."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AftersalesConfig(AppConfig):
    """The app aftersales."""

    name = "aftersales"
    verbose_name = _("After-sales")

    def ready(self) -> None:
        """Take part in "My data" and in forgetting."""
        from aftersales import personal  # noqa: F401
