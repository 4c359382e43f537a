"""A parcel on its way: what most tests of parcels, scans and pages begin with."""

import datetime as dt
import itertools
from typing import Any

from accounts.models import User
from delivery.models import Handover, HeldScan, Parcel, ScanKind
from delivery.parcels import plan_parcel
from delivery.scanning import scan
from stations.models import Region, Station

_nonces = (f"test-nonce-{number}" for number in itertools.count())


def nonce() -> str:
    """One that no scan used yet."""
    return next(_nonces)


def make_parcel(origin: Station, to: Station | Region, **fields: Any) -> Parcel:
    """Two bags of daylily from Li Xiuying's store for Wang Fang."""
    known: dict[str, Any] = {
        "sender": "李秀英家的小店",
        "recipient": "王芳",
        "phone": "13912345678",
        "address": "人民路100号",
        "contents": "祁东黄花菜 500克袋装 x 2",
        "weight_g": 1080,
        "group_ref": "order-1",
        **fields,
    }
    return plan_parcel(origin=origin, to=to, **known)


def done(parcel: Parcel, kind: ScanKind, station: Station, by: User | None = None, **options: Any) -> Handover:
    """A scan that fits."""
    answer = scan(
        parcel=parcel, kind=kind, station=station, by=by, nonce=options.pop("nonce", None) or nonce(), **options
    )
    assert isinstance(answer, Handover), f"held: {answer.reason}"
    return answer


def held(parcel: Parcel, kind: ScanKind, station: Station, by: User | None = None, **options: Any) -> HeldScan:
    """A scan that has to wait for a person."""
    answer = scan(
        parcel=parcel, kind=kind, station=station, by=by, nonce=options.pop("nonce", None) or nonce(), **options
    )
    assert isinstance(answer, HeldScan), "it was not held"
    return answer


def travel(parcel: Parcel, *stations: Station, at: dt.datetime | None = None) -> Parcel:
    """Collect the parcel at the first station, and scan it out and in to the last."""
    if parcel.collected_at is None:
        done(parcel, ScanKind.COLLECT, stations[0], at=at)
    for start, end in itertools.pairwise(stations):
        done(parcel, ScanKind.OUT, start, at=at)
        done(parcel, ScanKind.IN, end, at=at)
    return parcel
