"""What a mandate may allow, in words, and why none allows it."""

from typing import Final, Literal

from django.db.models import F, Field
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from sellers.models import Household, Mandate
from stations.models.posting import STAFF_ROLES
from stations.scope import scope_of

Scope = Literal["list", "price", "receive_cash", "answer"]
SCOPES: Final[tuple[Scope, ...]] = ("list", "price", "answer", "receive_cash")


def allowed_in_words(mandate: Mandate) -> str:
    """What a mandate allows, as a list in the language of the page."""
    words = [scope_in_words(scope) for scope in SCOPES if getattr(mandate, f"may_{scope}")]
    return (", " if get_language() == "en" else "、").join(words)


def scope_in_words(scope: Scope) -> str:
    """One scope in the language of the page."""
    field = Mandate._meta.get_field(f"may_{scope}")
    assert isinstance(field, Field)
    return str(field.verbose_name)


def why_missing(user: User, household: Household, scope: Scope) -> str:
    """One line for whoever was refused: what the farmer did not allow, took back, or allowed until when."""
    mine = scope_of(user)
    given = Mandate.objects.filter(mine.covers("station__region_id"), household=household, confirmed_at__isnull=False)
    last = given.order_by(F("withdrawn_at").desc(nulls_first=True), "-ends_on", "-pk").select_related("station").first()
    words = {"farmer": household.label}
    if last is None or not mine.may(STAFF_ROLES, last.station.region_id):
        return _("%(farmer)s has given your station no mandate. Ask them for one first.") % words
    if last.refused_at:
        return _("The signed paper of %(farmer)s was returned. Photograph it again, or use a code.") % words
    if last.withdrawn_at:
        words["day"] = timezone.localdate(last.withdrawn_at).isoformat()
        return _("%(farmer)s withdrew the mandate on %(day)s. Nothing is done in their name without a new one.") % words
    if last.ends_on < timezone.localdate():
        words["day"] = last.ends_on.isoformat()
        return _("The mandate of %(farmer)s ended on %(day)s. Ask them to renew it.") % words
    words["what"] = scope_in_words(scope)
    return _("%(farmer)s has not allowed your station to do this: %(what)s. For that they give a new mandate.") % words
