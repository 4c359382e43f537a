"""The forms of the delivery desk."""

import re
import secrets
import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from delivery.models import Outcome, Parcel, ScanKind
from delivery.scanning import NONCE_LENGTH
from stations.models import Station, StationKind

# What a station's desk records by scanning. Collecting has a page of its own, where the goods are weighed; packing too.
KINDS = {
    StationKind.VILLAGE.value: (ScanKind.IN, ScanKind.OUT, ScanKind.PICKUP),
    StationKind.TOWNSHIP.value: (ScanKind.IN, ScanKind.OUT, ScanKind.PICKUP),
    StationKind.CENTRE.value: (ScanKind.IN, ScanKind.OUT, ScanKind.CARRIER, ScanKind.DELIVER, ScanKind.PICKUP),
}
# The reference in the address that a label's code leads to.
TRACE_ADDRESS = re.compile(r"/trace/([A-Za-z0-9_-]{22})/?$")
NONCE = re.compile(rf"[A-Za-z0-9_-]{{8,{NONCE_LENGTH}}}")


def new_nonce() -> str:
    """A nonce for one page: however often it is sent, it counts once."""
    return secrets.token_urlsafe(18)


def find_parcel(text: str) -> Parcel | None:
    """The parcel that a label names: its number (also in full-width characters), its reference, or the address of its trace page."""
    label = unicodedata.normalize("NFKC", text).replace("\0", "").strip()
    address = TRACE_ADDRESS.search(label)
    if address:
        label = address[1]
    return Parcel.objects.filter(ref=label).first() or Parcel.objects.filter(number=label.upper()).first()


class ScanForm(forms.Form):
    """One scan at one of the stations where the clerk serves."""

    station = forms.ModelChoiceField(label=_("Station"), queryset=Station.objects.none(), empty_label=None)
    parcel = forms.CharField(
        label=_("Parcel"),
        max_length=200,
        error_messages={"required": _("Scan or type the parcel's number.")},
        help_text=_("Scan the code on the label, or type the number, such as QD26-000123."),
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "autocapitalize": "characters"}),
    )
    kind = forms.ChoiceField(label=_("What to record"), widget=forms.RadioSelect)
    carrier_number = forms.CharField(
        label=_("Carrier's number"),
        max_length=40,
        required=False,
        help_text=_("Only when handing over to the carrier."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    pickup_code = forms.CharField(
        label=_("Pickup code"),
        max_length=8,
        required=False,
        help_text=_("Only at pickup: the six digits that the buyer shows. The parcel's number isn't needed then."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    nonce = forms.CharField(max_length=NONCE_LENGTH, widget=forms.HiddenInput)
    device_time = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, stations: list[Station], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        station = self.fields["station"]
        assert isinstance(station, forms.ModelChoiceField)
        station.queryset = Station.objects.filter(pk__in=[station.pk for station in stations])
        if len(stations) == 1:
            station.widget, station.initial = forms.HiddenInput(), stations[0]
        known = [kind for kind in NAMES if any(kind in KINDS[station.kind] for station in stations)]
        if ScanKind.CARRIER not in known:
            del self.fields["carrier_number"]
        # Whoever shows a pickup code need not know the parcel's number.
        self.fields["parcel"].required = not (self.is_bound and self.data.get("kind") == ScanKind.PICKUP)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(kind.value, NAMES[kind]) for kind in known]

    def clean_nonce(self) -> str:
        """A nonce that a page of ours can have made."""
        nonce: str = self.cleaned_data["nonce"]
        if not NONCE.fullmatch(nonce):
            raise forms.ValidationError(_("This page is damaged. Open it again."))
        return nonce

    def clean_parcel(self) -> Parcel | None:
        """The parcel itself; None when nothing was typed."""
        text: str = self.cleaned_data["parcel"]
        if not text.strip():
            return None
        parcel = find_parcel(text)
        if parcel is None:
            raise forms.ValidationError(_("No parcel has this number. Look at the label once more."))
        return parcel

    def clean(self) -> dict[str, Any]:
        """What one kind of scan needs besides the parcel."""
        data = super().clean() or self.cleaned_data
        kind = data.get("kind")
        if kind == ScanKind.CARRIER and not data.get("carrier_number"):
            self.add_error("carrier_number", _("Type the number on the carrier's label."))
        if kind == ScanKind.PICKUP and not data.get("pickup_code"):
            self.add_error("pickup_code", _("Type the pickup code that the buyer shows."))
        return data


class PackForm(forms.Form):
    """The parcels that go into one box."""

    parcels = forms.ModelMultipleChoiceField(queryset=Parcel.objects.none())
    station = forms.ModelChoiceField(queryset=Station.objects.none())
    nonce = forms.CharField(max_length=NONCE_LENGTH)

    def __init__(self, *args: Any, stations: list[Station], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = [station.pk for station in stations if station.kind == StationKind.CENTRE]
        station, parcels = self.fields["station"], self.fields["parcels"]
        assert isinstance(station, forms.ModelChoiceField) and isinstance(parcels, forms.ModelMultipleChoiceField)
        station.queryset = Station.objects.filter(pk__in=keys)
        parcels.queryset = Parcel.objects.filter(station__in=keys)


class SettleForm(forms.Form):
    """What to make of a held scan."""

    outcome = forms.ChoiceField(choices=Outcome)


NAMES = {
    ScanKind.IN: _("Arrived here"),
    ScanKind.OUT: _("Sent on from here"),
    ScanKind.CARRIER: _("Handed to the carrier"),
    ScanKind.DELIVER: _("The carrier delivered it"),
    ScanKind.PICKUP: _("Picked up by the buyer"),
    ScanKind.COLLECT: _("Collected from the farmer"),
    ScanKind.PACK: _("Packed into a box"),
}
