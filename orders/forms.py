"""The forms of a buyer: an address by province, city and county, and the checkout around it."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Address, User
from orders import places
from orders.checkout import DeliveryChoice, counter_for
from orders.models import DeliveryWay
from payments.models import Provider
from payments.providers import provider_of, providers
from stations.models import Region, Station, StationKind

MOBILE = re.compile(r"1[3-9]\d{9}")
PREFIX = re.compile(r"^(\+86|0086)")


def read_mobile(text: str) -> str:
    """A mainland mobile number as eleven digits, typed with or without +86, spaces and dashes. Raises ValidationError."""
    digits = PREFIX.sub("", re.sub(r"[\s\-()]", "", text))
    if not MOBILE.fullmatch(digits):
        raise forms.ValidationError(_("Write a mobile number of the mainland: 11 digits, such as 139 0731 0000."))
    return digits


def _select(label: Any, asked: Any, **attributes: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, error_messages={"required": asked}, widget=forms.Select(attrs=attributes))


class AddressForm(forms.Form):
    """Who receives it and where: the choices of city and county follow from the province (and, without JavaScript, a round trip)."""

    recipient = forms.CharField(
        label=_("Recipient"),
        max_length=40,
        error_messages={"required": _("Write the recipient's name.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=20,
        help_text=_("The carrier calls this number."),
        error_messages={"required": _("Write the recipient's mobile number.")},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel-national"}),
    )
    province = _select(_("Province"), _("Choose the province."), autocomplete="address-level1")
    city = _select(_("City or prefecture"), _("Choose the city or prefecture."), autocomplete="address-level2")
    county = _select(_("County or district"), _("Choose the county or district."), autocomplete="address-level3")
    detail = forms.CharField(
        label=_("Street and number"),
        max_length=120,
        error_messages={"required": _("Write street and number, so that the carrier finds the door.")},
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        province, city, county = (self._given(name) for name in ("province", "city", "county"))
        self.cities = places.cities(province) if province else []
        chosen = next((place for place in self.cities if place.code == city), None)
        if chosen is None and len(self.cities) == 1:
            chosen = self.cities[0]
        self._offer("province", _("Choose a province"), places.provinces())
        self._offer("city", _("Choose a city"), [(place.code, place.name) for place in self.cities])
        self._offer("county", _("Choose a county or district"), chosen.counties if chosen else ())
        if chosen and not self.is_bound:
            self.initial.update(city=chosen.code, county=county)

    def _given(self, name: str) -> str:
        if self.is_bound:
            return str(self.data.get(self.add_prefix(name)) or "")
        return str(self.initial.get(name) or "")

    def _offer(self, name: str, hint: Any, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", hint), *choices]

    def clean_phone(self) -> str:
        """Eleven digits."""
        return read_mobile(self.cleaned_data["phone"])


PERSON = ("recipient", "phone")
DOOR = ("province", "city", "county", "detail")
POINT = ("pickup_county", "station")


class CheckoutForm(AddressForm):
    """One page: contact, the door or a village point, the payment; `seen` is what the page said when the buyer agreed.

    Where only visits are bought nothing is sent: the form then asks for no address (`farm` is the place that they lead to).
    """

    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("We send the order's link there."),
        error_messages={
            "required": _("Write your e-mail address."),
            "invalid": _("Write an e-mail address, such as name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    # The browser must not insist on fields that the chosen way hides.
    use_required_attribute = False

    way = forms.ChoiceField(
        label=_("Where shall it go?"),
        choices=[(way.value, way.label) for way in (DeliveryWay.CARRIER, DeliveryWay.STATION)],
        initial=DeliveryWay.CARRIER,
        widget=forms.RadioSelect,
    )
    saved = forms.ChoiceField(label=_("Address"), required=False, widget=forms.RadioSelect)
    keep = forms.BooleanField(
        label=_("Remember this address"),
        required=False,
        help_text=_("With this you agree that we keep it for the next order. You can take that back under “My data”."),
    )
    pickup_county = _select(_("County"), _("Choose the county."))
    station = _select(_("Village point"), _("Choose the village point."))
    pay_by = forms.ChoiceField(
        label=_("How do you pay?"),
        help_text=_("Cash only for what you pick up at a village point."),
        choices=lambda: [(provider.name, provider.label) for provider in providers()],
        initial=Provider.STRIPE,
        widget=forms.RadioSelect,
    )
    coupon = forms.CharField(
        label=_("Coupon"),
        max_length=20,
        required=False,
        help_text=_("Write its code here, or leave this empty."),
        error_messages={"max_length": _("There is no coupon with this code.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    deposit_terms = forms.BooleanField(
        label=_("I pay the deposit now and the balance in those days, and know that I lose the deposit if I don't."),
        error_messages={"required": _("Tick that you know what happens to the deposit.")},
    )
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    seen = forms.CharField(max_length=4000, required=False, widget=forms.HiddenInput)

    field_order = ("email", "way", "saved", *PERSON, *DOOR, "keep", *POINT, "coupon", "pay_by")

    def __init__(
        self, *args: Any, buyer: User | None, farm: Region | None = None, deposit: bool = False, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._ask_for_a_deposit(deposit)
        self.buyer, self.farm = buyer, farm
        self.addresses = list(Address.objects.filter(user=buyer)[:6]) if buyer and farm is None else []
        if self.addresses:
            names = Region.objects.in_bulk({address.region_code for address in self.addresses})
            offered = [(str(address.pk), _one_line(address, names)) for address in self.addresses]
            self._offer_saved([*offered, ("", _("Another address"))])
        else:
            del self.fields["saved"]
        if buyer is None or farm is not None:
            del self.fields["keep"]
        if farm is not None:
            self._ask_nothing_of_the_way()
            return
        self._offer("pickup_county", _("Choose a county"), places.pickup_counties())
        county = self._given("pickup_county")
        self._offer("station", _("Choose a village point"), places.pickup_points(county) if county else ())
        if self.is_bound:
            to_point = self._given("way") == DeliveryWay.STATION
            typed = to_point or not (self.addresses and self._given("saved"))
            self._require(PERSON, typed)
            self._require(DOOR, typed and not to_point)
            self._require(POINT, to_point)

    def _ask_for_a_deposit(self, deposit: bool) -> None:
        """A deposit is paid online, by whoever knows that it can be lost; not asked again while freight is worked out."""
        if not deposit:
            del self.fields["deposit_terms"]
            return
        self.fields["deposit_terms"].required = self.data.get("action") == "place"
        pay_by = self.fields["pay_by"]
        assert isinstance(pay_by, forms.ChoiceField)
        pay_by.choices, pay_by.help_text = [(Provider.STRIPE.value, Provider.STRIPE.label)], ""

    def _ask_nothing_of_the_way(self) -> None:
        for name in ("way", *DOOR, *POINT):
            del self.fields[name]
        self.fields["recipient"].label = _("Name")
        self.fields["phone"].help_text = _("The farm calls this number.")
        pay_by = self.fields["pay_by"]
        assert isinstance(pay_by, forms.ChoiceField)
        pay_by.choices, pay_by.help_text = [(one.name, one.label) for one in providers() if not one.at_counter], ""

    def _require(self, names: tuple[str, ...], required: bool) -> None:
        for name in names:
            if name in self.fields:
                self.fields[name].required = required

    def _offer_saved(self, choices: list[tuple[str, Any]]) -> None:
        field = self.fields["saved"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_phone(self) -> str:
        """Eleven digits; nothing where a saved address is used."""
        text = self.cleaned_data["phone"]
        return read_mobile(text) if text else ""

    def clean(self) -> dict[str, Any]:
        """A whole address or a village point, and a way to pay that fits it."""
        data = forms.Form.clean(self) or {}
        self.choice: DeliveryChoice | None = None
        to_point = data.get("way") == DeliveryWay.STATION
        saved = None if to_point else self._saved_address(data)
        self._require((*PERSON, *DOOR, *POINT), True)  # shown again, none of them is optional
        if set(self.errors) - {"deposit_terms"}:  # freight is shown to whoever has not agreed yet
            return data
        if self.farm is not None:
            self.choice = DeliveryChoice(
                way=DeliveryWay.VISIT, recipient=data["recipient"], phone=data["phone"], region=self.farm
            )
        else:
            self.choice = self._to_point(data) if to_point else self._to_door(data, saved)
        return data

    def _saved_address(self, data: dict[str, Any]) -> Address | None:
        return next((address for address in self.addresses if str(address.pk) == data.get("saved")), None)

    def _to_door(self, data: dict[str, Any], saved: Address | None) -> DeliveryChoice | None:
        if provider_of(data["pay_by"]).at_counter:
            self.add_error("pay_by", _("Cash is taken at a station: choose a village point to pick the goods up at."))
            return None
        code = saved.region_code if saved else data["county"]
        return DeliveryChoice(
            way=DeliveryWay.CARRIER,
            recipient=saved.recipient if saved else data["recipient"],
            phone=saved.phone if saved else data["phone"],
            region=Region.objects.get(code=code),
            address=saved.detail if saved else data["detail"],
        )

    def _to_point(self, data: dict[str, Any]) -> DeliveryChoice | None:
        stations = Station.objects.active().select_related("region", "parent__parent")
        station = stations.filter(code=data["station"], kind=StationKind.VILLAGE).first()
        if station is None:  # closed since the list was made
            self.add_error("station", _("This point takes no parcels any more: choose another."))
            return None
        if provider_of(data["pay_by"]).at_counter and counter_for(station) is None:
            self.add_error("pay_by", _("No station near this point takes cash. Choose another way to pay."))
            return None
        return DeliveryChoice(
            way=DeliveryWay.STATION,
            recipient=data["recipient"],
            phone=data["phone"],
            region=station.region,
            station=station,
        )


def _one_line(address: Address, names: dict[str, Region]) -> str:
    region = names.get(address.region_code)
    place = f"{region.label} {address.detail}" if region else address.detail
    return gettext("%(recipient)s, %(phone)s, %(place)s") % {
        "recipient": address.recipient,
        "phone": address.phone,
        "place": place,
    }
