"""The operator's pages of rate cards: what holds, what will, who entered it; a card that has begun only gets a last day."""

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Category
from orders.rate_words import percent, scopes_in_words
from payments.models import RateCard
from payments.rates import NoRateCard, Scope, rates_for
from sellers.models import Store
from stations.history import changes_of
from stations.models import Region

COUNTY_DIGITS = 6
COUNTY_LEVEL = 3
WORDS = ("store_slug", "county_code", "category_slug", "commission_bp", "station_fee_bp", "valid_from")


class PercentField(forms.DecimalField):
    """Typed in percent with at most two decimals, kept in basis points."""

    def __init__(self, **options: Any) -> None:
        options.pop("min_value", None)
        options.pop("max_value", None)
        super().__init__(min_value=0, max_value=100, decimal_places=2, **options)

    def prepare_value(self, value: Any) -> Any:
        """Basis points as percent."""
        return Decimal(value) / 100 if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """Percent as basis points; exact, because there are at most two decimals."""
        typed = super().clean(value)
        return None if typed is None else int(typed * 100)


class EndForm(forms.ModelForm[RateCard]):
    """The last day of a card."""

    class Meta:
        model = RateCard
        fields: ClassVar = ["valid_until"]

    def clean_valid_until(self) -> dt.date | None:
        """No day that is over."""
        day: dt.date | None = self.cleaned_data.get("valid_until")
        if day is not None and day < timezone.localdate():
            raise ValidationError(_("What was sold on days that are over stays as it was sold. Choose today or later."))
        return day


class RateCardForm(EndForm):
    """A card, with what the database would refuse said on the page."""

    commission_bp = PercentField(label=gettext_lazy("Commission in percent"))
    station_fee_bp = PercentField(label=gettext_lazy("Station service fee in percent"))
    category_slug = forms.ChoiceField(label=gettext_lazy("category"), required=False)

    class Meta:
        model = RateCard
        fields: ClassVar = [*WORDS, "valid_until"]
        help_texts: ClassVar = {
            "store_slug": gettext_lazy("The store's address, such as liuchuan. A card for a store names no county and no category."),
            "county_code": gettext_lazy("The first six digits of the county's code, such as 430426."),
            "valid_until": gettext_lazy("The last day on which it holds; empty where no end is known."),
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "category_slug" in self.fields:
            kinds = [(kind.slug, kind.label) for kind in Category.objects.all()]
            self.fields["category_slug"].choices = [("", _("all categories")), *kinds]  # type: ignore[attr-defined]

    def clean_store_slug(self) -> str:
        """A store that there is."""
        slug: str = self.cleaned_data["store_slug"].strip()
        if slug and not Store.objects.filter(slug=slug).exists():
            raise ValidationError(_("There is no store with this address."))
        return slug

    def clean_county_code(self) -> str:
        """A county that there is."""
        code: str = self.cleaned_data["county_code"].strip()
        if code and not Region.objects.filter(code=f"{code}000000", level=COUNTY_LEVEL).exists():
            raise ValidationError(_("There is no county with this code."))
        return code

    def clean(self) -> dict[str, Any]:
        """Scope, shares and days fit together; a new card begins tomorrow, so that one day has one rate."""
        facts = super().clean() or self.cleaned_data
        store, county, category = (facts.get(name, "") for name in WORDS[:3])
        if store and (county or category):
            raise ValidationError(_("A card for a store names no county and no category: it holds for all its goods."))
        taken = (facts.get("commission_bp") or 0) + (facts.get("station_fee_bp") or 0)
        if taken > 10_000:
            raise ValidationError(_("Commission and fee together are more than the whole price."))
        first, last = facts.get("valid_from"), facts.get("valid_until")
        if first is not None and first < _first_day(Scope(store, county, category)):
            self.add_error("valid_from", _("A new card can begin tomorrow: what is sold today has its rate already."))
        if first is not None and last is not None and last < first:
            self.add_error("valid_until", _("The last day is before the first."))
        return facts


def _first_day(scope: Scope) -> dt.date:
    """Tomorrow; today where nothing holds yet, as on a new platform."""
    today = timezone.localdate()
    try:
        rates_for([scope], today)
    except NoRateCard:
        return today
    return today + dt.timedelta(days=1)


@admin.register(RateCard)
class RateCardAdmin(admin.ModelAdmin[RateCard]):
    """What is taken off a sale. The most specific card counts: store, county with category, county, category, all (ADR 0033)."""

    form = RateCardForm
    list_display = ("whom", "commission", "fee", "valid_from", "valid_until", "state")
    list_filter = ("county_code", "category_slug")
    search_fields = ("store_slug", "county_code__startswith", "category_slug")
    ordering = ("store_slug", "county_code", "category_slug", "-valid_from")
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: RateCard | None = None) -> tuple[str, ...]:
        """A card that has begun only gets a last day, and one that is over nothing."""
        if obj is None:
            return ()
        shown: tuple[str, ...] = ("created_at", "history")
        if obj.valid_from > timezone.localdate():
            return shown
        over = obj.valid_until is not None and obj.valid_until < timezone.localdate()
        return (*WORDS[:3], "commission", "fee", "valid_from", *(("valid_until",) if over else ()), *shown)

    def get_fields(self, request: HttpRequest, obj: RateCard | None = None) -> Any:
        """Whom it is for, what it takes, when, and what happened to it."""
        if obj is not None and obj.valid_from <= timezone.localdate():
            return [*WORDS[:3], "commission", "fee", "valid_from", "valid_until", "created_at", "history"]
        return [*WORDS, "valid_until", *(("created_at", "history") if obj else ())]

    def get_form(self, request: HttpRequest, obj: RateCard | None = None, change: bool = False, **options: Any) -> Any:
        """Of a card that has begun, a form with its last day alone."""
        if obj is not None and obj.valid_from <= timezone.localdate():
            options["form"] = EndForm
            options["fields"] = ["valid_until"] if "valid_until" not in self.get_readonly_fields(request, obj) else []
        return super().get_form(request, obj, change=change, **options)

    def has_delete_permission(self, request: HttpRequest, obj: RateCard | None = None) -> bool:
        """Only a card that has not begun."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and obj is not None and obj.valid_from > timezone.localdate()

    @admin.display(description=gettext_lazy("holds for"))
    def whom(self, card: RateCard) -> str:
        """Whom or what it is for, in words."""
        return scopes_in_words([card])[card.pk]

    @admin.display(description=gettext_lazy("commission"))
    def commission(self, card: RateCard) -> str:
        """In percent."""
        return percent(card.commission_bp)

    @admin.display(description=gettext_lazy("station service fee"))
    def fee(self, card: RateCard) -> str:
        """In percent."""
        return percent(card.station_fee_bp)

    @admin.display(description=gettext_lazy("state"))
    def state(self, card: RateCard) -> str:
        """Whether it holds today."""
        today = timezone.localdate()
        if card.holds_on(today):
            return _("in force")
        return _("not in force yet") if card.valid_from > today else _("no longer in force")

    @admin.display(description=gettext_lazy("What happened"))
    def history(self, card: RateCard) -> SafeString:
        """Who entered it and who set its end."""
        return render_to_string("components/history.html", {"changes": changes_of(card), "older_url": ""})
