"""Lots: what was harvested where and when, what became of it, and which lots it was made of."""

from typing import TYPE_CHECKING, ClassVar, Final

import pghistory
import pgtrigger
from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.references import public_reference
from catalog.models.grade import Grade
from catalog.models.product import Product
from sellers.models import Household
from stations.models import Region
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


# Percent of the price that a deposit may be: Civil Code of the PRC, art. 586, counts it up to 20 % of the contract as a deposit; less than
# 5 % binds nobody.
DEPOSIT_LEAST: Final = 5
DEPOSIT_MOST: Final = 20


class LotQuerySet(models.QuerySet["Lot"]):
    """Lots, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "LotQuerySet":
        """Those of the user's regions, and of the user's own store."""
        mine = Q(product__store__household__user_id=user.pk or 0) | Q(household__user_id=user.pk or 0)
        return self.filter(scope_of(user).covers("product__origin_id") | mine)


@pghistory.track(exclude=["sold_g"])
class Lot(models.Model):
    """What was harvested where and when. `ref` opens its public story; a lot without tests or grade says so.

    `household` grew it: a member of the co-operative that sells it, or a family whose goods a station gathers, which is paid for it.
    None where the store's own household did. `plot` is the field, as the family calls it.
    A harvest to come has no `harvested_on` yet, but the Monday of the week in which it is promised (`promised_week`); `quantity_g` is then
    the most that may be sold of it, and `deposit_percent` of its price is paid at once as a deposit, the rest before it is sent
    (orders.deposits; None: all at once). Of `quantity_g`, `used_g` was packed into stock, put into other lots or written off; `sold_g` is
    what left the farm, as it was weighed at collection.
    A lot that failed a test, or holds goods of one that did, is `held_back_at`: its stock is frozen as that of a recalled lot is.
    """

    ref = models.CharField(max_length=24, unique=True, default=public_reference, editable=False)
    code = models.CharField(_("number"), max_length=30, unique=True)
    product = models.ForeignKey(
        Product,
        on_delete=models.PROTECT,
        related_name="lots",
        verbose_name=_("product"),
    )
    household = models.ForeignKey(
        Household,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lots",
        verbose_name=_("grown by"),
    )
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="lots", verbose_name=_("village"))
    plot = models.CharField(_("plot"), max_length=60, blank=True)
    harvested_on = models.DateField(_("harvested on"), null=True, blank=True)
    harvested_until = models.DateField(_("harvested until"), null=True, blank=True)
    promised_week = models.DateField(_("promised for the week of"), null=True, blank=True)
    deposit_percent = models.PositiveSmallIntegerField(_("deposit in percent"), null=True, blank=True)
    quantity_g = models.BigIntegerField(_("quantity in grams"))
    used_g = models.BigIntegerField(_("packed, passed on or written off, in grams"), default=0)
    sold_g = models.BigIntegerField(_("sold in grams"), default=0, editable=False)
    grade = models.ForeignKey(
        Grade,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lots",
        verbose_name=_("grade"),
    )
    recalled_at = models.DateTimeField(_("recalled"), null=True, blank=True)
    held_back_at = models.DateTimeField(_("held back after a test"), null=True, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = (F("harvested_on").desc(nulls_last=True), "-id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(quantity_g__gt=0), name="lot_weighs_something"),
            models.CheckConstraint(
                condition=Q(used_g__gte=0, used_g__lte=F("quantity_g"), sold_g__gte=0), name="lot_gives_what_it_has"
            ),
            models.CheckConstraint(
                condition=Q(harvested_on__isnull=False) | Q(promised_week__isnull=False),
                name="lot_is_harvested_or_promised",
            ),
            models.CheckConstraint(
                condition=Q(promised_week=None) | Q(promised_week__iso_week_day=1), name="lot_is_promised_from_a_monday"
            ),
            models.CheckConstraint(
                condition=Q(deposit_percent=None)
                | Q(
                    promised_week__isnull=False,
                    deposit_percent__gte=DEPOSIT_LEAST,
                    deposit_percent__lte=DEPOSIT_MOST,
                ),
                name="lot_deposit_is_a_fifth_at_most",
            ),
            models.CheckConstraint(
                condition=Q(harvested_until=None) | Q(harvested_until__gte=F("harvested_on")),
                name="lot_harvest_ends_after_it_begins",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="recall_freezes_stock",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("recalled_at", "held_back_at"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Condition(
                    "((coalesce(OLD.recalled_at, OLD.held_back_at) IS NULL) <> (coalesce(NEW.recalled_at, NEW.held_back_at) IS NULL))"
                ),
                func="""
                UPDATE catalog_stock SET frozen = coalesce(NEW.recalled_at, NEW.held_back_at) IS NOT NULL
                WHERE lot_id = NEW.id AND frozen <> (coalesce(NEW.recalled_at, NEW.held_back_at) IS NOT NULL);
                RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="gathered_lot_names_its_family",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("household_id", "product_id"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Condition("NEW.household_id IS NULL"),
                func="""
                IF EXISTS (
                    SELECT 1 FROM catalog_product p JOIN sellers_store s ON s.id = p.store_id
                    JOIN sellers_household h ON h.id = s.household_id WHERE p.id = NEW.product_id AND h.kind = 'station'
                ) THEN
                    RAISE EXCEPTION 'A lot of a gathering store names the family that grew it.' USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_frozen(self) -> bool:
        """Whether nothing of it may be sold: it is recalled, or held back after a test."""
        return self.recalled_at is not None or self.held_back_at is not None

    @property
    def left_g(self) -> int:
        """Grams that can still be packed or passed on."""
        return self.quantity_g - self.used_g

    def made_of_it(self) -> list[int]:
        """The keys of this lot and of every lot that holds some of it, through all steps."""
        return _family(self.pk, "source_id", "made_id")

    def it_is_made_of(self) -> list[int]:
        """The keys of this lot and of every lot that went into it, through all steps."""
        return _family(self.pk, "made_id", "source_id")


class LotPart(models.Model):
    """So many grams of one lot that went into another: goods of several families put together, or one lot sorted into two.

    A lot is made of older ones alone, so that none can be its own ancestor.
    """

    source = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="parts_given", verbose_name=_("from lot"))
    made = models.ForeignKey(Lot, on_delete=models.CASCADE, related_name="parts", verbose_name=_("into lot"))
    grams = models.BigIntegerField(_("grams"))

    class Meta:
        verbose_name = _("part of a lot")
        verbose_name_plural = _("parts of lots")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("made", "source"), name="one_part_a_source"),
            models.CheckConstraint(condition=Q(source__lt=F("made")), name="lot_is_made_of_older_ones"),
            models.CheckConstraint(condition=Q(grams__gt=0), name="part_weighs_something"),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="recalled_lot_goes_into_no_other",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                declare=[("gone", "timestamptz")],
                # SHARE: whoever recalls the source meanwhile waits, and then finds this lot too.
                func="""
                SELECT coalesce(recalled_at, held_back_at) INTO gone FROM catalog_lot WHERE id = NEW.source_id FOR SHARE;
                IF gone IS NOT NULL THEN
                    RAISE EXCEPTION 'A recalled lot, or one held back, goes into no other.' USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="part_stays", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.made}"


# Every lot that can be reached from one over {start} -> {goal}.
_REACHED = """
WITH RECURSIVE found (id) AS (
  SELECT %s::bigint UNION SELECT part.{goal} FROM catalog_lotpart AS part JOIN found ON part.{start} = found.id
) SELECT id FROM found ORDER BY id
"""


def _family(key: int, start: str, goal: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_REACHED.format(start=start, goal=goal), [key])
        return [row[0] for row in cursor.fetchall()]
