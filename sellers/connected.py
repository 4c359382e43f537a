"""Accounts at Stripe that co-operatives and enterprises name for their money (Stripe Connect)."""

import re
import unicodedata

from django.utils.translation import gettext as _

from sellers.models import Household, HouseholdKind

# https://docs.stripe.com/api/accounts/object#account_object-id
ACCOUNT = re.compile(r"acct_[A-Za-z0-9]{8,60}")


class NoStripeAccount(ValueError):
    """Not the number of a connected account, or of somebody whom Stripe does not serve."""


def is_served(household: Household) -> bool:
    """Whether Stripe may serve this seller: a co-operative, an enterprise or a station, never a farming household."""
    return household.kind != HouseholdKind.HOUSEHOLD


def checked_account(household: Household, text: str) -> str:
    """The number of the household's connected account (`acct_...`). Raises NoStripeAccount."""
    if not is_served(household):
        raise NoStripeAccount(
            _(
                "Stripe does not serve farming households of the mainland. Choose a bank card, or cash at the service point."
            )
        )
    number = "".join(unicodedata.normalize("NFKC", text).split())
    if not ACCOUNT.fullmatch(number):
        raise NoStripeAccount(_("The number of an account at Stripe begins with acct_, such as acct_1OxA2bC3dE4fG5hI."))
    return number
