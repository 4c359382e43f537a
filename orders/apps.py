"""Django's entry for orders."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    """The app orders."""

    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        """Listen for sign-ins (the only signal we take), and say how goods read the campaign prices that hold."""
        from catalog.campaigns import read_with
        from orders import sign_in  # noqa: F401
        from orders.campaign_prices import read_campaigns

        read_with(read_campaigns)
