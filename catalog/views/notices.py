"""To be told when sold-out goods are back: asked for at the product, confirmed by a guest, and taken back at any time."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.phones import masked_phone
from catalog.models import BackNotice, Channel, Product, Variant
from catalog.restock import (
    NoAddressKnown,
    NotSoldOut,
    TooManyNotices,
    ask_for_notice,
    confirm_notice,
)


class NoticeForm(forms.Form):
    """Which pack, and where the message goes."""

    pack = forms.ModelChoiceField(Variant.objects.none(), label=_("Pack"), empty_label=None, widget=forms.RadioSelect)
    channel = forms.ChoiceField(label=_("How shall we tell you?"), widget=forms.RadioSelect)
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("We first send a link there, to make sure that the address is yours."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    consent = forms.BooleanField(
        label=_("I agree that this is kept for one message"),
        help_text=_("It is deleted once the message was sent, or whenever you say so."),
    )

    def __init__(self, *args: Any, product: Product, user: User | None, **options: Any) -> None:
        super().__init__(*args, **options)
        pack, channel = self.fields["pack"], self.fields["channel"]
        assert isinstance(pack, forms.ModelChoiceField) and isinstance(channel, forms.ChoiceField)
        pack.queryset = Variant.objects.filter(pk__in=[variant.pk for variant in sold_out_packs(product)])
        pack.label_from_instance = lambda variant: variant.label  # type: ignore[method-assign,assignment]
        pack.initial = pack.queryset.first()
        if user is None:
            del self.fields["channel"]
            return
        del self.fields["email"]
        ways = [
            (Channel.MAIL, gettext("by e-mail to %(address)s") % {"address": user.email}) if user.email else None,
            (Channel.TEXT, gettext("by text message to %(number)s") % {"number": masked_phone(user.phone)}) if user.phone else None,
        ]  # fmt: skip
        channel.choices = [way for way in ways if way]
        channel.initial = channel.choices[0][0] if channel.choices else None


def sold_out_packs(product: Product) -> list[Variant]:
    """The packs of a product that are offered and gone; days of a visit are none of them."""
    offered = product.variants.filter(active=True, day=None).order_by("position", "pk")
    return [variant for variant in offered if variant.available <= 0]


@never_cache
@require_http_methods(["GET", "POST"])
def ask_notice(request: HttpRequest, ref: str) -> HttpResponse:
    """The form for one product on sale; nothing to ask for where no pack is sold out."""
    product = get_object_or_404(Product.objects.on_sale(), ref=ref)
    if not sold_out_packs(product):
        return redirect("product", ref)
    user = request.user if isinstance(request.user, User) else None
    form = NoticeForm(request.POST if request.method == "POST" else None, product=product, user=user)
    context = {"form": form, "product": product}
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            notice = ask_for_notice(
                variant=data["pack"],
                user=user,
                email=data.get("email", ""),
                channel=Channel(data.get("channel") or Channel.MAIL),
                language=get_language() or "zh-hans",
            )
        except NotSoldOut:
            return redirect("product", ref)
        except NoAddressKnown:
            form.add_error("channel", gettext("Your account has no such address yet."))
        except TooManyNotices:
            form.add_error(None, gettext("You are waiting for many goods already. Take one of them back first."))
        else:
            if user is not None:
                return redirect("back_notice", notice.ref)
            return render(request, "catalog/notice_sent.html", {**context, "email": data["email"]})
    return render(request, "catalog/notice_ask.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def back_notice(request: HttpRequest, ref: str) -> HttpResponse:
    """One notice, opened by its link: confirm it, or take it back. An account's opens for the account as well as by the link."""
    notice = BackNotice.objects.select_related("variant__product").filter(ref=ref).first()
    if notice is None:
        return render(request, "catalog/notice.html", {"gone": True})
    if request.method == "POST" and request.POST.get("action") == "remove":
        notice.delete()
        return render(request, "catalog/notice.html", {"gone": True, "product": notice.variant.product})
    if request.method == "POST" and request.POST.get("action") == "confirm":
        confirm_notice(notice)
        return redirect("back_notice", ref)
    return render(request, "catalog/notice.html", {"notice": notice, "product": notice.variant.product})
