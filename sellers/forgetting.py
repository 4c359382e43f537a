"""Forgetting a farmer: what the seller's record holds of a person is emptied, in the rows and in the history the database kept of them.

The rows stay as numbers without a person: sales, money and handovers point to them, and the E-Commerce Law (art. 31) has those kept for
three years. orders.forgetting decides when this may happen; here it only does.
"""

import datetime as dt
from typing import Any

from django.apps import apps
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Replace
from pghistory.models import Context

from pictures.models import Picture
from sellers.filled import empty_forms
from sellers.models import (
    Consent,
    Household,
    Mandate,
    Membership,
    Payout,
    PayoutAccount,
    PayoutReturn,
    SellerLicence,
    Store,
    StoreStatus,
)

# What stands in `paper` once the photograph is deleted: that there was one is part of the mandate.
DELETED_PAPER = "deleted"
HIDDEN_TAIL = "****"
EMPTIED = "–"


def events_of(model: str) -> "QuerySet[Any]":
    """The history that the database keeps of a model ('sellers.HouseholdEvent')."""
    events: QuerySet[Any] = apps.get_model(model)._default_manager.all()
    return events


def pseudonym(household: Household) -> str:
    """What a forgotten household is called."""
    return f"已注销卖家 {household.pk}"


def empty_household(household: Household, *, at: dt.datetime) -> None:
    """Empty what is kept of a household and of its stores, consents, cards and openings. The caller holds its lock, in a transaction.

    Signed papers stay for `delete_papers`.
    """
    stores = Store.objects.filter(household=household)
    _empty_stores(household, stores)
    empty_forms(household, at=at, message="forgotten")
    _end_mandates(household, at)
    _empty_payouts(household, at)
    Consent.objects.filter(household=household, withdrawn_at=None).update(withdrawn_at=at)
    Membership.objects.filter(Q(household=household) | Q(cooperative=household), left_on=None).update(left_on=at.date())
    delete_file(household.licence_paper)
    _empty_licences(household)
    kept = {"name": pseudonym(household), "name_latin": f"Former seller {household.pk}"}
    empty: dict[str, Any] = {
        "phone": "",
        "phone_before": "",
        "phone_changed_at": None,
        "licence_code": None,
        "licence_paper": "",
        "representative": "",
        "identity_tail": "",
        "poverty_registered_year": None,
        "women_led": False,
        "youth_led": False,
        **kept,
    }
    sealed = {"identity_sealed": None, "identity_index": None}
    Household.objects.filter(pk=household.pk).update(user=None, forgotten_at=at, **empty, **sealed)
    events_of("sellers.HouseholdEvent").filter(pgh_obj_id=household.pk).update(**empty)
    _empty_reasons(household, stores)
    household.refresh_from_db()


def _empty_reasons(household: Household, stores: "QuerySet[Store]") -> None:
    """Why somebody changed something is free text, and may name the family."""
    events = (
        events_of("sellers.HouseholdEvent").filter(pgh_obj_id=household.pk),
        events_of("sellers.StoreEvent").filter(pgh_obj_id__in=stores.values("pk")),
        events_of("sellers.MandateEvent").filter(household_id=household.pk),
        events_of("sellers.PayoutAccountEvent").filter(household_id=household.pk),
    )
    for found in events:
        written = Context.objects.filter(pk__in=found.values("pgh_context_id")).exclude(metadata__why=None)
        for context in written:
            context.metadata["why"] = ""
            context.save(update_fields=["metadata"])


def delete_papers(household: Household) -> int:
    """Delete the photographs of signed mandates and slips (each bears a name and a signature); returns how many."""
    mandates = Mandate.objects.filter(household=household).exclude(paper__in=("", DELETED_PAPER))
    papers = list(mandates.values_list("paper", flat=True))
    mandates.update(paper=DELETED_PAPER)
    events = events_of("sellers.MandateEvent").filter(household_id=household.pk)
    events.exclude(paper="").update(paper=DELETED_PAPER)
    for paper in papers:
        delete_file(paper)
    return len(papers) + _delete_slips(household)


def _delete_slips(household: Household) -> int:
    """That a slip was signed stays, its photograph goes."""
    payouts = Payout.objects.filter(household=household).exclude(slip__in=("", DELETED_PAPER))
    slips = list(payouts.values_list("slip", flat=True))
    payouts.update(slip=DELETED_PAPER)
    events_of("sellers.PayoutEvent").filter(household_id=household.pk).exclude(slip="").update(slip=DELETED_PAPER)
    for slip in slips:
        delete_file(slip)
    return len(slips)


def _empty_stores(household: Household, stores: "QuerySet[Store]") -> None:
    """A store's name, story and picture are the family's own; its address stays, for the ledger knows the store by it."""
    for store in stores.exclude(picture=None).select_related("picture"):
        assert isinstance(store.picture, Picture)
        store.picture.delete()
    empty: dict[str, Any] = {"story": "", "story_en": "", "return_reason": ""}
    for store in stores:
        store.return_reasons.all().delete()
        named = {"name": f"已关闭的店铺 {store.pk}", "name_en": f"Closed store {store.pk}"}
        Store.objects.filter(pk=store.pk).update(status=StoreStatus.CLOSED, picture=None, **empty, **named)
        events_of("sellers.StoreEvent").filter(pgh_obj_id=store.pk).update(**empty, **named)


def _end_mandates(household: Household, at: dt.datetime) -> None:
    mandates = Mandate.objects.filter(household=household)
    mandates.filter(withdrawn_at=None).update(withdrawn_at=at)
    mandates.exclude(refused_reason="").update(refused_reason="")
    events_of("sellers.MandateEvent").filter(household_id=household.pk).update(refused_reason="")


def _empty_payouts(household: Household, at: dt.datetime) -> None:
    """That money went to a card, and when, stays; which card it was goes."""
    accounts = PayoutAccount.objects.filter(household=household)
    accounts.filter(ended_at=None).update(ended_at=at)
    accounts.update(holder="", bank="", number_sealed=None)
    accounts.exclude(number_tail="").update(number_tail=HIDDEN_TAIL)
    accounts.exclude(connected_id="").update(connected_id=HIDDEN_TAIL)
    events = events_of("sellers.PayoutAccountEvent").filter(household_id=household.pk)
    events.update(holder="", bank="")
    events.exclude(number_tail="").update(number_tail=HIDDEN_TAIL)
    events.exclude(connected_id="").update(connected_id=HIDDEN_TAIL)
    # Why one came back is the bank's own text, and may name the family.
    Payout.objects.filter(household=household).exclude(reason="").update(reason=EMPTIED)
    events_of("sellers.PayoutEvent").filter(household_id=household.pk).exclude(reason="").update(reason=EMPTIED)
    PayoutReturn.objects.filter(payout__household=household).update(reason=EMPTIED)
    events_of("sellers.PayoutReturnEvent").filter(payout__household_id=household.pk).update(reason=EMPTIED)


def _empty_licences(household: Household) -> None:
    """That there was a licence, of which kind and until when, stays; its photograph, its number and its holder's name go."""
    licences = SellerLicence.objects.filter(household=household)
    for paper in licences.exclude(paper="").values_list("paper", flat=True):
        delete_file(paper)
    empty = {"holder": pseudonym(household), "number": "–", "reason": ""}
    licences.update(paper="", **empty)
    events_of("sellers.SellerLicenceEvent").filter(household_id=household.pk).update(**empty)


def replaced(fields: tuple[str, ...], words: dict[str, str]) -> dict[str, Any]:
    """Assignments for an update() that writes other words for some words in text fields."""
    changes: dict[str, Any] = {}
    for field in fields:
        expression: Any = F(field)
        for old, new in words.items():
            expression = Replace(expression, Value(old), Value(new))
        changes[field] = expression
    return changes


def delete_file(name: str) -> None:
    """Delete a private file, once the transaction holds: a file can't be brought back."""
    if name and name != DELETED_PAPER:
        transaction.on_commit(lambda: storages["private"].delete(name))
