"""Grade schemes: what a grade of a kind of goods means, by a standard or by a county's own rule, in limits that can be measured."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models.category import Category
from stations.models import Region
from stations.models.region import code_range
from stations.scope import scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

MOST_DIGITS, DECIMALS = 9, 3

# A scheme by which a lot was graded stays as it was: the grade of a bag that was sold must mean tomorrow what it meant then.
_UNUSED: Final = """
IF EXISTS (SELECT FROM catalog_grading WHERE scheme_id = ANY({schemes})) OR EXISTS (
    SELECT FROM catalog_lot AS l JOIN catalog_grade AS g ON g.id = l.grade_id WHERE g.scheme_id = ANY({schemes})
) THEN
    RAISE EXCEPTION 'Lots were graded by this scheme: make a new version.' USING ERRCODE = 'check_violation';
END IF;
IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
RETURN NEW;
"""


def _fixed_once_used(schemes: str, operation: Any) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="fixed_once_lots_are_graded",
        when=pgtrigger.Before,
        operation=operation,
        func=_UNUSED.format(schemes=schemes),
    )


_ANY = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete


class GradeSchemeQuerySet(models.QuerySet["GradeScheme"]):
    """Schemes, in words of the domain."""

    def visible_to(self, user: "User | AnonymousUser") -> "GradeSchemeQuerySet":
        """Those that hold everywhere, and those of the counties where the user serves or that the user's regions hold."""
        scope = scope_of(user)
        if scope.everywhere:
            return self.all()
        own = Q(county_code="")
        for posting in scope.postings:
            first, last = code_range(posting.region_id)
            own |= Q(county_code__range=(first[:6], last[:6]))
        return self.filter(own)

    def in_force(self, day: dt.date | None = None) -> "GradeSchemeQuerySet":
        """Those by which a lot is graded on a day (today): begun, and not replaced by a version that has begun."""
        day = day or timezone.localdate()
        return self.filter(valid_from__lte=day).exclude(replaced_by__valid_from__lte=day)


class GradeScheme(models.Model):
    """The grades of a category, of a standard (number, title, `year`) or of a county; where `county_code` is empty, of every county.

    A change is a new `version` that `replaces` the one before; lots that were graded keep theirs. `basis` says where the figures come
    from; `demo` marks figures that no standard holds.
    """

    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="grade_schemes", verbose_name=_("category")
    )
    county_code = models.CharField(_("county"), max_length=6, blank=True)
    standard = models.CharField(_("standard"), max_length=40, blank=True)
    year = models.PositiveSmallIntegerField(_("year of the standard"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=80)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)
    basis = models.CharField(_("where the figures come from"), max_length=300, blank=True)
    demo = models.BooleanField(_("sample"), default=False)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    valid_from = models.DateField(_("valid from"), default=timezone.localdate)
    replaces = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
        verbose_name=_("replaces"),
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    entered_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = GradeSchemeQuerySet.as_manager()

    class Meta:
        verbose_name = _("grade scheme")
        verbose_name_plural = _("grade schemes")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(replaces=None, version=1) | Q(replaces__isnull=False, version__gt=1),
                name="scheme_later_version_replaces_one",
            ),
            models.CheckConstraint(
                condition=Q(replaces=None) | ~Q(replaces=F("pk")), name="scheme_does_not_replace_itself"
            ),
        ]
        triggers: ClassVar = [
            _fixed_once_used(
                "ARRAY[OLD.id]",
                pgtrigger.UpdateOf(  # type: ignore[no-untyped-call]
                    "category_id", "county_code", "standard", "year", "title", "title_en", "version", "replaces_id"
                )
                | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()

    @property
    def number(self) -> str:
        """The standard's number with its year, as it is written on a report: 'GB/T 22291-2017'."""
        return f"{self.standard}-{self.year}" if self.standard and self.year else self.standard

    @property
    def label(self) -> str:
        """The title in the language of the page, after the standard's number."""
        title = (self.title_en or self.title) if get_language() == "en" else self.title
        return f"{self.number} {title}".strip()

    @property
    def county(self) -> Region | None:
        """The county whose scheme it is; None for one that holds everywhere."""
        return Region.objects.filter(code=self.county_code.ljust(12, "0")).first() if self.county_code else None


class Grade(models.Model):
    """One grade of a scheme, best first."""

    scheme = models.ForeignKey(GradeScheme, on_delete=models.CASCADE, related_name="grades")
    rank = models.PositiveSmallIntegerField(_("rank"))
    name = models.CharField(_("name"), max_length=20)
    name_en = models.CharField(_("name in English"), max_length=40)

    class Meta:
        verbose_name = _("grade")
        verbose_name_plural = _("grades")
        ordering = ("rank",)
        constraints: ClassVar = [models.UniqueConstraint(fields=("scheme", "rank"), name="one_grade_a_rank")]
        triggers: ClassVar = [
            _fixed_once_used(
                "CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.scheme_id] WHEN 'DELETE' THEN ARRAY[OLD.scheme_id]"
                " ELSE ARRAY[OLD.scheme_id, NEW.scheme_id] END",
                _ANY,
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return (self.name_en or self.name) if get_language() == "en" else self.name


class CriterionKind(models.TextChoices):
    """How a measured value is held against a limit."""

    LEAST = "least", _("at least")
    MOST = "most", _("at most")
    ONE_OF = "one_of", _("one of")
    YES = "yes", _("yes or no")


class Criterion(models.Model):
    """What is measured for a scheme: a number with a unit, one of some words (`options`, best first), or yes and no."""

    scheme = models.ForeignKey(GradeScheme, on_delete=models.CASCADE, related_name="criteria")
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("name"), max_length=30)
    name_en = models.CharField(_("name in English"), max_length=60, blank=True)
    kind = models.CharField(_("kind"), max_length=6, choices=CriterionKind)
    unit = models.CharField(_("unit"), max_length=12, blank=True)
    options = ArrayField(models.CharField(max_length=30), verbose_name=_("words"), default=list, blank=True)
    options_en = ArrayField(
        models.CharField(max_length=60), verbose_name=_("words in English"), default=list, blank=True
    )

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ("position",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("scheme", "position"), name="one_criterion_a_position"),
            models.UniqueConstraint(fields=("scheme", "name"), name="criterion_named_once"),
            models.CheckConstraint(
                condition=Q(kind=CriterionKind.ONE_OF, options__len__gte=2)
                | (~Q(kind=CriterionKind.ONE_OF) & Q(options=[])),
                name="criterion_words_to_choose_from",
            ),
        ]
        triggers: ClassVar = [
            _fixed_once_used(
                "CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.scheme_id] WHEN 'DELETE' THEN ARRAY[OLD.scheme_id]"
                " ELSE ARRAY[OLD.scheme_id, NEW.scheme_id] END",
                _ANY,
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return (self.name_en or self.name) if get_language() == "en" else self.name

    @property
    def is_number(self) -> bool:
        """Whether it is measured as a number."""
        return self.kind in (CriterionKind.LEAST, CriterionKind.MOST)

    def words(self) -> list[str]:
        """What can be chosen, in the language of the page; 'no' and 'yes' where that is the question."""
        if self.kind == CriterionKind.YES:
            return [str(_("no")), str(_("yes"))]
        said = self.options_en if get_language() == "en" else []
        return [*said, *self.options[len(said) :]]

    def say(self, number: Decimal | None, choice: int | None) -> str:
        """A value in the language of the page: '12.5 cm', 'golden yellow'."""
        if number is None:
            words = self.words()
            return words[choice] if choice is not None and choice < len(words) else ""
        return f"{plain_number(number)} {self.unit}".strip()


class GradeLimit(models.Model):
    """What a grade asks of a criterion: a number to reach or to stay below, or the words that are good enough (positions in its list)."""

    grade = models.ForeignKey(Grade, on_delete=models.CASCADE, related_name="limits")
    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="limits")
    number = models.DecimalField(_("limit"), max_digits=MOST_DIGITS, decimal_places=DECIMALS, null=True, blank=True)
    allowed = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)

    class Meta:
        verbose_name = _("limit of a grade")
        verbose_name_plural = _("limits of grades")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("grade", "criterion"), name="one_limit_a_grade_and_criterion"),
            models.CheckConstraint(
                condition=Q(number__isnull=False, number__gte=0, allowed=[]) | Q(number=None, allowed__len__gte=1),
                name="limit_is_a_number_or_words",
            ),
        ]
        triggers: ClassVar = [
            _fixed_once_used(
                "ARRAY(SELECT scheme_id FROM catalog_grade"
                " WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.grade_id ELSE NEW.grade_id END"
                " OR id = CASE TG_OP WHEN 'INSERT' THEN NEW.grade_id ELSE OLD.grade_id END)",
                _ANY,
            )
        ]

    def __str__(self) -> str:
        return f"{self.grade} {self.criterion}"

    def holds(self, number: Decimal | None, choice: int | None) -> bool:
        """Whether a value is good enough; a value that is missing never is."""
        if self.number is None:
            return choice is not None and choice in self.allowed
        if number is None:
            return False
        return number >= self.number if self.criterion.kind == CriterionKind.LEAST else number <= self.number

    def said(self) -> str:
        """The limit in the language of the page: '≥ 12 cm', 'golden yellow', 'yes'."""
        if self.number is None:
            return " / ".join(self.criterion.say(None, choice) for choice in self.allowed)
        sign = "≥" if self.criterion.kind == CriterionKind.LEAST else "≤"
        return f"{sign} {self.criterion.say(self.number, None)}"


def plain_number(number: Decimal) -> str:
    """A number without idle zeros or an exponent: '12.5', '300'."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
