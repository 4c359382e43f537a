"""A store's history in words: who did what, for whom, when, and what changed. Read from the events that the database wrote itself."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from sellers.models import Evidence, Household, Mandate, Store, StoreStatus

# What a move of a store is called, when it was made by its own record, and who made it: (title, field of time, field of person).
MOVES: dict[str, tuple[Promise, str, str]] = {
    StoreStatus.SUBMITTED: (_("Submitted to the township"), "submitted_at", "submitted_by_id"),
    StoreStatus.RECOMMENDED: (_("Recommended to the county"), "recommended_at", "recommended_by_id"),
    StoreStatus.OPEN: (_("Approved: the store is open"), "opened_at", "approved_by_id"),
    StoreStatus.DRAFT: (_("Given back to be mended"), "", ""),
    StoreStatus.PAUSED: (_("Paused"), "", ""),
    StoreStatus.CLOSED: (_("Closed"), "", ""),
}
TEXTS = ("name", "name_en")
OTHERS = ("story", "story_en", "picture_id")


@dataclass
class Entry:
    """One line of the history, as components/timeline.html shows it; `user_id` made it, `for_farmer` under a mandate."""

    title: str
    when: dt.datetime
    user_id: int | None
    for_farmer: bool = False
    text: str = ""
    state: str = "done"
    who: str = ""


def history_of(store: Store) -> list[Entry]:
    """What happened to a store, its household and that household's mandates, oldest first. Six queries, however long it is."""
    household = store.household
    entries = [
        *_store_entries(_events(store), household),
        *_household_entries(_events(household)),
        *_mandate_entries(household),
    ]
    people = User.objects.in_bulk({entry.user_id for entry in entries if entry.user_id})
    for entry in entries:
        entry.who = _who(people.get(entry.user_id or 0), household, for_farmer=entry.for_farmer)
    return sorted(entries, key=lambda entry: entry.when)


def entered_by(store: Store, entries: list[Entry]) -> User | None:
    """Who entered the store for the farmer: whoever submitted it, or began the draft; None when it was the farmer."""
    begun = next((entry.user_id for entry in entries if entry.for_farmer), None)
    person = store.submitted_by or User.objects.filter(pk=begun or 0).first()
    return person if person and person.pk != store.household.user_id else None


def _events(tracked: Any) -> list[Any]:
    return list(tracked.events.select_related("pgh_context").order_by("pgh_id"))


def _store_entries(events: list[Any], household: Household) -> list[Entry]:
    entries = []
    for before, event in zip([None, *events], events, strict=False):
        facts = _facts(event)
        for_farmer = facts.get("on_behalf_of") == household.pk
        if before is None:
            entries.append(Entry(gettext("Store drafted"), event.drafted_at, facts.get("user"), for_farmer, event.name))
            continue
        if before.status != event.status:
            entries.append(_move(event, facts, for_farmer=for_farmer))
        elif changed := _changes(before, event):
            title = gettext("Store changed")
            entries.append(Entry(title, event.pgh_created_at, facts.get("user"), for_farmer, changed))
    return entries


def _move(event: Any, facts: dict[str, Any], *, for_farmer: bool) -> Entry:
    title, time_field, person_field = MOVES[event.status]
    when = (getattr(event, time_field) if time_field else None) or event.pgh_created_at
    person = (getattr(event, person_field) if person_field else None) or facts.get("user")
    return Entry(str(title), when, person, for_farmer, event.return_reason if event.status == StoreStatus.DRAFT else "")


def _changes(before: Any, event: Any) -> str:
    """'Name: old → new' for short texts, the field's name alone for long ones."""
    parts = []
    for name in TEXTS:
        old, new = getattr(before, name), getattr(event, name)
        if old != new:
            parts.append(f"{_field_label(name)}: {old or '–'} → {new or '–'}")
    parts += [_field_label(name) for name in OTHERS if getattr(before, name) != getattr(event, name)]
    return "; ".join(parts)


def _field_label(name: str) -> str:
    return str(Store._meta.get_field(name.removesuffix("_id")).verbose_name)  # type: ignore[union-attr]


def _household_entries(events: list[Any]) -> list[Entry]:
    entries = []
    for before, event in zip([None, *events], events, strict=False):
        if before is None:
            when = event.registered_at
            entries.append(Entry(gettext("Family registered"), when, event.registered_by_id))
        else:
            entries.append(Entry(gettext("Family's record changed"), event.pgh_created_at, _facts(event).get("user")))
    return entries


def _mandate_entries(household: Household) -> list[Entry]:
    """Told by the mandates' own rows: each says who wrote it down, when the farmer confirmed it, and when it was withdrawn."""
    entries = []
    for mandate in Mandate.objects.filter(household=household).select_related("station"):
        station = mandate.station.label
        entries.append(
            Entry(gettext("Mandate written down"), mandate.recorded_at, mandate.recorded_by_id, text=station)
        )
        if mandate.confirmed_at:
            text = str(Evidence(mandate.evidence).label)
            entries.append(Entry(gettext("Confirmed by the farmer"), mandate.confirmed_at, None, text=text))
        if mandate.withdrawn_at:
            entries.append(Entry(gettext("Mandate withdrawn"), mandate.withdrawn_at, None, text=station))
    return entries


def _facts(event: Any) -> dict[str, Any]:
    return dict(event.pgh_context.metadata) if event.pgh_context else {}


def _who(person: User | None, household: Household, *, for_farmer: bool) -> str:
    if person is None:
        return ""
    if for_farmer and person.pk != household.user_id:
        return gettext("%(by)s for %(farmer)s") % {"by": person, "farmer": household.label}
    return str(person)
