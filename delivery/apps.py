"""The app of delivery."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    """Delivery: runs, routes, parcels and custody."""

    name = "delivery"
    verbose_name = _("Delivery")
