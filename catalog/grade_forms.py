"""The form of a grade scheme: what it is, its grades one a line, and for each criterion a field for what each grade asks of it."""

import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.fields import NameText, PlainText
from catalog.grade_schemes import Asked, Limit, SchemeFacts
from catalog.grading import read_scheme
from catalog.models import Category, CriterionKind, GradeScheme
from catalog.models.grade import plain_number
from stations.models import Region

MOST_GRADES, ROWS = 6, 8
_SPLIT = str.maketrans({"，": ",", "、": ",", "/": ",", "；": ",", ";": ","})
_YES, _NO = {"是", "yes", "y"}, {"否", "no", "n"}


class SchemeForm(forms.Form):
    """What a scheme is, and its grades."""

    category = forms.ModelChoiceField(
        Category.objects.none(), label=_("Kind of goods"), empty_label=_("choose the kind of goods")
    )
    county = forms.ChoiceField(label=_("Where it holds"))
    title = NameText(label=_("Title"), max_length=80)
    title_en = PlainText(label=_("Title in English"), max_length=120, required=False)
    standard = PlainText(
        label=_("Number of the standard"),
        max_length=40,
        required=False,
        help_text=_("Without the year, such as GB/T 30391."),
    )
    year = forms.IntegerField(
        label=_("Year of the standard"), min_value=1950, max_value=2100, required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    basis = PlainText(label=_("Where the figures come from"), max_length=300, required=False)
    valid_from = forms.DateField(
        label=_("Valid from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    grades = PlainText(
        label=_("Grades, the best first"), lines=4, max_length=300,
        help_text=_("One a line, the English name after a slash."),
    )  # fmt: skip
    # The names of the grades by which the fields of their limits were labelled when they were filled in.
    labelled = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        counties: Sequence[Region],
        everywhere: bool,
        replaces: GradeScheme | None = None,
        **options: Any,
    ) -> None:
        self.replaces = replaces
        options.setdefault("initial", _first(replaces))
        super().__init__(*args, **options)
        self.fields["labelled"].initial = "\n".join(self.grade_names())
        category, county = self.fields["category"], self.fields["county"]
        assert isinstance(category, forms.ModelChoiceField) and isinstance(county, forms.ChoiceField)
        category.queryset = Category.objects.filter(flow="outbound")
        everyone = [("", str(_("every county")))] if everywhere else []
        county.choices = [*everyone, *((region.code[:6], region.label) for region in counties)]
        county.required = not everywhere
        if replaces is not None:
            del self.fields["category"], self.fields["county"]

    def clean_grades(self) -> list[tuple[str, str]]:
        """Names in both languages, the best first."""
        lines = [line.strip() for line in self.cleaned_data["grades"].splitlines() if line.strip()]
        pairs = [tuple(part.strip() for part in line.partition("/")[::2]) for line in lines]
        if not 2 <= len(pairs) <= MOST_GRADES:
            raise ValidationError(_("Between two and six grades."))
        if any(len(zh) > 20 or len(en) > 40 for zh, en in pairs):
            raise ValidationError(_("The name of a grade is too long."))
        return [(zh, en) for zh, en in pairs]

    def grade_names(self) -> list[str]:
        """The names of the grades as they are written now, for the labels of what each asks."""
        lines = str(self["grades"].value() or "").splitlines()
        return [name for line in lines if (name := line.partition("/")[0].strip())]

    def label_anew(self) -> bool:
        """Whether grades were added, taken away or renamed since the limits were labelled by them; the form then shows the new ones."""
        names, labelled = self.grade_names(), self["labelled"].value() or ""
        if labelled.splitlines() == names:
            return False
        self.data = {**self.data.dict(), "labelled": "\n".join(names)}  # type: ignore[attr-defined]
        return True

    def facts(self) -> SchemeFacts:
        """What grade_schemes.enter_scheme takes, once the form is valid."""
        found, old = self.cleaned_data, self.replaces
        return SchemeFacts(
            category=old.category if old else found["category"], county_code=old.county_code if old else found["county"],
            title=found["title"], title_en=found["title_en"], standard=found["standard"], year=found["year"],
            basis=found["basis"], valid_from=found["valid_from"],
        )  # fmt: skip


def _first(old: GradeScheme | None) -> dict[str, Any]:
    if old is None:
        return {"valid_from": timezone.localdate(), "grades": "特级 / Extra\n一级 / First\n二级 / Second"}
    grades = "\n".join(f"{grade.name} / {grade.name_en}" for grade in old.grades.order_by("rank"))
    known = {name: getattr(old, name) for name in ("title", "title_en", "standard", "year", "basis")}
    return {**known, "grades": grades, "valid_from": timezone.localdate()}


class CriterionForm(forms.Form):
    """One criterion; an empty row is left out."""

    name = NameText(label=_("What is measured"), max_length=30, required=False)
    name_en = PlainText(label=_("In English"), max_length=60, required=False)
    kind = forms.ChoiceField(label=_("The value must be"), choices=CriterionKind.choices)
    unit = PlainText(label=_("Unit"), max_length=12, required=False)
    words = PlainText(
        label=_("Words to choose from, the best first"),
        max_length=200,
        required=False,
        help_text=_("Only for 'one of'."),
    )
    words_en = PlainText(label=_("The words in English"), max_length=300, required=False)

    def __init__(self, *args: Any, grades: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.grades = list(grades)[:MOST_GRADES]
        self.limit_names = [f"limit_{number}" for number in range(1, MOST_GRADES + 1)]
        for number, name in enumerate(self.limit_names, 1):
            known = (
                self.grades[number - 1] if number <= len(self.grades) else _("Grade %(number)s") % {"number": number}
            )
            self.fields[name] = PlainText(label=known, max_length=60, required=False)

    @property
    def limits(self) -> list[forms.BoundField]:
        """The fields of what each grade asks, the best first."""
        return [self[name] for name in self.limit_names]

    def clean(self) -> dict[str, Any]:
        """A row has a name and a limit, or nothing; its limits can be read, and there is a grade for each."""
        cleaned = super().clean() or {}
        said = [cleaned.get(name, "") for name in self.limit_names]
        if not cleaned.get("name") and not any(said):
            return cleaned
        if not cleaned.get("name") and "name" not in self.errors:
            self.add_error("name", _("Fill in this field."))
        if not any(said) and not self.errors:
            self.add_error(self.limit_names[0], _("Fill in this field."))
        if self.errors:
            return cleaned
        words = _words(cleaned["words"])
        if cleaned["kind"] == CriterionKind.ONE_OF and len(words) < 2:
            self.add_error("words", _("Two words at least."))
            return cleaned
        limits = self._limits(said, cleaned["kind"], words)
        if self.errors:
            return cleaned
        cleaned["asked"] = Asked(
            name=cleaned["name"], name_en=cleaned["name_en"], kind=cleaned["kind"], unit=cleaned["unit"], words=words,
            words_en=_words(cleaned["words_en"]), limits=limits,
        )  # fmt: skip
        return cleaned

    def _limits(self, said: Sequence[str], kind: str, words: Sequence[str]) -> list[Limit]:
        limits: list[Limit] = []
        for number, (name, text) in enumerate(zip(self.limit_names, said, strict=True), 1):
            try:
                limits.append(_limit(text, kind, words))
            except ValidationError as refused:
                self.add_error(name, refused)
                continue
            if limits[-1] is not None and number > len(self.grades):
                self.add_error(name, _("There is no such grade above."))
        return limits[: len(self.grades)]


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.translate(_SPLIT).split(",") if word.strip()]


def _limit(text: str, kind: str, words: Sequence[str]) -> Limit:
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain in ("", "-", "—"):
        return None
    if kind in (CriterionKind.LEAST, CriterionKind.MOST):
        try:
            number = Decimal(plain.lstrip("≥≤<>= ").rstrip("% "))
        except InvalidOperation as error:
            raise ValidationError(str(_("%(limit)s is no number.")) % {"limit": plain}) from error
        if not number.is_finite() or not 0 <= number < 1_000_000:
            raise ValidationError(str(_("%(limit)s is no number.")) % {"limit": plain})
        return number.quantize(Decimal("0.001"))
    if kind == CriterionKind.YES:
        if plain.casefold() not in _YES | _NO:
            raise ValidationError(str(_("Write yes or no; leave it empty for either.")))
        return [int(plain.casefold() in _YES)]
    chosen = _words(plain)
    if strangers := [word for word in chosen if word not in words]:
        raise ValidationError(str(_("%(word)s is none of the words to choose from.")) % {"word": strangers[0]})
    return [words.index(word) for word in chosen]


CriterionForms = forms.formset_factory(CriterionForm, extra=ROWS, max_num=20, absolute_max=30, validate_max=True)


def rows_of(old: GradeScheme) -> list[dict[str, Any]]:
    """The criteria of a scheme as the form's rows."""
    criteria, grades = read_scheme(old)
    rows = []
    for criterion in criteria:
        limits = {
            limit.grade_id: limit
            for grade in grades
            for limit in grade.limits.all()
            if limit.criterion_id == criterion.pk
        }
        said = {
            f"limit_{number}": _written(limits.get(grade.pk), criterion.options)
            for number, grade in enumerate(grades, 1)
        }
        rows.append(
            {
                "name": criterion.name, "name_en": criterion.name_en, "kind": criterion.kind, "unit": criterion.unit,
                "words": "，".join(criterion.options), "words_en": ", ".join(criterion.options_en), **said,
            }
        )  # fmt: skip
    return rows


def _written(limit: Any, words: Sequence[str]) -> str:
    if limit is None:
        return ""
    if limit.number is not None:
        return plain_number(limit.number)
    if not words:
        return "是" if limit.allowed == [1] else "否"
    return "，".join(words[choice] for choice in limit.allowed)


def criteria_of(rows: Iterable[Any]) -> list[Asked]:
    """The rows that were filled in."""
    return [row.cleaned_data["asked"] for row in rows if row.cleaned_data.get("asked")]
