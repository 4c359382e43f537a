"""Django's entry for accounts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """The app accounts."""

    name = "accounts"
    verbose_name = _("Accounts")
