"""Scope: which regions a user's postings cover, and what they may do there. `visible_to(user)` of every queryset asks here."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from stations.models import Posting, Role
from stations.models.region import code_range
from stations.statements import fetch


class NotAllowed(PermissionDenied):
    """The user sees the thing but their role does not let them do this to it (403)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The current postings of one user; `everywhere` for an operator."""

    everywhere: bool = False
    postings: tuple[Posting, ...] = field(default_factory=tuple)

    def covers(self, column: str) -> Q:
        """A condition on the column that holds a twelve-digit region code; matches nothing for a user without a posting."""
        if self.everywhere:
            # Everything. An empty Q() would vanish beside `| Q(...)` and leave only the other half.
            return ~Q(pk__in=())
        condition = Q(pk__in=())
        for posting in self.postings:
            first, last = code_range(posting.region_id)
            condition |= Q(**{f"{column}__gte": first, f"{column}__lte": last})
        return condition

    def roles_over(self, region_code: str) -> set[str]:
        """The roles held at or above the region of this twelve-digit code."""
        return {posting.role for posting in self.postings if _inside(region_code, posting.region_id)}

    def may(self, roles: Iterable[Role], region_code: str) -> bool:
        """Whether one of `roles` is held over the region; an operator may everything."""
        return self.everywhere or not self.roles_over(region_code).isdisjoint(roles)

    def require(self, roles: Iterable[Role], region_code: str) -> None:
        """Raises NotAllowed unless one of `roles` is held over the region."""
        if not self.may(roles, region_code):
            raise NotAllowed(_("Your posting does not allow this here."))


def _inside(code: str, region_code: str) -> bool:
    first, last = code_range(region_code)
    return first <= code <= last


def scope_of(user: User | AnonymousUser) -> Scope:
    """The user's scope, read once a request (kept on the user object)."""
    if not user.is_authenticated:
        return Scope()
    known: Scope | None = user.__dict__.get("_scope")
    if known is None:
        known = Scope(
            everywhere=user.is_superuser,
            postings=tuple(fetch(_postings, user.pk, timezone.localdate())),
        )
        user.__dict__["_scope"] = known
    return known


def _postings(user_id: int, today: dt.date) -> QuerySet[Posting]:
    return Posting.objects.current(today).filter(user=user_id).select_related("station")
