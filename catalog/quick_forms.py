"""The form of a listing in one screen: photograph, name, weight and price, how many."""

import datetime as dt
import secrets
from typing import Any, ClassVar

from django import forms
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fixed_point import YuanField
from accounts.models import User
from accounts.references import public_reference
from catalog.fields import MOST_GRAMS, KilogramField, NameText
from catalog.forms import MOST_UNITS, OLDEST_HARVEST
from catalog.growing import gathers, growers_of
from catalog.models import Category, Product, SoldBy
from catalog.quick_listing import HARVESTED, LOOSE, Pack, Suggestion, category_for, listable_categories, suggestions
from pictures.intake import PictureRefused, clean_file
from sellers.forms import CleanPictureField
from sellers.models import Household, HouseholdKind, Store

PREFIX = "listing"
# Grams of the packs that are one tap away.
PACKS = (250, 500, 1000, 2500)
OTHER = "other"
TODAY, YESTERDAY, ANOTHER_DAY = "today", "yesterday", "day"
# A photograph whose form has to be sent again waits so long, in seconds.
KEPT_FOR = 3600


class QuickForm(forms.Form):
    """What goods need to be sold, in one screen. Of what is chosen by a tap the most usual is chosen already."""

    ref = forms.RegexField(r"^[A-Za-z0-9_-]{22}$", widget=forms.HiddenInput, initial=public_reference)
    kept = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    photograph = CleanPictureField(label=_("Photograph of the goods"), required=False)
    name = NameText(
        label=_("Name of the goods"),
        min_length=2,
        max_length=60,
        widget=forms.TextInput(attrs={"list": "listing-names", "autocomplete": "off"}),
    )
    category = forms.ModelChoiceField(
        Category.objects.none(), label=_("Kind of goods"), required=False, empty_label=_("from the name")
    )
    pack = forms.ChoiceField(label=_("What one pack weighs"), widget=forms.RadioSelect, initial="500")
    grams = KilogramField(label=_("Kilograms in one pack"), required=False)
    price_fen = YuanField(label=_("Price in yuan"))
    on_hand = forms.IntegerField(
        label=_("How many are there"),
        min_value=1,
        max_value=MOST_UNITS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 7}),
    )
    household = forms.ModelChoiceField(Household.objects.none(), label=_("Grown by"))
    harvest = forms.ChoiceField(
        label=_("Harvested"),
        choices=[(TODAY, _("today")), (YESTERDAY, _("yesterday")), (ANOTHER_DAY, _("another day"))],
        widget=forms.RadioSelect,
        initial=TODAY,
        required=False,
    )
    harvested_on = forms.DateField(
        label=_("Day of the harvest"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    HIDDEN: ClassVar = ("ref", "kept")

    def __init__(self, *args: Any, store: Store, user: User, today: dt.date | None = None, **options: Any) -> None:
        """`today` is the day on which it was filled in, where that was another one."""
        options["prefix"] = PREFIX
        super().__init__(*args, **options)
        self.store, self.user = store, user
        self.today = today or timezone.localdate()
        self.twin: Product | None = None  # the goods of the same name that stood in the way
        self.offered: list[Suggestion] = suggestions(store)
        self.categories = listable_categories()
        category, pack = self.fields["category"], self.fields["pack"]
        assert isinstance(category, forms.ModelChoiceField) and isinstance(pack, forms.ChoiceField)
        category.queryset = Category.objects.filter(pk__in=[one.pk for one in self.categories])
        pack.choices = pack_choices()
        self.fields["photograph"].widget.attrs["required"] = not self.data.get(self.add_prefix("kept"))
        self.fields["harvested_on"].widget.attrs["max"] = self.today.isoformat()
        self._offer_growers()

    def _offer_growers(self) -> None:
        field = self.fields["household"]
        assert isinstance(field, forms.ModelChoiceField)
        if self.store.household.kind == HouseholdKind.HOUSEHOLD:
            del self.fields["household"]
            return
        field.queryset = growers_of(self.user, self.store)
        field.required = gathers(self.store)

    def clean(self) -> dict[str, Any]:
        """The photograph, also one that was sent before; the kind of goods, also from the name; a weight, and the day."""
        given = super().clean() or self.cleaned_data
        given["photograph"] = self._photograph(given)
        if not given.get("category") and "category" not in self.errors and given.get("name"):
            given["category"] = category_for(given["name"], self.offered, self.categories)
            if given["category"] is None:
                self.add_error("category", _("Please choose the kind of goods."))
        given["pack"] = self._pack(given)
        given["harvested_on"] = self._harvested_on(given)
        units, pack = given.get("on_hand"), given["pack"]
        if units and pack and units * pack.grams > MOST_GRAMS:
            self.add_error("on_hand", _("That is more than 1,000 tonnes in all; please check."))
        return given

    def _photograph(self, given: dict[str, Any]) -> Any:
        """The photograph that came, or that an earlier try brought; kept when the form has to be sent again."""
        file = given.get("photograph")
        if file is None and given.get("kept") and (content := cache.get(self._key(given["kept"]))):
            try:
                file = clean_file(ContentFile(content))
            except PictureRefused:
                file = None
        if file is None and "photograph" not in self.errors:
            self.add_error("photograph", _("Please take a photograph of the goods."))
        return file

    def keep_photograph(self) -> bool:
        """Keep the photograph of a form that was refused, so that nobody has to take it again; whether there is one."""
        file = getattr(self, "cleaned_data", {}).get("photograph")
        if file is None:
            return False
        file.seek(0)
        token = secrets.token_urlsafe(16)
        cache.set(self._key(token), file.read(), KEPT_FOR)
        self.data = {**dict(self.data.items()), self.add_prefix("kept"): token}
        self.fields["photograph"].widget.attrs["required"] = False
        return True

    def _key(self, token: str) -> str:
        return f"catalog.quick.{self.user.pk}.{token}"

    def _pack(self, given: dict[str, Any]) -> Pack | None:
        chosen = given.get("pack")
        if chosen == SoldBy.WEIGHT:
            return LOOSE
        if chosen != OTHER:
            return Pack(int(chosen)) if chosen else None
        if not given.get("grams") and "grams" not in self.errors:
            self.add_error("grams", _("Say what one piece weighs."))
        return Pack(given["grams"]) if given.get("grams") else None

    def _harvested_on(self, given: dict[str, Any]) -> dt.date | None:
        """The day of the harvest; None for goods that have none."""
        category = given.get("category")
        if category and category.kind not in HARVESTED and not gathers(self.store):
            return None
        day: dt.date | None = given.get("harvested_on")
        if given.get("harvest") != ANOTHER_DAY:
            return self.today - dt.timedelta(days=given.get("harvest") == YESTERDAY)
        if "harvested_on" in self.errors:
            return None
        if day is None:
            self.add_error("harvested_on", _("Please choose the day."))
        elif day > timezone.localdate():
            self.add_error("harvested_on", _("This day has not come yet."))
        elif day < timezone.localdate() - OLDEST_HARVEST:
            self.add_error("harvested_on", _("This day is too long ago; please check the year."))
        return day

    def facts(self) -> dict[str, Any]:
        """What quick_listing.list_quickly takes, but the picture."""
        given = self.cleaned_data
        names = ("ref", "name", "category", "pack", "price_fen", "on_hand", "harvested_on")
        return {name: given[name] for name in names} | {"household": given.get("household")}


def pack_choices() -> list[tuple[str, Any]]:
    """The packs that are one tap away, by the jin as well, and any other."""
    labels = {250: _("250 g"), 500: _("500 g"), 1000: _("1 kg"), 2500: _("2.5 kg")}
    return [
        *((str(grams), labels[grams]) for grams in PACKS),
        (SoldBy.WEIGHT.value, _("loose, by the jin")),
        (OTHER, _("other")),
    ]


def shown_pack(pack: Pack) -> tuple[str, str]:
    """Which of the choices a pack is, and the kilograms where it is another."""
    if pack.sold_by == SoldBy.WEIGHT:
        return SoldBy.WEIGHT.value, ""
    return (str(pack.grams), "") if pack.grams in PACKS else (OTHER, f"{pack.grams / 1000:g}")
