"""The addresses that a buyer keeps."""

from accounts.consents import give_consent
from accounts.models import Address, ConsentPurpose, User
from orders.checkout import DeliveryChoice

MOST_ADDRESSES = 20


def remember_address(*, by: User, choice: DeliveryChoice) -> Address:
    """Keep a delivery's address for the next order, with the buyer's consent on record: ticking 'remember' gives it.

    One that is known already moves to the front. The oldest beyond twenty goes.
    """
    give_consent(by=by, purpose=ConsentPurpose.ADDRESSES)
    address, _new = Address.objects.update_or_create(
        user=by,
        recipient=choice.recipient,
        phone=choice.phone,
        region_code=choice.region.code,
        detail=choice.address,
    )
    for old in Address.objects.filter(user=by)[MOST_ADDRESSES:]:
        old.delete()
    return address


def forget_address(*, by: User, address_id: int) -> None:
    """Delete one of the buyer's own addresses; someone else's stays where it is."""
    Address.objects.filter(user=by, pk=address_id).delete()
