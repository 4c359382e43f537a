"""The forms of keeping stations: a new one, what it can do, where it stands, why it rests, and its photographs."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.plain_text import refuse_invisible
from pictures.intake import PictureRefused, clean_file
from stations import keeping
from stations.models import Level, Region, Station, StationKind, StationStatus

ABILITIES = ("cold_store", "grading", "packing", "warehouse", "cash_counter", "training_room")
PLAIN = ("name", "name_en", "hours", "parcels_per_day", "kg_per_day")
MOST_PICTURES = 6
# China's mainland and sea, roughly: a slip of the decimal point falls outside.
WEST, EAST, SOUTH, NORTH = 73.0, 136.0, 3.0, 54.0


def _text(label: Any, most: int, *, required: bool = True, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=required, validators=[refuse_invisible], **more)


def _number(label: Any, **more: Any) -> forms.IntegerField:
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(label=label, min_value=0, max_value=1_000_000, initial=0, widget=widget, **more)


class FactsForm(forms.Form):
    """What a station is called and can do."""

    name = _text(_("Name of the station"), 80)
    name_en = _text(_("Name of the station in English"), 120, required=False)
    hours = _text(_("Opening hours"), 60, required=False, help_text=_("Such as 8:30-12:00 14:30-18:00."))
    abilities = forms.MultipleChoiceField(
        label=_("What it can do"),
        required=False,
        choices=[(name, Station._meta.get_field(name).verbose_name) for name in ABILITIES],  # type: ignore[union-attr]
        widget=forms.CheckboxSelectMultiple,
    )
    parcels_per_day = _number(_("Parcels a day"), help_text=_("As many as it can handle; 0 where nobody knows yet."))
    kg_per_day = _number(_("Kilograms a day"))

    @property
    def facts(self) -> keeping.StationFacts:
        """What keeping takes."""
        data = self.cleaned_data
        facts: dict[str, Any] = {name: data[name] for name in PLAIN} | {
            name: name in data["abilities"] for name in ABILITIES
        }
        return keeping.StationFacts(**facts)  # type: ignore[typeddict-item,no-any-return]

    @staticmethod
    def initial_of(station: Station) -> dict[str, Any]:
        """What the form begins with."""
        abilities = [name for name in ABILITIES if getattr(station, name)]
        return {name: getattr(station, name) for name in PLAIN} | {"abilities": abilities}


class PlaceForm(forms.Form):
    """Where it stands, and under which station."""

    parent = forms.ModelChoiceField(Station.objects.none(), label=_("Station above"), empty_label=None)
    address = _text(
        _("Address"), 120, required=False, help_text=_("As people find it: the village office, opposite the school.")
    )
    point = _text(
        _("Point on the map"),
        40,
        required=False,
        help_text=_(
            "Longitude and latitude, such as 111.9123, 26.7991. A map app shows them when you hold a finger on the place."
        ),
    )

    def __init__(self, *args: Any, kind: str, county_code: str, **options: Any) -> None:
        super().__init__(*args, **options)
        if kind == StationKind.CENTRE:
            del self.fields["parent"]
            return
        field = self.fields["parent"]
        assert isinstance(field, forms.ModelChoiceField)
        above = Station.objects.within(f"{county_code}000000").filter(kind=keeping.ABOVE[kind])
        field.queryset = above.exclude(status=StationStatus.CLOSED)

    def clean_point(self) -> tuple[float, float] | None:
        """Two numbers in degrees, or nothing."""
        text = self.cleaned_data["point"].replace("，", ",").strip()
        if not text:
            return None
        parts = text.replace(",", " ").split()
        try:
            longitude, latitude = (float(part) for part in parts)
        except ValueError as error:
            raise ValidationError(gettext("Write two numbers, longitude first: 111.9123, 26.7991.")) from error
        if not (WEST <= longitude <= EAST and SOUTH <= latitude <= NORTH):
            raise ValidationError(gettext("This point lies outside China. Longitude comes first: 111.9123, 26.7991."))
        return round(longitude, 5), round(latitude, 5)

    @property
    def place(self) -> keeping.StationPlace:
        """What keeping takes."""
        longitude, latitude = self.cleaned_data["point"] or (None, None)
        return keeping.StationPlace(address=self.cleaned_data["address"], longitude=longitude, latitude=latitude)

    @staticmethod
    def initial_of(station: Station) -> dict[str, Any]:
        """What the form begins with."""
        known = station.longitude is not None and station.latitude is not None
        point = f"{station.longitude}, {station.latitude}" if known else ""
        return {"parent": station.parent_id, "address": station.address, "point": point}


class NewStationForm(FactsForm, PlaceForm):
    """A new station of one kind, in a township of which (for a point) a village is chosen."""

    region = forms.ModelChoiceField(Region.objects.none(), label=_("Region"), empty_label=None)
    code = _text(_("Station code"), 16, required=False, help_text=_("Leave it empty for the usual code."))
    starts = forms.ChoiceField(
        label=_("When does it begin?"),
        choices=[("now", _("It works from today")), ("later", _("Only planned: it does not work yet"))],
        initial="now",
        widget=forms.RadioSelect,
    )

    field_order = ("region", "name", "name_en", "parent", "address", "point", "hours", "abilities")

    def __init__(self, *args: Any, kind: str, within: Region, **options: Any) -> None:
        super().__init__(*args, kind=kind, county_code=within.county_code, **options)
        field = self.fields["region"]
        assert isinstance(field, forms.ModelChoiceField)
        field.label = {
            StationKind.CENTRE.value: _("County"),
            StationKind.TOWNSHIP.value: _("Township"),
            StationKind.VILLAGE.value: _("Village"),
        }[kind]
        level = within.level if kind == StationKind.CENTRE else keeping.LEVELS[kind]
        field.queryset = Region.objects.within(within.code).filter(level=level)
        if kind == StationKind.VILLAGE and not self.is_bound:
            self.initial.setdefault("parent", self._station_of(within))

    def _station_of(self, township: Region) -> int | None:
        above = Station.objects.active().filter(region=township, kind=StationKind.TOWNSHIP)
        return above.values_list("pk", flat=True).first()


class PlannedPlaceForm(PlaceForm):
    """Where a planned station is to stand: its village (or township) can still be another one."""

    region = forms.ModelChoiceField(Region.objects.none(), label=_("Region"), empty_label=None)
    field_order = ("region", "parent", "address", "point")

    def __init__(self, *args: Any, kind: str, county_code: str, **options: Any) -> None:
        super().__init__(*args, kind=kind, county_code=county_code, **options)
        field = self.fields["region"]
        assert isinstance(field, forms.ModelChoiceField)
        level = keeping.LEVELS.get(kind, Level.COUNTY)
        field.queryset = Region.objects.within(f"{county_code}000000").filter(level=level)


class ReasonForm(forms.Form):
    """Why a station rests or closes."""

    reason = _text(_("Why"), 200, help_text=_("The station's staff read it."), widget=forms.Textarea(attrs={"rows": 3}))


class PhotographForm(forms.Form):
    """One more photograph, straight from the camera."""

    picture = forms.FileField(
        label=_("Photograph"), widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"})
    )

    def clean_picture(self) -> Any:
        """A file of ours: re-encoded, nothing of the camera in it."""
        try:
            return clean_file(self.cleaned_data["picture"])
        except PictureRefused as refused:
            raise ValidationError(str(refused)) from refused


def told(form: forms.Form, error: Exception, fields: Iterable[tuple[type[Exception], str]]) -> None:
    """Put a rule's refusal beside the field that it is about, where the form has it."""
    name = next((name for kind, name in fields if isinstance(error, kind)), None)
    form.add_error(name if name in form.fields else None, str(error))
