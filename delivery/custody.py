"""Custody: the chain of a parcel's handovers, each linked by hash to the one before.

The hash of a handover is SHA-256, in hex, over the JSON (UTF-8, keys sorted, no spaces) of: `parcel` (its reference), `position` (from 1),
`kind`, `station` (code or null), `giver`, `taker`, `by` (the user's key or null), `county`, `nonce`, `device_time` and `server_time` (ISO
8601 in UTC with microseconds) and `previous` (the hash of the handover before, empty for the first). Whoever has the rows can check it.

A side of a handover is written as a word for its kind, a colon, and its code or name: `sender:`, `station:430426101T`,
`run:430426101201V>430426101T`, `carrier:中国邮政`, `recipient:`. Neither farmer nor buyer is named: the chain is public and can't be
erased, and whoever asks to be forgotten must be. (Chains begun before that was so name the store: `sender:李秀英家的小店`.)
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from delivery.models import CarrierRate, Handover, Leg, Parcel, ParcelState, ScanKind
from stations.models import Station

SENDER, RECIPIENT = "sender:", "recipient:"
ENDINGS = {ScanKind.DELIVER, ScanKind.PICKUP}


def station_side(station: Station) -> str:
    """A station as a side of a handover."""
    return f"station:{station.code}"


def run_side(leg: Leg) -> str:
    """Whoever drives the leg's run as a side of a handover."""
    assert leg.from_station is not None and leg.to_station is not None
    return f"run:{leg.from_station.code}>{leg.to_station.code}"


def carrier_side(name: str) -> str:
    """The carrier as a side of a handover."""
    return f"carrier:{name}"


def append_handover(
    *,
    parcel: Parcel,
    kind: ScanKind,
    station: Station,
    taker: str,
    by: User | None,
    nonce: str,
    device_time: dt.datetime,
    server_time: dt.datetime,
) -> Handover:
    """Link one more handover to the chain of a parcel whose row the caller has locked; who gives is who took last, the sender at first."""
    last = Handover.objects.filter(parcel=parcel).order_by("-position").first()
    handover = Handover(
        parcel=parcel,
        position=last.position + 1 if last else 1,
        kind=kind,
        station=station,
        giver=last.taker if last else SENDER,
        taker=taker,
        by=by,
        county_code=parcel.county_code,
        nonce=nonce,
        device_time=device_time,
        server_time=server_time,
        previous_hash=last.hash if last else "",
    )
    handover.hash = hash_of(handover)
    handover.save(force_insert=True)
    return handover


def hash_of(handover: Handover) -> str:
    """The hash that a handover must bear (64 hex digits), from its own fields and the hash before it."""
    fields = {
        "parcel": handover.parcel.ref,
        "position": handover.position,
        "kind": str(handover.kind),
        "station": handover.station.code if handover.station else None,
        "giver": handover.giver,
        "taker": handover.taker,
        "by": handover.by_id,
        "county": handover.county_code,
        "nonce": handover.nonce,
        "device_time": _utc(handover.device_time),
        "server_time": _utc(handover.server_time),
        "previous": handover.previous_hash,
    }
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def chain_of(parcel: Parcel) -> list[Handover]:
    """The parcel's handovers in order, with what the chain needs of them. One query."""
    return list(parcel.handovers.select_related("parcel", "station").order_by("position"))


def first_break(handovers: Sequence[Handover]) -> int | None:
    """The position of the first handover that doesn't follow from the one before, or None for an unbroken chain."""
    previous_hash, giver = "", None
    for position, handover in enumerate(handovers, start=1):
        linked = handover.position == position and handover.previous_hash == previous_hash
        if not linked or handover.hash != hash_of(handover) or giver not in {None, handover.giver}:
            return position
        previous_hash, giver = handover.hash, handover.taker
    return None


def verify_chain(parcel: Parcel, handovers: Sequence[Handover] | None = None) -> bool:
    """Whether the parcel's chain is unbroken and says what the parcel's state says: collected at all, and delivered or not."""
    chain = chain_of(parcel) if handovers is None else handovers
    if first_break(chain) is not None:
        return False
    started = parcel.state not in (ParcelState.PLANNED, ParcelState.CANCELLED)
    ended = bool(chain) and chain[-1].kind in ENDINGS
    return (bool(chain) or not started) and ended == (parcel.state == ParcelState.DELIVERED)


def side_names(sides: Iterable[str]) -> dict[str, str]:
    """What to print for each side, in the active language: stations and carriers by name. Two queries at most."""
    texts = set(sides)
    codes = {code for side in texts for code in _codes(side)}
    names = {station.code: station.label for station in Station.objects.filter(code__in=codes)} if codes else {}
    names |= _carriers_in_english({side.removeprefix("carrier:") for side in texts if side.startswith("carrier:")})
    return {side: _side_name(side, names) for side in texts}


def _carriers_in_english(names: set[str]) -> dict[str, str]:
    """English names of carriers by their own; empty on Chinese pages. The chain keeps one name, whatever language it is read in."""
    if not names or get_language() != "en":
        return {}
    rates = CarrierRate.objects.filter(carrier__in=names).exclude(carrier_en="")
    return dict(rates.order_by("carrier", "pk").distinct("carrier").values_list("carrier", "carrier_en"))


def _side_name(side: str, names: dict[str, str]) -> str:
    word, _colon, rest = side.partition(":")
    if word == "run":
        end = rest.rpartition(">")[2]
        return _("the run to %(station)s") % {"station": names.get(end, end)}
    if word == "sender":
        return rest or _("the sender")
    if word == "recipient":
        return _("the recipient")
    return names.get(rest, rest)


def _codes(side: str) -> list[str]:
    word, _colon, rest = side.partition(":")
    return [rest.rpartition(">")[2]] if word in {"station", "run"} else []


def _utc(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")
