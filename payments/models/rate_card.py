"""Rate cards: what is taken off a sale, for whom and what, and from when until when. What held on a day that is over never changes."""

import datetime as dt
from typing import ClassVar

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

ONLY_THE_END = """
    today := (now() AT TIME ZONE 'Asia/Shanghai')::date;
    IF OLD.valid_from > today AND NEW.valid_from > today THEN
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'valid_until' <> to_jsonb(OLD) - 'valid_until' OR OLD.valid_until < today OR NEW.valid_until < today THEN
        RAISE EXCEPTION 'Rate card % holds already: only the day of its end can be set, from today on.', OLD.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
NEVER_ONCE_VALID = """
    IF OLD.valid_from <= (now() AT TIME ZONE 'Asia/Shanghai')::date THEN
        RAISE EXCEPTION 'Rate card % has held: it stays.', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
"""


@pghistory.track(model_name="RateCardEvent")
class RateCard(models.Model):
    """What is taken off a sale, in basis points of the goods' amount, from `valid_from` to `valid_until` (both days included).

    It is for one store (`store_slug`), or for a county (six digits), a category (its slug) or both, or, with none of them, for all.
    payments.rates says which one counts. PostgreSQL lets nobody change or delete one that has begun; only its last day can be set.
    """

    store_slug = models.CharField(_("store"), max_length=50, blank=True)
    county_code = models.CharField(_("county"), max_length=6, blank=True)
    category_slug = models.CharField(_("category"), max_length=40, blank=True)
    commission_bp = models.PositiveIntegerField(_("commission"))
    station_fee_bp = models.PositiveIntegerField(_("station service fee"))
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    created_at = models.DateTimeField(_("entered"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("rate card")
        verbose_name_plural = _("rate cards")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("store_slug", "county_code", "category_slug", "valid_from"),
                name="one_rate_card_a_scope_and_day",
            ),
            models.CheckConstraint(
                condition=Q(commission_bp__lte=10_000 - F("station_fee_bp")),
                name="rates_leave_the_seller_something",
            ),
            models.CheckConstraint(
                condition=Q(store_slug="") | Q(county_code="", category_slug=""),
                name="rate_card_of_a_store_names_it_alone",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="rate_card_ends_after_it_begins",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="only_the_end_changes",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                declare=[("today", "date")],
                func=ONLY_THE_END,
            ),
            pgtrigger.Trigger(
                name="never_deleted_once_valid",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=NEVER_ONCE_VALID,
            ),
        ]

    def __str__(self) -> str:
        scope = self.store_slug or " ".join(filter(None, (self.county_code, self.category_slug))) or "*"
        return f"{scope} {self.commission_bp}/{self.station_fee_bp}"

    def holds_on(self, day: dt.date) -> bool:
        """Whether the day is one of its own."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)
