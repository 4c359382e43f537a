"""Cash that goes from one till to another, or to and from the bank: who gave it, who counted it, and what became of a difference."""

from typing import TYPE_CHECKING, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.references import public_reference
from stations.models.station import Station

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class CashState(models.TextChoices):
    """Where handed-over cash stands."""

    GIVEN = "given", _("handed over, not counted yet")
    RECEIVED = "received", _("received")
    DISPUTED = "disputed", _("the count differs")
    SETTLED = "settled", _("difference settled")
    WITHDRAWN = "withdrawn", _("taken back by the giver")


class CashOutcome(models.TextChoices):
    """Where a difference goes."""

    GIVER = "giver", _("the giver counted wrongly: it is with the giver")
    LOST = "lost", _("nobody has it: the county books it as a cash difference")


TRANSITIONS: dict[str, frozenset[str]] = {
    CashState.GIVEN.value: frozenset({CashState.RECEIVED.value, CashState.DISPUTED.value, CashState.WITHDRAWN.value}),
    CashState.DISPUTED.value: frozenset({CashState.SETTLED.value}),
    CashState.RECEIVED.value: frozenset(),
    CashState.SETTLED.value: frozenset(),
    CashState.WITHDRAWN.value: frozenset(),
}
_ALLOWED = ", ".join(f"('{old}', '{new}')" for old in TRANSITIONS for new in sorted({old, *TRANSITIONS[old]}))


_DIFFERS = Q(counted_fen__isnull=False) & ~Q(counted_fen=F("amount_fen"))


class CashHandoverQuerySet(models.QuerySet["CashHandover"]):
    """Cash handovers, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "CashHandoverQuerySet":
        """Those of the tills in the user's regions, on either side."""
        from stations.scope import scope_of

        scope = scope_of(user)
        return self.filter(scope.covers("from_station__region_id") | scope.covers("to_station__region_id"))

    def unfinished(self) -> "CashHandoverQuerySet":
        """Those on their way, and those whose difference nobody has settled."""
        return self.filter(state__in=(CashState.GIVEN, CashState.DISPUTED))


@pghistory.track(model_name="CashHandoverEvent")
class CashHandover(models.Model):
    """Cash from a till to the county centre's, from there to the bank, or the other way as change; amounts are fen.

    A side without a station is the bank. `amount_fen` is what the giver counted, `counted_fen` what the receiver did. While it is on its
    way it lies in the ledger's account 'cash_transit' under `ref`; a difference stays there until two people of the county settle it.
    """

    ref = models.CharField(max_length=24, unique=True, default=public_reference, editable=False)
    number = models.CharField(_("number"), max_length=20, unique=True)
    county_code = models.CharField(max_length=6)
    from_station = models.ForeignKey(
        Station, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("from")
    )
    to_station = models.ForeignKey(
        Station, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("to")
    )
    amount_fen = models.BigIntegerField(_("sum given"))
    slip = models.CharField(_("number of the slip"), max_length=40, blank=True)
    photograph = models.CharField(max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=CashState, default=CashState.GIVEN)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    given_at = models.DateTimeField(_("handed over"), default=timezone.now)
    counted_fen = models.BigIntegerField(_("sum counted"), null=True, blank=True)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    received_at = models.DateTimeField(_("received"), null=True, blank=True)
    outcome = models.CharField(_("what becomes of the difference"), max_length=10, choices=CashOutcome, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    objects = CashHandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("cash handover")
        verbose_name_plural = _("cash handovers")
        ordering = ("-given_at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0) & (Q(counted_fen=None) | Q(counted_fen__gte=0)), name="cash_is_counted"
            ),
            models.CheckConstraint(
                condition=(Q(from_station__isnull=False) | Q(to_station__isnull=False))
                & (Q(from_station=None) | Q(to_station=None) | ~Q(from_station=F("to_station"))),
                name="cash_goes_somewhere_else",
            ),
            models.CheckConstraint(
                condition=Q(received_by=None) | ~Q(received_by=F("given_by")), name="giver_is_not_receiver"
            ),
            models.CheckConstraint(
                condition=Q(settled_by=None)
                | (~Q(settled_by=F("proposed_by")) & ~Q(settled_by=F("given_by")) & ~Q(settled_by=F("received_by"))),
                name="difference_takes_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("given", "withdrawn"), counted_fen=None, received_at=None, settled_at=None)
                | Q(state="received", counted_fen=F("amount_fen"), received_at__isnull=False, settled_at=None)
                | Q(_DIFFERS, state="disputed", received_at__isnull=False, settled_at=None)
                | Q(_DIFFERS, ~Q(outcome=""), ~Q(reason=""), state="settled", settled_at__isnull=False),
                name="cash_state_has_what_it_says",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("county_code", "-given_at"), name="cash_by_county"),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="cash_moves_as_allowed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                IF (OLD.ref, OLD.amount_fen, OLD.given_at, OLD.from_station_id, OLD.to_station_id)
                    IS DISTINCT FROM (NEW.ref, NEW.amount_fen, NEW.given_at, NEW.from_station_id, NEW.to_station_id)
                    OR OLD.counted_fen IS NOT NULL AND OLD.counted_fen IS DISTINCT FROM NEW.counted_fen
                    OR (OLD.state, NEW.state) NOT IN ({_ALLOWED}) THEN
                    RAISE EXCEPTION 'Cash handover % cannot change so.', OLD.number USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="cash_is_never_forgotten", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def missing_fen(self) -> int:
        """What the receiver found too little, in fen; below zero what was too much."""
        return 0 if self.counted_fen is None else self.amount_fen - self.counted_fen
