"""Who serves where: the list, one posting with its history, a new one, and its end."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.phones import masked_phone
from stations import appointing
from stations.forms import PostingForm
from stations.history import changes_of, person_label
from stations.looking import looked_for
from stations.models import Posting, PostingQuerySet, Region, Role, Station
from stations.scope import scope_of
from stations.workplace import desk_frame, works_at_the_desk

A_PAGE = 30
PLACES_A_PAGE = 40
REFUSED = (
    appointing.StationNotTaking,
    appointing.OwnPosting,
    appointing.AlreadyPosted,
    appointing.DayPast,
    appointing.BadContact,
)


def _acting(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _show(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, template, {**desk_frame(_acting(request)), **context}, status=status)


@never_cache
@require_safe
@login_required
def desk_people(request: HttpRequest) -> HttpResponse:
    """Who serves at or below the user's own places, by place; narrowed by role, by a name or the end of a number, or to those who left."""
    user = _acting(request)
    if not works_at_the_desk(user):
        raise PermissionDenied
    role, q, left = looked_for(request, "role"), looked_for(request, "q"), looked_for(request, "left") == "1"
    found = _narrowed(Posting.objects.filter(scope_of(user).covers("region_id")), role=role, q=q, left=left)
    after = looked_for(request, "after")
    rows = list(_after(found, after).select_related("user", "station", "region__parent")[: A_PAGE + 1])
    page = rows[:A_PAGE]
    kept = {name: value for name, value in (("role", role), ("q", q), ("left", "1" if left else "")) if value}
    more = f"?{urlencode({**kept, 'after': f'{page[-1].region_id}-{page[-1].pk}'})}" if len(rows) > A_PAGE else ""
    return _show(
        request,
        "stations/people.html",
        postings=[_row(posting) for posting in page],
        roles=[(value, label, value == role) for value, label in Role.choices],
        q=q,
        left=left,
        narrowed=bool(kept),
        next_url=more,
        first_url=f"?{urlencode(kept)}" if after else "",
        may_give=appointing.may_give_any(user),
    )


def _narrowed(postings: PostingQuerySet, *, role: str, q: str, left: bool) -> PostingQuerySet:
    found = postings.filter(ends_on__lte=timezone.localdate()) if left else postings.current()
    if role in Role.values:
        found = found.filter(role=role)
    if q.isascii() and q.isdigit() and len(q) >= 4:
        return found.filter(user__phone__endswith=q)
    if q:
        names = ("name", "user__name", "station__name", "station__name_en", "station__code")
        wanted = Q()
        for name in names:
            wanted |= Q(**{f"{name}__icontains": q})
        found = found.filter(wanted)
    return found


def _after(postings: PostingQuerySet, key: str) -> PostingQuerySet:
    """By place, from the row after this key on ('430426101201-77'; anything else begins at the beginning)."""
    postings = postings.order_by("region_id", "pk")
    code, _dash, pk = key.partition("-")
    if not (len(code) == 12 and pk.isascii() and pk.isdigit() and len(pk) < 19):
        return postings
    return postings.filter(region_id__gte=code).filter(Q(region_id__gt=code) | Q(pk__gt=int(pk)))


def _row(posting: Posting) -> dict[str, Any]:
    """A posting as a list shows it."""
    return {
        "posting": posting,
        "name": _name(posting),
        "contact": _contact(posting.user),
        "place": posting.place.label,
        "above": posting.region.parent.label if posting.region.parent else "",
    }


def _name(posting: Posting) -> str:
    """As the giver wrote it: whether the person had an account under another name stays theirs."""
    return posting.name or posting.user.name or _contact(posting.user)


def _contact(user: User) -> str:
    """How the person signs in, masked: 138****8000, zh***@daylily.example."""
    if user.phone:
        return masked_phone(user.phone)
    head, _at, domain = (user.email or "").partition("@")
    return f"{head[:2]}***@{domain}" if domain else ""


@never_cache
@require_safe
@login_required
def desk_posting(request: HttpRequest, pk: int) -> HttpResponse:
    """One posting: who, where, since when, who gave it, and what was done to it."""
    posting = _visible(request, pk)
    return _show(
        request,
        "stations/posting.html",
        **_row(posting),
        own=posting.user_id == _acting(request).pk,
        may_end=appointing.may_end(_acting(request), posting),
        given_by=person_label(posting.given_by) if posting.given_by else "",
        ended_by=person_label(posting.ended_by) if posting.ended_by else "",
        changes=changes_of(posting),
    )


def _visible(request: HttpRequest, pk: int) -> Posting:
    """The posting, if it lies at or below the user's own or is the user's own (404 otherwise)."""
    seen = Posting.objects.visible_to(_acting(request)).select_related(
        "user", "station", "region__parent", "given_by", "ended_by"
    )
    posting: Posting = get_object_or_404(seen, pk=pk)
    return posting


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def desk_posting_new(request: HttpRequest) -> HttpResponse:
    """First the place, out of those below the user; then who. What is refused is said above the form, which keeps what was typed."""
    user = _acting(request)
    if not appointing.may_give_any(user):
        raise PermissionDenied
    if not looked_for(request, "at"):
        return _places(request)
    place = _place(looked_for(request, "at"))
    if not appointing.may_give(user, place):
        raise Http404
    form = PostingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            posting = appointing.give_posting(by=user, place=place, **form.cleaned_data)
        except REFUSED as refused:
            form.add_error("contact" if isinstance(refused, appointing.BadContact) else None, str(refused))
        else:
            messages.success(request, _("Done. %(name)s is told how to sign in.") % {"name": posting.name})
            return redirect("desk_posting", pk=posting.pk)
    return _show(
        request,
        "stations/posting_new.html",
        form=form,
        place=place.label,
        role=appointing.role_at(place).label,
        status=422 if form.is_bound else 200,
    )


def _places(request: HttpRequest) -> HttpResponse:
    """The places that the user posts people to, by name or code."""
    user, q, after = _acting(request), looked_for(request, "q"), looked_for(request, "after")
    stations = appointing.stations_to_staff(user).select_related("region__parent")
    if q:
        stations = stations.filter(Q(name__icontains=q) | Q(name_en__icontains=q) | Q(code__startswith=q))
    if after:
        stations = stations.filter(code__gt=after[:16])
    found = list(stations[: PLACES_A_PAGE + 1])
    regions = [
        one
        for one in ([] if after else appointing.regions_to_staff(user))
        if q.lower() in f"{one.name} {one.latin}".lower()
    ]
    page = found[:PLACES_A_PAGE]
    kept = {"q": q} if q else {}
    return _show(
        request,
        "stations/posting_place.html",
        regions=[(one.label, appointing.role_at(one).label, one.code) for one in regions[:PLACES_A_PAGE]],
        stations=[(one.label, one.region.parent.label if one.region.parent else "", one.code) for one in page],
        q=q,
        next_url=f"?{urlencode({**kept, 'after': page[-1].code})}" if len(found) > PLACES_A_PAGE else "",
        first_url=f"?{urlencode(kept)}" if after else "",
    )


def _place(code: str) -> Station | Region:
    """The station of this code, or the region (404 for neither)."""
    station = Station.objects.select_related("region").filter(code=code).first()
    region = None if station else Region.objects.filter(code=code, level__in=appointing.OFFICIAL_OVER).first()
    place = station or region
    if place is None:
        raise Http404
    return place


@require_POST
@login_required
def desk_posting_end(request: HttpRequest, pk: int) -> HttpResponse:
    """It ends now; a second click finds it ended and says so."""
    user, posting = _acting(request), _visible(request, pk)
    try:
        appointing.end_posting(by=user, posting=posting)
    except appointing.PostingOver as over:
        messages.warning(request, str(over))
    else:
        messages.success(request, _("The posting has ended. What was begun there stays with the station."))
    still_there = user.is_superuser or Posting.objects.current().filter(user=user).exists()
    return redirect(reverse("desk_posting", args=[pk]) if still_there else reverse("account_home"))
