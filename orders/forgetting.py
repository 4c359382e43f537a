"""Forgetting a person: an account or a farmer's record, deleted as far as the law lets, and what stands in the way said clearly.

Personal Information Protection Law (2021), art. 47: deleted when asked for, unless a law has it kept. E-Commerce Law (2018), art. 31:
what was sold is kept for three years. So orders, money and handovers stay, and lose whom they were for: recipient, telephone, address and
e-mail. The facts of sale and the ledger name nobody and don't change.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Address, Consent, OneTimeCode, User
from catalog.models import BackNotice, Product
from catalog.search import index_product
from delivery.models import Parcel
from orders.models import UNSOLD, WAITING, Cart, Consignment, InvoiceRequest, Order, OrderLine, OrderState
from payments.ledger import owed
from payments.models import AccountKind, Dispute, LedgerAccount, Payment, Refund, RefundState
from sellers import consents, forgetting
from sellers.models import Household, HouseholdKind, Store, StoreStatus
from sellers.paying_cash import unfinished_of
from stations.models import Posting, Role
from stations.scope import NotAllowed, scope_of

MAY_FORGET = (Role.CENTRE_STAFF,)
# E-Commerce Law, art. 31: at least three years from the end of the transaction.
KEPT_FOR = dt.timedelta(days=3 * 366)
PRODUCT_TEXTS = ("name", "name_en", "summary", "summary_en", "story", "story_en")


Emptier = Callable[[Sequence[str]], None]
_EMPTIERS: list[Emptier] = []


def also_emptied(emptier: Emptier) -> Emptier:
    """Register what an app above this one empties with orders, given by their references; it runs in the same transaction."""
    _EMPTIERS.append(emptier)
    return emptier


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way of deletion, what to do about it, and where (an address or nothing)."""

    what: str
    how: str
    url: str = ""


class NotYet(Exception):
    """Something stands in the way of deletion: `obstacles`. Nothing was changed."""

    def __init__(self, obstacles: list[Obstacle]) -> None:
        super().__init__("; ".join(obstacle.what for obstacle in obstacles))
        self.obstacles = obstacles


def obstacles_for_user(user: User) -> list[Obstacle]:
    """What has to end before this account can be deleted; the household's too, if it has one."""
    found = [*_duties(user), *_orders_under_way(user)]
    household = Household.objects.filter(user=user).first()
    return [*found, *obstacles_for_household(household, close_at="my_store_close")] if household else found


def obstacles_for_household(household: Household, *, close_at: str = "desk_store_close") -> list[Obstacle]:
    """What has to end before this household's record can be deleted: open stores, goods under way, money that is owed.

    `close_at` names the page where the reader closes a store.
    """
    if household.kind == HouseholdKind.STATION:
        return [Obstacle(_("A station is no person."), _("It closes with its station."))]
    stores = list(Store.objects.filter(household=household))
    return [
        *(_open_store(store, close_at) for store in stores if store.status in consents.SELLS),
        *_sales_under_way(household),
        *_money_under_way(household),
        *_money_owed([*(store.slug for store in stores), household.account]),
    ]


def forget_user(*, by: User, user: User, at: dt.datetime | None = None) -> None:
    """Delete an account, and the household that is theirs. Raises NotAllowed for anybody but its holder and the operator, NotYet.

    The row stays as a number without a person (orders and handovers point to it); nobody can sign in with it any more.
    """
    if by.pk != user.pk and not by.is_superuser:
        raise NotAllowed(_("Only the holder of an account deletes it."))
    when = at or timezone.now()
    with transaction.atomic():
        held = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if held.forgotten_at:
            return
        household = Household.objects.select_for_update(no_key=True).filter(user=held).first()
        if obstacles := obstacles_for_user(held):
            raise NotYet(obstacles)
        if household:
            _forget_household(household, when)
        empty_orders(Order.objects.filter(user=held))
        _empty_user(held, when)
    end_sessions(held)


def end_sessions(user: User) -> None:
    """Sign the user out wherever they are signed in."""
    for session in UserSession.objects.filter(user=user):
        session.end()


def forget_household(*, by: User, household: Household, at: dt.datetime | None = None) -> None:
    """Delete a farmer's record, by the farmer or at the farmer's word by centre staff. Raises NotAllowed, NotYet.

    An own account of the farmer's stays, without a store: it is deleted by its holder.
    """
    if household.user_id is None or household.user_id != by.pk:
        scope_of(by).require(MAY_FORGET, household.region_id)
    forget_without_asking(household, at=at)


def forget_without_asking(household: Household, *, at: dt.datetime | None = None) -> None:
    """The same, for the nightly job that follows a farmer's withdrawal. Raises NotYet."""
    with transaction.atomic():
        held = Household.objects.select_for_update(no_key=True).get(pk=household.pk)
        if held.forgotten_at:
            return
        if obstacles := obstacles_for_household(held):
            raise NotYet(obstacles)
        _forget_household(held, at or timezone.now())
    household.refresh_from_db()


def forget_withdrawn() -> int:
    """Delete the records of farmers who took their consent back, where nothing stands in the way any more; returns how many."""
    done = 0
    for household in consents.to_be_forgotten():
        try:
            forget_without_asking(household)
        except NotYet:
            continue
        done += 1
    return done


def forget_old_orders(*, at: dt.datetime | None = None) -> int:
    """Empty the recipients of orders that ended three years ago, and papers of forgotten farmers as old; returns how many orders."""
    before = (at or timezone.now()) - KEPT_FOR
    for household in Household.objects.exclude(forgotten_at=None).filter(forgotten_at__lt=before):
        forgetting.delete_papers(household)
    ended = Q(state__in=(OrderState.PAID, OrderState.REFUNDED), paid_at__lt=before) | Q(
        state__in=UNSOLD, placed_at__lt=before
    )
    return empty_orders(Order.objects.filter(ended).exclude(phone=""))


@transaction.atomic
def empty_orders(orders: "QuerySet[Order]") -> int:
    """Take the person off these orders and their parcels (recipient, telephone, address, e-mail), and off what was said of them.
    Returns how many orders.
    """
    refs = list(orders.values_list("ref", flat=True))
    for emptier in _EMPTIERS:
        emptier(refs)
    Parcel.objects.filter(group_ref__in=refs).update(recipient="", phone="", address="", pickup_code="")
    invoices = InvoiceRequest.objects.filter(consignment__order__ref__in=refs)
    files = list(invoices.exclude(file="").values_list("file", flat=True))
    invoices.update(title="", tax_number="", file="")
    forgetting.events_of("orders.InvoiceRequestEvent").filter(consignment__order__ref__in=refs).update(
        title="", tax_number="", file=""
    )
    for file in files:
        transaction.on_commit(partial(storages["private"].delete, file))
    return Order.objects.filter(ref__in=refs).update(recipient="", phone="", address="", email="")


def _forget_household(household: Household, at: dt.datetime) -> None:
    stores = Store.objects.filter(household=household)
    words = {household.name: forgetting.pseudonym(household)}
    words |= {household.name_latin: f"Former seller {household.pk}"} if household.name_latin else {}
    words |= {store.name: f"已关闭的店铺 {store.pk}" for store in stores}
    products = Product.objects.filter(store__household=household)
    texts = forgetting.replaced(PRODUCT_TEXTS, words)
    products.update(**texts)
    forgetting.events_of("catalog.ProductEvent").filter(store__household=household).update(**texts)
    for store in stores:
        Parcel.objects.filter(consignment__store=store).update(sender=f"已关闭的店铺 {store.pk}")
    sold_lately = OrderLine.objects.filter(
        Q(payee=household) | Q(consignment__store__household=household),
        consignment__order__paid_at__gt=at - KEPT_FOR,
    ).exists()
    forgetting.empty_household(household, at=at)
    if not sold_lately:  # a mandate proves by whose leave it was sold; without a sale it proves nothing
        forgetting.delete_papers(household)
    for product in products.select_related("store__household", "category"):
        index_product(product)


def _empty_user(user: User, at: dt.datetime) -> None:
    """Nothing is left of a person but the key of the row."""
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    Address.objects.filter(user=user).delete()
    Cart.objects.filter(user=user).delete()
    BackNotice.objects.filter(user=user).delete()
    Consent.objects.filter(user=user, withdrawn_at=None).update(withdrawn_at=at)
    OneTimeCode.objects.filter(subject__in=[text for text in (user.phone, user.email, str(user.pk)) if text]).delete()
    LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk)).update(
        object_repr=f"#{user.pk}", change_message=""
    )
    Posting.objects.filter(user=user).exclude(name="").update(name="")
    forgetting.events_of("stations.PostingEvent").filter(user_id=user.pk).update(name="")
    user.groups.clear()
    user.user_permissions.clear()
    user.set_unusable_password()
    user.name, user.email, user.phone, user.phone_verified_at, user.last_login = "", None, None, None, None
    user.is_active, user.is_staff, user.forgotten_at = False, False, at
    user.save()


def _duties(user: User) -> Iterable[Obstacle]:
    if user.is_superuser:
        yield Obstacle(_("You run this platform."), _("Another operator has to take that right from you first."))
    for posting in Posting.objects.current().filter(user=user).select_related("station", "region"):
        place = posting.station or posting.region
        yield Obstacle(
            _("You serve as %(role)s: %(place)s.") % {"role": posting.get_role_display(), "place": place.label},
            _("The level above ends your posting first."),
        )


def _orders_under_way(user: User) -> Iterable[Obstacle]:
    parts = Prefetch("consignments", Consignment.objects.left().filter(released_at=None), to_attr="under_way")
    orders = Order.objects.filter(user=user).prefetch_related(parts)
    for order in orders.filter(state__in=(*WAITING, OrderState.PAID)):
        url = reverse("order", args=[order.ref])
        if order.state in WAITING:
            yield Obstacle(
                _("Order %(number)s waits for payment.") % {"number": order.number},
                _("Pay it, or wait until its time is over."),
                url,
            )
        elif order.under_way:  # type: ignore[attr-defined]
            yield Obstacle(
                _("Order %(number)s is under way, or can still be returned.") % {"number": order.number},
                _("It is over seven days after delivery."),
                url,
            )
    refs = list(Order.objects.filter(user=user).values_list("ref", flat=True))
    payments = Payment.objects.filter(order_ref__in=refs)
    if Refund.objects.filter(payment__in=payments, state=RefundState.PENDING).exists() or any(
        owed(AccountKind.BUYER_CREDIT, ref) for ref in _credited(refs)
    ):
        yield Obstacle(_("Money is on its way back to you."), _("Wait until it has arrived."), reverse("orders"))
    if Dispute.objects.standing().filter(payment__in=payments).exists():
        yield Obstacle(_("Your bank disputes a payment."), _("Wait until it has decided."), reverse("orders"))


def _credited(refs: list[str]) -> list[str]:
    return list(
        LedgerAccount.objects.filter(kind=AccountKind.BUYER_CREDIT, owner__in=refs).values_list("owner", flat=True)
    )


def _open_store(store: Store, close_at: str) -> Obstacle:
    waits = store.status in (StoreStatus.SUBMITTED, StoreStatus.RECOMMENDED)
    what = _("The store %(store)s waits to be opened.") if waits else _("The store %(store)s is not closed.")
    how = _("The township gives it back first.") if waits else _("Close it first.")
    return Obstacle(what % {"store": store.label}, how, "" if waits else reverse(close_at, args=[store.slug]))


def _sales_under_way(household: Household) -> Iterable[Obstacle]:
    lines = OrderLine.objects.left().filter(Q(payee=household) | Q(consignment__store__household=household))
    waiting = lines.filter(
        Q(consignment__order__state__in=WAITING)
        | Q(consignment__order__state=OrderState.PAID, consignment__released_at=None)
    )
    count = waiting.values("consignment").distinct().count()
    if count:
        yield Obstacle(
            _("Orders of your goods that are not over yet: %(count)d.") % {"count": count},
            _("They are over seven days after delivery."),
        )


def _money_under_way(household: Household) -> Iterable[Obstacle]:
    payout = unfinished_of(household)
    if payout is not None:
        yield Obstacle(
            _("A payout of %(sum)s yuan is not over yet.") % {"sum": f"{payout.amount_fen / 100:,.2f}"},
            _("Wait until it is paid, or have it called off at the service point."),
        )


def _money_owed(owners: list[str]) -> Iterable[Obstacle]:
    fen = sum(
        owed(kind, owner) for kind in (AccountKind.SELLER_PENDING, AccountKind.SELLER_AVAILABLE) for owner in owners
    )
    if fen:
        yield Obstacle(
            _("Money is still to be settled: %(sum)s yuan.") % {"sum": f"{fen / 100:,.2f}"},
            _("The county centre pays it out first."),
        )
