"""Copied codes: a code that is scanned from far more places than one parcel meets is marked, until the county has looked at it.

A place is a network (IPv4 /24, IPv6 /48), kept for ninety days as a keyed hash that differs from code to code: who scanned, and whether the
same person scanned two codes, can't be told from it. The counts live in Redis and may be lost; a mark lies in the database.
"""

import ipaddress

from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from accounts.models import User
from orders.models import CopiedCode
from sellers.views.addresses import address_of
from stations.models import Role
from stations.scope import scope_of

# A parcel is looked at by its buyer at home and on the way, by the family, by neighbours; a label on a shelf by a few more.
MOST_PLACES = 20
KEPT_SECONDS = 90 * 24 * 60 * 60
KEEPERS = (Role.CENTRE_STAFF, Role.COUNTY_OFFICIAL)


def count_scan(request: HttpRequest, ref: str, *, village_code: str, bags: int = 1) -> None:
    """Counts from where a code was opened, and marks it when that is more places than `bags` bags from this village explain.

    Nothing happens while Redis is away.
    """
    most = MOST_PLACES * max(bags, 1)
    key = cache.make_key(f"scans:{ref}")
    try:
        client = get_redis_connection("default")
        with client.pipeline() as pipeline:
            pipeline.sadd(key, _place(address_of(request), ref))
            pipeline.expire(key, KEPT_SECONDS)
            pipeline.scard(key)
            places = pipeline.execute()[-1]
    except RedisError:
        return
    if places > most:
        CopiedCode.objects.get_or_create(
            ref=ref, defaults={"county_id": village_code[:6].ljust(12, "0"), "places": places}
        )


def _place(address: str, ref: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        network = address
    else:
        network = str(ipaddress.ip_network(f"{address}/{24 if parsed.version == 4 else 48}", strict=False))
    return salted_hmac("orders.copied_codes", f"{ref} {network}").hexdigest()[:16]


def mark_of(ref: str) -> CopiedCode | None:
    """The mark of a code that was copied, as far as anybody knows; None for one that wasn't, or that the county found to be in order."""
    return CopiedCode.objects.filter(ref=ref, cleared_at=None).first()


def clear_mark(*, by: User, mark: CopiedCode, note: str) -> None:
    """The county looked at a marked code and found it in order; its scans are counted anew. Raises NotAllowed."""
    scope_of(by).require(KEEPERS, mark.county_id)
    with transaction.atomic():
        CopiedCode.objects.filter(pk=mark.pk, cleared_at=None).update(
            cleared_at=timezone.now(), cleared_by=by, note=note
        )
    try:
        get_redis_connection("default").delete(cache.make_key(f"scans:{mark.ref}"))
    except RedisError:
        return
