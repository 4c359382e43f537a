"""Django's entry for orders."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    """The app orders."""

    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        """Listen for sign-ins (the only signal we take)."""
        from orders import sign_in  # noqa: F401
