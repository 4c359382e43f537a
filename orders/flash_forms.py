"""The form of a flash sale: which pack of a store, how many at what price, from when until when, and who pays the difference."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.fields import NameText
from catalog.models import ProductStatus, SoldBy, Variant
from orders.flash_sales import MOST_UNITS, FlashTerms, budget_of
from orders.models import Payer, PromotionKind
from orders.promoting import Terms
from sellers.models import Store
from sellers.paying_forms import SumField

MOMENT = "%Y-%m-%dT%H:%M"
LASTS = dt.timedelta(hours=2)
LONGEST = dt.timedelta(days=7)


class FlashForm(forms.Form):
    """Checked terms are in `terms`; `payers` are those that whoever fills it in may choose."""

    pack = forms.ChoiceField(
        label=_("Which pack?"),
        help_text=_(
            "Until the sale is over this pack is sold in it alone. Make a pack of its own, if others shall go on."
        ),
    )
    name = NameText(label=_("Name of the flash sale"), max_length=40)
    name_en = NameText(label=_("Name of the flash sale in English"), max_length=80, required=False)
    price_fen = SumField(label=_("Price in the flash sale, in yuan"))
    units = forms.IntegerField(
        label=_("How many units"),
        min_value=1,
        max_value=MOST_UNITS,
        help_text=_("Each buyer with an account gets one."),
    )
    starts_at = forms.DateTimeField(
        label=_("Begins"),
        input_formats=[MOMENT],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )
    ends_at = forms.DateTimeField(
        label=_("Ends"),
        input_formats=[MOMENT],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )
    payer = forms.ChoiceField(label=_("Who pays the difference?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, store: Store, payers: list[Payer], **options: Any) -> None:
        noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
        options["initial"] = {"starts_at": noon, "ends_at": noon + LASTS, "payer": payers[0]} | (
            options.get("initial") or {}
        )
        super().__init__(*args, **options)
        self.packs = {str(variant.pk): variant for variant in _packs(store)}
        pack, payer = self.fields["pack"], self.fields["payer"]
        assert isinstance(pack, forms.ChoiceField) and isinstance(payer, forms.ChoiceField)
        pack.choices = [
            ("", _("Choose a pack")),
            *(
                (key, f"{one.product.label} {one.label} · ¥{one.price_fen / 100:.2f}")
                for key, one in self.packs.items()
            ),
        ]
        payer.choices = [(one.value, one.label) for one in payers]
        self.terms: Terms | None = None

    def clean(self) -> dict[str, Any]:
        """A lower price, and times that lie ahead."""
        data = super().clean() or {}
        if self.errors:
            return data
        variant = self.packs[data["pack"]]
        if data["price_fen"] >= variant.price_fen:
            self.add_error("price_fen", _("It has to be lower than the pack's price."))
        if data["ends_at"] <= max(data["starts_at"], timezone.now()):
            self.add_error("ends_at", _("It would be over before it begins."))
        elif data["ends_at"] - data["starts_at"] > LONGEST:
            self.add_error("ends_at", _("A flash sale lasts a week at most."))
        if not self.errors:
            self.terms = Terms(
                kind=PromotionKind.FLASH,
                name=data["name"],
                name_en=data["name_en"],
                starts_at=data["starts_at"],
                ends_at=data["ends_at"],
                budget_fen=budget_of(variant, data["price_fen"], data["units"]),
                most_per_buyer=1,
                flash=FlashTerms(variant.pk, data["price_fen"], data["units"]),
            )
        return data


def _packs(store: Store) -> list[Variant]:
    """What of a store can be sold in a flash sale: listed, in stock, by the piece, one at a time."""
    found = Variant.objects.select_related("product").filter(
        product__store=store, product__status=ProductStatus.LISTED, active=True, sold_by=SoldBy.PIECE, least=1
    )
    found = found.filter(day=None, promised_week=None, deliveries=None, on_hand__gt=F("held"))
    return list(found.order_by("product", "position", "pk"))
