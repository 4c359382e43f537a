"""How a mandate stands, in words for a page: holds, ends soon, over, withdrawn, replaced, returned, not confirmed yet."""

from dataclasses import dataclass
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from sellers.mandates import PAPER_ROLES, REMINDED, SCOPES, allowed_in_words
from sellers.models import Evidence, Mandate
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of


class State(NamedTuple):
    """A mandate's state in a word, the colour of its pill, and how many days are left (None unless it holds)."""

    label: str
    pill: str
    days: int | None = None


@dataclass(frozen=True, slots=True)
class MandateShown:
    """A mandate with what a page says of it; `scopes` [(field, label)] are those that it covers, and what this user may do with it.

    `may_return` and `may_accept`: the paper (township and county, see sellers.accepting).
    """

    mandate: Mandate
    state: State
    left: str
    allowed: str
    scopes: list[tuple[str, str]]
    may_end: bool
    may_return: bool = False
    may_accept: bool = False


def state_of(mandate: Mandate, others: list[Mandate]) -> State:
    """How it stands today; one that was withdrawn in the moment that another of its station was confirmed was replaced by it."""
    if mandate.refused_at:
        return State(_("paper returned"), "bad")
    if mandate.withdrawn_at:
        replaced = any(
            other.confirmed_at == mandate.withdrawn_at and other.station_id == mandate.station_id for other in others
        )
        return State(_("replaced by a newer one"), "") if replaced else State(_("withdrawn"), "bad")
    if mandate.paper_waits:
        return State(_("paper waits for the township"), "busy")
    if mandate.confirmed_at is None:
        return State(_("waits for the farmer's word"), "busy")
    days = (mandate.ends_on - timezone.localdate()).days
    if days < 0:
        return State(_("over"), "bad")
    return State(_("ends soon"), "busy", days) if days <= REMINDED.days else State(_("in force"), "good", days)


def left_in_words(days: int) -> str:
    """How long a mandate holds yet: `days` after today."""
    return ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days} if days else _("last day")


def shown(mandate: Mandate, user: User, others: list[Mandate]) -> MandateShown:
    """What a page says of a mandate to this user."""
    state = state_of(mandate, others)
    own = mandate.household.user_id is not None and mandate.household.user_id == user.pk
    judges = scope_of(user).may(PAPER_ROLES, mandate.station.region_id)
    days = state.days
    return MandateShown(
        mandate=mandate,
        state=state,
        left=left_in_words(days) if days is not None else "",
        allowed=allowed_in_words(mandate),
        scopes=[
            (f"may_{scope}", str(Mandate._meta.get_field(f"may_{scope}").verbose_name))  # type: ignore[union-attr]
            for scope in SCOPES
            if getattr(mandate, f"may_{scope}")
        ],
        may_end=days is not None and (own or scope_of(user).may(STAFF_ROLES, mandate.station.region_id)),
        may_return=mandate.evidence == Evidence.PAPER and (days is not None or mandate.paper_waits) and judges,
        may_accept=mandate.paper_waits and judges and mandate.recorded_by_id != user.pk,
    )
