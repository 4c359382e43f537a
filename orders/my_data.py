"""My data: everything that is kept about a person, in parts that a page shows and a file carries (PIPL, art. 45: a look and a copy).

A part is a list of records; a record is a plain dict of text, numbers, times and lists of records. Amounts are fen, times Shanghai's.
Identity and card numbers stay masked here too: a copy that lies on somebody's table must not become the leak.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Model, Q
from django.utils import timezone

from accounts.devices import device_of
from accounts.models import Address, Consent, User
from accounts.phones import masked_phone
from catalog.models import BackNotice, Product
from orders.models import CartLine, Coupon, FlashClaim, Order, OrderLine, OrderState
from payments.ledger import owed
from payments.models import AccountKind, Entry
from sellers.models import Household, Mandate, Membership, Payout, PayoutAccount, Reveal, Store
from stations.history import Change, changes_of
from stations.models import Posting, Region

Record = dict[str, Any]
Data = dict[str, list[Record]]
ALL_CHANGES = 5_000

Keeper = Callable[[User], Data]
_KEEPERS: list[Keeper] = []


def also_kept(keeper: Keeper) -> Keeper:
    """Register what an app above this one keeps about an account's holder; its parts are named in my_data_page."""
    _KEEPERS.append(keeper)
    return keeper


def export_for_user(user: User) -> Data:
    """Everything kept about an account's holder, and about their household if they have one."""
    data: Data = {
        "account": [_account(user)],
        "consents": [_consent(one) for one in Consent.objects.filter(user=user).order_by("given_at")],
        "addresses": _addresses(user),
        "sign_in": [*_emails(user), *_factors(user)],
        "sessions": [_session(one) for one in UserSession.objects.filter(user=user).order_by("created_at")],
        "orders": [_order(one) for one in _orders_of(user)],
        "cart": _cart(user),
        "coupons": [
            _coupon(one) for one in Coupon.objects.filter(user=user).select_related("promotion").order_by("pk")
        ],
        "notices": _notices(user),
        "flash_sales": _places(user),
        "postings": [_posting(one) for one in Posting.objects.filter(user=user).select_related("station", "region")],
    }
    for keeper in _KEEPERS:
        data |= keeper(user)
    household = Household.objects.filter(user=user).first()
    return data | export_for_household(household) if household else data


def shown_at_the_desk(household: Household) -> Data:
    """The same as export_for_household for staff to hand on: what they open only for a purpose (see sellers.revealing) stays masked."""
    data = export_for_household(household)
    for record in data["household"]:
        record |= {name: masked_phone(record[name]) for name in ("phone", "phone_before") if record[name]}
    return data


def export_for_household(household: Household) -> Data:
    """Everything kept about a farmer's family (or co-operative, enterprise) and its stores, for the farmer alone."""
    stores = list(household.stores.select_related("station", "region").order_by("pk"))
    goods = Product.objects.filter(store__household=household).prefetch_related("variants").order_by("pk")
    mandates = list(household.mandates.select_related("station").order_by("recorded_at"))
    payouts = list(household.payout_accounts.order_by("proposed_at"))
    memberships = Membership.objects.filter(Q(household=household) | Q(cooperative=household))
    return {
        "household": [_household(household)],
        "household_consents": [_consent(one) for one in household.consents.order_by("given_at")],
        "mandates": [_mandate(one) for one in mandates],
        "stores": [_store(one) for one in stores],
        "goods": [_product(one) for one in goods],
        "members": [_membership(one) for one in memberships.select_related("household", "cooperative")],
        "payout_accounts": [_payout(one) for one in payouts],
        "payouts": [_paid_out(one) for one in household.payouts.select_related("account", "station").order_by("pk")],
        "opened": [_reveal(one) for one in household.reveals.select_related("by", "station").order_by("-at")],
        "sales": [_sale(one) for one in _sales_of(household)],
        "money": _money([*(store.slug for store in stores), household.account]),
        "history": [_change(one) for one in _history(household, stores, mandates, payouts)],
    }


def _account(user: User) -> Record:
    return {
        "full_name": user.name,
        "email": user.email or "",
        "phone": user.phone or "",
        "language": user.language,
        "since": local(user.date_joined),
        "last_sign_in": local(user.last_login),
    }


def _consent(consent: Any) -> Record:
    return {
        "what": str(consent.get_purpose_display()),
        "version": consent.version,
        "given": local(consent.given_at),
        "withdrawn": local(consent.withdrawn_at),
    }


def _coupon(coupon: Coupon) -> Record:
    return {
        "name": coupon.promotion.name,
        "number": coupon.code,
        "since": local(coupon.given_at),
        "until": local(coupon.promotion.ends_at),
        "used": coupon.used,
    }


def _addresses(user: User) -> list[Record]:
    kept = list(Address.objects.filter(user=user))
    regions = Region.objects.in_bulk({one.region_code for one in kept})
    return [
        {
            "recipient": one.recipient,
            "phone": one.phone,
            "region": regions[one.region_code].label if one.region_code in regions else one.region_code,
            "address": one.detail,
            "last_used": local(one.used_at),
        }
        for one in kept
    ]


def _emails(user: User) -> Iterable[Record]:
    for one in EmailAddress.objects.filter(user=user):
        yield {"email": one.email, "proved": one.verified}


def _factors(user: User) -> Iterable[Record]:
    for one in Authenticator.objects.filter(user=user):
        yield {
            "second_factor": one.get_type_display(),
            "since": local(one.created_at),
            "last_used": local(one.last_used_at),
        }


def _session(session: Any) -> Record:
    return {
        "device": device_of(session.user_agent),
        "browser": session.user_agent,
        "network_address": session.ip,
        "since": local(session.created_at),
        "last_used": local(session.last_seen_at),
    }


def _orders_of(user: User) -> Iterable[Order]:
    orders = Order.objects.filter(user=user).select_related("region", "pickup_station")
    return orders.prefetch_related("consignments__lines", "consignments__parcel", "consignments__store")


def _order(order: Order) -> Record:
    return {
        "number": order.number,
        "placed": local(order.placed_at),
        "state": str(order.get_state_display()),
        "recipient": order.recipient,
        "phone": order.phone,
        "email": order.email,
        "region": order.region.label,
        "address": order.address,
        "village_point": order.pickup_station.label if order.pickup_station else "",
        "goods_fen": order.goods_fen,
        "freight_fen": order.freight_fen,
        "total_fen": order.total_fen,
        "deposit_fen": order.deposit_fen,
        "deposit_paid": local(order.deposit_paid_at),
        "paid": local(order.paid_at),
        "lines": [
            _line(line) | {"store": part.store.label} for part in order.consignments.all() for line in part.lines.all()
        ],
        "parcels": [
            {
                "number": part.parcel.number,
                "state": str(part.parcel.get_state_display()),
                "delivered": local(part.parcel.delivered_at),
            }
            for part in order.consignments.all()
            if part.parcel
        ],
    }


def _line(line: OrderLine) -> Record:
    return {"goods": line.label, "grade": line.grade, "quantity": line.quantity, "amount_fen": line.amount_fen}


def _cart(user: User) -> list[Record]:
    lines = CartLine.objects.filter(cart__user=user).select_related("variant__product")
    return [
        {"goods": f"{line.variant.product.label} {line.variant.label}", "quantity": line.quantity} for line in lines
    ]


def _notices(user: User) -> list[Record]:
    notices = BackNotice.objects.filter(user=user).select_related("variant__product").order_by("asked_at")
    return [
        {
            "goods": f"{one.variant.product.label} {one.variant.label}",
            "told_by": str(one.get_channel_display()),
            "given": local(one.asked_at),
        }
        for one in notices
    ]


def _places(user: User) -> list[Record]:
    places = FlashClaim.objects.filter(user=user).select_related("sale__promotion").order_by("claimed_at")
    return [
        {"what": one.sale.promotion.label, "state": str(one.get_state_display()), "when": local(one.claimed_at)}
        for one in places
    ]


def _posting(posting: Posting) -> Record:
    return {
        "role": str(posting.get_role_display()),
        "place": (posting.station or posting.region).label,
        "from": posting.starts_on.isoformat(),
        "until": posting.ends_on.isoformat() if posting.ends_on else "",
    }


def _household(household: Household) -> Record:
    return {
        "kind": str(household.get_kind_display()),
        "full_name": household.name,
        "name_latin": household.name_latin,
        "phone": household.phone,
        "phone_before": household.phone_before,
        "region": household.region.label,
        "identity_number": f"****{household.identity_tail}" if household.identity_tail else "",
        "licence_code": household.licence_code or "",
        "representative": household.representative,
        "poverty_registered_year": household.poverty_registered_year,
        "women_led": household.women_led,
        "youth_led": household.youth_led,
        "registered": local(household.registered_at),
    }


def _mandate(mandate: Mandate) -> Record:
    scopes = ("may_list", "may_price", "may_answer", "may_receive_cash")
    return {
        "station": mandate.station.label,
        "allows": [{"what": str(_verbose(mandate, scope))} for scope in scopes if getattr(mandate, scope)],
        "from": mandate.starts_on.isoformat(),
        "until": mandate.ends_on.isoformat(),
        "evidence": str(mandate.get_evidence_display()),
        "confirmed": local(mandate.confirmed_at),
        "withdrawn": local(mandate.withdrawn_at),
    }


def _store(store: Store) -> Record:
    return {
        "name": store.name,
        "name_en": store.name_en,
        "state": str(store.get_status_display()),
        "station": store.station.label,
        "story": store.story,
        "story_en": store.story_en,
        "picture": store.picture_id is not None,
        "opened": local(store.opened_at),
        "closed": local(store.closed_at),
    }


def _product(product: Product) -> Record:
    return {
        "name": product.name,
        "name_en": product.name_en,
        "state": str(product.get_status_display()),
        "story": product.story,
        "packs": [
            {"name": one.label, "price_fen": one.price_fen, "on_hand": one.on_hand} for one in product.variants.all()
        ],
        "since": local(product.listed_at),
    }


def _membership(membership: Membership) -> Record:
    return {
        "cooperative": membership.cooperative.name,
        "member": membership.household.name,
        "grows": membership.grows,
        "mu": str(membership.mu or ""),
        "from": membership.joined_on.isoformat(),
        "until": membership.left_on.isoformat() if membership.left_on else "",
    }


def _payout(account: PayoutAccount) -> Record:
    return {
        "way": str(account.get_way_display()),
        "bank": account.bank,
        "holder": account.holder,
        "number": f"****{account.number_tail}" if account.number_tail else account.connected_id,
        "confirmed": local(account.confirmed_at),
        "from": local(account.usable_from),
        "until": local(account.ended_at),
    }


def _paid_out(payout: Payout) -> Record:
    return {
        "number": payout.number,
        "amount_fen": payout.amount_fen,
        "state": str(payout.get_state_display()),
        "way": str(payout.account.get_way_display()),
        "bank": payout.account.bank,
        "station": payout.station.label if payout.station else "",
        "evidence": str(payout.get_proof_display()),
        "from": local(payout.sent_at),
        "until": local(payout.ended_at),
        "came_back": local(payout.returned_at),
        "why": payout.why,
    }


def _reveal(reveal: Reveal) -> Record:
    return {
        "when": local(reveal.at),
        "what": str(reveal.get_what_display()),
        "who": reveal.by.name or f"#{reveal.by_id}",
        "station": reveal.station.label if reveal.station else "",
        "purpose": str(reveal.get_purpose_display()),
        "note": reveal.note,
    }


def _sales_of(household: Household) -> Iterable[OrderLine]:
    lines = OrderLine.objects.filter(Q(payee=household) | Q(payee=None, consignment__store__household=household))
    paid = lines.filter(consignment__order__state__in=(OrderState.PAID, OrderState.REFUNDED))
    return paid.select_related("consignment__order").order_by("consignment__order__paid_at", "pk")


def _sale(line: OrderLine) -> Record:
    """What was sold; who bought it is somebody else's data."""
    order = line.consignment.order
    return _line(line) | {
        "number": line.consignment.number,
        "paid": local(order.paid_at),
        "earned_fen": line.seller_fen,
    }


def _money(owners: Sequence[str]) -> list[Record]:
    kinds = (AccountKind.SELLER_PENDING, AccountKind.SELLER_AVAILABLE)
    entries = Entry.objects.filter(account__kind__in=kinds, account__owner__in=owners)
    rows = [
        {
            "when": local(entry.happened_at),
            "why": str(entry.transfer.get_kind_display()),
            "account": str(entry.account.get_kind_display()),
            "amount_fen": -entry.amount_fen,
        }
        for entry in entries.select_related("account", "transfer").order_by("happened_at", "pk")
    ]
    sums = [{"account": str(kind.label), "balance_fen": sum(owed(kind, owner) for owner in owners)} for kind in kinds]
    return [*sums, *rows]


def _history(
    household: Household, stores: Iterable[Store], mandates: Iterable[Mandate], payouts: Iterable[PayoutAccount]
) -> list[Change]:
    return changes_of(household, *stores, *mandates, *payouts, most=ALL_CHANGES)


def _change(change: Change) -> Record:
    return {
        "when": local(change.when),
        "what": change.title,
        "who": change.who,
        "station": change.station,
        "fields": [{"field": one.label, "before": one.before, "after": one.after} for one in change.fields],
    }


def _verbose(row: Model, field: str) -> Any:
    return row._meta.get_field(field).verbose_name  # type: ignore[union-attr]


def local(moment: dt.datetime | None) -> dt.datetime | None:
    """A moment in Shanghai's time, as a record carries it."""
    return timezone.localtime(moment) if moment else None
