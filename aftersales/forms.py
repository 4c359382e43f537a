"""Forms of after-sales: what the buyer asks for, and what each side may say or do next."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.fixed_point import YuanField
from accounts.models import User
from accounts.references import public_reference
from aftersales.models import Case, Reason, ReturnWay, Side, Wish
from aftersales.talking import MOST_PHOTOS, Said
from catalog.fields import Photographs, PlainText
from orders.models import OrderLine
from pictures.intake import PictureRefused, clean_file


def sent(request: HttpRequest) -> tuple[Any, Any]:
    """What a form is bound to: what was sent with a POST, however little."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


class SayForm(forms.Form):
    """Words and photographs, with the page's nonce."""

    nonce = forms.CharField(max_length=40, widget=forms.HiddenInput)
    text = PlainText(label=_("What you want to say"), max_length=1000, required=False, lines=3)
    photos = Photographs(label=_("Photographs"), most=MOST_PHOTOS, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        options["initial"] = {"nonce": public_reference(), **(options.get("initial") or {})}
        super().__init__(*args, **options)

    def clean_photos(self) -> list[Any]:
        """Photographs as files of ours."""
        try:
            return [clean_file(file) for file in self.cleaned_data["photos"]]
        except PictureRefused as refused:
            raise ValidationError(str(refused)) from refused

    def said(self, side: Side, by: User | None) -> Said:
        """What was said, once the form is valid."""
        data = self.cleaned_data
        return Said(side=side, by=by, nonce=data["nonce"], text=data["text"], photos=data["photos"])


class OpenForm(SayForm):
    """What is wrong with which units, and what the buyer wishes."""

    field_order = ("reason", "wish", "text", "photos")

    def __init__(
        self, *args: Any, lines: Iterable[OrderLine], reasons: Iterable[Reason], wishes: Iterable[Wish], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.lines = [line for line in lines if line.left_fen]
        self.fields["reason"] = forms.ChoiceField(
            label=_("What is wrong?"), choices=[(one.value, one.label) for one in reasons], widget=forms.RadioSelect
        )
        self.fields["wish"] = forms.ChoiceField(
            label=_("What do you wish?"), choices=[(one.value, one.label) for one in wishes], widget=forms.RadioSelect
        )
        alone = len(self.lines) == 1
        for line in self.lines:
            most = line.left_units or line.quantity
            self.fields[f"line_{line.pk}"] = forms.IntegerField(
                label=gettext("How many of these: %(goods)s") % {"goods": line.label},
                help_text=gettext("at most %(most)d") % {"most": most},
                min_value=0,
                max_value=most,
                initial=most if alone else 0,
            )
        self.order_fields(["reason", *(f"line_{line.pk}" for line in self.lines), "wish", "text", "photos", "nonce"])

    @property
    def units(self) -> dict[int, int]:
        """How many units of which line, once the form is valid."""
        return {line.pk: self.cleaned_data[f"line_{line.pk}"] for line in self.lines}

    def clean(self) -> dict[str, Any]:
        """Something is wrong with at least one unit."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not any(data[f"line_{line.pk}"] for line in self.lines):
            raise ValidationError(gettext("Say of which goods, and of how many."))
        return data


class SumForm(SayForm):
    """A sum for goods and one for freight, no more than was asked for; and why."""

    def __init__(self, *args: Any, case: Case, **options: Any) -> None:
        super().__init__(*args, **options)
        self.case = case
        self.fields["goods"] = YuanField(label=_("Back for goods, yuan"), required=False)
        if case.freight_fen:
            self.fields["freight"] = YuanField(label=_("Back for freight, yuan"), required=False)
        self.order_fields(["goods", "freight", "text", "photos", "nonce"])

    @property
    def goods_fen(self) -> int:
        """Fen for goods."""
        return self.cleaned_data["goods"] or 0

    @property
    def freight_fen(self) -> int:
        """Fen for freight."""
        return self.cleaned_data.get("freight") or 0


class SendBackForm(SayForm):
    """How the goods go back."""

    number = PlainText(label=_("Carrier and number of the parcel"), max_length=60, required=False)

    def __init__(self, *args: Any, by_point: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        ways = [(one.value, one.label) for one in ReturnWay if by_point or one != ReturnWay.POINT]
        self.fields["way"] = forms.ChoiceField(
            label=_("How it goes back"), choices=ways, initial=ways[0][0], widget=forms.RadioSelect
        )
        self.order_fields(["way", "number", "text", "photos", "nonce"])


class TakeBackForm(SayForm):
    """The goods are back."""

    as_new = forms.BooleanField(
        label=_("Unopened and as good as new: put them on sale again"), required=False, initial=False
    )
    field_order = ("as_new", "text", "photos", "nonce")
