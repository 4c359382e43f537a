"""Tests of lots by agencies: the sample, what was found item by item, and the report."""

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models.lot import Lot
from pictures.models import Picture
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class ReportState(models.TextChoices):
    """How far the agency's report is on its way to the public: a job draws its pages with a watermark."""

    NONE = "none", _("no report")
    WAITING = "waiting", _("being prepared")
    READY = "ready", _("shown")
    FAILED = "failed", _("can't be shown")


class LotTestQuerySet(models.QuerySet["LotTest"]):
    """Tests, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "LotTestQuerySet":
        """Those of lots of the user's regions, and of the user's own."""
        mine = Q(lot__product__store__household__user_id=user.pk or 0) | Q(lot__household__user_id=user.pk or 0)
        return self.filter(scope_of(user).covers("lot__product__origin_id") | mine)

    def standing(self) -> "LotTestQuerySet":
        """Those that count: not struck out as entered wrongly."""
        return self.filter(struck_at=None)

    def failures(self) -> "LotTestQuerySet":
        """Those that were not passed, and that no passed test of the same goods has repeated."""
        repeated = LotTest.objects.standing().filter(passed=True, repeats=models.OuterRef("pk"))
        return self.standing().filter(passed=False).exclude(models.Exists(repeated))


@pghistory.track(
    fields=[
        "lot",
        "agency",
        "standard",
        "sample",
        "sampled_on",
        "tested_on",
        "passed",
        "repeats",
        "struck_at",
        "struck_why",
    ],
    model_name="LotTestEvent",
)
class LotTest(models.Model):
    """A test of a lot by an agency, under a standard. Where it has items, `passed` says that all of them are.

    A test that was not passed holds its lot back, with every lot made of it (Lot.held_back_at); one that `repeats` it and is passed lets
    go again. A test that was entered wrongly is struck out by the county, with a reason; it stays on record.
    `report` is the name of the agency's document in the private store; buyers see its pages (TestPage) with a watermark.
    """

    lot = models.ForeignKey(Lot, on_delete=models.CASCADE, related_name="tests")
    agency = models.CharField(_("agency"), max_length=80)
    standard = models.CharField(_("standard"), max_length=60)
    sample = models.CharField(_("sample number"), max_length=40, blank=True)
    sampled_on = models.DateField(_("sampled on"), null=True, blank=True)
    tested_on = models.DateField(_("tested on"))
    passed = models.BooleanField(_("passed"))
    finding = models.CharField(_("finding"), max_length=200, blank=True)
    finding_en = models.CharField(_("finding in English"), max_length=300, blank=True)
    repeats = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="repeated_by", verbose_name=_("repeats")
    )
    demo = models.BooleanField(_("sample"), default=False)
    report = models.CharField(max_length=120, blank=True, editable=False)
    report_state = models.CharField(max_length=8, choices=ReportState, default=ReportState.NONE, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    entered_at = models.DateTimeField(default=timezone.now, editable=False)
    struck_at = models.DateTimeField(null=True, blank=True, editable=False)
    struck_why = models.CharField(_("why it was struck out"), max_length=120, blank=True, editable=False)

    objects = LotTestQuerySet.as_manager()

    class Meta:
        verbose_name = _("test")
        verbose_name_plural = _("tests")
        ordering = ("-tested_on", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(sampled_on=None) | Q(sampled_on__lte=F("tested_on")), name="sampled_before_tested"
            ),
            models.CheckConstraint(condition=Q(repeats=None) | ~Q(repeats=F("pk")), name="test_repeats_another"),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="failure_holds_back",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("passed"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Condition("NOT NEW.passed AND NEW.struck_at IS NULL"),
                func="""
                WITH RECURSIVE made (id) AS (
                    SELECT NEW.lot_id UNION SELECT part.made_id FROM catalog_lotpart AS part JOIN made ON part.source_id = made.id
                )
                UPDATE catalog_lot SET held_back_at = now() WHERE id IN (SELECT id FROM made) AND held_back_at IS NULL;
                RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="passed_follows_items",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("passed"),  # type: ignore[no-untyped-call]
                timing=pgtrigger.Deferred,
                func="""
                IF EXISTS (SELECT FROM catalog_testitem WHERE test_id = NEW.id) AND EXISTS (
                    SELECT FROM catalog_lottest AS t WHERE t.id = NEW.id
                      AND t.passed <> (SELECT bool_and(i.passed) FROM catalog_testitem AS i WHERE i.test_id = t.id)
                ) THEN
                    RAISE EXCEPTION 'A test is passed when all of its items are.' USING ERRCODE = 'check_violation';
                END IF;
                RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.standard}"

    def clean(self) -> None:
        """Neither day lies ahead, and the sample came first."""
        today: dt.date = timezone.localdate()
        for name in ("sampled_on", "tested_on"):
            day = getattr(self, name)
            if day and day > today:
                raise ValidationError({name: _("This day has not come yet.")})
        if self.sampled_on and self.tested_on and self.sampled_on > self.tested_on:
            raise ValidationError({"sampled_on": _("The sample was taken before the test.")})

    @property
    def finding_label(self) -> str:
        """The finding in the language of the page."""
        return (self.finding_en or self.finding) if get_language() == "en" else self.finding


class TestItem(models.Model):
    """One line of a test: what was looked for, what was found, and the limit, as they stand on the report."""

    __test__ = False  # not a test of ours

    test = models.ForeignKey(LotTest, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("item"), max_length=40)
    name_en = models.CharField(_("item in English"), max_length=80, blank=True)
    found = models.CharField(_("result"), max_length=30)
    limit = models.CharField(_("limit"), max_length=30, blank=True)
    unit = models.CharField(_("unit"), max_length=12, blank=True)
    passed = models.BooleanField(_("passed"))

    class Meta:
        verbose_name = _("item of a test")
        verbose_name_plural = _("items of tests")
        ordering = ("position",)
        constraints: ClassVar = [models.UniqueConstraint(fields=("test", "position"), name="one_item_a_position")]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="items_decide_the_test",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                func="""
                IF EXISTS (
                    SELECT FROM catalog_lottest AS t WHERE t.id = CASE TG_OP WHEN 'DELETE' THEN OLD.test_id ELSE NEW.test_id END
                      AND t.passed <> (SELECT bool_and(i.passed) FROM catalog_testitem AS i WHERE i.test_id = t.id)
                ) THEN
                    RAISE EXCEPTION 'A test is passed when all of its items are.' USING ERRCODE = 'check_violation';
                END IF;
                RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.found}"

    @property
    def label(self) -> str:
        """What was looked for in the language of the page; as on the report where nobody gave its English name."""
        return (self.name_en or self.name) if get_language() == "en" else self.name

    @property
    def found_label(self) -> str:
        """The result in the language of the page, where it is the word for nothing found."""
        return str(_("not detected")) if self.found == "未检出" else self.found


class TestPage(models.Model):
    """One page of a test's report as the public sees it: a picture with a watermark."""

    __test__ = False  # not a test of ours

    test = models.ForeignKey(LotTest, on_delete=models.CASCADE, related_name="pages")
    position = models.PositiveSmallIntegerField()
    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("page of a report")
        verbose_name_plural = _("pages of reports")
        ordering = ("position",)
        constraints: ClassVar = [models.UniqueConstraint(fields=("test", "position"), name="one_page_a_position")]

    def __str__(self) -> str:
        return f"{self.test} {self.position}"


class ReportOpening(models.Model):
    """Somebody of the stations opened the original of a report: append-only."""

    test = models.ForeignKey(LotTest, on_delete=models.CASCADE, related_name="openings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("opening of a report")
        verbose_name_plural = _("openings of reports")
        ordering = ("-at",)
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="opening_stays",
                operation=pgtrigger.UpdateOf("test_id", "at") | pgtrigger.Delete,  # type: ignore[no-untyped-call]
            )
        ]

    def __str__(self) -> str:
        return f"{self.test} {self.at}"
