"""The history of things in words: who changed what, for whom, from which station, before and after.

The database writes every version of a tracked row (pghistory) and the context in which it was written (shop.history). Here two
versions that follow each other become one change. A change that no request made (a job, a command, SQL by hand) is the system's.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.db import models
from django.db.models import F, Window
from django.db.models.functions import Lag
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pghistory import core

from accounts.models import User
from accounts.phones import masked_phone
from stations.models import Posting, Region, Station, StationStatus

MOST_ON_A_PAGE = 50
LONG = 60  # characters; longer texts are folded up, both versions in full inside
# Never shown: keys, and what stands in the title, the time or the person of the change already.
LEFT_OUT = {"id", "seal_id", "slug", "ref", "name_latin", "drafted_at", "registered_at", "recorded_at", "proposed_at"}
LABELS = {
    "longitude": _("longitude"),
    "latitude": _("latitude"),
    "identity_tail": _("identity number"),
    "number_tail": _("number of the account"),
    "phone_changed_at": _("time of the change of number"),
    "submitted_at": _("time of submission"),
    "recommended_at": _("time of recommendation"),
    "opened_at": _("time of opening"),
    "paused_at": _("time of pausing"),
    "closed_at": _("time of closing"),
    "withdrawn_at": _("taken back"),
    "price_fen": _("price"),
    "ends_on": _("Ends on"),
    "heir": _("station that took over"),
}
# Fields whose filling in is what happened.
EVENTS = {
    "withdrawn_at": _("taken back"),
    "ended_at": _("brought to an end"),
    "ended_by": _("brought to an end"),
    "confirmed_at": _("confirmed by the farmer"),
    "refused_at": _("paper refused"),
    "forgotten_at": _("personal data deleted"),
}
# What a person says, where nothing but 'recorded' or 'changed' can be told; by whether the thing is new.
TITLES = {
    (Station, True): _("Put the station on record"),
    (Station, False): _("Changed the station's details"),
    (Posting, True): _("Gave the posting"),
    (Posting, False): _("Changed the posting"),
}
PAPERS = {"paper", "licence_paper"}
TAILS = {"identity_tail", "number_tail"}


class Difference(NamedTuple):
    """One field of a change, in the reader's language; '–' stands for nothing."""

    label: str
    before: str
    after: str

    @property
    def is_long(self) -> bool:
        """Whether the two versions are better folded up."""
        return max(len(self.before), len(self.after)) > LONG


@dataclass
class Change:
    """One change of one thing, as components/history.html shows it. `user` is None where the system did it."""

    when: dt.datetime
    title: str
    who: str
    for_whom: str
    station: str
    fields: list[Difference]
    thing: models.Model
    before: Any
    after: Any
    user: User | None
    written_at: dt.datetime
    why: str = ""
    is_plain: bool = False  # something changed, but neither its state nor anything of EVENTS

    @property
    def key(self) -> int:
        """What `older_than` takes to go on after this change: the microsecond at which it was written."""
        return round(self.written_at.timestamp() * 1_000_000)


def changes_of(*things: Any, older_than: int = 0, most: int = MOST_ON_A_PAGE) -> list[Change]:
    """What happened to tracked rows, newest first, at most `most` (what one transaction wrote stays together).

    `older_than`: the key of the last change of the page before. The number of queries depends on how many kinds of things there are,
    never on how much happened.
    """
    pairs = [pair for kind in _kinds(things) for pair in _versions(kind, older_than, most)]
    # What one transaction wrote into several tables has one time.
    pairs.sort(key=lambda pair: (pair.after.pgh_created_at, pair.after._meta.label, pair.after.pgh_id), reverse=True)
    return _in_words(_page(pairs, most))


def next_key(changes: Sequence[Change], *, most: int = MOST_ON_A_PAGE) -> int:
    """The key of the page after this one; 0 where this one is not full."""
    return changes[-1].key if len(changes) >= most else 0


def moved_at_closing(station: Station) -> int | None:
    """How many stores, parcels and stations went to the heir when this one closed, as its closing wrote it; None where it didn't."""
    closings = _events_of(Station).objects.filter(pgh_obj_id=station.pk, status=StationStatus.CLOSED)
    last = closings.select_related("pgh_context").order_by("-pgh_id").first()
    moved = last.pgh_context.metadata.get("moved") if last and last.pgh_context else None
    return moved if isinstance(moved, int) else None


class _Pair(NamedTuple):
    thing: Any
    before: Any
    after: Any


def _kinds(things: Iterable[Any]) -> Iterator[dict[int, Any]]:
    """The things by their model, each by its key."""
    kinds: dict[Any, dict[int, Any]] = defaultdict(dict)
    for thing in things:
        kinds[type(thing)][thing.pk] = thing
    yield from kinds.values()


def _versions(things: dict[int, Any], older_than: int, most: int) -> list[_Pair]:
    """The newest versions of things of one model, each with the one before it (None for the first). Two queries."""
    kind: Any = type(next(iter(things.values())))
    events = _events_of(kind).objects
    found = events.filter(pgh_obj_id__in=things)
    if older_than:
        found = found.filter(pgh_created_at__lt=dt.datetime.fromtimestamp(older_than / 1_000_000, tz=dt.UTC))
    previous = Window(Lag("pgh_id"), partition_by=F("pgh_obj_id"), order_by=F("pgh_id").asc())
    rows = list(
        found.select_related("pgh_context")
        .annotate(previous_id=previous)
        .order_by("-pgh_created_at", "-pgh_id")[: most * 2]
    )
    known = {row.pgh_id: row for row in rows}
    known |= events.in_bulk({row.previous_id for row in rows if row.previous_id} - known.keys())
    return [_Pair(things[row.pgh_obj_id], known.get(row.previous_id), row) for row in rows]


@cache
def _events_of(kind: Any) -> Any:
    """The model that keeps the versions of this one."""
    return core.event_models(tracks_model=kind)[0]


def _page(pairs: list[_Pair], most: int) -> list[_Pair]:
    """The first `most`, and what was written in the same instant as the last of them, so that a key never cuts a transaction."""
    if len(pairs) <= most:
        return pairs
    last = pairs[most - 1].after.pgh_created_at
    return [pair for number, pair in enumerate(pairs) if number < most or pair.after.pgh_created_at == last]


def _in_words(pairs: list[_Pair]) -> list[Change]:
    """The changes of these versions; four queries and one a kind of thing that a changed field points to."""
    facts = [dict(pair.after.pgh_context.metadata) if pair.after.pgh_context else {} for pair in pairs]
    authors = [known.get("user") or _author(pair) for pair, known in zip(pairs, facts, strict=True)]
    people = User.objects.in_bulk({author for author in authors if author})
    places = _places(known.get("station", "") for known in facts)
    served = _served(author for author, known in zip(authors, facts, strict=True) if "station" not in known)
    pointed = _pointed_to(pairs)
    changes = []
    for pair, known, author in zip(pairs, facts, authors, strict=True):
        user = people.get(author or 0)
        farmer = _farmer(pair, known)
        posted = " · ".join(places[code] for code in _codes(known.get("station", "")) if code in places)
        changes.append(
            Change(
                when=_when(pair),
                title=_title(pair),
                who=person_label(user) if user else _somebody(farmer, known),
                for_whom=str(farmer) if farmer and user and user.pk != farmer.user_id else "",
                station=posted if "station" in known else served.get(author or 0, ""),
                fields=_differences(pair, pointed),
                thing=pair.thing,
                before=pair.before,
                after=pair.after,
                user=user,
                written_at=pair.after.pgh_created_at,
                why=str(known.get("why", "")),
                is_plain=pair.before is not None and _event(pair) == gettext("changed"),
            )
        )
    return changes


def _served(authors: Iterable[int | None]) -> dict[int, str]:
    """Where people serve, for changes that no request made (a list taken in, a command): by the postings that they have. One query."""
    people = {author for author in authors if author}
    if not people:
        return {}
    postings = Posting.objects.filter(user__in=people).select_related("station", "region").order_by("-pk")
    return {posting.user_id: (posting.station or posting.region).label for posting in postings}


def person_label(user: User) -> str:
    """A person's name; without one the masked phone or the number of the account, never an address."""
    return user.name or (masked_phone(user.phone) if user.phone else gettext("account no. %(key)s") % {"key": user.pk})


def _somebody(farmer: Any, facts: dict[str, Any]) -> str:
    """Who it was where nobody is known: the farmer by phone (a request in their own name), or the system."""
    return str(farmer) if farmer and "url" in facts else gettext("by the system")


def _author(pair: _Pair) -> int | None:
    """Who the record itself names: the person field (`submitted_by`, `given_by`, ...) that this change filled in."""
    for field in _fields(pair.after):
        if field.name.endswith("_by") and field.related_model is User:
            now = getattr(pair.after, field.attname)
            if now and now != getattr(pair.before, field.attname, None):
                return int(now)
    return None


def _when(pair: _Pair) -> dt.datetime:
    """The time that the record gives itself with this change (what was done offline was done earlier), else when it was written."""
    written: dt.datetime = pair.after.pgh_created_at
    own = [
        value
        for field in _fields(pair.after)
        if field.name.endswith("_at") and (value := _changed(pair, field)) and value <= written
    ]
    return max(own, default=written)


def _changed(pair: _Pair, field: Any) -> Any:
    """The field's new value, None where it is as before."""
    now = getattr(pair.after, field.attname)
    return now if now != getattr(pair.before, field.attname, None) else None


def _title(pair: _Pair) -> str:
    """'Store: recorded', 'Store: paused', 'Mandate: withdrawn', 'Household: changed'."""
    said = TITLES.get((type(pair.thing), pair.before is None))
    if said and _event(pair) in (gettext("recorded"), gettext("changed")):
        return str(said)
    what = _upper(str(pair.thing._meta.verbose_name))
    return gettext("%(what)s: %(event)s") % {"what": what, "event": _event(pair)}


def _event(pair: _Pair) -> str:
    if pair.before is None:
        return gettext("recorded")
    if getattr(pair.before, "status", None) != getattr(pair.after, "status", None):
        return str(pair.after.get_status_display())
    for field in _fields(pair.after):
        if field.name in EVENTS and _changed(pair, field):
            return str(EVENTS[field.name])
    return gettext("changed")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _fields(event: Any) -> list[Any]:
    """The fields of a version that come from the thing itself."""
    return [field for field in event._meta.concrete_fields if not field.name.startswith("pgh_")]


def _differences(pair: _Pair, pointed: dict[type, dict[Any, Any]]) -> list[Difference]:
    """The fields that changed, or that a first version was given."""
    found = []
    for field in _fields(pair.after):
        if field.name in LEFT_OUT or field.name.endswith("_by"):
            continue
        if field.name == "user" and isinstance(pair.thing, Posting):
            continue  # the giver knows the name that they wrote, and not whose account it was
        old = getattr(pair.before, field.attname, None)
        new = getattr(pair.after, field.attname)
        if old == new or (pair.before is None and new in (None, "", False, 0)):
            continue
        before, after = _told(pair.before, field, old, pointed), _told(pair.after, field, new, pointed)
        if field.name in PAPERS and old and new:
            after = gettext("another photograph")
        found.append(Difference(_label(field), before, after))
    return found


def _label(field: Any) -> str:
    """What the field is called; one that points to something and has no name of its own is called after that."""
    named = field.verbose_name
    if field.related_model and named == field.name.replace("_", " "):
        named = field.related_model._meta.verbose_name
    return _upper(str(LABELS.get(field.name, named)))


def _told(event: Any, field: Any, value: Any, pointed: dict[type, dict[Any, Any]]) -> str:
    """A value as its reader would say it: labels of choices, names of what it points to, phones masked, tails only."""
    if value in (None, ""):
        return "–"
    if field.related_model:
        target = pointed.get(field.related_model, {}).get(value)
        return _target(target, value)
    if field.choices:
        return str(getattr(event, f"get_{field.name}_display")())
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"  # 7 mu, not 7.0
    if isinstance(value, dt.datetime):
        return f"{date_format(localtime(value), 'DATE_FORMAT')} {localtime(value):%H:%M}"
    if isinstance(value, dt.date):
        return str(date_format(value, "DATE_FORMAT"))
    return _plain(field.name, str(value))


def _target(target: Any, value: Any) -> str:
    if target is None:
        return f"#{value}"
    return person_label(target) if isinstance(target, User) else str(target)


def _plain(name: str, text: str) -> str:
    if "phone" in name:
        return masked_phone(text)
    if name in TAILS:
        return f"****{text}"
    if name.endswith("_fen"):
        return f"¥{int(text) // 100:,}.{int(text) % 100:02d}"
    return gettext("photograph") if name in PAPERS else text


def _pointed_to(pairs: list[_Pair]) -> dict[type, dict[Any, Any]]:
    """What the changed fields point to, one query a model."""
    wanted: dict[Any, set[Any]] = defaultdict(set)
    for pair in pairs:
        for field in _fields(pair.after):
            if not field.related_model or field.name.endswith("_by"):
                continue
            old, new = getattr(pair.before, field.attname, None), getattr(pair.after, field.attname)
            if old != new:
                wanted[field.related_model] |= {key for key in (old, new) if key}
    return {model: model._default_manager.in_bulk(keys) for model, keys in wanted.items() if keys}


def _codes(station: str) -> list[str]:
    return [code for code in station.split(",") if code]


def _places(stations: Iterable[str]) -> dict[str, str]:
    """The names of stations and regions by the codes in the contexts. Two queries."""
    codes = {code for station in stations for code in _codes(station)}
    if not codes:
        return {}
    found = {station.code: station.label for station in Station.objects.filter(code__in=codes)}
    regions = {code for code in codes - found.keys() if len(code) == 12}
    if regions:
        found |= {region.code: region.label for region in Region.objects.filter(code__in=regions)}
    return found


def _farmer(pair: _Pair, facts: dict[str, Any]) -> Any:
    """In whose name it was done: the household that the context names, which the thing is or belongs to."""
    key = facts.get("on_behalf_of")
    if not key:
        return None
    for name in ("household", "cooperative"):
        owner = getattr(pair.thing, name, None)
        if owner is not None and owner.pk == key:
            return owner
    return pair.thing if pair.thing.pk == key and hasattr(pair.thing, "user_id") else None
