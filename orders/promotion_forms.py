"""The form of a promotion: what is cheaper, by how much, from when until when, and with how much money."""

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.fields import NameText
from catalog.models import Variant, all_categories
from orders.models import PromotionKind
from orders.promoting import Terms
from orders.promotions import MOST_OFF_BP, tidy_code
from sellers.paying_forms import SumField

DATE = {"type": "date"}
DEFAULT_DAYS = 30


class PromotionForm(forms.Form):
    """Checked terms are in `terms`."""

    kind = forms.ChoiceField(
        label=_("What is cheaper?"),
        choices=[(kind.value, kind.label) for kind in PromotionKind if kind != PromotionKind.FLASH],
        initial=PromotionKind.COUPON,
        widget=forms.RadioSelect,
        help_text=_(
            "A campaign price holds for everyone, a coupon for whoever writes its code, free freight above a sum."
        ),
    )
    name = NameText(label=_("Name of the promotion"), max_length=40)
    name_en = NameText(label=_("Name of the promotion in English"), max_length=80, required=False)
    category = forms.ChoiceField(label=_("Only for goods of"), required=False)
    percent = forms.IntegerField(label=_("Percent off"), required=False, min_value=1, max_value=MOST_OFF_BP // 100)
    off_fen = SumField(label=_("Or yuan off"), required=False)
    minimum_fen = SumField(label=_("From how many yuan of goods on"), required=False)
    prices = forms.CharField(
        label=_("Prices by pack"),
        required=False,
        max_length=4_000,
        help_text=_("For a campaign price instead of percent: one pack a line, its pack number and the price in yuan."),
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "QD-HHC-500 32.80", "spellcheck": "false"}),
    )
    personal = forms.BooleanField(
        label=_("Without a code for all: I give it to buyers one by one"),
        required=False,
        help_text=_("For a coupon. Once it is made you give it by mobile number or e-mail address."),
    )
    code = forms.CharField(
        label=_("Code of the coupon"),
        required=False,
        max_length=20,
        help_text=_("Letters and digits. Left empty, one is drawn."),
        validators=[RegexValidator(r"^[A-Za-z0-9 ]+$", _("A code has letters and digits alone."))],
    )
    most_uses = forms.IntegerField(
        label=_("For how many orders in all"), required=False, min_value=1, max_value=1_000_000
    )
    most_per_buyer = forms.IntegerField(
        label=_("How often, or how many units, for one buyer"),
        required=False,
        min_value=1,
        max_value=999,
        help_text=_("Then only buyers with an account get it."),
    )
    starts_on = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"))
    ends_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"))
    budget_fen = SumField(
        label=_("Budget in yuan"), help_text=_("When it is used up, the promotion gives nothing more.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        options["initial"] = {
            "starts_on": today,
            "ends_on": today + dt.timedelta(days=DEFAULT_DAYS),
            **(options.get("initial") or {}),
        }
        super().__init__(*args, **options)
        self.terms: Terms | None = None
        category = self.fields["category"]
        assert isinstance(category, forms.ChoiceField)
        category.choices = [("", _("all goods")), *((one.slug, one.label) for one in all_categories())]

    def clean_prices(self) -> dict[int, int]:
        """Fen by variant: each line names a pack by its pack number."""
        sums: dict[str, int] = {}
        for line in self.cleaned_data["prices"].splitlines():
            sku, _space, price = line.strip().rpartition(" ")
            if not line.strip():
                continue
            if not sku:
                raise forms.ValidationError(
                    _("Each line has an pack number, a space and a price: “%(line)s”."), params={"line": line}
                )
            sums[sku.strip()] = SumField().clean(price)
        packs = dict(Variant.objects.filter(sku__in=sums).values_list("sku", "pk"))
        unknown = [sku for sku in sums if sku not in packs]
        if unknown:
            raise forms.ValidationError(_("There is no pack with the pack number %(sku)s."), params={"sku": unknown[0]})
        return {packs[sku]: fen for sku, fen in sums.items()}

    def clean(self) -> dict[str, Any]:
        """Percent or yuan, as the kind asks for."""
        data = super().clean() or {}
        if self.errors:
            return data
        kind, both = PromotionKind(data["kind"]), (data["percent"], data["off_fen"])
        if kind == PromotionKind.COUPON and (both[0] is None) == (both[1] is None):
            self.add_error("percent", _("Write percent or yuan, one of both."))
        if kind == PromotionKind.PRICE and (both[1] is not None or (both[0] is None) == (not data["prices"])):
            self.add_error("percent", _("A campaign price is so many percent off, or has prices by pack."))
        if kind != PromotionKind.PRICE and data["prices"]:
            self.add_error("prices", _("Prices by pack are for a campaign price alone."))
        if kind == PromotionKind.FREIGHT and data["category"]:
            self.add_error("category", _("Free freight is for all goods."))
        if data["personal"] and (kind != PromotionKind.COUPON or data["code"]):
            self.add_error("personal", _("Only a coupon is given one by one, and then it has no code for all."))
        if kind == PromotionKind.FREIGHT and both != (None, None):
            self.add_error("percent", _("Free freight is all of the freight: leave percent and yuan empty."))
        if data["ends_on"] < max(data["starts_on"], timezone.localdate()):
            self.add_error("ends_on", _("It would be over before it begins."))
        if not self.errors:
            self.terms = self._terms(kind, data)
        return data

    def _terms(self, kind: PromotionKind, data: dict[str, Any]) -> Terms:
        return Terms(
            kind=kind,
            name=data["name"],
            name_en=data["name_en"],
            starts_at=_midnight(data["starts_on"]),
            ends_at=_midnight(data["ends_on"] + dt.timedelta(days=1)),
            budget_fen=data["budget_fen"],
            percent_bp=data["percent"] * 100 if data["percent"] else None,
            off_fen=data["off_fen"],
            minimum_fen=data["minimum_fen"] or 0,
            most_per_buyer=None if kind == PromotionKind.FREIGHT else data["most_per_buyer"],
            code=tidy_code(data["code"]),
            most_uses=data["most_uses"] or 1_000_000,
            category_slug=data["category"],
            prices=data["prices"],
            personal=data["personal"],
        )


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
