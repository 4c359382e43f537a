"""Grade schemes: for everybody at the desk to read, for officials to enter and to replace."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from catalog.grade_forms import CriterionForms, SchemeForm, criteria_of, rows_of
from catalog.grade_schemes import AlreadyReplaced, LimitsTurnedRound, enter_scheme, may_enter
from catalog.grading import read_scheme
from catalog.models import GradeScheme
from catalog.views.goods_desk import sent, tell
from sellers.views.desk import acting, desk_view, only_at_the_desk, show
from stations.models import Region, Role
from stations.scope import NotAllowed, scope_of

MOST = 200


@require_GET
@desk_view
def desk_grades(request: HttpRequest) -> HttpResponse:
    """The schemes that are in force, or begin later, for the user's counties and everywhere."""
    only_at_the_desk(request)
    seen = GradeScheme.objects.visible_to(acting(request)).select_related("category").filter(replaced_by=None)
    schemes = list(seen.order_by("category__position", "county_code", "pk")[:MOST])
    names = Region.objects.in_bulk([one.county_code.ljust(12, "0") for one in schemes if one.county_code])
    rows = [(one, names.get(one.county_code.ljust(12, "0"))) for one in schemes]
    return show(request, "catalog/desk_grades.html", rows=rows, may_enter=_enters(request))


def _enters(request: HttpRequest) -> bool:
    scope = scope_of(acting(request))
    return scope.everywhere or any(posting.role == Role.COUNTY_OFFICIAL for posting in scope.postings)


@require_GET
@desk_view
def desk_scheme(request: HttpRequest, pk: int) -> HttpResponse:
    """One scheme as a table: criteria down, grades across; and the versions before and after it."""
    only_at_the_desk(request)
    scheme = get_object_or_404(
        GradeScheme.objects.visible_to(acting(request)).select_related("category", "replaces"), pk=pk
    )
    criteria, grades = read_scheme(scheme)
    limits = {(limit.criterion_id, limit.grade_id): limit.said() for grade in grades for limit in grade.limits.all()}
    table = [(one, [limits.get((one.pk, grade.pk), "—") for grade in grades]) for one in criteria]
    later = GradeScheme.objects.filter(replaces=scheme).first()
    return show(
        request, "catalog/desk_scheme.html", scheme=scheme, grades=grades, table=table, later=later, county=scheme.county,
        used=scheme.gradings.exists(), may_replace=later is None and may_enter(acting(request), scheme.county_code),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@desk_view
def new_scheme(request: HttpRequest) -> HttpResponse:
    """Enter a scheme of one's own county, or of every county."""
    return _entering(request, None)


@require_http_methods(["GET", "POST"])
@desk_view
def new_version(request: HttpRequest, pk: int) -> HttpResponse:
    """Replace a scheme by its next version."""
    scheme = get_object_or_404(GradeScheme.objects.visible_to(acting(request)).select_related("category"), pk=pk)
    return _entering(request, scheme)


def _entering(request: HttpRequest, old: GradeScheme | None) -> HttpResponse:
    user = acting(request)
    if not _enters(request) or (old and not may_enter(user, old.county_code)):
        raise NotAllowed(_("Grades are set by the officials of the county."))
    form = SchemeForm(sent(request), counties=_counties(request), everywhere=scope_of(user).everywhere, replaces=old)
    rows = CriterionForms(
        sent(request),
        prefix="criteria",
        initial=rows_of(old) if old else None,
        form_kwargs={"grades": form.grade_names()},
    )
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        try:
            if form.label_anew() and criteria_of(rows):
                raise ValidationError(
                    {"grades": _("The grades are others now. Please look at what each of them asks below.")}
                )
            made = enter_scheme(
                by=user,
                facts=form.facts(),
                grades=form.cleaned_data["grades"],
                criteria=criteria_of(rows),
                replaces=old,
            )
        except (AlreadyReplaced, LimitsTurnedRound) as refused:
            form.add_error(None, str(refused))
        except ValidationError as refused:
            tell(form, refused)
        else:
            messages.success(request, _("The grades were entered."))
            return redirect("desk_scheme", made.pk)
    return show(request, "catalog/desk_scheme_form.html", form=form, rows=rows, old=old)


def _counties(request: HttpRequest) -> list[Region]:
    """The counties that the user answers for; for the operator those where stations stand."""
    scope = scope_of(acting(request))
    counties = Region.objects.filter(level=3)
    if scope.everywhere:
        return list(counties.filter(stations__isnull=False).distinct().order_by("code")[:MOST])
    mine = [posting.region_id for posting in scope.postings if posting.role == Role.COUNTY_OFFICIAL]
    return list(counties.filter(pk__in=mine).order_by("code"))
