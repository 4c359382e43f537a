"""An opening from a phone beside what is on record: both versions of every answer, and the screens that have to be corrected."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.phones import masked_phone
from sellers.applying import bound, bound_farmer
from sellers.filled import Filled
from sellers.forms import IdentityForm, MandateForm, StoreForm
from sellers.mandates import allowed_in_words
from sellers.models import Household, HouseholdKind, Mandate, Opening, Submission
from sellers.openings import station_serves_one_village
from stations.models import Region, Station

PHOTOGRAPHS = ("identity-licence", "mandate-paper", "store-picture")
OTHER_WAYS = ("changed", "gone", "posted", "shut")


@dataclass(frozen=True)
class Row:
    """One answer: what it is, as the phone has it, as it is on record."""

    label: str
    phones: str
    ours: str

    @property
    def differs(self) -> bool:
        """Whether the two say different things, where both say something."""
        return bool(self.phones and self.ours and self.phones != self.ours)


def versions(user: User, submission: Submission, filled: Filled) -> dict[str, Any]:
    """What the inbox shows of an opening that waits: both versions, what has to be corrected, and who stands in the way."""
    opening = Opening.objects.visible_to(user).filter(ref=filled.base.get("ref", "")).first()
    household = opening.household if opening else known_household(user, filled)
    faulty = [] if submission.message in OTHER_WAYS else _faulty(submission, filled, opening)
    return {
        "rows": _rows(submission.station, filled, household, opening),
        "household": household,
        "known_elsewhere": submission.message == "known" and household is None,
        "taken_along": opening,
        "faulty": faulty,
        "pictures": [name for name in PHOTOGRAPHS if name in filled.files],
    }


def known_household(user: User, filled: Filled) -> Household | None:
    """The family that stands in the way, if it lies within the user's scope."""
    return Household.objects.visible_to(user).filter(pk=filled.household or 0).first()


def _faulty(submission: Submission, filled: Filled, opening: Opening | None) -> list[forms.Form]:
    """The screens whose answers have to be corrected, with what is wrong said beside them; the identity number is never shown."""
    station = submission.station
    blank = opening or Opening(station=station, kind=filled.answers.get("farmer-kind", HouseholdKind.HOUSEHOLD))
    asked: list[forms.Form] = []
    if blank.household is None:
        asked += [bound_farmer(station, filled), bound(IdentityForm, blank, filled)]
    asked.append(bound(MandateForm, blank, filled))
    if filled.answers.get("store-name"):
        asked.append(bound(StoreForm, blank, filled))
    doubtful = {"known": {"farmer", "identity"}, "mandate": {"mandate"}}.get(submission.message, set())
    wrong = [form for form in asked if not form.is_valid() or form.prefix in doubtful]
    for form in wrong:
        _mask(form, filled.answers.get("identity-identity", ""))
    return wrong


def _mask(form: Any, number: str) -> None:
    """Ask for the number anew only where it is wrong, never show it; the station is no question here."""
    form.fields.pop("station", None)
    form.use_required_attribute = False
    if "identity" in form.fields and number:
        form.data = {**form.data, "identity-identity": ""}
        form["identity"].help_text = _("The phone has ****%(tail)s. Type it again only if it is wrong.") % {
            "tail": _tail(number)
        }


def _tail(number: str) -> str:
    return number.strip()[-4:]


def _rows(station: Station, filled: Filled, household: Household | None, opening: Opening | None) -> list[Row]:
    """Every answer that either of the two has; numbers are masked on both sides."""
    phones, ours = _phones(station, filled.answers), _ours(household, opening)
    labels = {
        "farmer": _("Farmer"),
        "phone": _("Phone"),
        "number": _("Identity or licence number"),
        "village": _("Village"),
        "mandate": _("Mandate"),
        "store": _("Store"),
        "story": _("Story"),
    }
    rows = [Row(label, phones.get(name, ""), ours.get(name, "")) for name, label in labels.items()]
    return [row for row in rows if row.phones or row.ours]


def _phones(station: Station, answers: dict[str, str]) -> dict[str, str]:
    number = answers.get("identity-identity") or answers.get("identity-licence_code", "")
    code = station.region_id if station_serves_one_village(station) else answers.get("identity-region", "")
    region = Region.objects.filter(code=code).first() if number else None
    return {
        "farmer": answers.get("farmer-name", ""),
        "phone": masked_phone(answers["farmer-phone"]) if answers.get("farmer-phone") else "",
        "number": f"****{_tail(number)}" if number else "",
        "village": region.label if region else "",
        "mandate": _terms(answers),
        "store": answers.get("store-name", ""),
        "story": answers.get("store-story", ""),
    }


def _ours(household: Household | None, opening: Opening | None) -> dict[str, str]:
    ours = {"store": opening.store_name, "story": opening.story} if opening else {}
    if household is None:
        return ours
    tail = household.identity_tail or (household.licence_code or "")[-4:]
    ours |= {
        "farmer": household.name,
        "phone": masked_phone(household.phone),
        "number": f"****{tail}" if tail else "",
        "village": household.region.label,
    }
    if held := household.mandates.order_by("-pk").first():
        ours["mandate"] = _in_words(allowed_in_words(held), held.ends_on.isoformat())
    if store := household.stores.order_by("-pk").first():
        ours |= {"store": store.name, "story": store.story}
    return ours


def _terms(answers: dict[str, str]) -> str:
    if "mandate-ends_on" not in answers:
        return ""
    scopes = ("may_price", "may_answer", "may_receive_cash")
    mandate = Mandate(**{name: answers.get(f"mandate-{name}") == "on" for name in scopes})
    return _in_words(allowed_in_words(mandate), answers["mandate-ends_on"])


def _in_words(scope: str, until: str) -> str:
    return _("%(scope)s, until %(until)s") % {"scope": scope, "until": until}
