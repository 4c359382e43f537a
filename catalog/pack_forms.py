"""The forms of packs: few fields on the phone; what is rarely said of a pack folds away below them."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.fixed_point import YuanField
from catalog.editing import watch
from catalog.fields import MOST_GRAMS, CentimetreField, KilogramField, PlainText
from catalog.forms import MOST_UNITS
from catalog.growing import gathers
from catalog.models import GRAMS_PER_JIN, Lot, Product, SoldBy, Variant
from catalog.season_forms import SeasonFields
from catalog.weeks import week_text

MOST_IN_ONE_ORDER = 999
USUAL_TOLERANCE = 5
WIDEST_TOLERANCE = 20


def _count(label: Any, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, widget=forms.TextInput(attrs={"inputmode": "numeric"}), **options)


class RareFields(SeasonFields):
    """What is rarely said of a pack: packing, size, how many one order holds, how exactly it is weighed."""

    gross_weight_g = KilogramField(label=_("Weight with packing in kilograms"), required=False)
    length_mm = CentimetreField(label=_("Length in centimetres"), required=False)
    width_mm = CentimetreField(label=_("Width in centimetres"), required=False)
    height_mm = CentimetreField(label=_("Height in centimetres"), required=False)
    least = _count(_("At least in one order"), min_value=1, max_value=MOST_IN_ONE_ORDER, required=False)
    most = _count(_("At most in one order"), min_value=1, max_value=MOST_IN_ONE_ORDER, required=False)
    tolerance_percent = _count(
        _("By weight: how far the weight may be off, in percent"),
        min_value=0,
        max_value=WIDEST_TOLERANCE,
        required=False,
    )
    RARE = ("gross_weight_g", "length_mm", "width_mm", "height_mm", "least", "most", "tolerance_percent")

    def clean(self) -> dict[str, Any]:
        """No more at least than at most; what is left empty is as usual."""
        cleaned = super().clean() or {}
        least, most = cleaned.get("least") or 1, cleaned.get("most")
        if most is not None and most < least:
            self.add_error("most", _("It can't be less than the smallest quantity."))
        tolerance = cleaned.get("tolerance_percent")
        cleaned |= {"least": least, "tolerance_percent": USUAL_TOLERANCE if tolerance is None else tolerance}
        return cleaned

    @property
    def rare(self) -> list[forms.BoundField]:
        """The fields that fold away."""
        return [self[name] for name in ("name_en", *self.RARE) if name in self.fields]

    @property
    def rare_open(self) -> bool:
        """Whether something there is wrong, so that it must be seen."""
        return any(name in self.errors for name in ("name_en", *self.RARE))

    @property
    def plain(self) -> list[forms.BoundField]:
        """The fields that stand open."""
        folded = ("name_en", *self.RARE, *self.SEASON)
        return [field for field in self.visible_fields() if field.name not in folded]


def refuse_mountains(form: forms.Form, units: int | None, grams: int | None) -> None:
    """More than anybody has: a thousand tonnes of one pack is a slip of the finger."""
    if units and grams and units * grams > MOST_GRAMS:
        form.add_error("on_hand", _("That is more than 1,000 tonnes in all; please check."))


def offer_lots(field: forms.Field, product: Product) -> None:
    """Lets a field choose among a product's lots that are not recalled; a gathering store must choose one."""
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = product.lots.filter(recalled_at=None, held_back_at=None)
    field.label_from_instance = lot_label  # type: ignore[method-assign,assignment]
    field.required = gathers(product.store)


def lot_label(lot: Lot) -> str:
    """A lot in a list of choices: its number, and of a harvest to come its week."""
    if lot.harvested_on is None and lot.promised_week:
        return gettext("%(code)s, pre-sale %(week)s") % {"code": lot.code, "week": week_text(lot.promised_week)}
    return lot.code


class StockForm(RareFields):
    """The price of a pack, and how many there are of one of its lots; counted in jin where it is sold by weight."""

    price_fen = YuanField(label=_("Price in yuan"))
    lot = forms.ModelChoiceField(
        Lot.objects.none(), label=_("From which lot"), required=False, empty_label=_("no lot recorded")
    )
    on_hand = _count(_("How many of this lot are there"), min_value=0, max_value=MOST_UNITS)
    field_order = ("price_fen", "lot", "on_hand")
    HANGS_ON: ClassVar = {"on_hand": "lot"}  # whose number it is (catalog.editing)

    def __init__(self, *args: Any, variant: Variant, **options: Any) -> None:
        self.variant = variant
        latest = variant.stock.filter(frozen=False).order_by("-lot__harvested_on", "-lot_id").first()
        options["initial"] = {
            "price_fen": variant.price_fen,
            "lot": latest.lot_id
            if latest
            else variant.product.lots.filter(recalled_at=None, held_back_at=None).first(),
            "on_hand": latest.on_hand if latest else 0,
            **{name: getattr(variant, name) for name in (*self.RARE, *self.SEASON)},
        }
        super().__init__(*args, **options)
        offer_lots(self.fields["lot"], variant.product)
        if variant.sold_by == SoldBy.WEIGHT:
            self.fields["price_fen"].label = _("Price of one jin (500 g) in yuan")
            self.fields["on_hand"].label = _("How many jin of this lot are there")
        else:
            del self.fields["tolerance_percent"]
        # Whoever wants another rhythm makes another pack: the season alone may be moved.
        for name in ("deliveries", "weeks_between") if variant.deliveries else self.SEASON:
            del self.fields[name]
        watch(self)

    def clean(self) -> dict[str, Any]:
        """No mountain of it."""
        cleaned = super().clean()
        refuse_mountains(self, cleaned.get("on_hand"), self.variant.net_weight_g)
        if self.variant.deliveries and self.variant.weeks_between:
            known = {"deliveries": self.variant.deliveries, "weeks_between": self.variant.weeks_between}
            self.refuse_half_a_season(cleaned, **known)
        return cleaned

    @property
    def facts(self) -> dict[str, Any]:
        """What packing.describe_pack takes, once the form is valid."""
        return {name: self.cleaned_data[name] for name in (*self.RARE, *self.SEASON) if name in self.fields}


class PackForm(RareFields):
    """A new pack: by the piece with its weight, or by weight, counted in jin of 500 g."""

    sold_by = forms.ChoiceField(
        label=_("How it is sold"), choices=SoldBy.choices, widget=forms.RadioSelect, initial=SoldBy.PIECE
    )
    name = PlainText(label=_("Pack"), max_length=40, help_text=_("Such as: 500 g bag, gift box, loose."))
    name_en = PlainText(label=_("Pack in English"), max_length=80, required=False)
    net_weight_g = KilogramField(
        label=_("Net weight of one piece in kilograms"),
        required=False,
        help_text=_("By weight, one unit is always a jin of 500 g."),
    )
    price_fen = YuanField(label=_("Price in yuan"), help_text=_("For one piece; by weight, for one jin (500 g)."))
    on_hand = _count(_("How many are there"), min_value=0, max_value=MOST_UNITS, help_text=_("Pieces; by weight, jin."))
    lot = forms.ModelChoiceField(
        Lot.objects.none(), label=_("From which lot"), required=False, empty_label=_("no lot recorded")
    )
    field_order = ("sold_by", "name", "net_weight_g", "price_fen", "on_hand", "lot", "name_en")

    def __init__(self, *args: Any, product: Product, **options: Any) -> None:
        super().__init__(*args, **options)
        offer_lots(self.fields["lot"], product)
        self.fields["lot"].initial = product.lots.filter(recalled_at=None, held_back_at=None).first()

    def clean(self) -> dict[str, Any]:
        """A piece has a weight, and weighs more with its packing."""
        cleaned = super().clean()
        by_weight = cleaned.get("sold_by") == SoldBy.WEIGHT
        net = GRAMS_PER_JIN if by_weight else cleaned.get("net_weight_g")
        if net is None and "net_weight_g" not in self.errors:
            self.add_error("net_weight_g", _("Say what one piece weighs."))
        gross = cleaned.get("gross_weight_g")
        if net and gross and gross < net:
            self.add_error("gross_weight_g", _("With its packing it can't weigh less than without."))
        refuse_mountains(self, cleaned.get("on_hand"), net)
        self.refuse_half_a_season(cleaned)
        return {**cleaned, "net_weight_g": net}
