"""Django's entry for payments."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    """The app payments."""

    name = "payments"
    verbose_name = _("Payments and ledger")

    def ready(self) -> None:
        """Make the ways to pay known; a third is one line here."""
        from payments.by_counter import BY_COUNTER
        from payments.by_stripe import BY_STRIPE
        from payments.providers import register

        for provider in (BY_STRIPE, BY_COUNTER):
            register(provider)
