"""The operator's pages of regions, stations and postings."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from stations.appointing import TAKING, NoSuchRole, role_at
from stations.models import Posting, Region, Station


@admin.register(Region)
class RegionAdmin(admin.ModelAdmin[Region]):
    """To look up: names and codes come from the bureau's list (import_regions), not from here."""

    list_display = ("code", "name", "latin", "level")
    list_filter = ("level",)
    search_fields = ("code__startswith", "name", "latin")
    search_help_text = "430426 · 祁东 · Qidong"
    show_full_result_count = False
    ordering = ("code",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds a region by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes one either."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nor deletes one."""
        return False


class PostingForm(forms.ModelForm[Posting]):
    """A posting, with what the database would refuse said on the page."""

    giver: ClassVar[Any] = None

    def clean_user(self) -> Any:
        """Nobody gives a posting to themselves."""
        user = self.cleaned_data["user"]
        if self.instance.pk is None and user == self.giver:
            raise ValidationError(_("Nobody gives a posting to themselves. Please ask the level above."))
        return user

    def clean(self) -> dict[str, Any] | None:
        """The role is the one of the place, and a shut station takes nobody."""
        facts = super().clean() or self.cleaned_data
        station, region = facts.get("station"), facts.get("region")
        try:
            fitting = role_at(station or region) if region else None
        except NoSuchRole as error:
            raise ValidationError(str(error)) from error
        if fitting and region and (facts.get("role") != fitting or (station and station.region_id != region.code)):
            raise ValidationError(_("Role, station and region do not belong together."))
        if station and self.instance.pk is None and station.status not in TAKING:
            raise ValidationError(
                _("%(station)s is %(status)s and takes no new people.")
                % {"station": station.label, "status": station.get_status_display()}
            )
        return facts


def _form_of(giver: Any) -> type[PostingForm]:
    return type("GivenPostingForm", (PostingForm,), {"giver": giver})


class PostingInline(admin.TabularInline[Posting, Station]):
    """Who serves at a station."""

    model = Posting
    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        """With the form that knows who is signed in."""
        return super().get_formset(request, obj, form=_form_of(request.user), **options)

    autocomplete_fields = ("user", "region")
    readonly_fields = ("given_by",)


@admin.register(Station)
class StationAdmin(admin.ModelAdmin[Station]):
    """Stations: opened, suspended and closed here; the database refuses a parent of the wrong level or county."""

    list_display = ("code", "name", "kind", "region", "parent", "status", "cold_store", "cash_counter")
    list_filter = ("kind", "status", "cold_store", "cash_counter")
    list_select_related = ("region", "parent")
    search_fields = ("code__startswith", "name", "name_en")
    autocomplete_fields = ("region", "parent")
    inlines = (PostingInline,)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """A posting says who gave it."""
        for posting in formset.save(commit=False):
            if posting.pk is None:
                posting.given_by = request.user
            posting.save()
        for removed in formset.deleted_objects:
            removed.delete()
        formset.save_m2m()


@admin.register(Posting)
class PostingAdmin(admin.ModelAdmin[Posting]):
    """Postings: given here, ended by a day; they are not deleted, so that it stays known who could do what when."""

    list_display = ("user", "role", "station", "region", "starts_on", "ends_on", "given_by")
    list_filter = ("role",)
    list_select_related = ("user", "station", "region", "given_by")
    search_fields = ("user__name", "user__email", "user__phone", "station__name", "region__code__startswith")
    autocomplete_fields = ("user", "station", "region")
    readonly_fields = ("given_by",)
    date_hierarchy = "starts_on"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """With the form that knows who is signed in."""
        return super().get_form(request, obj, change=change, form=_form_of(request.user), **options)

    def save_model(self, request: HttpRequest, obj: Posting, form: Any, change: bool) -> None:
        """A new posting says who gave it."""
        if not change:
            obj.given_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A posting is ended, not deleted."""
        return False
