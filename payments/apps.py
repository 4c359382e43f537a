"""Django's entry for payments."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    """The app payments."""

    name = "payments"
    verbose_name = _("Payments and ledger")
