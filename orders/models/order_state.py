"""The states of an order's money."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderState(models.TextChoices):
    """The money side of an order. Whether it was delivered is read from its parcels, not kept here."""

    RESERVED = "reserved", _("waiting for payment")
    DEPOSIT = "deposit", _("deposit paid, balance due")
    PAID = "paid", _("paid")
    EXPIRED = "expired", _("not paid in time")
    LAPSED = "lapsed", _("balance not paid in time")
    CALLED_OFF = "called_off", _("called off, deposit returned")
    REFUNDED = "refunded", _("refunded")


# While an order is in one of these, its goods are held for it until `reserved_until`.
WAITING: Final = (OrderState.RESERVED, OrderState.DEPOSIT)
# Nothing of it was sold.
UNSOLD: Final = (OrderState.EXPIRED, OrderState.LAPSED, OrderState.CALLED_OFF)
